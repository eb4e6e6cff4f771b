"""One chat of one account on a computer that dies and a server that lies, held to the promises from the server's side.

Each request to post is looked at before it leaves: is it its time, its turn, may the chat post, are these the words of
the plan? Each post that the server makes is remembered with the cue it was made for, so that two for one cue show.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chatbot.config import Archive, Config
from chatbot.core.model import CueKind, DeliveryState, Draft, Post
from chatbot.core.nights import timetable
from chatbot.core.plan import Chat, Question
from chatbot.stages import planning
from chatbot.stages.deliver import Lane
from chatbot.stages.tell import Teller, Ways
from chatbot.store import chats, outbox, tables
from chatbot.store.chats import StoredChat
from chatbot.store.engine import open_store
from chatbot.store.rows import Row
from tests.fakes import FixedClock
from tests.machine.computer import Computer, Killed, MortalStore, backup_of, put_back
from tests.machine.server import TIMING, Server
from tests.stages.nights import CHAT, TEXTS, a_chat, a_series

BEGINS = datetime(2026, 12, 1, 19, 50, tzinfo=UTC)
HOST = "@ana@a.test"
_MOVING = (DeliveryState.SENDING, DeliveryState.UNKNOWN)
_OPEN = (DeliveryState.WAITING, *_MOVING)
_OVER = ("skipped", "failed", "unsettled")
_SOON = timedelta(seconds=2)  # a claim is made so long before its instant
_A_MOMENT = TIMING.last_look + timedelta(milliseconds=10)

What = tuple[str, str]  # what a cue is for: its kind, and its question or, of a correction, its key


class Broken(AssertionError):
    """A promise is not kept."""


@dataclass
class Fence:
    """What tells a lane that the database is another process's now."""

    is_up: bool = False

    def is_set(self) -> bool:
        return self.is_up


class Evening:
    """The world of one chat; every way in which it can be disturbed is a method."""

    def __init__(self, questions: int = 3, at: datetime = BEGINS) -> None:
        self.time = FixedClock(at)
        self.computer = Computer(self.time)
        self.server = Server(self.computer)
        self.server.asked, self.server.done = self._is_asked, self._is_done
        self.store = MortalStore("sqlite:///:memory:")
        _made(self.store)
        with self.store.write() as conn:
            now = self.computer.wall()
            chats.save_series(conn, a_series(), file=None, file_hash=None, now=now)
            chats.save_chat(conn, a_chat(questions), state="ready", file=None, file_hash=None, now=now)
        planning.refresh(self.store, CHAT, TIMING, self.computer.wall())
        self.store.computer = self.computer
        self.made: dict[str, What] = {}  # by the post's id on the server
        self.by_hand: dict[str, datetime] = {}  # questions, and when a host asked them
        self.deleted: set[str] = set()
        self.braked_at: datetime | None = None
        self.planned_at = at
        self.fence = Fence()
        self.backup: sqlite3.Connection | None = None
        self.lives = 0
        self.start()

    # the process

    def start(self) -> None:
        """Start a process; one before it, if it still lives, may not send any more."""
        self.fence.is_up = True
        self.fence = Fence()
        self.lives += 1
        computer = self.computer
        self.lane = Lane(
            self.store, self.server, TIMING, computer.wall, computer.sleep, computer.monotonic, "run", self.fence
        )
        folder = Path("nowhere")
        config = Config(folder / "chatbot.toml", "", Archive(folder), {}, folder, folder)
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
            self.nothing_is_twice()
            self.computer.pass_by(0.02 if done is not None else self._until_next(end))
        raise Broken("it never came to rest")

    def _until_next(self, end: datetime) -> float:
        """Return how many seconds nothing happens."""
        now, left = self.computer.wall(), (end - self.time()).total_seconds()
        with self.store.read() as conn:
            moving = outbox.in_state(conn, self.server.name, *_MOVING)
            waiting = outbox.in_state(conn, self.server.name, DeliveryState.WAITING)
            watched = outbox.to_watch(conn, self.server.name)
        if any(row.due_at - _SOON <= now for row in waiting) or moving:
            return min(4.9, left)
        ahead = min(((row.due_at - now - _SOON).total_seconds() for row in waiting), default=left)
        return max(min(ahead, left, 30 if watched else left), 0.5)

    # what may happen to it

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
        self.fence.is_up = True
        self.computer.pass_by(90)
        put_back(self.backup, self.store)
        self.planned_at = self.computer.wall()
        self.braked_at = self.time() - timedelta(hours=1) if self.stored().state != "ready" else None
        self.start()

    def stored(self) -> StoredChat:
        with self.store.read() as conn:
            found = chats.find(conn, CHAT)
        assert found is not None
        return found

    def rows(self) -> list[Row]:
        with self.store.read() as conn:
            return outbox.of_chat(conn, CHAT)

    def decide(self, what: Callable[[object, StoredChat, datetime], object]) -> None:
        """Let a host use the brake, from another process, which does not die."""
        keeps, self.store.computer = self.store.computer, None
        stored, before = self.stored(), self.stored().state
        with self.store.write() as conn:
            what(conn, stored, self.computer.wall())
        self.store.computer = keeps
        if self.stored().state != before:
            self.braked_at = None if self.stored().state == "ready" else self.time()

    def plan(self, change: Callable[[Chat], Chat]) -> None:
        """Take in another plan: its questions that were asked or are on their way stay as they are."""
        keeps, self.store.computer = self.store.computer, None
        stored, now = self.stored(), self.computer.wall()
        if stored.state != "cancelled":
            changed = change(stored.chat)
            with self.store.write() as conn:
                chats.save_chat(conn, changed, state=stored.state, file=None, file_hash=None, now=now)
            planning.refresh(self.store, CHAT, TIMING, now)
            self.planned_at = now
        self.store.computer = keeps

    def untouched(self) -> set[str]:
        """Return the questions that no server can have seen."""
        seen = {what for kind, what in self.made.values() if kind == CueKind.QUESTION}
        tried = {row.question for row in self.rows() if row.state is not DeliveryState.WAITING or row.attempts}
        return {question.id for question in self.stored().chat.questions} - seen - tried - self.by_hand.keys()

    def ask_by_hand(self, number: int, *, as_bot: bool) -> None:
        """Let a host ask a question by hand, as on an evening when the bot seems slow."""
        who = self.server.account if as_bot else HOST
        self.server.post(who, f"Q{number} In short: {TEXTS[number - 1]} #GardenChat")
        self.by_hand.setdefault(f"q{number}", self.time())

    def delete_by_hand(self, kind: CueKind) -> None:
        """Let a host delete one of our posts.

        An older backup is of no use then: an edited "Tonight so far" without its thread is not known again.
        """
        for local_id, (made_for, _) in self.made.items():
            if made_for == kind and local_id in self.server.posts:
                del self.server.posts[local_id]
                self.deleted.add(local_id)
                self.backup = None

    # what the server sees

    def _is_asked(self, draft: Draft) -> What | None:
        """Hold a request that is about to leave to the promises; returns what it is for."""
        rows = [row for row in self.rows() if row.draft.text == draft.text and row.state in _MOVING]
        row = next(iter(sorted(rows, key=lambda row: row.state is not DeliveryState.SENDING)), None)
        if row is None or not row.is_cue:
            return None
        if self.computer.wall() < row.due_at:
            raise Broken(f"{row.key} goes out early")
        if self.braked_at is not None and self.braked_at < self.time() - _A_MOMENT and not row.is_correction:
            raise Broken(f"{row.key} goes out although a host pulled the brake")
        self._is_as_planned(row, draft)
        self._is_its_turn(row)
        return _what(row)

    def _is_as_planned(self, row: Row, draft: Draft) -> None:
        if row.attempts > 1 or row.changed_at <= self.planned_at or row.is_correction or row.kind == CueKind.SO_FAR:
            return  # its text was frozen before
        stored = self.stored()
        wanted = timetable.run_sheet(stored.series, stored.chat, TIMING)
        texts = [cue.draft.text for cue in wanted if (cue.kind, cue.question) == (row.kind, row.question)]
        if draft.text not in texts:
            raise Broken(f"{row.key} says what the plan does not")

    def _is_its_turn(self, row: Row) -> None:
        if row.at_once or row.is_correction:
            return
        now = self.computer.wall()
        for other in self.rows():
            is_earlier = other.is_cue and not other.is_correction and other.due_at < row.due_at
            is_in_order = not (other.hold or other.at_once) and other.state in _OPEN and now <= other.grace_until
            if is_earlier and is_in_order and other.reason not in ("went-ahead", "no-room"):
                raise Broken(f"{row.key} goes out before {other.key} ({other.state}, {other.reason})")

    def _is_done(self, what: object, post: Post) -> None:
        if what is not None:
            self.made[post.local_id] = what  # type: ignore[assignment]

    def nothing_is_twice(self) -> None:
        seen: dict[What, str] = {}
        for local_id, what in self.made.items():
            if local_id in self.server.posts:
                if what in seen:
                    raise Broken(f"{what} is there twice")
                seen[what] = local_id

    # the end

    def come_to_rest(self) -> None:
        """Let everything work and time pass until all is settled, and hold the end to the promises."""
        try:
            self._come_to_rest()
        except Broken as broken:
            broken.add_note(self.story())
            raise

    def story(self) -> str:
        """Return what the outbox holds and what the server shows, for whoever has to find out."""
        rows = [f"{row.due_at:%H:%M:%S} {row.key} {row.state} {row.reason} {row.local_id}" for row in self.rows()]
        posts = [
            f"{post.at:%H:%M:%S} {local_id} {self.made.get(local_id)} {post.author.handle} {post.spans[0].text[:40]!r}"
            for local_id, post in self.server.posts.items()
        ]
        return "\n".join([f"it is {self.time():%H:%M:%S}", *rows, *posts])

    def _come_to_rest(self) -> None:
        self.computer.lives()
        self.server.faults.clear()
        self.server.reads.clear()
        self.computer.while_asleep = self.server.under_way = None
        self.start()
        ends = max([self.stored().chat.ends_at, *(row.due_at for row in self.rows())])
        self.live(max((ends - self.computer.wall()).total_seconds(), 0) + 3 * 3600)
        self.nothing_is_twice()
        self.everything_is_there_or_said()

    def everything_is_there_or_said(self) -> None:
        with self.store.read() as conn:
            said = {(line.event, line.detail) for line in conn.execute(tables.audit.select())}
        letters = [row for row in self.rows() if row.kind == outbox.NOTICE]
        for row in self.rows():
            if not row.is_cue:
                continue
            if row.state is DeliveryState.SENT:
                if row.local_id not in self.server.posts and row.local_id not in self.deleted:
                    raise Broken(f"{row.key} is called sent and is not there")
            elif row.state in (DeliveryState.SKIPPED, DeliveryState.FAILED):
                is_decided = (row.reason or "").startswith("a host") or row.reason in ("planned-late", outbox.TAKEN_OUT)
                if not is_decided and not any((event, str(row.id)) in said for event in _OVER):
                    raise Broken(f"{row.key} is {row.state} ({row.reason}) and nobody was told")
                if not is_decided and not letters:
                    raise Broken("no host was written to")
            elif self.stored().state == "ready":
                raise Broken(f"{row.key} is still {row.state} ({row.reason}, {row.due_at:%H:%M}) at the end")
        known = {_what(row) for row in self.rows() if row.is_cue and _is_known(row)}
        for local_id, what in self.made.items():
            if local_id in self.server.posts and what not in known:
                raise Broken(f"the post for {what} is there and no row knows it")


def _made(store: MortalStore) -> None:
    tables.metadata.create_all(store.engine)


def _is_known(row: Row) -> bool:
    """Whether a post that is there need not be found any more: the row stands for it, or was given up, or dropped."""
    return row.local_id is not None or row.reason == "unsettled" or (row.reason or "").startswith("a host")


def _what(row: Row) -> What:
    return row.kind, row.key if row.is_correction else row.question or ""


def reworded(chat: Chat, ids: set[str], words: str) -> Chat:
    """Return a chat in which these questions have other words."""
    told = [replace(one, text=f"{one.text} {words}?") if one.id in ids else one for one in chat.questions]
    return replace(chat, questions=tuple(told))


def without(chat: Chat, ids: set[str]) -> Chat:
    """Return a chat without these questions, if any is left."""
    left = tuple(one for one in chat.questions if one.id not in ids)
    return replace(chat, questions=left) if left else chat


def with_one_more(chat: Chat) -> Chat:
    """Return a chat with one more question at its end."""
    number = max(one.number for one in chat.questions if isinstance(one.number, int)) + 1
    if number > len(TEXTS):
        return chat
    return replace(chat, questions=(*chat.questions, Question(f"q{number}", number, TEXTS[number - 1])))


__all__ = ["BEGINS", "Broken", "Evening", "open_store", "reworded", "with_one_more", "without"]
