"""The same behaviour, of every adapter and fake."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from mastodon_mock.testing import MockServer

from chatbot.core.model import Draft, Visibility
from chatbot.platforms.mastodon import Mastodon
from chatbot.platforms.port import PostRef
from tests import servers
from tests.fakes import FakePlatform, FixedClock
from tests.platforms.contract import PlatformContract


class FakeWorld:
    """The network in memory, where Ana posts as the fake lets anybody post."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.bot = FakePlatform(clock)

    def says(
        self, words: str, *, reply_to: PostRef | None = None, visibility: Visibility = Visibility.PUBLIC
    ) -> PostRef:
        named = words.replace("@bot", f"@{self.bot.me().handle}")
        self.clock.forward(seconds=1)
        made = self.bot.post(f"@{self.ana()}", named, reply_to=reply_to, visibility=visibility)
        return self.bot.ref(made)

    def ana(self) -> str:
        return "ana@b.test"

    def now(self) -> datetime:
        return self.clock()


class TwoAccounts:
    """A real server over HTTP, with an account for the bot and one for Ana."""

    def __init__(self, url: str, bot_token: str, ana_token: str, bot_name: str) -> None:
        self.bot = Mastodon("gardenbot", url, bot_token)
        self._ana = Mastodon("ana", url, ana_token)
        self._bot_name = bot_name
        self._said = 0

    def says(
        self, words: str, *, reply_to: PostRef | None = None, visibility: Visibility = Visibility.PUBLIC
    ) -> PostRef:
        self._said += 1
        parent = reply_to.local_id if reply_to else None
        draft = Draft(words.replace("@bot", f"@{self._bot_name}"), visibility, reply_to=parent)
        return self._ana.publish(draft, f"ana/{self._said}")

    def ana(self) -> str:
        return self._ana.me().handle

    def now(self) -> datetime:
        return datetime.now(UTC)

    def close(self) -> None:
        self.bot.close()
        self._ana.close()


class TestFakePlatform(PlatformContract):
    @pytest.fixture
    def world(self, clock: FixedClock) -> FakeWorld:
        return FakeWorld(clock)


@pytest.fixture(scope="module")
def mock_server() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


class TestMastodonOnMastodonMock(PlatformContract):
    test_a_reply_to_a_post_that_is_gone_is_refused = None  # the mock takes any parent; real servers answer 404
    test_a_tag_that_an_edit_adds_brings_the_post_into_its_timeline = None  # the mock keeps a post's first tags

    @pytest.fixture
    def world(self, mock_server: MockServer) -> Iterator[TwoAccounts]:
        mock_server.reset()
        accounts = TwoAccounts(mock_server.base_url, "alice_token", "bob_token", "alice")
        yield accounts
        accounts.close()


@pytest.mark.parametrize("kind", servers.PERSONALITIES.values(), ids=lambda kind: kind.name)
class TestMastodonOnEveryKindOfServer(PlatformContract):
    @pytest.fixture
    def world(self, kind: servers.Personality) -> Iterator[TwoAccounts]:
        with servers.Server(kind, "home.test", limits=kind.limits) as home:
            accounts = TwoAccounts(home.url, home.member("gardenbot").token, home.member("ana").token, "gardenbot")
            yield accounts
            accounts.close()
