"""Questions out of what hosts paste."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.errors import Wrong
from chatbot.core.files.planfile import questions_from_paste


def found(text: str) -> list[str]:
    return [f"{question.number}: {question.text}" for question in questions_from_paste(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. What?\n2. Why?", ["1: What?", "2: Why?"]),
        ("1) What?\n2) Why?", ["1: What?", "2: Why?"]),
        ("(1) What?\n(2) Why?", ["1: What?", "2: Why?"]),
        ("1 - What?\n2 – Why?", ["1: What?", "2: Why?"]),
        ("1.What?\n2.Why?", ["1: What?", "2: Why?"]),
        ("Q1: What?\nq2. Why?\nQ3 Who?", ["1: What?", "2: Why?", "3: Who?"]),
        ("Q1\tWhat?\nQ2\tWhy?", ["1: What?", "2: Why?"]),
        ("Question 1: What?\nQuestion 2: Why?", ["1: What?", "2: Why?"]),
        ("Question 1\nWhat?\n\nQuestion 2\n\nWhy?", ["1: What?", "2: Why?"]),
        ("Q0: Who?\nQ1: What?\nWrap-up: And now?", ["0: Who?", "1: What?", "wrap: And now?"]),
        ("Qwrap) And now?", ["wrap: And now?"]),
        ("- What?\n- Why?", ["1: What?", "2: Why?"]),
        ("• What?\n• Why?\n  And how?", ["1: What?", "2: Why? And how?"]),
        ("* What?\n\n* Why?", ["1: What?", "2: Why?"]),
        ("- 1. What?\n- 2. Why?", ["1: What?", "2: Why?"]),
        ("**1.** What?\n**Q2:** Why?", ["1: What?", "2: Why?"]),
        ("> 1. What?\n> 2. Why?", ["1: What?", "2: Why?"]),
        ("1. What grows\n   in your garden?\n2. Why?", ["1: What grows in your garden?", "2: Why?"]),
        ("Hi all!\n\n1. What?\n2. Why?\n\nThanks, Rita", ["1: What?", "2: Why?"]),
        ("1. What?\n1. Why?\n1. Who?", ["1: What?", "2: Why?", "3: Who?"]),
        ("3. What?\n5. Why?", ["3: What?", "5: Why?"]),
        ("What?\nWhy?", ["1: What?", "2: Why?"]),
        ("What grows\nin it?\n\nWhy?", ["1: What grows in it?", "2: Why?"]),
        ("1. Is 3.5 litres enough?\n2. In 2019?", ["1: Is 3.5 litres enough?", "2: In 2019?"]),
        ("3.5 litres, is that enough?", ["1: 3.5 litres, is that enough?"]),
        ("\ufeff1. What?\r\n2. Why?\r\n", ["1: What?", "2: Why?"]),
        ("１．何が育つ？\n２．なぜ？", ["1: 何が育つ？", "2: なぜ？"]),
        ("1. ما الذي ينمو في حديقتك؟\n2. لماذا؟", ["1: ما الذي ينمو في حديقتك؟", "2: لماذا؟"]),
        ("1. 🌱 What grows? 👩🏽‍🌾\n2. Why?", ["1: 🌱 What grows? 👩🏽‍🌾", "2: Why?"]),
        ("1. What “really” grows? It’s yours.", ["1: What “really” grows? It’s yours."]),
        ("\0\0001. What\0?\n2. Why?", ["1: What?", "2: Why?"]),
        ("", []),
        ("\n \n\t\n", []),
        ("1.\n2.\n", []),
    ],
)
def test_a_list_is_read_as_a_person_would(text: str, expected: list[str]) -> None:
    assert expected == found(text)


def test_ids_are_those_of_the_numbers() -> None:
    questions = questions_from_paste("Q0: Who?\nQ1: What?\nWrap: And now?")

    assert [question.id for question in questions] == ["q0", "q1", "wrap"]


def test_ten_thousand_lines_are_refused_at_once_and_not_cut_short() -> None:
    began = time.process_time()
    with pytest.raises(Wrong, match="that would be 10000 questions: paste at most 100"):
        questions_from_paste("\n".join(f"- What is {number}?" for number in range(10_000)))

    assert time.process_time() - began < 2


def test_a_whole_book_is_no_question() -> None:
    with pytest.raises(Wrong, match="one question would have 60001 characters"):
        questions_from_paste("1. " + "What?\n" * 10_000 + "!")


@pytest.mark.parametrize("text", ["1" * 100_000, " " * 100_000 + ")", "- " * 50_000, ">" * 100_000, "**" * 50_000])
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    with contextlib.suppress(Wrong):
        questions_from_paste(text)

    assert time.process_time() - began < 1


@given(st.text(max_size=200))
def test_whatever_is_pasted_there_are_questions_with_ids_of_their_own_or_none(text: str) -> None:
    questions = questions_from_paste(text)

    assert len({question.id for question in questions}) == len(questions)
    assert all(question.text and "\n" not in question.text for question in questions)
