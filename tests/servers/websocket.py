"""The server's side of a WebSocket (RFC 6455): as much of it as event streams need."""

from __future__ import annotations

import base64
import hashlib
import select
import socket
import struct
from dataclasses import dataclass, field

_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


def accept(key: str) -> str:
    """Return what a server answers to a client's key."""
    return base64.b64encode(hashlib.sha1((key + _MAGIC).encode(), usedforsecurity=False).digest()).decode()


def frame(content: bytes, opcode: int = TEXT) -> bytes:
    """Return one whole frame; servers do not mask."""
    size = len(content)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, size)
    elif size < 65536:
        head = struct.pack("!BBH", 0x80 | opcode, 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 127, size)
    return head + content


@dataclass
class Incoming:
    """What a client sends, cut into frames as it comes in."""

    sock: socket.socket
    _rest: bytes = field(default=b"", repr=False)

    def frames(self, wait: float) -> list[tuple[int, bytes]]:
        """Wait a little for frames; a connection that ended is a close."""
        if select.select([self.sock], [], [], wait)[0]:
            heard = self.sock.recv(65536)
            if not heard:
                return [(CLOSE, b"")]
            self._rest += heard
        found = []
        while (cut := _first(self._rest)) is not None:
            opcode, content, self._rest = cut
            found.append((opcode, content))
        return found


def _first(data: bytes) -> tuple[int, bytes, bytes] | None:
    """Return opcode, content and the rest behind the first whole frame; clients mask theirs."""
    if len(data) < 2:
        return None
    opcode, size, at = data[0] & 15, data[1] & 127, 2
    if size == 126:
        at, size = 4, int.from_bytes(data[2:4], "big")
    elif size == 127:
        at, size = 10, int.from_bytes(data[2:10], "big")
    mask, start = data[at : at + 4], at + 4
    if len(data) < start + size:
        return None
    content = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data[start : start + size]))
    return opcode, content, data[start + size :]
