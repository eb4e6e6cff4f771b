"""Everything people wrote is found, by whatever route, and nothing else is kept."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from chatbot.core.model import Post, Visibility, Word
from chatbot.core.pages import transcript
from chatbot.core.plan import Defaults
from chatbot.core.value import replace
from chatbot.platforms.errors import NoAnswer, NotFound, NotSignedIn, Unavailable
from chatbot.platforms.port import Gone, PostRef, Unsure
from chatbot.render import html
from chatbot.stages import keep
from chatbot.stages.collect import Collector, Verified
from chatbot.store import chats, cursors, decisions, erasing, posts, records, refusals, tables
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock, person
from tests.people import STARTS, garden_chat, garden_series
from tests.stages.gardens import CHAT, Garden, bytes_of

NOBOT = person("@nora@c.test", bio="I grow roses. #nobot")


@pytest.fixture
def g(store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path) -> Garden:
    return Garden(store, clock, garden, tmp_path)


def test_the_union_of_all_routes_is_kept(g: Garden) -> None:
    g.post("@ana@b.test", "A1 tagged #GardenChat")
    reply = g.post("@ben@b.test", "A1 untagged reply", reply_to=g.questions[0])
    g.post("@cleo@c.test", "A1 quiet reply", reply_to=reply, visibility=Visibility.UNLISTED)
    g.post("@dora@d.test", "A2 @gardenbot@a.test only a mention")
    g.post("@emil@d.test", "dinner #Food")

    collected = g.collect()

    expected = ["A1 tagged #GardenChat", "A1 untagged reply", "A1 quiet reply", "A2 @gardenbot@a.test only a mention"]
    assert expected == g.texts()
    assert (collected.failed, collected.saved.new) == ({}, 6)
    assert {question.uri for question in g.questions} < {post.uri for post in g.stored().posts}


def test_reading_again_stores_nothing_twice_and_finds_what_came_late(g: Garden) -> None:
    g.post("@ana@b.test", "A1 first #GardenChat")
    g.collect()
    g.clock.forward(minutes=20)
    g.platform.post("@ben@b.test", "A1 arrived late #GardenChat", at=STARTS + timedelta(minutes=1))

    assert g.collect().saved.new == 1
    assert g.collect().saved.new == 0


def test_a_post_from_after_the_late_window_is_not_part_of_the_chat(g: Garden) -> None:
    g.platform.post("@ana@b.test", "next year #GardenChat", at=g.chat.late_until + timedelta(minutes=1))
    g.clock.to(g.chat.late_until + timedelta(minutes=5))

    g.collect()

    assert g.texts() == []


@pytest.mark.parametrize("call", ["tag_timeline", "thread", "mentions", "look_up"])
@pytest.mark.parametrize("error", [Unavailable("away"), NotSignedIn("the token does not serve")])
def test_a_route_that_fails_is_written_down_and_stops_no_other(g: Garden, call: str, error: Exception) -> None:
    for _ in g.questions:
        g.platform.next_read(call, error)  # type: ignore[arg-type]
    g.post("@ana@b.test", "A1 tagged reply #GardenChat @gardenbot@a.test", reply_to=g.questions[0])

    collected = g.collect()

    assert len(collected.failed) >= 1
    assert g.texts() == ["A1 tagged reply #GardenChat @gardenbot@a.test"]
    with g.store.read() as conn:
        notes = [cursor.note for cursor in cursors.of_chat(conn, CHAT).values() if cursor.note]
    assert set(collected.failed.values()) == set(notes)


def test_a_server_that_says_nothing_is_asked_no_further_in_this_pass(g: Garden) -> None:
    for n in range(30):
        g.post(f"@p{n}@b.test", f"A1 {n} #GardenChat")
    g.collect()
    g.clock.forward(days=1)
    for call in ("mentions", "look_up"):
        g.platform.next_read(call, NoAnswer("It took too long."))
    g.platform.calls.clear()

    assert len(g.restarted().collect(CHAT).failed) == 2
    assert g.platform.calls == ["me", "mentions", "look_up"]


def test_one_way_on_which_nothing_is_said_keeps_no_other_back(g: Garden) -> None:
    g.post("@ana@b.test", "A1 tagged #GardenChat")
    g.platform.next_read("mentions", NoAnswer("It took too long."))

    assert len(g.collect().failed) == 1
    assert g.texts() == ["A1 tagged #GardenChat"]


def test_without_a_network_it_waits_and_says_so_once(g: Garden, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "chatbot.collect")
    for _ in range(3):
        for call in ("mentions", "look_up", "tag_timeline", "thread", "thread"):
            g.platform.next_read(call, Unavailable("no network"))
        assert len(g.collect().failed) == 5
        g.clock.forward(seconds=30)
    g.post("@ana@b.test", "A1 back #GardenChat")

    assert g.collect().failed == {}
    told = [record.message for record in caplog.records if record.message.startswith("reading")]
    assert told == ["reading failed", "reading recovered"]
    assert g.texts() == ["A1 back #GardenChat"]


def test_mentions_are_heard_in_every_visibility_and_private_ones_not_stored(g: Garden, tmp_path: Path) -> None:
    g.post("@ana@b.test", "@gardenbot@a.test forgetmenot", visibility=Visibility.DIRECT)
    g.post("@ben@b.test", "@gardenbot@a.test friendsonly", visibility=Visibility.PRIVATE)

    g.collect()

    assert {"direct", "private"} == {post.visibility.value for post in g.heard}
    assert g.texts() == []
    g.store.close()
    assert b"forgetmenot" not in bytes_of(tmp_path)
    assert b"friendsonly" not in bytes_of(tmp_path)


def test_a_reply_to_our_post_is_heard_without_a_mention(g: Garden) -> None:
    stop = g.post("@nora@c.test", "stop", reply_to=g.questions[0])
    g.post("@ana@b.test", "stop", reply_to=g.post("@ben@b.test", "A1 Compost! #GardenChat"))

    g.collect()

    assert [post.uri for post in g.heard] == [stop.uri]


def test_words_are_heard_while_no_chat_is_read(g: Garden) -> None:
    g.post("@ana@b.test", "@gardenbot@a.test stop", visibility=Visibility.DIRECT)

    assert g.collector.listen("gardenbot", STARTS) == 1
    assert len(g.heard) == 1


def test_edits_replace_the_text(g: Garden) -> None:
    post = g.post("@ana@b.test", "A1 Compots #GardenChat")
    g.collect()
    g.edit(post, "A1 Compost #GardenChat")

    g.collect()

    assert g.texts() == ["A1 Compost #GardenChat"]


@pytest.mark.parametrize("looks", ["collect", "verify"])
def test_a_post_that_its_author_made_quiet_later_is_quiet_although_no_edit_is_told(g: Garden, looks: str) -> None:
    made = g.post("@nora@c.test", "A1 as @ana@b.test says #GardenChat", reply_to=g.questions[0])
    g.collect()
    keep.say(g.store, g.config, person("@ana@b.test"), Word.STOP, g.clock())  # a name that was taken out stays out
    with g.store.read() as conn:
        before = records.marker(conn, CHAT)

    g.platform.posts[made.local_id] = replace(made, visibility=Visibility.UNLISTED)
    getattr(g.collector, looks)(CHAT)

    (stored,) = (post for post in g.stored().posts if post.uri == made.uri)
    assert stored.visibility is Visibility.UNLISTED
    with g.store.read() as conn:
        assert before != records.marker(conn, CHAT)  # so that the pages are written anew
    assert g.texts() == ["A1 as [someone] says #GardenChat"]


@pytest.mark.parametrize("looks", ["collect", "verify"])
def test_a_quote_that_was_taken_back_is_none_any_more_and_may_come_again(g: Garden, looks: str) -> None:
    quoted = g.post("@nora@c.test", "A1 myroses #GardenChat", reply_to=g.questions[0])
    made = g.post("@ben@c.test", "look at this #GardenChat", reply_to=quoted, quote_local_id=quoted.local_id)
    found = []
    for quote in (quoted.local_id, None, quoted.local_id):
        g.platform.posts[made.local_id] = replace(made, quote_local_id=quote)
        getattr(g.collector, "collect" if not found else looks)(CHAT)
        with g.store.read() as conn:
            found.append((posts.of_chat(conn, CHAT).posts[-1], records.marker(conn, CHAT)))

    assert [quoted.uri, None, quoted.uri] == [post.quote_uri for post, _marker in found]
    assert {quoted.uri} == {post.parent_uri for post, _marker in found}
    assert found[0][1] != found[1][1]  # so that the pages are written anew


def test_a_deletion_told_by_the_server_counts_at_once_and_for_good(g: Garden, tmp_path: Path) -> None:
    post = g.post("@ana@b.test", "A1 nevermind #GardenChat")
    g.collect()

    g.collector.deleted(post.local_id)
    g.collect()  # a server's cache still shows it

    assert (g.texts(), g.stored().gone) == ([], 1)
    g.store.close()
    assert b"nevermind" not in bytes_of(tmp_path)


def test_a_post_missed_twice_some_minutes_apart_is_gone(g: Garden) -> None:
    post, other = (g.post(f"@{who}@b.test", f"A1 {who} #GardenChat") for who in ("ana", "ben"))
    g.collect()
    g.delete(post)

    assert Verified(found=3, missed=1) == g.collector.verify(CHAT)
    assert g.texts() == ["A1 ben #GardenChat"]  # not shown from the first look on
    assert Verified(found=3, missed=1) == g.collector.verify(CHAT)
    g.clock.forward(minutes=5)
    assert Verified(found=3, gone=1) == g.collector.verify(CHAT)
    assert (1, other.uri) == (g.stored().gone, g.stored().posts[-1].uri)


def test_a_post_that_was_only_away_for_a_moment_comes_back(g: Garden) -> None:
    post = g.post("@ana@b.test", "A1 here #GardenChat")
    g.collect()
    g.delete(post)
    g.collector.verify(CHAT)
    g.platform.posts[post.local_id] = post

    g.collector.verify(CHAT)

    assert g.texts() == ["A1 here #GardenChat"]


class Doubtful(FakePlatform):
    """A server that could not say."""

    answer: object = None

    def look_up(self, refs):  # type: ignore[no-untyped-def]
        found = super().look_up(refs)
        return found if self.answer is None else {ref.local_id: self.answer for ref in refs}

    def resolve(self, address: str) -> Post | None:
        return super().resolve(address) if self.answer is None else None


@pytest.mark.parametrize("answer", [Unsure("403"), Gone()])
def test_trouble_with_a_server_deletes_nothing(store: Store, clock: FixedClock, tmp_path: Path, answer: object) -> None:
    server = Doubtful(clock)
    g = Garden(store, clock, server, tmp_path)
    for n in range(10):
        g.post(f"@p{n}@b.test", f"A1 number {n} #GardenChat")
    g.collect()
    server.answer = answer

    for _ in range(3):
        verified = g.collector.verify(CHAT)
        g.clock.forward(minutes=10)

    assert (verified.unsure + verified.doubtful, verified.gone, verified.missed) == (12, 0, 0)
    assert len(g.texts()) == 10


def test_one_person_who_deletes_everything_is_no_trouble(g: Garden) -> None:
    leaving = [g.post("@ana@b.test", f"A1 part {n} #GardenChat") for n in range(8)]
    g.collect()
    g.delete(*leaving)
    g.collector.verify(CHAT)
    g.clock.forward(minutes=5)

    assert g.collector.verify(CHAT).gone == 8


# people who refuse


def test_of_somebody_with_nobot_in_the_bio_only_a_place_is_kept_and_nobody_names_them(
    g: Garden, tmp_path: Path
) -> None:
    g.post("@ben@b.test", "A1 as @nora@c.test says #GardenChat")
    refused = g.post(NOBOT, "A1 rosesarered #GardenChat")
    reply = g.post("@ana@b.test", "lovely, @nora #GardenChat", reply_to=refused)

    g.collect()

    assert g.texts() == ["A1 as [someone] says #GardenChat", "lovely, [someone] #GardenChat"]
    (empty,) = g.stored().empty
    assert empty.uri == next(post for post in g.stored().posts if post.uri == reply.uri).parent_uri
    g.store.close()
    for trace in (b"nora", b"rosesarered", refused.uri.encode()):
        assert trace not in bytes_of(tmp_path)


def test_a_name_stays_out_after_a_restart(g: Garden) -> None:
    g.post("@ben@b.test", "A1 as @nora@c.test says #GardenChat")
    refused = g.post(NOBOT, "A1 roses #GardenChat")
    g.collect()
    g.delete(refused)

    g.restarted()
    g.collect()

    assert g.texts() == ["A1 as [someone] says #GardenChat"]


@pytest.mark.parametrize(("consent", "bio"), [("opt-out", "#nobot"), ("opt-in", "")])
def test_an_edit_seen_long_after_a_restart_names_nobody_who_refuses(
    store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path, consent: str, bio: str
) -> None:
    g = Garden(store, clock, garden, tmp_path, settings=Defaults(consent=consent))
    keep.say(g.store, g.config, person("@ben@b.test"), Word.START, g.clock())
    nora = person("@nora@c.test", bio=bio)
    g.post(nora, "A1 roses #GardenChat")
    ben = g.post("@ben@b.test", "A1 as @nora@c.test says #GardenChat")
    g.clock.to(g.chat.late_until + timedelta(hours=1))
    g.collector.collect(CHAT, patient=True)

    for said in ("always", "ever"):  # a chat that is over is not read again: nobody meets her
        g.clock.forward(days=2)
        g.restarted()
        g.edit(ben, f"A1 as @nora@c.test {said} says, see https://c.test/@nora/1 #GardenChat")
        g.collector.make_sure(CHAT)
        assert g.texts() == [f"A1 as [someone] {said} says, see [someone] #GardenChat"]
    g.store.close()
    assert b"nora" not in bytes_of(tmp_path)


@pytest.mark.parametrize("by", ["word", "bio"])
def test_whoever_says_yes_by_now_is_named_again(g: Garden, by: str) -> None:
    refused = g.post(NOBOT, "A1 roses #GardenChat")
    ben = g.post("@ben@b.test", "A1 as @nora@c.test says #GardenChat")
    g.collect()

    if by == "word":
        keep.say(g.store, g.config, NOBOT, Word.START, g.clock())
    else:
        g.platform.posts[refused.local_id] = replace(refused, author=replace(NOBOT, bio=""))
        g.collect()
    g.restarted()
    g.edit(ben, "A1 as @nora@c.test always says #GardenChat")
    g.collector.verify(CHAT)

    assert "A1 as @nora@c.test always says #GardenChat" in g.texts()


def test_what_another_server_tells_of_a_bio_takes_no_refusal_back(g: Garden) -> None:
    refused = g.post(NOBOT, "A1 roses #GardenChat")
    g.collect()
    with g.store.read() as conn:
        stored = chats.find(conn, CHAT)
        noted = refusals.of_chat(conn, CHAT)
    assert stored is not None

    told = replace(refused, author=replace(NOBOT, bio=""), server="far.test", local_id="7", uri="https://c.test/7")
    g.restarted().door(stored).take([told], "vantage:far.test")

    with g.store.read() as conn:
        assert refusals.of_chat(conn, CHAT) == noted
    assert len(noted) == 2  # her address and her account


def test_what_was_stored_before_somebody_said_stop_is_emptied_when_it_is_seen_again(g: Garden, tmp_path: Path) -> None:
    post = g.post("@ana@b.test", "A1 mysecret #GardenChat")
    g.collect()
    with g.store.write() as conn:
        decisions.say(conn, post.author.uri, Word.STOP, g.clock())

    g.collect()

    assert (g.texts(), len(g.stored().empty)) == ([], 1)
    erasing.clear_journal(g.store)
    g.store.close()
    assert b"mysecret" not in bytes_of(tmp_path)


def test_a_start_outranks_the_bio(g: Garden) -> None:
    g.post(NOBOT, "A1 roses #GardenChat")
    g.collect()
    with g.store.write() as conn:
        decisions.say(conn, NOBOT.uri, Word.START, g.clock())

    g.collect()

    assert (g.texts(), g.stored().empty) == (["A1 roses #GardenChat"], ())


def test_a_bio_that_changes_later_counts_from_then_on(g: Garden) -> None:
    post = g.post("@ana@b.test", "A1 mine #GardenChat")
    g.collect()
    g.platform.posts[post.local_id] = replace(post, author=replace(post.author, bio="#noarchive"))

    g.collector.verify(CHAT)

    assert (g.texts(), len(g.stored().empty)) == ([], 1)


@pytest.mark.parametrize("looks", ["collect", "verify"])
def test_nobot_in_the_bio_empties_a_post_of_two_chats(g: Garden, looks: str) -> None:
    second = garden_chat(starts_at=STARTS + timedelta(hours=3), id=f"{CHAT}-2")
    with g.store.write() as conn:
        chats.save_chat(conn, second, state="ready", file=None, file_hash=None, now=STARTS)
    g.clock.to(second.starts_at)
    made = g.post("@nora@c.test", "A1 myroses #GardenChat")
    g.collect()
    g.collector.collect(second.id)
    with g.store.read() as conn:
        assert {CHAT, second.id} == set(posts.chats_of(conn, made.uri))

    g.platform.posts[made.local_id] = replace(made, author=replace(made.author, bio="#nobot"))
    getattr(g.collector, looks)(CHAT)
    keep.tidy(g.store, g.config)  # as `run` does every minute

    assert b"myroses" not in bytes_of(g.config.state.parent)


def test_a_bot_with_nobot_in_its_bio_keeps_its_questions_where_another_series_reads_them(g: Garden) -> None:
    question = g.questions[0]
    g.collect()
    g.platform.posts[question.local_id] = replace(question, author=replace(question.author, bio="#nobot"))
    series = garden_series(id="beechat", accounts=("beebot",))
    second = garden_chat(series="beechat", id="beechat-2026-12-01")
    with g.store.write() as conn:
        chats.save_series(conn, series, file=None, file_hash=None, now=STARTS)
        chats.save_chat(conn, second, state="ready", file=None, file_hash=None, now=STARTS)
    bees = Collector(g.store, {"beebot": g.platform}, g.config, g.clock)

    bees.collect(second.id)

    assert question.uri in {post.uri for post in g.stored().posts}


def test_an_opt_in_chat_keeps_hosts_the_bot_and_who_said_yes(
    store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path
) -> None:
    g = Garden(store, clock, garden, tmp_path, settings=Defaults(consent="opt-in"))
    ana = g.post("@ana@b.test", "A1 yes #GardenChat")
    g.post("@ben@b.test", "A1 silent #GardenChat")
    g.post("@rosa@a.test", "A1 host, thanks @ben@b.test #GardenChat")
    with store.write() as conn:
        decisions.say(conn, ana.author.uri, Word.START, clock())

    g.collect()

    assert g.texts() == ["A1 yes #GardenChat", "A1 host, thanks [someone] #GardenChat"]
    assert len(g.stored().posts) == 4


# when


def test_a_chat_is_due_and_a_wake_up_makes_it_due_sooner(g: Garden) -> None:
    assert g.collector.due(g.clock()) == [CHAT]
    g.collect()
    assert g.collector.due(g.clock()) == []

    g.collector.wake(CHAT)
    g.clock.forward(seconds=10)

    assert g.collector.due(g.clock()) == [CHAT]
    g.collect()
    assert g.collector.due(g.clock.forward(seconds=15)) == []
    assert g.collector.due(g.clock.forward(seconds=15)) == [CHAT]


def test_chats_that_are_going_on_are_read_first_and_of_these_the_longest_unread(g: Garden) -> None:
    lengths = {"late": -120, "live": 60, "unread": 60}
    with g.store.write() as conn:
        for name, minutes in lengths.items():
            ends = STARTS + timedelta(minutes=minutes)
            chat = replace(g.chat, id=name, starts_at=ends - timedelta(hours=1), ends_at=ends)
            chats.save_chat(conn, chat, state="ready", file=None, file_hash=None, now=STARTS)
    g.clock.forward(minutes=5)
    g.collector.collect("live")
    g.clock.forward(seconds=1)
    g.collect()

    due = g.collector.due(g.clock.forward(minutes=1))

    assert due == ["unread", "live", CHAT, "late"]
    assert [set(g.collector.shares(name)) for name in ("live", "late")] == [{"gardenbot/live"}, {"gardenbot/late"}]


@pytest.mark.parametrize("state", ["draft", "cancelled"])
def test_chats_that_do_not_take_place_are_not_read(g: Garden, state: chats.ChatState) -> None:
    with g.store.write() as conn:
        conn.execute(tables.outbox.update().values(state="skipped"))
        chats.set_state(conn, CHAT, state, "rosa@a.test", g.clock())

    assert g.collector.due(g.clock()) == []


def test_a_chat_that_was_stopped_after_its_first_question_is_read_on(g: Garden) -> None:
    g.collect()
    with g.store.write() as conn:
        chats.set_state(conn, CHAT, "cancelled", "rosa@a.test", g.clock())
    g.post("@ana@b.test", "A1 Said after the stop #GardenChat")

    assert g.collector.due(g.clock.forward(minutes=1)) == [CHAT]
    g.collect()
    assert "A1 Said after the stop #GardenChat" in g.texts()


def test_the_thread_under_a_remote_reply_is_asked_for_after_a_while(g: Garden) -> None:
    g.post("@ana@b.test", "A1 far away #GardenChat")
    g.collect()
    before = g.platform.calls.count("thread")
    g.clock.forward(minutes=6)
    g.collect()

    assert len(g.questions) + 1 == g.platform.calls.count("thread") - before


def test_talk_under_an_answer_on_our_own_server_is_found_by_its_count(g: Garden) -> None:
    answer = g.post("@ana@a.test", "A1 here #GardenChat", replies=1)
    talk = g.post("@ben@a.test", "well said", reply_to=answer)
    g.post("@cleo@a.test", "indeed", reply_to=talk)

    g.collect()

    assert ["A1 here #GardenChat", "well said", "indeed"] == g.texts()


def test_a_thread_that_could_not_be_read_is_read_in_the_next_pass(g: Garden) -> None:
    answer = g.post("@ana@a.test", "A1 here #GardenChat", replies=1)
    g.post("@ben@a.test", "well said", reply_to=answer)
    for _ in range(len(g.questions) + 1):
        g.platform.next_read("thread", Unavailable("The server is tired."))

    failed = g.collect().failed
    g.collect()

    assert failed
    assert ["A1 here #GardenChat", "well said"] == g.texts()


def test_no_authors_clock_alone_keeps_a_post_out(g: Garden) -> None:
    g.post("@ana@b.test", "A1 of next year #GardenChat", at=g.clock() + timedelta(days=365))
    slow = {"at": g.clock() - timedelta(minutes=40), "came_at": g.clock()}
    g.post("@ben@b.test", "A1 @gardenbot@a.test of an hour ago", **slow)
    g.collect()

    assert sorted(g.texts()) == ["A1 @gardenbot@a.test of an hour ago", "A1 of next year #GardenChat"]


def test_what_came_after_the_late_window_is_kept_out_whatever_time_it_tells(g: Garden) -> None:
    late = g.clock.to(g.chat.late_until + timedelta(minutes=5))
    g.post("@ana@b.test", "A1 of next year #GardenChat", at=late + timedelta(days=365))
    g.collect()

    assert g.texts() == []


class Forgetful(FakePlatform):
    """A server that has no thread under a post that was deleted."""

    def thread(self, ref: PostRef) -> Iterator[Post]:
        if ref.local_id not in self.posts:
            raise NotFound("There is no such post.")
        return super().thread(ref)


def routes_of(g: Garden) -> set[str]:
    """Return the routes of which it is written down when they were read."""
    with g.store.read() as conn:
        return {route for _account, route in cursors.of_chat(conn, CHAT)}


def test_a_thread_that_is_gone_keeps_no_pass_from_being_whole(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    g = Garden(store, clock, Forgetful(clock), tmp_path)
    g.delete(g.questions[1])

    assert g.collect().failed == {}
    assert "whole" in routes_of(g)


def test_of_a_thread_that_is_gone_nothing_is_told(g: Garden) -> None:
    answer = g.post("@ana@b.test", "A1 #GardenChat", replies=1)
    for _ in range(len(g.questions) + 1):
        g.platform.next_read("thread", Unavailable("The server is tired."))
    g.collect()
    name = f"thread:{answer.local_id}"
    assert name in routes_of(g)

    g.collector.deleted(answer.local_id)

    assert name not in routes_of(g)


class Slow(FakePlatform):
    """A server of which so many threads a minute may be read; the hashtag is read and answered all the time."""

    made = 0
    answers_a_minute = 10.0
    threads_a_minute = 24.0
    until = STARTS + timedelta(minutes=40)

    def __init__(self, clock: FixedClock) -> None:
        super().__init__(clock)
        self.read_at: list[datetime] = []
        self.threads: Counter[str] = Counter()
        self.refuses: set[str] = set()

    def thread(self, ref: PostRef) -> Iterator[Post]:
        self.clock.forward(seconds=60 / self.threads_a_minute)
        self.threads[ref.local_id] += 1
        if ref.local_id in self.refuses:
            raise NoAnswer("It took too long.")
        return iter(())

    def tag_timeline(self, tag: str, back_to: datetime) -> Iterator[Post]:
        self.read_at.append(self.clock())
        while (at := STARTS + timedelta(minutes=self.made / self.answers_a_minute)) <= min(self.clock(), self.until):
            self.post(f"@p{self.made}@b.test", f"A1 {self.made} #GardenChat", at=at)
            self.made += 1
        return super().tag_timeline(tag, back_to)


def live_through(g: Garden, minutes: float) -> None:
    end = g.clock() + timedelta(minutes=minutes)
    while g.clock() < end:
        if g.collector.due(g.clock()):
            g.collect()
        g.clock.forward(seconds=1)


def test_however_many_threads_are_due_the_hashtag_is_read_on(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    server = Slow(clock)
    g = Garden(store, clock, server, tmp_path)

    live_through(g, 60)

    gaps = [later - earlier for earlier, later in pairwise(server.read_at)]
    assert max(gaps) <= timedelta(minutes=1)
    assert server.made == 401


def test_no_thread_is_forgotten_when_passes_stop_before_their_end(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    server = Slow(clock)
    server.answers_a_minute, server.threads_a_minute = 3, 14
    g = Garden(store, clock, server, tmp_path)
    for number in range(3, 9):
        g._ask(number)
    live_through(g, 1)
    server.refuses = set(list(server.posts)[8:14])  # several that time out each time

    live_through(g, 68)

    with store.read() as conn:
        stored = {row.local_id for row in conn.execute(tables.sighting.select())}
    assert len(stored) == 129
    assert stored == set(server.threads)


def test_late_passes_read_back_to_the_last_good_one_and_publishing_reads_the_whole_window(g: Garden) -> None:
    g.collect()
    g.clock.to(g.chat.ends_at + timedelta(hours=30))
    g.collect()
    asked = []
    mentions, opened = g.platform.mentions, g.chat.starts_at - timedelta(minutes=30)

    def noted(back_to: datetime) -> Iterator[Post]:
        asked.append(back_to)
        return mentions(back_to)

    g.platform.mentions = noted  # type: ignore[method-assign]
    last = g.clock()
    for fails in (False, True, False):
        g.clock.forward(minutes=15)
        if fails:
            g.platform.next_read("tag_timeline", Unavailable("away"))
        g.collect()
    g.collector.make_sure(CHAT)

    minutes = [(back_to - last) / timedelta(minutes=1) for back_to in asked[:-1]]
    assert minutes == [-10, 5, 5]
    assert asked[-1] == opened


def test_logs_carry_no_handle_uri_or_text(g: Garden, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    post = g.post("@ana@b.test", "A1 mysecret #GardenChat")
    g.collect()
    g.collector.verify(CHAT)
    g.collector.deleted(post.local_id)

    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    for trace in ("ana", "mysecret", "b.test"):
        assert trace not in logged


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)])
def test_no_clock_of_an_author_keeps_a_page_from_being_written(g: Garden, at: datetime) -> None:
    with g.store.write() as conn:
        chats.save_series(conn, garden_series(zone="Pacific/Auckland"), file=None, file_hash=None, now=STARTS)
    g.post("@eve@e.test", "A1 hello #GardenChat", at=at, came_at=g.clock(), edited_at=at)
    g.collect()
    with g.store.read() as conn:
        view = transcript.build(records.load(conn, CHAT))

    assert b"A1 hello" in html.write(view)
    assert view.updated_at <= g.clock()
