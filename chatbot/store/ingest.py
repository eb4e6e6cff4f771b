"""Saves what was seen: a post is stored once under its canonical uri, whatever the route, order and repetition.

1. What is known of the batch is read: posts by uri (or its keyed hash), ids already sighted, authors.
2. Authors are written once each, then new posts, changed posts and counts, then sightings and membership.
3. Parents and quotes, named by a server's id, become uris; children that were waiting for a new post are joined.

A newer `edited_at` wins, an older view never overwrites a newer one, and a post that is gone never comes back.
Nothing is logged: a row is a person's words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from chatbot.core import consent, forgetting
from chatbot.core.model import Author, Post, Visibility
from chatbot.store import content, erasing, sql
from chatbot.store.tables import to_micros

IMPORTED = "import"  # the route, and the "server", of posts that came from a file
KEPT = (Visibility.PUBLIC, Visibility.UNLISTED)  # everything else is read for commands only


@dataclass(frozen=True, slots=True)
class Saved:
    """What a batch brought: posts new, edited, already known; and how many of the new are empty nodes."""

    new: int = 0
    edited: int = 0
    known: int = 0
    empty: int = 0

    def __add__(self, other: Saved) -> Saved:
        """Add up two batches."""
        return Saved(
            self.new + other.new, self.edited + other.edited, self.known + other.known, self.empty + other.empty
        )


class _Known(NamedTuple):
    """A stored post, as far as saving needs it; the order is that of `_FIND_POSTS`."""

    id: int
    uri: str
    author: int | None
    content: str | None
    edited_at: int | None
    boosts: int
    favourites: int
    replies: int
    parent_local_id: str | None
    quote_local_id: str | None
    parent_uri: str | None
    quote_uri: str | None
    visibility: str
    is_empty: bool
    is_imported: bool
    gone_at: int | None

    @property
    def counts(self) -> tuple[int, int, int]:
        return (self.boosts, self.favourites, self.replies)


_FIND_POSTS = """
SELECT id, uri, author, content, edited_at, boosts, favourites, replies, parent_local_id, quote_local_id,
       parent_uri, quote_uri, visibility, empty, imported, gone_at FROM post WHERE uri IN ?
"""
_FIND_SIGHTINGS = """
SELECT sighting.local_id, sighting.post, post.uri FROM sighting JOIN post ON post.id = sighting.post
WHERE sighting.server = ? AND sighting.local_id IN ?
"""
_INSERT_POST = """
INSERT INTO post (id, uri, author, at, url, visibility, content, parent_server, parent_local_id, quote_local_id,
                  parent_uri, quote_uri, edited_at, boosts, favourites, replies, is_repost, empty, imported,
                  first_seen_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_SIGHTING = (
    "INSERT INTO sighting (server, local_id, post, route, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_INSERT_MEMBER = "INSERT INTO chat_post (chat, post) VALUES (?, ?) ON CONFLICT DO NOTHING"
_UPDATE_CONTENT = """
UPDATE post SET content = ?, edited_at = ?, url = ?, visibility = ?, imported = ?, edit_held = edit_held OR ?,
                missed_at = NULL WHERE id = ?
"""
_UPDATE_COUNTS = "UPDATE post SET boosts = ?, favourites = ?, replies = ? WHERE id = ?"
_UPDATE_PLACE = """
UPDATE post SET parent_server = ?, parent_local_id = ?, quote_local_id = ?, parent_uri = ?, quote_uri = ? WHERE id = ?
"""
_REVIVE = """
UPDATE post SET uri = ?, author = ?, url = ?, visibility = ?, content = ?, edited_at = ?, empty = ?, imported = ?,
                is_repost = ? WHERE id = ?
"""
_FIND_AUTHORS = """
SELECT id, uri, handle, name, url, avatar, bot, bio, indexable, discoverable, noindex FROM author WHERE uri IN ?
"""
_INSERT_AUTHOR = """
INSERT INTO author (id, uri, handle, name, url, avatar, bot, bio, indexable, discoverable, noindex)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_UPDATE_AUTHOR = """
UPDATE author SET uri = ?, handle = ?, name = ?, url = ?, avatar = ?, bot = ?, bio = ?, indexable = ?,
                  discoverable = ?, noindex = ? WHERE id = ?
"""


@dataclass(frozen=True, slots=True)
class _Batch:
    """One save under way: where it goes, and what was found out so far."""

    conn: sa.Connection
    chat: str | None
    route: str
    now: int
    secret: bytes
    refused: frozenset[str]  # uris of posts whose author says no
    stored: dict[str, _Known] = field(default_factory=dict)  # by clear uri, also where the stored one is hidden
    sighted: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)  # (server, id) -> post, stored uri
    authors: dict[str, int] = field(default_factory=dict)
    fresh: list[Post] = field(default_factory=list)  # views under an id not sighted before

    def hidden_id(self, server: str, local_id: str) -> str:
        return forgetting.hidden_id(self.secret, server, local_id)

    def hidden_uri(self, uri: str) -> str:
        return forgetting.hidden_uri(self.secret, uri)


def save(
    conn: sa.Connection,
    batch: Sequence[Post],
    *,
    chat: str | None,
    route: str,
    now: datetime,
    secret: bytes,
    refuses: Callable[[Post], bool],
) -> Saved:
    """Save posts as seen by one route; direct and followers-only posts are passed over.

    Of a post that `refuses` says yes to only an empty node is kept: its keyed hash, its parent and its time.
    """
    if conn.dialect.name == "postgresql":  # one writer of posts at a time, as SQLite has by itself
        sql.run(conn, "SELECT pg_advisory_xact_lock(7235191)")
    saved = Saved()
    for views in _rounds(post for post in batch if post.visibility in KEPT and _is_sound(post)):
        refused = frozenset(post.uri for post in views if refuses(post))
        saved += _save_round(_Batch(conn, chat, route, to_micros(now), secret, refused), views)
    return saved


def _is_sound(post: Post) -> bool:
    """Say whether every address can be stored: PostgreSQL takes no NUL, and no honest server sends one."""
    author = post.author
    return "\x00" not in f"{post.uri}{post.url}{post.local_id}{author.uri}{author.handle}{author.url}{author.avatar}"


def _rounds(posts: Iterable[Post]) -> list[list[Post]]:
    """Split a batch so that no post stands twice in a round; nearly always it is one."""
    rounds: list[dict[str, Post]] = []
    for post in posts:
        free = next((views for views in rounds if post.uri not in views), None)
        if free is None:
            rounds.append({post.uri: post})
        else:
            free[post.uri] = post
    return [list(views.values()) for views in rounds]


def _save_round(batch: _Batch, views: list[Post]) -> Saved:
    _read_known(batch, views)
    new = [post for post in views if post.uri not in batch.stored]
    known = [post for post in views if post.uri in batch.stored]
    _save_authors(batch, views)
    ids = dict(zip((post.uri for post in new), sql.new_ids(batch.conn, "post", len(new)), strict=True)) if new else {}
    _sight(batch, new, ids)
    _insert(batch, new, ids)
    edited = sum(_refresh(batch, post) for post in known)
    _place_known(batch, known)
    _write_sightings(batch, views, ids)
    _join_waiting(batch)
    return Saved(len(new), edited, len(known) - edited, sum(post.uri in batch.refused for post in new))


# what is known


def _read_known(batch: _Batch, views: list[Post]) -> None:
    clear = {batch.hidden_uri(post.uri): post.uri for post in views}
    wanted = [*clear, *clear.values()]
    for row in sql.rows(batch.conn, _FIND_POSTS, wanted):
        known = _Known(*row)
        batch.stored[clear.get(known.uri, known.uri)] = known
    by_server: dict[str, set[str]] = {}
    for post in views:
        ids = (post.local_id, post.parent_local_id, post.quote_local_id)
        by_server.setdefault(post.server, set()).update(local_id for local_id in ids if local_id)
    for server, local_ids in by_server.items():
        hidden = {batch.hidden_id(server, local_id): local_id for local_id in local_ids}
        for local_id, post_id, uri in sql.rows(batch.conn, _FIND_SIGHTINGS, server, [*local_ids, *hidden]):
            batch.sighted[server, hidden.get(local_id, local_id)] = (post_id, uri)
    batch.fresh.extend(post for post in views if (post.server, post.local_id) not in batch.sighted)


def _sight(batch: _Batch, new: list[Post], ids: dict[str, int]) -> None:
    """Let posts of the same batch find each other as parents before they are written."""
    for post in new:
        uri = batch.hidden_uri(post.uri) if post.uri in batch.refused else post.uri
        batch.sighted.setdefault((post.server, post.local_id), (ids[post.uri], uri))


# authors


def _save_authors(batch: _Batch, views: list[Post]) -> None:
    """Write each author of the batch once, the last view of them; of who says no nothing, unless known already."""
    seen = {post.author.uri: (post.author, post.uri in batch.refused) for post in views}
    known = {row[1]: row for row in sql.rows(batch.conn, _FIND_AUTHORS, list(seen))}
    new = [author for uri, (author, refused) in seen.items() if uri not in known and not refused]
    if new:
        drawn = sql.new_ids(batch.conn, "author", len(new))
        sql.run_all(batch.conn, _INSERT_AUTHOR, [(id_, *_values(a)) for id_, a in zip(drawn, new, strict=True)])
        batch.authors.update(zip((author.uri for author in new), drawn, strict=True))
    changed = [(*_values(seen[uri][0]), row[0]) for uri, row in known.items() if row[1:] != _values(seen[uri][0])]
    sql.run_all(batch.conn, _UPDATE_AUTHOR, changed)
    batch.authors.update((uri, row[0]) for uri, row in known.items())


def _values(a: Author) -> tuple[Any, ...]:
    """Return an author's columns; of the bio only the words that consent is read from are kept."""
    said = " ".join(consent.words_in_bio(a.bio)) if a.bio else ""
    return (
        a.uri,
        a.handle,
        a.name.replace("\x00", ""),
        a.url,
        a.avatar,
        a.bot,
        said,
        a.indexable,
        a.discoverable,
        a.noindex,
    )


# new posts


def _insert(batch: _Batch, new: list[Post], ids: dict[str, int]) -> None:
    sql.run_all(batch.conn, _INSERT_POST, [_row(batch, post, ids[post.uri]) for post in new])
    refused = [post.uri for post in new if post.uri in batch.refused]
    for role in ("parent", "quote"):  # a file names parents by address, before they are seen
        hide = f"UPDATE post SET {role}_uri = ? WHERE {role}_uri = ?"
        sql.run_all(batch.conn, hide, [(batch.hidden_uri(uri), uri) for uri in refused])


def _row(batch: _Batch, post: Post, id_: int) -> tuple[Any, ...]:
    place = _place(batch, post)
    if post.uri in batch.refused:
        place = (*place[:2], None, place[3], None)
        uri, author, url, body, edited_at, counts = batch.hidden_uri(post.uri), None, None, None, None, (0, 0, 0)
    else:
        uri, author, url, body = post.uri, batch.authors[post.author.uri], post.url, content.encode(post)
        edited_at, counts = _edited_at(post), (post.boosts, post.favourites, post.replies)
    return (
        *(id_, uri, author, to_micros(post.at), url, post.visibility.value, body, *place, edited_at, *counts),
        *(post.is_repost, author is None, batch.route == IMPORTED, batch.now),
    )


def _edited_at(post: Post) -> int | None:
    return None if post.edited_at is None else to_micros(post.edited_at)


# where a post hangs


def _place(batch: _Batch, post: Post) -> tuple[str | None, ...]:
    """Return parent_server, parent_local_id, quote_local_id, parent_uri and quote_uri as far as they are known."""
    if not (post.parent_local_id or post.quote_local_id or post.parent_uri or post.quote_uri):
        return (None, None, None, None, None)
    parent_id, parent_uri = _target(batch, post.server, post.parent_local_id, post.parent_uri)
    quote_id, quote_uri = _target(batch, post.server, post.quote_local_id, post.quote_uri)
    return (post.server if parent_id or quote_id else None, parent_id, quote_id, parent_uri, quote_uri)


def _target(batch: _Batch, server: str, local_id: str | None, uri: str | None) -> tuple[str | None, str | None]:
    """Return a target's id and uri; the keyed hashes where the target is an empty node."""
    found = batch.sighted.get((server, local_id)) if local_id else None
    if found is None:
        return local_id, uri if uri is None else _uri_as_stored(batch, uri)
    hidden = found[1].startswith(forgetting.HIDDEN)
    return batch.hidden_id(server, local_id or "") if hidden else local_id, found[1]


def _uri_as_stored(batch: _Batch, uri: str) -> str:
    """Return the keyed hash instead of an address when the post there is an empty node."""
    hidden = batch.hidden_uri(uri)
    if uri in batch.refused or sql.rows(batch.conn, "SELECT 1 FROM post WHERE uri = ?", hidden):
        return hidden
    return uri


def _place_known(batch: _Batch, known: list[Post]) -> None:
    """Fill in the place of posts that were stored without it: a parent may be told, or found, later."""
    for post in known:
        before = batch.stored[post.uri]
        wants = (post.parent_local_id or post.parent_uri) and before.parent_uri is None
        if not wants and not ((post.quote_local_id or post.quote_uri) and before.quote_uri is None):
            continue
        server, parent_id, quote_id, parent_uri, quote_uri = _place(batch, post)
        place = (parent_id, quote_id, before.parent_uri or parent_uri, before.quote_uri or quote_uri)
        if place != (before.parent_local_id, before.quote_local_id, before.parent_uri, before.quote_uri):
            sql.run(batch.conn, _UPDATE_PLACE, server, *place, before.id)


def _join_waiting(batch: _Batch) -> None:
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
            joined = [(uris[local_id], _id_as_stored(batch, server, local_id), row_id) for row_id, local_id in waiting]
            sql.run_all(batch.conn, f"UPDATE post SET {role}_uri = ?, {role}_local_id = ? WHERE id = ?", joined)


def _id_as_stored(batch: _Batch, server: str, local_id: str) -> str:
    hidden = batch.sighted[server, local_id][1].startswith(forgetting.HIDDEN)
    return batch.hidden_id(server, local_id) if hidden else local_id


# posts seen before


def _refresh(batch: _Batch, post: Post) -> bool:
    """Bring a stored post up to date with a view of it; return whether its content is a newer version."""
    known = batch.stored[post.uri]
    if known.gone_at is not None:
        return False
    if post.uri in batch.refused:
        _hide(batch, post, known)
        return False
    if known.is_empty:
        _revive(batch, post, known)
        return True
    return _rewrite(batch, post, known)


def _rewrite(batch: _Batch, post: Post, known: _Known) -> bool:
    before, after = known.edited_at or 0, _edited_at(post) or 0
    imports = batch.route == IMPORTED
    if after < before or (imports and not known.is_imported):
        return False
    body, counts = content.encode(post), (post.boosts, post.favourites, post.replies)
    if (body, counts, after, imports) == (known.content, known.counts, before, known.is_imported):
        return False
    if after == before and not _is_leading_view(batch, post, known):
        return False
    if counts != known.counts:
        sql.run(batch.conn, _UPDATE_COUNTS, *counts, known.id)
    newer = after > before
    held = newer and erasing.waits_for_a_host(batch.conn, known.id, known.uri, known.content or "", post.spans)
    values = (body, _edited_at(post), post.url, post.visibility.value, imports, held, known.id)
    sql.run(batch.conn, _UPDATE_CONTENT, *values)
    return newer


def _is_leading_view(batch: _Batch, post: Post, known: _Known) -> bool:
    """Say whether this server's view decides: of one version seen on several servers the first by name is kept."""
    if known.is_imported:
        return True
    first = sql.rows(batch.conn, "SELECT min(server) FROM sighting WHERE post = ? AND route <> 'import'", known.id)
    return first[0][0] is None or post.server <= first[0][0]


def _hide(batch: _Batch, post: Post, known: _Known) -> None:
    """Empty a post whose author says no by now, unless another chat may keep it: there the doors decide."""
    if not known.is_empty and set(erasing.chats_of(batch.conn, known.id)) <= {batch.chat}:
        erasing.empty(batch.conn, [known.id], batch.secret)
        batch.sighted[post.server, post.local_id] = (known.id, batch.hidden_uri(post.uri))


def _revive(batch: _Batch, post: Post, known: _Known) -> None:
    """Fill an empty node whose author said yes by now; what pointed to its hash points to its address again."""
    hidden, author = batch.hidden_uri(post.uri), batch.authors[post.author.uri]
    body, imports = content.encode(post), batch.route == IMPORTED
    values = (post.uri, author, post.url, post.visibility.value, body, _edited_at(post), False, imports)
    sql.run(batch.conn, _REVIVE, *values, post.is_repost, known.id)
    sql.run(batch.conn, _UPDATE_COUNTS, post.boosts, post.favourites, post.replies, known.id)
    for role in ("parent", "quote"):
        back = f"UPDATE post SET {role}_uri = ? WHERE {role}_uri = ?"
        sql.run(batch.conn, back, post.uri, hidden)
        cleared = f"UPDATE post SET {role}_local_id = ? WHERE parent_server = ? AND {role}_local_id = ?"
        sql.run(batch.conn, cleared, post.local_id, post.server, batch.hidden_id(post.server, post.local_id))
    unhidden = "UPDATE sighting SET local_id = ? WHERE server = ? AND local_id = ?"
    sql.run(batch.conn, unhidden, post.local_id, post.server, batch.hidden_id(post.server, post.local_id))
    batch.sighted[post.server, post.local_id] = (known.id, post.uri)


# sightings and membership


def _write_sightings(batch: _Batch, views: list[Post], ids: dict[str, int]) -> None:
    sightings = []
    for post in batch.fresh:
        known = batch.stored.get(post.uri)
        row = known.id if known else ids[post.uri]
        batch.sighted.setdefault((post.server, post.local_id), (row, known.uri if known else post.uri))
        local_id = _id_as_stored(batch, post.server, post.local_id)
        sightings.append((post.server, local_id, row, batch.route, batch.now))
    sql.run_all(batch.conn, _INSERT_SIGHTING, sightings)
    if batch.chat is not None:
        rows = (batch.stored[post.uri].id if post.uri in batch.stored else ids[post.uri] for post in views)
        sql.run_all(batch.conn, _INSERT_MEMBER, [(batch.chat, row) for row in rows])
