"""A server in a process of its own that notes, by a post's first word, when the first byte of its request arrived.

    python -m tests.bench.stamping        prints its port, answers until its standard input ends, prints the instants

It speaks as much of the Mastodon API as a lane needs. An instant is the wall clock's, so that a sender on the same
machine can compare it with the instant at which a post was due.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

_BOT = {"id": "7", "acct": "bot", "username": "bot", "display_name": "Bot", "url": "http://s.test/@bot", "note": ""}
_STATUS: dict[str, Any] = {"mentions": [], "tags": [], "media_attachments": [], "spoiler_text": "", "account": _BOT}


class Stamping(asyncio.Protocol):
    """One connection: requests come one after the other, as one client sends them."""

    statuses: list[dict[str, Any]] = []  # noqa: RUF012 - one server a process
    instants: dict[str, float] = {}  # noqa: RUF012

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.came, self.first = transport, b"", 0.0

    def data_received(self, data: bytes) -> None:
        if not self.came:
            self.first = time.time()
        self.came += data
        head, gap, body = self.came.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        if gap and len(body) >= int(headers.get("content-length", 0)):
            self.came = b""
            method, path, _ = lines[0].split(" ")
            self._say(self._answer(method, path, body.decode()))

    def _answer(self, method: str, path: str, body: str) -> object:
        if method == "POST":
            text = parse_qs(body)["status"][0]
            self.instants.setdefault(text.split()[0], self.first)
            return self._made(text)
        if path.startswith("/api/v1/accounts/7/statuses"):
            before = int(parse_qs(urlsplit(path).query).get("max_id", ["999999999"])[0])
            return [one for one in reversed(self.statuses[-90:]) if int(one["id"]) < before][:40]
        return _BOT if path.endswith("verify_credentials") else {"domain": "s.test"}

    def _made(self, text: str) -> dict[str, Any]:
        number = str(100_000 + len(self.statuses))
        address = {"uri": f"http://s.test/{number}", "url": f"http://s.test/@bot/{number}", "visibility": "public"}
        made = {"id": number, **address, **_STATUS, "content": f"<p>{text}</p>"}
        self.statuses.append({**made, "created_at": datetime.now(UTC).isoformat()})
        return self.statuses[-1]

    def _say(self, answer: object) -> None:
        body = json.dumps(answer).encode()
        kind = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        self.transport.write(kind % len(body) + body)


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Stamping, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(json.dumps(Stamping.instants), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve())
