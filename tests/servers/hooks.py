"""Moments of a request at which a test may step in: look, kill somebody, or answer in the server's place."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tests.servers.messages import Answer, Lie, Request

Moment = Literal["request received", "key looked up", "post stored", "answer ready", "answer half sent", "answer sent"]
Do = Callable[[Request], Answer | None]


@dataclass
class Hook:
    """Something to do at a moment, for requests that fit, so many times (None: always)."""

    moment: Moment
    do: Do
    method: str | None = None
    path: str = ""
    times: int | None = None

    def fits(self, moment: Moment, request: Request) -> bool:
        return (
            moment == self.moment
            and self.method in (None, request.method)
            and request.path.startswith(self.path)
            and self.times != 0
        )


class Hooks:
    """The hooks of one server, in the order they were set; the first that answers wins."""

    def __init__(self) -> None:
        self._hooks: list[Hook] = []
        self._lock = threading.Lock()

    def add(self, hook: Hook) -> Hook:
        with self._lock:
            self._hooks.append(hook)
        return hook

    def remove(self, hook: Hook) -> None:
        with self._lock:
            self._hooks.remove(hook)

    def _taken(self, moment: Moment, request: Request) -> list[Hook]:
        with self._lock:
            found = [hook for hook in self._hooks if hook.fits(moment, request)]
            for hook in found:
                hook.times = hook.times and hook.times - 1
        return found

    def waits_for(self, moment: Moment, request: Request) -> bool:
        """Whether anybody wants to know of this moment."""
        with self._lock:
            return any(hook.fits(moment, request) for hook in self._hooks)

    def ask(self, moment: Moment, request: Request) -> Answer | None:
        """Do what was to be done; returns an answer if a hook gave one."""
        answers = [hook.do(request) for hook in self._taken(moment, request)]
        return next((answer for answer in answers if answer is not None), None)

    def meet(self, moment: Moment, request: Request) -> None:
        """The same in the middle of the work, which ends if a hook answers."""
        answer = self.ask(moment, request)
        if answer is not None:
            raise Lie(answer)
