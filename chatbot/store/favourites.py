"""Which posts the bot marked as favourites, so that none is marked twice."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from chatbot.store import sql, tables
from chatbot.store.tables import to_micros

_FAVOURITE, _POST = tables.favourite, tables.post


def marked(conn: sa.Connection, chat: str, server: str) -> frozenset[str]:
    """Return the uris of posts of a chat that were marked on a server."""
    member = tables.chat_post
    query = sa.select(_POST.c.uri).join(_FAVOURITE, _FAVOURITE.c.post == _POST.c.id)
    query = query.join(member, member.c.post == _POST.c.id)
    return frozenset(conn.scalars(query.where(member.c.chat == chat, _FAVOURITE.c.server == server)))


def note(conn: sa.Connection, server: str, uri: str, now: datetime) -> None:
    """Write down that a post was marked on a server."""
    put = "INSERT INTO favourite (server, post, at) SELECT ?, id, ? FROM post WHERE uri = ? ON CONFLICT DO NOTHING"
    sql.run(conn, put, server, to_micros(now), uri)
