"""Everything that is to leave the house: cues of chats, edits of one of them, and words to people, one row an account.

Here rows are put, read and decided about by people; the arrows between their states are in `store.claims`.

A row's `kind` is a `CueKind`, or one of

    edit      a new text for the post of the cue named in `edits` ("Tonight so far", or what the plan changed); doing
              it twice does no harm
    notice    words to a host (key `notice/incident/recipient`)
    reply     words to somebody who wrote to the bot (key `reply/post-row`)

Functions take a connection, the caller commits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chatbot.core.model import INVITATIONS, Cue, CueKind, DeliveryState, Draft, Lateness
from chatbot.core.nights import again
from chatbot.core.value import Value, replace
from chatbot.store import rows, tables
from chatbot.store.codec import to_json
from chatbot.store.rows import CUES, EDIT, NOTICE, REPLY, Row

__all__ = ["EDIT", "EMAIL", "NOTICE", "NOTIFY", "REPLY", "Row"]

EMAIL = "email"  # the account of rows that go out as e-mail
NOTIFY = "notify"  # the account of rows that go to phones and chat rooms
PLANNED_LATE = "planned-late"
TAKEN_OUT = again.TAKEN_OUT
NEEDLESS = "needless"
STOPPED = "a host stopped the chat"
WAITING = DeliveryState.WAITING.value

_TABLE = tables.outbox


class Replaced(Value, frozen=True):
    """What a new plan changed among the cues that were not out yet; `too_late` are kinds that were due long ago."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    too_late: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.added or self.changed or self.removed or self.too_late)


# reading


def of_chat(conn: sa.Connection, chat_id: str) -> list[Row]:
    """Return every row of a chat, in the order of the night."""
    return rows.select(conn, _TABLE.c.chat == chat_id)


def find(conn: sa.Connection, key: str, account: str) -> Row | None:
    """Find a row by its key on one account."""
    return next(iter(rows.select(conn, _TABLE.c.key == key, _TABLE.c.account == account)), None)


def with_id(conn: sa.Connection, row_id: int) -> Row | None:
    """Find a row by its number."""
    return next(iter(rows.select(conn, _TABLE.c.id == row_id)), None)


def due(conn: sa.Connection, account: str, now: datetime, ahead: timedelta = timedelta()) -> list[Row]:
    """Return what waits for this account and is due, or will be within `ahead`; held rows are left out."""
    at = now + ahead
    return rows.select(
        conn,
        _TABLE.c.account == account,
        _TABLE.c.state == WAITING,
        _TABLE.c.hold.is_(False),
        _TABLE.c.due_at <= at,
        sa.or_(_TABLE.c.not_before.is_(None), _TABLE.c.not_before <= at),
    )


def in_state(conn: sa.Connection, account: str, *states: DeliveryState) -> list[Row]:
    """Return an account's rows in any of these states."""
    return rows.select(conn, _TABLE.c.account == account, _TABLE.c.state.in_([state.value for state in states]))


def to_watch(conn: sa.Connection, account: str) -> list[Row]:
    """Return rows whose doubles are still looked for."""
    return rows.select(conn, _TABLE.c.account == account, _TABLE.c.doubles_until.is_not(None))


def active_chats(conn: sa.Connection, account: str, until: datetime) -> list[str]:
    """Name the chats that have a cue of this account on its way, or due by then."""
    moving = _TABLE.c.state.in_((DeliveryState.SENDING.value, DeliveryState.UNKNOWN.value))
    begun = sa.and_(_TABLE.c.state == WAITING, _TABLE.c.due_at <= until)
    chats = sa.select(_TABLE.c.chat).where(_TABLE.c.account == account, _TABLE.c.kind.in_(CUES), sa.or_(moving, begun))
    return sorted(set(conn.scalars(chats)))


def expired_errands(conn: sa.Connection, account: str, now: datetime) -> list[Row]:
    """Return edits and letters that still wait although their grace has ended."""
    waits = _TABLE.c.state == WAITING, _TABLE.c.kind.not_in(CUES), _TABLE.c.grace_until < now
    return rows.select(conn, _TABLE.c.account == account, *waits)


def overdue(conn: sa.Connection, now: datetime) -> list[Row]:
    """Return cues that should be out by now and are not, the oldest first."""
    states = (DeliveryState.WAITING.value, DeliveryState.SENDING.value, DeliveryState.UNKNOWN.value)
    return rows.select(
        conn,
        _TABLE.c.kind.in_(CUES),
        _TABLE.c.state.in_(states),
        _TABLE.c.hold.is_(False),
        _TABLE.c.due_at < now,
        _TABLE.c.grace_until >= now,
    )


def next_waiting(
    conn: sa.Connection, now: datetime, chat: str | None = None, kind: CueKind | None = None
) -> Row | None:
    """Return the next cue that waits inside its grace, of one chat or of all; `kind` may ask for questions alone."""
    wanted = [_TABLE.c.state == WAITING, _TABLE.c.kind.in_(CUES if kind is None else (kind.value,))]
    if chat is not None:
        wanted.append(_TABLE.c.chat == chat)
    return next((row for row in rows.select(conn, *wanted) if row.grace_until >= now), None)


def counts(conn: sa.Connection) -> Mapping[str, int]:
    """Count rows by state; a state that no row is in is absent."""
    found = conn.execute(sa.select(_TABLE.c.state, sa.func.count()).group_by(_TABLE.c.state))
    return {row[0]: row[1] for row in found}


# putting


def replace_unsent(
    conn: sa.Connection, chat_id: str, cues: Sequence[Cue], accounts: Sequence[str], now: datetime
) -> Replaced:
    """Make a chat's untouched rows those of a new run sheet, the same for every account."""
    return replace_rows(conn, chat_id, {(cue.key, account): cue for cue in cues for account in accounts}, now)


def replace_rows(conn: sa.Connection, chat_id: str, wanted: Mapping[tuple[str, str], Cue], now: datetime) -> Replaced:
    """Make a chat's unsent rows those wanted, by key and account; what is out, on its way or decided stays as it is.

    What a server may have seen already keeps its words, by which it is found again; its time follows the plan.
    Corrections are no part of a run sheet (`store.corrections`).
    """
    planned = [row for row in of_chat(conn, chat_id) if row.is_cue and not row.is_correction]
    known = {(row.key, row.account): row for row in planned}
    new = [place for place in wanted if place not in known]
    for key, account in new:
        insert(conn, _of_cue(wanted[key, account], account, now))
    waiting = {place: row for place, row in known.items() if row.state is DeliveryState.WAITING}
    changed = [place for place in waiting if place in wanted and _change(conn, waiting[place], wanted[place], now)]
    removed = [row for place, row in waiting.items() if place not in wanted]
    for row in removed:
        take_back(conn, row, now)
    too_late = [place for place in new if _is_too_late(wanted[place], now)]
    put_back = [row for place, row in known.items() if place in wanted and row.reason == TAKEN_OUT]
    for row in put_back:  # in vain: what is still in time comes again as a row of its own
        conn.execute(_TABLE.update().where(_TABLE.c.id == row.id).values(reason=PLANNED_LATE, changed_at=now))
    kinds = [wanted[place].kind.value for place in too_late] + [row.kind for row in put_back]
    return Replaced(len(new) - len(too_late), len(changed), len(removed), tuple(dict.fromkeys(kinds)))


def replace_row(conn: sa.Connection, row: Row, cue: Cue | None, now: datetime) -> None:
    """Make one row that waits again the cue that is wanted now, or take it out; at the same time it keeps its grace."""
    if cue is None:
        take_back(conn, row, now)
    else:
        same_time = replace(cue, grace=row.grace) if cue.due_at == row.due_at else cue
        _change(conn, row, same_time, now, is_absent=True)


def take_back(conn: sa.Connection, row: Row, now: datetime) -> None:
    """Remove a row that waits; what a server may have seen already stays on record as skipped."""
    if row.attempts:
        skip(conn, row.id, now, TAKEN_OUT)
    else:
        conn.execute(sa.delete(_TABLE).where(_TABLE.c.id == row.id, _TABLE.c.state == WAITING))


def put_cue(conn: sa.Connection, cue: Cue, accounts: Sequence[str], now: datetime) -> int:
    """Put one more cue into a chat's night, once an account; returns for how many it was new."""
    new = [account for account in accounts if find(conn, cue.key, account) is None]
    for account in new:
        insert(conn, _of_cue(cue, account, now))
    return len(new)


def put_notice(  # noqa: PLR0913 - one row, named column by column
    conn: sa.Connection,
    *,
    key: str,
    account: str,
    recipient: str | None,
    draft: Draft,
    due_at: datetime,
    grace_until: datetime,
    now: datetime,
    chat: str | None = None,
    kind: str = NOTICE,
) -> bool:
    """Put words to one person into the outbox; False when the key is there already: at most once an incident."""
    if find(conn, key, account) is not None:
        return False
    values: dict[str, Any] = {"key": key, "account": account, "chat": chat, "kind": kind, "recipient": recipient}
    values |= {"due_at": due_at, "grace_until": grace_until, "draft": to_json(draft)}
    insert(conn, {**values, "lateness": Lateness.POST_LATE.value, "changed_at": now})
    return True


# what people decide; each says whether it came in time


def hold(conn: sa.Connection, row_id: int, now: datetime) -> bool:
    """Keep one waiting row back until `release`; others do not wait for it."""
    return _decide(conn, row_id, now, hold=True)


def release(conn: sa.Connection, row_id: int, now: datetime) -> bool:
    """Let a held row go out again."""
    return _decide(conn, row_id, now, hold=False)


def skip(conn: sa.Connection, row_id: int, now: datetime, reason: str = "a host skipped it") -> bool:
    """Drop one waiting row for good."""
    return _decide(conn, row_id, now, state=DeliveryState.SKIPPED.value, reason=reason)


def send_now(conn: sa.Connection, row_id: int, now: datetime) -> bool:
    """Make a waiting row due this instant, with its whole grace before it and without pacing."""
    row = with_id(conn, row_id)
    if row is None:
        return False
    changes: dict[str, Any] = {
        "due_at": now,
        "grace_until": now + row.grace,
        "at_once": True,
        "hold": False,
        "not_before": None,
    }
    return _decide(conn, row_id, now, **changes)


def resume(conn: sa.Connection, chat_id: str, now: datetime) -> int:
    """After a pause: give each cue that became due meanwhile its whole grace again; returns how many go out yet.

    What invites people to a chat that has begun by now goes out no more.
    """
    begins = conn.scalar(sa.select(tables.chat.c.starts_at).where(tables.chat.c.id == chat_id))
    late = [row for row in of_chat(conn, chat_id) if row.is_cue and row.state == WAITING and row.due_at < now]
    again = [(row, until) for row in late if (until := _again_until(row, begins, now)) >= now]
    return len({row.key for row, until in again if _decide(conn, row.id, now, grace_until=until)})


def cancel_unsent(conn: sa.Connection, chat_id: str, reason: str, now: datetime) -> int:
    """Skip every cue and edit of a chat that is not on its way; returns how many."""
    return conn.execute(
        sa.update(_TABLE)
        .where(_TABLE.c.chat == chat_id, _TABLE.c.state == WAITING, _TABLE.c.kind.in_((*CUES, EDIT)))
        .values(state=DeliveryState.SKIPPED.value, reason=reason, changed_at=now)
    ).rowcount


# rows


def _decide(conn: sa.Connection, row_id: int, now: datetime, **values: Any) -> bool:
    changed = sa.update(_TABLE).where(_TABLE.c.id == row_id, _TABLE.c.state == WAITING)
    return bool(conn.execute(changed.values(**values, changed_at=now)).rowcount)


def _again_until(row: Row, begins: datetime | None, now: datetime) -> datetime:
    until = now + row.grace
    if begins is not None and row.kind in INVITATIONS:
        until = min(until, begins)
    return max(row.grace_until, until)


def _of_cue(cue: Cue, account: str, now: datetime) -> dict[str, Any]:
    values = {"key": cue.key, "account": account, "chat": cue.chat, "kind": cue.kind.value, **_planned(cue)}
    if _is_too_late(cue, now):
        values |= {"state": DeliveryState.SKIPPED.value, "reason": PLANNED_LATE}
    return {**values, "changed_at": now}


def _is_too_late(cue: Cue, now: datetime) -> bool:
    """A chat planned at the last moment has no announcement a day before."""
    return cue.due_at + cue.grace < now


def _planned(cue: Cue) -> dict[str, Any]:
    return {
        "question": cue.question,
        "nth": cue.nth,
        "due_at": cue.due_at,
        "grace_until": cue.due_at + cue.grace,
        "lateness": cue.lateness.value,
        "draft": to_json(cue.draft),
        "reply_to": cue.reply_to,
        "notice": cue.notice,
        "says": to_json(cue.says),
    }


def _change(conn: sa.Connection, row: Row, cue: Cue, now: datetime, *, is_absent: bool = False) -> bool:
    """Write a cue into its row; one that a host called with `next` keeps its time, one that may be seen its words.

    One that was tried, but never came to a server, begins anew when its words are new. `is_absent` is for a row that is
    known, just now, not to be there.
    """
    values = _planned(cue)
    is_found_by_its_time = row.may_be_seen and row.newest_own_id is None and cue.due_at > row.due_at
    if row.at_once or (is_found_by_its_time and not is_absent):
        values |= {"due_at": row.due_at, "grace_until": row.grace_until}
    current = {name: getattr(row, name) for name in values} | {
        "draft": to_json(row.draft),
        "says": to_json(row.says),
        "lateness": row.lateness.value,
    }
    if row.may_be_seen or (row.attempts and replace(row.draft, reply_to=None) == cue.draft):
        values |= {name: current[name] for name in ("draft", "says", "notice")}
    elif row.attempts:
        values |= {"attempts": 0, "key_from": 0}
    return values != current and _decide(conn, row.id, now, **values)


def insert(conn: sa.Connection, values: Mapping[str, Any]) -> None:
    """Add a row as it is."""
    conn.execute(_TABLE.insert().values(values))
