"""Holds the chats of a file to what is out: a moved chat keeps its name, an asked question its number and its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from chatbot.core.errors import ChatbotError
from chatbot.core.model import DeliveryState
from chatbot.core.nights import realigning
from chatbot.core.plan import Chat
from chatbot.core.value import replace
from chatbot.stages.planning.reading import Planned
from chatbot.store import chats, outbox
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Connection

_ASKED = (DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Held:
    """The chats of a file as they can be applied, and what a host should know about that."""

    chats: tuple[Chat, ...]
    notes: tuple[str, ...]


def hold(conn: Connection, plan: Planned, now: datetime) -> Held:
    """Find out which applied chat each chat of a file is, and keep of it what has happened."""
    known = {stored.chat.id: stored for stored in chats.all_chats(conn)}
    match = _Match(plan, known, [stored for stored in known.values() if _is_its_files(conn, stored, plan)], now)
    match.find()
    made: list[Chat] = []
    notes: list[str] = []
    for planned in plan.chats:
        before = match.found.get(planned.id)
        if before is None:
            _refuse_taken_name(planned, known, match)
            made.append(planned)
        else:
            kept = _kept(conn, planned, before, plan)
            made.append(kept.chat)
            notes += _notes(planned, before, kept, _sent(conn, before))
    return Held(tuple(made), tuple(notes))


def _is_its_files(conn: Connection, stored: StoredChat, plan: Planned) -> bool:
    """Whether a chat came from this file, and stays itself when the file gives it another day: something happened."""
    is_stopped = stored.state == "cancelled" and not stored.chat.cancelled  # for good, whatever its file says
    if stored.file != plan.source.name or is_stopped:
        return False
    is_decided = stored.edited_at is not None or stored.state not in ("draft", "ready")
    return is_decided or chats.has_begun(conn, stored.chat.id)


@dataclass(slots=True)
class _Match:
    """Which applied chat each planned one is, by the planned one's name."""

    plan: Planned
    known: dict[str, StoredChat]
    movable: Sequence[StoredChat]
    now: datetime
    found: dict[str, StoredChat] = field(default_factory=dict)

    def find(self) -> None:
        """Match by name and day, by the day it was moved to, by name alone, and then by what it is about."""
        self._each(lambda planned: [s for s in self._named(planned) if self._day(s.chat) == self._day(planned)])
        self._each(lambda planned: [s for s in self._moved(planned) if self._day(s.chat) == self._day(planned)])
        self._each(self._named)
        self._each(self._to_be_moved)

    def _each(self, candidates: Callable[[Chat], Sequence[StoredChat]]) -> None:
        for planned in self.plan.chats:
            if planned.id in self.found:
                continue
            taken = {stored.chat.id for stored in self.found.values()}
            free = [stored for stored in candidates(planned) if stored.chat.id not in taken]
            if free:
                self.found[planned.id] = free[0]

    def _named(self, planned: Chat) -> list[StoredChat]:
        return [self.known[planned.id]] if planned.id in self.known else []

    def _moved(self, planned: Chat) -> list[StoredChat]:
        """Return chats that were moved before, so that their names tell another day; those about the same first."""
        found = [s for s in self.movable if s.chat.series == planned.series and f"{self._day(s.chat)}" not in s.chat.id]
        return sorted(found, key=lambda stored: not realigning.is_the_same(stored.chat, planned))

    def _to_be_moved(self, planned: Chat) -> list[StoredChat]:
        """Return chats about the same that are not over; a day in the past is no day to move to."""
        coming = [stored for stored in self.movable if stored.chat.ends_at > self.now and not planned.is_past]
        return [stored for stored in coming if realigning.is_the_same(stored.chat, planned)]

    def _day(self, chat: Chat) -> date:
        return chat.starts_at.astimezone(ZoneInfo(self.plan.known[chat.series].zone)).date()


def _refuse_taken_name(planned: Chat, known: dict[str, StoredChat], match: _Match) -> None:
    taken = known.get(planned.id)
    if taken is not None and any(stored.chat.id == planned.id for stored in match.found.values()):
        raise ChatbotError(
            f"{planned.id} is the name of the chat that was moved to {taken.chat.starts_at:%Y-%m-%d}, so another one"
            " cannot have it. Nothing was applied. Write session = 2 into the new chat, and it gets a name of its own."
        )


def _kept(conn: Connection, planned: Chat, before: StoredChat, plan: Planned) -> realigning.Kept:
    rows = [row for row in outbox.of_chat(conn, before.chat.id) if row.is_question and row.state in _ASKED]
    asked = frozenset(row.question for row in rows if row.question is not None)
    was_held = not before.chat.is_past and chats.has_begun(conn, before.chat.id)
    named = replace(planned, id=before.chat.id, is_past=planned.is_past and not was_held)
    return realigning.keep_asked(named, before.chat, asked, plan.written_ids.get(planned.id, frozenset()))


def _sent(conn: Connection, before: StoredChat) -> frozenset[str | None]:
    rows = outbox.of_chat(conn, before.chat.id)
    return frozenset(row.question for row in rows if row.is_question and row.state is DeliveryState.SENT)


def _notes(planned: Chat, before: StoredChat, kept: realigning.Kept, sent: frozenset[str | None]) -> list[str]:
    name = before.chat.id
    notes = [
        f"{name}: {question.label or question.id} is not in the file any more, but it "
        + ("was asked: it stays" if question.id in sent else "may have been asked: it stays unless it turns out not so")
        for question in kept.gone
    ]
    if planned.id != name:
        notes.append(f"{name} keeps its name, although the file gives it another day")
    return notes
