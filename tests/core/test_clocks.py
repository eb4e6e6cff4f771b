"""Whatever an author's clock says, a post's times can be shown in every zone, and none lies ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from chatbot.core import clocks
from chatbot.core.value import replace
from tests.fakes import FakePlatform, FixedClock

NOW = datetime(2026, 12, 1, 20, 30, tzinfo=UTC)
POST = FakePlatform(FixedClock("2026-12-01 20:00")).post("@ana@b.test", "A1 leeks")

instants = st.datetimes(timezones=st.just(UTC))


@given(instants, st.none() | instants, st.none() | instants)
def test_times_can_be_shown_everywhere_and_lie_behind(
    at: datetime, edited_at: datetime | None, came_at: datetime | None
) -> None:
    post = clocks.believable(replace(POST, at=at, edited_at=edited_at, came_at=came_at), NOW)

    assert clocks.EARLIEST <= post.at <= NOW
    assert (post.edited_at is None) == (edited_at is None)
    assert post.at <= (post.edited_at or post.at) <= max(NOW, post.at)
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):
        assert post.at.astimezone(ZoneInfo(zone))
    assert clocks.believable(post, NOW) == post


def test_an_author_whose_clock_is_right_keeps_the_time() -> None:
    edited = replace(POST, edited_at=POST.at + timedelta(minutes=2))

    assert clocks.believable(edited, NOW) is edited


def test_a_post_without_a_time_that_can_be_has_the_one_at_which_it_came() -> None:
    came = NOW - timedelta(minutes=3)
    nowhere = replace(POST, at=datetime(1, 1, 1, tzinfo=UTC), came_at=came)

    assert clocks.believable(nowhere, NOW).at == came
