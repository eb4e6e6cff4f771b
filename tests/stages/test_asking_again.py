"""A question asked once more is a post of its own that links the first."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from chatbot.core.errors import ChatbotError
from chatbot.stages import planning
from chatbot.stages.planning.repeating import Wish
from chatbot.store import tables
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock
from tests.stages.changing import REWORDED, Evening, planned


@pytest.fixture
def evening(store: Store, tmp_path: Path, clock: FixedClock, garden: FakePlatform) -> Evening:
    return planned(store, tmp_path, clock, garden)


def again(evening: Evening, question: str = "2", *, sure: bool = False) -> planning.Repeated:
    wish = Wish(question, "rosa", sure)
    return planning.ask_again(evening.store, evening.stored(), wish, evening.config.timing, evening.clock())


def test_a_question_asked_again_is_a_post_that_links_the_first(evening: Evening) -> None:
    evening.run("2026-12-01 20:33")
    repeated = again(evening)
    evening.run("2026-12-01 20:34")

    first, second = evening.asking("Q2")
    assert (second.spans[0].text, 1) == (repeated.text, repeated.accounts)
    assert first.url in second.spans[0].text
    assert [1, 2] == [row.nth for row in evening.rows() if row.question == "q2"]
    with evening.store.read() as conn:
        logged = [row.detail for row in conn.execute(tables.audit.select()) if row.event == "asked-again"]
    assert ["q2"] == logged


def test_asking_again_twice_in_a_row_asks_once(evening: Evening) -> None:
    evening.run("2026-12-01 20:33")
    again(evening)
    assert "on its way" == again(evening).why_not
    evening.run("2026-12-01 20:34")
    assert "just asked" == again(evening).why_not
    evening.run("2026-12-01 20:35")

    assert 2 == len(evening.asking("Q2"))
    assert "" == again(evening, sure=True).why_not


def test_asking_again_leaves_room_before_the_next_question(evening: Evening) -> None:
    evening.run("2026-12-01 20:40")
    again(evening)
    evening.run("2026-12-01 22:00")

    asked = {(row.question, row.nth): row.posted_at for row in evening.rows() if row.is_question and row.posted_at}
    assert timedelta(minutes=6) <= asked["q3", 1] - asked["q2", 2]


def test_a_question_asked_again_and_reworded_is_edited_in_both_places(evening: Evening) -> None:
    evening.run("2026-12-01 20:33")
    again(evening)
    evening.run("2026-12-01 20:34")
    evening.apply(REWORDED)
    evening.run("2026-12-01 20:36")

    both = evening.asking("Q2")
    assert ["snails"] * 2 == [word for post in both for word in ["snails"] if word in post.spans[0].text]
    assert both[0].url in both[1].spans[0].text


def test_one_that_waits_to_be_asked_again_follows_the_plan(evening: Evening) -> None:
    evening.run("2026-12-01 20:33")
    again(evening)
    evening.apply(REWORDED)

    (waiting,) = [row for row in evening.rows() if row.nth == 2 and row.is_question]
    assert "snails" in waiting.draft.text


@pytest.mark.parametrize(
    ("at", "question", "said"),
    [
        ("2026-12-01 20:10", "3", "Q3 has not been asked yet"),
        ("2026-12-01 20:10", "9", "has no question “9”"),
        ("2026-12-01 21:05", "1", "is over: it ended tonight 21:00. So Q1 was not asked again, and nothing"),
        ("2026-12-20 20:10", "1", "is over: it ended Tuesday 1 December, 21:00"),
    ],
)
def test_what_cannot_be_asked_again_is_said(evening: Evening, at: str, question: str, said: str) -> None:
    evening.run(at)

    with pytest.raises(ChatbotError, match=said):
        again(evening, question)
