"""Chats are found by name, and what people decided about them is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from chatbot.core.errors import ChatbotError
from chatbot.core.nights import timetable
from chatbot.core.plan import Chat
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.store import chats, outbox, tables
from chatbot.store.engine import Store
from tests.people import STARTS, garden_chat, garden_series

NOW = STARTS - timedelta(days=9)
NIGHT = "gardenchat-2026-12-01"


def save(store: Store, *several: Chat, state: chats.ChatState = "ready") -> None:
    with store.write() as conn:
        chats.save_series(conn, garden_series(), file="chats/garden.toml", file_hash="a1", now=NOW)
        for chat in several or (garden_chat(),):
            chats.save_chat(conn, chat, state=state, file="chats/garden.toml", file_hash="a1", now=NOW)


def found(store: Store, name: str, now: datetime = NOW) -> str | None:
    with store.read() as conn:
        stored = chats.named(conn, name, now)
    return stored.chat.id if stored else None


def three_nights() -> tuple[Chat, ...]:
    return tuple(garden_chat(starts_at=STARTS + timedelta(days=28 * month)) for month in (-1, 0, 1))


def test_what_is_saved_is_found_again(store: Store) -> None:
    save(store)

    with store.read() as conn:
        assert chats.StoredChat(garden_series(), garden_chat(), "ready", "chats/garden.toml", "a1", NOW) == chats.find(
            conn, NIGHT
        )
        assert [garden_series()] == chats.all_series(conn)
        assert garden_series() == chats.find_series(conn, "gardenchat")


def test_saving_again_replaces_the_plan_and_keeps_the_approval(store: Store) -> None:
    save(store)
    with store.write() as conn:
        chats.approve(conn, NIGHT, "rosa@a.test", NOW)
    save(store, garden_chat(theme="Compost"))

    with store.read() as conn:
        stored = chats.find(conn, NIGHT)
    assert stored is not None
    assert (stored.chat.theme, stored.approved_by) == ("Compost", "rosa@a.test")


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (-9 * 24 * 60, "gardenchat-2026-12-01"),
        (0, "gardenchat-2026-12-01"),
        (59, "gardenchat-2026-12-01"),
        (63, "gardenchat-2026-12-01"),
        (71, "gardenchat-2026-12-29"),
        (60 * 24 * 60, "gardenchat-2026-12-29"),
    ],
    ids=["days before", "at the start", "near the end", "just over: still this one", "over", "long over: the latest"],
)
def test_a_short_name_means_the_running_or_next_chat(store: Store, minutes: int, expected: str) -> None:
    save(store, *three_nights())

    assert expected == found(store, "gardenchat", STARTS + timedelta(minutes=minutes))


def test_a_short_name_steps_over_a_cancelled_chat_as_long_as_another_is_ahead(store: Store) -> None:
    save(store, *three_nights()[1:])
    with store.write() as conn:
        chats.set_state(conn, NIGHT, "cancelled", "rosa@a.test", NOW)
    assert found(store, "gardenchat") == "gardenchat-2026-12-29"

    with store.write() as conn:
        chats.set_state(conn, "gardenchat-2026-12-29", "cancelled", "rosa@a.test", NOW)
    assert found(store, "gardenchat") == NIGHT


def test_names_are_found_in_any_case_and_a_full_name_before_a_short_one(store: Store) -> None:
    save(store)

    assert found(store, " GardenChat ") == NIGHT
    assert found(store, NIGHT.upper()) == NIGHT
    assert found(store, "moonchat") is None


def test_a_chat_that_is_not_there_is_answered_with_those_that_are(store: Store) -> None:
    save(store)

    with store.read() as conn, pytest.raises(ChatbotError, match=r"no chat “moonchat”.*a series \(gardenchat\) means"):
        chats.must_find(conn, "moonchat", NOW)

    with store.read() as conn, pytest.raises(ChatbotError, match='Did you mean "gardenchat-2026-12-01"'):
        chats.must_find(conn, "gardenchat-2026-12-10", NOW)


def test_where_nothing_is_planned_that_is_said(store: Store) -> None:
    with store.read() as conn, pytest.raises(ChatbotError, match="None is planned yet; `chatbot plan apply FILE`"):
        chats.must_find(conn, "moonchat", NOW)


def test_a_persons_change_is_marked_as_theirs(store: Store) -> None:
    save(store)
    with store.write() as conn:
        chats.edit_plan(conn, garden_chat(theme="Compost"), "rosa@a.test", NOW)

    with store.read() as conn:
        stored = chats.find(conn, NIGHT)
    assert stored is not None
    assert (stored.chat.theme, stored.edited_by, stored.edited_at) == ("Compost", "rosa@a.test", NOW)


def test_the_first_to_approve_and_the_first_to_pause_are_remembered(store: Store) -> None:
    save(store)
    with store.write() as conn:
        assert chats.approve(conn, NIGHT, "rosa@a.test", NOW)
        assert not chats.approve(conn, NIGHT, "bia@a.test", NOW)
        assert chats.set_state(conn, NIGHT, "paused", "rosa@a.test", NOW)
        assert not chats.set_state(conn, NIGHT, "paused", "bia@a.test", NOW)
        stored = chats.find(conn, NIGHT)
        lines = conn.execute(sa.select(tables.audit.c.event, tables.audit.c.by).order_by(tables.audit.c.id)).all()

    assert stored is not None
    assert stored.approved_by == "rosa@a.test"
    assert [tuple(line) for line in lines] == [("chat-approved", "rosa@a.test"), ("chat-paused", "rosa@a.test")]


def test_the_ends_of_a_chat_are_noted(store: Store) -> None:
    save(store)
    with store.write() as conn:
        chats.mark_final(conn, NIGHT, NOW)
        chats.mark_emptied(conn, NIGHT, NOW + timedelta(days=30))
        stored = chats.find(conn, NIGHT)

    assert stored is not None
    assert (NOW, NOW + timedelta(days=30)) == (stored.final_at, stored.emptied_at)


def planned(store: Store) -> None:
    save(store)
    cues = timetable.run_sheet(garden_series(), garden_chat(), Timing())
    with store.write() as conn:
        outbox.replace_unsent(conn, NIGHT, cues, ["gardenbot"], NOW)


def test_a_chat_that_has_not_begun_can_be_withdrawn_with_its_posts(store: Store) -> None:
    planned(store)
    with store.write() as conn:
        assert chats.withdraw(conn, NIGHT, NOW)
        assert outbox.of_chat(conn, NIGHT) == []
        assert chats.find(conn, NIGHT) is None


@pytest.mark.parametrize(
    "change",
    [{"state": "sent"}, {"state": "unknown"}, {"state": "skipped", "reason": "a host skipped it"}, {"hold": True}],
    ids=["sent", "perhaps sent", "skipped by a host", "held by a host"],
)
def test_a_chat_that_has_begun_cannot(store: Store, change: dict[str, object]) -> None:
    planned(store)
    with store.write() as conn:
        conn.execute(tables.outbox.update().where(tables.outbox.c.kind == "announcement").values(change))
        before = outbox.of_chat(conn, NIGHT)

        assert not chats.withdraw(conn, NIGHT, NOW)
        assert before == outbox.of_chat(conn, NIGHT)


def test_a_transaction_that_fails_leaves_no_chat(store: Store) -> None:
    def fails_half_way() -> None:
        with store.write() as conn:
            chats.save_series(conn, garden_series(), file=None, file_hash=None, now=NOW)
            chats.save_chat(conn, garden_chat(), state="ready", file=None, file_hash=None, now=NOW)
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        fails_half_way()
    assert found(store, "gardenchat") is None


def test_a_hundred_chats_are_listed_in_their_order(store: Store) -> None:
    save(store, *reversed([replace(garden_chat(starts_at=STARTS + timedelta(days=n))) for n in range(100)]))

    with store.read() as conn:
        listed = [stored.chat.starts_at for stored in chats.all_chats(conn)]
    assert sorted(listed) == listed
    assert len(listed) == 100
