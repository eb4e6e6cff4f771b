"""Where a chat stands, and how far off it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chatbot.core.phases import Phase, phase, until
from tests.people import STARTS, garden_chat


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (timedelta(seconds=-1), Phase.UPCOMING),
        (timedelta(0), Phase.LIVE),
        (timedelta(minutes=59), Phase.LIVE),
        (timedelta(hours=1), Phase.LATE),
        (timedelta(days=7), Phase.LATE),
        (timedelta(days=8), Phase.CLOSED),
    ],
)
def test_where_a_chat_stands_comes_from_the_clock(after: timedelta, expected: Phase) -> None:
    assert expected is phase(garden_chat(), STARTS + after)


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (timedelta(days=9, hours=5), "in 9 days"),
        (timedelta(days=1), "in 1 day"),
        (timedelta(hours=3, minutes=59), "in 3 hours"),
        (timedelta(minutes=1), "in 1 minute"),
        (timedelta(seconds=59), "now"),
        (timedelta(hours=-2), "2 hours ago"),
    ],
)
def test_how_far_off_an_instant_is(ahead: timedelta, said: str) -> None:
    assert said == until(STARTS + ahead, STARTS)
