"""Eight series on eight accounts for a day whose clock jumps: every chat complete, and nothing that only grows."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stages.day import ANSWERS, Day

FILES = Path("/proc/self/fd")
A_CHAT, A_TICK = 2000, 10  # blocks of memory that may stay: of about 700,000; a post alone has more than ten


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    made = Day(tmp_path)
    yield made
    made.parts.close()


def handles() -> tuple[int, int]:
    """Count threads, and open files where the system tells."""
    return threading.active_count(), len(os.listdir(FILES)) if FILES.exists() else 0


def blocks() -> int:
    """Count the blocks of memory that live."""
    gc.collect()
    return sys.getallocatedblocks()


def test_eight_chats_in_a_day_with_a_jumping_clock_leave_nothing_behind(day: Day) -> None:
    day.until("2026-12-01 07:30")
    day.computer.set_clock(minutes=10)
    day.until("2026-12-01 09:30")
    day.computer.set_clock(minutes=0)
    day.until("2026-12-01 12:30")
    noon, open_at_noon = blocks(), handles()
    day.computer.asleep(minutes=25)
    day.until("2026-12-01 19:30")
    day.computer.set_clock(minutes=-8)
    day.until("2026-12-01 20:00")
    day.computer.set_clock(minutes=0)
    day.until("2026-12-01 22:30")
    evening, rows = blocks(), day.sizes()
    day.until("2026-12-02 02:00")
    night = blocks()
    for _ in range(40):
        day.step()
        day.computer.pass_by(1)
    morning = blocks()

    for one in day.communities:
        words = day.posted(one)
        assert ["Q1", "Q2", "Q3"] == [word for word in words if word.startswith("Q")]
        assert ["Welcome", "Thank"] == [word for word in words if word in ("Welcome", "Thank")]
        assert ANSWERS == day.stored(one)
        assert {"sent"} == {state for place, state in day.states(one).items() if place != "announcement"}
        assert 1 == len([draft for _, draft in one.server.published if day.address_of(one) in draft.text])
    assert [one.chat.id for one in day.communities] == day.editions()
    assert 0 == day.guard.failures
    assert open_at_noon == handles()
    assert evening - noon < 4 * A_CHAT
    assert morning - night < 40 * A_TICK
    assert rows == day.sizes()  # a night in which nothing happens writes nothing down
