"""What hosts may have to be told, read cheaply every second: the log since last time, late posts, chats by the clock.

Letters that are done with lose their reader's address and their text here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from chatbot.core.model import DeliveryState, Draft
from chatbot.core.value import Value
from chatbot.store import outbox, rows, tables
from chatbot.store.codec import to_json
from chatbot.store.rows import Row

_AUDIT, _CHAT, _OUTBOX = tables.audit, tables.chat, tables.outbox

EVENTS = (
    "late-asks",
    "no-room",
    "went-ahead",
    "skipped",
    "failed",
    "unsettled",
    "found",
    "adopted",
    "untrue",
    "quieted",
    "parent-gone",
    "no-picture",
    "refused",
    "double-deleted",
    "double-left",
)
_DONE = (DeliveryState.SENT.value, DeliveryState.FAILED.value, DeliveryState.SKIPPED.value)
_GONE = "gone"


class Event(Value, frozen=True):
    """A line of the log about one row of the outbox."""

    id: int
    event: str
    row: Row


class Reading(Value, frozen=True):
    """What the log said since last time: `settled` is the line before which nothing can appear any more.

    PostgreSQL numbers lines when they are written and shows them when they are committed, so that a line may appear
    below one that was read; `recent` are the lines behind `settled` that were read.
    """

    settled: int
    recent: frozenset[int] = frozenset()
    events: tuple[Event, ...] = ()


class Brief(Value, frozen=True):
    """A chat without its plan: what tells whether something may be due, and whether the plan has to be read again."""

    id: str
    state: str
    stamp: tuple[object, ...]


class Pulse(Value, frozen=True):
    """How the outbox stands: since when the oldest post is overdue, what is not known, what failed, what comes next."""

    overdue_since: datetime | None
    unknown: int
    failed: int
    next_due: datetime | None


def pulse(conn: sa.Connection, now: datetime, failed_since: datetime) -> Pulse:
    """Return how the outbox stands now; an index answers each question."""
    cue, ready = _OUTBOX.c.kind.in_(rows.CUES), _CHAT.c.state == "ready"
    late = sa.select(sa.func.min(_OUTBOX.c.due_at)).join(_CHAT, _CHAT.c.id == _OUTBOX.c.chat)
    open_states = [state.value for state in (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN)]
    overdue = late.where(
        _OUTBOX.c.state.in_(open_states),
        _OUTBOX.c.due_at < now,
        _OUTBOX.c.grace_until >= now,
        _OUTBOX.c.hold.is_(False),
        cue,
        ready,
    )
    waiting = _OUTBOX.c.state == DeliveryState.WAITING.value
    coming = sa.select(sa.func.min(_OUTBOX.c.due_at)).where(waiting, _OUTBOX.c.due_at > now)
    count = sa.select(sa.func.count()).select_from(_OUTBOX)
    unknown = count.where(_OUTBOX.c.state == DeliveryState.UNKNOWN.value, cue)
    failed = count.where(_OUTBOX.c.state == DeliveryState.FAILED.value, _OUTBOX.c.due_at >= failed_since, cue)
    return Pulse(conn.scalar(overdue), conn.scalar(unknown) or 0, conn.scalar(failed) or 0, conn.scalar(coming))


def newest_event(conn: sa.Connection, before: datetime) -> int:
    """Return the number of the last line of the log written before an instant."""
    return conn.scalar(sa.select(sa.func.max(_AUDIT.c.id)).where(_AUDIT.c.at < before)) or 0


def events(conn: sa.Connection, before: Reading, settled_at: datetime) -> Reading:
    """Return what the log says about rows that was not read before, oldest first.

    What was written before `settled_at` is not read again.
    """
    columns = (_AUDIT.c.id, _AUDIT.c.at, _AUDIT.c.event, _AUDIT.c.detail)
    lines = conn.execute(sa.select(*columns).where(_AUDIT.c.id > before.settled).order_by(_AUDIT.c.id)).all()
    new = [line for line in lines if line.id not in before.recent]
    about = [(line.id, line.event, int(line.detail)) for line in new if _is_about_a_row(line.event, line.detail)]
    found = {row.id: row for row in rows.select(conn, _OUTBOX.c.id.in_({row_id for _, _, row_id in about}))}
    told = tuple(Event(line, event, found[row_id]) for line, event, row_id in about if row_id in found)
    settled = max((line.id for line in lines if line.at < settled_at), default=before.settled)
    return Reading(settled, frozenset(line.id for line in lines if line.id > settled), told)


def doubts(conn: sa.Connection, after: int) -> list[tuple[str, datetime, str]]:
    """Return chats of which many posts vanished at once, since a line of the log: when, and how many of how many."""
    query = sa.select(_AUDIT.c.chat, _AUDIT.c.at, _AUDIT.c.detail).where(_AUDIT.c.id > after)
    found = conn.execute(query.where(_AUDIT.c.event == "verify-doubtful", _AUDIT.c.chat.is_not(None)))
    return [(chat, at, detail or "") for chat, at, detail in found]


def late(conn: sa.Connection, now: datetime) -> list[Row]:
    """Return cues that should be out and are not, of chats that may post."""
    found = outbox.overdue(conn, now)
    if not found:
        return []
    named = {row.chat for row in found if row.chat}
    ready = set(conn.scalars(sa.select(_CHAT.c.id).where(_CHAT.c.id.in_(named), _CHAT.c.state == "ready")))
    return [row for row in found if row.chat in ready]


def briefs(conn: sa.Connection, starting_before: datetime, closed_after: datetime) -> list[Brief]:
    """Return the chats that begin before one instant and whose late window, or import, ends after another."""
    columns = (_CHAT.c.applied_at, _CHAT.c.edited_at, _CHAT.c.approved_at, _CHAT.c.emptied_at, _CHAT.c.starts_at)
    changed = tables.series.c.applied_at.label("series_applied_at")
    found = conn.execute(
        sa.select(_CHAT.c.id, _CHAT.c.state, *columns, changed)
        .join(tables.series)
        .where(
            _CHAT.c.starts_at <= starting_before,
            sa.or_(_CHAT.c.late_until >= closed_after, _CHAT.c.applied_at >= closed_after),
        )
        .order_by(_CHAT.c.starts_at)
    )
    return [Brief(row.id, row.state, tuple(row)) for row in found]


def has_posted(conn: sa.Connection, chat_id: str) -> bool:
    """Tell whether anything of a chat's own is out."""
    sent = _OUTBOX.c.state == DeliveryState.SENT.value
    wanted = sa.select(_OUTBOX.c.id).where(_OUTBOX.c.chat == chat_id, sent, _OUTBOX.c.kind.in_(rows.CUES))
    return conn.scalar(wanted.limit(1)) is not None


def told(conn: sa.Connection, keys: Sequence[str]) -> frozenset[str]:
    """Return which of these notices were put into the outbox before."""
    return frozenset(conn.scalars(sa.select(_OUTBOX.c.key).where(_OUTBOX.c.key.in_(list(keys)))))


def clear_replies(conn: sa.Connection) -> int:
    """Take address and text out of answers to people that are done with; returns how many."""
    done = sa.update(_OUTBOX).where(
        _OUTBOX.c.kind == rows.REPLY, _OUTBOX.c.state.in_(_DONE), _OUTBOX.c.recipient.is_not(None)
    )
    return conn.execute(done.values(recipient=None, draft=to_json(Draft(_GONE)))).rowcount


def has_done_replies(conn: sa.Connection) -> bool:
    """Tell whether `clear_replies` has anything to do; cheap, so that the writer is seldom asked."""
    wanted = sa.select(_OUTBOX.c.id).where(
        _OUTBOX.c.state.in_(_DONE), _OUTBOX.c.kind == rows.REPLY, _OUTBOX.c.recipient.is_not(None)
    )
    return conn.scalar(wanted.limit(1)) is not None


def _is_about_a_row(event: str, detail: str | None) -> bool:
    return event in EVENTS and (detail or "").isdecimal()
