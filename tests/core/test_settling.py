"""When to look for a lost post, and what a look proves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.delivery import settling
from chatbot.core.timing import Timing

T = Timing()
DUE = datetime(2026, 12, 1, 20, 12, tzinfo=UTC)
ENDED = DUE + timedelta(seconds=20)
LONG_AGO = DUE - timedelta(days=1)


@dataclass
class Lost:
    due_at: datetime = DUE
    attempt_ended_at: datetime | None = ENDED
    looked_at: datetime | None = None
    absent_looks: int = 0
    not_before: datetime | None = None
    newest_own_id: str | None = None
    newest_own_at: datetime | None = None
    is_private: bool = False
    doubles_until: datetime | None = None


@given(st.lists(st.floats(0, 40), min_size=1, max_size=60))
def test_absence_takes_two_looks_after_the_delay_however_often_we_look(delays: list[float]) -> None:
    row, counted = Lost(), []
    for delay in delays:
        started = settling.next_look(row, T) + timedelta(seconds=delay)
        if settling.is_absent(row, started, LONG_AGO, T):
            assert len(counted) == 1
            assert started - counted[0] >= T.between_looks
            return
        if settling.proves(row, started, LONG_AGO, T):
            assert started >= ENDED + T.settle_after
            row.absent_looks += 1
            counted.append(started)
        row.looked_at = started
    assert len(counted) <= 1


def test_the_first_look_is_at_once_and_a_failed_one_waits() -> None:
    assert settling.next_look(Lost(), T) <= ENDED
    later = ENDED + timedelta(minutes=3)
    assert settling.next_look(Lost(not_before=later), T) == later


def test_an_attempt_that_may_last_can_be_found_but_not_be_proven_absent() -> None:
    begun = ENDED - timedelta(seconds=50)
    row = Lost(due_at=begun, attempt_ended_at=ENDED)

    assert settling.next_look(row, T) == begun
    assert not settling.proves(row, ENDED, LONG_AGO, T)


def test_a_clock_that_was_set_ahead_proves_nothing_before_it_went_evenly_for_long_enough() -> None:
    jumped = ENDED + timedelta(hours=1)

    assert not settling.proves(Lost(), jumped, jumped, T)
    assert settling.proves(Lost(), jumped + T.settle_after, jumped, T)


def test_one_look_is_enough_for_a_letter() -> None:
    started = ENDED + T.settle_after

    assert settling.is_absent(Lost(is_private=True), started, LONG_AGO, T)
    assert not settling.is_absent(Lost(), started, LONG_AGO, T)
    assert not settling.is_absent(Lost(is_private=True), started - timedelta(seconds=1), LONG_AGO, T)


def test_it_is_given_up_at_the_end_of_its_grace_but_never_unlooked_for() -> None:
    until = DUE + timedelta(minutes=15)

    assert settling.gives_up_at(Lost(), until, LONG_AGO, T) == until
    next_morning = DUE + timedelta(hours=12)
    assert settling.gives_up_at(Lost(), until, next_morning, T) >= next_morning + T.settle_after + 2 * T.between_looks


@given(st.floats(0, 30))
def test_doubles_are_looked_for_less_and_less_often_until_the_watch_ends(delay: float) -> None:
    settled = ENDED + timedelta(seconds=60)
    row = Lost(doubles_until=settled + T.unknown_holds_up)
    looks = [settled]
    while looks[-1] < settled + T.unknown_holds_up and len(looks) < 50:
        row.looked_at = looks[-1]
        looks.append(settling.next_watch(row, T) + timedelta(seconds=delay))

    assert 3 <= len(looks) <= 9
    assert all(later > earlier for earlier, later in pairwise(looks))


@given(st.floats(0, 600))
def test_a_watch_never_looks_twice_within_the_delay_not_even_past_its_end(passed: float) -> None:
    row = Lost(doubles_until=ENDED + T.unknown_holds_up, looked_at=ENDED + timedelta(seconds=passed))

    assert row.looked_at is not None
    assert settling.next_watch(row, T) - row.looked_at >= T.settle_after


def test_a_look_reaches_back_to_the_post_known_before_or_well_before_the_time() -> None:
    known = Lost(newest_own_id="41", newest_own_at=DUE - timedelta(minutes=9))

    assert settling.anchor(known, T).local_id == "41"
    assert settling.anchor(Lost(), T).at == DUE - T.look_back
    assert settling.anchor(Lost(), T, DUE - timedelta(days=1)).at == DUE - timedelta(days=1)
    assert settling.anchor(Lost(), T, DUE).at == DUE - T.look_back
