"""The real adapter reads every kind of server: nobody is missed where servers hide, filter and federate late."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from chatbot.core.model import Draft, Visibility
from chatbot.core.timing import Timing
from chatbot.platforms.errors import NoStream, NotFound
from chatbot.platforms.mastodon import Mastodon
from chatbot.platforms.port import Found, Gone, Posted, PostRef
from tests.fakes import FixedClock
from tests.servers import (
    GOTOSOCIAL,
    MASTODON_4_5,
    MASTODON_4_6,
    Answer,
    Member,
    Personality,
    Post,
    Server,
)

QUESTION = Draft("Q1 What grows? #GardenChat", language="en")


@pytest.fixture
def an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def ref(bot: Mastodon, post: Post) -> PostRef:
    return PostRef(bot.server, post.local_id, post.uri, post.url)


# what hides people


def test_filtered_mentions_are_heard(home: Server, bot: Mastodon, an_hour_ago: datetime) -> None:
    ada, eve = home.member("ada"), home.member("eve")
    home.silences(eve)
    said = [
        ada.says("@gardenbot stop", visibility="direct"),
        eve.says("@gardenbot A1 Leeks"),
        ada.says("@gardenbot A1 Leaves", visibility="unlisted"),
    ]

    assert {post.local_id for post in said} == {post.local_id for post in bot.mentions(an_hour_ago)}


def test_a_private_word_that_was_long_under_way_is_heard(kind: Personality, clock: FixedClock) -> None:
    with Server(kind, "here.test", clock=clock) as here, Server(MASTODON_4_6, "far.test", clock=clock) as far:
        token = here.member("gardenbot", bot=True).token
        here.meets(far, delay=1800)
        said = far.member("dave").says("@gardenbot@here.test stop", visibility="direct")
        bot = Mastodon("gardenbot", here.url, token, Timing())
        heard = set[str]()
        for _ in range(40):  # one window after the other, as an account listens between its chats
            clock.forward(minutes=1)
            here.settle()
            heard |= {post.uri for post in bot.mentions(clock() - timedelta(minutes=11))}
        bot.close()

    assert {said.uri} == heard


def test_hidden_people_are_not_taken_for_deleted(home: Server, member: Member, bot: Mastodon) -> None:
    ada, eve, fay = home.member("ada"), home.member("eve"), home.member("fay")
    kept, silenced, blocked, gone = (who.says("A1 #GardenChat") for who in (ada, eve, fay, ada))
    home.silences(eve)
    member.blocks(fay)
    ada.deletes(gone)

    found = bot.look_up([ref(bot, post) for post in (kept, silenced, blocked, gone)])

    assert [Found, Found, Found, Gone] == [type(found[post.local_id]) for post in (kept, silenced, blocked, gone)]


def test_many_posts_are_looked_up_in_few_requests_where_the_server_can(home: Server, bot: Mastodon) -> None:
    refs = [ref(bot, home.member("ada").says(f"A1 {number} #GardenChat")) for number in range(40)]
    bot.look_up(refs)
    before = len(home.requests)
    found = bot.look_up(refs)

    assert {Found} == {type(state) for state in found.values()}
    assert (2 if home.personality.at_once else 40) == len(home.requests) - before


def test_whether_mentions_are_filtered_is_seen_and_mended(home: Server, bot: Mastodon, an_hour_ago: datetime) -> None:
    def state() -> str:
        return next(finding.state for finding in bot.findings() if finding.name == "mentions")

    assert ("wrong" if home.personality.policy else "fine") == state()
    if home.personality.policy:
        bot.mend("mentions")
    assert "fine" == state()


def test_a_mention_is_heard_by_whatever_stream_the_server_has(home: Server, bot: Mastodon) -> None:
    stopped, heard = threading.Event(), set[str]()

    def speak_when_somebody_listens() -> None:
        while not any(("user", "gardenbot") in one.channels for one in home.streams.listeners):
            if stopped.wait(0.005):
                return
        home.member("ada").says("@gardenbot A1 Leeks #GardenChat")

    speaker = threading.Thread(target=speak_when_somebody_listens)
    speaker.start()
    try:
        for events in bot.listen(["GardenChat"], stopped):
            heard |= {event.post.uri for event in events if isinstance(event, Posted)}
            if heard:
                stopped.set()
    except NoStream:
        stopped.set()
    speaker.join()

    assert bool(home.personality.streams) == bool(heard)
    assert heard == {post.uri for post in home.posts}


def test_a_hashtag_that_nobody_used_yet_is_empty(bot: Mastodon, an_hour_ago: datetime) -> None:
    assert list(bot.tag_timeline("GardenChat", an_hour_ago)) == []


def test_a_hashtag_is_not_empty_because_something_else_answers(
    home: Server, bot: Mastodon, an_hour_ago: datetime
) -> None:
    home.when("request received", lambda request: Answer(404, "closed for repairs"), path="/api/v1/timelines")

    with pytest.raises(NotFound):
        list(bot.tag_timeline("GardenChat", an_hour_ago))


# what comes from elsewhere


def test_posts_of_other_servers_keep_their_own_addresses_and_people(
    home: Server, member: Member, bot: Mastodon, an_hour_ago: datetime
) -> None:
    with Server(MASTODON_4_6, "far.test") as far:
        home.follows(far)
        dave = far.member("dave")
        question = bot.publish(QUESTION, "q1")
        answer = dave.says("@gardenbot@home.test A1 Leaves", reply_to=home.posts[0])
        talk = dave.says("and moss", reply_to=answer)
        private = dave.says("@gardenbot@home.test stop", visibility="direct")

        thread, mentions = list(bot.thread(question)), list(bot.mentions(an_hour_ago))

    assert [answer.uri, talk.uri] == [post.uri for post in thread]
    assert {"dave@far.test"} == {post.author.handle for post in thread}
    assert {answer.uri, private.uri} == {post.uri for post in mentions}
    assert [Visibility.DIRECT] == [post.visibility for post in mentions if post.uri == private.uri]


def test_a_post_of_another_server_is_resolved_by_its_address(home: Server, bot: Mastodon) -> None:
    with Server(GOTOSOCIAL, "far.test") as far:
        home.meets(far)
        post = far.member("dave").says("A1 Leaves #GardenChat")
        found = bot.resolve(post.url)

        assert found is not None
        assert (post.uri, "dave@far.test") == (found.uri, found.author.handle)


def test_what_was_fetched_late_is_found_by_walking_back(
    home: Server, member: Member, bot: Mastodon, an_hour_ago: datetime
) -> None:
    with Server(MASTODON_4_5, "far.test") as far:
        dave = far.member("dave")
        member.follows(dave)
        late = dave.says("A1 Leaves #GardenChat", at=datetime.now(UTC) - timedelta(minutes=30), travels=False)
        for number in range(45):
            member.says(f"Q{number} #GardenChat")
        home.fetches(late)

        assert late.uri in [post.uri for post in bot.tag_timeline("GardenChat", an_hour_ago)]
