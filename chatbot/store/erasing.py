"""Takes content out of the database: empty nodes, tombstones, mentions, and people.

An empty node keeps a keyed hash, its parent and its time, so that threads and counts hold; a tombstone keeps its uri
and time, so that a deleted post cannot come back. SQLite's `secure_delete` overwrites what is taken out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from chatbot.core.model import Author, Post, Span, Visibility
from chatbot.core.privacy import edits, forgetting, redaction
from chatbot.store import content, sql
from chatbot.store.engine import Store
from chatbot.store.tables import from_micros, to_micros

_FEW = 16  # ways to name somebody that a query looks for by itself
DELETED, UNPUBLISHED, LEFT_OUT = "deleted", "unpublished", "left out"  # why a tombstone stands there


def chats_of(conn: sa.Connection, post_id: int) -> tuple[str, ...]:
    """Return the chats a stored post belongs to."""
    member = "SELECT id FROM chat WHERE EXISTS (SELECT 1 FROM chat_post WHERE chat = chat.id AND post = ?) ORDER BY id"
    return tuple(row[0] for row in sql.rows(conn, member, post_id))


def waits_for_a_host(conn: sa.Connection, post_id: int, uri: str, before: str, after: Sequence[Span]) -> bool:
    """Say whether an edit must be looked at first: the post is published or featured, and the edit changes a lot."""
    if edits.why_hold(content.decode(before)["spans"], after) is None:
        return False
    published = """
    SELECT 1 FROM chat JOIN chat_post ON chat_post.chat = chat.id WHERE chat_post.post = ? AND approved_at IS NOT NULL
    """
    featured = "SELECT 1 FROM decision WHERE post_uri = ? AND kind = 'feature'"
    return bool(sql.rows(conn, published, post_id) or sql.rows(conn, featured, uri))


def empty(conn: sa.Connection, post_ids: Sequence[int], secret: bytes) -> int:
    """Turn posts into empty nodes, with everything that names them: ids, children, decisions, their authors.

    What hosts decided, and that an edit waits for them, stays under the hash: it holds when the post comes back.
    """
    found = sql.rows(conn, "SELECT id, uri FROM post WHERE id IN ? AND NOT empty", list(post_ids))
    hidden = [(forgetting.hidden_uri(secret, uri), uri) for _id, uri in found]
    emptied = """
    UPDATE post SET uri = ?, author = NULL, url = NULL, content = NULL, quote_local_id = NULL, quote_uri = NULL,
                    edited_at = NULL, boosts = 0, favourites = 0, replies = 0, empty = ?, missed_at = NULL
    WHERE uri = ?
    """
    sql.run_all(conn, emptied, [(new, True, old) for new, old in hidden])
    sql.run_all(conn, "UPDATE decision SET reason = '' WHERE post_uri = ?", [(old,) for _new, old in hidden])
    rename(conn, {old: new for new, old in hidden})
    _hide_ids(conn, [row[0] for row in found], secret)
    drop_lonely_authors(conn)
    return len(found)


def rename(conn: sa.Connection, uris: Mapping[str, str]) -> None:
    """Let what names posts, as parent, as quoted or as decided about, name them otherwise; seldom done: no index."""
    decided = [(new, old) for old, new in uris.items()]
    sql.run_all(conn, "UPDATE decision SET post_uri = ? WHERE post_uri = ?", decided)
    for role in ("parent", "quote"):
        found = sql.rows(conn, f"SELECT id, {role}_uri FROM post WHERE {role}_uri IN ?", list(uris))
        sql.run_all(conn, f"UPDATE post SET {role}_uri = ? WHERE id = ?", [(uris[old], id_) for id_, old in found])


def _hide_ids(conn: sa.Connection, post_ids: list[int], secret: bytes) -> None:
    """Put keyed hashes in the place of the local ids of posts, wherever they stand."""
    ids = sql.rows(conn, "SELECT server, local_id FROM sighting WHERE post IN ?", post_ids)
    hidden = [(forgetting.hidden_id(secret, server, local_id), server, local_id) for server, local_id in ids]
    sql.run_all(conn, "UPDATE sighting SET local_id = ? WHERE server = ? AND local_id = ?", hidden)
    _drop_cursors(conn, (local_id for _server, local_id in ids))
    known = {(server, local_id): hash_ for hash_, server, local_id in hidden}
    for column in ("parent_local_id", "quote_local_id"):
        naming = f"SELECT id, parent_server, {column} FROM post WHERE {column} IN ?"
        found = [(id_, (server, old)) for id_, server, old in sql.rows(conn, naming, [row[1] for row in ids])]
        changed = [(known[old], id_) for id_, old in found if old in known]
        sql.run_all(conn, f"UPDATE post SET {column} = ? WHERE id = ?", changed)


def _drop_cursors(conn: sa.Connection, local_ids: Iterable[str]) -> None:
    """Forget when the threads under posts were read: nobody reads them any more."""
    sql.run_all(conn, "DELETE FROM cursor WHERE route = ?", [(f"thread:{local_id}",) for local_id in local_ids])


def bury(conn: sa.Connection, post_ids: Sequence[int], why: str, now: datetime) -> int:
    """Leave tombstones where posts were: the uri and the time stay, the content goes."""
    buried = """
    UPDATE post SET author = NULL, url = NULL, content = NULL, quote_local_id = NULL, quote_uri = NULL, boosts = 0,
                    favourites = 0, replies = 0, edit_held = ?, missed_at = NULL, gone_at = ?, gone_why = ?
    WHERE id = ? AND gone_at IS NULL
    """
    sql.run_all(conn, buried, [(False, to_micros(now), why, post_id) for post_id in post_ids])
    ids = sql.rows(conn, "SELECT local_id FROM sighting WHERE post IN ?", list(post_ids))
    _drop_cursors(conn, (row[0] for row in ids))
    drop_lonely_authors(conn)
    return len(post_ids)


def drop_lonely_authors(conn: sa.Connection) -> None:
    """Remove people of whom no post is left."""
    sql.run(conn, "DELETE FROM author WHERE NOT EXISTS (SELECT 1 FROM post WHERE post.author = author.id)")


def posts_by(conn: sa.Connection, author: Author) -> list[int]:
    """Return the row ids of everything stored of a person."""
    return [row[0] for row in sql.rows(conn, "SELECT id FROM post WHERE author IN ?", authors_like(conn, author))]


def authors_like(conn: sa.Connection, author: Author) -> list[int]:
    """Return the rows that are one person: of this address, and of this account, for servers tell several addresses."""
    same = "SELECT id FROM author WHERE uri = ? OR (handle <> '' AND lower(handle) = ?) ORDER BY id"
    return [row[0] for row in sql.rows(conn, same, author.uri, author.handle.lower())]


def uris_of(conn: sa.Connection, author: Author) -> tuple[str, ...]:
    """Return every address under which a person is stored; their own alone if they are not."""
    found = sql.rows(conn, "SELECT uri FROM author WHERE id IN ?", authors_like(conn, author))
    return tuple(dict.fromkeys([author.uri, *(uri for (uri,) in found)]))


def redact(conn: sa.Connection, names: redaction.Names, chat: str | None = None) -> int:
    """Put "[someone]" where stored posts, of one chat or all, name these people; return how many were changed.

    People's own names, in which others may stand, are the same in every chat.
    """
    traces = names.traces if len(names.traces) <= _FEW else ()  # beyond that, reading all of a chat is quicker
    like = " OR ".join(["lower(content) LIKE ?"] * len(traces)) or "content IS NOT NULL"
    member = " AND id IN (SELECT post FROM chat_post WHERE chat = ?)" if chat else ""
    query = f"SELECT id, content FROM post WHERE ({like}){member}"
    found = sql.rows(conn, query, *(f"%{trace}%" for trace in traces), *([chat] if chat else []))
    changed = [(new, row_id) for row_id, old in found if old and (new := _redacted(old, names)) != old]
    sql.run_all(conn, "UPDATE post SET content = ? WHERE id = ?", changed)
    people = sql.rows(conn, "SELECT id, name FROM author WHERE name LIKE '%@%' OR name LIKE '%/%'")
    called = [(new, row_id) for row_id, old in people if (new := redaction.redact_text(old, names)) != old]
    sql.run_all(conn, "UPDATE author SET name = ? WHERE id = ?", called)
    return len(changed)


def _redacted(stored: str, names: redaction.Names) -> str:
    """Return stored content without the names; the same text where nothing had to go."""
    if redaction.redact_text(stored, names) == stored and not any(user in stored.lower() for user in names.users):
        return stored
    body: dict[str, Any] = content.decode(stored)
    nobody = Author("", "", "", "")
    post = Post("", "", from_micros(0), nobody, visibility=Visibility.PUBLIC, server="", local_id="", **body)
    return content.encode(redaction.redact(post, names))


def hide_addresses(conn: sa.Connection, names: redaction.Names, secret: bytes) -> None:
    """Put keyed hashes where addresses tell these people: of tombstones, and of posts that were never seen."""
    like = " OR ".join(["lower({0}) LIKE ?"] * len(names.traces))
    wanted = [f"%{trace}%" for trace in names.traces]
    buried = sql.rows(
        conn, f"SELECT id, uri FROM post WHERE author IS NULL AND NOT empty AND ({like.format('uri')})", *wanted
    )
    empty(conn, [row_id for row_id, uri in buried if names.has_address(uri)], secret)
    for role in ("parent", "quote"):
        column = f"{role}_uri"
        found = sql.rows(conn, f"SELECT DISTINCT {column} FROM post WHERE {like.format(column)}", *wanted)
        rename(conn, {uri: forgetting.hidden_uri(secret, uri) for (uri,) in found if names.has_address(uri)})


def erase_traces(conn: sa.Connection, author: Author, names: redaction.Names) -> None:
    """Take a person out of what hosts wrote down: who decided, reasons, the log, and answers given to them."""
    for table, columns in (("decision", ("by", "reason")), ("audit", ("by", "detail")), ("lowered", ("by",))):
        for column in columns:
            _erase_in(conn, table, column, names)
    drop_letters(conn, author.handle)


def drop_letters(conn: sa.Connection, handle: str) -> int:
    """Remove what was sent, or given up, to a person in private."""
    settled = "DELETE FROM outbox WHERE lower(recipient) IN ? AND state IN ?"
    forms = [handle.lower(), f"@{handle.lower()}"]
    return sql.run(conn, settled, forms, ["sent", "failed", "skipped"])


def recipients(conn: sa.Connection) -> tuple[str, ...]:
    """Return everybody to whom something in the outbox is addressed."""
    return tuple(row[0] for row in sql.rows(conn, "SELECT DISTINCT recipient FROM outbox WHERE recipient <> ''"))


def people(conn: sa.Connection) -> tuple[Author, ...]:
    """Return every person of whom something is stored."""
    columns = "uri, handle, name, url, avatar, bot, bio, indexable, discoverable, noindex"
    return tuple(Author(*row) for row in sql.rows(conn, f"SELECT {columns} FROM author"))


def _erase_in(conn: sa.Connection, table: str, column: str, names: redaction.Names) -> None:
    held = sql.rows(conn, f'SELECT DISTINCT "{column}" FROM {table} WHERE "{column}" IS NOT NULL')
    changed = [(new, old) for (old,) in held if (new := redaction.redact_text(old, names)) != old]
    sql.run_all(conn, f'UPDATE {table} SET "{column}" = ? WHERE "{column}" = ?', changed)


def clear_journal(store: Store) -> bool:
    """Empty SQLite's write-ahead log, where erased rows would still stand; False while somebody still reads it."""
    if not store.is_sqlite:
        return True
    with store.engine.connect() as conn:
        return not conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]  # type: ignore[index]
