"""Finds content whose time is over: chats that nobody published, and posts that people left out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from chatbot.core.sorting import moderation
from chatbot.store import decisions, erasing, sql, tables
from chatbot.store.tables import to_micros

_CHAT, _POST, _MEMBER = tables.chat, tables.post, tables.chat_post


def unpublished(conn: sa.Connection) -> Mapping[str, datetime]:
    """Return the chats that nobody published and that still hold content, with the instant their time began to run.

    That is the end of the late window, or the newest import.
    """
    imported = sa.select(_MEMBER.c.chat, sa.func.max(_POST.c.first_seen_at, type_=tables.Instant).label("at"))
    imported = imported.join(_POST, _POST.c.id == _MEMBER.c.post).where(_POST.c.imported).group_by(_MEMBER.c.chat)
    brought = dict(conn.execute(imported).all())
    held = sa.exists().where(_MEMBER.c.chat == _CHAT.c.id, _MEMBER.c.post == _POST.c.id, _POST.c.content.is_not(None))
    query = sa.select(_CHAT.c.id, _CHAT.c.late_until).where(_CHAT.c.approved_at.is_(None), held).order_by(_CHAT.c.id)
    return {id_: max(late_until, brought.get(id_, late_until)) for id_, late_until in conn.execute(query)}


def content_of(conn: sa.Connection, chat: str, ended_by: datetime, limit: int) -> list[int]:
    """Return posts with content that no chat may keep: none of theirs is published, or was over only lately."""
    query = """
    SELECT post.id FROM post JOIN chat_post ON chat_post.post = post.id
    WHERE chat_post.chat = ? AND post.content IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM chat_post AS other JOIN chat ON chat.id = other.chat
        WHERE other.post = post.id AND other.chat <> chat_post.chat
          AND (chat.approved_at IS NOT NULL OR chat.late_until > ?))
    ORDER BY post.id LIMIT ?
    """
    return [row[0] for row in sql.rows(conn, query, chat, to_micros(ended_by), limit)]


def left_out(conn: sa.Connection, ended_by: datetime) -> list[int]:
    """Return posts that people left out, of chats that were over by an instant, and that still have content."""
    query = """
    SELECT DISTINCT decision.chat FROM decision JOIN chat ON chat.id = decision.chat
    JOIN post ON post.uri = decision.post_uri
    WHERE decision.kind = 'leave-out' AND chat.late_until <= ? AND post.content IS NOT NULL
    """
    found: list[int] = []
    for (chat,) in sql.rows(conn, query, to_micros(ended_by)):
        standing = moderation.standing(decisions.of_chat(conn, chat))
        out = [uri for uri, stands in standing.items() if stands.left_out]
        held = sql.rows(conn, "SELECT id FROM post WHERE uri IN ? AND content IS NOT NULL", out)
        found += [row[0] for row in held if set(erasing.chats_of(conn, row[0])) <= {chat}]
    return sorted(set(found))
