"""Rate limits: fixed windows and what the headers tell of them (fact sheet A5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.fakes import FixedClock
from tests.servers import MASTODON_4_5, Member, Server
from tests.servers.asking import Reply, ask, posts, tagged
from tests.servers.limits import Bucket, is_paged, makes_or_edits

SMALL = (
    Bucket("token", 6, timedelta(minutes=5)),
    Bucket("paged", 2, timedelta(minutes=15), is_paged),
    Bucket("statuses", 3, timedelta(hours=3), makes_or_edits),
)


@pytest.fixture
def home(clock: FixedClock) -> Iterator[Server]:
    with Server(MASTODON_4_5, "home.test", clock=clock, limits=SMALL) as running:
        yield running


def told(reply: Reply) -> tuple[str | None, str | None, str | None]:
    limit, remaining, reset = (reply.headers.get(f"X-RateLimit-{name}") for name in ("Limit", "Remaining", "Reset"))
    return limit, remaining, reset


def test_the_headers_show_the_tightest_window_alone(bot: Member) -> None:
    assert ("6", "5", "2026-12-01T19:05:00.000Z") == told(tagged(bot))
    assert ("2", "1", "2026-12-01T19:15:00.000Z") == told(tagged(bot, max_id=1))
    assert ("3", "2", "2026-12-01T21:00:00.000Z") == told(posts(bot, "Q1"))


def test_one_too_many_is_429_until_the_window_ends_not_a_while_later(bot: Member, clock: FixedClock) -> None:
    clock.forward(minutes=14)
    answers = [tagged(bot, max_id=1) for _ in range(3)]
    assert [200, 200, 429] == [answer.status for answer in answers]
    assert {"error": "Too many requests"} == answers[2].json
    assert ("2", "0", "2026-12-01T19:15:00.000Z") == told(answers[2])
    assert "Retry-After" not in answers[2].headers

    clock.forward(minutes=1)

    assert 200 == tagged(bot, max_id=1).status


def test_a_429_may_come_without_a_reset(home: Server, bot: Member) -> None:
    home.limits.says_reset = False
    refused = [posts(bot, "Q1") for _ in range(4)][-1]

    assert (429, (None, None, None)) == (refused.status, told(refused))
    assert 3 == len(home.posts)


def test_each_has_windows_of_their_own(bot: Member, ada: Member) -> None:
    for _ in range(7):
        tagged(bot)

    assert (429, 200) == (tagged(bot).status, tagged(ada).status)


def test_strangers_share_one(home: Server) -> None:
    assert [200] * 6 + [429] == [ask(home, "/api/v2/instance").status for _ in range(7)]


def test_without_limits_nothing_is_said_of_them(server: Server) -> None:
    assert (None, None, None) == told(ask(server, "/api/v2/instance"))
