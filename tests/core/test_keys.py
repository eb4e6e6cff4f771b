"""Idempotency keys: nobody else's, the same after a lost answer, fresh after an answer that may be an old one."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.delivery import keys, pictures
from chatbot.core.model import Draft
from chatbot.core.nights.wording import Room
from chatbot.core.value import replace


@dataclass(frozen=True)
class Tried:
    key: str = "gardenchat-2026-12-01/question/q1/1"
    account: str = "gardenbot"
    attempts: int = 0
    key_from: int = 0


def test_a_key_is_the_same_for_each_attempt_until_it_is_used_up() -> None:
    draft = Draft("Q1 What grew?")
    first = keys.idempotency_key(Tried(), draft, "41")

    assert keys.idempotency_key(Tried(attempts=1), draft, "41") == first
    assert keys.idempotency_key(Tried(attempts=2, key_from=2), draft, "41") != first
    assert not keys.was_used(Tried())
    assert keys.was_used(Tried(attempts=1))
    assert not keys.was_used(Tried(attempts=2, key_from=2))


def test_no_two_posts_share_a_key() -> None:
    draft = Draft("Q1 What grew?")
    others = {
        keys.idempotency_key(Tried(), draft, "41"),
        keys.idempotency_key(Tried(), draft, None),
        keys.idempotency_key(Tried(), draft, "42"),  # another account, or the same night rehearsed again
        keys.idempotency_key(Tried(account="rosebot"), draft, "41"),
        keys.idempotency_key(Tried(key="gardenchat-2026-12-01/question/q1/2"), draft, "41"),
        keys.idempotency_key(Tried(), replace(draft, text="Q1 What grew well?"), "41"),
        keys.idempotency_key(Tried(), replace(draft, reply_to="40"), "41"),
        keys.idempotency_key(Tried(), replace(draft, warning="Slugs"), "41"),
    }

    assert len(others) == 8


@given(st.text(), st.text(), st.one_of(st.none(), st.text()))
def test_a_key_fits_every_header_whatever_the_words(key: str, words: str, newest: str | None) -> None:
    made = keys.idempotency_key(Tried(key=key), Draft(words), newest)

    assert made.isascii()
    assert made.isalnum()


def test_a_picture_is_told_in_words_where_there_is_room() -> None:
    draft = Draft("Q1 What is this?", picture="spade.png", alt=" A spade. ")

    assert pictures.in_words(draft, [Room()]) == Draft("Q1 What is this?\n\n[Picture: A spade.]")
    assert pictures.in_words(draft, [Room(), Room(characters=20)]) == Draft("Q1 What is this?")
    assert pictures.in_words(replace(draft, alt=" "), [Room()]) == Draft("Q1 What is this?")
