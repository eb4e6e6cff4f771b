"""A changed plan held to what was asked: numbers that people answered by never move."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.errors import ChatbotError
from chatbot.core.nights import realigning
from chatbot.core.plan import Chat
from chatbot.core.value import replace
from tests.people import SIX_QUESTIONS, garden_chat, questions

BEFORE = garden_chat()
ASKED = ("q1", "q2", "q3")


def planned(*texts: str) -> Chat:
    return garden_chat(questions=questions(*texts))


def held(*texts: str, asked: tuple[str, ...] = ASKED, before: Chat = BEFORE) -> list[tuple[str, object, str]]:
    kept = realigning.keep_asked(planned(*texts), before, asked).chat
    return [(question.id, question.number, question.text) for question in kept.questions]


def as_before(*changes: tuple[int, str]) -> list[tuple[str, object, str]]:
    texts = dict(enumerate(SIX_QUESTIONS, 1)) | dict(changes)
    return [(f"q{n}", n, text) for n, text in texts.items()]


def test_nothing_asked_leaves_a_plan_as_it_is() -> None:
    kept = realigning.keep_asked(planned("Other?"), BEFORE, ())

    assert (planned("Other?"), ()) == (kept.chat, kept.gone)


@pytest.mark.parametrize("place", range(6))
def test_a_line_taken_out_takes_no_number_from_an_asked_question(place: int) -> None:
    texts = [text for n, text in enumerate(SIX_QUESTIONS) if n != place]
    found = held(*texts)

    if place < 3:
        assert as_before() == found
    else:  # what was not asked yet closes up
        assert [(f"q{n}", n, text) for n, text in enumerate(texts, 1)] == found


def test_what_was_taken_out_is_named() -> None:
    kept = realigning.keep_asked(planned(*SIX_QUESTIONS[:1], *SIX_QUESTIONS[2:]), BEFORE, ASKED)

    assert ["q2"] == [question.id for question in kept.gone]


def test_a_reworded_question_is_known_by_its_place() -> None:
    texts = (*SIX_QUESTIONS[:1], "Something quite different?", *SIX_QUESTIONS[2:])

    assert as_before((2, "Something quite different?")) == held(*texts)


def test_one_taken_out_and_the_next_reworded_is_known_by_its_words() -> None:
    texts = (SIX_QUESTIONS[0], "What do you do against slugs and snails?", *SIX_QUESTIONS[3:])

    assert as_before((3, "What do you do against slugs and snails?")) == held(*texts)


def test_an_id_that_a_host_wrote_outranks_its_words() -> None:
    pairs = zip(BEFORE.questions, reversed(SIX_QUESTIONS), strict=True)
    swapped = replace(BEFORE, questions=tuple(replace(question, text=text) for question, text in pairs))
    ids = [question.id for question in BEFORE.questions]

    assert swapped == realigning.keep_asked(swapped, BEFORE, ASKED, ids).chat


def test_numbers_that_were_counted_are_kept_for_ids_that_were_written() -> None:
    written = [replace(q, number=n) for n, q in enumerate((q for q in BEFORE.questions if q.id != "q2"), 1)]
    ids = [question.id for question in written]

    kept = realigning.keep_asked(replace(BEFORE, questions=tuple(written)), BEFORE, ASKED, ids)
    assert [(q, q.id == "q2") for q in BEFORE.questions] == [
        (replace(q, withdrawn=False), q.withdrawn) for q in kept.chat.questions
    ]


def test_a_new_question_before_an_asked_one_is_refused_with_what_to_do() -> None:
    with pytest.raises(ChatbotError, match=r"Q1 of gardenchat-2026-12-01 was asked already.*behind Q1"):
        held("Who are you?", *SIX_QUESTIONS)


def test_a_new_question_among_those_to_come_gets_the_next_number() -> None:
    texts = (*SIX_QUESTIONS[:4], "Who are you?", *SIX_QUESTIONS[4:])

    assert [(f"q{n}", n, text) for n, text in enumerate(texts, 1)] == held(*texts)


def test_the_same_file_again_changes_nothing_more() -> None:
    texts = (*SIX_QUESTIONS[:1], *SIX_QUESTIONS[2:])
    once = realigning.keep_asked(planned(*texts), BEFORE, ASKED).chat

    assert once == realigning.keep_asked(planned(*texts), once, ASKED).chat


@given(
    st.lists(st.sampled_from((*SIX_QUESTIONS, "New?", "Newer?")), min_size=1, max_size=7, unique=True),
    st.integers(0, 6),
)
def test_every_asked_question_keeps_id_and_number_and_none_is_double(texts: list[str], count: int) -> None:
    asked = tuple(f"q{n}" for n in range(1, count + 1))
    try:
        found = held(*texts, asked=asked)
    except ChatbotError:
        return

    ids, numbers = [row[0] for row in found], [row[1] for row in found]
    assert (len(ids), len(numbers)) == (len(set(ids)), len(set(numbers)))
    assert {(name, int(name[1:])) for name in asked} <= {(name, number) for name, number, _ in found}
    for name, number, text in found:
        if text in SIX_QUESTIONS and (own := f"q{SIX_QUESTIONS.index(text) + 1}") in asked:
            assert (own, SIX_QUESTIONS.index(text) + 1) == (name, number)


@pytest.mark.parametrize(
    ("changes", "is_same"),
    [
        ({}, True),
        ({"theme": "Tools"}, True),  # all its questions
        ({"theme": "Tools", "questions": questions(*SIX_QUESTIONS[:3])}, True),
        ({"theme": "Tools", "questions": questions("Who are you?", SIX_QUESTIONS[0])}, False),  # asked every month
        ({"questions": ()}, True),
        ({"theme": "", "questions": ()}, False),
        ({"series": "moonchat"}, False),
    ],
)
def test_a_chat_on_another_day_is_known_by_its_theme_or_half_of_its_questions(
    changes: dict[str, object], is_same: bool
) -> None:
    assert is_same == realigning.is_the_same(BEFORE, replace(BEFORE, **changes))  # type: ignore[arg-type]
