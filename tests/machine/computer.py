"""A computer that dies at any touch of the outside world, whose clock is set and which sleeps; time itself goes on.

computer = Computer(FixedClock("2026-12-01 19:00"))
computer.set_clock(hours=-1)
computer.asleep(minutes=20)
computer.dies_in(3)
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, cast

from chatbot.store.engine import Store
from tests.fakes import FixedClock


class Killed(BaseException):
    """The process ends here."""


class Computer:
    """Its wall clock and its monotonic clock, and when it dies; `time` is what the rest of the world goes by."""

    def __init__(self, time: FixedClock) -> None:
        self.time = time
        self.ahead = timedelta()  # of the wall clock, compared with the time it really is
        self.slept = timedelta()
        self.touches = 0
        self.dies_at: int | None = None
        self.while_asleep: Callable[[], object] | None = None  # once, in the next wait
        self.passes: Callable[[], object] = lambda: None  # told whenever time went by

    def wall(self) -> datetime:
        return self.time() + self.ahead

    def monotonic(self) -> float:
        return (self.time() - self.slept).timestamp()

    def sleep(self, seconds: float) -> None:
        self.touch()
        self.pass_by(seconds)
        act, self.while_asleep = self.while_asleep, None
        if act is not None:
            act()
        self.touch()

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.time.forward(seconds=max(seconds, 0))
        self.passes()

    def asleep(self, **units: float) -> None:
        """Close the lid: time passes, and the monotonic clock stands still."""
        self.slept += timedelta(**units)
        self.pass_by(timedelta(**units).total_seconds())

    def set_clock(self, **ahead: float) -> None:
        """Set the wall clock: so far ahead of the time it is, or behind it."""
        self.ahead = timedelta(**ahead)

    # dying

    def dies_in(self, touches: int) -> None:
        self.dies_at = self.touches + touches

    def lives(self) -> None:
        self.dies_at = None

    def touch(self) -> None:
        """Count a touch of the outside world; the process may die at it."""
        self.touches += 1
        if self.touches == self.dies_at:
            self.lives()
            raise Killed


class MortalStore(Store):
    """A store whose process may die before a transaction, in its middle, or right after its commit."""

    computer: Computer | None = None

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Any]:
        self._touch()
        with super().write(durable=durable) as conn:
            yield conn
            self._touch()
        self._touch()

    def _touch(self) -> None:
        if self.computer is not None:
            self.computer.touch()


def backup_of(store: Store) -> sqlite3.Connection:
    """Return a copy of the database as it is now."""
    copy = sqlite3.connect(":memory:")
    with store.engine.connect() as conn:
        _driver(conn).backup(copy)
    return copy


def put_back(copy: sqlite3.Connection, store: Store) -> None:
    """Make the database what it was when the copy was made."""
    with store.engine.connect() as conn:
        copy.backup(_driver(conn))


def _driver(conn: Any) -> sqlite3.Connection:
    return cast(sqlite3.Connection, conn.connection.driver_connection)
