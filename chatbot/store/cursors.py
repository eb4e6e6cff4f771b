"""When each route of a chat was last read: hints for the next reading, never a proof."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from chatbot.core.model import CueKind, DeliveryState
from chatbot.store import sql, tables
from chatbot.store.tables import to_micros

# rows that stand for all routes of a chat together
PASS = "pass"  # the last pass
READ = "read"  # the last in which any route could be read
COMPLETE = "complete"  # the last in which no list failed; threads are tried again by themselves
WHOLE = "whole"  # the last of these that read the whole window


class Cursor(NamedTuple):
    """The last reading of one route; `note` says what went wrong, None when nothing did."""

    read_at: datetime
    note: str | None


def note(
    conn: sa.Connection,
    chat: str,
    account: str,
    route: str,
    now: datetime,
    *,
    note: str | None = None,
) -> None:
    """Write down that a route was read, or why it was not."""
    upsert = """
    INSERT INTO cursor (chat, account, route, read_at, note) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (chat, account, route) DO UPDATE SET read_at = excluded.read_at, note = excluded.note
    """
    sql.run(conn, upsert, chat, account, route, to_micros(now), note)


def of_chat(conn: sa.Connection, chat: str) -> Mapping[tuple[str, str], Cursor]:
    """Return the last reading of each route of a chat, by account and route."""
    table = tables.cursor
    found = conn.execute(sa.select(table).where(table.c.chat == chat))
    return {(row.account, row.route): Cursor(row.read_at, row.note) for row in found}


def open_chats(conn: sa.Connection, starting_before: datetime, late_after: datetime) -> list[str]:
    """Return the chats that may be due for reading: those that take place, and their window is not long over.

    One that was stopped after a question was out is read on, for people still answer it.
    """
    chat, row = tables.chat, tables.outbox
    asked = sa.exists().where(
        row.c.chat == chat.c.id, row.c.kind == CueKind.QUESTION.value, row.c.state == DeliveryState.SENT.value
    )
    query = sa.select(chat.c.id).where(
        chat.c.state.in_(("ready", "paused")) | ((chat.c.state == "cancelled") & asked),
        chat.c.starts_at <= starting_before,
        chat.c.late_until >= late_after,
    )
    return list(conn.scalars(query.order_by(chat.c.starts_at, chat.c.id)))


def unread_chats(conn: sa.Connection, starting_before: datetime, late_after: datetime, whole: str) -> list[str]:
    """Return the open chats whose window was not read to its end since a person changed the plan.

    `whole` is the row that tells of such readings.

    A chat that was over while nobody read it is among them until `late_after`.
    """
    cursor, chat = tables.cursor, tables.chat
    ids = open_chats(conn, starting_before, late_after)
    read = sa.select(chat.c.id).join(cursor, cursor.c.chat == chat.c.id)
    is_whole = cursor.c.account == "", cursor.c.route == whole, cursor.c.read_at >= chat.c.late_until
    done = read.where(*is_whole, cursor.c.read_at >= sa.func.coalesce(chat.c.edited_at, chat.c.late_until))
    finished = set(conn.scalars(done.where(chat.c.id.in_(ids)))) if ids else set()
    return [id_ for id_ in ids if id_ not in finished]
