"""Who showed which post, by which route: what each route brought, and what rests on hearsay alone.

Of the rules in `core.privacy.hearsay` this holds the fourth: hearsay never changes what was seen first-hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from chatbot.core.model import Author
from chatbot.core.privacy import forgetting, hearsay
from chatbot.store import sql
from chatbot.store.batch import IMPORTED
from chatbot.store.tables import from_micros

_FIRST = """
SELECT server, route, count(*) FROM (
    SELECT sighting.server AS server, CASE WHEN post.uri IN ? THEN 'host' ELSE sighting.route END AS route,
           row_number() OVER (PARTITION BY sighting.post ORDER BY sighting.at, sighting.route) AS nth
    FROM sighting JOIN chat_post ON chat_post.post = sighting.post JOIN post ON post.id = sighting.post
    WHERE chat_post.chat = ?
) AS seen WHERE nth = 1 GROUP BY server, route ORDER BY server, route
"""
_NEWEST = """
SELECT post.at, post.first_seen_at FROM post JOIN chat_post ON chat_post.post = post.id
WHERE chat_post.chat = ? AND post.gone_at IS NULL AND NOT (post.uri IN ?) AND EXISTS (
    SELECT 1 FROM sighting WHERE sighting.post = post.id AND sighting.route NOT IN ('host', 'look', 'import')
) ORDER BY post.first_seen_at DESC LIMIT 1
"""
_OF_CHAT = """
SELECT post.uri, sighting.server, sighting.route FROM sighting
JOIN chat_post ON chat_post.post = sighting.post JOIN post ON post.id = sighting.post
WHERE chat_post.chat = ? AND post.gone_at IS NULL AND NOT post.empty
"""
_OF_PEOPLE = """
SELECT author.uri, post.uri, sighting.server, sighting.route
FROM author JOIN post ON post.author = author.id JOIN sighting ON sighting.post = post.id WHERE author.uri IN ?
"""
_PEOPLE = """
SELECT uri, handle, name, url, avatar, bot, bio, indexable, discoverable, noindex FROM author WHERE uri IN ?
"""


def by_route(conn: sa.Connection, chat_id: str) -> Mapping[str, int]:
    """Return how many posts of a chat each route brought first: "tag", "thread", …, "vantage:far.example"."""
    counted: Counter[str] = Counter()
    for (_server, route), count in by_server(conn, chat_id).items():
        counted[route] += count
    return dict(counted)


def by_server(conn: sa.Connection, chat_id: str, own: Collection[str] = ()) -> Mapping[tuple[str, str], int]:
    """Return the same, told apart by the server that showed them.

    Posts at the addresses `own` count as brought by the look at them ("host"), for a stream may bring them first.
    """
    return {(server, route): count for server, route, count in sql.rows(conn, _FIRST, list(own), chat_id)}


def newest(conn: sa.Connection, chat_id: str, own: Collection[str] = ()) -> tuple[datetime, datetime] | None:
    """Return when the post of a chat that was stored last was written, and when it was stored; ours do not count."""
    found = sql.rows(conn, _NEWEST, chat_id, list(own))
    return (from_micros(found[0][0]), from_micros(found[0][1])) if found else None


def is_hearsay(uri: str, server: str, route: str) -> bool:
    """Say whether a sighting is what one server says of another's post."""
    return route == hearsay.route_of(server) and hearsay.host_of(uri) != server


def only_hearsay(conn: sa.Connection, chat_id: str) -> frozenset[str]:
    """Return the addresses of posts of a chat that nobody showed first-hand."""
    return _resting_on_hearsay(sql.rows(conn, _OF_CHAT, chat_id))


def only_elsewhere(conn: sa.Connection, chat_id: str) -> frozenset[str]:
    """Return the addresses of posts of a chat that only servers show that are not ours."""
    shown: dict[str, bool] = {}
    for uri, server, route in sql.rows(conn, _OF_CHAT, chat_id):
        shown[uri] = shown.get(uri, True) and route == hearsay.route_of(server)
    return frozenset(uri for uri, elsewhere in shown.items() if elsewhere)


def unknown(conn: sa.Connection, uris: Collection[str], secret: bytes) -> frozenset[str]:
    """Return which of these addresses are of no stored post, empty nodes and tombstones included."""
    hidden = {forgetting.hidden_uri(secret, uri): uri for uri in uris}
    found = {row[0] for row in sql.rows(conn, "SELECT uri FROM post WHERE uri IN ?", [*hidden, *uris])}
    return frozenset(uri for name, uri in hidden.items() if name not in found and uri not in found)


def known_people(conn: sa.Connection, uris: Collection[str]) -> Mapping[str, Author]:
    """Return those of these people who were seen first-hand, as they were last seen so."""
    seen = sql.rows(conn, _OF_PEOPLE, list(uris))
    first_hand = {person for person, uri, server, route in seen if not is_hearsay(uri, server, route)}
    return {row[0]: _author(row) for row in sql.rows(conn, _PEOPLE, sorted(first_hand))} if first_hand else {}


def _author(row: Sequence[Any]) -> Author:
    uri, handle, name, url, avatar, bot, bio, *flags = row
    indexable, discoverable, noindex = (None if flag is None else bool(flag) for flag in flags)
    return Author(uri, handle, name, url, avatar, bool(bot), bio, indexable, discoverable, noindex)


def _resting_on_hearsay(rows: Collection[tuple[str, str, str]]) -> frozenset[str]:
    rests: dict[str, bool] = {}
    for uri, server, route in rows:
        rests[uri] = rests.get(uri, True) and is_hearsay(uri, server, route)
    return frozenset(uri for uri, only in rests.items() if only)


def leading(conn: sa.Connection, post_id: int, uri: str) -> tuple[list[str], bool]:
    """Return the servers whose views of a post count, and whether these are hearsay, for want of better."""
    rows = sql.rows(conn, "SELECT server, route FROM sighting WHERE post = ?", post_id)
    seen = [(server, is_hearsay(uri, server, route)) for server, route in rows if route != IMPORTED]
    first_hand = [server for server, told in seen if not told]
    is_imported = len(seen) < len(rows)
    return (first_hand, False) if first_hand or is_imported else ([server for server, _ in seen], bool(seen))
