"""A chat's cues on one account, and whose turn it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chatbot.core.delivery import pace
from chatbot.core.model import DeliveryState
from chatbot.core.timing import Timing
from chatbot.store import chats, claims, outbox
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Connection
from chatbot.store.rows import Row


@dataclass(frozen=True, slots=True)
class Queue:
    """The cues of one chat on one account with their turns; `stored` is None for a chat that is not there any more."""

    stored: StoredChat | None
    rows: Sequence[Row]
    turns: Mapping[int, pace.Turn]

    @property
    def is_open(self) -> bool:
        """Whether the chat may post now."""
        return self.stored is None or self.stored.state == "ready"

    @property
    def is_cancelled(self) -> bool:
        """Whether the chat does not take place, or not any further."""
        return self.stored is not None and self.stored.state == "cancelled"

    def lets_out(self, row: Row) -> bool:
        """Whether a row of the chat may go now: of a cancelled chat what corrects the posts that are out, alone."""
        return claims.may_go(None if self.stored is None else self.stored.state, row)

    def is_paused(self, timing: Timing, now: datetime) -> bool:
        """Whether a host paused the chat: until its night is over, nothing becomes too late meanwhile."""
        stored = self.stored
        return stored is not None and stored.state == "paused" and now <= stored.chat.ends_at + timing.past_the_end

    def waiting(self) -> Iterator[tuple[Row, pace.Turn]]:
        """Yield what waits, in the order of the night."""
        return ((row, self.turns[row.id]) for row in self.rows if row.state is DeliveryState.WAITING)

    def standing(self, row: Row, timing: Timing, now: datetime) -> pace.Standing:
        """Say what is to be done about a waiting row now."""
        return pace.standing(row, self.turns[row.id], timing, now)


def load(conn: Connection, chat_id: str, account: str, timing: Timing, now: datetime) -> Queue:
    """Read one chat's queue."""
    stored = chats.find(conn, chat_id)
    rows = [row for row in outbox.of_chat(conn, chat_id) if row.account == account and row.is_cue]
    ends_at = None if stored is None else stored.chat.ends_at
    return Queue(stored, rows, pace.turns(rows, ends_at, timing, now))


def load_all(conn: Connection, account: str, timing: Timing, now: datetime) -> list[Queue]:
    """Read the queue of every chat that has something to do on this account."""
    names = outbox.active_chats(conn, account, now + timing.claim_ahead)
    return [load(conn, name, account, timing, now) for name in names]
