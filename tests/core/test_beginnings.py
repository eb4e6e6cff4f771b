"""What a first set-up proposes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.files import beginnings
from chatbot.core.files.fields import SHORT_NAME
from chatbot.core.nights import recurrence


@pytest.mark.parametrize(
    ("name", "hashtag", "short_name"),
    [
        ("Garden Chat", "GardenChat", "gardenchat"),
        ("Chá no jardim", "CháNoJardim", "chanojardim"),
        ("#LibChat", "LibChat", "libchat"),
        ("the nurses' hour", "TheNursesHour", "thenurseshour"),
        ("دردشة الحديقة", "دردشةالحديقة", ""),
    ],
)
def test_a_name_gives_a_hashtag_and_a_short_name(name: str, hashtag: str, short_name: str) -> None:
    assert (beginnings.hashtag_of(name), beginnings.short_name_of(hashtag)) == (hashtag, short_name)


@given(st.text())
def test_a_short_name_is_one_or_nothing(name: str) -> None:
    short = beginnings.short_name_of(beginnings.hashtag_of(name))

    assert short == "" or SHORT_NAME.fullmatch(short)


def test_the_ways_to_come_round_are_said_in_words() -> None:
    ways = [words for words, _ in beginnings.rhythms(date(2026, 12, 1))]

    assert ways == [
        "every month on the first Tuesday",
        "every week on Tuesday",
        "every second week on Tuesday",
        "it does not, this is the only one",
    ]


@given(st.dates(date(2026, 1, 1), date(2035, 12, 31)))
def test_every_way_to_come_round_begins_on_the_first_date(first: date) -> None:
    before = datetime.combine(first, datetime.min.time(), UTC) - timedelta(days=1)
    for words, rule in beginnings.rhythms(first):
        if rule is not None:
            dates = recurrence.occurrences(rule, "UTC", "20:00", first, before)

            assert [at.date() for at in islice(dates, 1)] == [first], words


def test_a_bio_keeps_what_stood_there() -> None:
    bio = beginnings.bio_of("Rita Fontes", "@rita@b.test", before="We love leeks.\n")

    assert bio.startswith("We love leeks.\n\nI post the questions")
    assert "Run by Rita Fontes, @rita@b.test" in bio
    assert bio.endswith("write me: stop")


@pytest.mark.parametrize(
    ("handle", "expected"),
    [("GardenBot@a.test", "gardenbot"), ("the.garden_bot@a.test", "the-garden_bot"), ("حديقة@a.test", "bot")],
)
def test_an_account_is_named_as_settings_can_name_it(handle: str, expected: str) -> None:
    assert beginnings.account_name_of(handle) == expected
