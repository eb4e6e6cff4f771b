"""The loop of `chatbot run`.

1. APScheduler is only the clock: it ticks every second, and once more when something is due; what is due is a
   question to the database, so a tick that is missed loses nothing
2. each account has a thread that takes one step after another, and sleeps until a tick wakes it
3. reading chats, words from people and to them, the chores of the house and errands to other people's servers have
   pools of their own, and only so many chats of one account are read at a time: a slow server delays nobody else
4. a stop lets every thread finish what it has in hand; whatever is cut short is settled at the next start
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any

from chatbot.core.timing import Timing
from chatbot.stages.schedule.guard import Guard
from chatbot.stages.schedule.streams import Streams
from chatbot.stages.schedule.work import Work

log = logging.getLogger("chatbot.schedule")

_READERS, _HANDS, _RUNNERS = 6, 2, 2  # readers for each account, of whom
_EACH = 3  # read what has the same share: the others are left for other chats
_TURN = 0.0005  # seconds a thread may keep the interpreter while another wants it: 5 ms, Python's own, delay a question
_STEPS_ONCE = 1000
_STEPS_A_TICK = 50  # no lane takes more, whatever its steps say


def run(work: Work, timing: Timing, stopped: threading.Event) -> None:
    """Do all work at its time until `stopped` is set; returns when every thread has ended."""
    _Running(work, timing, stopped).run()


def once(work: Work, timing: Timing, stopped: threading.Event) -> int:
    """Do all that is to be done now, once; returns how many things failed."""
    guard = Guard(timing)
    for name, step in work.lanes.items():
        for _ in range(_STEPS_ONCE):
            if stopped.is_set() or guard.run(f"lane/{name}", step) is None:
                break
    for chat in guard.run("due", work.due_chats) or ():
        guard.run(f"collect/{chat}", partial(work.collect, chat), chat)
    for chore in (*work.words, *work.chores, *work.errands):
        guard.run(chore.name, chore.do)
    guard.run("beat", lambda: work.beat(guard.failures))
    return guard.failures


class _Running:
    def __init__(self, work: Work, timing: Timing, stopped: threading.Event) -> None:
        self.work, self.timing, self.stopped = work, timing, stopped
        self.guard = Guard(timing)
        self.streams = Streams(timing, self.guard)
        self.readers = ThreadPoolExecutor(_READERS * max(len(work.lanes), 1), "read")
        self.ears = ThreadPoolExecutor(max(len(work.words), 1), "words")  # a thread for each
        self.hands = ThreadPoolExecutor(_HANDS, "chore")
        self.runners = ThreadPoolExecutor(_RUNNERS, "errand")
        self._wakes = {name: threading.Event() for name in work.lanes}
        self._under_way: set[str] = set()
        self._shared: Counter[str] = Counter()
        self._done_at: dict[str, float] = {}
        self._lock = threading.Lock()
        self._armed: datetime | None = None
        self._streams_kept_at = float("-inf")

    def run(self) -> None:
        lanes = [threading.Thread(target=self._lane, args=(n,), name=f"lane/{n}", daemon=True) for n in self._wakes]
        clock = self._clock()
        sys.setswitchinterval(_TURN)
        log.info("started", extra={"accounts": len(lanes)})
        try:
            for lane in lanes:
                lane.start()
            self._tick(clock)
            clock.start()
            while not self.stopped.wait(timeout=1.0):  # a bare wait is deaf to Ctrl-C on Windows
                pass
        finally:
            self.stopped.set()
            self._end(clock, lanes)
            log.info("ended", extra={"failures": self.guard.failures})

    def _clock(self) -> Any:
        from apscheduler.schedulers.background import BackgroundScheduler

        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that is skipped is no event
        manner = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        clock = BackgroundScheduler(job_defaults=manner, timezone=UTC)
        seconds = self.timing.tick.total_seconds()
        clock.add_job(lambda: self._tick(clock), "interval", seconds=seconds, id="tick")
        return clock

    # ticks

    def _tick(self, clock: Any) -> None:
        """Wake the lanes, hand out what is due, and leave a sign of life."""
        if self.stopped.is_set():
            return
        self._wake()
        self.guard.run("arm", lambda: self._arm(clock))
        for chat in self._unless_resting("due", self.work.due_chats) or ():
            shares = self.work.shares(chat)
            self._hand_out(self.readers, f"collect/{chat}", partial(self.work.collect, chat), chat, shares)
        now = time.monotonic()
        work = self.work
        for pool, chores in ((self.ears, work.words), (self.hands, work.chores), (self.runners, work.errands)):
            for chore in chores:
                if now - self._done_at.get(chore.name, float("-inf")) >= chore.every.total_seconds():
                    self._hand_out(pool, chore.name, chore.do)
        if now - self._streams_kept_at >= self.timing.stream_backoff.total_seconds():
            self._streams_kept_at = now
            self._unless_resting("streams", lambda: self.streams.keep(self.work.streams()))
        self._unless_resting("beat", lambda: self.work.beat(self.guard.failures))

    def _arm(self, clock: Any) -> None:
        """Let the clock wake the lanes when the next row is to be claimed, between two ticks."""
        due = self.work.next_due()
        if due is not None and due != self._armed:
            clock.add_job(self._wake, "date", run_date=due, id="due", replace_existing=True)
        self._armed = due

    def _wake(self) -> None:
        for wake in self._wakes.values():
            wake.set()

    def _unless_resting(self, unit: str, do: Callable[[], Any]) -> Any:
        return None if self.guard.rest(unit) else self.guard.run(unit, do)

    # pools

    def _hand_out(
        self,
        pool: ThreadPoolExecutor,
        unit: str,
        do: Callable[[], object],
        chat: str | None = None,
        shares: Collection[str] = (),
    ) -> None:
        """Let a pool do a unit of work, unless it is under way, rests after a failure, or others have its share."""
        with self._lock:
            if unit in self._under_way or self.stopped.is_set() or self.guard.rest(unit):
                return
            if any(self._shared[share] >= _EACH for share in shares):
                return
            self._under_way.add(unit)
            self._shared.update(shares)
        pool.submit(self._unit, unit, do, chat, shares)

    def _unit(self, unit: str, do: Callable[[], object], chat: str | None, shares: Collection[str]) -> None:
        try:
            if not self.stopped.is_set():
                self.guard.run(unit, do, chat)
        finally:
            with self._lock:
                self._under_way.discard(unit)
                self._shared.subtract(shares)
                self._done_at[unit] = time.monotonic()

    # lanes

    def _lane(self, name: str) -> None:
        """Take step after step; sleep when there is nothing to do, and rest after a failure."""
        unit, step, wake = f"lane/{name}", self.work.lanes[name], self._wakes[name]
        tick = self.timing.tick.total_seconds()
        while not self.stopped.is_set():
            wake.clear()
            done = self.guard.run(unit, step)
            if rest := self.guard.rest(unit):
                self.stopped.wait(rest)
            elif done is None:
                wake.wait(tick)
            else:
                self.stopped.wait(tick / _STEPS_A_TICK)

    # the end

    def _end(self, clock: Any, lanes: list[threading.Thread]) -> None:
        """Let everything finish what it has in hand."""
        patience = (self.timing.request_deadline + self.timing.tick).total_seconds() + 5
        self._wake()
        clock.shutdown(wait=True)
        for pool in (self.readers, self.ears, self.hands, self.runners):
            pool.shutdown(wait=False, cancel_futures=True)
        self.streams.end(patience)
        for lane in lanes:
            lane.join(patience)
        for pool in (self.readers, self.ears, self.hands, self.runners):
            pool.shutdown(wait=True)
