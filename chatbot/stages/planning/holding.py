"""Holds the chats of a file to what is out: a moved chat keeps its name, an asked question its number and its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from chatbot.core.errors import ChatbotError
from chatbot.core.model import DeliveryState
from chatbot.core.nights import realigning
from chatbot.core.plan import Chat
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
    movable = [stored for stored in known.values() if _may_be_moved(conn, stored, plan, now)]
    match = _Match(plan, known, movable)
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
            notes += _notes(planned, before, kept)
    return Held(tuple(made), tuple(notes))


def _may_be_moved(conn: Connection, stored: StoredChat, plan: Planned, now: datetime) -> bool:
    """Whether a chat to which a file gives another day stays itself: something happened in it, and it is not over."""
    is_stopped = stored.state == "cancelled" and not stored.chat.cancelled  # for good, whatever its file says
    if stored.file != plan.source.name or stored.chat.ends_at <= now or is_stopped:
        return False
    is_decided = stored.edited_at is not None or stored.state not in ("draft", "ready")
    return is_decided or chats.has_begun(conn, stored.chat.id)


@dataclass(slots=True)
class _Match:
    """Which applied chat each planned one is, by the planned one's name."""

    plan: Planned
    known: dict[str, StoredChat]
    movable: Sequence[StoredChat]
    found: dict[str, StoredChat] = field(default_factory=dict)

    def find(self) -> None:
        """Match by name and day, by the day it was moved to, by name alone, and then by what it is about."""
        self._each(lambda planned: [s for s in self._named(planned) if self._day(s.chat) == self._day(planned)])
        self._each(lambda planned: [s for s in self._alike_first(planned) if self._day(s.chat) == self._day(planned)])
        self._each(self._named)
        self._each(lambda planned: [s for s in self.movable if realigning.is_alike(s.chat, planned)])

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

    def _alike_first(self, planned: Chat) -> list[StoredChat]:
        of_series = [stored for stored in self.movable if stored.chat.series == planned.series]
        return sorted(of_series, key=lambda stored: not realigning.is_alike(stored.chat, planned))

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
    named = replace(planned, id=before.chat.id)
    return realigning.keep_asked(named, before.chat, asked, plan.written_ids.get(planned.id, frozenset()))


def _notes(planned: Chat, before: StoredChat, kept: realigning.Kept) -> list[str]:
    name = before.chat.id
    notes = [f"{name}: {q.label or q.id} is not in the file any more, but it was asked: it stays" for q in kept.gone]
    if planned.id != name:
        notes.append(f"{name} keeps its name, although the file gives it another day")
    return notes
