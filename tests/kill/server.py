"""A tiny server that speaks as much of the Mastodon API as a lane needs, ignores idempotency keys, and misbehaves.

Each posting meets the next of the given faults:

    kill-on-arrival     the poster is killed when its request arrives; the request is carried out all the same
    kill-late           the same, and it is carried out only a while later
    kill-refused        the poster is killed when its request arrives; nothing is carried out
    kill-when-stored    the poster is killed when the post is made, before a byte of the answer
    kill-half-answer    the poster is killed in the middle of the answer
    lose                the post is made, the connection is closed without an answer
    lose-late           the same, and the post is made only a while later
    500-after, 500-before    the answer is a 500, the post made or not
    429                 not now
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

LATE = 0.5  # seconds; less than the lane's `settle_after`


class TinyServer:
    """The server's side of the truth: `statuses` in the order they were made."""

    def __init__(self, faults: list[str], kill: Callable[[], None]) -> None:
        self.faults = list(faults)
        self.kill = kill
        self.statuses: list[dict[str, Any]] = []
        self.lock = threading.Lock()
        tiny = self

        class Handler(_Handler):
            server_state = tiny

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> TinyServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def next_fault(self) -> str:
        with self.lock:
            return self.faults.pop(0) if self.faults else ""

    def make(self, form: dict[str, list[str]]) -> dict[str, Any]:
        """Make a post, whatever the idempotency key."""
        with self.lock:
            number = str(100_000 + len(self.statuses))
            status = {
                "id": number,
                "uri": f"{self.url}/users/bot/statuses/{number}",
                "url": f"{self.url}/@bot/{number}",
                "created_at": datetime.now(UTC).isoformat(),
                "in_reply_to_id": form.get("in_reply_to_id", [None])[0],
                "visibility": form.get("visibility", ["public"])[0],
                "content": f"<p>{form['status'][0]}</p>",
                "spoiler_text": "",
                "account": self.account(),
                "mentions": [],
                "tags": [],
                "media_attachments": [],
            }
            self.statuses.append(status)
            return status

    def account(self) -> dict[str, Any]:
        return {
            "id": "7",
            "acct": "bot",
            "username": "bot",
            "display_name": "Bot",
            "url": f"{self.url}/@bot",
            "uri": f"{self.url}/users/bot",
            "note": "",
            "bot": True,
        }

    def texts(self) -> list[str]:
        """Return what a visitor sees, in order."""
        with self.lock:
            return [status["content"][3:-4] for status in self.statuses]


class _Handler(BaseHTTPRequestHandler):
    server_state: TinyServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        state = self.server_state
        if parts.path == "/api/v1/accounts/verify_credentials":
            self._answer(200, state.account())
        elif parts.path == "/api/v1/accounts/7/statuses":
            before = parse_qs(parts.query).get("max_id", ["999999999"])[0]
            with state.lock:
                page = [status for status in reversed(state.statuses) if int(status["id"]) < int(before)][:40]
            self._answer(200, page)
        elif parts.path == "/api/v2/instance":
            self._answer(200, {"domain": "tiny.test"})
        elif parts.path.startswith("/api/v1/statuses/"):
            with state.lock:
                found = [status for status in state.statuses if status["id"] == parts.path.rsplit("/", 1)[1]]
            self._answer(200, found[0]) if found else self._answer(404, {"error": "Record not found"})
        else:
            self._answer(404, {"error": "Record not found"})

    def do_DELETE(self) -> None:
        with self.server_state.lock:
            number = self.path.rsplit("/", 1)[1]
            self.server_state.statuses[:] = [s for s in self.server_state.statuses if s["id"] != number]
        self._answer(200, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = parse_qs(body)
        state, fault = self.server_state, self.server_state.next_fault()
        if fault.startswith("kill-") and fault not in ("kill-when-stored", "kill-half-answer"):
            state.kill()
        if fault.endswith("late"):
            time.sleep(LATE)
        if fault == "429":
            self._answer(429, {"error": "Too many requests"})
        elif fault == "500-before":
            self._answer(500, {"error": "Internal error"})
        elif fault == "kill-refused":
            self.close_connection = True
        else:
            self._make(form, fault)

    def _make(self, form: dict[str, list[str]], fault: str) -> None:
        state = self.server_state
        status = state.make(form)
        if fault == "kill-when-stored":
            state.kill()
        if fault.startswith("lose") or fault in ("kill-on-arrival", "kill-late", "kill-when-stored"):
            self.close_connection = True
        elif fault == "500-after":
            self._answer(500, {"error": "Internal error"})
        elif fault == "kill-half-answer":
            self._answer(200, status, cut=True)
        else:
            self._answer(200, status)

    def _answer(self, code: int, value: object, *, cut: bool = False) -> None:
        body = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not cut:
            self.wfile.write(body)
            return
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        self.server_state.kill()
        self.close_connection = True
