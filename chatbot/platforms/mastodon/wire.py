"""What is read of a status, declared: a page of JSON is decoded straight into it, nothing else of it is built. Pure.

Decoding and reading a page of 40 takes a third of the time it took through dictionaries, and leaves nothing for the
garbage collector to look through (`tests/bench/ingest.py`). A page that has another type anywhere in what is declared
is read again status by status, and what has another type counts as missing: odd servers are slower, never unheard.
"""

from __future__ import annotations

from typing import Any

import msgspec
import orjson


class Status(msgspec.Struct, frozen=True, gc=False):
    """A status as a server sent it; None where it says nothing, or nothing of this type.

    The account and the tags stay raw: they are the same in many posts of a night, and are read once.
    """

    id: str | int | None = None
    uri: str | None = None
    url: str | None = None
    created_at: str | None = None
    edited_at: str | None = None
    visibility: str | None = None
    account: msgspec.Raw = msgspec.Raw(b"null")
    content: str | None = None
    spoiler_text: str | None = None
    sensitive: bool | None = None
    language: str | None = None
    in_reply_to_id: str | int | None = None
    quote_id: str | int | None = None
    quote: dict[str, Any] | None = None
    reblog: dict[str, Any] | None = None
    mentions: list[Any] | None = None
    tags: msgspec.Raw = msgspec.Raw(b"null")
    media_attachments: list[Any] | None = None
    poll: dict[str, Any] | None = None
    card: dict[str, Any] | None = None
    reblogs_count: int | None = None
    favourites_count: int | None = None
    replies_count: int | None = None


_ONE, _PAGE = msgspec.json.Decoder(Status), msgspec.json.Decoder(list[Status])
_FIELDS = {field.name: field.type for field in msgspec.structs.fields(Status)}


def page(body: bytes) -> Any:
    """Return a list of statuses from its JSON, or whatever else the JSON says; raises `ValueError` where it is none."""
    return _decoded(_PAGE, body)


def one(body: bytes) -> Any:
    """Return a status from its JSON, likewise."""
    return _decoded(_ONE, body)


def _decoded(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return orjson.loads(body)


def status(said: object) -> Status | None:
    """Return a status that was read as plain JSON, without what has another type; None where it is no object."""
    if isinstance(said, Status):
        return said
    if not isinstance(said, dict):
        return None
    return Status(**{name: _fitting(said[name], kind) for name, kind in _FIELDS.items() if name in said})


def _fitting(value: object, kind: Any) -> Any:
    try:
        return msgspec.Raw(orjson.dumps(value)) if kind is msgspec.Raw else msgspec.convert(value, kind)
    except (msgspec.ValidationError, orjson.JSONEncodeError, RecursionError):
        return msgspec.Raw(b"null") if kind is msgspec.Raw else None
