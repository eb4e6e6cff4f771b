"""Questions out of what hosts paste."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.errors import Wrong
from chatbot.core.files.planfile import read_paste


def found(text: str) -> list[str]:
    return [f"{question.number}: {question.text}" for question in read_paste(text).questions]


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
        ("What?\nWhy?\nWho?\n\nWhen?\nWhere?", ["1: What?", "2: Why?", "3: Who?", "4: When?", "5: Where?"]),
        ("what?\nwhy?\n\nwho?", ["1: what?", "2: why?", "3: who?"]),
        (
            "Name a plant.\nName a pest!\n\nMy soil is …\n“Why?”",
            ["1: Name a plant.", "2: Name a pest!", "3: My soil is …", "4: “Why?”"],
        ),
        ("What? 🌱\nWhy? 🌱\n\nWho?", ["1: What? 🌱", "2: Why? 🌱", "3: Who?"]),
        ("What?\nWhat grows\nin it?\n\nWhy?", ["1: What?", "2: What grows in it?", "3: Why?"]),
        ("What grows\nin it?\nWhy?", ["1: What grows in it?", "2: Why?"]),
        ("Best plant\nWorst pest\n\nNext year", ["1: Best plant", "2: Worst pest", "3: Next year"]),
        ("best plant\nworst pest", ["1: best plant", "2: worst pest"]),
        ("Q1: What?\n2) Why?\nWho?\nWhen?", ["1: What?", "2: Why?", "3: Who?", "4: When?"]),
        ("- What?\n- Why?\nWho?", ["1: What?", "2: Why?", "3: Who?"]),
        ("1. What?\n2. Why?\n- Who?", ["1: What?", "2: Why?", "3: Who?"]),
        ("1. What?\n  And how?\n2. Why?\n  And who?", ["1: What? And how?", "2: Why? And who?"]),
        ("1. What?\nAnd how?\n2. Why?", ["1: What? And how?", "2: Why?"]),
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
    questions = read_paste("Q0: Who?\nQ1: What?\nWrap: And now?").questions

    assert [question.id for question in questions] == ["q0", "q1", "wrap"]


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("1. What?\n2. Why?", []),
        ("What?\nWhy?\n\nWho?", []),
        (
            "1. What?\nAnd how?\n2. Why?\n3. What grows\nin it?",
            ["lines were joined into one question: Q1, Q3. If one holds several, put a number before each."],
        ),
        (
            "What grows\nin it?\n\nWhy?",
            ["lines were joined into one question: Q1. If one holds several, put a number before each."],
        ),
        ("Question 1\nWhat?\n\nQuestion 2\nWhy?", []),
        (
            "Hi all!\n1. What?\n\nWho?\n" + "x" * 99 + "\nRita",
            [f"left aside: “Hi all!”, “Who?”, “{'x' * 59}…” and 1 more. If one is a question, put a number before it."],
        ),
        ("", []),
    ],
)
def test_lines_that_were_joined_or_left_aside_are_told(text: str, notes: list[str]) -> None:
    assert list(read_paste(text).notes) == notes


def test_ten_thousand_lines_are_refused_at_once_and_not_cut_short() -> None:
    began = time.process_time()
    with pytest.raises(Wrong, match="that would be 10000 questions: paste at most 100"):
        read_paste("\n".join(f"- What is {number}?" for number in range(10_000)))

    assert time.process_time() - began < 2


def test_a_whole_book_is_no_question() -> None:
    with pytest.raises(Wrong, match="one question would have 60001 characters"):
        read_paste("1. " + "What,\n" * 10_000 + "!")


@pytest.mark.parametrize(
    "text",
    [
        "1" * 100_000,
        "1. " + "?\n" * 50_000,
        "? " * 50_000 + "a",
        " " * 100_000 + ")",
        "- " * 50_000,
        ">" * 100_000,
        "**" * 50_000,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    with contextlib.suppress(Wrong):
        read_paste(text)

    assert time.process_time() - began < 1


@given(st.text(max_size=200))
def test_whatever_is_pasted_there_are_questions_with_ids_of_their_own_or_none(text: str) -> None:
    questions = read_paste(text).questions

    assert len({question.id for question in questions}) == len(questions)
    assert all(question.text and "\n" not in question.text for question in questions)


WHOLE = st.from_regex(r"[A-Z][a-z]{1,6}( [a-z]{1,6}){0,3}\?", fullmatch=True)
STYLES = ("{}. {}", "{}) {}", "Q{}: {}", "q{} {}", "**{}.** {}")


@given(st.lists(WHOLE, min_size=1, max_size=9, unique=True), st.data())
def test_blank_lines_neither_part_nor_join_whole_questions(questions: list[str], data: st.DataObject) -> None:
    blanks = data.draw(st.lists(st.integers(0, 2), min_size=len(questions), max_size=len(questions)))
    text = "".join(f"{question}\n" + "\n" * blank for question, blank in zip(questions, blanks, strict=True))

    assert [question.text for question in read_paste(text).questions] == questions


@given(st.lists(WHOLE, min_size=2, max_size=9, unique=True), st.data())
def test_whole_questions_behind_the_last_number_stay_apart(questions: list[str], data: st.DataObject) -> None:
    numbered = data.draw(st.integers(1, len(questions)))
    styles = data.draw(st.lists(st.sampled_from(STYLES), min_size=numbered, max_size=numbered))
    lines = [
        style.format(place, text) for place, (style, text) in enumerate(zip(styles, questions, strict=False), start=1)
    ]
    pasted = read_paste("\n".join([*lines, *questions[numbered:]]))

    assert [(question.number, question.text) for question in pasted.questions] == list(enumerate(questions, start=1))
    assert list(pasted.notes) == []


@given(
    st.lists(st.sampled_from(["1. What?", "- Who?", "Why?", "when", "Best plant", "  so?", "", "Q7 How"]), max_size=9)
)
def test_no_word_of_a_paste_is_lost_without_a_note(lines: list[str]) -> None:
    pasted = read_paste("\n".join(lines))
    kept = " ".join([*(question.text for question in pasted.questions), *pasted.left_aside])

    assert all(
        kept.count(word) >= lines.count(line) for line in lines for word in line.split()[-1:] if pasted.questions
    )
    assert bool(pasted.joined or pasted.left_aside) == bool(list(pasted.notes))
