"""Whose word counts for a post when other servers are asked what they see. Pure.

1. What our own server shows counts most: it fetched the post from where it was written, and hears of its end.
2. What a server shows of its own people's posts is first-hand too; it counts where our own says nothing newer.
3. What a server says of anybody else's post is hearsay. Our server is asked to fetch the post itself; only when it
   cannot, hearsay is believed, and only in what is plausible: post and author are of one server, which is none of
   ours; the author is nobody whose word steers a chat (a host, a guest, the bot); it is for everybody to read.
4. Hearsay never changes what was seen first-hand, neither a post nor what is known of its author; it gives way to it
   wholly, author and time included. The same server may correct its own hearsay.
5. When our server knows a post and shows something else, or nothing that everybody may read, that is the end of it.
"""

from __future__ import annotations

from collections.abc import Set
from urllib.parse import urlsplit

from chatbot.core.model import Author, Post, Visibility

VANTAGE = "vantage:"  # how the route of what another server showed begins; its host follows
_READABLE = (Visibility.PUBLIC, Visibility.UNLISTED)


def route_of(server: str) -> str:
    """Return the route of whatever a server that is not ours brought, fetched by our own or not."""
    return f"{VANTAGE}{server}"


def host_of(uri: str) -> str:
    """Return the host, and a port of its own, that an address belongs to."""
    try:
        return urlsplit(uri).netloc.lower()
    except ValueError:
        return ""


def is_hearsay(post: Post, route: str) -> bool:
    """Say whether a view is what one server says of another's post."""
    return route == route_of(post.server) and host_of(post.uri) != post.server.lower()


def is_plausible(post: Post, ours: Set[str], steering: Set[str]) -> bool:
    """Say whether what another server shows may be believed when ours cannot fetch it.

    `ours` are the hosts of our own servers, `steering` the handles of hosts, guests and bots, in lower case.
    """
    home = host_of(post.uri)
    return (
        home not in ours
        and _is_of(post.author, home)
        and post.author.handle.lower() not in steering
        and post.visibility in _READABLE
        and not post.is_repost
    )


def _is_of(author: Author, home: str) -> bool:
    """Say whether a person is of a server: their address is there, and their handle there or at its domain."""
    handle = author.handle.lower().rpartition("@")[2]
    return bool(home) and host_of(author.uri) == home and (home == handle or home.endswith(f".{handle}"))
