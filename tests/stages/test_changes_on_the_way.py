"""A plan changed while a post is on its way, which then turns out not to be there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from chatbot.config import Archive, Config
from chatbot.core.model import CueKind, DeliveryState, Draft, Post
from chatbot.core.timing import Timing
from chatbot.platforms.errors import (
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Unavailable,
)
from chatbot.platforms.port import PostRef
from chatbot.stages.tell import Teller, Ways
from chatbot.store import brake, outbox
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock
from tests.stages.changing import HOSTED, NIGHT, PLAN, Evening, planned
from tests.stages.nights import instant


@pytest.fixture
def evening(store: Store, tmp_path: Path, clock: FixedClock, garden: FakePlatform) -> Evening:
    return planned(store, tmp_path, clock, garden)


NEXT_WEEK = PLAN.replace("2026-12-01", "2026-12-08")
NEVER_THERE = OutcomeUnknown("The answer was lost.")


def test_a_question_that_never_arrived_moves_with_its_chat(evening: Evening) -> None:
    evening.run("2026-12-01 20:04:30")
    evening.garden.next_publish(refuses=NEVER_THERE)
    evening.run("2026-12-01 20:05:10")
    evening.apply(NEXT_WEEK, "reply")
    evening.run("2026-12-01 23:00")

    assert not evening.asking("Q1")
    evening.run("2026-12-08 23:00")
    assert [8, 8, 8] == [post.at.day for post in evening.asking("Q")]


def test_a_welcome_that_never_arrived_is_said_once_on_the_day_the_chat_moved_to(evening: Evening) -> None:
    evening.run("2026-12-01 19:54:30")
    evening.garden.next_publish(refuses=NEVER_THERE)
    evening.run("2026-12-01 19:55:10")
    evening.apply(NEXT_WEEK, "none")
    evening.run("2026-12-08 23:00")

    welcome = [row for row in evening.rows() if row.kind == CueKind.WELCOME]
    assert [(DeliveryState.SKIPPED, None), (DeliveryState.SENT, 8)] == [
        (row.state, row.posted_at and row.posted_at.day) for row in welcome
    ]


@pytest.mark.parametrize("outcome", [NEVER_THERE, Unavailable("Too busy.")], ids=["lost", "put off"])
def test_a_question_taken_out_while_it_was_on_its_way_is_not_asked(evening: Evening, outcome: PlatformError) -> None:
    def publish(draft: Draft, key: str) -> PostRef:
        del evening.garden.publish  # type: ignore[attr-defined]
        evening.apply(PLAN.replace('[[chat.question]]\ntext = "What will you try next year?"\n', ""))
        raise outcome

    evening.run("2026-12-01 20:40:30")
    evening.garden.publish = publish  # type: ignore[method-assign]
    evening.run("2026-12-01 21:30")

    assert not evening.asking("Q3")
    assert [(DeliveryState.SKIPPED, "taken out of the plan")] == [
        (row.state, row.reason) for row in evening.rows() if row.question == "q3"
    ]


def test_a_question_of_a_chat_stopped_meanwhile_is_stopped_too(evening: Evening) -> None:
    evening.run("2026-12-01 20:04:30")
    evening.garden.next_publish(refuses=NEVER_THERE)
    evening.run("2026-12-01 20:05:10")
    with evening.store.write() as conn:
        brake.stop(conn, evening.stored(), "ana", evening.clock())
    evening.run("2026-12-01 20:07")

    (first,) = [row for row in evening.rows() if row.question == "q1"]
    assert (DeliveryState.SKIPPED, "a host stopped the chat") == (first.state, first.reason)


def test_an_announcement_that_certainly_never_left_takes_the_new_words(evening: Evening) -> None:
    evening.run("2026-11-30 19:59:30")
    evening.garden.next_publish(refuses=RateLimited("Too many.", until=instant("2026-11-30 21:00")))
    evening.run("2026-11-30 20:10")
    evening.apply(NEXT_WEEK)
    evening.run("2026-12-08 12:00")

    assert not evening.saying("1 December")
    assert evening.saying("8 December")


def test_thanks_that_certainly_never_left_stay_under_the_welcome_in_new_words(evening: Evening) -> None:
    evening.run("2026-12-01 20:59:30")
    evening.garden.next_publish(refuses=Unavailable("Too busy."))
    evening.garden.next_publish(refuses=Unavailable("Too busy."))
    while not (thanks := next(row for row in evening.rows() if row.kind == CueKind.THANKS)).attempts:
        evening.run(f"{evening.clock() + timedelta(seconds=1):%Y-%m-%d %H:%M:%S}")
    assert DeliveryState.WAITING is thanks.state
    evening.apply(PLAN.replace("Rosa Marques", "Rosa Alves"))
    evening.run("2026-12-01 23:00")

    (welcome,) = evening.saying("Welcome to")
    (thanked,) = evening.saying("Rosa Alves")
    assert welcome.local_id == thanked.parent_local_id


def test_hosts_are_asked_once_about_a_post_found_after_its_chat_was_cancelled(evening: Evening, tmp_path: Path) -> None:
    evening.apply(HOSTED)
    evening.run("2026-11-30 19:59:30")
    evening.garden.next_publish(loses_the_answer=True)
    evening.garden.own_lag = timedelta(seconds=30)
    evening.run("2026-11-30 20:00:10")
    applied = evening.apply(HOSTED.replace("ready = true", "ready = true\ncancelled = true"))
    evening.run("2026-11-30 20:10")

    assert () == applied.open
    assert ["The announcement of Garden Chat was on its way"] == [
        text.split(" while ")[0]
        for text in told(evening, tmp_path)
        if f"`chatbot cancel {NIGHT} --correct edit`" in text
    ]


def told(evening: Evening, tmp_path: Path) -> list[str]:
    """Return what hosts are told now, each in full."""
    config = Config(tmp_path / "chatbot.toml", "", Archive(tmp_path), {}, tmp_path, tmp_path)
    for _ in range(2):
        Teller(evening.store, config, Timing(), evening.clock, Ways()).tell()
    with evening.store.read() as conn:
        return [
            row.draft.text for row in outbox.in_state(conn, "gardenbot", *DeliveryState) if row.kind == outbox.NOTICE
        ]


@pytest.mark.parametrize("can_be_read", [True, False], ids=["absent", "never known"])
def test_hosts_who_stopped_a_chat_are_not_told_that_it_goes_on(
    evening: Evening, tmp_path: Path, can_be_read: bool
) -> None:
    def unreadable(after: PostRef | None = None) -> Iterator[Post]:
        raise Unavailable("Down.")

    evening.apply(HOSTED)
    evening.run("2026-12-01 20:04:30")
    evening.garden.next_publish(refuses=NEVER_THERE)
    evening.run("2026-12-01 20:05:05")
    if not can_be_read:
        evening.garden.own_posts = unreadable  # type: ignore[method-assign]
    with evening.store.write() as conn:
        brake.stop(conn, evening.stored(), "ana", evening.clock())
    evening.run("2026-12-01 21:00")

    assert not [text for text in told(evening, tmp_path) if "goes on as planned" in text]
