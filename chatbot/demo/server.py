"""The demo's Mastodon-API server: `mastodon_mock` in this process, behind bad weather that can be ordered.

The weather is what real servers do (`platforms.md` A1): a post is made and the answer is lost, or the server is so
slow that nothing comes through at all.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import unquote_plus

from chatbot.core.errors import ChatbotError
from chatbot.demo.people import BOT, BY_USER, MEMBERS

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass
class Weather:
    """What happens to the bot's next post whose text holds some words: once each, and only to the bot."""

    app: Callable[[Scope, Receive, Send], Awaitable[None]]
    ahead: dict[str, tuple[Literal["lose the answer", "slow"], timedelta]] = field(default_factory=dict)
    happened: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless the weather has something else in store for it."""
        if not self._is_the_bots_post(scope):
            await self.app(scope, receive, send)
            return
        body = await _whole_body(receive)
        text = unquote_plus(body.decode("utf-8", "replace"))
        word = next((word for word in self.ahead if word in text), None)
        if word is None:
            await self.app(scope, _again(body, then=receive), send)
            return
        what, takes = self.ahead.pop(word)
        self.happened.append(f"{word}: {what}")
        if what == "lose the answer":
            lost = _Lost()
            await self.app(scope, _again(body, then=lost.over), lost.send)
        else:
            await asyncio.sleep(takes.total_seconds())
        await send({"type": "http.response.start", "status": 502, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": b"<html>Bad gateway</html>"})

    def _is_the_bots_post(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"].rstrip("/") != "/api/v1/statuses":
            return False
        return dict(scope["headers"]).get(b"authorization") == b"Bearer " + BY_USER[BOT].token.encode()


async def _whole_body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return body


def _again(body: bytes, then: Receive) -> Receive:
    """Hand a body out once more, and afterwards whatever comes next."""
    ahead = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> MutableMapping[str, Any]:
        return ahead.pop() if ahead else await then()

    return receive


class _Lost:
    """An answer that reaches nobody: the app sends it, and is then told that nobody listens any more."""

    def __init__(self) -> None:
        self._sent = asyncio.Event()

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Drop a part of the answer."""
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._sent.set()

    async def over(self) -> MutableMapping[str, Any]:
        """Say that the connection is gone, once the answer is."""
        await self._sent.wait()
        return {"type": "http.disconnect"}


class DemoServer:
    """The embedded server on a free port of this machine's loopback; a context manager."""

    def __init__(self) -> None:
        try:
            import uvicorn
            from mastodon_mock.app import create_app
            from mastodon_mock.config import (
                DatabaseConfig,
                MastodonMockConfig,
                SeedAccount,
                SeedConfig,
                StreamingConfig,
            )
        except ImportError as error:
            raise ChatbotError(
                "The demo needs a server to talk to, which is not installed. Install it with:"
                " pip install 'chatbot[demo]' (or run: uv run --no-dev --extra demo chatbot demo)."
            ) from error
        people = [
            SeedAccount(
                username=m.user, domain=m.domain, display_name=m.name, note=m.bio, bot=m.bot, access_token=m.token
            )
            for m in MEMBERS
        ]
        app = create_app(
            MastodonMockConfig(
                database=DatabaseConfig(path=":memory:"),
                seed=SeedConfig(accounts=people),
                streaming=StreamingConfig(heartbeat_seconds=0.5),
            )
        )
        self.weather = Weather(app)
        self._server = uvicorn.Server(
            uvicorn.Config(self.weather, host="127.0.0.1", port=0, log_level="critical", timeout_graceful_shutdown=1)
        )
        self._thread = threading.Thread(target=self._server.run, name="demo-server", daemon=True)
        self.url = ""

    def __enter__(self) -> DemoServer:
        """Start, and wait until it answers."""
        self._thread.start()
        give_up = time.monotonic() + 20
        while not self._server.started:
            if time.monotonic() > give_up or not self._thread.is_alive():
                raise ChatbotError("The demo's server did not start. Try again; nothing was changed.")
            time.sleep(0.02)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        """Stop; open streams are cut after a second."""
        self._server.should_exit = True
        self._thread.join(timeout=5)
