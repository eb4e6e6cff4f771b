"""Who kills, and when: two thirds at a moment of the server's own, the rest at any.

The moments are chosen so that every state of the outbox is met: the one that was met least comes next.
"""

from __future__ import annotations

import json
import random
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.chaos.program import Program
from tests.servers import HANG_UP, Answer, Request, Server
from tests.servers.hooks import Moment

STATES = ("waiting", "sending", "unknown", "sent")
_POSTING: tuple[Moment, ...] = ("request received", "post stored", "answer ready", "answer half sent", "answer sent")
_CUES = "SELECT state, draft FROM outbox WHERE kind NOT IN ('notice', 'reply', 'edit')"


def in_hand(database: Path, text: str | None = None) -> str:
    """Return the state of the cue that was being dealt with: the one with this text, or the one furthest on its way."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(database, timeout=0.2)) as conn:
        cues = conn.execute(_CUES).fetchall()
        told = [state for state, draft in cues if text is not None and json.loads(draft)["text"] == text]
        states = told or [state for state, _ in cues]
        return next((state for state in ("sending", "unknown", "waiting") if state in states), "sent")
    return "waiting"


@dataclass(frozen=True)
class Plan:
    """The next kill: a state that is to be met (None: any), and what the server is doing then."""

    state: str | None
    moment: str
    is_carried_out: bool = True

    def fits(self, moment: str, request: Request, database: Path) -> bool:
        """Whether this is the moment."""
        if moment != self.moment or self.state is None:
            return moment == self.moment
        if self.state in ("sending", "sent"):
            return request.is_posting and request.form.get("visibility") != "direct"
        return request.method == "GET" and in_hand(database) == self.state


class Killer:
    """Kills a program so many times, as a night goes on."""

    def __init__(self, program: Program, server: Server, chance: random.Random, met: Counter[str]) -> None:
        self.program, self.server, self._chance, self._met = program, server, chance, met
        self.by: Counter[str] = Counter()
        self.database = program.folder / "chatbot.db"
        self._plan: Plan | None = None
        self._done = threading.Event()
        self._lock = threading.Lock()
        for moment in _POSTING:
            server.when(moment, partial(self._meets, moment))

    @property
    def kills(self) -> int:
        return sum(self.by.values())

    def run(self, kills: int) -> None:
        """Kill and start again, so many times."""
        while self.kills < kills:
            self.program.keep_running()
            if not self.program.is_at_work():
                time.sleep(0.02)
            elif self.kills % 3 == 2:
                time.sleep(self._chance.uniform(0.1, 2))
                self._kill("at random")
            else:
                self._by_the_server()

    def _by_the_server(self) -> None:
        state = min(STATES, key=lambda one: (self._met[one], self._chance.random()))
        self._done.clear()
        for plan, patience in ((self._planned(state), 8.0), (Plan(None, "request received"), 3.0)):
            with self._lock:
                self._plan = plan
            if self._done.wait(patience):
                return
        with self._lock:
            self._plan = None

    def _planned(self, state: str) -> Plan:
        if state == "sent":
            return Plan(state, "answer sent")
        if state == "sending":
            return Plan(state, self._chance.choice(_POSTING[:4]), self._chance.random() < 0.6)
        return Plan(state, self._chance.choice(["request received", "answer half sent", "answer sent"]))

    def _meets(self, moment: str, request: Request) -> Answer | None:
        """Called by the server at every moment of every request, on the thread that serves it."""
        with self._lock:
            plan = self._plan
            if plan is None or not plan.fits(moment, request, self.database):
                return None
            self._plan = None
        if plan.state == "sent":
            time.sleep(self._chance.uniform(0.02, 0.1))  # until it has written down what it was told
        self._kill(f"{request.method}: {moment}", request.form.get("status") if request.is_posting else None)
        self._done.set()
        return HANG_UP if moment == "request received" and not plan.is_carried_out else None

    def _kill(self, when: str, text: str | None = None) -> None:
        if self.program.kill():
            self.by[when] += 1
            self._met[in_hand(self.database, text)] += 1
