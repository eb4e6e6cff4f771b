"""Posts are looked at again: what is deleted leaves the archive, and trouble with a server takes nothing out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from chatbot.core.model import Post
from chatbot.core.value import replace
from chatbot.platforms.errors import NoAnswer, Unavailable
from chatbot.platforms.port import PostRef
from chatbot.stages.collect.looks import AT_ONCE
from chatbot.store import chats, tables
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock
from tests.stages.gardens import CHAT, Garden, bytes_of


class Forgetful(FakePlatform):
    """A server that throws away what others wrote; asked by address, it fetches it again, under another id."""

    def forget(self, *posts: Post) -> None:
        """Throw posts away; where they were written they still are."""
        for post in posts:
            del self.posts[post.local_id]
            self.elsewhere[post.uri] = post

    @property
    def elsewhere(self) -> dict[str, Post]:
        return self.__dict__.setdefault("_elsewhere", {})

    def resolve(self, address: str) -> Post | None:
        self._read("resolve")
        post = self.elsewhere.pop(address, None)
        if post is not None:
            again = replace(post, local_id=f"9{post.local_id}")
            self.posts[again.local_id] = again
            return again
        return next((post for post in self.posts.values() if post.uri == address), None)


@pytest.fixture
def garden(clock: FixedClock) -> Forgetful:
    return Forgetful(clock)


@pytest.fixture
def g(store: Store, clock: FixedClock, garden: Forgetful, tmp_path: Path) -> Garden:
    return Garden(store, clock, garden, tmp_path)


def say(g: Garden, host: str, people: int, each: int = 1) -> list[Post]:
    return [g.post(f"@p{n}@{host}", f"A1 {host} {n} {i} #GardenChat") for n in range(people) for i in range(each)]


def over(g: Garden) -> None:
    """Let the chat be over and read to its end."""
    g.clock.to(g.chat.late_until + timedelta(minutes=1))
    g.collect()


def events(g: Garden) -> list[tuple[str, str | None]]:
    with g.store.read() as conn:
        found = conn.execute(tables.audit.select().where(tables.audit.c.event.startswith("verify")))
        return [(row.event, row.detail) for row in found]


def doubts(g: Garden) -> list[str]:
    with g.store.read() as conn:
        return [row.crowd for row in conn.execute(tables.doubt.select())]


def buried(g: Garden) -> list[str]:
    with g.store.read() as conn:
        return [row.uri for row in conn.execute(tables.post.select().where(tables.post.c.gone_at.is_not(None)))]


# who deletes


def test_one_person_who_deletes_thirty_posts_is_believed_in_minutes(g: Garden, tmp_path: Path) -> None:
    leaving, _staying = say(g, "b.test", 1, each=30), say(g, "c.test", 3)
    g.collect()
    g.delete(*leaving)

    assert g.collector.verify(CHAT).missed == 30
    assert len(g.texts()) == 3
    g.clock.forward(minutes=5)
    gone = g.collector.verify(CHAT).gone + g.collector.verify(CHAT).gone

    assert (gone, len(g.texts()), events(g)) == (30, 3, [])
    g.store.close()
    assert b"A1 b.test" not in bytes_of(tmp_path)


def test_one_persons_deletion_counts_although_another_server_is_away(g: Garden) -> None:
    leaving, away, _staying = say(g, "b.test", 1, each=4), say(g, "c.test", 3, each=2), say(g, "d.test", 20)
    g.collect()
    g.delete(*leaving, *away)

    looked = g.collector.verify(CHAT)

    assert (looked.missed, looked.doubtful) == (4, 6)
    g.clock.forward(minutes=5)
    assert g.collector.verify(CHAT).gone == 4
    assert len(g.texts()) == 26


# servers


def test_a_server_that_is_cut_off_takes_nothing_out_and_hosts_are_told_once(g: Garden) -> None:
    away, _staying = say(g, "b.test", 3, each=2), say(g, "c.test", 30)
    g.collect()
    g.delete(*away)

    for _ in range(5):
        assert g.collector.verify(CHAT).doubtful == 6
        g.clock.forward(hours=1)

    assert len(g.texts()) == 36
    assert events(g) == [("verify-doubtful", "6 of 6 by people on b.test")]


def test_after_a_day_a_crowd_leaves_the_pages_and_is_erased_a_week_later(g: Garden, tmp_path: Path) -> None:
    away, _staying = say(g, "b.test", 3, each=2), say(g, "c.test", 30)
    g.collect()
    g.delete(*away)
    g.collector.verify(CHAT)

    g.clock.forward(days=1)
    g.collector.verify(CHAT)
    assert (len(g.texts()), doubts(g)) == (30, ["b.test"])
    g.clock.forward(days=6)
    assert g.collector.verify(CHAT).kept == 6
    g.clock.forward(days=1)
    assert g.collector.verify(CHAT).gone == 6

    g.collector.verify(CHAT)
    assert doubts(g) == []
    g.store.close()
    assert b"A1 b.test" not in bytes_of(tmp_path)


def test_what_comes_back_within_the_week_is_shown_again(g: Garden) -> None:
    away, _staying = say(g, "b.test", 3, each=2), say(g, "c.test", 30)
    g.collect()
    g.delete(*away)
    for _ in range(3):
        g.collector.verify(CHAT)
        g.clock.forward(days=1)
    assert len(g.texts()) == 30

    g.platform.posts.update({post.local_id: post for post in away})
    g.collector.verify(CHAT)

    assert (len(g.texts()), doubts(g)) == (36, [])


def test_a_server_that_is_away_bit_by_bit_is_doubted_as_a_whole(g: Garden) -> None:
    """What was missed a little earlier belongs to the crowd."""
    away = say(g, "b.test", 9)
    g.collect()
    g.delete(*away[:4])
    g.collector.verify(CHAT)
    g.delete(*away[4:])
    g.clock.forward(minutes=5)

    looked = g.collector.verify(CHAT)

    assert (looked.gone, looked.doubtful) == (0, 9)


def test_a_server_that_throws_old_posts_away_is_asked_for_them_by_address(g: Garden, garden: Forgetful) -> None:
    old = say(g, "b.test", 4, each=2)
    g.collect()
    garden.forget(*old)

    assert g.collector.verify(CHAT).found == 2 + 8
    assert g.collector.verify(CHAT).found == 2 + 8  # by their new ids
    assert (len(g.texts()), doubts(g), events(g)) == (8, [], [])


def test_a_look_that_nobody_answered_ends_no_doubt(g: Garden) -> None:
    away, _staying = say(g, "b.test", 3, each=2), say(g, "c.test", 30)
    g.collect()
    g.delete(*away)
    g.collector.verify(CHAT)
    for _ in range(2):
        g.platform.next_read("look_up", Unavailable("away"))

    g.collector.verify(CHAT)

    assert doubts(g) == ["b.test"]


def test_a_single_old_post_is_asked_for_by_its_address_before_it_is_buried(g: Garden, garden: Forgetful) -> None:
    old, *_ = say(g, "b.test", 4)
    g.collect()
    garden.forget(old)
    g.collector.verify(CHAT)
    g.clock.forward(minutes=5)

    assert g.collector.verify(CHAT).gone == 0
    assert len(g.texts()) == 4
    assert g.collector.verify(CHAT).missed == 0


def test_while_nobody_answers_for_its_address_a_missing_post_is_not_erased(g: Garden, garden: Forgetful) -> None:
    post, *_ = say(g, "b.test", 4)
    g.collect()
    g.delete(post)
    g.collector.verify(CHAT)
    g.clock.forward(minutes=5)
    garden.next_read("resolve", Unavailable("slow"))

    assert g.collector.verify(CHAT).gone == 0
    assert g.collector.verify(CHAT).gone == 1


def test_a_post_nobody_answers_for_is_asked_for_every_day_and_buried_after_a_week(g: Garden, garden: Forgetful) -> None:
    post, *_ = say(g, "b.test", 12)
    over(g)
    g.collector.verify_due()
    g.delete(post)
    g.clock.forward(days=1)
    g.collector.verify_due()
    garden.calls.clear()

    for _ in range(7 * 24 * 12 - 1):
        garden.next_read("resolve", Unavailable("slow"))
        g.clock.forward(minutes=5)
        g.collector.verify_due()
    assert garden.calls.count("resolve") == 7
    assert g.stored().gone == 1
    assert not buried(g)
    for _ in range(24 * 12):
        g.clock.forward(minutes=5)
        g.collector.verify_due()

    assert buried(g) == [post.uri]


def test_one_post_nobody_answers_for_ends_no_other_look(g: Garden, garden: Forgetful) -> None:
    silent, other, *_ = say(g, "b.test", 12)
    over(g)
    g.collector.verify_due()
    g.delete(silent)
    for minutes in (24 * 60, 5):
        g.clock.forward(minutes=minutes)
        garden.next_read("resolve", Unavailable("slow"))
        g.collector.verify_due()
    g.delete(other)
    g.clock.forward(days=1)
    g.collector.verify_due()

    assert g.stored().gone == 2


def test_a_server_elsewhere_that_makes_ours_wait_is_waited_for_once_in_a_look(g: Garden, garden: Forgetful) -> None:
    away, _staying = say(g, "b.test", 1, each=8), say(g, "c.test", 10)
    g.collect()
    g.delete(*away)
    g.collector.verify(CHAT)
    g.clock.forward(minutes=5)
    garden.calls.clear()
    garden.next_read("resolve", NoAnswer("It took too long."))

    looked = g.collector.verify(CHAT)

    assert (looked.gone, looked.missed, looked.kept, garden.calls.count("resolve")) == (0, 0, 8, 1)


def test_a_post_of_our_own_server_is_not_asked_for_elsewhere(g: Garden, garden: Forgetful) -> None:
    post, *_ = say(g, "a.test", 4)
    g.collect()
    g.delete(post)
    g.collector.verify(CHAT)
    g.clock.forward(minutes=5)

    assert g.collector.verify(CHAT).gone == 1
    assert "resolve" not in garden.calls


def test_a_post_that_a_server_knows_by_two_ids_is_there_while_one_of_them_is(g: Garden) -> None:
    post, *_ = say(g, "b.test", 4)
    g.collect()
    g.platform.posts["777"] = replace(post, local_id="777")
    g.collect()
    g.delete(post)

    assert g.collector.verify(CHAT).missed == 0
    assert g.collector.verify(CHAT).found == 2 + 4


# when


def test_a_post_that_is_deleted_next_week_leaves_the_archive_next_week(g: Garden) -> None:
    post, *_ = say(g, "b.test", 4)
    over(g)
    assert g.collector.verify_due().keys() == {CHAT}
    assert g.collector.verify_due() == {}

    g.delete(post)
    g.clock.forward(days=1)
    assert g.collector.verify_due()[CHAT].missed == 1
    assert len(g.texts()) == 3
    assert g.collector.verify_due() == {}
    g.clock.forward(minutes=5)
    looked = g.collector.verify_due()[CHAT]
    assert (looked.gone, looked.found) == (1, 0)  # only what was missed is looked at

    assert g.collector.verify_due() == {}


def test_looks_go_on_for_years_and_after_a_restart(g: Garden) -> None:
    post, *_ = say(g, "b.test", 4)
    over(g)
    g.collector.verify_due()
    looks = 0
    for _ in range(365):
        g.clock.forward(days=1)
        looks += len(g.restarted().verify_due())
    assert 15 <= looks <= 30

    g.delete(post)
    g.clock.forward(days=30)
    g.restarted().verify_due()
    assert len(g.texts()) == 3


def test_a_doubt_is_looked_at_every_hour_and_what_was_believed_every_day(g: Garden) -> None:
    away = say(g, "b.test", 9)
    over(g)
    g.collector.verify_due()
    g.delete(*away)
    g.clock.forward(days=1)
    g.collector.verify_due()

    times = 0
    for _ in range(3 * 24):
        g.clock.forward(hours=1)
        times += len(g.collector.verify_due())

    assert 24 <= times <= 29
    assert g.texts() == []


def test_nothing_is_looked_at_while_a_chat_of_the_same_account_goes_on(g: Garden) -> None:
    say(g, "b.test", 4)
    over(g)
    again = replace(g.chat, id="gardenchat-next", starts_at=g.clock(), ends_at=g.clock() + timedelta(hours=1))
    with g.store.write() as conn:
        chats.save_chat(conn, again, state="ready", file=None, file_hash=None, now=g.clock())

    assert g.collector.verify_due() == {}
    g.clock.forward(hours=1, minutes=11)
    assert CHAT in g.collector.verify_due()


class OneByOne(FakePlatform):
    """A server of which each post has to be asked for; it counts."""

    asked: int = 0

    def look_up(self, refs: Sequence[PostRef]):  # type: ignore[no-untyped-def]
        self.asked += len(refs)
        return super().look_up(refs)


def test_a_large_chat_is_looked_at_in_portions(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    server = OneByOne(clock)
    g = Garden(store, clock, server, tmp_path)
    say(g, "b.test", AT_ONCE + 50)
    over(g)
    server.asked = 0

    assert g.collector.verify_due()[CHAT].left == 52
    assert server.asked == AT_ONCE
    assert g.collector.verify_due() == {}
    g.clock.forward(minutes=5)
    g.collector.verify_due()
    assert server.asked == 2 * AT_ONCE
    with g.store.read() as conn:
        unseen = conn.execute(tables.post.select().where(tables.post.c.verified_at.is_(None))).all()
    assert unseen == []


def test_a_deletion_puts_off_no_look_at_the_rest_of_a_large_chat(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    server = OneByOne(clock)
    g = Garden(store, clock, server, tmp_path)
    said = say(g, "a.test", AT_ONCE * 2)
    over(g)
    g.delete(said[0])

    for _ in range(12):
        g.clock.forward(minutes=5)
        g.collector.verify_due()

    with g.store.read() as conn:
        unseen = conn.execute(tables.post.select().where(tables.post.c.verified_at.is_(None))).all()
    assert (unseen, buried(g)) == ([], [said[0].uri])
    asked = server.asked
    assert asked <= 4 * AT_ONCE
    for _ in range(12 * 20):
        g.clock.forward(minutes=5)
        g.collector.verify_due()
    assert server.asked == asked  # each was looked at: the next time is tomorrow


def test_when_the_server_does_not_answer_it_is_asked_again_soon(g: Garden) -> None:
    say(g, "b.test", 4)
    over(g)
    g.platform.next_read("look_up", Unavailable("away"))

    assert not g.collector.verify_due()[CHAT].is_answered
    g.clock.forward(minutes=5)
    assert g.collector.verify_due()[CHAT].is_answered


def test_a_server_that_says_nothing_is_not_asked_for_the_rest(g: Garden) -> None:
    say(g, "b.test", 90)
    over(g)
    g.platform.next_read("look_up", NoAnswer("It took too long."))
    g.platform.calls.clear()

    looked = g.collector.verify_due()[CHAT]

    assert (looked.unsure, looked.is_answered, g.platform.calls.count("look_up")) == (92, False, 1)


def test_before_publishing_a_chat_is_read_and_looked_at_but_one_read_to_its_end_not_read_again(g: Garden) -> None:
    post, *_ = say(g, "b.test", 4)
    g.collect()
    g.delete(post)
    late = g.post("@z@c.test", "A1 just now #GardenChat")

    assert g.collector.make_sure(CHAT).missed == 1
    assert late.uri in {one.uri for one in g.stored().posts}
    over(g)
    g.platform.calls.clear()
    g.collector.make_sure(CHAT)
    assert "tag_timeline" not in g.platform.calls


# what a server says


def test_a_server_that_says_all_of_anothers_posts_are_deleted_is_doubted(g: Garden) -> None:
    """Cutting a server off, Mastodon says of each of its posts that it was deleted (A2b)."""
    away, _staying = say(g, "b.test", 5, each=2), say(g, "c.test", 10)
    over(g)
    g.collector.verify_due()
    g.delete(*away)
    for post in away:
        g.collector.deleted(post.local_id)

    assert g.stored().gone == 10  # hidden, and three of them erased
    g.clock.forward(minutes=5)
    looked = g.collector.verify_due()[CHAT]

    assert (looked.doubtful, looked.gone) == (7, 0)
    assert len(g.texts()) == 17
    assert [event for event, _detail in events(g)] == ["verify-doubtful"]


def test_a_person_who_deletes_everything_is_heeded_at_once_however_much_it_is(g: Garden) -> None:
    leaving = say(g, "b.test", 1, each=20)
    g.collect()
    g.delete(*leaving)
    for post in leaving:
        g.collector.deleted(post.local_id)

    with g.store.read() as conn:
        buried = conn.execute(tables.post.select().where(tables.post.c.gone_at.is_not(None))).all()
    assert len(buried) == 20


def test_many_people_who_each_delete_a_post_are_believed_after_two_looks(g: Garden) -> None:
    said = say(g, "b.test", 40)
    over(g)
    g.collector.verify_due()
    g.delete(*said[:8])
    for post in said[:8]:
        g.collector.deleted(post.local_id)
    assert len(g.texts()) == 32

    for _ in range(3):
        g.clock.forward(minutes=5)
        g.collector.verify_due()

    with g.store.read() as conn:
        buried = conn.execute(tables.post.select().where(tables.post.c.gone_at.is_not(None))).all()
    assert (len(buried), events(g)) == (8, [])
