"""Locks, and how long one is believed: by both clocks, and no longer than it was asked for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chatbot.config import Config, load
from chatbot.core.delivery.holder import Holder
from chatbot.core.timing import Timing
from chatbot.lock import FileLock, Lock
from chatbot.standby import Watch, waits_for_turn
from chatbot.store.advisory import AdvisoryLock
from chatbot.store.engine import StoreError
from tests.fakes import FixedClock
from tests.store.conftest import postgres

__all__ = ["postgres"]

WHO = Holder(4711, "greenhouse", datetime(2026, 12, 1, 20, 0, tzinfo=UTC))
TRUST = Timing().lock_trust


@pytest.fixture
def file_lock(tmp_path: Path) -> Iterator[Callable[[], FileLock]]:
    """Make a process's view of the lock `l`; all are let go of at the end."""
    made: list[FileLock] = []

    def make() -> FileLock:
        made.append(FileLock(tmp_path / "new" / "l"))
        return made[-1]

    (tmp_path / "new").mkdir()
    yield make
    for lock in made:
        lock.let_go()


MakeLock = Callable[[], FileLock]


@pytest.fixture(params=["file", "postgresql"])
def two(request: pytest.FixtureRequest, file_lock: MakeLock) -> tuple[Lock, Lock]:
    """Two processes' views of one lock."""
    if request.param == "file":
        return file_lock(), file_lock()
    address = request.getfixturevalue("postgres")
    return AdvisoryLock(address, TRUST), AdvisoryLock(address, TRUST)


def test_one_has_it_at_a_time_and_everybody_knows_who(two: tuple[Lock, Lock]) -> None:
    mine, theirs = two

    assert mine.take(WHO)
    assert (mine.is_held(), theirs.is_held()) == (True, False)
    assert not theirs.take(WHO)
    assert theirs.holder() == WHO

    mine.let_go()
    assert not mine.is_held()
    give_up = time.monotonic() + 5
    while not theirs.take(WHO):  # PostgreSQL sees the end of a connection a moment later
        assert time.monotonic() < give_up
        time.sleep(0.01)
    theirs.let_go()
    theirs.let_go()


def test_a_removed_file_is_a_lost_lock(file_lock: MakeLock) -> None:
    lock, other = file_lock(), file_lock()
    assert lock.take(WHO)
    lock.path.unlink()

    assert not lock.is_held()
    assert other.take(WHO)
    assert not lock.is_held()


@pytest.mark.parametrize("written", ["", "4711", '{"pid": "x"}', "[]", "\x00"])
def test_what_an_older_one_wrote_names_nobody(file_lock: MakeLock, written: str) -> None:
    lock = file_lock()
    lock.path.write_text(written)

    assert lock.holder() is None
    assert lock.take(WHO)
    assert lock.holder() == WHO


def test_a_holder_is_named_as_one_sees_it_from_here() -> None:
    assert WHO.where("greenhouse") == "process 4711"
    assert WHO.where("shed") == "process 4711 on greenhouse"
    assert WHO.since_when() == "2026-12-01 20:00 UTC"


class Restarting(FileLock):
    """A lock whose server comes back at the third try."""

    tries = 0

    def take(self, who: Holder) -> bool:
        self.tries += 1
        if self.tries < 3:
            raise StoreError("The database server cannot be asked.")
        return super().take(who)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "chatbot.toml").write_text('[accounts.gardenbot]\nserver = "https://a.test"\n', encoding="utf-8")
    return replace(load(str(tmp_path / "chatbot.toml"), {}), timing=Timing.in_seconds({"tick": 0.01}))


def test_a_database_that_restarts_after_a_term_is_waited_for(config: Config, tmp_path: Path) -> None:
    lock = Restarting(tmp_path / "l")

    assert waits_for_turn(lock, config, threading.Event())
    assert lock.is_held()
    lock.let_go()


def test_who_starts_it_is_told_that_the_database_cannot_be_asked(config: Config, tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        waits_for_turn(Restarting(tmp_path / "l"), config, threading.Event(), starts=True)


def watch(lock: FileLock, clock: FixedClock, monotonic: FixedClock) -> Watch:
    assert lock.take(WHO)
    return Watch(lock, Timing(), clock=clock, monotonic=monotonic.monotonic)


def test_a_lock_is_believed_for_a_while_and_no_longer(file_lock: MakeLock) -> None:
    clock, monotonic = FixedClock(), FixedClock()
    watching = watch(file_lock(), clock, monotonic)
    assert not watching.is_sure()  # nobody looked yet

    assert watching.look()
    clock.forward(seconds=9)
    monotonic.forward(seconds=9)
    assert watching.is_sure()

    clock.forward(seconds=2)
    monotonic.forward(seconds=2)
    assert not watching.is_sure()
    assert watching.look()
    assert watching.is_sure()


@pytest.mark.parametrize("jump", [timedelta(hours=2), timedelta(hours=-2)])
def test_a_computer_that_slept_asks_before_it_believes(file_lock: MakeLock, jump: timedelta) -> None:
    """The monotonic clock stood still meanwhile."""
    clock = FixedClock()
    watching = watch(file_lock(), clock, FixedClock())
    watching.look()
    clock.to(clock() + jump)

    assert not watching.is_sure()
    assert watching.look()
    assert watching.is_sure()


def test_a_lost_lock_stops_everything_for_good(file_lock: MakeLock) -> None:
    lock = file_lock()
    watching = watch(lock, FixedClock(), FixedClock())
    watching.look()
    lock.path.unlink()

    assert not watching.look()
    assert watching.stopped.is_set()
    assert not watching.is_sure()
