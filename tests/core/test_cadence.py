"""When a chat is read, and how far back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from chatbot.core.nights import cadence
from chatbot.core.nights.cadence import Asked, Below, Looked, Reading
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
        (CHAT.late_until + timedelta(days=9), CHAT.late_until - timedelta(hours=1), True),  # down at the end
        (CHAT.late_until + timedelta(days=1), None, True),  # the program was down all the time
        (CHAT.late_until + timedelta(days=31), None, False),
    ],
)
def test_when_a_chat_is_due(now: datetime, last: datetime | None, due: bool) -> None:
    assert due == cadence.is_due(CHAT, Reading(last, last), now, T)


def test_a_wake_up_counts_sooner_but_not_every_second() -> None:
    assert not cadence.is_due(CHAT, Reading(at(10), at(10)), at(10) + timedelta(seconds=5), T, woken=True)
    assert cadence.is_due(CHAT, Reading(at(10), at(10)), at(10) + timedelta(seconds=10), T, woken=True)


def test_a_past_chat_is_never_read() -> None:
    assert not cadence.is_due(garden_chat(is_past=True), Reading(), at(10), T)


def test_the_whole_window_is_read_first_and_every_few_minutes_while_a_chat_goes_on() -> None:
    opened = at(-30)

    assert (opened, True) == cadence.back_to(CHAT, Reading(), at(20), T)
    assert (at(9.5), False) == cadence.back_to(CHAT, Reading(at(19.5), at(19)), at(20), T)
    assert (opened, True) == cadence.back_to(CHAT, Reading(at(19.5), at(17)), at(20), T)


def test_afterwards_the_window_is_read_whole_every_day_and_else_back_to_what_was_read() -> None:
    day, now = 24 * 60, at(2 * 24 * 60)
    opened, minute = at(-30), timedelta(minutes=1)

    assert (now - 25 * minute, False) == cadence.back_to(
        CHAT, Reading(now - 15 * minute, now - 600 * minute, complete_at=now - 15 * minute), now, T
    )
    assert (now - 70 * minute, False) == cadence.back_to(  # the last hour failed
        CHAT, Reading(now - 15 * minute, now - 600 * minute, complete_at=now - 60 * minute), now, T
    )
    assert (opened, True) == cadence.back_to(CHAT, Reading(now, now - day * minute, complete_at=now), now, T)
    over = CHAT.late_until + minute
    assert (opened, True) == cadence.back_to(CHAT, Reading(over - minute, over - 9 * minute), over, T)


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


def test_a_rescan_that_failed_is_tried_again_soon_and_in_the_usual_rhythm_later() -> None:
    failed = Reading(at(70), at(55))

    assert not cadence.is_due(CHAT, failed, at(70.2), T)
    assert cadence.is_due(CHAT, failed, at(70.5), T)
    assert not cadence.is_due(CHAT, Reading(at(86), at(55)), at(87), T)
    assert cadence.is_due(CHAT, Reading(at(86), at(55)), at(101), T)


@pytest.mark.parametrize("after", T.rescan_after)
def test_each_rescan_reads_the_whole_window_also_when_the_program_was_down_at_its_time(after: timedelta) -> None:
    was = CHAT.ends_at + after - timedelta(seconds=20)
    back = CHAT.ends_at + after + timedelta(seconds=5)

    assert cadence.is_due(CHAT, Reading(was, was), back, T)
    assert (at(-30), True) == cadence.back_to(CHAT, Reading(was, was), back, T)
    assert not cadence.is_due(CHAT, Reading(back, back), back + timedelta(seconds=1), T)


def test_a_plan_that_a_person_changed_is_read_from_the_beginning_at_once() -> None:
    reading = Reading(at(20), at(19), changed_at=at(20.05))

    assert cadence.is_due(CHAT, reading, at(20.1), T)
    assert (at(-30), True) == cadence.back_to(CHAT, reading, at(20.1), T)
    read = Reading(at(20.1), at(20.1), changed_at=at(20.05))
    assert not cadence.is_due(CHAT, read, at(20.2), T)
    assert cadence.is_due(CHAT, Reading(at(200), at(200), changed_at=at(201)), at(201.1), T)


def test_a_window_that_can_never_be_read_whole_is_given_up_a_day_after_its_end() -> None:
    late = CHAT.late_until
    trying = Reading(late + timedelta(hours=23), at(55))

    assert cadence.is_due(CHAT, trying, late + timedelta(hours=23, minutes=15), T)
    assert not cadence.is_due(CHAT, Reading(late + timedelta(days=1), at(55)), late + timedelta(days=2), T)


@pytest.mark.parametrize(
    ("days", "since", "ended", "due"),
    [
        (0, None, Looked.ALL, False),  # the chat goes on
        (1, None, Looked.ALL, True),
        (3, timedelta(hours=23), Looked.ALL, False),
        (3, timedelta(hours=24), Looked.ALL, True),
        (20, timedelta(days=6), Looked.ALL, False),
        (20, timedelta(days=7), Looked.ALL, True),
        (400, timedelta(days=29), Looked.ALL, False),
        (400, timedelta(days=30), Looked.ALL, True),
        (400, timedelta(minutes=4), Looked.MISSED, False),
        (400, timedelta(minutes=5), Looked.MISSED, True),
        (400, timedelta(minutes=5), Looked.PART, True),
        (400, timedelta(minutes=59), Looked.DOUBTED, False),
        (400, timedelta(hours=1), Looked.DOUBTED, True),
        (400, timedelta(hours=23), Looked.KEPT, False),
        (400, timedelta(days=1), Looked.KEPT, True),
    ],
)
def test_when_posts_are_looked_at_again(days: int, since: timedelta | None, ended: Looked, due: bool) -> None:
    now = STARTS + timedelta(days=days)

    assert due == cadence.is_look_due(CHAT, None if since is None else now - since, ended, now, T)


def test_an_old_thread_is_asked_about_ever_more_seldom() -> None:
    remote = Below(at(0), is_remote=True)

    assert not cadence.is_thread_due(remote, Asked(at(24 * 60), 0), at(29 * 60), T)
    assert cadence.is_thread_due(remote, Asked(at(24 * 60), 0), at(30 * 60), T)


def test_our_own_thread_is_read_when_its_count_changes_and_with_every_whole_reading() -> None:
    own = Below(at(0), is_remote=False, replies=3, known=3, is_own=True)

    assert cadence.is_thread_due(own, None, at(1), T)
    assert not cadence.is_thread_due(own, Asked(at(1), 3), at(2), T)
    assert cadence.is_thread_due(own, Asked(at(1), 2), at(2), T)
    assert cadence.is_thread_due(own, Asked(at(1), 3), at(4), T)
