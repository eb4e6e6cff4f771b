"""Stands at the server's side and holds what it sees to the promises.

Each request to post is looked at before it leaves: is it its time, its turn, may the chat post, are these the words of
the plan, did a host ask it by hand? Each post that the server makes is remembered with the cue it was made for, so that
two for one cue show. At the end each cue is visible, or its hosts were told why not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chatbot.core.model import CueKind, DeliveryState, Draft, Post
from chatbot.core.nights import timetable
from chatbot.store import chats, outbox, tables
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Store
from chatbot.store.rows import Row
from tests.machine.computer import Computer
from tests.machine.server import TIMING, Server
from tests.stages.nights import CHAT

MOVING = (DeliveryState.SENDING, DeliveryState.UNKNOWN)
_OPEN = (DeliveryState.WAITING, *MOVING)
_OVER = ("skipped", "failed", "unsettled")
_A_MOMENT = TIMING.last_look + timedelta(milliseconds=10)

What = tuple[str, str, int]  # what a cue is for: its kind, its question or (of a correction) its key, the how manieth


class Broken(AssertionError):
    """A promise is not kept."""


@dataclass
class Witness:
    """What was seen, and what is known of hosts' doings; `braked_at` is since when the chat may not post."""

    store: Store
    computer: Computer
    server: Server
    planned_at: datetime
    braked_at: datetime | None = None
    made: dict[str, What] = field(default_factory=dict)  # by the post's id on the server
    deleted: set[str] = field(default_factory=set)  # by a host
    by_hand: dict[str, datetime] = field(default_factory=dict)  # questions, and when a host asked them

    def rows(self) -> list[Row]:
        with self.store.read() as conn:
            return outbox.of_chat(conn, CHAT)

    def stored(self) -> StoredChat:
        with self.store.read() as conn:
            found = chats.find(conn, CHAT)
        assert found is not None
        return found

    # each request and each post

    def sees_asked(self, draft: Draft) -> What | None:
        """Hold a request that is about to leave to the promises; returns what it is for."""
        rows = [row for row in self.rows() if row.draft.text == draft.text and row.state in MOVING]
        row = next(iter(sorted(rows, key=lambda row: row.state is not DeliveryState.SENDING)), None)
        if row is None or not row.is_cue:
            return None
        if self.computer.wall() < row.due_at:
            raise Broken(f"{row.key} goes out early")
        if self.braked_at is not None and self.braked_at < self.computer.time() - _A_MOMENT and not row.is_correction:
            raise Broken(f"{row.key} goes out although a host pulled the brake")
        if row.is_question and not row.at_once and self.computer.wall() < self.stored().chat.starts_at:
            raise Broken(f"{row.key} is asked before its chat begins")
        self._is_as_planned(row, draft)
        self._is_its_turn(row)
        self._is_not_asked_by_hand(row)
        return what_for(row)

    def sees_done(self, what: What | None, post: Post) -> None:
        """Remember a post that was made."""
        if what is not None:
            self.made[post.local_id] = what

    def _is_as_planned(self, row: Row, draft: Draft) -> None:
        if row.attempts > 1 or row.changed_at <= self.planned_at or row.is_correction or row.kind == CueKind.SO_FAR:
            return  # its text was frozen before
        stored = self.stored()
        wanted = timetable.run_sheet(stored.series, stored.chat, TIMING)
        if draft.text not in [c.draft.text for c in wanted if (c.kind, c.question) == (row.kind, row.question)]:
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

    def _is_not_asked_by_hand(self, row: Row) -> None:
        """Hosts' posts are read before a question goes out; once that succeeded it cannot have been overlooked."""
        asked_at = self.by_hand.get(row.question or "")
        if asked_at is not None and row.is_question and self.server.hosts_read_at > asked_at:
            raise Broken(f"{row.key} goes out although a host has asked it by hand")

    # at any time

    def nothing_is_twice(self) -> None:
        seen: set[What] = set()
        for local_id, what in self.made.items():
            if local_id in self.server.posts:
                if what in seen:
                    raise Broken(f"{what} is there twice")
                seen.add(what)

    # at the end

    def everything_is_there_or_said(self) -> None:
        with self.store.read() as conn:
            said = {(line.event, line.detail) for line in conn.execute(tables.audit.select())}
        letters = [row for row in self.rows() if row.kind == outbox.NOTICE]
        for row in self.rows():
            if not row.is_cue or (row.state in _OPEN and self.stored().state != "ready"):
                continue
            if row.state in _OPEN:
                raise Broken(f"{row.key} is still {row.state} ({row.reason}) at the end")
            if row.state is DeliveryState.SENT:
                if row.local_id not in self.server.posts and row.local_id not in self.deleted:
                    raise Broken(f"{row.key} is called sent and is not there")
            elif not is_decided(row) and not (letters and any((event, str(row.id)) in said for event in _OVER)):
                raise Broken(f"{row.key} is {row.state} ({row.reason}) and nobody was told")

    def nothing_is_there_unknown(self) -> None:
        """Every post is one that a row stands for, unless its row was given up, or dropped by a host."""
        known = {what_for(row) for row in self.rows() if row.is_cue and (row.local_id or _is_given_up(row))}
        planned = {"", *(question.id for question in self.stored().chat.questions)}  # a backup may be older
        for local_id, what in self.made.items():
            if local_id in self.server.posts and what not in known and what[1] in planned:
                raise Broken(f"the post for {what} is there and no row knows it")

    def story(self) -> str:
        """Return what the outbox holds and what the server shows, for whoever has to find out."""
        rows = [f"{row.due_at:%H:%M:%S} {row.key} {row.state} {row.reason} {row.local_id}" for row in self.rows()]
        posts = [
            f"{post.at:%H:%M:%S} {local_id} {self.made.get(local_id)} {post.author.handle} {post.spans[0].text[:40]!r}"
            for local_id, post in self.server.posts.items()
        ]
        return "\n".join([f"it is {self.computer.time():%H:%M:%S}", *rows, *posts])


def what_for(row: Row) -> What:
    """Return what a row is for, whatever its words and however often it was put."""
    return row.kind, row.key if row.is_correction else row.question or "", row.nth


def is_decided(row: Row) -> bool:
    """Whether a person chose that a row does not go out, or was told so when the plan was applied."""
    return (row.reason or "").startswith("a host") or row.reason in (outbox.PLANNED_LATE, outbox.TAKEN_OUT)


def _is_given_up(row: Row) -> bool:
    return row.reason == "unsettled" or (row.reason or "").startswith("a host")
