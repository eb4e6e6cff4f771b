"""A question that a host asks by hand is known; words about one are not taken for it."""

from __future__ import annotations

import pytest

from chatbot.core.delivery import adoption
from chatbot.core.model import Post, Visibility
from chatbot.core.plan import Question
from chatbot.core.value import replace
from tests.fakes import FakePlatform, FixedClock
from tests.people import garden_chat

CHAT = garden_chat()
SLUGS = Question("q3", 3, "What do you do against slugs?")


def by_rosa(words: str, **changes: object) -> Post:
    return FakePlatform(FixedClock()).post("@rosa@a.test", words, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "words",
    [
        "Q3 What do you do against slugs? #GardenChat",
        "Q3: What do you do against slugs #gardenchat",
        "🌱 Q3. Slugs: what do you do against them?! #GardenChat",
        "#GardenChat Q3 - what do you do against slugs?",
        "@amir@b.test Q3/6: how do you all keep slugs away? #GardenChat",
        "Question 3: Slugs? #GardenChat",
        "q 3 what do YOU do against slugs, then #GARDENCHAT",
    ],
)
def test_a_host_asked_it_by_hand(words: str) -> None:
    assert adoption.asks(by_rosa(words), SLUGS, CHAT)


@pytest.mark.parametrize(
    "words",
    [
        "Q3 in five minutes! #GardenChat",
        "Ready for Q3? #GardenChat",
        "Q30 What do you do against slugs? #GardenChat",
        "Q13 What do you do against slugs? #GardenChat",
        "Q2 Which tool? #GardenChat",
        "Q3 is all about that, can you wait two minutes? #GardenChat",
        "A3 Beer traps against slugs. #GardenChat",
        "Q3 What do you do against slugs?",
        "Q3 What do you do against slugs? #GardenChats",
        "What do you do against slugs? #GardenChat",
        "",
    ],
)
def test_a_host_did_not_ask_it(words: str) -> None:
    assert not adoption.asks(by_rosa(words), SLUGS, CHAT)


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({"is_repost": True}, False),
        ({"visibility": Visibility.DIRECT}, False),
        ({"visibility": Visibility.UNLISTED}, True),
    ],
)
def test_boosts_and_private_words_ask_nothing(changes: dict[str, object], counts: bool) -> None:
    assert adoption.asks(by_rosa("Q3 Slugs? #GardenChat", **changes), SLUGS, CHAT) is counts


def test_a_question_without_number_is_known_by_its_words_alone() -> None:
    unnumbered = replace(SLUGS, number=None)

    assert adoption.asks(by_rosa("What do you do against slugs? #GardenChat"), unnumbered, CHAT)
    assert not adoption.asks(by_rosa("Slugs, again. What now? #GardenChat"), unnumbered, CHAT)


def test_the_wrap_up_and_another_letter_are_known() -> None:
    wrap = Question("wrap", "wrap", "What will you take home?")
    pergunta = replace(CHAT, settings=replace(CHAT.settings, question_letter="P"))

    assert adoption.asks(by_rosa("Wrap-up: what do you take home? #GardenChat"), wrap, CHAT)
    lesmas = replace(SLUGS, text="O que fazem contra as lesmas?")
    assert adoption.asks(by_rosa("P3 E contra as lesmas? #GardenChat"), lesmas, pergunta)
    assert not adoption.asks(by_rosa("Q3 Slugs? #GardenChat"), SLUGS, pergunta)


@pytest.mark.parametrize(
    ("words", "counts"),
    [
        ("@bea@b.test Q3 What do you do against slugs? #GardenChat", False),
        ("#GardenChat 🌱 @bea: Q3 What do you do against slugs?", False),
        ("@amir@b.test @Rosa Q3 What do you do against slugs? #GardenChat", True),
        ("Q3 What do you do against slugs, @bea@b.test? #GardenChat", True),
    ],
)
def test_a_post_that_begins_with_a_participants_name_is_for_that_one(words: str, counts: bool) -> None:
    assert adoption.is_for_all(by_rosa(words), ["rosa@a.test", "@amir@b.test"], ()) is counts


def test_a_reply_is_for_all_below_a_post_of_the_bot_or_a_host_alone() -> None:
    garden = FakePlatform(FixedClock())
    hers = garden.post("@bea@b.test", "When do we talk about slugs? #GardenChat")
    reply = garden.post("@rosa@a.test", "Q3 What do you do against slugs? #GardenChat", reply_to=hers)

    assert not adoption.is_for_all(reply, ["rosa@a.test"], ())
    assert adoption.is_for_all(reply, ["rosa@a.test"], {hers.local_id})
