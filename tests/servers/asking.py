"""A plain client for the servers' own tests: one request, one reply, no library in between."""

from __future__ import annotations

import http.client
import json
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from tests.servers.server import Server
from tests.servers.truth import Member

Form = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What came back; `json` is None for what is no JSON."""

    status: int
    json: Any
    headers: dict[str, str]
    body: bytes

    @property
    def ids(self) -> list[str]:
        return [row["id"] for row in self.json]


def ask(
    who: Member | Server,
    path: str,
    form: Form | None = None,
    *,
    method: str | None = None,
    **headers: str,
) -> Reply:
    """Ask a server as somebody, or as a stranger if `who` is the server itself."""
    server = who if isinstance(who, Server) else who.server
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(who, Member):
        told["Authorization"] = f"Bearer {who.token}"
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        body = None if form is None else json.dumps(form)
        if body is not None:
            told["Content-Type"] = "application/json"
        connection.request(method or ("GET" if form is None else "POST"), path, body, told)
        response = connection.getresponse()
        content = response.read()
        return Reply(response.status, _json(content), dict(response.getheaders()), content)
    finally:
        connection.close()


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def posts(who: Member, text: str, key: str | None = None, **fields: Any) -> Reply:
    """Post something over HTTP."""
    form = {"status": text, "visibility": "public", **fields}
    return ask(who, "/api/v1/statuses", form, Idempotency_Key=key) if key else ask(who, "/api/v1/statuses", form)


def tagged(who: Member | Server, tag: str = "GardenChat", **params: Any) -> Reply:
    """Read a hashtag timeline."""
    return ask(who, f"/api/v1/timelines/tag/{quote(tag)}?{urlencode(params, doseq=True)}")


def below(who: Member | Server, local_id: str) -> list[str]:
    """Return the ids below a post."""
    return [row["id"] for row in ask(who, f"/api/v1/statuses/{local_id}/context").json["descendants"]]


# event streams


@contextmanager
def events(member: Member, path: str) -> Iterator[Iterator[bytes]]:
    """Listen to a stream of server-sent events: its lines, empty ones left out."""
    with socket.create_connection(("127.0.0.1", member.server.port), timeout=5) as sock, sock.makefile("rb") as lines:
        asked = f"GET {path} HTTP/1.1\r\nHost: home.test\r\nAuthorization: Bearer {member.token}\r\n\r\n"
        sock.sendall(asked.encode())
        head = list(iter(lines.readline, b"\r\n"))
        assert b"200" in head[0], head
        yield (line.strip() for line in lines if line.strip())


class Socket:
    """A WebSocket's client, as small as can be."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.lines = sock.makefile("rb")

    def says(self, **said: str) -> None:
        content = json.dumps(said).encode()
        assert len(content) < 126
        mask = b"\x01\x02\x03\x04"
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(content))
        self.sock.sendall(struct.pack("!BB", 0x81, 0x80 | len(content)) + mask + masked)

    def hears(self) -> tuple[int, bytes]:
        """Return opcode and content of the next frame; nothing at all is the connection's end."""
        head = self.lines.read(2)
        if len(head) < 2:
            return 8, b""
        size = head[1]
        if size > 125:
            size = int.from_bytes(self.lines.read(2 if size == 126 else 8), "big")
        return head[0] & 15, self.lines.read(size)

    def event(self) -> Form:
        """Return the next frame of text."""
        while (heard := self.hears())[0] != 1:
            assert heard[0] != 8, "the connection ended"
        found: Form = json.loads(heard[1])
        return found


@contextmanager
def websocket(member: Member, query: str = "") -> Iterator[Socket]:
    """Open a WebSocket, the token in its address as browsers do it."""
    with socket.create_connection(("127.0.0.1", member.server.port), timeout=5) as sock:
        asked = (
            f"GET /api/v1/streaming?access_token={member.token}{query} HTTP/1.1\r\nHost: home.test\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        sock.sendall(asked.encode())
        client = Socket(sock)
        with client.lines:
            head = list(iter(client.lines.readline, b"\r\n"))
            assert b"101" in head[0], head
            assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in head  # the example of RFC 6455
            yield client
