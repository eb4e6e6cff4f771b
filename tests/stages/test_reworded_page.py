"""A question reworded after it was asked, as readers find it: final wording, "first asked as", each answer in place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from chatbot import config as settings
from chatbot.core.pages import transcript
from chatbot.core.pages.shown import Transcript
from chatbot.platforms.port import Limits
from chatbot.render.formats import WRITERS
from chatbot.stages import planning
from chatbot.stages.collect import Collector
from chatbot.stages.planning.repeating import Wish
from chatbot.store import records
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock, person
from tests.stages.changing import CHAT, NIGHT, SERIES, Evening

PLAN = SERIES + CHAT
REWORDED = PLAN.replace("against slugs", "about snails")


@pytest.fixture
def evening(store: Store, tmp_path: Path, clock: FixedClock, garden: FakePlatform) -> Evening:
    (tmp_path / "chats").mkdir()
    (tmp_path / "chatbot.toml").write_text('[accounts.gardenbot]\nserver = "https://a.test"\n', encoding="utf-8")
    clock.to("2026-11-30 12:00")
    made = Evening(store, settings.load(str(tmp_path / "chatbot.toml"), {}), clock, garden)
    made.apply(PLAN)
    made.run("2026-12-01 20:25")
    return made


def page(evening: Evening) -> Transcript:
    """Collect everything and build what readers get."""
    platforms = {evening.garden.name: evening.garden}
    Collector(evening.store, platforms, evening.config, evening.clock, lambda post, platform: None).collect(NIGHT)
    with evening.store.read() as conn:
        return transcript.build(records.load(conn, NIGHT))


def answers(view: Transcript) -> Mapping[str, list[str]]:
    return {
        section.label: ["".join(span.text for span in answer.post.spans) for answer in section.answers]
        for section in view.questions
    }


def test_every_form_shows_the_final_wording_and_what_was_asked_first(evening: Evening) -> None:
    second = evening.asking("Q2")[0]
    evening.garden.post(person("@ana@b.test"), "Beer, in a bowl", reply_to=second)
    evening.apply(REWORDED)
    evening.run("2026-12-01 20:30")

    view = page(evening)
    forms = {name: WRITERS[name](view).decode() for name in ("html", "md", "txt", "json")}
    for name, words in forms.items():
        assert "What do you do about snails?" in words, name
    assert 'First asked as: <q dir="auto">What do you do against slugs?</q>' in forms["html"]
    assert "*First asked as: What do you do against slugs?*" in forms["md"]
    assert "(First asked as: What do you do against slugs?)" in forms["txt"]
    told = [question["first_asked_as"] for question in json.loads(forms["json"])["questions"]]
    assert [None, "What do you do against slugs?", None] == told
    assert {"Q1": [], "Q2": ["Beer, in a bowl"], "Q3": []} == answers(view)


def test_white_space_alone_is_no_other_wording(evening: Evening) -> None:
    evening.apply(PLAN.replace("against slugs", "against  slugs"))

    assert all(not section.first_asked_as for section in page(evening).questions)


def test_who_replies_to_the_correction_answers_the_question(evening: Evening) -> None:
    evening.garden.limits = Limits(edits=False)
    evening.apply(REWORDED)
    evening.run("2026-12-01 20:30")
    (correction,) = evening.saying("Correction to Q2")
    evening.garden.post(person("@ana@b.test"), "Snails are welcome here", reply_to=correction)

    view = page(evening)
    assert ["Snails are welcome here"] == answers(view)["Q2"]
    assert "What do you do against slugs?" == view.questions[1].first_asked_as
    assert "Correction to" not in WRITERS["txt"](view).decode()


def test_whoever_repeats_the_old_words_only_repeats_the_question(evening: Evening) -> None:
    evening.apply(REWORDED)
    evening.run("2026-12-01 20:30")
    evening.garden.post(person("@bot@c.test"), "Q2 What do you do against slugs? #GardenChat")

    assert [] == answers(page(evening))["Q2"]


def test_answers_below_both_askings_count(evening: Evening) -> None:
    evening.run("2026-12-01 20:33")
    wish = Wish("Q2", "rosa")
    planning.ask_again(evening.store, evening.stored(), wish, evening.config.timing, evening.clock())
    evening.run("2026-12-01 20:34")
    first, second = evening.asking("Q2")
    evening.garden.post(person("@ana@b.test"), "Beer, in a bowl", reply_to=first)
    evening.garden.post(person("@ben@b.test"), "I came late: ducks", reply_to=second)

    view = page(evening)
    assert ["Beer, in a bowl", "I came late: ducks"] == answers(view)["Q2"]
    assert 2 == len(view.questions[1].asked)
    assert "again at" in WRITERS["html"](view).decode()


def test_a_question_taken_out_after_it_was_asked_stays_on_the_page(evening: Evening) -> None:
    evening.garden.post(person("@ana@b.test"), "A2 Beer #GardenChat")
    evening.apply(PLAN.replace('[[chat.question]]\ntext = "What do you do against slugs?"\n', ""))
    evening.run("2026-12-01 21:30")

    view = page(evening)
    assert ["Q1", "Q2", "Q3"] == [section.label for section in view.questions]
    assert ["A2 Beer #GardenChat"] == answers(view)["Q2"]
