"""The real adapter posts on every kind of server: what promises 1 and 2 need of it where servers differ.

A failure must say whether the request may have been acted on, and it is the server here that knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chatbot.core.delivery import matching
from chatbot.core.model import Draft, PollDraft
from chatbot.core.timing import Timing
from chatbot.platforms.errors import (
    NotFound,
    NotSignedIn,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Rejected,
    Unavailable,
)
from chatbot.platforms.mastodon import Mastodon
from tests.servers import (
    GOTOSOCIAL,
    HANG_UP,
    HOLLO,
    MASTODON_4_5,
    MASTODON_4_6,
    PLEROMA,
    Answer,
    Member,
    Personality,
    Server,
)
from tests.servers.hooks import Moment
from tests.servers.limits import Bucket

QUESTION = Draft("Q1 What grows? #GardenChat", language="en")


# what a server can do is found, not known by its name


@pytest.mark.parametrize(
    ("kind", "characters", "url_weight", "streams"),
    [
        (MASTODON_4_5, 500, 23, True),
        (MASTODON_4_6, 500, 23, True),
        (GOTOSOCIAL, 5000, 25, True),
        (PLEROMA, 5000, 23, True),
        (HOLLO, 10000, 23, False),
    ],
    ids=lambda value: getattr(value, "name", value),
)
@pytest.mark.parametrize("version", [None, "0.0.1"], ids=["", "under another name"])
def test_what_a_server_can_do_is_found_whatever_it_calls_itself(
    home: Server, bot: Mastodon, characters: int, url_weight: int, streams: bool, version: str | None
) -> None:
    if version:
        said = home.shape.instance() | {"version": version}
        home.when("answer ready", lambda _: Answer(200, said), path="/api/v2/instance")

    assert (characters, url_weight, streams) == (bot.limits.characters, bot.limits.url_weight, bot.limits.streams)


def test_a_server_without_the_new_description_is_asked_for_the_old(home: Server, bot: Mastodon) -> None:
    home.when("request received", lambda _: Answer(404, {"error": "Not Found"}), path="/api/v2/instance")

    assert home.personality.characters == bot.limits.characters
    assert "gardenbot@home.test" == bot.me().handle


# whether something may have been done


@pytest.mark.parametrize(
    ("moment", "answer", "error"),
    [
        ("request received", HANG_UP, OutcomeUnknown),
        ("post stored", HANG_UP, OutcomeUnknown),
        ("answer half sent", HANG_UP, OutcomeUnknown),
        ("request received", Answer(503, raw=b"<html>busy</html>"), OutcomeUnknown),
        ("post stored", Answer(500, raw=b"<html>sorry</html>"), OutcomeUnknown),
        ("answer ready", Answer(502), OutcomeUnknown),
        ("answer ready", Answer(200, raw=b"<html>welcome</html>"), OutcomeUnknown),
        ("answer ready", Answer(200, {"id": None}), OutcomeUnknown),
        ("request received", Answer(429, {"error": "Too many requests"}), RateLimited),
        ("request received", Answer(422, {"error": "Validation failed"}), Rejected),
        ("request received", Answer(403, {"error": "This action is not allowed"}), Rejected),
    ],
)
def test_a_failure_never_says_not_done_of_what_was_done(
    home: Server, member: Member, bot: Mastodon, moment: Moment, answer: Answer, error: type[PlatformError]
) -> None:
    bot.me()
    home.when(moment, lambda _: answer, method="POST", path="/api/v1/statuses", times=1)

    with pytest.raises(error) as raised:
        bot.publish(QUESTION, "q1")

    assert isinstance(raised.value, OutcomeUnknown) or not home.posts_of(member)


@pytest.fixture
def impatient(home: Server, member: Member) -> Iterator[Mastodon]:
    adapter = Mastodon("gardenbot", home.url, member.token, Timing(request_deadline=timedelta(seconds=0.4)))
    yield adapter
    adapter.close()


@pytest.mark.parametrize("kind", [MASTODON_4_5])
def test_an_answer_without_end_is_no_answer(home: Server, impatient: Mastodon) -> None:
    impatient.me()
    home.when("answer ready", lambda _: Answer(200, ["x" * 100], drip=0.05), method="POST")

    with pytest.raises(OutcomeUnknown):
        impatient.publish(QUESTION, "q1")
    assert 1 == len(home.posts)


def test_what_was_never_sent_was_never_done(kind: Personality) -> None:
    with Server(kind, "home.test") as home:
        bot = Mastodon("gardenbot", home.url, home.member("gardenbot").token)
    with pytest.raises(Unavailable):
        bot.publish(QUESTION, "q1")
    bot.close()


def test_after_a_lost_answer_the_post_is_found_and_nothing_has_to_be_sent_again(home: Server, bot: Mastodon) -> None:
    home.when("answer ready", lambda _: HANG_UP, method="POST", times=1)
    with pytest.raises(OutcomeUnknown):
        bot.publish(QUESTION, "q1")

    assert [post.local_id for post in home.posts] == [p.local_id for p in matching.same(bot.own_posts(), QUESTION)]


@pytest.mark.parametrize("kind", [MASTODON_4_6])
def test_a_500_of_a_replay_is_no_proof_of_anything(home: Server, bot: Mastodon) -> None:
    bot.publish(QUESTION, "q1")

    with pytest.raises(OutcomeUnknown):
        bot.publish(QUESTION, "q1")
    assert 1 == len(home.posts)


@pytest.mark.parametrize("kind", [PLEROMA])
def test_an_error_that_is_only_repeated_says_that_there_was_an_answer(home: Server, bot: Mastodon) -> None:
    home.when("post stored", lambda _: Answer(502), times=1)
    for _ in range(2):
        with pytest.raises(OutcomeUnknown) as raised:
            bot.publish(QUESTION, "q1")
        assert raised.value.answered

    assert 1 == len(home.posts)


def test_a_wrong_token_in_mid_chat_is_told_as_what_it_is(member: Member, bot: Mastodon) -> None:
    bot.publish(QUESTION, "q1")
    member.token_is = "revoked"

    with pytest.raises(NotSignedIn):
        bot.publish(QUESTION, "q2")
    with pytest.raises(NotSignedIn):
        list(bot.own_posts())


def test_too_long_and_an_unknown_parent_are_refused_for_good(home: Server, bot: Mastodon) -> None:
    with pytest.raises(Rejected):
        bot.publish(Draft("x" * (home.personality.characters + 1)), "q1")
    with pytest.raises(NotFound):
        bot.publish(Draft("Thanks", reply_to="987654321987"), "thanks")

    assert () == home.posts


def test_what_just_fits_by_the_servers_own_word_is_taken(bot: Mastodon) -> None:
    link = "https://garden.example/" + "a" * 80
    room = bot.limits.characters - (bot.limits.url_weight or len(link)) - 1

    assert bot.publish(Draft(f"{link} " + "x" * room), "q1").local_id


def test_a_limited_accounts_post_says_that_it_became_quiet(home: Server, member: Member, bot: Mastodon) -> None:
    home.silences(member)
    made = bot.publish(QUESTION, "q1")

    assert home.posts[0].visibility == (made.visibility and made.visibility.value)
    assert [made.local_id] == [post.local_id for post in matching.same(bot.own_posts(), QUESTION)]


# rate limits


def test_too_many_requests_say_when_the_window_opens(home: Server, bot: Mastodon) -> None:
    home.limits.buckets = [Bucket("statuses", 1, timedelta(hours=3), lambda request: request.is_posting)]
    bot.publish(QUESTION, "q1")

    with pytest.raises(RateLimited) as raised:
        bot.publish(QUESTION, "q2")

    assert raised.value.until is not None
    assert timedelta(0) < raised.value.until - datetime.now(UTC) <= timedelta(hours=3)
    assert 1 == len(home.posts)


def test_too_many_requests_without_a_word_of_when(home: Server, bot: Mastodon) -> None:
    home.limits.buckets = [Bucket("statuses", 0, timedelta(hours=3), lambda request: request.is_posting)]
    home.limits.says_reset = False

    with pytest.raises(RateLimited) as raised:
        bot.publish(QUESTION, "q1")

    assert raised.value.until is None


# pictures, polls, edits


def picture(folder: Path) -> str:
    file = folder / "spade.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n")
    return str(file)


def test_a_picture_is_waited_for_and_an_edit_keeps_it(home: Server, bot: Mastodon, tmp_path: Path) -> None:
    home.settings.media_takes = timedelta(seconds=0.2)
    made = bot.publish(Draft("Q1 What is this? #GardenChat", picture=picture(tmp_path), alt="A spade"), "q1")
    bot.edit(made, Draft("Q1 What is this tool? #GardenChat"))

    (found,) = bot.own_posts()

    assert ["A spade"] == [media.alt for media in found.media]
    assert ["Q1 What is this tool? #GardenChat"] == [post.text for post in home.posts]


@pytest.mark.parametrize("kind", [MASTODON_4_5])
def test_a_picture_that_is_never_ready_makes_no_post(home: Server, impatient: Mastodon, tmp_path: Path) -> None:
    home.settings.media_takes = timedelta(hours=1)

    with pytest.raises(Unavailable):
        impatient.publish(Draft("Q1 What is this?", picture=picture(tmp_path), alt="A spade"), "q1")
    assert () == home.posts


def test_a_poll_survives_an_edit(home: Server, bot: Mastodon) -> None:
    poll = PollDraft(("Seeds", "Soil"), timedelta(hours=1))
    made = bot.publish(Draft("Q1 Which? #GardenChat", poll=poll), "q1")
    before = home.posts[0].poll
    bot.edit(made, Draft("Q1 Which of them? #GardenChat"))

    (found,) = bot.own_posts()

    assert found.poll is not None
    assert ("Seeds", "Soil") == tuple(title for title, _ in found.poll.options)
    assert before == home.posts[0].poll
