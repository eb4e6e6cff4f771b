"""Finds where a post hangs: a parent or a quoted post, named by a server's id, becomes a uri; in both directions.

A quote may end, for whoever is quoted can take their yes to it back; a parent whose post was deleted stays the parent.
"""

from __future__ import annotations

from chatbot.core.model import Post
from chatbot.core.privacy import forgetting
from chatbot.store import sql
from chatbot.store.batch import Batch, Known, edited_at_micros

_UPDATE_PLACE = """
UPDATE post SET parent_server = ?, parent_local_id = ?, quote_local_id = ?, parent_uri = ?, quote_uri = ? WHERE id = ?
"""
_TAKE_QUOTE_BACK = "UPDATE post SET quote_local_id = NULL, quote_uri = NULL WHERE id = ?"


def place_of(batch: Batch, post: Post) -> tuple[str | None, ...]:
    """Return parent_server, parent_local_id, quote_local_id, parent_uri and quote_uri as far as they are known."""
    if not (post.parent_local_id or post.quote_local_id or post.parent_uri or post.quote_uri):
        return (None, None, None, None, None)
    parent_id, parent_uri = _target(batch, post.server, post.parent_local_id, post.parent_uri)
    quote_id, quote_uri = _target(batch, post.server, post.quote_local_id, post.quote_uri)
    return (post.server if parent_id or quote_id else None, parent_id, quote_id, parent_uri, quote_uri)


def _target(batch: Batch, server: str, local_id: str | None, uri: str | None) -> tuple[str | None, str | None]:
    """Return a target's id and uri; the keyed hashes where the target is an empty node."""
    found = batch.sighted.get((server, local_id)) if local_id else None
    if found is None:
        return local_id, uri if uri is None else _uri_as_stored(batch, uri)
    hidden = found[1].startswith(forgetting.HIDDEN)
    return batch.hidden_id(server, local_id or "") if hidden else local_id, found[1]


def _uri_as_stored(batch: Batch, uri: str) -> str:
    """Return the keyed hash instead of an address when the post there is an empty node."""
    hidden = batch.hidden_uri(uri)
    if uri in batch.refused or sql.rows(batch.conn, "SELECT 1 FROM post WHERE uri = ?", hidden):
        return hidden
    return uri


def fill_in(batch: Batch, known: list[Post]) -> None:
    """Fill in the place of posts that were stored without it, for a parent may be told later; drop ended quotes."""
    for post in known:
        before = batch.stored[post.uri]
        if _quotes_no_more(post, before):
            sql.run(batch.conn, _TAKE_QUOTE_BACK, before.id)
            before = before._replace(quote_local_id=None, quote_uri=None)
        wants = (post.parent_local_id or post.parent_uri) and before.parent_uri is None
        if not wants and not ((post.quote_local_id or post.quote_uri) and before.quote_uri is None):
            continue
        server, parent_id, quote_id, parent_uri, quote_uri = place_of(batch, post)
        place = (parent_id, quote_id, before.parent_uri or parent_uri, before.quote_uri or quote_uri)
        if place != (before.parent_local_id, before.quote_local_id, before.parent_uri, before.quote_uri):
            sql.run(batch.conn, _UPDATE_PLACE, server, *place, before.id)


def _quotes_no_more(post: Post, before: Known) -> bool:
    """Say whether the server that told a quote tells it no more; others may never have known of it."""
    if before.quote_local_id is None or post.quote_local_id or post.quote_uri:
        return False
    return post.server == before.parent_server and (edited_at_micros(post) or 0) >= (before.edited_at or 0)


def join_waiting(batch: Batch) -> None:
    """Join stored posts that named one of these as parent or quote before it was seen."""
    by_server: dict[str, dict[str, str]] = {}
    for post in batch.fresh:
        by_server.setdefault(post.server, {})[post.local_id] = batch.sighted[post.server, post.local_id][1]
    for server, uris in by_server.items():
        for role in ("parent", "quote"):
            waiting = sql.rows(
                batch.conn,
                f"SELECT id, {role}_local_id FROM post"
                f" WHERE parent_server = ? AND {role}_local_id IN ? AND {role}_local_id IS NOT NULL"
                f" AND {role}_uri IS NULL",
                server,
                list(uris),
            )
            joined = [(uris[local_id], batch.id_as_stored(server, local_id), row_id) for row_id, local_id in waiting]
            sql.run_all(batch.conn, f"UPDATE post SET {role}_uri = ?, {role}_local_id = ? WHERE id = ?", joined)
