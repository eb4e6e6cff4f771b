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
        (timedelta(seconds=0.31), "0.3 s"),
        (timedelta(seconds=9.96), "10 s"),
        (timedelta(seconds=2.04), "2 s"),
    ],
)
def test_a_duration_is_said_in_two_units(length: timedelta, said: str) -> None:
    assert said == overview.span(length)


def test_routes_of_one_kind_are_one_and_a_failure_is_kept() -> None:
    later = STARTS + timedelta(minutes=1)
    read = {
        ("bot", "thread:1"): (later, None),
        ("bot", "thread:2"): (STARTS, "no answer"),
        ("bot", "tag:gardenchat"): (STARTS, None),
    }

    assert overview.together(read, {("a.test", "thread"): 5, ("a.test", "tag"): 4}, {"bot": "a.test"}) == (
        Read("bot", "tag", STARTS, 4, None),
        Read("bot", "thread", later, 5, "no answer"),
    )


def test_each_post_counts_once_where_it_was_seen_first() -> None:
    brought = {
        ("a.test", "tag"): 4,
        ("a.test", "vantage:far.test"): 2,  # fetched by our server, because the other one showed it
        ("far.test", "vantage:far.test"): 3,
        ("a.test", "import"): 7,
        ("a.test", "host"): 9,
    }
    read = {("bot", "tag:a"): (STARTS, None), ("two", "tag:a"): (STARTS, None), ("far.test", "vantage"): (STARTS, None)}
    found = overview.together(read, brought, {"bot": "a.test", "two": "a.test"})

    assert {(one.account, one.route): one.brought for one in found} == {
        ("bot", "tag"): 4,
        ("two", "tag"): 0,
        ("bot", "import"): 7,
        ("bot", "host"): 9,
        ("far.test", "vantage"): 5,
    }
    assert sum(one.brought for one in found if one.route != overview.OWN) == overview.of_people(brought) == 16
    assert found[-1].account == "far.test"  # those of other people come last
