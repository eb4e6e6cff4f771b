"""A host who changes the plan of a chat that is under way: writes the file, applies it, and the lane goes on.

evening = Evening(store, config, clock, garden)
evening.apply(SERIES + CHAT)
evening.run("2026-12-01 20:13")
evening.apply(SERIES + CHAT.replace("slugs", "snails"))
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from chatbot import config as settings
from chatbot.config import Config
from chatbot.core.model import DeliveryState, Post
from chatbot.core.plan import How
from chatbot.stages import planning
from chatbot.stages.deliver import Lane
from chatbot.store import chats, outbox
from chatbot.store.engine import Store
from chatbot.store.rows import Row
from tests.fakes import FakePlatform, FixedClock
from tests.stages.nights import instant

_OPEN = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN)

NIGHT = "gardenchat-2026-12-01"

SERIES = """
[series]
name = "Garden Chat"
short_name = "gardenchat"
hashtags = ["GardenChat"]
zone = "Europe/Lisbon"
accounts = ["gardenbot"]
operator = "Rosa Marques"
"""

CHAT = """
[[chat]]
theme = "Winter gardens"
date = 2026-12-01
start = "20:00"
ready = true
[[chat.question]]
text = "What do you plant first?"
[[chat.question]]
text = "What do you do against slugs?"
[[chat.question]]
text = "What will you try next year?"
"""

PLAN = SERIES + CHAT
LATER = PLAN.replace('start = "20:00"', 'start = "20:30"')
REWORDED = PLAN.replace("against slugs", "about snails")
HOSTED = PLAN.replace("[[chat]]", '[[series.host]]\nname = "Ana"\naccount = "ana@a.test"\n[[chat]]')


class Evening:
    """One chat, one account, one lane, and a host at the keyboard."""

    def __init__(self, store: Store, config: Config, clock: FixedClock, garden: FakePlatform) -> None:
        self.store, self.config, self.clock, self.garden = store, config, clock, garden
        self.lane = self.restart()

    def restart(self) -> Lane:
        clock, timing = self.clock, self.config.timing
        self.lane = Lane(self.store, self.garden, timing, clock, clock.sleep, clock.monotonic, "test")
        return self.lane

    def apply(self, text: str, correct: How | None = None, *, force: bool = False) -> planning.Applied:
        file = self.config.chats / "gardenchat.toml"
        file.write_text(text, encoding="utf-8")
        return planning.apply(self.store, file, self.config, self.clock(), force, correct)

    def run(self, until: str, steps: int = 4000) -> None:
        """Step the lane until then, jumping over the time in which nothing happens."""
        end = instant(until)
        for _ in range(steps):
            if self.clock() >= end:
                return
            if self.lane.step() is None:
                self.clock.to(min(end, self._next()))
        raise AssertionError("the lane never came to rest")

    def _next(self) -> datetime:
        now = self.clock()
        with self.store.read() as conn:
            open_ = outbox.in_state(conn, self.garden.name, *_OPEN)
        if any(row.due_at <= now and row.grace_until >= now for row in open_):
            return now + timedelta(seconds=5)
        ahead = [row.due_at - timedelta(seconds=1) for row in open_ if row.due_at > now]
        return max(min([*ahead, now + timedelta(hours=12)]), now + timedelta(seconds=1))

    def rows(self, chat: str = NIGHT) -> list[Row]:
        with self.store.read() as conn:
            return outbox.of_chat(conn, chat)

    def all_chats(self) -> list[chats.StoredChat]:
        with self.store.read() as conn:
            return chats.all_chats(conn)

    def stored(self, chat: str = NIGHT) -> chats.StoredChat:
        with self.store.read() as conn:
            found = chats.find(conn, chat)
        assert found is not None
        return found

    def own(self) -> list[Post]:
        """Return the bot's posts as the server has them, in order."""
        mine = [post for post in self.garden.posts.values() if post.author.uri == self.garden.account.uri]
        return sorted(mine, key=lambda post: (post.at, int(post.local_id)))

    def texts(self) -> list[str]:
        return [post.spans[0].text for post in self.own()]

    def asking(self, words: str) -> list[Post]:
        """Return the bot's posts that begin with these words."""
        return [post for post in self.own() if post.spans[0].text.startswith(words)]

    def saying(self, words: str) -> list[Post]:
        """Return the bot's posts that contain these words."""
        return [post for post in self.own() if words in post.spans[0].text]


def planned(store: Store, folder: Path, clock: FixedClock, garden: FakePlatform) -> Evening:
    """Return an evening whose plan was applied nine days before."""
    (folder / "chats").mkdir()
    (folder / "chatbot.toml").write_text('[accounts.gardenbot]\nserver = "https://a.test"\n', encoding="utf-8")
    clock.to("2026-11-22 12:00")
    made = Evening(store, settings.load(str(folder / "chatbot.toml"), {}), clock, garden)
    made.apply(PLAN)
    return made
