"""Everything that any kind of server can show is found, by the real adapter over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from chatbot.store.engine import Store
from tests.fakes import FixedClock
from tests.people import STARTS
from tests.servers import HOLLO, PERSONALITIES, Personality
from tests.stages.towns import CHAT, Town, written


@pytest.fixture(params=PERSONALITIES.values(), ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Personality:
    found: Personality = request.param
    return found


@pytest.fixture
def town(kind: Personality, store: Store, clock: FixedClock, tmp_path: Path) -> Iterator[Town]:
    with Town(kind, store, clock, tmp_path) as town:
        yield town


def is_open(town: Town) -> bool:
    """Whether the server shows posts with a hashtag by people the bot does not follow (`platforms.md` C)."""
    return town.home.personality.name != HOLLO.name


def test_an_evening_is_collected_from_every_kind_of_server(town: Town) -> None:
    q1, q2 = town.questions
    town.ada.says("A1 tagged reply #GardenChat", reply_to=q1)
    deep = town.dave.says("A1 from afar", reply_to=town.far.known(q1))
    town.collect()
    town.ada.says("deep in the thread", reply_to=deep)
    town.ada.says("A2 quietly", reply_to=q2, visibility="unlisted")
    town.dave.says("A2 @bot@home.test by mention alone")
    town.ada.says("A2 for friends @bot", visibility="private")
    town.ada.says("@bot stop", visibility="direct")
    alone = town.ada.says("A2 by hashtag alone #GardenChat")
    town.collect()
    town.ada.edits(alone, "A2 by hashtag, edited #GardenChat")
    town.collect()

    expected = ["A1 tagged reply #GardenChat", "A1 from afar", "deep in the thread", "A2 quietly"]
    expected += ["A2 @bot@home.test by mention alone"]
    expected += ["A2 by hashtag, edited #GardenChat"] if is_open(town) else []
    assert town.texts() == written(*expected)
    assert {"private", "direct"} <= {post.visibility.value for post in town.heard}


def test_a_post_that_arrives_late_with_an_old_id_is_found(town: Town) -> None:
    """Fetched posts get an id of the time they were written at, and lie below everything that was read (A2)."""
    town.home.follows(town.far, delay=20 * 60, route="fetched")
    town.dave.says("A1 written early @bot@home.test #GardenChat")
    town.dave.says("A1 tagged early #GardenChat")
    town.clock.forward(minutes=2)
    for n in range(45):
        town.ada.says(f"A1 number {n} #GardenChat @bot")
    town.collect(minutes=4)
    assert len(town.texts()) == 45

    town.clock.forward(minutes=20)
    town.collect()

    assert ("a1 tagged early #gardenchat" in town.texts()) == is_open(town)
    assert "a1 written early @bot #gardenchat" in town.texts()


def test_a_parent_that_arrives_later_is_joined(town: Town) -> None:
    parent = town.dave.says("A1 not here yet @bot@home.test #GardenChat", travels=False)
    town.eve.says("I agree @bot@home.test #GardenChat", reply_to=parent)
    town.collect()
    (child,) = town.stored()
    assert child.parent_uri is None

    assert town.home.fetches(parent) is not None
    town.collect()
    town.collector.verify(CHAT)

    assert len(town.stored()) == 2
    assert {post.parent_uri for post in town.stored()} == {None, parent.uri}


def test_a_hashtag_that_an_edit_adds_or_takes_out(town: Town) -> None:
    added = town.ada.says("A1 forgot it @bot")
    taken = town.ada.says("A1 had it @bot #GardenChat")
    town.collect()
    town.ada.edits(added, "A1 remembered @bot #GardenChat")
    town.ada.edits(taken, "A1 had it once @bot")
    town.collect()
    town.collector.verify(CHAT)

    assert town.texts() == written("A1 had it once @bot", "A1 remembered @bot #GardenChat")


def test_limited_people_are_found_by_mention_and_read_by_address(town: Town) -> None:
    town.home.silences(town.eve)
    town.home.follows(town.far)
    town.eve.says("A1 @bot@home.test I am limited #GardenChat")
    hidden = town.eve.says("A1 nobody sees this #GardenChat")
    town.collect()
    assert town.texts() == written("A1 @bot@home.test I am limited #GardenChat")

    found = town.platform.resolve(hidden.url)
    assert found is not None
    town.collector.take(CHAT, found)
    assert len(town.texts()) == 2
    town.collector.verify(CHAT)  # in a bulk look-up they are absent, and that is no deletion (A6)
    town.clock.forward(minutes=6)
    assert town.collector.verify(CHAT).gone == 0
    assert len(town.texts()) == 2


def test_blocked_people_are_not_collected_at_all(town: Town) -> None:
    town.bot.blocks(town.ada)
    town.ada.says("A1 #GardenChat @bot", reply_to=town.questions[0])

    town.collect()

    assert town.texts() == []


def test_what_its_author_deletes_is_gone_after_two_looks(town: Town) -> None:
    stays = town.ada.says("A1 stays #GardenChat", reply_to=town.questions[0])
    goes = town.ada.says("A1 goes #GardenChat", reply_to=town.questions[0])
    from_afar = town.dave.says("A1 goes, too", reply_to=town.far.known(town.questions[0]))
    town.collect()
    assert len(town.texts()) == 3
    town.ada.deletes(goes)
    town.dave.deletes(from_afar)

    assert town.collector.verify(CHAT).missed == 2
    town.clock.forward(minutes=5)
    assert town.collector.verify(CHAT).gone == 2
    assert town.texts() == written(stays.text)


def test_the_same_post_by_every_route_is_one_post(town: Town) -> None:
    town.ada.says("A1 @bot everywhere #GardenChat", reply_to=town.questions[0])
    for _ in range(3):
        town.collect()
    town.collector.verify(CHAT)

    assert town.texts() == written("A1 @bot everywhere #GardenChat")


def test_after_the_end_it_is_read_again_at_its_times_also_when_the_program_was_down(town: Town) -> None:
    town.home.follows(town.far, delay=3 * 60 * 60)
    town.dave.says("A1 three hours under way @bot@home.test #GardenChat")
    town.collect()
    assert town.texts() == []

    town.clock.to(STARTS + timedelta(days=2))  # the process was down at +10 min, +1 h and +24 h
    assert town.collector.due(town.clock()) == [CHAT]
    town.collect(minutes=0)

    assert town.texts() == written("A1 three hours under way @bot@home.test #GardenChat")
    assert town.collector.due(town.clock.forward(seconds=40)) == []
