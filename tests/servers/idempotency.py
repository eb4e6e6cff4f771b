"""What servers make of an Idempotency-Key; each remembers in its own way, some not at all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.servers.messages import Answer, Lie, Refusal, Request

if TYPE_CHECKING:
    from tests.servers.server import Server

HOUR = timedelta(hours=1)
Act = Callable[[], Answer]


class Idempotency:
    """GoToSocial ignores the key; it stands in its CORS list only (fact sheet C)."""

    def around(self, server: Server, request: Request, act: Act) -> Answer:
        """Answer a writing, carrying it out or not."""
        return act()


@dataclass
class CheckThenAct(Idempotency):
    """Mastodon up to 4.5 and Hollo: looked up, then posted, without a lock (fact sheet A1, C).

    Two requests at a time make two posts: the hook "key looked up" is the window between. The key is kept after the
    post is, so that a crash between them (a hook at "post stored" that takes over) leaves a post and no key.
    """

    lasts: timedelta = HOUR
    made: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)

    def around(self, server: Server, request: Request, act: Act) -> Answer:
        if not (request.is_posting and request.key and request.member):
            return act()
        name = (request.member.name, request.key)
        before = self.made.get(name)
        server.hooks.meet("key looked up", request)
        if before is not None and server.now() - before[1] < self.lasts:
            return self.replay(server, request, before[0])
        answer = act()
        self.made[name] = (str(answer.json["id"]), server.now())  # type: ignore[index]
        return answer

    def replay(self, server: Server, request: Request, local_id: str) -> Answer:
        """Show the old post, whatever the new body says (A1)."""
        post = server.post(local_id)
        if post is None:
            raise Refusal(404, server.personality.not_found)
        return Answer(200, server.shape.status(post, request.member))


@dataclass
class LockedButBroken(CheckThenAct):
    """Mastodon 4.6.0 to 4.6.5: a lock, and a replay answers 500 though the post was made once (A1, #40399)."""

    waits: float = 5.0  # seconds for another holder of the lock, then 503
    _locks: dict[tuple[str, str], threading.Lock] = field(default_factory=dict)
    _door: threading.Lock = field(default_factory=threading.Lock)

    def around(self, server: Server, request: Request, act: Act) -> Answer:
        if not (request.is_posting and request.key and request.member):
            return act()
        with self._door:
            lock = self._locks.setdefault((request.member.name, request.key), threading.Lock())
        if not lock.acquire(timeout=self.waits):
            raise Refusal(503, {"error": "There was a temporary problem serving your request, please try again"})
        try:
            return super().around(server, request, act)
        finally:
            lock.release()

    def replay(self, server: Server, request: Request, local_id: str) -> Answer:
        return Answer(500, raw=b"<html><body>We're sorry, but something went wrong.</body></html>")


@dataclass
class GlobalCachedReplies(Idempotency):
    """Pleroma: every POST, PUT and PATCH; one key for all accounts; errors are kept and replayed; no lock (C)."""

    lasts: timedelta = timedelta(hours=6)
    answers: dict[str, tuple[Answer, datetime]] = field(default_factory=dict)

    def around(self, server: Server, request: Request, act: Act) -> Answer:
        if request.method == "DELETE" or not request.key:
            return act()
        before = self.answers.get(request.key)
        server.hooks.meet("key looked up", request)
        if before is not None and server.now() - before[1] < self.lasts:
            return before[0]
        try:
            answer = act()
        except (Refusal, Lie) as told:
            answer = told.answer
            if not answer.status:  # hung up: nothing was answered that could be kept
                raise
        self.answers[request.key] = (answer, server.now())
        return answer
