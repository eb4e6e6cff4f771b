"""Plans and drafts survive the way to JSON and back."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.model import Draft, PollDraft, Visibility
from chatbot.core.plan import Chat, Defaults, Person, Question, Reading, Series
from chatbot.store.codec import from_json, to_json
from tests.people import garden_chat, garden_defaults, garden_series

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
instants = st.integers(0, 7_000_000_000_000_000).map(
    lambda micros: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
)
polls = st.builds(
    PollDraft,
    options=st.lists(texts, min_size=2, max_size=4).map(tuple),
    open_for=st.timedeltas(min_value=timedelta(minutes=5), max_value=timedelta(days=30)),
    multiple=st.booleans(),
)
questions = st.builds(
    Question,
    id=texts,
    number=st.one_of(st.none(), st.just("wrap"), st.integers(0, 40)),
    text=texts,
    at=st.none() | instants,
    poll=st.none() | polls,
    asked_at=st.lists(instants, max_size=2).map(tuple),
    uris=st.lists(texts, max_size=2).map(tuple),
)
drafts = st.builds(
    Draft,
    text=texts,
    visibility=st.sampled_from(Visibility),
    reply_to=st.none() | texts,
    warning=texts,
    language=st.none() | texts,
    poll=st.none() | polls,
)


@given(st.lists(questions, max_size=3).map(tuple), instants, texts)
def test_a_chat_survives_json(asked: tuple[Question, ...], starts_at: datetime, theme: str) -> None:
    chat = garden_chat(questions=asked, starts_at=starts_at, theme=theme)

    assert chat == from_json(Chat, to_json(chat))


@given(drafts)
def test_a_draft_survives_json_to_the_last_character(draft: Draft) -> None:
    assert draft == from_json(Draft, to_json(draft))


def test_everything_a_series_and_a_chat_may_hold_survives() -> None:
    settings = garden_defaults(
        wording=(("welcome", "{{ theme }}"), ("question", "{{ text }}")), blocked_words=("spam",), last_call=True
    )
    series = garden_series(cohosts=("bia@c.test",), first_date="2026-01-06", defaults=settings)
    chat = garden_chat(settings=settings, reading=(Reading("Slugs", "https://x.test/é?a=1&b=2"),), secret=True)

    assert series == from_json(Series, to_json(series))
    assert chat == from_json(Chat, to_json(chat))


def test_numbers_stay_numbers_and_wrap_stays_a_word() -> None:
    for number in (0, 7, "wrap", None):
        question = Question("x", number, "y")  # type: ignore[arg-type]

        again = from_json(Question, to_json(question))
        assert (number, type(number)) == (again.number, type(again.number))


def test_equal_values_give_equal_text() -> None:
    assert to_json(garden_chat()) == to_json(replace(garden_chat()))


def test_what_an_older_chatbot_did_not_write_gets_its_default() -> None:
    old = json.loads(to_json(garden_chat()))
    del old["secret"], old["settings"]["last_call"]

    assert garden_chat() == from_json(Chat, json.dumps(old))


def test_what_a_newer_chatbot_wrote_is_ignored() -> None:
    new = json.loads(to_json(Defaults())) | {"moon_phase": "waxing"}

    assert Defaults() == from_json(Defaults, json.dumps(new))


def test_an_instant_of_another_zone_is_the_same_instant_afterwards() -> None:
    lisbon_summer = datetime(2026, 7, 7, 20, 0, tzinfo=timezone(timedelta(hours=1)))
    question = Question("q1", 1, "?", at=lisbon_summer)

    assert lisbon_summer == from_json(Question, to_json(question)).at


def test_a_broken_column_is_an_error_and_not_a_half_value() -> None:
    with pytest.raises(ValueError, match="name"):
        from_json(Person, '{"account": "rosa@a.test"}')


def test_no_field_of_a_plan_is_forgotten() -> None:
    written = json.loads(to_json(garden_chat()))

    assert {f.name for f in fields(Chat)} == set(written)
