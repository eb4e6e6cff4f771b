"""A post that never reaches the bot's own server ends in the archive, because another server was asked: over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from chatbot import evening, wiring
from chatbot.cli import program
from chatbot.core.model import Post
from chatbot.core.plan import Chat, Series
from chatbot.store import chats, posts, sightings
from tests.people import garden_chat, garden_series
from tests.servers import MASTODON_4_5, MASTODON_4_6, Server

TAG = "#GardenChat"


@dataclass
class World:
    """Home, where the bot is; a large server that it asks; and a little one that home has never heard of."""

    home: Server
    far: Server
    little: Server
    folder: Path
    chat: Chat

    @property
    def settings(self) -> str:
        return str(self.folder / "chatbot.toml")

    def works(self, times: int = 1) -> None:
        """Do what `chatbot run` does, once, as after a start."""
        for _ in range(times):
            with wiring.open_parts(self.settings) as parts:
                assert evening.run_once(parts) == 0

    def stored(self) -> dict[str, Post]:
        with wiring.open_parts(self.settings) as parts, parts.store.read() as conn:
            return {"".join(s.text for s in post.spans): post for post in posts.of_chat(conn, self.chat.id).posts}

    def page(self) -> str:
        shown = CliRunner().invoke(program, ["--config", self.settings, "export", self.chat.id, "--format", "txt"])
        assert shown.exit_code == 0, shown.output
        return shown.output


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as running:
        home, far, little = (
            running.enter_context(Server(kind, name))
            for kind, name in ((MASTODON_4_5, "home.test"), (MASTODON_4_6, "far.test"), (MASTODON_4_6, "little.test"))
        )
        bot = home.member("gardenbot", bot=True)
        far.follows(little)
        (tmp_path / "state").mkdir()
        (tmp_path / "state" / "gardenbot.token").write_text(bot.token)
        (tmp_path / "state" / "gardenbot.token").chmod(0o600)
        (tmp_path / "chatbot.toml").write_text(
            f'[accounts.gardenbot]\nserver = "{home.url}"\nvantage = ["{far.url}"]\n', encoding="utf-8"
        )
        yield World(home, far, little, tmp_path, planned(tmp_path / "chatbot.toml"))


def planned(settings: Path) -> Chat:
    """Put a chat that began ten minutes ago into the database."""
    now = wiring.now()
    series: Series = garden_series(accounts=("gardenbot",))
    chat = garden_chat(starts_at=now - timedelta(minutes=10))
    with wiring.open_parts(str(settings)) as parts, parts.store.write() as conn:
        chats.save_series(conn, series, file=None, file_hash=None, now=now)
        chats.save_chat(conn, chat, state="ready", file=None, file_hash=None, now=now)
    return chat


def test_a_post_that_never_reaches_our_server_is_in_the_transcript(world: World) -> None:
    world.little.member("ida").says(f"A1 Garlic, in October! {TAG}")

    world.works()

    assert not world.home.posts
    assert "Garlic, in October" in world.page()
    assert "@ida@little.test" in world.page()
    with wiring.open_parts(world.settings) as parts, parts.store.read() as conn:
        (route,) = sightings.by_route(conn, world.chat.id)
    assert route == f"vantage:127.0.0.1:{world.far.port}"


def test_what_our_server_can_fetch_is_fetched(world: World) -> None:
    world.home.meets(world.little)
    world.little.member("ida").says(f"A1 Garlic, in October! {TAG}")

    world.works()

    assert [post.text for post in world.home.posts] == [f"A1 Garlic, in October! {TAG}"]
    assert {post.server for post in world.stored().values()} == {f"127.0.0.1:{world.home.port}"}


def test_a_thread_below_a_question_is_whole_though_half_of_it_is_only_elsewhere(world: World) -> None:
    question = world.home.member("gardenbot").says(f"Q1 What do you plant first? {TAG}")
    there = world.far.fetches(question)
    assert there is not None
    reply = world.little.member("ida").says("garlic, and no hashtag", reply_to=world.little.fetches(there))
    world.far.known(reply)

    world.works(2)

    assert world.stored()["garlic, and no hashtag"].parent_uri == question.uri


def test_a_post_deleted_at_the_only_server_that_showed_it_is_not_shown(world: World) -> None:
    post = world.little.member("ida").says(f"A1 Garlic, in October! {TAG}")
    world.works()
    world.little.delete(post)
    world.far.settle()

    with wiring.open_parts(world.settings) as parts:
        looked = wiring.lookout(parts, wiring.collector(parts)).look_again(world.chat.id)

    assert looked.missed == 1
    assert "Garlic" not in world.page()


def test_a_closed_server_is_told_of_in_the_status_and_is_no_failure(world: World) -> None:
    world.far.settings.local_feeds = world.far.settings.remote_feeds = "authenticated"

    world.works()

    shown = CliRunner().invoke(program, ["--config", world.settings, "status"])
    assert "shows hashtags only to people who are signed in there" in " ".join(shown.output.split())


def test_the_other_server_learns_whom_to_ask_about_us(world: World) -> None:
    world.works()

    (agent,) = {request.headers["user-agent"] for request in world.far.requests}
    assert agent.endswith("(+rosa@garden.test)")
