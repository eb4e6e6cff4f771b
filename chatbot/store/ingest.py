"""Saves what was seen: a post is stored once under its canonical uri, whatever the route, order and repetition.

1. What is known of the batch is read: posts by uri (or its keyed hash), ids already sighted, authors.
2. Authors are written once each, then new posts, changed posts and counts, then sightings and membership.
3. Parents and quotes, named by a server's id, become uris; children that were waiting for a new post are joined.

A newer `edited_at` wins, an older view never overwrites a newer one, and a post that is gone never comes back.
Nothing is logged: a row is a person's words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from chatbot.core.model import Author, Post, Visibility
from chatbot.core.privacy import consent, hearsay
from chatbot.core.privacy.consent import Refusal
from chatbot.core.value import Value
from chatbot.store import content, erasing, sightings, sql
from chatbot.store.batch import IMPORTED, Batch, edited_at_micros, read_known
from chatbot.store.placing import fill_in, join_waiting, place_of
from chatbot.store.refreshing import refresh
from chatbot.store.tables import to_micros

KEPT = (Visibility.PUBLIC, Visibility.UNLISTED)  # everything else is read for commands only

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


class Saved(Value, frozen=True):
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


def save(
    conn: sa.Connection,
    batch: Sequence[Post],
    *,
    chat: str | None,
    route: str,
    now: datetime,
    secret: bytes,
    refuses: Callable[[Post], Refusal],
) -> Saved:
    """Save posts as seen by one route; direct and followers-only posts are passed over.

    Of a post that `refuses` says yes to only an empty node is kept: its keyed hash, its parent and its time. Refused
    only "here", it stays whole as long as another chat has it.
    """
    sql.write_alone(conn)
    saved = Saved()
    for views in _rounds(post for post in batch if post.visibility in KEPT and _is_sound(post)):
        refused = {post.uri: refusal for post in views if (refusal := refuses(post))}
        saved += _save_round(Batch(conn, chat, route, to_micros(now), secret, refused), views)
    return saved


def _is_sound(post: Post) -> bool:
    """Say whether every address can be stored: PostgreSQL takes no NUL, and no honest server sends one."""
    author = post.author
    return "\x00" not in f"{post.uri}{post.url}{post.local_id}{author.uri}{author.handle}{author.url}{author.avatar}"


def _rounds(posts: Iterable[Post]) -> list[list[Post]]:
    """Split a batch so that no post stands twice in a round; nearly always it is one."""
    given = list(posts)
    if len({post.uri for post in given}) == len(given):
        return [given] if given else []
    rounds: list[dict[str, Post]] = []
    for post in given:
        free = next((views for views in rounds if post.uri not in views), None)
        if free is None:
            rounds.append({post.uri: post})
        else:
            free[post.uri] = post
    return [list(views.values()) for views in rounds]


def _save_round(batch: Batch, views: list[Post]) -> Saved:
    read_known(batch, views)
    new = [post for post in views if post.uri not in batch.stored]
    known = [post for post in views if post.uri in batch.stored]
    _save_authors(batch, views)
    ids = dict(zip((post.uri for post in new), sql.new_ids(batch.conn, "post", len(new)), strict=True)) if new else {}
    _sight(batch, new, ids)
    _insert(batch, new, ids)
    edited = sum(refresh(batch, post) for post in known)
    fill_in(batch, known)
    _write_sightings(batch, views, ids)
    join_waiting(batch)
    return Saved(len(new), edited, len(known) - edited, sum(post.uri in batch.refused for post in new))


def _sight(batch: Batch, new: list[Post], ids: dict[str, int]) -> None:
    """Let posts of the same batch find each other as parents before they are written."""
    for post in new:
        uri = batch.hidden_uri(post.uri) if post.uri in batch.refused else post.uri
        batch.sighted.setdefault((post.server, post.local_id), (ids[post.uri], uri))


# authors


def _save_authors(batch: Batch, views: list[Post]) -> None:
    """Write each author of the batch once, the last view of them; of who says no nothing, unless known already."""
    seen = {post.author.uri: (post.author, post.uri in batch.refused) for post in views}
    known = {row[1]: row for row in sql.rows(batch.conn, _FIND_AUTHORS, list(seen))}
    new = [author for uri, (author, refused) in seen.items() if uri not in known and not refused]
    if new:
        drawn = sql.new_ids(batch.conn, "author", len(new))
        sql.run_all(batch.conn, _INSERT_AUTHOR, [(id_, *_values(a)) for id_, a in zip(drawn, new, strict=True)])
        batch.authors.update(zip((author.uri for author in new), drawn, strict=True))
    changed = [(*_values(seen[uri][0]), row[0]) for uri, row in known.items() if row[1:] != _values(seen[uri][0])]
    if changed and batch.route.startswith(hearsay.VANTAGE):
        better_known = sightings.known_people(batch.conn, _only_told(batch, views))
        changed = [values for values in changed if values[0] not in better_known]
    sql.run_all(batch.conn, _UPDATE_AUTHOR, changed)
    batch.authors.update((uri, row[0]) for uri, row in known.items())


def _only_told(batch: Batch, views: list[Post]) -> set[str]:
    """Return people of whom this batch holds hearsay alone."""
    first_hand = {post.author.uri for post in views if not hearsay.is_hearsay(post, batch.route)}
    return {post.author.uri for post in views} - first_hand


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


def _insert(batch: Batch, new: list[Post], ids: dict[str, int]) -> None:
    sql.run_all(batch.conn, _INSERT_POST, [_row(batch, post, ids[post.uri]) for post in new])
    refused = {post.uri: batch.hidden_uri(post.uri) for post in new if post.uri in batch.refused}
    if refused:
        erasing.rename(batch.conn, refused)  # a file names parents by address, before they are seen


def _row(batch: Batch, post: Post, id_: int) -> tuple[Any, ...]:
    place = place_of(batch, post)
    if post.uri in batch.refused:
        place = (*place[:2], None, place[3], None)
        uri, author, url, body, edited_at, counts = batch.hidden_uri(post.uri), None, None, None, None, (0, 0, 0)
    else:
        uri, author, url, body = post.uri, batch.authors[post.author.uri], post.url, content.encode(post)
        edited_at, counts = edited_at_micros(post), (post.boosts, post.favourites, post.replies)
    return (
        *(id_, uri, author, to_micros(post.at), url, post.visibility.value, body, *place, edited_at, *counts),
        *(post.is_repost, author is None, batch.route == IMPORTED, batch.now),
    )


# sightings and membership


def _write_sightings(batch: Batch, views: list[Post], ids: dict[str, int]) -> None:
    sightings = []
    for post in batch.fresh:
        known = batch.stored.get(post.uri)
        row = known.id if known else ids[post.uri]
        batch.sighted.setdefault((post.server, post.local_id), (row, known.uri if known else post.uri))
        local_id = batch.id_as_stored(post.server, post.local_id)
        sightings.append((post.server, local_id, row, batch.route, batch.now))
    sql.run_all(batch.conn, _INSERT_SIGHTING, sightings)
    if batch.chat is not None:
        rows = (batch.stored[post.uri].id if post.uri in batch.stored else ids[post.uri] for post in views)
        sql.run_all(batch.conn, _INSERT_MEMBER, [(batch.chat, row) for row in rows])
