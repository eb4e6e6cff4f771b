"""What an event of a stream says, as an event of the port. Pure.

A post that comes with its whole status is a post; what cannot be read asks for a reading, which will tell; everything
else (filters, announcements, reactions, favourites, whatever comes next) is passed over.
"""

from __future__ import annotations

from collections.abc import Callable

import orjson

from chatbot.core.model import Post
from chatbot.platforms.mastodon import wire
from chatbot.platforms.mastodon.eventstream import Named
from chatbot.platforms.port import Deleted, Event, Posted, Wake

_POSTED = (b"update", b"status.update", b"status_update")  # the last one is mastodon_mock's alone
_ASKING = (b"conversation", b"notifications_merged")  # private posts, and mentions that were let through a filter
_WITH_A_POST = ("mention", "status", "update", "quote", "quoted_update")  # kinds of notifications, of others' posts

Read = Callable[[object], Post]  # raises `Malformed`


def event_of(named: Named, read: Read) -> Event | None:
    """Return what an event says; `read` makes a post of a status."""
    if named.name == b"delete":
        return _deleted(named.data)
    if named.name in _POSTED:
        return _posted(named.data, read)
    if named.name == b"notification":
        return _notified(named.data, read)
    return Wake() if named.name in _ASKING else None


def _posted(data: bytes, read: Read) -> Posted | Wake:
    try:
        return Posted(read(wire.one(data)))
    except ValueError:  # no JSON, or `Malformed`
        return Wake()


def _notified(data: bytes, read: Read) -> Posted | Wake | None:
    try:
        said = orjson.loads(data)
        kind = said.get("type") if isinstance(said, dict) else None
        if kind not in _WITH_A_POST:
            return None if isinstance(kind, str) else Wake()
        return Posted(read(said.get("status")), mentions_us=kind == "mention")
    except ValueError:
        return Wake()


def _deleted(data: bytes) -> Deleted | None:
    """Read an id: bare decimal digits of Mastodon, a ULID or a Flake id of others, or one in quotation marks."""
    local_id = data.decode("utf-8", "replace").strip().strip('"')
    is_id = local_id.replace("-", "").isalnum() and len(local_id) <= 100
    return Deleted(local_id) if is_id else None
