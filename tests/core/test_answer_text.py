"""An answer quoted: its number and the tags at its end go, no other word ever does."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core import text
from chatbot.core.sorting import answer_text

KNOWN = frozenset((1, 2, 3, 4, 5, "wrap"))


def quoted(words: str, **how: bool) -> str:
    spans = text.spans_from_text(words)
    return text.plain(answer_text.quoted(spans, ("A", "Q"), KNOWN, ("GardenChat",), **how))


@pytest.mark.parametrize(
    ("posted", "shown"),
    [
        ("A1 Broad beans, always. #GardenChat", "Broad beans, always."),
        ("A1: Couves e favas #gardenchat", "Couves e favas"),
        ("A1) Ervilhas!", "Ervilhas!"),
        ("a2. my hands", "my hands"),
        ("A3 - a bucket with holes", "a bucket with holes"),
        ("A3b Runner ducks, to be exact.", "Runner ducks, to be exact."),
        ("AWrap: a bed without digging #GardenChat", "a bed without digging"),
        ("@gardenbot A1 Kale", "Kale"),
        ("#GardenChat A1 Kale", "Kale"),
        ("A1\nKale\n\nand chard\n\n#GardenChat", "Kale\n\nand chard"),
        ("A1 A hedge. #Hedges #GardenChat #Gardening", "A hedge."),
        ("A1 I talk to my #roses #GardenChat", "I talk to my #roses"),
        ("Peat is over, whatever the bags say. A5 #GardenChat", "Peat is over, whatever the bags say."),
        ("A3 أضع قشور البيض حول الخس #GardenChat", "أضع قشور البيض حول الخس"),
        ("A1 🌻 sunflowers 🐝 #GardenChat", "🌻 sunflowers 🐝"),
        ("A5 https://soil.example/worms taught me more #GardenChat", "https://soil.example/worms taught me more"),
    ],
)
def test_a_number_and_the_tags_at_the_end_are_left_away(posted: str, shown: str) -> None:
    assert quoted(posted) == shown


@pytest.mark.parametrize(
    "posted",
    [
        "Kale, of course",
        "A1 lettuce under glass and A2. my hands, honestly",  # answers two
        "Hello everyone, A1 Kale",  # the greeting is theirs
        "I learnt it all from #GardenChat",  # the tag is a word of the sentence
        "🌻 A1 Kale",
        "A9 of this road is closed",  # the chat has no such question
        "A1",
        "A1 #GardenChat",
        "#GardenChat",
        "A4 paper is no mulch",
        "",
    ],
)
def test_what_may_be_words_stays(posted: str) -> None:
    words = quoted(posted)

    assert words == posted


def test_names_at_the_front_of_a_reply_only_address_somebody() -> None:
    assert quoted("@gardenbot Stop digging! #GardenChat", is_reply=True) == "Stop digging!"
    assert quoted("@rosa @gil Moss", is_reply=True) == "Moss"
    assert quoted("@ana and I share a plot", is_reply=True) == "@ana and I share a plot"
    assert quoted("@gardenbot Stop digging!") == "@gardenbot Stop digging!"


PIECES = st.sampled_from(
    ["A1", "A2:", "(A3)", "A 4", "#GardenChat", "#moss", "@ana", "@b@c.test", "https://a.test/A1", "beans", "the",
     "and", "I", "Kale.", "ﬁg", "🌻", "١", "e\u0301te\u0301", "…", "-", "\n", "#A5", "wrap:", "1/2"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map(" ".join), st.booleans())
def test_whatever_is_posted_a_piece_of_it_is_quoted_and_only_marks_tags_and_names_are_missing(
    posted: str, is_reply: bool
) -> None:
    spans = text.spans_from_text(posted)
    whole = text.plain(spans)
    shown = text.plain(answer_text.quoted(spans, ("A", "Q"), KNOWN, ("GardenChat",), is_reply=is_reply))
    before, _, after = whole.partition(shown) if shown else ("", "", "")
    mark = r"\(?#?(?:[AQ] ?\d|wrap|A wrap)[):.]*|#\w+|@[\w.@]+|[-…,.):]"

    assert shown in whole
    assert re.fullmatch(rf"(?:\s|{mark})*", before)
    assert re.fullmatch(rf"(?:\s|{mark})*", after)
