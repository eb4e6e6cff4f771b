"""Where a chat stands, and how far off it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chatbot.core.nights.phases import Phase, phase, until
from chatbot.core.timing import Timing
from tests.people import STARTS, garden_chat


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (-6, Phase.UPCOMING),
        (-5, Phase.LIVE),
        (0, Phase.LIVE),
        (69, Phase.LIVE),
        (70, Phase.LATE),
        (60 + 7 * 24 * 60, Phase.LATE),
        (60 + 7 * 24 * 60 + 1, Phase.CLOSED),
    ],
)
def test_where_a_chat_stands_comes_from_the_clock(minutes: int, expected: Phase) -> None:
    assert expected is phase(garden_chat(), STARTS + timedelta(minutes=minutes), Timing())


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
