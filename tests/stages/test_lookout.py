"""What other servers see of a chat is found, fetched by ours where it can be, and believed only where it may be."""

from __future__ import annotations

import itertools
from datetime import timedelta
from pathlib import Path

import pytest

from chatbot.core.model import Post, Visibility, Word
from chatbot.core.plan import Defaults
from chatbot.core.value import replace
from chatbot.platforms.errors import NotShown, NotSignedIn, PlatformError, RateLimited, Unavailable
from chatbot.stages import keep
from chatbot.stages.collect import Lookout, Place
from chatbot.store import cursors, sightings
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock, person
from tests.people import STARTS
from tests.stages.far import FarServer
from tests.stages.gardens import CHAT, Garden, bytes_of


class Abroad(Garden):
    """A garden whose account asks another server, too."""

    far: FarServer
    lookout: Lookout

    def asks(self, *others: FarServer) -> Abroad:
        self.far = others[0]
        self.collect()
        self.lookout = Lookout(
            self.store,
            [Place(other, self.platform.name) for other in others],
            {self.platform.name: self.platform},
            self.collector.door,
            self.collector.was_read,
            frozenset({"a.test"}),
            self.config.timing,
            self.clock,
        )
        return self

    def ask(self, **later: float) -> int:
        """Let time pass and ask every server."""
        self.clock.forward(**(later or {"minutes": 2}))
        return sum(self.lookout.ask(server) for server in self.lookout.servers)

    def federates(self, post: Post) -> Post:
        """Let our server be able to fetch a post."""
        self.platform.posts[f"home-{post.local_id}"] = replace(post, server="a.test", local_id=f"9{post.local_id}")
        return self.platform.posts[f"home-{post.local_id}"]

    def notes(self) -> list[str | None]:
        with self.store.read() as conn:
            return [c.note for (account, _), c in cursors.of_chat(conn, CHAT).items() if account == self.far.server]


@pytest.fixture
def g(store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path) -> Abroad:
    return Abroad(store, clock, garden, tmp_path).asks(FarServer(clock))


def test_a_post_that_never_reached_our_server_is_stored_as_another_shows_it(g: Abroad) -> None:
    g.far.post("@ana@b.test", "A1 Compost! #GardenChat")

    assert g.ask() == 1
    assert g.texts() == ["A1 Compost! #GardenChat"]
    with g.store.read() as conn:
        assert sightings.by_route(conn, CHAT)["vantage:far.test"] == 1


def test_who_said_stop_is_kept_out_whatever_address_another_server_tells(g: Abroad) -> None:
    guessed = person("@dave@h.test", uri="https://h.test/users/dave")
    keep.say(g.store, g.config, guessed, Word.STOP, g.clock())
    g.far.post(person("@dave@h.test", uri="https://h.test/@dave"), "A1 Compost! #GardenChat")

    g.ask()

    assert g.texts() == []


def test_what_our_server_can_fetch_is_stored_as_it_shows_it(g: Abroad) -> None:
    post = g.far.post("@ana@b.test", "A1 Compost! #GardenChat", boosts=7)
    g.federates(replace(post, boosts=2))

    assert g.ask() == 1
    (kept,) = [post for post in g.stored().posts if post.author.handle == "ana@b.test"]
    assert (kept.server, kept.boosts) == ("a.test", 2)
    with g.store.read() as conn:
        assert sightings.only_elsewhere(conn, CHAT) == frozenset()
        assert sightings.by_route(conn, CHAT)["vantage:far.test"] == 1


def test_what_our_server_could_not_fetch_is_asked_for_again_seldom_and_gives_way_then(g: Abroad) -> None:
    lie = g.far.post("@ana@b.test", "A1 as told #GardenChat")
    for _ in range(10):
        g.ask()
    assert g.platform.calls.count("resolve") == 2  # at once, and ten minutes later

    truth = replace(lie, spans=(replace(lie.spans[0], text="A1 as written #GardenChat"),))
    g.federates(truth)
    g.ask(hours=1)

    assert g.texts() == ["A1 as written #GardenChat"]
    assert g.platform.calls.count("resolve") == 3
    g.ask()
    assert g.platform.calls.count("resolve") == 3


def test_only_so_many_posts_are_asked_for_at_one_visit(g: Abroad) -> None:
    for number in range(20):
        g.federates(g.far.post("@ana@b.test", f"A1 number {number} #GardenChat"))

    g.ask()

    assert g.platform.calls.count("resolve") == 5
    assert len(g.texts()) == 20
    g.ask()
    assert g.platform.calls.count("resolve") == 10


def test_while_our_server_is_away_what_is_told_is_kept(g: Abroad) -> None:
    g.far.post("@ana@b.test", "A1 Compost! #GardenChat")
    g.platform.next_read("resolve", Unavailable("away"))

    g.ask()

    assert g.texts() == ["A1 Compost! #GardenChat"]


@pytest.mark.parametrize(
    "changes",
    [
        {"uri": "https://a.test/users/ana/statuses/1"},
        {"uri": "https://c.test/users/ana/statuses/1"},
        {"author": person("@rosa@a.test")},
        {"author": person("@amir@b.test"), "uri": "https://b.test/users/amir/statuses/1"},
        {"author": replace(person("@ana@b.test"), handle="gardenbot@a.test")},
    ],
    ids=["ours", "another's", "a host", "a guest", "the bot"],
)
def test_a_forged_post_is_not_believed(g: Abroad, changes: dict[str, object]) -> None:
    g.far.post("@ana@b.test", "A1 Plastic! #GardenChat", **changes)

    assert g.ask() == 0
    assert g.texts() == []


def test_the_words_of_a_known_post_are_not_changed_by_another_server(g: Abroad) -> None:
    post = g.post("@ana@b.test", "A1 Compost! #GardenChat")
    g.collect()
    g.far.receives(post, spans=(replace(post.spans[0], text="A1 Plastic!"),), edited_at=g.clock())

    assert g.ask() == 0
    assert g.texts() == ["A1 Compost! #GardenChat"]
    assert "resolve" not in g.platform.calls


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.DIRECT])
def test_what_our_server_shows_to_few_is_not_believed_to_be_public(g: Abroad, visibility: Visibility) -> None:
    post = g.far.post("@ana@b.test", "A1 Compost! #GardenChat")
    g.federates(replace(post, visibility=visibility))

    for _ in range(3):
        g.ask()

    assert g.texts() == []
    assert g.platform.calls.count("resolve") == 1


def test_what_another_server_shows_to_few_is_never_asked_for(g: Abroad) -> None:
    question = g.far.receives(g.questions[0])
    g.far.post("@ana@b.test", "for friends", reply_to=question, visibility=Visibility.PRIVATE)

    g.ask()

    assert "resolve" not in g.platform.calls
    assert b"for friends" not in bytes_of(g.config.state.parent)


def test_nobody_who_says_no_is_fetched_or_kept(g: Abroad) -> None:
    g.far.post(person("@nora@c.test", bio="I grow roses. #nobot"), "A1 Roses #GardenChat")

    g.ask()

    assert (g.texts(), len(g.stored().empty)) == ([], 1)
    assert "resolve" not in g.platform.calls
    assert b"nora" not in bytes_of(g.config.state.parent)


def test_a_no_that_our_server_knows_counts_whatever_another_tells(g: Abroad) -> None:
    g.post(person("@nora@c.test", bio="#nobot"), "A1 Roses #GardenChat")
    g.collect()
    g.far.post(person("@nora@c.test"), "A2 Tulips #GardenChat")
    g.platform.next_read("resolve", Unavailable("away"))

    g.ask()

    assert (g.texts(), len(g.stored().empty)) == ([], 2)
    g.collect()
    assert (g.texts(), len(g.stored().empty)) == ([], 2)


def test_in_an_opt_in_chat_hearsay_is_an_empty_place(
    store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path
) -> None:
    g = Abroad(store, clock, garden, tmp_path, settings=Defaults(consent="opt-in")).asks(FarServer(clock))
    g.far.post("@ana@b.test", "A1 Compost! #GardenChat")

    g.ask()

    assert (g.texts(), len(g.stored().empty)) == ([], 1)


class Blocked(FakePlatform):
    """A server that knows who blocks the bot."""

    blocking = frozenset({"nora@c.test"})

    def is_blocked_by(self, account: str) -> bool:
        self._read("is_blocked_by")
        return account in self.blocking


@pytest.mark.parametrize("error", [None, Unavailable("away")])
def test_hearsay_of_somebody_who_blocks_the_bot_is_not_taken(
    store: Store, clock: FixedClock, tmp_path: Path, error: PlatformError | None
) -> None:
    g = Abroad(store, clock, Blocked(clock), tmp_path).asks(FarServer(clock))
    g.far.post("@nora@c.test", "A1 Roses #GardenChat")
    g.far.post("@ana@b.test", "A1 Compost! #GardenChat")
    if error:
        g.platform.next_read("is_blocked_by", error)  # then nothing is taken before it is known

    g.ask()
    assert g.texts() == ([] if error else ["A1 Compost! #GardenChat"])

    g.ask()
    assert g.texts() == ["A1 Compost! #GardenChat"]


def test_threads_below_our_questions_are_read_there_and_join(g: Abroad) -> None:
    question = g.far.receives(g.questions[0])
    first = g.far.post("@ana@b.test", "untagged answer", reply_to=question)
    g.far.post("@ben@c.test", "talk below it", reply_to=first)

    g.ask()

    parents = {post.spans[0].text: post.parent_uri for post in g.stored().posts}
    assert parents["untagged answer"] == g.questions[0].uri
    assert parents["talk below it"] == first.uri


def test_a_thread_is_asked_for_again_when_more_replies_are_counted_there(g: Abroad) -> None:
    question = g.far.receives(g.questions[0])
    g.ask()
    g.ask()
    assert g.far.calls.count("thread") == 1

    g.far.post("@ana@b.test", "untagged answer", reply_to=question)
    g.far.network.posts[question.local_id] = replace(question, replies=1)
    g.ask()

    assert g.far.calls.count("thread") == 2
    assert g.texts() == ["untagged answer"]


def test_a_server_that_hides_threads_still_shows_its_hashtags(g: Abroad) -> None:
    g.far.receives(g.questions[0])
    g.far.network.next_read("thread", NotShown("only for its own people"))
    g.far.post("@ana@b.test", "A1 Compost! #GardenChat")
    g.ask()

    assert (g.texts(), g.notes()) == (["A1 Compost! #GardenChat"], [None])


def test_a_hashtag_or_thread_that_fails_alone_keeps_nothing_else_from_being_read(
    store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path
) -> None:
    g = Abroad(store, clock, garden, tmp_path, hashtags=("Odd", "GardenChat")).asks(FarServer(clock))
    for question in g.questions[:2]:
        g.far.receives(question)
    g.far.post("@ana@b.test", "A1 Compost! #GardenChat")
    g.far.network.next_read("tag_timeline", Unavailable("500"))
    g.far.network.next_read("thread", Unavailable("502"))

    g.ask()

    assert (g.texts(), g.notes()) == (["A1 Compost! #GardenChat"], ["500"])
    assert g.far.calls.count("thread") == 2
    g.ask(seconds=30)
    assert g.far.calls.count("tag_timeline") == 2  # not before it is due, and not left alone either
    g.ask(minutes=2)
    assert (g.notes(), g.far.calls.count("tag_timeline")) == ([None], 4)


def test_a_post_without_the_tag_in_the_timeline_of_the_tag_is_passed_over(g: Abroad) -> None:
    g.far.post("@ana@b.test", "dinner #Food")
    g.far.tag_timeline = lambda tag, back_to: iter(g.far.network.posts.values())  # type: ignore[method-assign]

    assert g.ask() == 0


def test_a_server_that_shows_nothing_is_told_of_once_and_left_alone(
    g: Abroad, caplog: pytest.LogCaptureFixture
) -> None:
    why = "far.test shows hashtags only to people who are signed in there."
    for _ in range(100):
        g.far.network.next_read("sees", NotShown(why))
    for _ in range(60):
        g.ask()

    assert g.notes() == [why]
    assert g.far.calls.count("sees") == 1
    assert [record.message for record in caplog.records].count("vantage failed") == 1
    assert "tag_timeline" not in g.far.calls


def test_a_server_that_closes_while_it_is_read_is_asked_what_it_shows_before_anything_else(g: Abroad) -> None:
    g.ask()
    g.far.network.next_read("tag_timeline", NotShown("closed"))
    g.ask()
    asked = g.far.calls.count("tag_timeline")
    g.ask(hours=5)
    assert g.far.calls.count("tag_timeline") == asked

    g.ask(hours=2)
    assert g.far.calls[-2:] == ["sees", "tag_timeline"]
    assert g.notes() == [None]


def test_a_server_that_fails_is_left_alone_for_longer_each_time(g: Abroad) -> None:
    tries = []
    for _ in range(120):
        g.far.network._read_faults.clear()
        g.far.network.next_read("tag_timeline", Unavailable("away"))
        before = len(g.far.calls)
        g.ask(minutes=1)
        tries.append(len(g.far.calls) > before)
    asked = [minute for minute, tried in enumerate(tries) if tried]

    pauses = [later - earlier for earlier, later in itertools.pairwise(asked)]
    assert pauses == [2, 4, 8, 16, 32]


@pytest.mark.parametrize(("pause", "asked_again"), [(timedelta(minutes=30), True), (timedelta(days=300), False)])
def test_a_pause_that_is_asked_for_is_kept_but_not_for_ever(g: Abroad, pause: timedelta, asked_again: bool) -> None:
    g.far.network.next_read("tag_timeline", RateLimited("slowly", STARTS + pause))
    g.ask()
    calls = len(g.far.calls)
    g.ask(minutes=20)
    assert len(g.far.calls) == calls

    g.ask(hours=1)
    assert (len(g.far.calls) > calls) is asked_again
    g.ask(hours=7)
    assert len(g.far.calls) > calls


def test_what_came_before_a_failure_is_kept(g: Abroad) -> None:
    g.far.post("@ana@b.test", "A1 Compost! #GardenChat")
    g.far.receives(g.questions[0])
    g.far.network.next_read("thread", Unavailable("away"))

    g.ask()

    assert g.texts() == ["A1 Compost! #GardenChat"]
    assert g.notes() == ["away"]


def test_a_token_of_ours_that_may_not_search_stops_nothing(g: Abroad) -> None:
    g.far.post("@ana@b.test", "A1 Compost! #GardenChat")
    g.platform.next_read("resolve", NotSignedIn("lacks read:search"))

    g.ask()

    assert g.texts() == ["A1 Compost! #GardenChat"]


def test_nothing_is_stored_of_a_chat_before_our_own_server_was_read(g: Abroad) -> None:
    g.restarted()
    g.lookout.intake, g.lookout.is_ready = g.collector.door, g.collector.was_read
    g.far.post("@ana@b.test", "A1 Compost! #GardenChat")

    assert g.ask() == 0
    g.collect()
    assert g.ask() == 1


def test_two_servers_that_show_the_same_post_store_it_once(
    store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path
) -> None:
    far, further = FarServer(clock), FarServer(clock, "further.test")
    g = Abroad(store, clock, garden, tmp_path).asks(far, further)
    further.receives(far.post("@ana@b.test", "A1 Compost! #GardenChat"))

    assert g.ask() == 1
    assert g.texts() == ["A1 Compost! #GardenChat"]


def test_a_server_is_asked_seldom_once_the_chat_is_over_and_not_at_all_when_it_is_closed(g: Abroad) -> None:
    g.clock.to(g.chat.ends_at + timedelta(hours=1))
    for _ in range(60):
        g.ask()
    assert g.far.calls.count("tag_timeline") == 2

    g.clock.to(g.chat.late_until + timedelta(minutes=30))
    g.ask()
    closed = g.far.calls.count("tag_timeline")
    g.ask(hours=3)
    assert g.far.calls.count("tag_timeline") == closed == 3


# looking again


def test_a_post_that_only_others_showed_goes_when_it_is_gone_there(g: Abroad) -> None:
    post = g.far.post("@ana@b.test", "A1 Compost! #GardenChat")
    g.far.post("@ben@c.test", "A1 Sand #GardenChat")
    g.ask()
    del g.far.network.posts[post.local_id]

    assert g.lookout.look_again(CHAT).missed == 1
    assert g.texts() == ["A1 Sand #GardenChat"]
    g.clock.forward(minutes=6)
    assert g.lookout.look_again(CHAT).gone == 1
    assert b"Compost" not in bytes_of(g.config.state.parent)


def test_what_our_own_server_shows_is_not_gone_because_another_lost_it(g: Abroad) -> None:
    post = g.far.receives(g.post("@ana@b.test", "A1 Compost! #GardenChat"))
    g.collect()
    g.ask()
    del g.far.network.posts[post.local_id]

    assert g.lookout.look_again(CHAT).missed == 0
    assert g.texts() == ["A1 Compost! #GardenChat"]


def test_a_post_is_not_gone_while_another_server_shows_it_or_cannot_say(
    store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path
) -> None:
    far, further = FarServer(clock), FarServer(clock, "further.test")
    g = Abroad(store, clock, garden, tmp_path).asks(far, further)
    there = further.receives(far.post("@ana@b.test", "A1 Compost! #GardenChat"))
    g.ask()
    far.network.posts.clear()
    assert g.lookout.look_again(CHAT).found == 1

    further.network.posts.pop(there.local_id)
    further.network.next_read("look_up", Unavailable("away"))
    looked = g.lookout.look_again(CHAT)

    assert (looked.unsure, looked.missed) == (1, 0)
    assert g.texts() == ["A1 Compost! #GardenChat"]


def test_a_crowd_that_vanishes_at_once_is_doubted(g: Abroad) -> None:
    for name in ("ana", "ben", "cleo", "dora", "emil", "fay", "gus", "hal"):
        g.far.post(f"@{name}@{name}.test", "A1 Compost! #GardenChat")
    g.ask()
    g.far.network.posts.clear()

    assert g.lookout.look_again(CHAT).doubtful == 8
    assert len(g.texts()) == 8


def test_an_edit_at_the_only_server_that_shows_a_post_is_followed(g: Abroad) -> None:
    post = g.far.post("@ana@b.test", "A1 Compost! #GardenChat")
    g.ask()
    spans = (replace(post.spans[0], text="A1 Compost, and patience"),)
    g.far.network.posts[post.local_id] = replace(post, spans=spans, edited_at=g.clock())

    g.lookout.look_again(CHAT)

    assert g.texts() == ["A1 Compost, and patience"]
