"""A budget over a sliding time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.delivery import budget
from chatbot.core.delivery.budget import Budget


def test_a_budget_lets_that_many_through_and_then_waits_for_the_first_to_be_forgotten() -> None:
    both = Budget(2, timedelta(minutes=1)).spend(0.0).spend(10.0)

    assert (both.wait(20.0), both.wait(59.0), both.wait(60.0)) == (40.0, 1.0, 0.0)


def test_what_is_left_comes_back_with_the_time() -> None:
    both = Budget(3, timedelta(minutes=1)).spend(0.0).spend(10.0)

    assert [both.left(now) for now in (10.0, 59.0, 60.0, 70.0)] == [1, 1, 2, 3]


@given(st.lists(st.integers(0, 30), max_size=60), st.integers(1, 5))
def test_no_minute_ever_holds_more_than_the_budget(pauses: list[int], most: int) -> None:
    plan, now, spent = Budget(most, timedelta(seconds=60)), 0.0, []
    for pause in pauses:
        now += pause
        now += plan.wait(now)
        plan = plan.spend(now)
        spent.append(now)

    assert all(sum(at - 60 < other <= at for other in spent) <= most for at in spent)


SHARES = {"own": 4, "mentions": 3, "tags": 8, "hosts": 2}
MINUTE = timedelta(minutes=1)
USES = st.sampled_from([*SHARES, "", "another"])


def greedily(asked: list[tuple[str, int]]) -> list[tuple[float, str]]:
    """Spend the paged budget as whoever asks next is let, one after another; returns when each was."""
    plan, now, spent = budget.paged(MINUTE), 0.0, []
    for use, pause in asked:
        now += pause
        now += plan.wait(now, use)
        plan = plan.spend(now, use)
        spent.append((now, use))
    return spent


@given(st.lists(st.tuples(USES, st.integers(0, 20)), max_size=60))
def test_shares_never_make_a_minute_hold_more(asked: list[tuple[str, int]]) -> None:
    spent = greedily(asked)

    assert all(sum(at - 60 < other <= at for other, _ in spent) <= 20 for at, _ in spent)


@given(st.lists(st.tuples(USES, st.integers(0, 20)), max_size=60), st.sampled_from(sorted(SHARES)))
def test_no_use_waits_for_another_before_its_share_is_spent(asked: list[tuple[str, int]], use: str) -> None:
    plan, now = budget.paged(MINUTE), 0.0
    for other, pause in asked:
        now += pause
        if plan.wait(now, other) == 0:  # whoever may, does
            plan = plan.spend(now, other)
    theirs = sum(spent_on == use and at > now - 60 for at, spent_on in plan.spent)

    assert theirs >= SHARES[use] or plan.wait(now, use) == 0


@given(st.lists(st.tuples(USES, st.integers(0, 20)), max_size=60), USES)
def test_every_use_has_its_turn_within_one_window(asked: list[tuple[str, int]], use: str) -> None:
    plan, now = budget.paged(MINUTE), 0.0
    for other, pause in asked:
        now += pause
        if plan.wait(now, other) == 0:
            plan = plan.spend(now, other)

    assert plan.wait(now, use) <= 60


def test_a_walk_back_through_a_long_evening_leaves_the_others_their_share() -> None:
    plan, now, walked = budget.paged(MINUTE), 0.0, 0
    while plan.wait(now, "tags") == 0:
        plan, walked = plan.spend(now, "tags"), walked + 1

    assert walked == 20 - 4 - 3 - 2
    assert [plan.wait(now, use) for use in ("own", "mentions", "hosts", "tags")] == [0, 0, 0, 60]


def test_shares_that_leave_nothing_to_anybody_else_are_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        Budget(4, MINUTE, {"tags": 4})


@pytest.mark.parametrize(("delay", "wait"), [(None, 0.0), (5.0, 0.0), (30.0, 30.0), (600.0, 600.0)])
def test_a_guest_goes_as_slowly_as_it_is_asked_to(delay: float | None, wait: float) -> None:
    assert budget.as_a_guest(MINUTE, delay).spend(0.0).wait(0.0) == wait


def test_a_guest_stays_well_below_what_strangers_may() -> None:
    guest = budget.as_a_guest(MINUTE)

    assert guest.most * 15 <= 300 / 3
