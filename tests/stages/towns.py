"""A garden chat that is collected from small real servers, whatever their kind, by the real adapter over HTTP.

with Town(kind, store, clock, folder) as town:
    town.ada.says("A1 Compost! #GardenChat")
    town.collect()
    assert town.texts() == ["A1 Compost! #GardenChat"]

The bot is at home on a server of the kind; `ada` lives there, `dave` and `eve` on a Mastodon far away, which meets it.
"""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from chatbot.core.model import CueKind, Draft, Lateness
from chatbot.core.model import Post as Seen
from chatbot.core.timing import Timing
from chatbot.platforms.mastodon import Mastodon
from chatbot.platforms.port import Platform
from chatbot.stages.collect import Collector
from chatbot.store import chats, posts, tables
from chatbot.store.codec import to_json
from chatbot.store.engine import Store
from tests.fakes import FixedClock
from tests.people import STARTS, garden_chat, garden_series
from tests.servers import MASTODON_4_5, Personality, Post, Server
from tests.stages.gardens import settings

CHAT = garden_chat().id
TIMING = Timing(budget_window=timedelta(milliseconds=1))  # the clock of these tests jumps, that of the budget does not


class Town:
    """Two servers, a chat whose first two questions are out, and a collector."""

    def __init__(self, kind: Personality, store: Store, clock: FixedClock, folder: Path) -> None:
        clock.to(STARTS)
        self.store, self.clock, self.chat = store, clock, garden_chat()
        self.config = dataclasses.replace(settings(folder), timing=TIMING)
        self._open = ExitStack()
        self.home = self._open.enter_context(Server(kind, "home.test", clock=clock))
        self.far = self._open.enter_context(Server(MASTODON_4_5, "far.test", clock=clock))
        self.home.meets(self.far)
        self.bot, self.ada = self.home.member("bot", bot=True), self.home.member("ada")
        self.dave, self.eve = self.far.member("dave"), self.far.member("eve")
        self.platform = Mastodon("gardenbot", self.home.url, self.bot.token, TIMING)
        self._open.callback(self.platform.close)
        self.heard: list[Seen] = []
        with store.write() as conn:
            chats.save_series(conn, garden_series(), file=None, file_hash=None, now=STARTS)
            chats.save_chat(conn, self.chat, state="ready", file=None, file_hash=None, now=STARTS)
        self.questions = [self._ask(number) for number in (1, 2)]
        self.collector = Collector(store, {"gardenbot": self.platform}, self.config, clock, self._hear)

    def __enter__(self) -> Town:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _hear(self, post: Seen, platform: Platform) -> None:
        self.heard.append(post)

    def _ask(self, number: int) -> Post:
        """Ask a question on the server, and put it into the outbox as sent."""
        made = self.bot.says(f"Q{number} What grows? #GardenChat")
        self.clock.forward(seconds=10)
        place = {"server": self.platform.server, "local_id": made.local_id, "uri": made.uri, "url": made.url}
        row = {"key": f"{CHAT}/question/q{number}/1", "account": "gardenbot", "chat": CHAT, "question": f"q{number}"}
        row |= {"kind": CueKind.QUESTION.value, "lateness": Lateness.ASK.value, "state": "sent"}
        times = dict.fromkeys(("due_at", "grace_until", "posted_at", "changed_at"), made.at)
        with self.store.write() as conn:
            conn.execute(tables.outbox.insert().values(draft=to_json(Draft(made.text)), **row, **place, **times))
        return made

    def collect(self, minutes: float = 4) -> None:
        """Let some time pass and read the chat once."""
        self.clock.forward(minutes=minutes)
        assert self.collector.collect(CHAT).failed == {}

    def stored(self) -> list[Seen]:
        """Return what is stored, the questions left away."""
        own = {question.uri for question in self.questions}
        with self.store.read() as conn:
            return [post for post in posts.of_chat(conn, CHAT).posts if post.uri not in own]

    def texts(self) -> list[str]:
        """Return the words of what is stored, as `written` gives them."""
        return written(*("".join(span.text for span in post.spans) for post in self.stored()))


def written(*texts: str) -> list[str]:
    """Return texts in one order, as far as every kind of server gives them back: hosts and capitals differ."""
    return sorted(text.replace("@bot@home.test", "@bot").lower() for text in texts)
