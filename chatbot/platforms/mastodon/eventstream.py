"""The bytes of an event stream as named events, and the frames of a WebSocket as the same. Pure.

However the bytes are cut into chunks, and whatever ends a line (`\\n`, `\\r\\n`, `\\r`), the events are the same. What
is too large is passed over whole, an event that was not finished when the connection ended is none, and no bytes are
fatal: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

LONGEST = 4 * 1024 * 1024  # bytes of one event
_BOM = b"\xef\xbb\xbf"


class Named(NamedTuple):
    """One event as a server sent it: its name and its data, nothing of which is understood yet."""

    name: bytes
    data: bytes


@dataclass(slots=True)
class EventStream:
    """Reads one connection's bytes, chunk after chunk."""

    _line: list[bytes] = field(default_factory=list)  # the pieces of a line that has not ended
    _line_size: int = 0
    _after_cr: bool = False  # a `\n` that comes next belongs to the end that was seen already
    _is_first: bool = True
    _name: bytes = b""
    _data: list[bytes] = field(default_factory=list)
    _size: int = 0  # of the event so far

    def feed(self, chunk: bytes) -> Iterator[Named]:
        """Yield the events that end in a chunk; heartbeats are comments and none."""
        if self._after_cr and chunk.startswith(b"\n"):
            chunk, self._after_cr = chunk[1:], False
        if not chunk:
            return
        self._after_cr = chunk.endswith(b"\r")
        *ended, rest = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for end in ended:
            event = self._take(self._whole_line(end))
            if event is not None:
                yield event
        self._keep(rest)

    def _keep(self, piece: bytes) -> None:
        """Keep a piece of an unfinished line; of one that is too long only its length."""
        self._line_size += len(piece)
        if self._line_size <= LONGEST:
            self._line.append(piece)
        else:
            self._line.clear()

    def _whole_line(self, end: bytes) -> bytes | None:
        """Return the line that ends here, or None when it is too long."""
        self._keep(end)
        line = b"".join(self._line) if self._line_size <= LONGEST else None
        self._line.clear()
        self._line_size = 0
        if self._is_first and line is not None:
            line = line.removeprefix(_BOM)
        self._is_first = False
        return line

    def _take(self, line: bytes | None) -> Named | None:
        """Add a line to the event under way; an empty line ends it."""
        if line is None:
            self._size = LONGEST + 1
        elif line:
            self._add(*line.split(b":", 1))
        else:
            return self._finished()
        return None

    def _add(self, name: bytes, value: bytes = b"") -> None:
        value = value.removeprefix(b" ")
        if name == b"event":
            self._name = value
        elif name == b"data":
            self._size += len(value) + 1
            if self._size <= LONGEST:
                self._data.append(value)

    def _finished(self) -> Named | None:
        event = Named(self._name, b"\n".join(self._data)) if self._name and self._size <= LONGEST else None
        self._name, self._size = b"", 0
        self._data.clear()
        return event


def event_in(frame: bytes | str) -> Named | None:
    """Read a WebSocket frame: `{"stream": […], "event": "update", "payload": "…"}`.

    The payload is JSON within JSON; Pleroma's own events bring an object in its place.
    """
    try:
        said = orjson.loads(frame)
        name = said.get("event") if isinstance(said, dict) else None
        payload = said.get("payload") if isinstance(name, str) else None
        data = payload.encode() if isinstance(payload, str) else orjson.dumps(payload)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):  # the latter of what is nested too deeply
        return None
    return Named(name.encode(), data) if isinstance(name, str) else None
