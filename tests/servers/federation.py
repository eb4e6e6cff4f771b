"""What travels between servers, when, and by which route: delivered, fetched late, or never (fact sheet D)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from tests.servers.truth import SEEN_BY_ALL, Member, Post

if TYPE_CHECKING:
    from tests.servers.server import Server

Route = Literal["delivered", "fetched"]
Kind = Literal["new", "edited", "deleted"]


@dataclass(frozen=True, slots=True, order=True)
class Arrival:
    """Something on its way to a server."""

    due: datetime
    kind: Kind = field(compare=False)
    post: Post = field(compare=False)
    route: Route = field(compare=False, default="delivered")


@dataclass(frozen=True, slots=True)
class Way:
    """How posts come from another server: how long they take, and whether somebody here follows all its people."""

    delay: timedelta
    follows_all: bool = False
    route: Route = "delivered"


def spread(post: Post, kind: Kind) -> None:
    """Send a post, an edit or a deletion to every server in its reach."""
    origin = post.author.server
    for server, route in _reach(post, kind):
        way = server.ways[origin]
        server.expect(Arrival(server.now() + way.delay, kind, post, route))


def _reach(post: Post, kind: Kind) -> Iterator[tuple[Server, Route]]:
    """Followers, the mentioned, the author replied to, and for edits and deletions who favoured it (A6, D)."""
    origin = post.author.server
    people = set(_addressed(post))
    if kind != "new":
        people |= origin.favourers(post)
    near = {member.server for member in people}
    for server, way in tuple((s, w) for s, w in _ways_from(origin)):
        if server in near or _has_follower(server, post):
            yield server, "delivered"
        elif way.follows_all and post.visibility in SEEN_BY_ALL:
            yield server, way.route


def _ways_from(origin: Server) -> Iterator[tuple[Server, Way]]:
    for server in origin.peers():
        if origin in server.ways:
            yield server, server.ways[origin]


def _addressed(post: Post) -> Iterator[Member]:
    yield from post.mentions
    parent = post.author.server.by_uri(post.parent_uri)
    if parent is not None and post.visibility in SEEN_BY_ALL:
        yield parent.author


def _has_follower(server: Server, post: Post) -> bool:
    if post.visibility == "direct":
        return False
    return any(post.author in member.followed for member in server.members())


def arrive(server: Server, arrival: Arrival) -> None:
    """Let something reach a server; edits and deletions of what it never had are dropped."""
    known = server.by_uri(arrival.post.uri)
    if arrival.kind == "new" and known is None:
        server.take(_copy(server, arrival), streamed=_is_recent(arrival))
    elif arrival.kind == "edited" and known is not None:
        edited = arrival.post
        server.put(
            replace(
                known,
                text=edited.text,
                warning=edited.warning,
                tags=edited.tags,
                edited_at=edited.edited_at,
                media=edited.media,
            )
        )
    elif arrival.kind == "deleted" and known is not None:
        server.bury(known)


def _copy(server: Server, arrival: Arrival) -> Post:
    """Make a server's own copy: what is delivered and what is fetched get their ids by different clocks (A2, C)."""
    kind = server.personality
    by = kind.delivered_ids if arrival.route == "delivered" else kind.fetched_ids
    post = arrival.post
    server.media |= {one: post.author.server.media[one] for one in post.media}
    return replace(post, local_id=server.new_id(post.at if by == "published" else arrival.due), arrived=arrival.due)


def _is_recent(arrival: Arrival) -> bool:
    """What is fetched and older than six hours is not streamed (A2b)."""
    return arrival.route == "delivered" or arrival.due - arrival.post.at < timedelta(hours=6)
