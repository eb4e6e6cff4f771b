"""One chat of one account on a computer that dies and a server that lies; every disturbance is a method.

evening = Evening(questions=2)
evening.server.faults.append(lost(is_done=True))
evening.live(600)
evening.come_to_rest()
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chatbot.config import Archive, Config
from chatbot.core.model import CueKind, DeliveryState
from chatbot.core.plan import Chat, Question
from chatbot.core.value import replace
from chatbot.stages import planning
from chatbot.stages.deliver import Lane
from chatbot.stages.tell import Teller, Ways
from chatbot.store import chats, outbox, tables
from chatbot.store.chats import StoredChat
from chatbot.store.rows import Row
from tests.fakes import FixedClock
from tests.machine.computer import Computer, Killed, MortalStore, backup_of, put_back
from tests.machine.server import NEVER, TIMING, Server
from tests.machine.witness import MOVING, Broken, Witness
from tests.stages.nights import CHAT, TEXTS, a_chat, a_series

BEGINS = datetime(2026, 12, 1, 19, 50, tzinfo=UTC)
HOST = "@ana@a.test"

Decide = Callable[[Any, StoredChat, datetime], object]


@dataclass
class Fence:
    """What tells a lane that the database is another process's now."""

    is_up: bool = False

    def is_set(self) -> bool:
        return self.is_up


class Evening:
    """The world of one chat; `witness` sees it from the server's side."""

    def __init__(self, questions: int = 3, at: datetime = BEGINS) -> None:
        self.time = FixedClock(at)
        self.computer = Computer(self.time)
        self.server = Server(self.computer)
        self.store = MortalStore("sqlite:///:memory:")
        tables.metadata.create_all(self.store.engine)
        with self.store.write() as conn:
            chats.save_series(conn, a_series(), file=None, file_hash=None, now=at)
            chats.save_chat(conn, a_chat(questions), state="ready", file=None, file_hash=None, now=at)
        planning.refresh(self.store, CHAT, TIMING, at)
        self.store.computer = self.computer
        self.witness = Witness(self.store, self.computer, self.server, planned_at=at)
        self.server.asked, self.server.done = self.witness.sees_asked, self.witness.sees_done
        self.fence = Fence()
        self.backup: sqlite3.Connection | None = None
        self.was_restored = False
        self.start()

    # the process

    def start(self) -> None:
        """Start a process; one before it, if it still lives, may not send any more."""
        self.fence.is_up = True
        self.fence = Fence()
        self.server.hosts_read_at = NEVER  # what was read of hosts before, this one does not know
        computer, nowhere = self.computer, Path("nowhere")
        clocks = computer.wall, computer.sleep, computer.monotonic
        self.lane = Lane(self.store, self.server, TIMING, *clocks, "run", self.fence)
        config = Config(nowhere / "chatbot.toml", "", Archive(nowhere), {}, nowhere, nowhere)
        self.teller = Teller(self.store, config, TIMING, computer.wall, Ways())

    def live(self, seconds: float) -> None:
        """Let the process work for so long, started again whenever it dies."""
        end = self.time() + timedelta(seconds=seconds)
        for _ in range(5000):
            if self.time() >= end:
                return
            try:
                done = self.lane.step()
                if done is None:
                    self.teller.tell()
            except Killed:
                self.start()
                continue
            self.witness.nothing_is_twice()
            self.computer.pass_by(0.02 if done is not None else self._until_next(end))
        raise Broken("it never came to rest")

    def _until_next(self, end: datetime) -> float:
        """Return how many seconds nothing happens."""
        now, left = self.computer.wall(), (end - self.time()).total_seconds()
        with self.store.read() as conn:
            moving = outbox.in_state(conn, self.server.name, *MOVING)
            waiting = outbox.in_state(conn, self.server.name, DeliveryState.WAITING)
            watched = outbox.to_watch(conn, self.server.name)
        ahead = [(row.due_at - TIMING.claim_ahead - now).total_seconds() for row in waiting]
        is_open = self.stored().state == "ready"
        if moving or (is_open and any(one <= 0 for one in ahead)):
            return min(4.9, left)
        return max(min([*(one for one in ahead if one > 0), left, 30 if watched else left]), 0.5)

    def come_to_rest(self) -> None:
        """Let everything work and time pass until all is settled, and hold the end to the promises."""
        try:
            self._come_to_rest()
        except Broken as broken:
            broken.add_note(self.witness.story())
            raise

    def _come_to_rest(self) -> None:
        self.computer.lives()
        self.server.faults.clear()
        self.server.reads.clear()
        self.computer.while_asleep = self.server.under_way = None
        self.start()
        ends = max([self.stored().chat.ends_at, *(row.due_at for row in self.rows())])
        self.live(max((ends - self.computer.wall()).total_seconds(), 0) + 3 * 3600)
        self.witness.nothing_is_twice()
        self.witness.everything_is_there_or_said()
        self.witness.nothing_is_there_unknown()

    def rows(self) -> list[Row]:
        return self.witness.rows()

    def stored(self) -> StoredChat:
        return self.witness.stored()

    def asked(self, question: str) -> int:
        """Count how often the bot asked a question, visibly or not any more."""
        return [what[:2] for what in self.witness.made.values()].count((CueKind.QUESTION, question))

    # other processes

    def take_over(self, seconds: float) -> None:
        """Let another process begin while this one is in the middle of something, and work for a while."""
        self.start()
        self.live(seconds)

    def keep_a_backup(self) -> None:
        self.backup = backup_of(self.store)

    def restore_the_backup(self) -> None:
        """Put the file back; that takes a person a minute or two, and what was under way has arrived by then."""
        if self.backup is None:
            return
        self.fence.is_up = self.was_restored = True
        self.computer.pass_by(90)
        put_back(self.backup, self.store)
        self.witness.planned_at = self.computer.wall()
        is_ready = self.stored().state == "ready"
        self.witness.braked_at = None if is_ready else self.time() - timedelta(hours=1)
        self.start()

    @contextmanager
    def elsewhere(self) -> Iterator[None]:
        """Do something in a process of its own, which does not die."""
        self.store.computer = None
        yield
        self.store.computer = self.computer

    # hosts

    def decide(self, what: Decide) -> None:
        """Let a host decide something."""
        before = self.stored()
        with self.elsewhere(), self.store.write() as conn:
            what(conn, before, self.computer.wall())
        state = self.stored().state
        if state != before.state:
            self.witness.braked_at = None if state == "ready" else self.time()

    def plan(self, change: Callable[[Chat], Chat]) -> None:
        """Take in another plan; of a chat that was stopped none is taken."""
        stored, now = self.stored(), self.computer.wall()
        if stored.state == "cancelled":
            return
        changed = change(stored.chat)
        with self.elsewhere():
            with self.store.write() as conn:
                chats.save_chat(conn, changed, state=stored.state, file=None, file_hash=None, now=now)
            planning.refresh(self.store, CHAT, TIMING, now)
        self.witness.planned_at = now

    def move(self, later: timedelta) -> None:
        """Let a host move the chat; what was asked by hand before the new evening is not of it.

        A backup from before plans another evening, and one that was restored need not know what went out for the old
        one: neither goes together with a move.
        """
        if self.was_restored:
            return
        self.plan(lambda chat: moved(chat, later))
        opens = self.stored().chat.starts_at - TIMING.welcome_before
        self.witness.by_hand = {question: at for question, at in self.witness.by_hand.items() if at >= opens}
        self.backup = None

    def untouched(self) -> set[str]:
        """Return the questions that no server can have seen: of those a plan may change everything."""
        seen = {question for kind, question, _ in self.witness.made.values() if kind == CueKind.QUESTION}
        tried = {row.question for row in self.rows() if row.state is not DeliveryState.WAITING or row.attempts}
        return {question.id for question in self.stored().chat.questions} - seen - tried - self.witness.by_hand.keys()

    def ask_by_hand(self, number: int, *, as_bot: bool) -> None:
        """Let a host ask a question by hand, as on an evening when the bot seems slow."""
        self.server.post(
            self.server.account if as_bot else HOST, f"Q{number} In short: {TEXTS[number - 1]} #GardenChat"
        )
        if not as_bot and self.time() >= self.stored().chat.starts_at - TIMING.welcome_before:
            self.witness.by_hand.setdefault(f"q{number}", self.time())

    def delete_by_hand(self, kind: CueKind) -> None:
        """Let a host delete one of our posts.

        An older backup is of no use then: an edited "Tonight so far" without its thread is not known again.
        """
        for local_id, (made_for, *_) in self.witness.made.items():
            if made_for == kind and local_id in self.server.posts:
                del self.server.posts[local_id]
                self.witness.deleted.add(local_id)
                self.backup = None


# plans


def reworded(chat: Chat, ids: set[str], words: str) -> Chat:
    """Return a chat in which these questions have other words."""
    told = [replace(one, text=f"{one.text} {words}?") if one.id in ids else one for one in chat.questions]
    return replace(chat, questions=tuple(told))


def without(chat: Chat, ids: set[str]) -> Chat:
    """Return a chat without these questions, if any is left."""
    left = tuple(one for one in chat.questions if one.id not in ids)
    return replace(chat, questions=left) if left else chat


def moved(chat: Chat, later: timedelta) -> Chat:
    """Return a chat that begins later, with everything that follows from its beginning."""
    times = {name: getattr(chat, name) + later for name in ("starts_at", "ends_at", "late_until")}
    return replace(chat, **times)


def with_one_more(chat: Chat) -> Chat:
    """Return a chat with one more question at its end."""
    number = len(chat.questions) + 1
    if number > len(TEXTS):
        return chat
    return replace(chat, questions=(*chat.questions, Question(f"q{number}", number, TEXTS[number - 1])))
