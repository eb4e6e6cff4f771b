"""Chats of other shapes: slow ones, unnumbered ones, with heads-ups, two on one account."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.core.timing import Timing
from chatbot.stages import planning
from chatbot.store import brake, chats
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock
from tests.machine.computer import backup_of, put_back
from tests.stages.changing import HOSTED, PLAN, Evening, planned
from tests.stages.nights import CHAT

END = "2026-12-01 22:30"
SLOW = HOSTED.replace("ready = true", 'ready = true\nslow = true\nlength = "3d"')
HEADS_UP = PLAN.replace("ready = true", "ready = true\nheads_up = true")
UNNUMBERED = (
    HOSTED.replace("ready = true", "ready = true\nunnumbered = true")
    .replace("What do you plant first?", "What is your favourite spring flower?")
    .replace("What do you do against slugs?", "What is your favourite autumn flower?")
)


@pytest.fixture
def evening(store: Store, tmp_path: Path, clock: FixedClock, garden: FakePlatform) -> Evening:
    return planned(store, tmp_path, clock, garden)


def command(evening: Evening, what: str) -> None:
    with evening.store.write() as conn:
        stored = chats.find(conn, CHAT)
        assert stored is not None
        if what == "next":
            brake.next_question(conn, stored, Timing(), evening.clock())
        else:
            brake.skip_question(conn, stored, "ana", Timing(), evening.clock())


def test_a_question_asked_by_hand_is_not_taken_for_a_later_one_of_like_words(
    evening: Evening, garden: FakePlatform
) -> None:
    evening.apply(UNNUMBERED)
    evening.run("2026-12-01 20:04")
    garden.post("@ana@a.test", "What is your favourite spring flower? #GardenChat")
    evening.run(END)

    assert evening.asking("What is your favourite spring flower?") == []  # the host asked it
    assert len(evening.asking("What is your favourite autumn flower?")) == 1


def test_a_question_asked_ahead_by_hand_is_not_taken_for_an_earlier_one_of_like_words(
    evening: Evening, garden: FakePlatform
) -> None:
    evening.apply(UNNUMBERED)
    evening.run("2026-12-01 20:04")
    garden.post("@ana@a.test", "What is your favourite autumn flower? #GardenChat")
    evening.run(END)

    assert len(evening.asking("What is your favourite spring flower?")) == 1
    assert evening.asking("What is your favourite autumn flower?") == []


def test_what_a_host_asked_hours_ahead_in_a_slow_chat_is_adopted(evening: Evening, garden: FakePlatform) -> None:
    evening.apply(SLOW)
    evening.run("2026-12-02 12:00")
    garden.post("@ana@a.test", "Q2 What do you do against slugs? #GardenChat")
    evening.run("2026-12-06 20:00")

    assert evening.asking("Q2") == []


def test_what_next_sent_a_day_ahead_is_known_after_a_backup_was_restored(evening: Evening) -> None:
    evening.apply(SLOW)
    evening.run("2026-12-01 20:30")
    backup = backup_of(evening.store)
    command(evening, "next")
    evening.run("2026-12-01 20:40")
    assert len(evening.asking("Q2")) == 1
    put_back(backup, evening.store)
    evening.restart()
    evening.run("2026-12-06 20:00")

    assert len(evening.asking("Q2")) == 1


@pytest.mark.parametrize("what", ["next", "skip"])
def test_no_heads_up_for_a_question_that_is_out_or_dropped(evening: Evening, what: str) -> None:
    evening.apply(HEADS_UP)
    evening.run("2026-12-01 20:07")
    command(evening, what)
    evening.run(END)

    assert evening.asking("Q2 is just around the corner") == []


def test_a_heads_up_of_one_chat_is_not_taken_for_that_of_another(evening: Evening, garden: FakePlatform) -> None:
    evening.apply(HEADS_UP)
    file = evening.config.chats / "seedchat.toml"
    other = HEADS_UP.replace("Garden Chat", "Seed Chat").replace("gardenchat", "seedchat")
    file.write_text(other.replace("GardenChat", "SeedChat").replace("What do", "Where do"), encoding="utf-8")
    planning.apply(evening.store, file, evening.config, evening.clock())
    evening.run("2026-12-01 20:21")
    garden.next_publish(loses_the_answer=True)
    evening.run(END)
    said = evening.asking("Q2 is just around the corner")

    assert len({post.parent_local_id for post in said}) == len(said) == 2  # one under each welcome
