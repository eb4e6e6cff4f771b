"""Frames of a WebSocket, however they are cut on the way."""

from __future__ import annotations

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.servers import websocket


def masked(content: bytes, mask: bytes) -> bytes:
    """Write a frame as clients do."""
    size = len(content)
    if size < 126:
        head = struct.pack("!BB", 0x81, 0x80 | size)
    elif size < 65536:
        head = struct.pack("!BBH", 0x81, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", 0x81, 0x80 | 127, size)
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(content))


def heard(sent: bytes, cut: int) -> list[tuple[int, bytes]]:
    """Send bytes in pieces and return the frames that arrive, the last of them the connection's end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        incoming, frames = websocket.Incoming(ours), list[tuple[int, bytes]]()
        for start in range(0, len(sent), cut):
            theirs.sendall(sent[start : start + cut])
            frames += incoming.frames(0)
        theirs.close()
        while not frames or frames[-1][0] != websocket.CLOSE:
            frames += incoming.frames(1)
    return frames


@given(
    contents=st.lists(st.binary(max_size=300), max_size=4),
    mask=st.binary(min_size=4, max_size=4),
    cut=st.integers(1, 700),
)
def test_what_clients_send_is_read_however_it_is_cut(contents: list[bytes], mask: bytes, cut: int) -> None:
    sent = b"".join(masked(content, mask) for content in contents)

    assert [*((websocket.TEXT, content) for content in contents), (websocket.CLOSE, b"")] == heard(sent, cut)


@pytest.mark.parametrize("size", [125, 126, 65535, 65536])
def test_frames_of_every_length_are_read(size: int) -> None:
    content = b"x" * size

    assert (websocket.TEXT, content) == heard(masked(content, b"mask"), 4096)[0]


@pytest.mark.parametrize(("size", "head"), [(125, 2), (126, 4), (65535, 4), (65536, 10)])
def test_frames_of_every_length_are_written(size: int, head: int) -> None:
    assert size + head == len(websocket.frame(b"x" * size))
