"""Named people and chats: a garden series on first Tuesdays, its host Rosa, a guest, and six questions.

series, chat = garden_series(), garden_chat()                 a chat on 1 December 2026, 20:00 UTC, one hour
garden_chat(ready=False), garden_chat(questions=())           any field may be changed
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from chatbot.core.plan import Chat, Defaults, Person, Question, Series
from chatbot.core.value import replace

ROSA = Person("Rosa Marques", "rosa@a.test", "rosa@garden.test")
AMIR = Person("Amir Haddad", "amir@b.test", introduction="composts for a whole street in Porto")

STARTS = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)

SIX_QUESTIONS = (
    "What is the first thing you plant after winter?",
    "Which tool could you not do without?",
    "What do you do against slugs?",
    "How do you make compost in a small place?",
    "What did a neighbour teach you?",
    "What will you try next year?",
)


def garden_defaults(**changes: Any) -> Defaults:
    """What the garden series decides for all its chats."""
    return replace(Defaults(), **changes)


def garden_series(**changes: Any) -> Series:
    """A monthly series of one account, hosted by Rosa."""
    series = Series(
        id="gardenchat",
        name="Garden Chat",
        hashtags=("GardenChat",),
        zone="Europe/Lisbon",
        accounts=("gardenbot",),
        hosts=(ROSA,),
        rhythm="FREQ=MONTHLY;BYDAY=1TU",
        operator="Rosa Marques",
        contact="rosa@garden.test",
    )
    return replace(series, **changes)


def questions(*texts: str) -> tuple[Question, ...]:
    """Number questions from 1."""
    return tuple(Question(f"q{n}", n, text) for n, text in enumerate(texts or SIX_QUESTIONS, 1))


def garden_chat(**changes: Any) -> Chat:
    """A chat of six questions on 1 December 2026, 20:00 to 21:00 UTC, ready to go."""
    starts: datetime = changes.get("starts_at", STARTS)
    chat = Chat(
        id=f"gardenchat-{starts:%Y-%m-%d}",
        series="gardenchat",
        starts_at=starts,
        ends_at=starts + timedelta(hours=1),
        late_until=starts + timedelta(hours=1, days=7),
        theme="Winter gardens",
        questions=questions(),
        ready=True,
        guests=(AMIR,),
        framing="What we do when nothing grows.",
        hashtags=("GardenChat",),
    )
    return replace(chat, **changes)
