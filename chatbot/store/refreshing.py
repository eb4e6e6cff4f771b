"""Brings a stored post up to date with a newer view of it: edits, counts, and people who say no or yes by now."""

from __future__ import annotations

from chatbot.core.model import Post
from chatbot.core.privacy import hearsay
from chatbot.core.privacy.redaction import SOMEONE
from chatbot.store import content, erasing, sightings, sql
from chatbot.store.batch import IMPORTED, Batch, Known, edited_at_micros
from chatbot.store.tables import to_micros

_UPDATE_CONTENT = """
UPDATE post SET content = ?, edited_at = ?, url = ?, visibility = ?, imported = ?, edit_held = edit_held OR ?,
                missed_at = NULL WHERE id = ?
"""
_UPDATE_VISIBILITY = "UPDATE post SET visibility = ? WHERE id = ?"  # no server tells that as an edit
_UPDATE_COUNTS = "UPDATE post SET boosts = ?, favourites = ?, replies = ? WHERE id = ?"
_GIVE_WAY = """
UPDATE post SET author = ?, at = ?, content = ?, edited_at = ?, url = ?, visibility = ?, is_repost = ?,
                edit_held = edit_held OR ?, missed_at = NULL, parent_server = NULL, parent_local_id = NULL,
                quote_local_id = NULL, parent_uri = NULL, quote_uri = NULL WHERE id = ?
"""
_REVIVE = """
UPDATE post SET uri = ?, author = ?, url = ?, visibility = ?, content = ?, edited_at = ?, empty = ?, imported = ?,
                is_repost = ? WHERE id = ?
"""


def refresh(batch: Batch, post: Post) -> bool:
    """Bring a stored post up to date with a view of it; return whether its content is a newer version."""
    known = batch.stored[post.uri]
    if known.gone_at is not None:
        return False
    told, rests_on_hearsay = _standing(batch, post, known)
    if told and not rests_on_hearsay:
        return False
    if post.uri in batch.refused:
        _hide(batch, post, known)
        return False
    if known.is_empty:
        _revive(batch, post, known)
        return True
    if rests_on_hearsay and not told:
        return _give_way(batch, post, known)
    return _rewrite(batch, post, known)


def _standing(batch: Batch, post: Post, known: Known) -> tuple[bool, bool]:
    """Say whether a view is hearsay, and whether what is stored is; nearly always its server showed it before."""
    told = hearsay.is_hearsay(post, batch.route)
    if not told and (post.server, post.local_id) in batch.sighted:
        return False, False
    return told, sightings.leading(batch.conn, known.id, post.uri)[1]


def _give_way(batch: Batch, post: Post, known: Known) -> bool:
    """Let the first view that is no hearsay take the place of what was told: author, time, words and where it hangs."""
    body, author = content.encode(post), batch.authors[post.author.uri]
    differs, before = body != known.content, known.content
    held = before is not None and erasing.waits_for_a_host(batch.conn, known.id, known.uri, before, post.spans)
    place = (author, to_micros(post.at), body, edited_at_micros(post), post.url, post.visibility.value, post.is_repost)
    sql.run(batch.conn, _GIVE_WAY, *place, held, known.id)
    sql.run(batch.conn, _UPDATE_COUNTS, post.boosts, post.favourites, post.replies, known.id)
    batch.stored[post.uri] = known._replace(
        parent_local_id=None, quote_local_id=None, parent_uri=None, quote_uri=None
    )  # so that its place is filled in anew
    return differs


def _rewrite(batch: Batch, post: Post, known: Known) -> bool:
    before, after = known.edited_at or 0, edited_at_micros(post) or 0
    imports = batch.route == IMPORTED
    if after < before or (imports and not known.is_imported):
        return False
    body, counts = content.encode(post), (post.boosts, post.favourites, post.replies)
    told, stored = (body, after, imports), (known.content, before, known.is_imported)
    if (told, counts, post.visibility) == (stored, known.counts, known.visibility):
        return False
    if after == before and not _is_leading_view(batch, post, known):
        return False
    if counts != known.counts:
        sql.run(batch.conn, _UPDATE_COUNTS, *counts, known.id)
    if post.visibility != known.visibility:
        sql.run(batch.conn, _UPDATE_VISIBILITY, post.visibility.value, known.id)
    if after == before and SOMEONE in (known.content or "") and not imports:
        return False  # a name that was taken out of this version stays out
    newer = after > before
    held = newer and erasing.waits_for_a_host(batch.conn, known.id, known.uri, known.content or "", post.spans)
    values = (body, edited_at_micros(post), post.url, post.visibility.value, imports, held, known.id)
    sql.run(batch.conn, _UPDATE_CONTENT, *values)
    return newer


def _is_leading_view(batch: Batch, post: Post, known: Known) -> bool:
    """Say whether this server's view decides: of one version seen on several servers the first by name is kept."""
    if known.is_imported:
        return True
    servers, told = sightings.leading(batch.conn, known.id, post.uri)
    return not servers or told != hearsay.is_hearsay(post, batch.route) or post.server <= min(servers)


def _hide(batch: Batch, post: Post, known: Known) -> None:
    """Empty a post whose author says no by now; where only this chat's rule says so, another chat may keep it."""
    if known.is_empty or _is_own(batch, post):
        return
    if batch.refused[post.uri] != "here" or set(erasing.chats_of(batch.conn, known.id)) <= {batch.chat}:
        erasing.empty(batch.conn, [known.id], batch.secret)
        batch.sighted[post.server, post.local_id] = (known.id, batch.hidden_uri(post.uri))


def _is_own(batch: Batch, post: Post) -> bool:
    """Say whether a post is a chat's own: in another series its account is anybody, and may well have a bio."""
    return bool(sql.rows(batch.conn, "SELECT 1 FROM outbox WHERE uri = ? AND NOT adopted", post.uri))


def _revive(batch: Batch, post: Post, known: Known) -> None:
    """Fill an empty node whose author said yes by now; what pointed to its hash points to its address again."""
    hidden, author = batch.hidden_uri(post.uri), batch.authors[post.author.uri]
    body, imports = content.encode(post), batch.route == IMPORTED
    values = (post.uri, author, post.url, post.visibility.value, body, edited_at_micros(post), False, imports)
    sql.run(batch.conn, _REVIVE, *values, post.is_repost, known.id)
    sql.run(batch.conn, _UPDATE_COUNTS, post.boosts, post.favourites, post.replies, known.id)
    erasing.rename(batch.conn, {hidden: post.uri})
    sql.run(batch.conn, "UPDATE outbox SET uri = ?, url = ? WHERE uri = ?", post.uri, post.url, hidden)
    place = "UPDATE outbox SET local_id = ? WHERE uri = ? AND server = ? AND local_id IS NULL"
    sql.run(batch.conn, place, post.local_id, post.uri, post.server)
    for role in ("parent", "quote"):
        cleared = f"UPDATE post SET {role}_local_id = ? WHERE parent_server = ? AND {role}_local_id = ?"
        sql.run(batch.conn, cleared, post.local_id, post.server, batch.hidden_id(post.server, post.local_id))
    unhidden = "UPDATE sighting SET local_id = ? WHERE server = ? AND local_id = ?"
    sql.run(batch.conn, unhidden, post.local_id, post.server, batch.hidden_id(post.server, post.local_id))
    batch.sighted[post.server, post.local_id] = (known.id, post.uri)
