"""A chat's hashtags: what counts as one, and which were probably meant to be the chat's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.errors import Wrong
from chatbot.core.sorting import hashtags
from chatbot.core.sorting.hashtags import NearMiss
from tests.people import garden_chat

CHAT = garden_chat(hashtags=("GardenChat", "Jardín"))


@pytest.mark.parametrize("said", ["OtherTag", "#OtherTag", "  #OtherTag ", "\uff03OtherTag", "##OtherTag"])
def test_a_hashtag_may_be_written_with_or_without_its_sign(said: str) -> None:
    assert ("OtherTag",) == hashtags.new(CHAT, [said])


@pytest.mark.parametrize("said", ["gardenchat", "#GARDENCHAT", "#jardin", "\uff27ardenchat"])
def test_a_hashtag_that_servers_take_for_the_chats_own_is_not_new(said: str) -> None:
    assert () == hashtags.new(CHAT, [said])


def test_of_two_ways_to_write_a_hashtag_the_first_counts() -> None:
    assert ("Other", "Third") == hashtags.new(CHAT, ["Other", "#other", "Third", "GardenChat"])


@pytest.mark.parametrize("said", ["", "#", "two words", "2026", "a-b", "x" * 101, "#tag\n#tag"])
def test_what_no_server_takes_for_a_hashtag_is_refused(said: str) -> None:
    with pytest.raises(Wrong, match="is not a hashtag"):
        hashtags.new(CHAT, [said])


@pytest.mark.parametrize(
    ("tag", "is_near"),
    [
        ("gardenchats", True),
        ("gardnchat", True),
        ("gradenchat", True),  # two letters swapped
        ("gardenschats", True),
        ("thegardenchat", True),
        ("gardenchat2026", True),
        ("gardenchat", False),
        ("garden", False),
        ("gardening", False),
        ("gardenchatarchive", False),
        ("compost", False),
    ],
)
def test_a_near_miss_is_a_slip_and_no_other_word(tag: str, is_near: bool) -> None:
    assert is_near == hashtags.is_near(tag, "gardenchat")


def test_a_short_hashtag_is_missed_by_one_letter_at_most() -> None:
    assert hashtags.is_near("edcaht", "edchat")
    assert not hashtags.is_near("edtech", "edchat")


def test_near_misses_are_counted_by_people_and_not_where_the_right_hashtag_stands_too() -> None:
    posts = [
        ("ana", ["GardenChats"]),
        ("ana", ["gardenchats", "compost"]),
        ("ben", ["gardenchats"]),
        ("cleo", ["gardnchat"]),
        ("dora", ["gardenchats", "gardenchat"]),
        ("emil", ["slugs"]),
    ]

    assert (NearMiss("gardenchats", 2), NearMiss("gardnchat", 1)) == hashtags.near_misses(CHAT, posts)


@given(st.text(max_size=14), st.text(min_size=1, max_size=14))
def test_nearness_never_fails_and_a_hashtag_is_never_near_itself(one: str, other: str) -> None:
    assert hashtags.is_near(one, other) in (True, False)
    assert not hashtags.is_near(other, other)
