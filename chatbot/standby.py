"""`chatbot run` from its first moment to its last: wait for the database's lock, work while it is ours, hand over.

1. Whoever has the lock works. Everybody else stands by: asks again each tick, and says so once and in `health`.
2. While it works, a watch asks each tick whether the lock is still ours, and remembers when that was last sure.
3. A lock found lost stops everything that is under way; the process stands by again, as one among others.
4. Who takes over knows nothing of the one before: what is due is looked for before it is sent, and a claim that was
   left behind is settled by looking once its lease is over.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from chatbot import evening, health, logs, wiring
from chatbot.config import Config, load
from chatbot.core.delivery.holder import Holder
from chatbot.core.errors import ChatbotError
from chatbot.core.timing import Timing
from chatbot.lock import Lock, RunsAlready

log = logging.getLogger("chatbot.run")


def run(config_file: str | None, *, waits: bool = True, as_json: bool = False) -> None:
    """Run every chat until a signal comes, standing by as long as another process does it."""
    config = load(config_file)
    ended = Ended()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=ended.set).start())  # it may hold the event's own lock
    lock = wiring.lock_of(config)
    try:
        if not waits:
            _take_now(lock)
        logs.set_up(config, as_json=as_json)
        is_ours = waits_for_turn(lock, config, ended, starts=True)
        while is_ours:
            config = _read_again(config_file, config)
            _term(config, lock, ended)
            is_ours = waits_for_turn(lock, config, ended)
    finally:
        lock.let_go()


def run_once(config_file: str | None, *, as_json: bool = False) -> int:
    """Do what is due now, once; returns how many things failed. Never stands by."""
    config = load(config_file)
    lock = wiring.lock_of(config)
    _take_now(lock)
    try:
        with wiring.open_parts(config_file) as parts:
            logs.set_up(parts.config, as_json=as_json)
            return evening.run_once(parts)
    finally:
        lock.let_go()


class Ended(threading.Event):
    """Set when a person or the system asks the program to end; ends the term that is under way too."""

    def __init__(self) -> None:
        super().__init__()
        self.term: threading.Event | None = None

    def set(self) -> None:
        """Ask everything to end."""
        super().set()
        if self.term is not None:
            self.term.set()


# standing by


def waits_for_turn(lock: Lock, config: Config, ended: threading.Event, *, starts: bool = False) -> bool:
    """Wait until the lock is ours; False when the program is asked to end before.

    A database that cannot be asked raises a `ChatbotError` for the person who `starts` the program; later it is waited
    for.
    """
    if ended.is_set():
        return False
    if lock.is_held() or (lock.take(_this_process()) if starts else _takes(lock)):
        return True
    since = wiring.now()
    _say_who_works(lock)
    try:
        while not ended.is_set():
            if _takes(lock):
                log.info("taking over", extra={"waited": round((wiring.now() - since).total_seconds())})
                return True
            _leave_sign(lock, config)
            ended.wait(config.timing.tick.total_seconds())
        return False
    finally:
        health.stands_by_no_more(config.state, os.getpid())


def _takes(lock: Lock) -> bool:
    """Try once; a database that cannot be asked now is asked again."""
    with suppress(ChatbotError, OSError):
        return lock.take(_this_process())
    return False


def _say_who_works(lock: Lock) -> None:
    holder = _holder(lock)
    if holder is None:
        log.info("the database cannot be asked, or another chatbot runs on it; waiting as stand-by")
        return
    who = holder.where(socket.gethostname())
    log.info(
        f"another chatbot runs on this database (since {holder.since_when()}); waiting as stand-by",
        extra={"holder": who},
    )


def _leave_sign(lock: Lock, config: Config) -> None:
    holder = _holder(lock)
    is_near = holder is not None and holder.host == socket.gethostname()
    sign = health.StandBy(
        tick=wiring.now().isoformat(),
        pid=os.getpid(),
        stale_after=config.timing.stale_after.total_seconds(),
        waits_for=holder.pid if holder is not None and is_near else None,
    )
    with suppress(OSError):  # a full disk must not keep anybody from taking over
        health.stand_by(config.state, sign)


def _holder(lock: Lock) -> Holder | None:
    with suppress(ChatbotError):
        return lock.holder()
    return None


def _take_now(lock: Lock) -> None:
    if lock.take(_this_process()):
        return
    holder = _holder(lock)
    named = f" ({holder.where(socket.gethostname())}, since {holder.since_when()})" if holder else ""
    lock.let_go()
    raise RunsAlready(
        f"A chatbot runs on this database already{named}, so this one does not start: nothing was changed, and"
        " tonight's chat goes on there. Stop that one first, or name other settings with --config."
    )


def _this_process() -> Holder:
    return Holder(os.getpid(), socket.gethostname(), wiring.now())


# a term


def _read_again(config_file: str | None, before: Config) -> Config:
    """Read settings and tokens anew, as they may have changed while this one waited; what cannot be is said.

    The lock is that of the database named at the start, so another one is taken up by a new start alone.
    """
    try:
        config = load(config_file)
    except (ChatbotError, OSError) as error:
        log.error(f"the settings cannot be read any more, so those read at the start go on: {error}")
        return before
    if config.database != before.database:
        log.error("the settings name another database now: this run stays with its own; start it anew to change over")
        return before
    return config


def _term(config: Config, lock: Lock, ended: Ended) -> None:
    """Work while the lock is ours."""
    watch = Watch(lock, config.timing)
    ended.term = watch.stopped
    if ended.is_set():
        return
    with watch.watching(), wiring.open_as(config, watch.stopped, watch.is_sure) as parts:
        evening.run(parts)
    if not watch.is_lost:
        ended.set()


@dataclass(slots=True)
class Watch:
    """Whether the lock is still ours: asked each tick, believed for `Timing.lock_trust` and no longer."""

    lock: Lock
    timing: Timing
    stopped: threading.Event = field(default_factory=threading.Event)
    is_lost: bool = False
    clock: Callable[[], datetime] = wiring.now
    monotonic: Callable[[], float] = time.monotonic
    _sure_at: tuple[float, datetime] | None = None

    def is_sure(self) -> bool:
        """Whether it was ours a moment ago, by both clocks: one stands still while a computer sleeps."""
        if self.is_lost or self._sure_at is None:
            return False
        monotonic, wall = self._sure_at
        trust = self.timing.lock_trust.total_seconds()
        return self.monotonic() - monotonic <= trust and abs((self.clock() - wall).total_seconds()) <= trust

    def look(self) -> bool:
        """Ask whether it is still ours; when not, stop everything."""
        asked_at = (self.monotonic(), self.clock())
        if self.lock.is_held():
            self._sure_at = asked_at
            return True
        self.is_lost = True
        self.stopped.set()
        log.error("the database's lock was lost: nothing is sent any more; standing by")
        return False

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Ask each tick while the block lasts; a lock that was lost is given back at its end."""
        self.look()
        over = threading.Event()
        thread = threading.Thread(target=self._keep_looking, args=(over,), name="lock", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(self.timing.lock_trust.total_seconds())
            if self.is_lost:
                self.lock.let_go()

    def _keep_looking(self, over: threading.Event) -> None:
        while not over.wait(self.timing.tick.total_seconds()) and self.look():
            pass
