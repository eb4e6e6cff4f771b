"""Crowds of posts that vanished: since when it is doubted that people deleted them, and since when it is believed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from chatbot.core.privacy.vanishing import Doubt, Weighed
from chatbot.store import tables

_DOUBT = tables.doubt


def of_view(conn: sa.Connection, chat: str, server: str) -> Mapping[str, Doubt]:
    """Return what is doubted of a chat's posts in one server's view, by the crowd's name."""
    found = conn.execute(sa.select(_DOUBT).where(_DOUBT.c.chat == chat, _DOUBT.c.server == server))
    return {row.crowd: Doubt(row.since, row.believed_at) for row in found}


def note(conn: sa.Connection, chat: str, server: str, weighed: Weighed, now: datetime) -> None:
    """Write down what was thought of crowds at a look."""
    new = [{"chat": chat, "server": server, "crowd": crowd, "since": now} for crowd in sorted(weighed.new)]
    if new:
        conn.execute(_DOUBT.insert(), new)
    if weighed.believed:
        conn.execute(sa.update(_DOUBT).where(*_those(chat, server, weighed.believed)).values(believed_at=now))
    drop(conn, chat, server, weighed.over)


def drop(conn: sa.Connection, chat: str, server: str, crowds: Iterable[str]) -> None:
    """Forget crowds that are none any more."""
    if names := list(crowds):
        conn.execute(sa.delete(_DOUBT).where(*_those(chat, server, names)))


def _those(chat: str, server: str, crowds: Iterable[str]) -> tuple[sa.ColumnElement[bool], ...]:
    return _DOUBT.c.chat == chat, _DOUBT.c.server == server, _DOUBT.c.crowd.in_(list(crowds))
