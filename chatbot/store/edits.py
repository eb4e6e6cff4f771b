"""New texts for posts that are out, as rows of the outbox.

The key is `<key of the post's cue>/edit/<n>`. An edit that is made twice does no harm, so an unknown outcome is simply
tried again; a newer edit overtakes one that still waits.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from chatbot.core.model import DeliveryState, Draft, Facts, Lateness
from chatbot.store import outbox, tables
from chatbot.store.codec import to_json
from chatbot.store.rows import EDIT, Row

OVERTAKEN = "overtaken"

_TABLE = tables.outbox


def of(rows: Iterable[Row], edited: Row) -> list[Row]:
    """Return the edits of a post among a chat's rows, in the order they were put."""
    mine = [row for row in rows if row.kind == EDIT and row.edits == edited.key and row.account == edited.account]
    return sorted(mine, key=lambda row: row.id)


def put(conn: sa.Connection, edited: Row, draft: Draft, until: datetime, now: datetime, says: Facts = ()) -> str:
    """Put a new text for a post into the outbox and return its key; texts that still wait are skipped as overtaken.

    It waits as long as they would have: the request of one whose answer was lost may arrive until then, and after it
    the older text would stay. `says` are the facts that the new text tells.
    """
    waits = _TABLE.c.edits == edited.key, _TABLE.c.account == edited.account, _TABLE.c.state == outbox.WAITING
    not_before = conn.scalar(sa.select(sa.func.max(_TABLE.c.not_before)).where(*waits))
    conn.execute(
        sa.update(_TABLE).where(*waits).values(state=DeliveryState.SKIPPED.value, reason=OVERTAKEN, changed_at=now)
    )
    return _insert(conn, edited, draft, until, now, says, not_before=not_before)


def stand(conn: sa.Connection, edited: Row, reason: str, now: datetime, says: Facts) -> str:
    """Put down that a post stands as it is although these are the facts, so that nobody is asked again."""
    skipped = {"state": DeliveryState.SKIPPED.value, "reason": reason}
    return _insert(conn, edited, edited.draft, now, now, says, **skipped)


def _insert(
    conn: sa.Connection, edited: Row, draft: Draft, until: datetime, now: datetime, says: Facts, **more: Any
) -> str:
    known = sa.select(sa.func.max(_TABLE.c.nth)).where(_TABLE.c.edits == edited.key, _TABLE.c.account == edited.account)
    nth = (conn.scalar(known) or 0) + 1
    key = f"{edited.key}/edit/{nth}"
    values: dict[str, Any] = {"key": key, "account": edited.account, "chat": edited.chat, "kind": EDIT}
    values |= {"edits": edited.key, "nth": nth, "due_at": now, "grace_until": until, "draft": to_json(draft)}
    values |= {"says": to_json(says), "lateness": Lateness.POST_LATE.value, "changed_at": now}
    outbox.insert(conn, {**values, **more})
    return key
