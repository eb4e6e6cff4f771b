"""Event streams: server-sent events and WebSockets, each only where a server has it (fact sheet A2b, C)."""

from __future__ import annotations

import json
import queue
import time
from typing import TYPE_CHECKING, Any

from tests.servers import websocket, words
from tests.servers.api.doors import door
from tests.servers.messages import Answer, Refusal, Request
from tests.servers.streams import Channel, Event, Listener

if TYPE_CHECKING:
    from tests.servers.server import Server

PATIENCE = 0.02  # seconds between two looks at what has arrived


@door("GET", "/api/v1/streaming/health")
def stream_health(server: Server, request: Request) -> Answer:
    return Answer(200, raw=b"OK", headers={"Content-Type": "text/plain"})


@door("GET", "/api/v1/streaming", "websocket")
def socket(server: Server, request: Request) -> Answer:
    """A WebSocket; what is asked for in the address, and by frames later."""
    if "websocket" not in server.personality.streams or "sec-websocket-key" not in request.headers:
        raise Refusal(404, server.personality.not_found)
    return Answer(101, talks=lambda connection: _Socket(server, request).talks(connection))


@door("GET", "/api/v1/streaming/user/notification", "server-sent events")
def notification_events(server: Server, request: Request) -> Answer:
    return events(server, request, "user/notification")


@door("GET", "/api/v1/streaming/:stream", "server-sent events")
def events(server: Server, request: Request, stream: str) -> Answer:
    if "sse" not in server.personality.streams:
        raise Refusal(404, server.personality.not_found)
    channel = _channel(request, stream, request.first("tag"))
    return Answer(200, talks=lambda connection: _events(server, request, channel, connection))


def _channel(request: Request, stream: str, tag: str) -> Channel:
    assert request.member is not None
    if stream == "hashtag":
        return ("hashtag", words.tag_name(tag))
    return (stream.replace("/", ":"), request.member.name)


def _events(server: Server, request: Request, channel: Channel, connection: Any) -> None:
    """`:)` at first, then events, and `:thump` every so often (A2b)."""
    assert request.member is not None
    listener = server.streams.open(request.member.name, channel)
    try:
        connection.send_response(200)
        connection.send_header("Content-Type", "text/event-stream")
        connection.send_header("Connection", "close")
        connection.end_headers()
        _say(connection, b":)\n")
        beat = time.monotonic()
        while not connection.ends():
            server.settle()
            heard = _next(listener)
            if heard is None:
                return
            if isinstance(heard, Event):
                _say(connection, heard.as_sse())
            elif heard:
                _say(connection, heard)
            if time.monotonic() - beat >= server.settings.heartbeat and not server.streams.is_silent:
                beat = time.monotonic()
                _say(connection, server.personality.heartbeat)
    finally:
        server.streams.close(listener)


def _next(listener: Listener, wait: float = PATIENCE) -> Event | bytes | None:
    try:
        return listener.heard.get(timeout=wait) if wait else listener.heard.get_nowait()
    except queue.Empty:
        return b""


def _say(connection: Any, content: bytes) -> None:
    connection.wfile.write(content)
    connection.wfile.flush()


class _Socket:
    """One WebSocket, which may listen to many streams (A2b)."""

    def __init__(self, server: Server, request: Request) -> None:
        assert request.member is not None
        self.server, self.request = server, request
        self.listener = server.streams.open(request.member.name)
        if request.first("stream"):
            self.listener.channels.add(_channel(request, request.first("stream"), request.first("tag")))

    def talks(self, connection: Any) -> None:
        connection.close_connection = True
        try:
            connection.send_response(101)
            connection.send_header("Upgrade", "websocket")
            connection.send_header("Connection", "Upgrade")
            connection.send_header("Sec-WebSocket-Accept", websocket.accept(self.request.headers["sec-websocket-key"]))
            connection.end_headers()
            connection.wfile.flush()
            self._converse(connection)
        finally:
            self.server.streams.close(self.listener)

    def _converse(self, connection: Any) -> None:
        incoming, beat = websocket.Incoming(connection.connection), time.monotonic()
        while not connection.ends():
            self.server.settle()
            for opcode, content in incoming.frames(PATIENCE):
                if opcode == websocket.CLOSE:
                    return
                if opcode == websocket.PING:
                    _say(connection, websocket.frame(content, websocket.PONG))
                if opcode == websocket.TEXT:
                    self._obey(connection, content)
            while (heard := _next(self.listener, 0)) != b"":
                if heard is None:
                    return
                _say(connection, websocket.frame(heard.as_frame() if isinstance(heard, Event) else heard))
            if time.monotonic() - beat >= self.server.settings.heartbeat and not self.server.streams.is_silent:
                beat = time.monotonic()
                _say(connection, websocket.frame(b"", websocket.PING))

    def _obey(self, connection: Any, content: bytes) -> None:
        """Subscribe or unsubscribe; Pleroma answers each with `pleroma:respond` (C)."""
        said = json.loads(content)
        channel = _channel(self.request, said["stream"], said.get("tag", ""))
        if said["type"] == "subscribe":
            self.listener.channels.add(channel)
        else:
            self.listener.channels.discard(channel)
        answer = self.server.shape.subscribed(said)
        if answer is not None:
            _say(connection, websocket.frame(json.dumps(answer).encode()))
