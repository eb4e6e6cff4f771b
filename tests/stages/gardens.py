"""A garden chat being collected: its questions are out, people answer, and the collector reads when told to.

g = Garden(store, clock, garden, tmp_path)
ana = g.post("@ana@b.test", "A1 Compost! #GardenChat")
g.collect()
assert g.texts() == [..., "A1 Compost! #GardenChat"]
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chatbot.config import Archive, Config
from chatbot.core.model import CueKind, Draft, Lateness, Post
from chatbot.core.plan import Chat
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.platforms.port import Platform
from chatbot.stages.collect import Collected, Collector
from chatbot.store import chats, posts, tables
from chatbot.store.codec import to_json
from chatbot.store.engine import Store
from chatbot.store.posts import ChatPosts
from tests.fakes import FakePlatform, FixedClock
from tests.people import STARTS, garden_chat, garden_series

CHAT = garden_chat().id


def settings(folder: Path) -> Config:
    """Settings of an installation that lives in one folder."""
    return Config(
        file=folder / "chatbot.toml",
        database=f"sqlite:///{folder / 'chat.db'}",
        archive=Archive(folder / "archive"),
        accounts={},
        chats=folder / "chats",
        state=folder / "state",
        timing=Timing(),
    )


class Garden:
    """One chat, one account, one collector; Q1 and Q2 are out."""

    def __init__(self, store: Store, clock: FixedClock, platform: FakePlatform, folder: Path, **chat: Any) -> None:
        self.store, self.clock, self.platform, self.config = store, clock, platform, settings(folder)
        self.heard: list[Post] = []
        self.chat: Chat = garden_chat(**chat)
        clock.to(STARTS)
        with store.write() as conn:
            chats.save_series(conn, garden_series(), file=None, file_hash=None, now=STARTS)
            chats.save_chat(conn, self.chat, state="ready", file=None, file_hash=None, now=STARTS)
        self.questions = [self._ask(n) for n in (1, 2)]
        self.collector = self.restarted()

    def restarted(self) -> Collector:
        """Return a collector that remembers nothing, as after a restart."""
        self.collector = Collector(self.store, {self.platform.name: self.platform}, self.config, self.clock, self._hear)
        return self.collector

    def _hear(self, post: Post, platform: Platform) -> None:
        self.heard.append(post)

    def _ask(self, number: int) -> Post:
        """Put a question into the outbox as sent, with its post on the network."""
        made = self._asked(number)
        sent = {"state": "sent", "server": "a.test", "local_id": made.local_id, "uri": made.uri, "url": made.url}
        with self.store.write() as conn:
            conn.execute(
                tables.outbox.insert().values(
                    key=f"{CHAT}/question/q{number}/1",
                    account=self.platform.name,
                    chat=CHAT,
                    kind=CueKind.QUESTION.value,
                    question=f"q{number}",
                    due_at=made.at,
                    grace_until=made.at,
                    lateness=Lateness.ASK.value,
                    draft=to_json(Draft(made.spans[0].text)),
                    posted_at=made.at,
                    changed_at=made.at,
                    **sent,
                )
            )
        return made

    def _asked(self, number: int) -> Post:
        """Let the bot ask a question on the network."""
        return self.platform.post(self.platform.account, f"Q{number} #GardenChat")

    def post(self, who: Any, text: str, **more: Any) -> Post:
        """Let somebody post at the clock's time, and the clock go on a little."""
        self.clock.forward(seconds=10)
        return self.platform.post(who, text, **more)

    def edit(self, post: Post, text: str, **changes: Any) -> Post:
        """Let somebody edit a post."""
        self.clock.forward(seconds=10)
        spans = (replace(post.spans[0], text=text),)
        self.platform.posts[post.local_id] = replace(post, spans=spans, edited_at=self.clock(), **changes)
        return self.platform.posts[post.local_id]

    def delete(self, *gone: Post) -> None:
        """Let posts vanish from the network."""
        for post in gone:
            del self.platform.posts[post.local_id]

    def collect(self) -> Collected:
        """Read the chat once."""
        return self.collector.collect(CHAT)

    def stored(self) -> ChatPosts:
        """Return what the database holds of the chat."""
        with self.store.read() as conn:
            return posts.of_chat(conn, CHAT)

    def texts(self) -> list[str]:
        """Return the stored texts, the questions left away."""
        own = {question.uri for question in self.questions}
        return ["".join(s.text for s in post.spans) for post in self.stored().posts if post.uri not in own]


def bytes_of(folder: Path) -> bytes:
    """Return every byte of every file in a folder and below."""
    return b"\n".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())
