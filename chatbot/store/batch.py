"""A batch of posts on its way into the database, with what is known of them already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import sqlalchemy as sa

from chatbot.core.model import Post
from chatbot.core.privacy import forgetting
from chatbot.core.privacy.consent import Refusal
from chatbot.core.value import Value, field
from chatbot.store import sql
from chatbot.store.tables import to_micros

IMPORTED = "import"  # the route, and the "server", of posts that came from a file

_FIND_POSTS = """
SELECT id, uri, author, content, edited_at, boosts, favourites, replies, parent_local_id, quote_local_id,
       parent_uri, quote_uri, visibility, empty, imported, gone_at, parent_server FROM post WHERE uri IN ?
"""
_FIND_ANY_EMPTY = "SELECT 1 FROM post WHERE empty LIMIT 1"
_FIND_SIGHTINGS = """
SELECT sighting.local_id, sighting.post, post.uri FROM sighting JOIN post ON post.id = sighting.post
WHERE sighting.server = ? AND sighting.local_id IN ?
"""


class Known(NamedTuple):
    """A stored post, as far as saving needs it; the order is that of the query above."""

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
    parent_server: str | None

    @property
    def counts(self) -> tuple[int, int, int]:
        """Return boosts, favourites and replies."""
        return (self.boosts, self.favourites, self.replies)


class Batch(Value, frozen=True):
    """One save under way: where it goes, and what was found out so far."""

    conn: sa.Connection
    chat: str | None
    route: str
    now: int
    secret: bytes
    refused: Mapping[str, Refusal]  # uris of posts whose author says no, "here" where another chat may keep them
    stored: dict[str, Known] = field(default_factory=dict)  # by clear uri, also where the stored one is hidden
    sighted: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)  # (server, id) -> post, stored uri
    authors: dict[str, int] = field(default_factory=dict)
    fresh: list[Post] = field(default_factory=list)  # views under an id not sighted before

    def hidden_id(self, server: str, local_id: str) -> str:
        """Return what stands for a local id of an empty node."""
        return forgetting.hidden_id(self.secret, server, local_id)

    def hidden_uri(self, uri: str) -> str:
        """Return what stands for the uri of an empty node."""
        return forgetting.hidden_uri(self.secret, uri)

    def id_as_stored(self, server: str, local_id: str) -> str:
        """Return a sighted id, its keyed hash where the post there is an empty node."""
        hidden = self.sighted[server, local_id][1].startswith(forgetting.HIDDEN)
        return self.hidden_id(server, local_id) if hidden else local_id


def read_known(batch: Batch, views: list[Post]) -> None:
    """Find the posts of a batch that are stored, and the ids it names that were sighted, hidden ones as well."""
    any_empty = bool(sql.rows(batch.conn, _FIND_ANY_EMPTY))  # else there is no hash to look for
    clear = {batch.hidden_uri(post.uri): post.uri for post in views} if any_empty else {}
    for row in sql.rows(batch.conn, _FIND_POSTS, [*clear, *(post.uri for post in views)]):
        known = Known(*row)
        batch.stored[clear.get(known.uri, known.uri)] = known
    by_server: dict[str, set[str]] = {}
    for post in views:
        ids = (post.local_id, post.parent_local_id, post.quote_local_id)
        by_server.setdefault(post.server, set()).update(local_id for local_id in ids if local_id)
    for server, local_ids in by_server.items():
        hidden = {batch.hidden_id(server, local_id): local_id for local_id in local_ids} if any_empty else {}
        for local_id, post_id, uri in sql.rows(batch.conn, _FIND_SIGHTINGS, server, [*local_ids, *hidden]):
            batch.sighted[server, hidden.get(local_id, local_id)] = (post_id, uri)
    batch.fresh.extend(post for post in views if (post.server, post.local_id) not in batch.sighted)


def edited_at_micros(post: Post) -> int | None:
    """Return when a post was last edited, as it is stored."""
    return None if post.edited_at is None else to_micros(post.edited_at)
