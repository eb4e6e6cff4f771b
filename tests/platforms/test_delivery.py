"""The Mastodon adapter when a post does not simply go out: portals, locked accounts, new tokens, pauses, pictures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from chatbot.core.model import Draft
from chatbot.core.timing import Timing
from chatbot.platforms.errors import NoPicture, NotSignedIn, OutcomeUnknown, RateLimited, Unavailable
from chatbot.platforms.mastodon import Mastodon
from tests.platforms import small_server
from tests.platforms.small_server import Fault, SmallServer, answers

STATUSES = "/api/v1/statuses"
PORTAL = b"<html><body>Welcome to our wireless network! Please sign in.</body></html>"
QUESTION = Draft("Q1 What grew? #GardenChat")


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with small_server.running(now=small_server.ticking()) as running:
        yield running


def account(server: SmallServer, token: str = "bot-token", **more: object) -> Mastodon:
    timing = Timing(request_deadline=timedelta(seconds=3), limits_kept=timedelta(0))
    return Mastodon("gardenbot", server.url, token, timing=timing, **more)  # type: ignore[arg-type]


@pytest.fixture
def bot(server: SmallServer) -> Iterator[Mastodon]:
    made = account(server)
    yield made
    made.close()


@pytest.mark.parametrize(
    "fault",
    [
        answers(200, PORTAL, {"Content-Type": "text/html"}),
        answers(302, b"", {"Location": "http://portal.test/login"}),
        answers(307, b"", {"Location": "/elsewhere"}),
        answers(403, PORTAL, {"Content-Type": "text/html"}),
        answers(404, PORTAL, {"Content-Type": "text/html"}),
        answers(410, b""),
        answers(200, {"error": "no, but with a 200"}),
        answers(200, []),
    ],
    ids=["portal", "redirect", "redirect at home", "firewall", "maintenance", "gone", "an error in a 200", "a list"],
)
@pytest.mark.parametrize("done_first", [False, True])
def test_what_is_not_the_apis_own_word_is_neither_sent_nor_failed(
    server: SmallServer, bot: Mastodon, fault: object, done_first: bool
) -> None:
    server.faults.append(Fault(STATUSES, fault, done_first=done_first, method="POST"))  # type: ignore[arg-type]
    with pytest.raises(OutcomeUnknown):
        bot.publish(QUESTION, "key")

    assert len(list(bot.own_posts())) == done_first


def test_looking_through_a_portal_shows_nothing_and_proves_nothing(server: SmallServer, bot: Mastodon) -> None:
    bot.me()
    server.faults.append(Fault("/api/v1/accounts", answers(200, PORTAL, {"Content-Type": "text/html"})))

    with pytest.raises(Unavailable):
        list(bot.own_posts())


@pytest.mark.parametrize("said", ["Your login is currently disabled", "This action is not allowed"])
def test_a_locked_account_is_a_thing_that_a_person_can_mend(server: SmallServer, bot: Mastodon, said: str) -> None:
    server.faults.append(Fault(STATUSES, answers(403, {"error": said}), method="POST"))

    with pytest.raises(NotSignedIn, match=said):
        bot.publish(QUESTION, "key")


def test_a_token_put_in_place_meanwhile_is_used_without_a_restart(server: SmallServer) -> None:
    tokens = ["a-revoked-token-0123456789"]
    bot = account(server, tokens[0], find_token=lambda: tokens[-1])
    with pytest.raises(NotSignedIn):
        bot.publish(QUESTION, "key")
    tokens.append("bot-token")
    with pytest.raises(NotSignedIn):
        bot.publish(QUESTION, "key")  # the one that finds out

    bot.publish(QUESTION, "key")
    assert [post.author.handle for post in bot.own_posts()] == ["gardenbot@garden.test"]
    bot.close()


def test_a_pause_is_as_long_as_the_server_says(server: SmallServer, bot: Mastodon) -> None:
    server.faults.append(Fault(STATUSES, answers(429, {"error": "Too many"}, {"Retry-After": "90"}), method="POST"))
    server.faults.append(Fault(STATUSES, answers(429, {"error": "Too many"}), method="POST"))
    with pytest.raises(RateLimited) as told:
        bot.publish(QUESTION, "key")
    with pytest.raises(RateLimited) as untold:
        bot.publish(QUESTION, "key")

    assert (told.value.after, untold.value.after) == (timedelta(seconds=90), None)


def test_what_a_server_takes_is_asked_again_and_its_last_word_counts_meanwhile(
    server: SmallServer, bot: Mastodon
) -> None:
    assert bot.limits.characters == 5000
    shrunk = {"domain": "garden.test", "configuration": {"statuses": {"max_characters": 300}}}
    server.faults.append(Fault("/api/v2/instance", answers(200, shrunk)))
    assert bot.limits.characters == 300

    server.faults.append(Fault("/api/v2/instance", answers(503)))
    assert bot.limits.characters == 300


# pictures


@pytest.fixture
def pictured(tmp_path: Path) -> Draft:
    Image.new("RGB", (4, 4)).save(tmp_path / "spade.png")
    return Draft("Q1 What is this?", picture=str(tmp_path / "spade.png"), alt="A spade.")


def uploads(server: SmallServer) -> int:
    return server.paths().count("POST /api/v2/media")


def test_a_prepared_picture_is_uploaded_once_and_stands_in_one_post(
    server: SmallServer, bot: Mastodon, pictured: Draft
) -> None:
    bot.prepare(pictured)
    bot.prepare(pictured)
    bot.publish(pictured, "one")
    assert uploads(server) == 1

    bot.publish(pictured, "two")
    assert uploads(server) == 2
    assert [len(status["media_attachments"]) for status in server.statuses.values()] == [1, 1]


@pytest.mark.parametrize(
    "fault",
    [answers(422, {"error": "too large"}), answers(413, PORTAL), answers(429, {"error": "Too many"}), answers(500)],
    ids=["refused", "too large", "too many", "broken"],
)
def test_whatever_is_said_against_the_picture_is_not_said_against_the_post(
    server: SmallServer, bot: Mastodon, pictured: Draft, fault: object
) -> None:
    server.faults.append(Fault("/api/v2/media", fault))  # type: ignore[arg-type]
    with pytest.raises(NoPicture):
        bot.publish(pictured, "one")

    assert not server.statuses
    bot.publish(pictured, "one")
    assert len(server.statuses) == 1


def test_a_picture_that_was_removed_is_a_missing_picture(bot: Mastodon) -> None:
    with pytest.raises(NoPicture, match="cannot be read"):
        bot.publish(Draft("Q1", picture="nowhere/spade.png"), "one")
