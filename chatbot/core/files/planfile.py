"""Plan files: TOML that a host writes -> the nouns of `core.plan`, or every mistake in it at once.

    [series]            name, short_name, hashtags, zone, start, rhythm, accounts, …
    [[series.host]]     name, account, email
    [series.defaults]   length, late_window, consent, wording, …
    [[chat]]            theme, date, ready, … and anything of the defaults
    [[chat.guest]]      name, account, introduction, picture, alt
    [[chat.reading]]    title, url
    [[chat.question]]   text, number, at, picture, alt, warning, poll, …

A file holds a series, or chats of a series that is known already, or both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chatbot.core.errors import Mistake, Mistakes
from chatbot.core.files import series_reading
from chatbot.core.files.chat_reading import ChatReading
from chatbot.core.files.forms import Notes, did_you_mean, fill, in_order, open_notes
from chatbot.core.files.paste import Pasted, read_paste
from chatbot.core.files.plan_forms import ChatForm, OutlineForm, SeriesForm
from chatbot.core.files.toml import Document, Path
from chatbot.core.plan import Chat, Series
from chatbot.core.value import Value

__all__ = ["Pasted", "Plan", "read_chat", "read_paste", "read_plan", "read_series"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What one file holds. `warnings` are no mistakes, but a host should know of them."""

    series: Series | None
    chats: tuple[Chat, ...]
    warnings: tuple[Mistake, ...] = ()
    document: Document | None = field(default=None, repr=False, compare=False)


def read_series(text: str, file: str) -> Series:
    """Read the series that a file holds, whatever chats it has besides."""
    notes = open_notes(text, file)
    outline = fill(OutlineForm, notes, notes.document.values)
    series = _series(outline, notes) if outline else None
    notes.raise_mistakes()
    if series is None:
        raise Mistakes([Mistake(file, None, "there is no series in this file", "add a part that begins with [series]")])
    return series


def read_chat(text: str, file: str, series: Series, now: datetime) -> Chat:
    """Read the only chat that a file holds."""
    plan = read_plan(text, file, {series.id: series}, now)
    if len(plan.chats) != 1:
        what = f"there are {len(plan.chats)} chats in this file"
        raise Mistakes([Mistake(file, None, what, "write exactly one part that begins with [[chat]]")])
    return plan.chats[0]


def read_plan(
    text: str, file: str, known_series: Mapping[str, Series], now: datetime, unreadable: Collection[str] = ()
) -> Plan:
    """Read all that a file holds; raise every mistake in it.

    `unreadable` names series that exist but are wrong themselves: their chats are looked over and then left out.
    """
    notes = open_notes(text, file)
    outline = fill(OutlineForm, notes, notes.document.values)
    series, chats = None, []
    if outline is not None:
        series = _series(outline, notes)
        if series is not None:
            series_reading.look_ahead(series, notes, now)
        known = {**known_series, **({series.id: series} if series else {})}
        chats = _chats(outline, notes, _Owners(series, known, unreadable), now)
        if outline.series is None and not outline.chat:
            notes.wrong((), "there is neither a series nor a chat in this file", "compare it with the sample")
    notes.raise_mistakes()
    return Plan(series, tuple(chats), in_order(notes.warnings), notes.document)


def _series(outline: OutlineForm, notes: Notes) -> Series | None:
    if outline.series is None:
        return None
    form = fill(SeriesForm, notes, outline.series, ("series",))
    return series_reading.series_of(form, notes) if form else None


class _Owners(Value, frozen=True):
    """The series that a file's chats may belong to: its own, all that are known, and the names of those left out."""

    own: Series | None
    known: Mapping[str, Series]
    unreadable: Collection[str]

    def of(self, form: ChatForm, notes: Notes, path: Path) -> Series | None:
        """Return the series of a chat, or note that there is none."""
        if form.series is None:
            return self._unnamed(notes, path)
        if form.series not in self.known and form.series not in self.unreadable:
            todo = did_you_mean(form.series, self.known) or f"known: {self._names()}"
            notes.wrong((*path, "series"), f'there is no series "{form.series}"', todo)
        return self.known.get(form.series)

    def _unnamed(self, notes: Notes, path: Path) -> Series | None:
        if self.own or self.unreadable:
            return self.own
        if len(self.known) == 1:
            return next(iter(self.known.values()))
        todo = f"add series = …, one of: {self._names()}"
        notes.wrong(path, "it is not said which series this chat belongs to", todo)
        return None

    def _names(self) -> str:
        return ", ".join(self.known) or "none is known yet: put [series] into this file, or read its file first"


def _chats(outline: OutlineForm, notes: Notes, owners: _Owners, now: datetime) -> list[Chat]:
    """Check every chat, even when the series cannot be read and nothing can be reckoned from it."""
    readings: dict[str, ChatReading] = {}
    chats = []
    for number, values in enumerate(outline.chat):
        path = ("chat", number)
        form = fill(ChatForm, notes, values, path)
        if form is None or (outline.series is not None and owners.own is None):
            continue
        series = owners.of(form, notes, path)
        if series is None:
            continue
        reading = readings.setdefault(series.id, ChatReading(series, notes, now))
        chat = reading.read(form, path)
        chats += [chat] if chat else []
    return chats
