"""What a stream pushes is stored at once, by the same door as what is read, and never more than that."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.core.model import Post, Visibility, Word
from chatbot.core.value import replace
from chatbot.platforms.port import Deleted, Event, Posted, Wake
from chatbot.store import cursors, decisions, posts
from chatbot.store.engine import Store, open_store
from tests.fakes import FakePlatform, FixedClock, person
from tests.people import STARTS
from tests.stages.gardens import CHAT, Garden, bytes_of

BEFORE = STARTS - timedelta(days=3)
NORA = person("@nora@c.test", bio="I grow roses. #nobot")


@pytest.fixture
def g(store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path) -> Garden:
    made = Garden(store, clock, garden, tmp_path)
    made.collect()
    return made


def push(g: Garden, *events: Event | Post) -> None:
    told = [Posted(event) if isinstance(event, Post) else event for event in events]
    g.collector.arrived(g.platform.name, [CHAT], told)


def is_woken(g: Garden) -> bool:
    """Whether the chat is read before its time."""
    g.clock.forward(seconds=15)
    return g.collector.due(g.clock()) == [CHAT]


def test_a_tagged_post_is_stored_without_being_read(g: Garden) -> None:
    before = len(g.platform.calls)
    push(g, g.post("@ana@b.test", "A1 Compost! #GardenChat"))

    assert g.texts() == ["A1 Compost! #GardenChat"]
    assert g.platform.calls[before:] == []
    with g.store.read() as conn:
        assert ("gardenbot", "stream") in cursors.of_chat(conn, CHAT)
        assert posts.by_route(conn, CHAT)["stream"] == 1


def test_a_stored_post_hastens_no_reading_and_whatever_was_not_told_does(g: Garden) -> None:
    push(g, g.post("@ana@b.test", "A1 Compost! #GardenChat"))
    assert not is_woken(g)

    g.collect()
    push(g, Wake())
    assert is_woken(g)


def test_replies_to_our_posts_are_stored_and_other_posts_of_the_account_are_not(g: Garden) -> None:
    reply = g.post("@ana@b.test", "A1 untagged", reply_to=g.questions[0])
    quiet = g.post("@ben@b.test", "A1 quiet", reply_to=g.questions[0], visibility=Visibility.UNLISTED)
    others = [
        g.post("@cleo@b.test", "what I had for dinner"),
        g.post("@cleo@b.test", "for friends #GardenChat", visibility=Visibility.PRIVATE),
        g.post("@cleo@b.test", "quiet, to nobody #GardenChat", visibility=Visibility.UNLISTED),
        g.post("@cleo@b.test", "long ago #GardenChat", at=STARTS - timedelta(days=3)),
        g.post("@cleo@b.test", "edited, of long ago #GardenChat", at=STARTS - timedelta(days=3), came_at=BEFORE),
    ]
    push(g, reply, quiet, *others)

    assert {post.uri for post in (reply, quiet)} == {post.uri for post in g.stored().posts} - {
        question.uri for question in g.questions
    }


@pytest.mark.parametrize("came", [STARTS, None])
def test_an_authors_clock_that_is_ahead_keeps_nobody_out(g: Garden, came: datetime | None) -> None:
    next_year = STARTS + timedelta(days=365)
    push(g, g.post("@ana@b.test", "A1 Compost! #GardenChat", at=next_year, came_at=came))

    assert g.texts() == ["A1 Compost! #GardenChat"]


def test_an_edit_of_a_post_that_is_stored_is_stored_whatever_its_time(g: Garden) -> None:
    post = g.post("@ana@b.test", "A1 Compots #GardenChat", at=STARTS - timedelta(days=400), came_at=STARTS)
    push(g, post)
    push(g, g.edit(post, "A1 Compost #GardenChat", came_at=None))

    assert g.texts() == ["A1 Compost #GardenChat"]


def test_a_mention_is_heard_first_and_stored_where_it_belongs(g: Garden) -> None:
    said = g.post("@ana@b.test", "A2 @gardenbot@a.test a mention, live")
    word = g.post("@ana@b.test", "@gardenbot@a.test pause", visibility=Visibility.DIRECT)
    push(g, Posted(said, mentions_us=True), Posted(word, mentions_us=True), g.post("@ben@b.test", "A1 #GardenChat"))

    assert g.heard == [said, word]
    assert g.texts() == ["A2 @gardenbot@a.test a mention, live", "A1 #GardenChat"]


def test_a_reply_to_our_post_is_heard_without_a_mention(g: Garden) -> None:
    answer = g.post("@ben@b.test", "A1 Compost! #GardenChat", reply_to=g.questions[0])
    stop = g.post("@nora@c.test", "stop", reply_to=g.questions[1])
    push(g, answer, stop, g.post("@ana@b.test", "stop", reply_to=answer))

    assert g.heard == [answer, stop]


def test_a_mention_is_heard_also_before_the_chat_was_read(g: Garden) -> None:
    g.restarted()
    word = g.post("@ana@b.test", "@gardenbot@a.test pause", visibility=Visibility.DIRECT)
    push(g, Posted(word, mentions_us=True))

    assert g.heard == [word]


def test_an_edit_that_takes_the_tag_away_is_stored_too(g: Garden) -> None:
    post = g.post("@ana@b.test", "A1 Compots #GardenChat")
    push(g, post)
    push(g, g.edit(post, "A1 Compost", hashtags=()))

    assert g.texts() == ["A1 Compost"]


def test_an_edit_that_brings_the_tag_is_a_new_post(g: Garden) -> None:
    post = g.post("@ana@b.test", "A1 Compost")
    push(g, post)
    assert g.texts() == []

    push(g, g.edit(post, "A1 Compost #GardenChat", hashtags=("gardenchat",)))
    assert g.texts() == ["A1 Compost #GardenChat"]


def test_a_deletion_in_the_same_breath_counts(g: Garden, tmp_path: Path) -> None:
    gone = g.post("@ana@b.test", "A1 nevermind #GardenChat")
    stays = g.post("@ben@b.test", "A1 stays #GardenChat")
    push(g, gone, Deleted(gone.local_id), Deleted("unknown"), stays, gone)

    assert (g.texts(), g.stored().gone) == (["A1 stays #GardenChat"], 1)
    g.store.close()
    assert b"nevermind" not in bytes_of(tmp_path)


def test_nothing_is_stored_of_who_says_no_and_nobody_is_named_who_does(g: Garden, tmp_path: Path) -> None:
    g.post(NORA, "A1 roses #GardenChat")
    g.collect()
    push(g, g.post(NORA, "A2 thorns #GardenChat"), g.post("@ana@b.test", "A2 like @nora@c.test says #GardenChat"))

    assert len(g.stored().empty) == 2
    assert g.texts() == ["A2 like [someone] says #GardenChat"]
    g.store.close()
    assert b"thorns" not in bytes_of(tmp_path)


def test_a_word_said_a_moment_ago_counts(g: Garden) -> None:
    ana = person("@ana@b.test")
    with g.store.write() as conn:
        decisions.say(conn, ana.uri, Word.STOP, g.clock())
    push(g, g.post(ana, "A1 no more #GardenChat"))

    assert (g.texts(), len(g.stored().empty)) == ([], 1)


def test_after_a_restart_nothing_is_stored_before_it_is_known_who_refuses(g: Garden) -> None:
    g.post(NORA, "A1 roses #GardenChat")
    g.collect()
    g.restarted()
    said = g.post("@ana@b.test", "A2 like @nora@c.test says #GardenChat")
    push(g, said)

    assert g.texts() == []
    assert is_woken(g)

    g.collect()
    assert g.texts() == ["A2 like [someone] says #GardenChat"]


def test_the_same_post_by_the_stream_and_by_reading_is_one(g: Garden) -> None:
    post = g.post("@ana@b.test", "A1 once #GardenChat")
    push(g, post, post)
    g.collect()
    push(g, replace(post, replies=3))

    assert g.texts() == ["A1 once #GardenChat"]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(10)), size=st.integers(2, 9))
def test_in_whatever_portions_events_come_the_same_is_stored(
    order: list[int], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stored = [told_in_portions(order, portion, tmp_path_factory.mktemp("portions")) for portion in (1, size)]

    assert stored[0] == stored[1]


def told_in_portions(order: list[int], size: int, folder: Path) -> list[str]:
    """Return what is stored of a few posts, an edit and a deletion, told in an order and in portions."""
    clock, store = FixedClock(), open_store(f"sqlite:///{folder / 'chat.db'}")
    garden = Garden(store, clock, FakePlatform(clock), folder)
    garden.collect()
    said = [garden.post(f"@p{n}@b.test", f"A{n} words #GardenChat") for n in range(6)]
    edited = garden.edit(said[0], "A0 other words #GardenChat")
    events = [*map(Posted, [*said, edited, said[2]]), Deleted(said[1].local_id), Wake()]
    for start in range(0, len(events), size):
        push(garden, *(events[place] for place in order[start : start + size]))
    store.close()
    return sorted(garden.texts())
