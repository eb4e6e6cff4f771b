"""A small server with GoToSocial's character: what differs from Mastodon, differs here.

ULIDs; no `uri` of accounts; no look-up of several posts; no idempotency; replies are in no hashtag timeline; no event
stream; accounts are named without their host at home. `faults` are answers to be given instead of the true ones.
"""

from __future__ import annotations

import html
import itertools
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Json = dict[str, Any]
TOKENS = {"bot-token": "gardenbot", "ana-token": "ana"}
PUBLIC = ("public", "unlisted")


@dataclass
class Fault:
    """An answer to the next `times` requests to a path that begins so; `done_first` does the work and then lies."""

    path: str
    act: Callable[[Any], None]
    times: int = 1
    done_first: bool = False
    method: str | None = None


@dataclass
class SmallServer:
    """The server's memory; `asked` are the requests it got, in order."""

    statuses: dict[str, Json] = field(default_factory=dict)
    media: dict[str, Json] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    url: str = ""
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def paths(self) -> list[str]:
        return [f"{method} {path}" for method, path, _, _ in self.asked]

    def id(self) -> str:
        return f"01M80RW{next(self._ids):019d}"

    def account(self, name: str) -> Json:
        url = f"https://garden.test/@{name}"
        return {"id": f"01ACC{name.upper():0>21}", "username": name, "acct": name, "url": url, "note": "", "bot": False}

    def post(self, name: str, body: Json) -> Json:
        local_id = self.id()
        words = str(body.get("status", ""))
        page = f"https://garden.test/@{name}/statuses/{local_id}"
        made = {
            "id": local_id,
            "created_at": self.now().isoformat().replace("+00:00", "Z"),
            "in_reply_to_id": body.get("in_reply_to_id"),
            "uri": f"https://garden.test/users/{name}/statuses/{local_id}",
            "url": page,
            "visibility": body.get("visibility", "unlisted"),
            "language": body.get("language", "en"),
            "spoiler_text": body.get("spoiler_text", ""),
            "account": self.account(name),
            "content": self.content(words),
            "tags": [{"name": tag.lower()} for tag in re.findall(r"#(\w+)", words)],
            "mentions": [self.mention(user) for user in re.findall(r"@(\w+)", words) if user in TOKENS.values()],
            "media_attachments": [self.media[one] for one in body.get("media_ids", [])],
            "edited_at": None,
        }
        self.statuses[local_id] = made
        return made

    def content(self, words: str) -> str:
        return f"<p>{re.sub(r'#(?P<tag>[A-Za-z]+)', self.tag, html.escape(words))}</p>"

    def tag(self, match: re.Match[str]) -> str:
        href = f"https://garden.test/tags/{match['tag'].lower()}"
        return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{match["tag"]}</span></a>'

    def mention(self, name: str) -> Json:
        return {"id": self.account(name)["id"], "username": name, "acct": name, "url": f"https://garden.test/@{name}"}

    def newest(self, query: dict[str, list[str]]) -> list[Json]:
        before, limit = query.get("max_id", ["~"])[0], int(query.get("limit", ["20"])[0])
        return [s for s in sorted(self.statuses.values(), key=lambda s: s["id"], reverse=True) if s["id"] < before][
            :limit
        ]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # one packet an answer
    memory: SmallServer

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.memory.asked.append((self.command, self.path, dict(self.headers), body))
        fault = next(
            (f for f in self.memory.faults if self.path.startswith(f.path) and f.method in (None, self.command)), None
        )
        if fault is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.memory.faults.remove(fault)
            if fault.done_first:
                self.true_answer(body)
            fault.act(self)
            return
        self.answer(*self.true_answer(body))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any

    def answer(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **self.memory.headers, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def true_answer(self, body: bytes) -> tuple[int, object]:
        parts = urlsplit(self.path)
        path, query = unquote(parts.path), parse_qs(parts.query)
        if path == "/api/v2/instance":
            return 200, {
                "domain": "garden.test",
                "version": "0.20.0",
                "configuration": {"statuses": {"max_characters": 5000}},
            }
        me = TOKENS.get(self.headers.get("Authorization", "").removeprefix("Bearer "))
        if me is None:
            return 401, {"error": "Unauthorized: token not supplied"}
        return self.signed_in(me, path, query, self.form(body))

    def form(self, body: bytes) -> Json:
        if "json" in self.headers.get("Content-Type", ""):
            parsed: Json = json.loads(body)
            return parsed
        pairs = parse_qs(body.decode("utf-8", "replace"))
        return {k.removesuffix("[]"): (v if k.endswith("[]") else v[0]) for k, v in pairs.items()}

    def signed_in(self, me: str, path: str, query: dict[str, list[str]], body: Json) -> tuple[int, object]:
        memory = self.memory
        if path == "/api/v1/accounts/verify_credentials":
            return 200, {**memory.account(me), "source": {"note": ""}}
        if path == "/api/v1/accounts/lookup":
            name = query["acct"][0]
            return (200, memory.account(name)) if name in TOKENS.values() else (404, {"error": "Not Found"})
        if path.endswith("/statuses") and path.startswith("/api/v1/accounts/"):
            own = [s for s in memory.newest(query) if s["account"]["id"] == path.split("/")[4]]
            return 200, [s for s in own if s["visibility"] in PUBLIC or s["account"]["username"] == me]
        if path.startswith("/api/v1/timelines/tag/"):
            tag = path.rpartition("/")[2].lower()
            return 200, [
                s
                for s in memory.newest(query)
                if s["visibility"] == "public" and not s["in_reply_to_id"] and {"name": tag} in s["tags"]
            ]
        if path == "/api/v1/notifications":
            named = [s for s in memory.newest(query) if me in [m["username"] for m in s["mentions"]]]
            return 200, [{"id": s["id"], "type": "mention", "created_at": s["created_at"], "status": s} for s in named]
        if path == "/api/v2/search":
            found = [s for s in memory.statuses.values() if query["q"][0] in (s["uri"], s["url"])]
            return 200, {"statuses": found, "accounts": [], "hashtags": []}
        if path == "/api/v2/media":
            made: Json = {"id": memory.id(), "type": "image", "url": "https://garden.test/1.png", "description": None}
            memory.media[made["id"]] = made
            return 200, made
        if path.startswith("/api/v1/statuses"):
            return self.status(me, path, body)
        return 404, {"error": "Not Found"}

    def status(self, me: str, path: str, body: Json) -> tuple[int, object]:
        memory, parts = self.memory, path.split("/")
        if len(parts) == 4:
            if self.command != "POST":
                return 405, {"status": 405, "text": "405 method not allowed"}
            if body.get("in_reply_to_id") and body["in_reply_to_id"] not in memory.statuses:
                return 404, {"error": "Not Found: target status not found"}
            return 200, memory.post(me, body)
        status = memory.statuses.get(parts[4])
        if status is None:
            return 404, {"error": "Not Found: target status not found"}
        if path.endswith("/context"):
            return 200, {"ancestors": [], "descendants": self.below(status["id"])}
        if self.command == "DELETE":
            return 200, memory.statuses.pop(status["id"])
        if self.command == "PUT":
            status |= {
                "content": memory.content(body["status"]),
                "spoiler_text": body.get("spoiler_text", ""),
                "media_attachments": [memory.media[one] for one in body.get("media_ids", [])],
                "poll": body.get("poll"),
                "edited_at": memory.now().isoformat(),
            }
        return 200, status

    def below(self, local_id: str) -> list[Json]:
        replies = [s for s in self.memory.statuses.values() if s["in_reply_to_id"] == local_id]
        return [found for reply in replies for found in (reply, *self.below(reply["id"]))]


# ways to lie


def answers(status: int, body: object = b"", headers: dict[str, str] | None = None) -> Callable[[Any], None]:
    return lambda handler: handler.answer(status, body, headers)


def hangs_up(handler: Any) -> None:
    handler.close_connection = True


def drips(seconds_each: float) -> Callable[[Any], None]:
    """Answer a byte at a time, each well within any timeout of a single read."""

    def act(handler: Any) -> None:
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        try:
            for _ in range(60):
                handler.wfile.write(b" ")
                handler.wfile.flush()
                time.sleep(seconds_each)
        except OSError:
            return

    return act


def cut_short(body: bytes) -> Callable[[Any], None]:
    def act(handler: Any) -> None:
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body) + 50))
        handler.end_headers()
        handler.wfile.write(body)

    return act


@contextmanager
def running(**changes: Any) -> Iterator[SmallServer]:
    """Run a server for a while."""
    memory = SmallServer(**changes)
    handler = type("Handler", (_Handler,), {"memory": memory})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        memory.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield memory
        finally:
            server.shutdown()
            thread.join()


def ticking(start: str = "2026-12-01T20:00:00+00:00") -> Callable[[], datetime]:
    """A clock that is a second later each time it is asked."""
    at = [datetime.fromisoformat(start)]

    def now() -> datetime:
        at[0] += timedelta(seconds=1)
        return at[0]

    return now
