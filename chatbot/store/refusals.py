"""Who said no in which chat without a word to the bot, as keyed hashes: by their bio, or for want of a yes.

Of their posts only empty nodes are left, so that nobody meets them again once a chat is no longer read; an edit by
somebody else may still name them. Words are kept beside (`decisions`), and whoever is forgotten in the forget list.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from chatbot.store import sql


def of_chat(conn: sa.Connection, chat_id: str) -> frozenset[str]:
    """Return the keys of everybody who said no in a chat."""
    return frozenset(key for (key,) in sql.rows(conn, "SELECT person FROM refusal WHERE chat = ?", chat_id))


def note(conn: sa.Connection, chat_id: str, keys: Iterable[str]) -> None:
    """Note that the person of these keys said no in a chat."""
    noted = "INSERT INTO refusal (chat, person) VALUES (?, ?) ON CONFLICT DO NOTHING"
    sql.run_all(conn, noted, [(chat_id, key) for key in keys])


def drop(conn: sa.Connection, keys: Iterable[str], chat_id: str | None = None) -> None:
    """Note that the person of these keys says yes by now, in one chat or in all."""
    member, chat = (" AND chat = ?", [chat_id]) if chat_id else ("", [])
    sql.run(conn, f"DELETE FROM refusal WHERE person IN ?{member}", list(keys), *chat)
