"""Hashtags while a chat goes on: one more is added, one is taken out by an edit, one is written amiss."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from chatbot.core.errors import ChatbotError, Wrong
from chatbot.core.model import DecisionKind
from chatbot.core.pages import sifting
from chatbot.core.plan import Chat
from chatbot.core.talk.braking import Result
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.platforms.errors import Unavailable
from chatbot.stages import moderate, planning
from chatbot.stages.collect import suggestions
from chatbot.store import chats, records, tables
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock
from tests.people import STARTS
from tests.stages.gardens import CHAT, Garden


@pytest.fixture
def g(store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path) -> Garden:
    return Garden(store, clock, garden, tmp_path)


def also(g: Garden, *tags: str) -> Result:
    return planning.also(g.store, Timing(), CHAT, tags, "rosa@a.test", g.clock()).result


def stored(g: Garden) -> Chat:
    with g.store.read() as conn:
        found = chats.find(conn, CHAT)
    assert found is not None
    return found.chat


def waiting(g: Garden) -> list[tuple[str, str]]:
    """Return what waits for a host: text and reason."""
    _record, items = moderate.waiting(g.store, CHAT, g.clock())
    return [("".join(span.text for span in item.post.spans), item.why) for item in items]


def shown(g: Garden) -> list[str]:
    with g.store.read() as conn:
        record = records.load(conn, CHAT)
    own = {question.uri for question in g.questions}
    sifted = [item for item in sifting.sift(record).values() if item.fate == "shown" and item.post.uri not in own]
    return ["".join(span.text for span in item.post.spans) for item in sifted]


# one more


def test_a_hashtag_added_live_is_read_at_once_and_from_the_beginning(g: Garden) -> None:
    g.post("@ana@b.test", "A1 long before #OtherTag")
    g.clock.forward(minutes=25)
    g.collect()
    g.clock.forward(seconds=5)
    assert (g.texts(), g.collector.due(g.clock())) == ([], [])

    assert also(g, "#OtherTag") is Result.DONE

    assert g.collector.due(g.clock()) == [CHAT]
    g.collect()
    assert g.texts() == ["A1 long before #OtherTag"]
    assert g.collector.due(g.clock.forward(seconds=1)) == []


def test_a_hashtag_whose_first_reading_fails_is_read_from_the_beginning_all_the_same(g: Garden) -> None:
    g.post("@ana@b.test", "A1 long before #OtherTag")
    g.clock.forward(minutes=25)
    g.collect()
    g.clock.forward(seconds=1)
    also(g, "OtherTag")
    for _ in range(2):
        g.platform.next_read("tag_timeline", Unavailable("away"))
    g.collect()

    g.clock.forward(seconds=30)
    g.collect()

    assert g.texts() == ["A1 long before #OtherTag"]


def test_a_hashtag_may_be_added_after_the_late_window_as_well(g: Garden) -> None:
    g.post("@ana@b.test", "A1 nobody saw this #OtherTag")
    g.clock.to(g.chat.late_until + timedelta(days=2))
    g.collect()
    assert g.collector.due(g.clock()) == []
    g.clock.forward(minutes=1)

    also(g, "othertag")

    assert g.collector.due(g.clock()) == [CHAT]
    g.collect()
    assert g.texts() == ["A1 nobody saw this #OtherTag"]
    assert g.collector.due(g.clock.forward(minutes=30)) == []


def test_adding_a_hashtag_twice_changes_nothing_and_is_in_the_log_once(g: Garden) -> None:
    assert [also(g, tag) for tag in ("OtherTag", "#othertag", "GARDENCHAT")] == [
        Result.DONE,
        Result.ALREADY,
        Result.ALREADY,
    ]

    assert stored(g).hashtags == ("GardenChat", "OtherTag")
    with g.store.read() as conn:
        log = conn.execute(tables.audit.select().where(tables.audit.c.event == "hashtag-added")).all()
    assert [(row.by, row.chat, row.detail) for row in log] == [("rosa@a.test", CHAT, "OtherTag")]


def test_what_is_no_hashtag_and_one_too_many_are_refused(g: Garden) -> None:
    with pytest.raises(Wrong, match="is not a hashtag"):
        also(g, "two words")
    assert also(g, *(f"tag{n}" for n in range(10))) is Result.NOTHING
    assert also(g) is Result.UNASKED

    assert stored(g).hashtags == ("GardenChat",)


def test_a_hashtag_for_a_chat_that_nobody_reads_any_more_is_refused(g: Garden) -> None:
    g.clock.to(g.chat.late_until + timedelta(days=31))

    assert (also(g, "OtherTag"), g.collector.due(g.clock())) == (Result.UNREAD, [])
    assert stored(g).hashtags == ("GardenChat",)


def test_a_hashtag_for_a_chat_that_was_over_before_it_was_known_is_refused(g: Garden) -> None:
    with g.store.write() as conn:
        past = replace(g.chat, is_past=True)
        chats.save_chat(conn, past, state="ready", file=None, file_hash=None, now=STARTS)

    assert (also(g, "OtherTag"), g.collector.due(g.clock())) == (Result.UNREAD, [])


def test_a_hashtag_for_a_cancelled_chat_is_collected_only_where_a_question_was_out(g: Garden) -> None:
    with g.store.write() as conn:
        chats.set_state(conn, CHAT, "cancelled", "rosa@a.test", g.clock())
    assert (also(g, "OtherTag"), g.collector.due(g.clock())) == (Result.DONE, [CHAT])

    with g.store.write() as conn:
        conn.execute(tables.outbox.update().values(state="skipped"))
    assert (also(g, "Third"), g.collector.due(g.clock())) == (Result.CANCELLED, [])
    assert stored(g).hashtags == ("GardenChat", "OtherTag")


def test_a_chat_that_nobody_knows_is_named(g: Garden) -> None:
    with pytest.raises(ChatbotError, match="There is no chat"):
        planning.also(g.store, Timing(), "nochat", ["OtherTag"], "rosa", g.clock())


# one that is taken out


def test_whoever_takes_the_hashtag_out_is_not_shown_before_a_host_looked(g: Garden) -> None:
    post = g.post("@ana@b.test", "A1 Compost! #GardenChat")
    g.collect()
    assert shown(g) == ["A1 Compost! #GardenChat"]

    g.edit(post, "A1 Compost!", hashtags=())
    g.collector.verify(CHAT)

    assert g.texts() == ["A1 Compost!"]
    assert (shown(g), waiting(g)) == ([], [("A1 Compost!", "The hashtag was taken out by an edit.")])


def test_whoever_takes_the_hashtag_out_of_a_reply_is_still_in_the_thread(g: Garden) -> None:
    post = g.post("@ana@b.test", "A1 Compost! #GardenChat", reply_to=g.questions[0])
    named = g.post("@ben@b.test", "A1 Hay! @gardenbot@a.test #GardenChat")
    g.collect()

    g.edit(post, "A1 Compost!", hashtags=())
    g.edit(named, "A1 Hay! @gardenbot@a.test", hashtags=())
    g.collector.verify(CHAT)

    assert (shown(g), waiting(g)) == (["A1 Compost!", "A1 Hay! @gardenbot@a.test"], [])


def test_the_hashtag_may_be_put_back(g: Garden) -> None:
    post = g.post("@ana@b.test", "A1 Compost! #GardenChat")
    g.collect()
    g.edit(post, "A1 Compost!", hashtags=())
    g.collector.verify(CHAT)

    g.edit(post, "A1 Compost #GardenChat", hashtags=("gardenchat",))
    g.collect()

    assert (shown(g), waiting(g)) == (["A1 Compost #GardenChat"], [])


def test_a_host_decides_about_a_post_without_its_hashtag_and_its_author_may_still_take_it_out(g: Garden) -> None:
    post = g.post("@ana@b.test", "A1 Compost! #GardenChat")
    g.collect()
    include = moderate.Order(DecisionKind.INCLUDE, "rosa")
    moderate.decide(g.store, [g.platform], post.url, include, g.clock(), g.collector.take)

    g.edit(post, "A1 Compost!", hashtags=())
    g.collector.verify(CHAT)
    assert (shown(g), len(waiting(g))) == ([], 1)

    g.clock.forward(minutes=1)
    feature = moderate.Order(DecisionKind.FEATURE, "rosa")
    moderate.decide(g.store, [g.platform], post.url, feature, g.clock(), g.collector.take)
    assert shown(g) == ["A1 Compost!"]


def test_a_hashtag_that_is_added_by_an_edit_brings_the_post_in(g: Garden) -> None:
    post = g.post("@ana@b.test", "A1 I forgot the hashtag")
    g.post("@ben@b.test", "A2 later #GardenChat")
    g.collect()
    g.clock.forward(minutes=25)
    g.collect()
    assert g.texts() == ["A2 later #GardenChat"]

    g.edit(post, "A1 I forgot the hashtag #GardenChat", hashtags=("gardenchat",))
    g.clock.forward(minutes=3)
    g.collect()

    assert g.texts() == ["A1 I forgot the hashtag #GardenChat", "A2 later #GardenChat"]


# one that is written amiss


def test_near_misses_in_replies_are_suggested(g: Garden) -> None:
    g.post("@ana@b.test", "A1 Compost #GardenChats", reply_to=g.questions[0])
    g.post("@ben@b.test", "A1 Hay #gardenchats #compost", reply_to=g.questions[0])
    g.post("@cleo@b.test", "A1 both #GardenChats #GardenChat", reply_to=g.questions[0])
    g.post("@dora@b.test", "A1 only here #GardnChat")
    g.collect()

    found = suggestions.near_misses(g.store, Timing(), g.clock())

    assert [(chat, miss.tag, miss.people) for chat, miss in found] == [(CHAT, "gardenchats", 2)]
    also(g, "GardenChats")
    assert suggestions.near_misses(g.store, Timing(), g.clock()) == []


def test_nothing_is_suggested_of_who_refuses_nor_long_after_the_chat(g: Garden) -> None:
    refused = replace(g.post("@ana@b.test", "x").author, bio="#nobot")
    g.post(refused, "A1 Compost #GardenChats", reply_to=g.questions[0])
    g.collect()
    assert suggestions.near_misses(g.store, Timing(), g.clock()) == []

    g.post("@ben@b.test", "A1 Hay #GardenChats", reply_to=g.questions[0])
    g.collect()
    assert len(suggestions.near_misses(g.store, Timing(), g.clock())) == 1
    assert suggestions.near_misses(g.store, Timing(), STARTS + timedelta(days=3)) == []
