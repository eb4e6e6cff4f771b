"""Who does not want to have anything to do with the bot is known to its own server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chatbot.platforms.errors import NotFound
from chatbot.platforms.mastodon import Mastodon
from chatbot.platforms.port import Blocking
from tests.servers import MASTODON_4_5, Answer, Server


@pytest.fixture
def home() -> Iterator[Server]:
    with Server(MASTODON_4_5, "home.test") as running:
        yield running


@pytest.fixture
def bot(home: Server) -> Iterator[Mastodon]:
    home.member("nora")
    made = Mastodon("gardenbot", home.url, home.member("gardenbot").token)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([{"id": "1", "blocked_by": True}], True),
        ([{"id": "1", "blocked_by": False}], False),
        ([{"id": "1"}], False),
        ([None], False),
        ([], False),
        ({"odd": 1}, False),
    ],
)
def test_a_block_is_what_the_server_says_it_is(home: Server, bot: Mastodon, said: object, expected: bool) -> None:
    home.when("request received", lambda request: Answer(200, said), path="/api/v1/accounts/relationships")

    assert isinstance(bot, Blocking)
    assert bot.is_blocked_by("nora@home.test") is expected


def test_of_somebody_unknown_nothing_is_said(bot: Mastodon) -> None:
    with pytest.raises(NotFound):
        bot.is_blocked_by("nobody@far.test")
