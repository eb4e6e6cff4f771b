"""What a new plan changes about a chat, in words for the host who applied it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chatbot.core.files.fields import duration_text
from chatbot.core.nights.wording.values import zone_name
from chatbot.core.plan import Chat, Question, Series
from chatbot.core.text import normalise_tag
from chatbot.core.value import replace

_LONGEST = 60  # characters of a value that are shown
_OWN_WORDS = {
    "starts_at": "begins",
    "ends_at": "ends",
    "late_until": "late answers until",
    "is_past": "past chat",
    "minutes": "length",
}
_NOT_NAMED = {"id", "series", "questions"}


def of_chat(old: Chat | None, new: Chat, series: Series) -> tuple[str, ...]:
    """Return one line a change: nothing for an unchanged chat. What moved along with the chat is not said again."""
    if old is None:
        return ("new",)
    old = _moved_along(old, new.starts_at - old.starts_at)
    return (*_of_fields(old, new, series, _NOT_NAMED), *_of_questions(old.questions, new.questions, series))


def undone(edited: Chat, planned: Chat, series: Series) -> tuple[str, ...]:
    """Return the lines that a plan lacks so as not to undo what hosts changed by command: hashtags, a cancellation.

    `series` is as it was applied: its hashtags are its file's, and no command added them.
    """
    own = {normalise_tag(tag) for tag in series.hashtags}
    added = [tag for tag in edited.hashtags if normalise_tag(tag) not in own]
    kept = {normalise_tag(tag) for tag in planned.hashtags}
    tags = ", ".join(f'"{tag}"' for tag in added)
    is_cut = any(normalise_tag(tag) not in kept for tag in added)
    is_revived = edited.cancelled and not planned.cancelled
    return (*([f"hashtags = [{tags}]"] if is_cut else ()), *(["cancelled = true"] if is_revived else ()))


def _moved_along(chat: Chat, by: timedelta) -> Chat:
    """Return a chat whose late window and questions' times follow a new beginning; its own two times are said."""
    times = [None if question.at is None else question.at + by for question in chat.questions]
    asked = tuple(replace(question, at=at) for question, at in zip(chat.questions, times, strict=True))
    return replace(chat, late_until=chat.late_until + by, questions=asked)


def of_series(old: Series | None, new: Series) -> tuple[str, ...]:
    """Return one line a change: nothing for an unchanged series."""
    return ("new",) if old is None else tuple(_of_fields(old, new, new, {"id"}))


def _of_fields(old: Any, new: Any, series: Series, left_out: set[str]) -> Iterator[str]:
    for name in (name for name in old.__struct_fields__ if name not in left_out):
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        if name in ("settings", "defaults"):
            yield from (f"setting {line}" for line in _of_fields(before, after, series, {"wording"}))
            yield from _of_wording(dict(before.wording), dict(after.wording))
        else:
            if name == "minutes":
                before, after = timedelta(minutes=before), timedelta(minutes=after)
            yield f"{_OWN_WORDS.get(name, name.replace('_', ' '))}: {_shown(before, series)} -> {_shown(after, series)}"


def _of_wording(before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    for kind in sorted(before.keys() | after.keys()):
        if before.get(kind) != after.get(kind):
            yield f"wording of {kind}: " + ("the usual words again" if kind not in after else "changed")


def _of_questions(before: tuple[Question, ...], after: tuple[Question, ...], series: Series) -> Iterator[str]:
    known = {question.id: question for question in before}
    wanted = {question.id: question for question in after}
    yield from (f"question {name} taken out" for name in known if name not in wanted)
    for name, question in wanted.items():
        if name not in known:
            yield f"question {name} added: {_shown(question.text, series)}"
        else:
            yield from (f"question {name}, {line}" for line in _of_fields(known[name], question, series, {"id"}))
    stayed = [name for name in known if name in wanted]
    if stayed != [name for name in wanted if name in known]:
        yield "the questions are in another order"


def _shown(value: object, series: Series) -> str:
    """Return a value as a person writes it, in one short line."""
    if value is None or value in ("", ()):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.astimezone(ZoneInfo(series.zone)):%Y-%m-%d %H:%M} {zone_name(series)}"
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, tuple):
        return _cut(", ".join(_shown(item, series) if isinstance(item, datetime) else _named(item) for item in value))
    return _cut(f"“{value}”" if isinstance(value, str) else str(value))


def _named(item: object) -> str:
    if isinstance(item, str):
        return item  # which has a `title` of its own
    return str(getattr(item, "name", None) or getattr(item, "title", None) or item)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
