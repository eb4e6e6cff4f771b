"""When posts that are away are taken for deleted, and when for trouble with a server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.privacy import vanishing
from chatbot.core.privacy.vanishing import WHOLE, Doubt, Weighed

NOW = datetime(2026, 12, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def people(host: str, count: int, posts_each: int = 1) -> list[str]:
    """Return the author of each post."""
    return [f"https://{host}/users/p{n}" for n in range(count) for _ in range(posts_each)]


ELSEWHERE = people("far.test", 40)


@pytest.mark.parametrize(
    ("there", "missing", "crowds"),
    [
        pytest.param(people("b.test", 10), people("b.test", 10), {WHOLE: 10}, id="everything"),
        pytest.param(people("b.test", 20) + ELSEWHERE, people("b.test", 20), {"b.test": 20}, id="a whole server"),
        pytest.param(people("b.test", 30), people("b.test", 5), {}, id="five people of thirty"),
        pytest.param(people("b.test", 2, 3) + ELSEWHERE, people("b.test", 2, 3), {"b.test": 6}, id="a small server"),
        pytest.param(people("b.test", 1, 30), people("b.test", 1, 30), {}, id="one person, everything there was"),
        pytest.param(people("b.test", 1, 30) + ELSEWHERE, people("b.test", 1, 30), {}, id="one person, a server's all"),
        pytest.param(people("b.test", 2) + ELSEWHERE, people("b.test", 2), {}, id="two people, a post each"),
        pytest.param([], [], {}, id="nothing"),
    ],
)
def test_what_a_crowd_is(there: list[str], missing: list[str], crowds: dict[str, int]) -> None:
    assert crowds == vanishing.crowds(there, missing)


@given(st.integers(1, 200), st.integers(0, 100))
def test_one_person_is_never_a_crowd(posts: int, others: int) -> None:
    leaving = people("b.test", 1, posts)

    assert {} == vanishing.crowds(leaving + people("c.test", others), leaving)


def test_a_crowd_is_doubted_for_a_day_and_then_believed() -> None:
    new = vanishing.weigh(["b.test"], {}, NOW, DAY, {"https://b.test/users/p0"})
    assert new == Weighed(doubted=frozenset({"b.test"}), new=frozenset({"b.test"}))
    assert new.doubts("https://b.test/users/p1")
    assert not new.doubts("https://c.test/users/p1")

    known = {"b.test": Doubt(NOW)}
    assert vanishing.weigh(["b.test"], known, NOW + DAY / 2, DAY, set()).doubted == {"b.test"}
    ripe = vanishing.weigh(["b.test"], known, NOW + DAY, DAY, set())
    assert (ripe.doubted, ripe.believed) == (frozenset(), {"b.test"})


def test_what_is_there_again_ends_a_doubt_but_only_a_look_at_everything_knows() -> None:
    known = {"b.test": Doubt(NOW), "c.test": Doubt(NOW, believed_at=NOW)}
    away = {"https://c.test/users/p0"}

    assert vanishing.weigh([], known, NOW, DAY, None).over == frozenset()
    assert vanishing.weigh([], known, NOW, DAY, away).over == {"b.test"}
    assert vanishing.weigh([], known, NOW, DAY, set()).over == {"b.test", "c.test"}


def test_a_crowd_is_kept_a_week_longer_and_nobody_else() -> None:
    known = {"b.test": Doubt(NOW, believed_at=NOW)}
    week = timedelta(days=7)

    assert vanishing.is_kept("https://b.test/users/p0", known, NOW + week - DAY, week)
    assert not vanishing.is_kept("https://b.test/users/p0", known, NOW + week, week)
    assert not vanishing.is_kept("https://c.test/users/p0", known, NOW, week)
    assert vanishing.is_kept("https://c.test/users/p0", {WHOLE: Doubt(NOW)}, NOW + week, week)


def test_how_many_are_away_is_told_with_their_server_and_no_person() -> None:
    there = people("b.test", 4) + ELSEWHERE

    assert vanishing.told(WHOLE, 30, there) == "30 of 44"
    assert vanishing.told("b.test", 4, there) == "4 of 4 by people on b.test"
