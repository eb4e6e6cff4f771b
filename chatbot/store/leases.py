"""What becomes of claims that nobody keeps any more: unknown, from the instant their attempt ended at the latest.

A lease is written and read by the clock of the database, where it has one: two computers' clocks differ.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from chatbot.core.model import DeliveryState
from chatbot.store import claims, tables
from chatbot.store.sql import clock_ahead

_T = tables.outbox
_WAITING, _SENDING, _UNKNOWN = (
    DeliveryState.WAITING.value,
    DeliveryState.SENDING.value,
    DeliveryState.UNKNOWN.value,
)


def expire(conn: sa.Connection, account: str, owner: str, now: datetime, lease: timedelta) -> list[int]:
    """sending -> unknown for claims that nobody can still be working on; returns their ids.

    These are claims whose lease is over, our own (we begin the next thing, so the last one broke off), and those
    whose lease lies further ahead than any lease does: the clock was set back.
    """
    ahead = clock_ahead(conn, now)
    until, theirs = _T.c.lease_until, now + ahead
    over = sa.or_(until <= theirs, _T.c.owner == owner, until > theirs + lease)
    rows = conn.execute(sa.select(_T.c.id, until).where(_T.c.account == account, _T.c.state == _SENDING, over)).all()
    lost = [(row.id, min(row.lease_until - ahead, now)) for row in rows]
    return [i for i, ended in lost if claims.arrow(conn, i, (_SENDING,), now, **claims.doubtful(ended, "broke-off"))]


def inherit(conn: sa.Connection, account: str, owner: str, now: datetime, lease: timedelta) -> list[int]:
    """sending -> unknown for every claim of somebody else, when a process begins; returns their ids.

    Its attempt may last until its lease is over; until then it can be found, but its absence not be proven.
    """
    ahead = clock_ahead(conn, now)
    others = _T.c.account == account, _T.c.state == _SENDING, _T.c.owner != owner
    rows = conn.execute(sa.select(_T.c.id, _T.c.lease_until).where(*others)).all()
    left = [(row.id, min(max(row.lease_until - ahead, now), now + lease)) for row in rows]
    return [i for i, ends in left if claims.arrow(conn, i, (_SENDING,), now, **claims.doubtful(ends, "broke-off"))]


def set_back(conn: sa.Connection, account: str, now: datetime) -> int:
    """After the clock was set back: what was tried in what is now the future ended now at the latest; returns how many.

    Pauses that reach from there are over.
    """
    ours = _T.c.account == account, _T.c.changed_at > now
    unknown = sa.update(_T).where(*ours, _T.c.state == _UNKNOWN)
    waiting = sa.update(_T).where(*ours, _T.c.state == _WAITING, _T.c.not_before.is_not(None))
    values = {"attempt_ended_at": now, "absent_looks": 0, "looked_at": None, "not_before": None, "changed_at": now}
    found = conn.execute(unknown.values(**values)).rowcount
    return found + conn.execute(waiting.values(not_before=None, changed_at=now)).rowcount
