"""What is done about a post that is out and not true any more, and in which words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chatbot.core.model import CueKind, Facts, PollDraft
from chatbot.core.nights import corrections, facts, wording
from chatbot.core.nights.corrections import Out
from chatbot.core.plan import Chat, How
from chatbot.core.value import replace
from tests.people import AMIR, STARTS, garden_chat, garden_defaults, garden_series, questions

SERIES, CHAT = garden_series(), garden_chat()
HALF_PAST = STARTS + timedelta(minutes=30)
Q2 = CHAT.questions[1]
ANNOUNCED = facts.of_cue(CueKind.ANNOUNCEMENT, SERIES, CHAT)


def told_now(chat: Chat, kind: CueKind = CueKind.ANNOUNCEMENT, **series: Any) -> tuple[tuple[str, ...], str]:
    """Return what of a post became untrue, and the sentences for it."""
    now_series = replace(SERIES, **series)
    said = facts.of_cue(kind, SERIES, CHAT)
    names = facts.untrue(said, facts.as_they_are(said, kind, now_series, chat))
    return names, facts.sentences(now_series, chat, said, names)


def out(**changes: Any) -> Out:
    said: Facts = (("text", "Slugs?"),)
    known = Out("k/2", "gardenbot", CueKind.QUESTION, "q2", STARTS, said, (("text", "Snails?"),))
    return replace(known, **changes)


@pytest.mark.parametrize(
    ("changed", "names", "said"),
    [
        (garden_chat(starts_at=HALF_PAST), ("begins",), "It begins at 20:30 Lisbon time, not at 20:00."),
        (
            replace(CHAT, starts_at=STARTS + timedelta(days=7), ends_at=CHAT.ends_at + timedelta(days=7)),
            ("begins",),
            "Moved from Tuesday 1 December, 20:00, to Tuesday 8 December, 20:00 Lisbon time.",
        ),
        (replace(CHAT, ends_at=STARTS + timedelta(minutes=40)), ("lasts",), "It takes 40 minutes."),
        (replace(CHAT, theme="Frost"), ("theme",), "The theme is now “Frost”."),
        (replace(CHAT, theme=""), ("theme",), "There is no theme this time."),
        (replace(CHAT, guests=()), ("guests",), "There is no guest this time."),
        (replace(CHAT, guests=(AMIR, replace(AMIR, name="Bea"))), ("guests",), "With Amir Haddad and Bea."),
        (replace(CHAT, framing="Other words."), (), ""),
        (replace(CHAT, questions=questions("One?")), (), ""),  # an announcement does not say how many
        (
            replace(CHAT, cancelled=True, theme="Frost"),
            ("theme", "cancelled"),
            "Cancelled: the chat on Tuesday 1 December, 20:00 Lisbon time will not take place.",
        ),
    ],
)  # fmt: skip
def test_what_became_untrue_is_said_in_sentences(changed: Chat, names: tuple[str, ...], said: str) -> None:
    assert (names, said) == told_now(changed)


def test_a_reminder_says_how_many_questions() -> None:
    names, said = told_now(replace(CHAT, questions=questions("One?")), CueKind.REMINDER)

    assert (("question_count",), "There will be 1 question.") == (names, said)


def test_another_main_hashtag_is_told_with_the_old_one() -> None:
    names, said = told_now(CHAT, hashtags=("Gardening",))

    assert (("hashtag",), "The hashtag is now #Gardening, no longer #GardenChat.") == (names, said)


def test_a_further_hashtag_makes_nothing_untrue() -> None:
    assert ((), "") == told_now(CHAT, hashtags=("GardenChat", "Soil"))


def test_a_post_tells_only_what_its_template_names() -> None:
    chat = replace(CHAT, settings=garden_defaults(wording=(("announcement", "{{ series }}, soon"),)))

    assert (("hashtag", "#GardenChat"),) == facts.of_cue(CueKind.ANNOUNCEMENT, SERIES, chat)


def test_a_template_that_names_less_makes_nothing_untrue_and_one_change_still_does() -> None:
    brief = replace(CHAT, settings=garden_defaults(wording=(("announcement", "{{ series }}, soon"),)))

    assert () == told_now(brief)[0]
    assert ("theme",) == told_now(replace(brief, theme="Frost"))[0]


def test_a_question_is_compared_without_its_white_space() -> None:
    said = facts.of_cue(CueKind.QUESTION, SERIES, CHAT, Q2)
    spaced = facts.of_cue(CueKind.QUESTION, SERIES, CHAT, replace(Q2, text=f" {Q2.text}\n"))

    assert () == facts.untrue(said, spaced)


def test_a_warning_is_missed_and_one_too_many_is_not() -> None:
    bare, warned = ((("text", "Slugs?"),), (("text", "Slugs?"), ("warning", "dead slugs")))

    assert ((), ("warning",)) == (facts.untrue(warned, bare), facts.untrue(bare, warned))


@pytest.mark.parametrize(
    ("changes", "chosen", "setting", "step"),
    [
        ({}, None, "ask", "edit"),  # a question's new words need no asking
        ({}, None, "reply", "reply"),
        ({}, "reply", "edit", "reply"),
        ({}, "none", "edit", "stands"),
        ({"refused": True}, None, "ask", "reply"),
        ({"refused": True}, "edit", "ask", "reply"),
        ({"adopted": True}, None, "ask", "by hand"),
        ({"adopted": True}, "none", "ask", "stands"),
        ({"kind": CueKind.WELCOME, "question": None}, None, "ask", "ask"),
        ({"kind": CueKind.WELCOME, "question": None}, None, "edit", "edit"),
        ({"said": (("poll", "B / C"),), "now": (("text", "A"), ("poll", "B / D"))}, "edit", "ask", "reply"),
        ({"now": (("text", "Slugs?"), ("warning", "x"))}, "reply", "ask", "edit"),
        ({"now": (("text", "Slugs?"), ("warning", "x")), "refused": True}, "reply", "ask", "by hand"),
    ],
)  # fmt: skip
def test_a_host_chooses_and_what_cannot_be_edited_is_answered(
    changes: dict[str, Any], chosen: How | None, setting: str, step: str
) -> None:
    assert [step] == [correction.step for correction in corrections.steps([out(**changes)], chosen, setting)]


def test_what_is_true_needs_nothing() -> None:
    assert () == corrections.steps([out(now=(("text", "Slugs?"),))], "edit", "edit")


def test_of_several_posts_about_the_chat_the_newest_is_corrected_in_public() -> None:
    first = out(key="a", kind=CueKind.ANNOUNCEMENT, question=None)
    second = out(key="b", kind=CueKind.REMINDER, question=None, at=STARTS + timedelta(hours=1))
    other = out(key="b", kind=CueKind.REMINDER, question=None, account="rosebot")

    found = {(c.out.key, c.out.account): c.step for c in corrections.steps([first, second, other], "reply", "ask")}
    assert {("a", "gardenbot"): "quiet reply", ("b", "gardenbot"): "reply", ("b", "rosebot"): "reply"} == found


def test_a_correction_of_a_question_says_which_and_how_to_answer() -> None:
    text = wording.correction(SERIES, CHAT, question=Q2)

    assert f"Correction to Q2: {Q2.text}\n\nAnswer with A2 and #GardenChat" == text


def test_a_question_that_fills_its_post_is_corrected_without_a_lead() -> None:
    long = replace(Q2, text="x" * 482)

    text = wording.correction(SERIES, CHAT, question=long)
    assert text.startswith("Q2 x")
    assert wording.length(text) <= 500


def test_a_community_words_its_corrections_itself() -> None:
    own = "{% if text %}Oops, {{ label }}: {{ text }}{% else %}News: {{ changes }}{% endif %}"
    chat = replace(CHAT, settings=garden_defaults(wording=(("correction", own),)))

    assert f"Oops, Q2: {Q2.text}\n\n#GardenChat" == wording.correction(SERIES, chat, question=Q2)
    assert "News: Later.\n\n#GardenChat" == wording.correction(SERIES, chat, changes="Later.")


def test_a_question_asked_again_names_the_first_time_whatever_its_length() -> None:
    address = "https://a.test/@gardenbot/1234567"

    assert address in wording.asked_again(SERIES, CHAT, Q2, address)
    assert wording.length(wording.asked_again(SERIES, CHAT, replace(Q2, text="y" * 440), address)) <= 500
    assert address in wording.asked_again(SERIES, CHAT, replace(Q2, text="y" * 440), address)
    assert wording.length(wording.asked_again(SERIES, CHAT, replace(Q2, text="y" * 480), address)) <= 500


def test_a_poll_is_a_fact_of_its_question() -> None:
    polled = replace(Q2, poll=PollDraft(("Beer", "Ducks")))

    assert ("poll", "Beer / Ducks") in facts.of_cue(CueKind.QUESTION, SERIES, CHAT, polled)
