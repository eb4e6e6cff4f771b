"""Other servers are asked seldom, and those that fail are left alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.nights import visits
from chatbot.core.nights.cadence import Reading
from chatbot.core.nights.visits import Asked, Branch
from chatbot.core.timing import Timing
from tests.people import STARTS, garden_chat

TIMING, CHAT = Timing(), garden_chat()
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OPENS = STARTS - TIMING.window_before


@pytest.mark.parametrize(
    ("now", "at", "expected"),
    [
        (OPENS - MINUTE, None, False),
        (OPENS, None, True),
        (STARTS + MINUTE, STARTS, False),
        (STARTS + 2 * MINUTE, STARTS, True),
        (CHAT.ends_at + HOUR, CHAT.ends_at + 30 * MINUTE, False),
        (CHAT.ends_at + 2 * HOUR, CHAT.ends_at + HOUR, True),
        (CHAT.late_until + MINUTE, CHAT.late_until - 2 * HOUR, True),
        (CHAT.late_until + 30 * MINUTE, CHAT.late_until, False),
        (CHAT.late_until + 2 * HOUR, None, False),
    ],
)
def test_a_server_is_asked_while_answers_count(now: datetime, at: datetime | None, expected: bool) -> None:
    assert visits.is_due(CHAT, Reading(at, at), now, TIMING) is expected


def test_a_past_chat_is_never_asked_about() -> None:
    past = garden_chat(is_past=True)

    assert not visits.is_due(past, Reading(), STARTS, TIMING)


@pytest.mark.parametrize(
    ("now", "visited", "expected"),
    [
        (STARTS, Reading(), (OPENS, True)),
        (STARTS + 30 * MINUTE, Reading(STARTS + 28 * MINUTE, STARTS + 20 * MINUTE), (STARTS + 18 * MINUTE, False)),
        (STARTS + 40 * MINUTE, Reading(STARTS + 38 * MINUTE, STARTS + 20 * MINUTE), (OPENS, True)),
        (CHAT.ends_at + HOUR, Reading(CHAT.ends_at + 59 * MINUTE, CHAT.ends_at + 59 * MINUTE), (OPENS, True)),
    ],
)
def test_the_whole_window_is_read_now_and_then(
    now: datetime, visited: Reading, expected: tuple[datetime, bool]
) -> None:
    assert visits.back_to(CHAT, visited, now, TIMING) == expected


@given(st.integers(0, 10_000), st.one_of(st.none(), st.timedeltas(timedelta(days=-9), timedelta(days=900))))
def test_a_rest_is_never_shorter_than_a_visit_is_away_nor_longer_than_hours(
    failures: int, pause: timedelta | None
) -> None:
    until = visits.rest_until(failures, STARTS, TIMING, STARTS + pause if pause is not None else None)

    assert TIMING.vantage_every <= until - STARTS <= TIMING.vantage_ask_again
    if pause is not None:
        assert until - STARTS >= min(pause, TIMING.vantage_ask_again)


def branch(local_id: str, replies: int = 0, known: int = 0) -> Branch:
    return Branch(local_id, f"https://b.test/{local_id}", replies, known)


def test_threads_with_replies_we_lack_come_first_then_ours_in_turn() -> None:
    ours = [branch("q1"), branch("q2"), branch("q3")]
    asked = {"q1": Asked(STARTS - 20 * MINUTE, 0), "q2": Asked(STARTS - 30 * MINUTE, 0)}
    others = [branch("a1", 2, 2), branch("a2", 3, 1)]

    due = visits.due_threads([*ours, *others], {one.uri for one in ours}, asked, STARTS, TIMING)

    assert [one.local_id for one in due] == ["a2", "q3", "q2"]


@pytest.mark.parametrize(
    ("counted", "before", "expected"),
    [
        (2, Asked(STARTS - MINUTE, 2), False),
        (3, Asked(STARTS - MINUTE, 2), True),
        (2, Asked(STARTS - HOUR, 2), True),
        (1, None, False),
    ],
)
def test_a_count_that_never_fits_is_not_asked_about_at_every_visit(
    counted: int, before: Asked | None, expected: bool
) -> None:
    asked = {} if before is None else {"a1": before}

    assert bool(visits.due_threads([branch("a1", counted, 1)], set(), asked, STARTS, TIMING)) is expected
