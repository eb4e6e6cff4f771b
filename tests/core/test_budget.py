"""A budget over a sliding time."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.delivery.budget import Budget


def test_a_budget_lets_that_many_through_and_then_waits_for_the_first_to_be_forgotten() -> None:
    budget = Budget(2, timedelta(minutes=1)).spend(0.0).spend(10.0)

    assert (budget.wait(20.0), budget.wait(59.0), budget.wait(60.0)) == (40.0, 1.0, 0.0)


@given(st.lists(st.integers(0, 30), max_size=60), st.integers(1, 5))
def test_no_minute_ever_holds_more_than_the_budget(pauses: list[int], most: int) -> None:
    budget, now, spent = Budget(most, timedelta(seconds=60)), 0.0, []
    for pause in pauses:
        now += pause
        now += budget.wait(now)
        budget = budget.spend(now)
        spent.append(now)

    assert all(sum(at - 60 < other <= at for other in spent) <= most for at in spent)
