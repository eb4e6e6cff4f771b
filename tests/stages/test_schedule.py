"""The loop of `run`: everything at its time, side by side, and a clean end whatever breaks."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from chatbot.core.timing import Timing
from chatbot.platforms.errors import Unavailable
from chatbot.stages import schedule
from chatbot.stages.schedule import Chore, Guard, Work

QUICK = Timing().scaled(
    1,
    tick=timedelta(seconds=0.05),
    retry_after=timedelta(seconds=0.05),
    backoff_limit=timedelta(seconds=0.1),
    stream_backoff=timedelta(seconds=0.05),
    request_deadline=timedelta(seconds=2),
)


@contextmanager
def running(work: Work) -> Iterator[threading.Event]:
    stopped = threading.Event()
    thread = threading.Thread(target=schedule.run, args=(work, QUICK, stopped))
    thread.start()
    try:
        yield stopped
    finally:
        stopped.set()
        thread.join(timeout=20)
        assert not thread.is_alive()


def wait_until(come: Callable[[], object], seconds: float = 5) -> None:
    give_up = time.monotonic() + seconds
    while not come():
        assert time.monotonic() < give_up, "it did not come"
        time.sleep(0.01)


def test_every_lane_is_stepped_until_it_has_nothing_to_do_and_again_after_a_tick() -> None:
    steps = {"a": 0, "b": 0}

    def step(name: str) -> object | None:
        steps[name] += 1
        return "done" if steps[name] % 3 else None

    with running(Work(lanes={name: lambda name=name: step(name) for name in steps})):  # type: ignore[misc]
        wait_until(lambda: min(steps.values()) > 6)


def test_a_lane_that_hangs_holds_up_no_other() -> None:
    hangs, other = threading.Event(), []

    def hang() -> None:
        hangs.wait(5)

    with running(Work(lanes={"slow": hang, "quick": lambda: other.append(1)})):
        wait_until(lambda: len(other) > 3)
        hangs.set()


def test_errands_that_hang_hold_up_neither_chores_nor_reading() -> None:
    hangs, chores, read = threading.Event(), [], []
    errands = [Chore(f"far/{n}", timedelta(0), lambda: hangs.wait(5)) for n in range(9)]
    work = Work(
        lanes={},
        due_chats=lambda: ["gardenchat"],
        collect=lambda chat: read.append(chat),
        chores=[Chore("tidy", timedelta(0), lambda: chores.append(1))],
        errands=errands,
    )

    with running(work):
        wait_until(lambda: len(chores) > 3 and len(read) > 3)
        hangs.set()


def test_looks_that_hang_hold_up_no_word_from_people_or_to_them() -> None:
    hangs, heard = threading.Event(), []
    words = [
        Chore("listen/away", timedelta(0), lambda: hangs.wait(5)),
        Chore("listen/there", timedelta(0), lambda: heard.append(1)),
    ]
    chores = [Chore(f"look/{n}", timedelta(0), lambda: hangs.wait(5)) for n in range(9)]

    with running(Work(lanes={}, words=words, chores=chores)):
        wait_until(lambda: len(heard) > 3)
        hangs.set()


def test_chats_on_a_server_that_hangs_leave_readers_to_those_of_another() -> None:
    hangs, reading, read = threading.Event(), [], []

    def collect(chat: str) -> None:
        if chat == "live":
            read.append(1)
            return
        reading.append(chat)
        hangs.wait(5)

    late = [f"late{n}" for n in range(9)]
    work = Work(
        lanes={},
        due_chats=lambda: [*late, "live"],
        collect=collect,
        shares=lambda chat: {"there/live"} if chat == "live" else {"away/late"},
    )

    with running(work):
        wait_until(lambda: len(read) > 3)
        assert reading == late[:3]
        hangs.set()
        wait_until(lambda: len(reading) > 6)


def test_a_lane_that_breaks_is_rested_and_tried_again_and_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    tried, other, beats = [], [], []

    def broken() -> None:
        tried.append(1)
        raise RuntimeError("the text of somebody's post")

    work = Work(lanes={"bad": broken, "good": lambda: other.append(1)}, beat=beats.append)
    with caplog.at_level(logging.INFO), running(work):
        wait_until(lambda: len(tried) > 2 and len(other) > 5 and max(beats) > 2)

    broke = [record for record in caplog.records if record.message == "broken"]
    assert (broke[0].unit, broke[0].error) == ("lane/bad", "RuntimeError")  # type: ignore[attr-defined]
    assert "test_schedule.py" in broke[0].at  # type: ignore[attr-defined]
    assert "somebody's post" not in caplog.text


def test_a_lane_that_never_says_none_does_not_burn_a_processor() -> None:
    steps: list[int] = []

    def step() -> str:
        steps.append(1)
        return "done"

    with running(Work(lanes={"busy": step})):
        time.sleep(0.3)

    assert len(steps) < 400


def test_due_chats_are_read_side_by_side_but_each_only_once_at_a_time() -> None:
    under_way: dict[str, int] = {"x": 0, "y": 0}
    most: dict[str, int] = {"x": 0, "y": 0}
    both = threading.Event()

    def collect(chat: str) -> None:
        under_way[chat] += 1
        most[chat] = max(most[chat], under_way[chat])
        if all(under_way.values()):
            both.set()
        both.wait(3)
        time.sleep(0.1)
        under_way[chat] -= 1

    with running(Work(lanes={}, due_chats=lambda: ["x", "y"], collect=collect)):
        assert both.wait(4)
        time.sleep(0.3)

    assert most == {"x": 1, "y": 1}


def test_chores_keep_their_pace() -> None:
    done: dict[str, int] = {"often": 0, "seldom": 0}

    def do(name: str) -> None:
        done[name] += 1

    chores = [
        Chore("often", timedelta(), lambda: do("often")),
        Chore("seldom", timedelta(hours=1), lambda: do("seldom")),
    ]
    with running(Work(lanes={}, chores=chores)):
        wait_until(lambda: done["often"] > 4)

    assert done["seldom"] == 1


def test_what_is_due_is_asked_every_tick_and_a_failure_there_stops_no_beat() -> None:
    beats: list[int] = []

    def due() -> list[str]:
        raise Unavailable("the database is busy")

    with running(Work(lanes={}, due_chats=due, beat=beats.append)):
        wait_until(lambda: len(beats) > 4)

    assert max(beats) >= 1


def test_the_end_lets_everybody_finish_what_is_in_hand() -> None:
    began, finished = threading.Event(), []

    def step() -> None:
        began.set()
        time.sleep(0.4)
        finished.append(1)

    with running(Work(lanes={"a": step})) as stopped:
        assert began.wait(2)
        stopped.set()

    assert finished
    assert [
        t.name for t in threading.enumerate() if t.name.startswith(("lane/", "read", "chore", "stream", "words"))
    ] == []


def test_once_does_everything_once_and_counts_what_failed() -> None:
    left, done = [3], []

    def step() -> object | None:
        left[0] -= 1
        return left[0] or None

    def broken() -> None:
        raise ValueError

    chores = [Chore("good", timedelta(), lambda: done.append("good")), Chore("bad", timedelta(), broken)]
    words = [Chore("tell", timedelta(), lambda: done.append("tell"))]
    work = Work(lanes={"a": step}, due_chats=lambda: ["x"], collect=done.append, words=words, chores=chores)
    failures = schedule.once(work, QUICK, threading.Event())

    assert (failures, done, left) == (1, ["x", "tell", "good"], [0])


def test_rests_grow_to_their_limit_and_end_with_success() -> None:
    now = [0.0]
    guard = Guard(Timing(), monotonic=lambda: now[0])

    def fail() -> None:
        raise Unavailable("no")

    rests = []
    for _ in range(12):
        guard.run("x", fail)
        rests.append(guard.rest("x"))
    limit = Timing().backoff_limit.total_seconds()

    assert 3 <= rests[0] <= 7
    assert rests[3] > 20
    assert 0.75 * limit <= rests[-1] <= 1.25 * limit
    assert guard.run("x", lambda: "fine") == "fine"
    assert (guard.rest("x"), guard.failures) == (0, 12)
