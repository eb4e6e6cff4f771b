"""What hosts read: each notice says what happened, what it means tonight, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from chatbot.core.model import CueKind
from chatbot.core.plan import Chat, Person, Question, Series
from chatbot.core.talk import notices, troubles
from chatbot.core.talk.notices import Notice
from chatbot.core.talk.troubles import Trouble
from chatbot.core.value import replace

STARTS = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)
SERIES = Series(
    "gardenchat", "GardenChat", ("GardenChat",), "Europe/Lisbon", ("gardenbot",), (Person("Ana", "ana@a.test"),)
)
CHAT = Chat(
    "gardenchat-2026-12-01",
    "gardenchat",
    STARTS,
    STARTS + timedelta(hours=1),
    STARTS + timedelta(days=7),
    theme="Compost",
    questions=(Question("q1", 1, "Why?"), Question("q2", 2, "How?"), Question("wrap", "wrap", "And now?")),
    ready=True,
)
Q1 = Trouble("k/gardenbot", CueKind.QUESTION, "q1", STARTS + timedelta(minutes=3), STARTS + timedelta(minutes=18), "")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 11, 30, 21, tzinfo=UTC), "tonight 21:00"),
        (datetime(2026, 11, 30, 14, tzinfo=UTC), "today 14:00"),
        (datetime(2026, 12, 1, 9, 30, tzinfo=UTC), "tomorrow 09:30"),
        (datetime(2026, 12, 8, 20, tzinfo=UTC), "Tuesday 8 December, 20:00"),
        (datetime(2027, 1, 5, 20, tzinfo=UTC), "Tuesday 5 January 2027, 20:00"),
    ],
)
def test_an_instant_is_said_as_people_say_it(at: datetime, said: str) -> None:
    assert said == notices.when(at, "Europe/Lisbon", datetime(2026, 11, 30, 12, tzinfo=UTC))


def test_tonight_is_the_chats_night_and_not_the_worlds() -> None:
    at = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)  # 23:00 in Auckland

    assert notices.when(at, "Pacific/Auckland", datetime(2026, 11, 30, 12, tzinfo=UTC)) == "tonight 23:00"


def test_before_the_chat_a_host_reads_that_all_is_well() -> None:
    notice = notices.pre_flight(SERIES, CHAT, 1, STARTS - timedelta(hours=1), paused=False)

    assert notice.text == (
        "Tonight 20:00: GardenChat “Compost”. 3 questions, account fine; answer `pause` to hold everything."
    )


def test_before_the_chat_a_host_reads_what_is_wrong() -> None:
    notice = notices.pre_flight(SERIES, CHAT, 1, STARTS, paused=False, trouble="the token was revoked.")

    assert "but the account is not fine: the token was revoked. Until that is mended" in notice.text
    assert notice.subject == "GardenChat, tonight 20:00: not all is well"


def test_before_a_paused_chat_a_host_reads_how_to_resume() -> None:
    assert "answer `resume`" in notices.pre_flight(SERIES, CHAT, 0, STARTS, paused=True).text


def test_what_a_chat_lacks_is_named() -> None:
    bare = replace(CHAT, theme="", questions=(), ready=False)

    assert notices.missing(bare) == ("a theme", "questions", "`ready = true`")
    assert "still needs a theme, questions and `ready = true`." in notices.not_ready(SERIES, bare, 0, STARTS).text
    assert "still needs a theme." in notices.not_ready(SERIES, replace(CHAT, theme=""), 0, STARTS).text


def test_a_late_question_names_its_times_and_the_way_to_help() -> None:
    notice = troubles.late(SERIES, CHAT, replace(Q1, reason="the server does not answer."))

    assert notice.text == (
        "Q1 of GardenChat was due 20:03 and is not out yet (the server does not answer). The bot keeps trying until"
        " 20:18, and later questions move with it. You may post it yourself: begin with “Q1”, add #GardenChat, and the"
        " bot takes it as the question."
    )


def test_a_late_welcome_is_nobodys_to_post_by_hand() -> None:
    notice = troubles.late(SERIES, CHAT, replace(Q1, kind=CueKind.WELCOME, question=None))

    assert notice.text.startswith("The welcome of GardenChat was due")
    assert "yourself" not in notice.text


def test_a_post_due_before_the_start_is_told_calmly() -> None:
    told = troubles.not_sure(SERIES, CHAT, replace(Q1, reason=troubles.BEFORE_START), timedelta(minutes=5))

    assert "not sure" not in told.subject
    assert len(told.text) <= 470
    assert "before the bot started. The bot is looking whether it is out already" in told.text


def test_every_notice_is_short_and_names_nobody_else() -> None:
    chat = replace(CHAT, theme="With @eve@evil.test " * 20)
    trouble = replace(Q1, reason="@eve@evil.test said " * 40, until=STARTS + timedelta(hours=6))
    all_of_them = [
        notices.pre_flight(SERIES, chat, 0, STARTS, paused=True, trouble=trouble.reason),
        notices.not_ready(SERIES, replace(chat, questions=(), ready=False), 0, STARTS - timedelta(days=7)),
        troubles.late(SERIES, chat, trouble),
        troubles.failed(SERIES, chat, trouble),
        troubles.skipped(SERIES, chat, trouble),
        troubles.not_sure(SERIES, chat, trouble, timedelta(minutes=5)),
        troubles.adopted(SERIES, chat, trouble),
        troubles.doubled(SERIES, chat, trouble),
        troubles.late_asks(SERIES, chat, trouble),
        troubles.no_room(SERIES, chat, trouble),
        troubles.went_ahead(SERIES, chat, trouble),
        troubles.was_there(SERIES, chat, trouble),
        troubles.quieted(SERIES, chat, trouble),
        troubles.double_left(SERIES, chat, trouble),
        troubles.not_corrected(SERIES, chat, trouble),
        notices.digest_waiting(SERIES, chat, 0, "https://chats.example.org/gardenchat-2026-12-01/"),
        notices.digest_waiting(SERIES, chat, 2, "https://chats.example.org/gardenchat-2026-12-01/"),
        notices.forgetting(SERIES, chat, 0, STARTS + timedelta(days=37), STARTS + timedelta(days=30)),
        notices.plan_changed(SERIES, chat, "gardenchat.toml", "0123456789abcdef"),
    ]

    assert [notice.incident for notice in all_of_them if len(notice.text) > 470] == []
    assert [notice.incident for notice in all_of_them if "@" in notice.text + notice.subject] == []
    assert len({notice.incident for notice in all_of_them}) == len(all_of_them)


TROUBLES = (
    troubles.late,
    troubles.failed,
    troubles.skipped,
    troubles.adopted,
    troubles.doubled,
    troubles.late_asks,
    troubles.no_room,
    troubles.went_ahead,
    troubles.was_there,
    troubles.untrue,
    troubles.quieted,
    troubles.parent_gone,
    troubles.no_picture,
    troubles.double_left,
    troubles.not_corrected,
    partial(troubles.not_sure, holds_up=timedelta(minutes=5)),
)


@pytest.mark.parametrize("word", TROUBLES)
@pytest.mark.parametrize("reason", ["the server said no " * 40, troubles.BEFORE_START])
def test_a_chat_on_several_accounts_names_the_one_in_trouble(word: Callable[..., Notice], reason: str) -> None:
    said = word(SERIES, CHAT, replace(Q1, reason=reason, account="gardenclub"))

    assert "on gardenclub" in said.text
    assert "on gardenclub" in said.subject
    assert len(said.text) <= 470
    assert "on gardenclub" not in word(SERIES, CHAT, replace(Q1, reason=reason)).text


@pytest.mark.parametrize("word", [*TROUBLES, troubles.refused])
def test_on_the_day_that_a_chat_was_moved_to_trouble_is_another_incident(word: Callable[..., Notice]) -> None:
    week = timedelta(days=7)
    moved = replace(CHAT, starts_at=STARTS + week, ends_at=CHAT.ends_at + week)

    assert word(SERIES, moved, Q1).incident == f"{word(SERIES, CHAT, Q1).incident}/2026-12-08"


def test_the_days_until_forgetting_are_counted() -> None:
    end = STARTS + timedelta(days=37)

    assert "In 7 days, on 7 January" in notices.forgetting(SERIES, CHAT, 0, end, end - timedelta(days=7)).text
    assert "In 1 day, on" in notices.forgetting(SERIES, CHAT, 0, end, end - timedelta(hours=20)).text
