"""What of a planned chat its servers would refuse, before the night."""

from __future__ import annotations

from chatbot.core.files import plan_texts
from chatbot.core.model import PollDraft
from chatbot.core.nights.wording import Room
from chatbot.core.plan import Question
from tests.people import garden_chat, garden_defaults, garden_series


def said(*asked: Question, rooms: tuple[Room, ...] = (Room(),), **changes: object) -> list[tuple[str | None, str]]:
    chat = garden_chat(questions=asked, **changes)
    found = plan_texts.mistakes(garden_series(), chat, rooms)
    return [(question.id if question else None, str(mistake)) for question, mistake in found]


def test_a_good_plan_has_no_mistakes() -> None:
    assert plan_texts.mistakes(garden_series(), garden_chat()) == ()


def test_a_draft_is_measured_as_if_it_were_ready() -> None:
    ((question, mistake),) = said(Question("q1", 1, "x" * 495), Question("q2", 2, "?"), ready=False, theme="")

    assert question == "q1"
    assert "11 characters too long" in mistake


def test_a_poll_and_a_description_are_measured_as_well() -> None:
    poll = PollDraft(("Yes", "👩‍👩‍👧‍👦" * 51, "No", "Perhaps", "Never"))
    found = said(Question("q1", 1, "?", poll=poll, alt="a" * 1501))

    assert [question for question, _ in found] == ["q1"] * 3
    assert "1 characters too many" in found[0][1]
    assert "5 answers to choose from: the server takes 4" in found[1][1]
    assert "of 51 characters: the server takes 50" in found[2][1]


def test_the_narrowest_server_decides() -> None:
    poll = PollDraft(("Yes", "No", "Perhaps"))

    assert said(Question("q1", 1, "?", poll=poll), rooms=(Room(5000),)) == []
    assert said(Question("q1", 1, "?", poll=poll), rooms=(Room(5000), Room(poll_options=2)))


def test_a_template_that_cannot_be_used_belongs_to_no_question() -> None:
    settings = garden_defaults(wording=(("thanks", "Bye"),))

    ((question, mistake),) = said(Question("q1", 1, "?"), settings=settings)
    assert question is None
    assert "the wording of thanks: it must contain {{ notice }}" in mistake
