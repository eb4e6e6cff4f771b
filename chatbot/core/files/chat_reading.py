"""The chats of one series, from their forms: dates become instants, and each gets its name."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from chatbot.core.files.forms import Notes
from chatbot.core.files.plan_forms import ChatForm
from chatbot.core.files.question_reading import QuestionReading
from chatbot.core.files.series_reading import person, settings
from chatbot.core.files.toml import Path
from chatbot.core.nights import recurrence
from chatbot.core.plan import Chat, Reading, Series


@dataclass(slots=True)
class ChatReading:
    """Reads the chats of a series one after the other; `taken` are the names of those it has read."""

    series: Series
    notes: Notes
    now: datetime
    taken: set[str] = field(default_factory=set)

    def read(self, form: ChatForm, path: Path) -> Chat | None:
        """Turn a form into a chat, or note why that cannot be."""
        day = form.date or self._next_day(path)
        if day is None:
            return None
        chosen = settings(form, self.series.defaults, self.notes, path)
        starts_at = self._starts_at(day, form, path)
        ends_at = starts_at + timedelta(minutes=chosen.minutes)
        chat_id = self._named(day, form, path)
        questions = QuestionReading(self.notes, path, self.series.zone, starts_at, ends_at, ends_at <= self.now)
        chat = Chat(
            id=chat_id,
            series=self.series.id,
            starts_at=starts_at,
            ends_at=ends_at,
            late_until=ends_at + chosen.late_window,
            theme=form.theme or "",
            questions=questions.read(form),
            ready=form.ready,
            guests=tuple(person(guest, self.notes.document.file) for guest in form.guest),
            framing=form.framing or "",
            reading=tuple(Reading(entry.title, entry.url) for entry in form.reading),
            hashtags=tuple(dict.fromkeys((*self.series.hashtags, *form.hashtags))),
            unnumbered=form.unnumbered,
            slow=form.slow,
            secret=form.secret,
            cancelled=form.cancelled,
            is_past=ends_at <= self.now,
            settings=chosen,
        )
        self._warn(chat, path)
        return chat

    def _next_day(self, path: Path) -> date | None:
        """Find the next date of the series that no chat of the file has taken."""
        if not self.series.rhythm:
            todo = "add date = 2026-12-01, or a rhythm to the series"
            self.notes.wrong(path, "the chat has no date, and the series no rhythm to take it from", todo)
            return None
        rule = (self.series.rhythm, self.series.zone, self.series.start, self.series.first_date)
        for at in recurrence.occurrences(*rule, after=self.now):
            day = recurrence.local_date(at, self.series.zone)
            if f"{self.series.id}-{day}" not in self.taken:
                todo = f"write date = {day} if that is right, so that it stays"
                self.notes.warn(path, f"the chat has no date and is taken for the next one, {day}", todo)
                return day
        self.notes.wrong(path, "the chat has no date, and the series no further one", "add date = 2026-12-01")
        return None

    def _starts_at(self, day: date, form: ChatForm, path: Path) -> datetime:
        clock = form.start or self.series.start
        at = recurrence.local_instant(day, clock, self.series.zone)
        if recurrence.is_skipped(day, clock, self.series.zone):
            local = at.astimezone(ZoneInfo(self.series.zone))
            what = f"{clock} does not exist on {day} in {self.series.zone}: the clocks go forward"
            todo = f"the chat would begin at {local:%H:%M}; choose another start if that is not meant"
            self.notes.warn((*path, "start" if form.start else "date"), what, todo)
        return at

    def _named(self, day: date, form: ChatForm, path: Path) -> str:
        first = f"{self.series.id}-{day}"
        session = form.session or next(n for n in count(1) if _name(first, n) not in self.taken)
        name = _name(first, session)
        if name in self.taken:
            what = f"two chats of {self.series.id} on {day} have the session {session}"
            self.notes.wrong((*path, "session"), what, "give each a session of its own")
        self.taken.add(name)
        return name

    def _warn(self, chat: Chat, path: Path) -> None:
        if chat.is_past:
            return
        lacks = [] if chat.theme else ["a theme"]
        lacks += [] if chat.questions else ["questions"]
        lacks += [] if chat.ready else ["ready = true"]
        if lacks:
            what = f"nothing will be posted for {chat.id}: it lacks {' and '.join(lacks)}"
            self.notes.warn((*path, "ready"), what, "complete it before the day")


def _name(first: str, session: int) -> str:
    return first if session == 1 else f"{first}-{session}"
