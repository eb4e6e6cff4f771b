"""What each account's server said of itself when it was last asked: a hint, so that plans can be measured offline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from chatbot.core.nights.preview import Server
from chatbot.core.nights.wording import Room
from chatbot.core.value import replace
from chatbot.store import tables
from chatbot.store.codec import from_json, to_json


def note(conn: sa.Connection, said: Server, now: datetime) -> None:
    """Keep what a server said."""
    values = {"said": to_json(replace(said, asked_at=now, trouble="")), "asked_at": now}
    table = tables.server
    if not conn.execute(sa.update(table).where(table.c.account == said.account).values(values)).rowcount:
        conn.execute(table.insert().values(account=said.account, **values))


def of(conn: sa.Connection, accounts: Sequence[str]) -> tuple[Server, ...]:
    """Return what is known of each account's server; of one never asked, what Mastodon servers usually take."""
    table = tables.server
    rows = conn.execute(sa.select(table.c.account, table.c.said).where(table.c.account.in_(accounts)))
    known = {row.account: from_json(Server, row.said) for row in rows}
    return tuple(known.get(name) or Server(name, Room()) for name in accounts)
