"""The whole of `run` listening to small real servers, each with the streams its kind has; reading brings the rest."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from chatbot import evening, wiring
from chatbot.config import Account, Archive, Config
from chatbot.core.plan import Chat, Person, Series
from chatbot.core.timing import Timing
from chatbot.store import chats
from chatbot.store.engine import Store
from tests.servers import GOTOSOCIAL, HOLLO, MASTODON_4_5, MASTODON_4_6, PLEROMA, Member, Personality, Server

SLOW = Timing(  # whatever is there within a second or two came by the stream
    tick=timedelta(seconds=0.1),
    collect_every=timedelta(seconds=300),
    mentions_every=timedelta(seconds=300),
    stream_backoff=timedelta(seconds=0.2),
    stream_silence=timedelta(seconds=1.5),
    stream_stable=timedelta(seconds=1),
)
QUICK_CATCH_UP = {"collect_every": timedelta(seconds=0.6)}


class Room:
    """A chat that goes on without questions, the bot's server, and who takes part."""

    def __init__(self, store: Store, folder: Path, home: Server, timing: Timing) -> None:
        self.store, self.home = store, home
        self.bot = home.member("gardenbot", bot=True)
        self.ada, self.host = home.member("ada"), home.member("host")
        now = wiring.now()
        series = Series(
            *("gardenchat", "GardenChat", ("GardenChat",), "UTC", ("gardenbot",)),
            (Person("Host", f"host@{home.domain}"),),
        )
        starts, ends, late = now, now + timedelta(hours=1), now + timedelta(days=7)
        chat = Chat(
            *("gardenchat-x", "gardenchat", starts, ends, late, "Compost", ()), ready=True, hashtags=("GardenChat",)
        )
        (folder / "state").mkdir(exist_ok=True)
        account = Account("gardenbot", "mastodon", home.url, self.bot.token)
        config = Config(
            file=folder / "chatbot.toml",
            database="",
            archive=Archive(folder / "archive"),
            accounts={"gardenbot": account},
            chats=folder / "chats",
            state=folder / "state",
            timing=timing,
        )
        with store.write() as conn:
            chats.save_series(conn, series, file=None, file_hash=None, now=now)
            chats.save_chat(conn, chat, state="ready", file=None, file_hash=None, now=now)
        self.parts = wiring.Parts(config, store)

    @contextmanager
    def runs(self) -> Iterator[None]:
        thread = threading.Thread(target=evening.run, args=(self.parts,))
        thread.start()
        try:
            yield
        finally:
            self.parts.stopped.set()
            thread.join(timeout=20)
            assert not thread.is_alive()

    def is_heard(self) -> bool:
        """Whether somebody listens, and the chat was read once since."""
        with self.store.read() as conn:
            read = conn.exec_driver_sql("SELECT count(*) FROM cursor WHERE route = 'pass'").scalar_one()
        return bool(read) and bool(self.home.streams.listeners)

    def route(self, uri: str) -> str | None:
        """Return by which route a post was seen first."""
        query = "SELECT route FROM sighting JOIN post ON post.id = sighting.post WHERE uri = ? ORDER BY sighting.at"
        with self.store.read() as conn:
            found = conn.exec_driver_sql(query, (uri,)).first()
        return found and found[0]

    def says(self, who: Member, text: str) -> str:
        return who.says(text).uri


def come(what: Callable[[], object], within: float = 15) -> None:
    give_up = time.monotonic() + within
    while not what():
        assert time.monotonic() < give_up, "it did not come"
        time.sleep(0.02)


@pytest.fixture
def room(store: Store, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Room]:
    personality, changes = request.param
    with Server(personality, "home.test") as home:
        home.settings.heartbeat = 0.3
        made = Room(store, tmp_path, home, SLOW.scaled(1, **changes))
        yield made
        made.parts.close()


def in_room(*kinds: Personality, **changes: timedelta) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "room", [(kind, changes) for kind in kinds], indirect=True, ids=[k.name for k in kinds]
    )


@in_room(MASTODON_4_5, MASTODON_4_6, PLEROMA)
def test_a_tagged_answer_is_a_row_before_anybody_reads(room: Room) -> None:
    with room.runs():
        come(room.is_heard)
        time.sleep(0.3)
        said = room.says(room.ada, "A1 Leaves! #GardenChat")
        come(lambda: room.route(said), within=3)

        assert room.route(said) == "stream"


@in_room(MASTODON_4_5, GOTOSOCIAL, PLEROMA)
def test_a_mention_comes_by_the_account_s_own_stream(room: Room) -> None:
    with room.runs():
        come(room.is_heard)
        time.sleep(0.3)
        said = room.says(room.ada, f"@{room.bot.handle} A1 Leaves!")
        come(lambda: room.route(said), within=3)

        assert room.route(said) == "stream"


@in_room(MASTODON_4_5, GOTOSOCIAL, mentions_every=timedelta(seconds=0.5), **QUICK_CATCH_UP)
def test_a_host_s_private_word_counts_once_by_however_many_routes_it_comes(room: Room) -> None:
    room.bot.follows(room.host)  # or Mastodon's policy keeps a private mention from the stream
    with room.runs():
        come(room.is_heard)
        time.sleep(0.3)
        room.host.says(f"@{room.bot.handle} pause", visibility="direct")
        come(lambda: [p for p in room.home.posts_of(room.bot) if "Nothing goes out" in p.text], within=5)
        time.sleep(1.5)

        assert len(room.home.posts_of(room.bot)) == 1


@in_room(MASTODON_4_5, GOTOSOCIAL, **QUICK_CATCH_UP)
def test_what_was_said_while_nobody_listened_is_caught_up_with(room: Room) -> None:
    with room.runs():
        come(room.is_heard)
        room.home.streams.hangs_up()
        come(lambda: not room.home.streams.listeners)
        said = room.says(room.ada, f"@{room.bot.handle} A1 while nobody listened #GardenChat")
        come(lambda: room.route(said))
        come(lambda: room.home.streams.listeners)


@in_room(MASTODON_4_5, PLEROMA)
def test_a_server_that_falls_silent_is_not_believed(room: Room) -> None:
    with room.runs():
        come(room.is_heard)
        before = room.home.streams.listeners
        room.home.streams.is_silent = True
        if room.home.personality is PLEROMA:  # its machine answers pings, so it lives
            time.sleep(2.5)
            assert room.home.streams.listeners == before
        else:
            come(lambda: set(room.home.streams.listeners) - set(before))


@in_room(HOLLO, **QUICK_CATCH_UP)
def test_where_there_is_no_stream_reading_alone_brings_everything(room: Room) -> None:
    with room.runs():
        said = room.says(room.ada, f"@{room.bot.handle} A1 Leaves! #GardenChat")
        come(lambda: room.route(said))

        assert room.route(said) in ("mention", "tag")
        assert not any("streaming" in request.path for request in room.home.requests)


@in_room(MASTODON_4_5)
def test_nonsense_on_the_stream_harms_nothing(room: Room) -> None:
    with room.runs():
        come(room.is_heard)
        time.sleep(0.3)
        for raw in (
            b"event: update\ndata: {\n\n",
            b"\xff\xfe\r\n\r\n",
            b"event: x\ndata: " + b"y" * 1_000_000 + b"\n\n",
        ):
            room.home.streams.sends(raw)
        room.home.streams.repeats = 3
        said = room.says(room.ada, "A1 Leaves! #GardenChat")
        come(lambda: room.route(said), within=5)

        assert room.route(said) == "stream"
