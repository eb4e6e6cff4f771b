"""A host does the bot's work by hand: the bot does not ask again, and what the host posted is the question."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chatbot.core.errors import ChatbotError
from chatbot.core.model import Visibility
from chatbot.platforms.errors import NotFound, OutcomeUnknown, RateLimited
from chatbot.stages.deliver import by_address
from chatbot.stages.deliver.by_address import Word
from chatbot.store import chats, outbox
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock
from tests.stages.nights import CHAT, Night, instant, run_sheet

END = "2026-12-01 22:30"
BY_HAND = "Q2 What ate your beans? #GardenChat"


@pytest.fixture
def night(store: Store, clock: FixedClock, garden: FakePlatform) -> Night:
    return Night(store, clock, garden).plan()


def stored(night: Night) -> StoredChat:
    with night.store.read() as conn:
        found = chats.find(conn, CHAT)
    assert found is not None
    return found


def test_a_question_that_a_host_asked_while_the_server_was_slow_is_adopted(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:11")
    garden.next_publish(refuses=RateLimited("Too many.", until=instant("2026-12-01 20:14")))
    night.run("2026-12-01 20:12:30")
    by_hand = garden.post("@ana@a.test", BY_HAND)
    night.run(END)

    row = night.row("q2")
    assert (row.uri, row.adopted, row.posted_at) == (by_hand.uri, True, by_hand.at)
    assert night.asked() == ["Q1", "Q3"]
    assert night.told().count("adopted") == 1


def test_a_question_that_was_asked_with_the_bots_own_account_is_adopted(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:11")
    by_hand = garden.post(garden.account, "Q2: so, what ate all your beans? #GardenChat")
    night.run(END)

    assert night.row("q2").uri == by_hand.uri
    assert night.asked() == ["Q1", "Q2:", "Q3"]


def test_what_a_host_asked_ahead_is_adopted_although_the_host_cannot_be_read_at_its_time(
    night: Night, garden: FakePlatform
) -> None:
    night.run("2026-12-01 19:56")
    by_hand = garden.post("@ana@a.test", BY_HAND)
    night.run("2026-12-01 20:11")
    for _ in range(9):
        garden.next_read("posts_of", RateLimited("Too many."))
    night.run(END)

    assert (night.row("q2").uri, night.asked()) == (by_hand.uri, ["Q1", "Q3"])
    assert night.told().count("adopted") == 1


def test_a_slip_by_hand_that_was_deleted_again_keeps_no_question_from_being_asked(
    night: Night, garden: FakePlatform
) -> None:
    night.run("2026-12-01 20:10")
    slip = garden.post("@ana@a.test", "Q3 Which tool do you love? #GardenChat")
    night.run("2026-12-01 20:14")
    del garden.posts[slip.local_id]
    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]


def test_the_next_question_leaves_room_after_one_asked_by_hand(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:11")
    garden.next_publish(refuses=OutcomeUnknown("lost"))
    garden.next_publish(refuses=RateLimited("Too many.", until=instant("2026-12-01 20:20:50")))
    night.run("2026-12-01 20:20:30")
    by_hand = garden.post("@ana@a.test", BY_HAND)
    night.run(END)
    third = next(post for post in night.own() if post.spans[0].text.startswith("Q3"))

    assert third.at - by_hand.at >= timedelta(minutes=6)


def test_an_adopted_question_is_linked_in_tonight_so_far_and_pushes_the_next(
    night: Night, garden: FakePlatform, clock: FixedClock
) -> None:
    night.run("2026-12-01 20:11")
    by_hand = garden.post("@ana@a.test", BY_HAND)
    night.run(END)

    so_far = next(post for post in night.own() if post.edited_at)
    assert by_hand.url in so_far.spans[0].text


@pytest.mark.parametrize(
    "words",
    ["Q2 in five minutes! #GardenChat", "Q2 What ate your beans?", "A2 Slugs ate my beans! #GardenChat"],
)
def test_other_words_of_a_host_change_nothing(night: Night, garden: FakePlatform, words: str) -> None:
    night.run("2026-12-01 20:11")
    garden.post("@ana@a.test", words)
    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]


def test_what_a_host_replies_to_a_participant_is_no_question(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:11")
    hers = garden.post("@bea@b.test", "A1 Tomatoes! When do we talk about beans? #GardenChat")
    garden.post("@ana@a.test", "@bea@b.test Q2 is on what ate your beans, can you wait? #GardenChat", reply_to=hers)
    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]


def test_a_stranger_asks_nothing_for_the_bot(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:11")
    garden.post("@olaf@b.test", BY_HAND)
    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]


def test_a_host_whose_posts_cannot_be_read_keeps_no_question_back(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:11")
    garden.next_read("posts_of", NotFound("no such account"))
    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]


def test_last_months_question_is_not_tonights(night: Night, garden: FakePlatform) -> None:
    garden.post("@ana@a.test", BY_HAND, at=instant("2026-11-03 20:12"))
    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]


def test_a_skipped_question_that_a_host_asked_late_counts_as_asked(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:11")
    garden.next_publish(refuses=RateLimited("Too many.", until=instant("2026-12-01 23:00")))
    night.run("2026-12-01 20:20")
    by_hand = garden.post("@ana@a.test", BY_HAND)
    night.run(END)

    assert (night.row("q2").state.value, night.row("q2").uri) == ("sent", by_hand.uri)


# chatbot adopt


def adopt(night: Night, question: str, address: str) -> by_address.Adopted:
    word = Word(question, address, "ana")
    return by_address.adopt_address(night.store, night.garden, stored(night), word, night.timing, night.clock())


@pytest.mark.parametrize("name", ["2", "Q2", "q2"])
def test_a_named_post_becomes_the_question_before_it_is_due(night: Night, garden: FakePlatform, name: str) -> None:
    night.run("2026-12-01 20:05")
    by_hand = garden.post("@amir@b.test", "what about the beans then")
    adopted = adopt(night, name, by_hand.url)
    night.run(END)

    assert (adopted.is_new, adopted.is_repeat) == (True, False)
    assert night.row("q2").uri == by_hand.uri
    assert night.asked() == ["Q1", "Q3"]


def test_adopting_it_twice_changes_nothing(night: Night, garden: FakePlatform) -> None:
    by_hand = garden.post("@amir@b.test", "what about the beans then")
    adopt(night, "2", by_hand.url)

    assert not adopt(night, "2", by_hand.uri).is_new
    with pytest.raises(ChatbotError, match="already another post"):
        adopt(night, "1", by_hand.uri)


def test_one_more_asking_of_a_question_that_is_out(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:05")
    by_hand = garden.post("@amir@b.test", "Q1 once more!")
    adopted = adopt(night, "1", by_hand.url)

    assert adopted.is_repeat
    assert [(row.nth, row.adopted) for row in night.rows() if row.question == "q1"] == [(1, False), (2, True)]


def test_a_question_adopted_before_the_plan_was_ready_is_not_asked_by_a_later_plan(
    night: Night, garden: FakePlatform, clock: FixedClock
) -> None:
    with night.store.write() as conn:
        outbox.replace_unsent(conn, CHAT, [], ["gardenbot"], clock())
    by_hand = garden.post("@amir@b.test", "Q1 early!")
    adopt(night, "1", by_hand.url)
    with night.store.write() as conn:
        outbox.replace_unsent(conn, CHAT, run_sheet(stored(night).chat), ["gardenbot"], clock())
    night.run(END)

    assert night.asked() == ["Q2", "Q3"]


def test_what_cannot_be_adopted_is_refused_with_a_reason(night: Night, garden: FakePlatform) -> None:
    private = garden.post("@ana@a.test", "psst", visibility=Visibility.DIRECT)

    with pytest.raises(ChatbotError, match=r"no question .9.*1, 2, 3"):
        adopt(night, "9", private.url)
    with pytest.raises(ChatbotError, match="finds no post"):
        adopt(night, "2", "https://nowhere.test/1")
    with pytest.raises(ChatbotError, match="private"):
        adopt(night, "2", private.url)
