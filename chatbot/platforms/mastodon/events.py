"""The lines of an event stream as events of the port. Pure.

A stream is only a wake-up: what it says is never stored, so a broken event costs nothing but a later reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from chatbot.platforms.port import Deleted, Edited, Wake

LONGEST = 4 * 1024 * 1024  # bytes of one event


def lines_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut bytes into lines, whatever their ends (`\\n`, `\\r\\n`, `\\r`); one without end is dropped."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
        yield from (line.rstrip(b"\r") for line in lines)
        if len(rest) > LONGEST:
            rest = b""


def events_of(lines: Iterable[bytes]) -> Iterator[Wake | Edited | Deleted]:
    """Read events: heartbeats (`:thump`), unknown events and broken ones are passed over."""
    name, parts, size = b"", list[bytes](), 0
    for line in lines:
        if line:
            field, _, value = line.partition(b":")
            value = value.removeprefix(b" ")
            size += len(value)
            if field == b"event":
                name = value
            elif field == b"data" and size <= LONGEST:
                parts.append(value)
            continue
        event = _event(name, b"\n".join(parts))
        name, parts, size = b"", [], 0
        if event is not None:
            yield event


def _event(name: bytes, payload: bytes) -> Wake | Edited | Deleted | None:
    if name in (b"update", b"notification", b"conversation", b"notifications_merged"):
        return Wake()
    if name == b"delete":
        return _deleted(payload)
    if name in (b"status.update", b"status_update"):
        return _edited(payload)
    return None


def _deleted(payload: bytes) -> Deleted | None:
    """Read an id: bare decimal digits of Mastodon, a ULID of GoToSocial, or either in quotation marks."""
    local_id = payload.decode("utf-8", "replace").strip().strip('"')
    return Deleted(local_id) if local_id.isalnum() and len(local_id) <= 100 else None


def _edited(payload: bytes) -> Edited | Wake | None:
    try:
        status = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return Wake()  # something was edited: reading again will tell what
    local_id = status.get("id") if isinstance(status, dict) else None
    return Edited(local_id) if isinstance(local_id, str) else Wake()
