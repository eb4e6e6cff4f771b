"""What was seen: posts of a chat, one post by any address, what is to be looked up again. `ingest` saves them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from chatbot.core.model import Author, EmptyNode, Post, Visibility
from chatbot.core.privacy.hearsay import VANTAGE
from chatbot.core.text import normalise_tag
from chatbot.core.value import Value
from chatbot.store import content, erasing, sql, tables
from chatbot.store.batch import IMPORTED
from chatbot.store.erasing import DELETED
from chatbot.store.ingest import Saved, save
from chatbot.store.sightings import by_route
from chatbot.store.tables import from_micros, to_micros

__all__ = ["ChatPosts", "Saved", "Seen", "by_route", "chats_of", "find", "of_author", "of_chat", "save", "to_verify"]

_POST, _AUTHOR, _SIGHTING, _MEMBER = tables.post, tables.author, tables.sighting, tables.chat_post


class ChatPosts(Value, frozen=True):
    """What is stored of a chat, in time order; `held_edits` are uris of posts whose edit waits for a host.

    A post that was not there at the last look is among the `gone` until it is seen again.
    """

    posts: tuple[Post, ...] = ()
    empty: tuple[EmptyNode, ...] = ()
    gone: int = 0
    held_edits: frozenset[str] = frozenset()


class Seen(Value, frozen=True):
    """A stored post as one server knows it, to be looked up again; `missed_at` is when it was first not there."""

    uri: str
    url: str
    server: str
    local_id: str
    at: datetime
    author_uri: str
    missed_at: datetime | None = None
    verified_at: datetime | None = None
    replies: int = 0  # as the server counts
    children: int = 0  # as we know


_OF_CHAT = "SELECT post FROM chat_post WHERE chat = ?"
_OF_AUTHOR = "SELECT id FROM post WHERE author = ?"
_TAGGED = '%"hashtags":[%'
_THERE = "content IS NOT NULL AND gone_at IS NULL AND missed_at IS NULL"


def of_chat(conn: sa.Connection, chat_id: str) -> ChatPosts:
    """Return what is stored of a chat."""
    of_chat = f"FROM post WHERE id IN ({_OF_CHAT})"
    empty = sql.rows(
        conn, f"SELECT uri, parent_uri, at {of_chat} AND empty AND gone_at IS NULL ORDER BY at, uri", chat_id
    )
    gone = f"SELECT count(*) {of_chat} AND (gone_why = ? OR missed_at IS NOT NULL)"
    held = sql.rows(conn, f"SELECT uri {of_chat} AND edit_held AND {_THERE}", chat_id)
    return ChatPosts(
        posts=_posts(conn, _OF_CHAT, chat_id, _THERE),
        empty=tuple(EmptyNode(uri, parent_uri, from_micros(at)) for uri, parent_uri, at in empty),
        gone=sql.rows(conn, gone, chat_id, DELETED)[0][0],
        held_edits=frozenset(uri for (uri,) in held),
    )


def write_alone(conn: sa.Connection) -> None:
    """Wait for whoever else stores or erases posts, and keep them waiting until this transaction ends."""
    sql.write_alone(conn)


def of_author(conn: sa.Connection, author: Author) -> tuple[Post, ...]:
    """Return everything stored of a person, in time order."""
    mine = (_posts(conn, _OF_AUTHOR, row) for row in erasing.authors_like(conn, author))
    return tuple(sorted(chain.from_iterable(mine), key=lambda post: (post.at, post.uri)))


def find(conn: sa.Connection, address: str) -> Post | None:
    """Find a stored post by any address a person can copy: its uri, its page, or its page on a server that saw it."""
    post_id = _row_at(conn, address.strip())
    return None if post_id is None else next(iter(_posts(conn, "?", post_id)), None)


def chats_of(conn: sa.Connection, uri: str) -> tuple[str, ...]:
    """Return the chats a post belongs to, by its uri."""
    member = sa.select(_MEMBER.c.chat).join(_POST, _POST.c.id == _MEMBER.c.post).where(_POST.c.uri == uri)
    return tuple(conn.scalars(member.order_by(_MEMBER.c.chat)))


def to_verify(conn: sa.Connection, chat_id: str, server: str) -> list[Seen]:
    """Return the posts of a chat that one server can be asked about, those first that were not looked at for longest.

    One that a server knows by two ids is there twice.
    """
    below = _POST.alias("below")
    children = sa.select(sa.func.count()).where(below.c.parent_uri == _POST.c.uri).scalar_subquery()
    author, kept = _AUTHOR.c.uri.label("author_uri"), children.label("children")
    query = (
        sa.select(_POST, _SIGHTING.c.server, _SIGHTING.c.local_id, author, kept)
        .join(_SIGHTING, _SIGHTING.c.post == _POST.c.id)
        .join(_AUTHOR, _AUTHOR.c.id == _POST.c.author)
        .join(_MEMBER, _MEMBER.c.post == _POST.c.id)
        .where(_MEMBER.c.chat == chat_id, _SIGHTING.c.server == server)
        .where(_POST.c.gone_at.is_(None), _POST.c.empty.is_(sa.false()))
        .order_by(_POST.c.verified_at.is_not(None), _POST.c.verified_at, _POST.c.at, _POST.c.uri)
    )
    return [Seen(*(getattr(row, name) for name in Seen.__struct_fields__)) for row in conn.execute(query)]


def tagged_otherwise(conn: sa.Connection, chat_id: str, tags: Iterable[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Return the authors and hashtags of posts of a chat that have hashtags, but none of its own."""
    own = [f'%"{normalise_tag(tag)}"%' for tag in tags]
    query = f"""
    SELECT author.uri, post.content FROM post JOIN author ON author.id = post.author
    WHERE post.id IN ({_OF_CHAT}) AND {_THERE} AND content LIKE ?{" AND content NOT LIKE ?" * len(own)}
    """
    return [(uri, content.decode(body)["hashtags"]) for uri, body in sql.rows(conn, query, chat_id, _TAGGED, *own)]


def count_by_chat(conn: sa.Connection, author: Author) -> Mapping[str, int]:
    """Return how many posts of a person are kept, by chat."""
    counted = (
        sa.select(_MEMBER.c.chat, sa.func.count())
        .join(_POST, _POST.c.id == _MEMBER.c.post)
        .where(_POST.c.author.in_(erasing.authors_like(conn, author)), _POST.c.content.is_not(None))
        .group_by(_MEMBER.c.chat)
    )
    return dict(conn.execute(counted).all())


def uri_seen(conn: sa.Connection, server: str, local_id: str) -> str | None:
    """Return the uri of the post that a server knows by an id."""
    seen = sa.select(_POST.c.uri).join(_SIGHTING, _SIGHTING.c.post == _POST.c.id)
    uri: str | None = conn.scalar(seen.where(_SIGHTING.c.server == server, _SIGHTING.c.local_id == local_id))
    return uri


def mark_found(conn: sa.Connection, uris: Iterable[str], now: datetime) -> None:
    """Note that posts were there at a look."""
    there = "UPDATE post SET verified_at = ?, missed_at = NULL WHERE uri = ? AND gone_at IS NULL"
    sql.run_all(conn, there, [(to_micros(now), uri) for uri in uris])


def mark_missed(conn: sa.Connection, uris: Iterable[str], now: datetime) -> None:
    """Note the first time posts were not there; one time alone is no deletion."""
    missing = """
    UPDATE post SET verified_at = ?, missed_at = coalesce(missed_at, ?) WHERE uri = ? AND gone_at IS NULL
    """
    sql.run_all(conn, missing, [(to_micros(now), to_micros(now), uri) for uri in uris])


def move(conn: sa.Connection, server: str, ids: Iterable[str]) -> None:
    """Forget ids by which a server knows posts no more, because it knows them by others now."""
    sql.run_all(conn, "DELETE FROM sighting WHERE server = ? AND local_id = ?", [(server, one) for one in ids])


def ids_of(conn: sa.Connection, uris: Iterable[str]) -> list[int]:
    """Return the row ids of posts by their uris."""
    return [row[0] for row in sql.rows(conn, "SELECT id FROM post WHERE uri IN ?", list(uris))]


def _row_at(conn: sa.Connection, address: str) -> int | None:
    plain = address.split("#")[0].split("?")[0].rstrip("/")
    forms = {address, plain, f"{plain}/"}
    named = sa.select(_POST.c.id).where(sa.or_(_POST.c.uri.in_(forms), _POST.c.url.in_(forms)))
    found: int | None = conn.scalar(named.order_by(_POST.c.id).limit(1))
    return found if found is not None else _row_seen_at(conn, plain)


def _row_seen_at(conn: sa.Connection, address: str) -> int | None:
    """Find a post by its page on another server: `https://home.test/@ana@far.test/1234` and the like."""
    local_id = re.search(r"/([\w-]+)$", urlsplit(address).path)
    if local_id is None:
        return None
    where = (_SIGHTING.c.server == urlsplit(address).netloc.lower(), _SIGHTING.c.local_id == local_id[1])
    found: int | None = conn.scalar(sa.select(_SIGHTING.c.post).where(*where))
    return found


_COLUMNS = (
    "id, author, at, visibility, content, edited_at, is_repost,"
    " uri, url, parent_local_id, quote_local_id, parent_uri, quote_uri, boosts, favourites, replies"
)
_VISIBILITIES = {visibility.value: visibility for visibility in Visibility}


def _posts(conn: sa.Connection, ids: str, of: str | int, but: str = "content IS NOT NULL") -> tuple[Post, ...]:
    """Return the posts whose ids the SQL in `ids` selects by one value, with authors and sightings in a query each."""
    authors = _authors(conn, ids, of)
    places = _places(conn, ids, of)
    found = sql.rows(conn, f"SELECT {_COLUMNS} FROM post WHERE id IN ({ids}) AND {but} ORDER BY at, uri", of)
    return tuple(_post(row[2:], authors[row[1]], *places[row[0]]) for row in found)


def _authors(conn: sa.Connection, ids: str, of: str | int) -> dict[int, Author]:
    columns = "id, uri, handle, name, url, avatar, bio, bot, indexable, discoverable, noindex"
    written = f"SELECT author FROM post WHERE id IN ({ids})"
    return {row[0]: _author(row) for row in sql.rows(conn, f"SELECT {columns} FROM author WHERE id IN ({written})", of)}


def _author(row: Sequence[Any]) -> Author:
    _id, uri, handle, name, url, avatar, bio, bot, *flags = row
    indexable, discoverable, noindex = (None if flag is None else bool(flag) for flag in flags)
    return Author(uri, handle, name, url, avatar, bool(bot), bio, indexable, discoverable, noindex)


def _places(conn: sa.Connection, ids: str, of: str | int) -> dict[int, tuple[str, str]]:
    """Return under which server and id each post is known: the first of ours by name, then others, a file last."""
    rank = "server = ?, route = ? || server"
    seen = sql.rows(
        conn, f"SELECT {rank}, server, local_id, post FROM sighting WHERE post IN ({ids})", IMPORTED, VANTAGE, of
    )
    return {post_id: (server, local_id) for _, _, server, local_id, post_id in sorted(seen, reverse=True)}


def _post(row: Sequence[Any], author: Author, server: str, local_id: str) -> Post:
    at, visibility, body, edited_at, is_repost, uri, url, parent_id, quote_id, parent, quote, *counts = row
    boosts, favourites, replies = counts
    return Post(
        uri=uri,
        url=url or uri,
        at=from_micros(at),
        author=author,
        visibility=_VISIBILITIES[visibility],
        server=server,
        local_id=local_id,
        parent_local_id=parent_id,
        quote_local_id=quote_id,
        parent_uri=parent,
        quote_uri=quote,
        edited_at=None if edited_at is None else from_micros(edited_at),
        boosts=boosts,
        favourites=favourites,
        replies=replies,
        is_repost=bool(is_repost),
        **content.decode(body),
    )
