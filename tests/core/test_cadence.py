"""When a chat is read, and how far back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from chatbot.core.nights import cadence
from chatbot.core.nights.cadence import Asked, Below, Reading
from chatbot.core.timing import Timing
from tests.people import STARTS, garden_chat

T, CHAT = Timing(), garden_chat()


def at(minutes: float) -> datetime:
    return STARTS + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("now", "last", "due"),
    [
        (at(-31), None, False),
        (at(-30), None, True),
        (at(10), at(9.8), False),
        (at(10), at(9.5), True),
        (at(80), at(79), False),
        (at(80), at(65), True),
        (at(70), at(69.9), True),  # ten minutes after the end, once
        (at(70.1), at(70), False),
        (at(120), at(119), True),  # an hour after
        (at(60 + 24 * 60), at(60 + 24 * 60 - 1), True),  # a day after
        (CHAT.late_until + timedelta(minutes=1), CHAT.late_until - timedelta(minutes=1), False),
        (CHAT.late_until + timedelta(minutes=16), CHAT.late_until - timedelta(minutes=1), True),
        (CHAT.late_until + timedelta(days=1), CHAT.late_until, False),
        (CHAT.late_until + timedelta(days=1), None, False),
    ],
)
def test_when_a_chat_is_due(now: datetime, last: datetime | None, due: bool) -> None:
    assert due == cadence.is_due(CHAT, Reading(last), now, T)


def test_a_wake_up_counts_sooner_but_not_every_second() -> None:
    assert not cadence.is_due(CHAT, Reading(at(10)), at(10) + timedelta(seconds=5), T, woken=True)
    assert cadence.is_due(CHAT, Reading(at(10)), at(10) + timedelta(seconds=10), T, woken=True)


def test_a_past_chat_is_never_read() -> None:
    assert not cadence.is_due(garden_chat(is_past=True), Reading(), at(10), T)


def test_the_whole_window_is_read_first_every_few_minutes_and_always_afterwards() -> None:
    opened = at(-30)

    assert (opened, True) == cadence.back_to(CHAT, Reading(), at(20), T)
    assert (at(9.5), False) == cadence.back_to(CHAT, Reading(at(19.5), at(19)), at(20), T)
    assert (opened, True) == cadence.back_to(CHAT, Reading(at(19.5), at(17)), at(20), T)
    assert (opened, True) == cadence.back_to(CHAT, Reading(at(999), at(999)), at(1000), T)


def test_threads_under_remote_posts_are_asked_for_after_five_minutes_and_then_seldom() -> None:
    remote = Below(at(0), is_remote=True)

    assert not cadence.is_thread_due(remote, None, at(4), T)
    assert cadence.is_thread_due(remote, None, at(5), T)
    assert not cadence.is_thread_due(remote, Asked(at(5), 0), at(19), T)
    assert cadence.is_thread_due(remote, Asked(at(5), 0), at(20), T)


def test_a_post_of_our_own_server_is_asked_about_when_it_counts_replies_we_lack() -> None:
    assert not cadence.is_thread_due(Below(at(0), is_remote=False, replies=2, known=2), None, at(60), T)
    assert cadence.is_thread_due(Below(at(0), is_remote=False, replies=3, known=2), None, at(0), T)


def test_replies_that_are_never_shown_are_not_asked_for_all_the_time() -> None:
    private = Below(at(0), is_remote=False, replies=1, known=0)

    assert not cadence.is_thread_due(private, Asked(at(1), 1), at(2), T)
    assert cadence.is_thread_due(private, Asked(at(1), 1), at(16), T)
    assert cadence.is_thread_due(private, Asked(at(1), 0), at(2), T)
