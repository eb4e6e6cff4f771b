"""Which posts of an account the outbox stands for already. Functions take a connection."""

from __future__ import annotations

import sqlalchemy as sa

from chatbot.store import tables

_TABLE = tables.outbox


def known(conn: sa.Connection, account: str) -> frozenset[str]:
    """Return the local ids of every post that some row of this account already stands for."""
    found = conn.scalars(
        sa.select(_TABLE.c.local_id).where(_TABLE.c.account == account, _TABLE.c.local_id.is_not(None))
    )
    return frozenset(found)


def of_others(conn: sa.Connection, account: str, chat: str | None) -> frozenset[str]:
    """Return the local ids of the posts of this account's other chats."""
    own = _TABLE.c.account == account, _TABLE.c.local_id.is_not(None)
    return frozenset(conn.scalars(sa.select(_TABLE.c.local_id).where(*own, _TABLE.c.chat != chat)))


def newest(conn: sa.Connection, account: str) -> str | None:
    """Return the local id of the newest post that is known to be the account's own."""
    own = _TABLE.c.account == account, _TABLE.c.local_id.is_not(None), _TABLE.c.adopted.is_(False)
    return conn.scalar(sa.select(_TABLE.c.local_id).where(*own).order_by(_TABLE.c.posted_at.desc()).limit(1))
