"""How things stand, in words and sums."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chatbot.core.talk import overview
from chatbot.core.talk.overview import Read

STARTS = datetime(2026, 12, 1, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(), "0 s"),
        (timedelta(seconds=59.6), "1 min"),
        (timedelta(minutes=12, seconds=5), "12 min 5 s"),
        (timedelta(days=2, hours=3, minutes=9), "2 d 3 h"),
        (timedelta(days=1, seconds=4), "1 d 4 s"),
        (-timedelta(minutes=1), "1 min"),
    ],
)
def test_a_duration_is_said_in_two_units(length: timedelta, said: str) -> None:
    assert said == overview.span(length)


def test_routes_of_one_kind_are_added_up_and_a_failure_is_kept() -> None:
    later = STARTS + timedelta(minutes=1)
    read = {
        ("bot", "thread:1"): (later, 2, None),
        ("bot", "thread:2"): (STARTS, 3, "no answer"),
        ("bot", "tag:gardenchat"): (STARTS, 4, None),
    }

    assert overview.together(read) == (
        Read("bot", "tag", STARTS, 4, None),
        Read("bot", "thread", later, 5, "no answer"),
    )
