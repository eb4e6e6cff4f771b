"""Whether every post of a planned chat can be posted: its words written as if the night were here, draft or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chatbot.core import timetable
from chatbot.core.errors import Mistake, Mistakes
from chatbot.core.model import Timing
from chatbot.core.plan import Chat, Question, Series
from chatbot.core.wording import EVERYWHERE, Room


def mistakes(
    series: Series, chat: Chat, rooms: Sequence[Room] = EVERYWHERE
) -> tuple[tuple[Question | None, Mistake], ...]:
    """Return each text that is too long and each template that cannot be used, with the question it belongs to."""
    try:
        timetable.run_sheet(series, replace(chat, ready=True, theme=chat.theme or "?"), Timing(), rooms)
    except Mistakes as found:
        return tuple((_question(chat, mistake), mistake) for mistake in found.mistakes)
    return ()


def _question(chat: Chat, mistake: Mistake) -> Question | None:
    return next((q for q in chat.questions if mistake.what.startswith(f"the question {q.id} ")), None)
