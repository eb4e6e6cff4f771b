"""A small GoToSocial without streams, and answers to be given instead of its true ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tests.fakes import FixedClock
from tests.servers import GOTOSOCIAL, Answer, Request, Server
from tests.servers.personalities.gotosocial import GoToSocialShape
from tests.servers.truth import Wording

Json = dict[str, Any]
TOKENS = {"bot-token": "gardenbot", "ana-token": "ana"}


class _Shape(GoToSocialShape):
    def instance(self) -> Json:
        said = super().instance()
        del said["configuration"]["urls"]["streaming"]
        return said


@dataclass
class Fault:
    """An answer to the next `times` requests to a path that begins so; `done_first` does the work and then lies."""

    path: str
    act: Callable[[Any], None]
    times: int = 1
    done_first: bool = False
    method: str | None = None

    def fits(self, request: Request) -> bool:
        return request.target.startswith(self.path) and self.method in (None, request.method)


@dataclass
class SmallServer:
    """What a test says and asks of the server; `asked` are the requests it got, in order."""

    server: Server
    clock: FixedClock | None = None
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        for token, name in TOKENS.items():
            self.server.member(name, token=token)
        self.server.when("request received", lambda request: self._lie(request, done_first=False))
        self.server.when("answer ready", lambda request: self._lie(request, done_first=True))

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def headers(self) -> dict[str, str]:
        """Headers of every answer."""
        return self.server.settings.headers

    @headers.setter
    def headers(self, headers: dict[str, str]) -> None:
        self.server.settings.headers = headers

    @property
    def asked(self) -> list[tuple[str, str, dict[str, str], bytes]]:
        return [(one.method, one.target, _titled(one.headers), one.body) for one in self.server.requests]

    @property
    def statuses(self) -> dict[str, Json]:
        return {post.local_id: self.server.shape.status(post, post.author) for post in self.server.posts}

    def paths(self) -> list[str]:
        return [f"{method} {path}" for method, path, _, _ in self.asked]

    def post(self, name: str, body: Json) -> Json:
        author = self.server.member(name)
        self._tick()
        made = self.server.publish(author, Wording(body["status"], body.get("visibility")))
        return self.server.shape.status(made, author)

    def _tick(self) -> None:
        if self.clock is not None:
            self.clock.forward(seconds=1)

    def _lie(self, request: Request, *, done_first: bool) -> Answer | None:
        if request.is_posting and not done_first:
            self._tick()
        fault = next((fault for fault in self.faults if fault.fits(request)), None)
        if fault is None or fault.done_first != done_first:
            return None
        fault.times -= 1
        if fault.times <= 0:
            self.faults.remove(fault)
        return Answer(talks=fault.act)


def _titled(headers: dict[str, str]) -> dict[str, str]:
    return {name.title(): value for name, value in headers.items()}


# ways to lie


def answers(status: int, body: object = b"", headers: dict[str, str] | None = None) -> Callable[[Any], None]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda handler: handler.write(Answer(status, raw=content, headers=headers or {}))


def hangs_up(handler: Any) -> None:
    handler.close_connection = True


def drips(seconds_each: float) -> Callable[[Any], None]:
    """Answer a byte at a time, each well within any timeout of a single read."""
    return lambda handler: handler.write(Answer(200, raw=b" " * 100_000, drip=seconds_each))


def cut_short(body: bytes) -> Callable[[Any], None]:
    return lambda handler: handler.write(Answer(200, raw=body + b" " * len(body), cut=True))


@contextmanager
def running(now: FixedClock | None = None) -> Iterator[SmallServer]:
    """Run a server for a while."""
    clock = now or (lambda: datetime.now(UTC))
    with Server(replace(GOTOSOCIAL, shape=_Shape), "garden.test", clock=clock) as server:
        yield SmallServer(server, now)


def ticking() -> FixedClock:
    """A clock that is a second later with each post."""
    return FixedClock("2026-12-01 20:00")
