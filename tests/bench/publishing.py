"""A server for the stream benchmark: it publishes statuses on one hashtag stream and notes when.

    python -m tests.bench.publishing EVENTS EACH_MS

It prints its port first. When somebody opens a stream of a hashtag, it waits half a second and sends the events, one
each so many milliseconds, or as fast as they go for 0; other streams hear only heartbeats. It prints the instants
(CLOCK_MONOTONIC) when its input ends.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time

import orjson

from tests.bench import statuses

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nConnection: close\r\n%s\r\n"


def main() -> None:
    """Serve until the input ends."""
    events = _events(int(sys.argv[1]))
    each, instants = float(sys.argv[2]) / 1000, list[float]()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        threading.Thread(target=_accept, args=(listening, events, each, instants), daemon=True).start()
        sys.stdin.read()
    print(json.dumps(instants))


def _events(count: int) -> list[bytes]:
    found = (status for page in statuses.pages(count) for status in orjson.loads(page))
    return [b"event: update\ndata: " + orjson.dumps(status) + b"\n\n" for status in found]


def _accept(listening: socket.socket, events: list[bytes], each: float, instants: list[float]) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(connection, events, each, instants), daemon=True).start()


def _serve(connection: socket.socket, events: list[bytes], each: float, instants: list[float]) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection:
        asked = b""
        while b"\r\n\r\n" not in asked:
            asked += connection.recv(65536)
        path = asked.split(b" ", 2)[1].decode()
        try:
            if path.startswith("/api/v1/streaming/"):
                _stream(connection, events if "/hashtag" in path else [], each, instants)
            else:
                body = _answer(path, asked)
                length = b"Content-Length: %d\r\n" % len(body)
                connection.sendall(_HEAD % (b"application/json", length) + body)
        except OSError:
            return


def _stream(connection: socket.socket, events: list[bytes], each: float, instants: list[float]) -> None:
    connection.sendall(_HEAD % (b"text/event-stream", b"") + b":)\n")
    time.sleep(0.5)
    began = time.monotonic()
    for number, event in enumerate(events):
        time.sleep(max(began + number * each - time.monotonic(), 0) if each else 0)
        instants.append(time.monotonic())
        connection.sendall(event)
    while True:
        connection.sendall(b":thump\n")
        time.sleep(1)


def _answer(path: str, asked: bytes) -> bytes:
    url = "ws://" + asked.lower().partition(b"host: ")[2].partition(b"\r\n")[0].decode()
    if path.startswith("/api/v1/instance"):
        return orjson.dumps({"uri": "home.test", "version": "4.6.4", "urls": {"streaming_api": url}})
    if path.startswith("/api/v2/instance"):
        urls = {"urls": {"streaming": url}}
        return orjson.dumps({"domain": "home.test", "version": "4.6.4", "configuration": urls})
    if path.startswith("/api/v1/accounts/verify_credentials"):
        return orjson.dumps({"id": "1", "username": "bot", "acct": "bot", "url": "https://home.test/@bot"})
    return b"[]"


if __name__ == "__main__":
    main()
