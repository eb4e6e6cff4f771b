"""The facts that a post of ours tells, so that a changed plan shows which of them are no longer true.

A post tells what its template names: a community whose announcement gives no time has nothing to correct when the chat
is moved. Facts are (name, value) pairs, kept beside the post's text from the moment it is planned.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from chatbot.core.model import CueKind, Facts
from chatbot.core.nights import wording
from chatbot.core.nights.wording import values
from chatbot.core.plan import Chat, Question, Series

INVITING = (CueKind.ANNOUNCEMENT, CueKind.REMINDER, CueKind.WELCOME)  # what is told of them when a chat is cancelled
TELLING = (*INVITING, CueKind.THANKS)
_BEGINS = frozenset({"date", "iso_date", "time", "utc"})
_LASTS = frozenset({"span", "end_time"})
_NAMED = ("theme", "guests", "hosts", "question_count", "late_date")


def of_cue(kind: CueKind, series: Series, chat: Chat, question: Question | None = None) -> Facts:
    """Return what a post of this kind tells under this plan; nothing for posts that tell no fact."""
    if kind is CueKind.QUESTION and question is not None:
        return tuple(_of_question(question))
    return tuple(_of_chat(kind, series, chat, wording.named(kind, chat))) if kind in TELLING else ()


def as_they_are(said: Facts, kind: CueKind, series: Series, chat: Chat, question: Question | None = None) -> Facts:
    """Return what a post that told these facts would have to tell now, whatever its template names meanwhile."""
    if kind is CueKind.QUESTION and question is not None:
        return tuple(_of_question(question))
    told = {name for name, _ in said}
    every = _of_chat(kind, series, chat, _BEGINS | _LASTS | frozenset(_NAMED))
    return tuple((name, value) for name, value in every if name in told or name == "cancelled")


def untrue(said: Facts, now: Facts) -> tuple[str, ...]:
    """Name the facts that were told and are not so any more.

    What a post never spoke of is no fault of it, except that the chat is cancelled, or that a question needs a warning;
    a warning too many and a poll that is not wanted any more do no harm.
    """
    told, true = dict(said), dict(now)
    if not told:
        return ()
    compared = [name for name in told if name in true or name not in ("warning", "poll")]
    unlike = [name for name in compared if _plain(true.get(name, "")) != _plain(told[name])]
    return (*unlike, *(name for name in ("cancelled", "warning") if name in true and name not in told))


def sentences(series: Series, chat: Chat, said: Facts, names: tuple[str, ...]) -> str:
    """Say what became untrue, in sentences for those who read the post."""
    if "cancelled" in names and chat.cancelled:
        return f"Cancelled: the chat on {_instant(series, chat.starts_at)} will not take place."
    told = dict(said)
    return " ".join(filter(None, (_sentence(name, series, chat, told) for name in names)))


def names_in_words(names: tuple[str, ...]) -> str:
    """Name facts as a host reads them."""
    return values.listed([_WORDS.get(name, name) for name in names])


def _of_question(question: Question) -> Iterator[tuple[str, str]]:
    yield "text", question.text.strip()
    if question.poll is not None:
        yield "poll", " / ".join(question.poll.options)
    if question.warning:
        yield "warning", question.warning


def _of_chat(kind: CueKind, series: Series, chat: Chat, named: AbstractSet[str]) -> Iterator[tuple[str, str]]:
    given = values.of_chat(series, chat)
    if named & _BEGINS:
        yield "begins", chat.starts_at.astimezone(UTC).isoformat()
    if named & _LASTS:
        yield "lasts", given["span"]
    for name in _NAMED:
        if name in named:
            yield name, given[name]
    yield "hashtag", given["hashtag"]
    if chat.cancelled and kind in INVITING:
        yield "cancelled", "yes"


def _sentence(name: str, series: Series, chat: Chat, told: dict[str, str]) -> str:
    given = values.of_chat(series, chat)
    match name:
        case "begins":
            return _moved(series, datetime.fromisoformat(told[name]), chat.starts_at)
        case "cancelled":
            return f"It takes place after all: {_instant(series, chat.starts_at)}."
        case "hashtag":
            return f"The hashtag is now {given['hashtag']}, no longer {told[name]}."
        case "guests" if not given["guests"]:
            return "There is no guest this time."
        case "theme" if not given["theme"]:
            return "There is no theme this time."
        case _:
            return _SENTENCES[name].format(given.get(_VALUES.get(name, name), "")) if name in _SENTENCES else ""


_VALUES = {"lasts": "span"}
_SENTENCES = {
    "lasts": "It takes {}.",
    "theme": "The theme is now “{}”.",
    "guests": "With {}.",
    "hosts": "Hosted by {}.",
    "question_count": "There will be {}.",
    "late_date": "Late answers are welcome until {}.",
}
_WORDS = {
    "begins": "when it begins",
    "lasts": "how long it takes",
    "theme": "the theme",
    "guests": "the guests",
    "hosts": "the hosts",
    "question_count": "how many questions there are",
    "late_date": "until when late answers are welcome",
    "hashtag": "the hashtag",
    "cancelled": "that it takes place",
    "text": "the words",
    "poll": "the poll",
    "warning": "the content warning",
}


def _moved(series: Series, before: datetime, now: datetime) -> str:
    was, is_ = (at.astimezone(ZoneInfo(series.zone)) for at in (before, now))
    if was.date() == is_.date():
        return f"It begins at {is_:%H:%M} {values.zone_name(series)}, not at {was:%H:%M}."
    return f"Moved from {values.day(was)}, {was:%H:%M}, to {_instant(series, now)}."


def _instant(series: Series, at: datetime) -> str:
    local = at.astimezone(ZoneInfo(series.zone))
    return f"{values.day(local)}, {local:%H:%M} {values.zone_name(series)}"


def _plain(value: str) -> str:
    return " ".join(value.split())
