"""Finds what hosts have to be told and puts it into the outbox.

1. the log since last time, posts that are late, and what the clock asks to be told: small reads, every second
2. what was told before, by this process or an earlier one, is left out
3. only what is new is worded; the network is asked (is the account fine?) with no transaction open
4. one row of the outbox a reader: the chat's first account writes to a host's account, e-mail to an address, and a
   notification goes wherever the settings say
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chatbot.config import Config
from chatbot.core.model import DeliveryState, Draft, Visibility
from chatbot.core.plan import Chat, Person, Series
from chatbot.core.sorting.hashtags import NearMiss
from chatbot.core.talk import notices, occasions, troubles
from chatbot.core.talk.notices import Notice
from chatbot.core.talk.occasions import Occasion, Standing
from chatbot.core.talk.troubles import Trouble
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.stages.tell.lateness import late_rows
from chatbot.store import chats, corrections, erasing, incidents, outbox
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Connection, Store
from chatbot.store.incidents import Brief, Event, Reading
from chatbot.store.rows import EDIT, Row

log = logging.getLogger("chatbot.tell")

_WORDS = {
    "late-asks": troubles.late_asks,
    "no-room": troubles.no_room,
    "went-ahead": troubles.went_ahead,
    "skipped": troubles.skipped,
    "failed": troubles.failed,
    "unsettled": troubles.failed,
    "found": troubles.was_there,
    "adopted": troubles.adopted,
    "untrue": troubles.untrue,
    "quieted": troubles.quieted,
    "parent-gone": troubles.parent_gone,
    "no-picture": troubles.no_picture,
    "refused": troubles.refused,
    "double-deleted": troubles.doubled,
    "double-left": troubles.double_left,
}
_UNMADE = ("skipped", "failed", "unsettled")  # what becomes of an edit that is not made


@dataclass(frozen=True, slots=True)
class Ways:
    """What other stages know.

    What is wrong with an account, which posts of a chat are too long for their servers, where a chat's edition can be
    read, which plan files changed since they were applied, which chats lose their content when, and which hashtags
    people write instead of a chat's.
    """

    account_trouble: Callable[[str], str] = lambda account: ""
    too_long: Callable[[str], str] = lambda chat: ""
    edition: Callable[[str], str] = lambda chat: "run `chatbot render`"
    changed_files: Callable[[], Iterable[str]] = tuple
    fading: Callable[[], Iterable[tuple[str, datetime]]] = tuple
    near_misses: Callable[[], Iterable[tuple[str, NearMiss]]] = tuple


@dataclass(frozen=True, slots=True)
class Pending:
    """Something to be told about a chat; worded only when nobody was told before."""

    stored: StoredChat
    incident: str
    word: Callable[[], Notice]


@dataclass(slots=True)
class Teller:
    """Keeps what it has read, so that a second in which nothing happens costs next to nothing."""

    store: Store
    config: Config
    timing: Timing
    clock: Callable[[], datetime]
    ways: Ways
    _began: datetime | None = None
    _read: Reading | None = None
    _told: set[str] = field(default_factory=set)
    _chats: dict[str, tuple[Brief, StoredChat]] = field(default_factory=dict)
    _looking: threading.Lock = field(default_factory=threading.Lock)  # both ways of telling begin at once

    def tell(self) -> int:
        """Put every notice that is due and new into the outbox; returns how many incidents were told."""
        now = self.clock()
        self._began = self._began or now
        with self.store.read() as conn:
            read = self._events(conn, now)
            doubts = self._of_doubts(conn)
            due = [*self._of_events(conn, read.events), *doubts, *self._of_late(conn, now), *self._of_clock(conn, now)]
        count = self._put_all(due, now)
        self._read = read  # only now: what could not be put comes again
        return count

    def tell_slowly(self) -> int:
        """Tell what takes longer to find out: plan files that were changed, and chats whose content goes soon."""
        now = self.clock()
        changed, fading, misses = set(self.ways.changed_files()), list(self.ways.fading()), self.ways.near_misses()
        with self.store.read() as conn:
            coming = [s for s in self._current(conn, now) if s.file in changed and now < s.chat.ends_at]
            going = [(stored, at) for chat, at in fading if (stored := chats.find(conn, chat)) is not None]
            amiss = [(stored, miss) for chat, miss in misses if (stored := chats.find(conn, chat)) is not None]
        of_files = [one for stored in coming for one in self._of_file(stored)]
        of_files += [_worded(s, notices.near_miss(s.series, s.chat, miss.tag, miss.people)) for s, miss in amiss]
        return self._put_all([*of_files, *(one for s, at in going for one in self._of_fading(s, at, now))], now)

    def tidy(self) -> int:
        """Take addresses and texts out of answers to people that are done with; returns how many."""
        with self.store.read() as conn:
            if not incidents.has_done_replies(conn):
                return 0
        with self.store.write() as conn:
            cleared = incidents.clear_replies(conn)
        erasing.clear_journal(self.store)
        return cleared

    # what is due

    def _events(self, conn: Connection, now: datetime) -> Reading:
        if self._read is None:
            self._read = Reading(incidents.newest_event(conn, now - self.timing.grace_notice))
        return incidents.events(conn, self._read, now - self.timing.lease)

    def _of_events(self, conn: Connection, told: Sequence[Event]) -> Iterator[Pending]:
        for event in told:
            is_told = event.row.is_cue or event.event in _UNMADE
            stored = chats.find(conn, event.row.chat) if event.row.chat and is_told else None
            if stored is not None and event.row.kind == EDIT:
                yield from self._of_edit(conn, event.row, stored)
            elif stored is not None and event.row.is_cue and self._is_news(conn, event, stored):
                yield self._of_row(stored, event.row, _WORDS[event.event])

    def _of_edit(self, conn: Connection, row: Row, stored: StoredChat) -> Iterator[Pending]:
        """An edit that is not made leaves its post untrue, unless it told no fact or a newer word was put since."""
        edited = outbox.find(conn, row.edits or "", row.account)
        if edited is not None and row.says and not corrections.is_overtaken(conn, row):
            trouble = replace(_trouble(stored, row), kind=edited.kind, question=edited.question)
            yield _worded(stored, troubles.not_corrected(stored.series, stored.chat, trouble))

    def _of_doubts(self, conn: Connection) -> Iterator[Pending]:
        for chat_id, at, how_many in incidents.doubts(conn, self._read.settled if self._read else 0):
            stored = chats.find(conn, chat_id)
            if stored is not None:
                yield _worded(stored, notices.doubtful(stored.series, stored.chat, at, how_many))

    def _is_news(self, conn: Connection, event: Event, stored: StoredChat) -> bool:
        """That a post is there after all is news only to somebody who was told that it was not sure."""
        if event.event != "found":
            return True
        worry = troubles.not_sure(stored.series, stored.chat, _trouble(stored, event.row), self.timing.unknown_holds_up)
        keys = [_key(worry.incident, reader) for _account, reader in self._readers(stored)]
        return bool(incidents.told(conn, keys))

    def _of_late(self, conn: Connection, now: datetime) -> Iterator[Pending]:
        for chat_id in {row.chat for row in incidents.late(conn, now - self.timing.late_told_after) if row.chat}:
            stored = chats.find(conn, chat_id)
            if stored is None:
                continue
            rows = [row for row in outbox.of_chat(conn, chat_id) if row.is_cue]
            for row in late_rows(rows, stored, self._began or now, self.timing, now):
                is_unknown = row.state is DeliveryState.UNKNOWN
                yield self._of_row(stored, row, self._not_sure if is_unknown else troubles.late)

    def _not_sure(self, series: Series, chat: Chat, trouble: Trouble) -> Notice:
        return troubles.not_sure(series, chat, trouble, self.timing.unknown_holds_up)

    def _of_row(self, stored: StoredChat, row: Row, word: Callable[[Series, Chat, Trouble], Notice]) -> Pending:
        trouble = replace(_trouble(stored, row), stopped=stored.state == "cancelled")
        return _worded(stored, word(stored.series, stored.chat, trouble))

    def _of_clock(self, conn: Connection, now: datetime) -> Iterator[Pending]:
        for stored in self._current(conn, now):
            for occasion in occasions.due(stored.chat, _standing(stored), self.timing, now):
                if occasion.incident in self._told or not self._is_called_for(conn, stored, occasion):
                    continue
                yield Pending(stored, occasion.incident, self._wording(stored, occasion, now))

    def _is_called_for(self, conn: Connection, stored: StoredChat, occasion: Occasion) -> bool:
        """A chat of which nothing ever went out has nothing to publish."""
        return occasion.kind != "digest" or incidents.has_posted(conn, stored.chat.id)

    def _wording(self, stored: StoredChat, occasion: Occasion, now: datetime) -> Callable[[], Notice]:
        series, chat, nth = stored.series, stored.chat, occasion.nth
        if occasion.kind == "not-ready":
            return lambda: notices.not_ready(series, chat, nth, now)
        if occasion.kind == "digest":
            return lambda: notices.digest_waiting(series, chat, nth, self.ways.edition(chat.id))
        return lambda: self._pre_flight(stored, nth, now)

    def _pre_flight(self, stored: StoredChat, nth: int, now: datetime) -> Notice:
        series, chat, is_paused = stored.series, stored.chat, stored.state == "paused"
        trouble, long = self._trouble_of(series.accounts), self.ways.too_long(chat.id)
        return notices.pre_flight(series, chat, nth, now, paused=is_paused, trouble=trouble, too_long=long)

    def _trouble_of(self, accounts: Iterable[str]) -> str:
        return next((said for name in accounts if (said := self.ways.account_trouble(name))), "")

    def _of_file(self, stored: StoredChat) -> Iterator[Pending]:
        try:
            content = (self.config.file.resolve().parent / (stored.file or "")).read_bytes()
        except OSError:
            return
        digest = hashlib.sha256(content).hexdigest()
        notice = notices.plan_changed(stored.series, stored.chat, stored.file or "", digest)
        yield _worded(stored, notice)

    def _of_fading(self, stored: StoredChat, goes_at: datetime, now: datetime) -> Iterator[Pending]:
        series, chat = stored.series, stored.chat
        for occasion in occasions.before_forgetting(chat, goes_at, self.timing, now):
            notice = notices.forgetting(series, chat, occasion.nth, goes_at, now)
            yield _worded(stored, notice)

    # chats, read again only when they changed

    def _current(self, conn: Connection, now: datetime) -> list[StoredChat]:
        ahead = max((*self.timing.not_ready, *self.timing.pre_flight))
        with self._looking:
            briefs = incidents.briefs(conn, now + ahead, now - self.timing.forget_unpublished_after)
            self._chats = {brief.id: kept for brief in briefs if (kept := self._kept(conn, brief)) is not None}
            return [stored for _brief, stored in self._chats.values()]

    def _kept(self, conn: Connection, brief: Brief) -> tuple[Brief, StoredChat] | None:
        kept = self._chats.get(brief.id)
        if kept is not None and kept[0] == brief:
            return kept
        stored = chats.find(conn, brief.id)
        if stored is None:
            return None
        self._forget_told(brief.id)
        self._tell_standing(conn, stored, is_new=kept is None)
        return brief, stored

    def _forget_told(self, chat_id: str) -> None:
        """Ask the database again what was told of a chat: one taken out of its file took its unsent letters along."""
        self._told = {incident for incident in self._told if not incident.startswith(f"{chat_id}/")}

    def _tell_standing(self, conn: Connection, stored: StoredChat, *, is_new: bool) -> None:
        """Begin a chat's story in the log, and say in it what a person changed."""
        states = Counter(row.state for row in outbox.of_chat(conn, stored.chat.id) if row.is_cue)
        told: dict[str, object] = {"chat": stored.chat.id, "state": stored.state}
        told |= {"starts_at": stored.chat.starts_at.isoformat(), "questions": len(stored.chat.questions)}
        told |= {"waiting": states[DeliveryState.WAITING], "sent": states[DeliveryState.SENT]}
        log.info("taken up" if is_new else "plan changed", extra=told)

    # telling

    def _put_all(self, due: Sequence[Pending], now: datetime) -> int:
        """Put what was not told before, by this process or an earlier one; returns how many incidents were new."""
        new = [one for one in due if one.incident not in self._told]
        if not new:
            return 0
        with self.store.read() as conn:
            known = incidents.told(conn, [key for one in new for key in self._keys(one)])
        self._told |= {one.incident for one in new if known and known.issuperset(self._keys(one))}
        return sum(self._put(one, now) for one in new if one.incident not in self._told)

    def _put(self, pending: Pending, now: datetime) -> bool:
        """Word a notice and put it into the outbox, a row a reader who has none yet."""
        notice, stored = pending.word(), pending.stored
        readers = self._readers(stored, self._writer(stored))
        with self.store.write() as conn:
            told = incidents.told(conn, self._keys(pending))
            new = [way for way in readers if _key(notice.incident, way[1]) not in told]
            put = [self._put_row(conn, stored, notice, account, reader, now) for account, reader in new]
        self._told.add(pending.incident)
        if not readers:
            log.warning("nobody to tell", extra={"chat": stored.chat.id, "incident": pending.incident})
        elif any(put):
            log.info("told", extra={"chat": stored.chat.id, "incident": pending.incident, "readers": sum(put)})
        return any(put)

    def _put_row(
        self, conn: Connection, stored: StoredChat, notice: Notice, account: str, reader: str, now: datetime
    ) -> bool:
        subject = notice.subject if account in (outbox.EMAIL, outbox.NOTIFY) else ""
        return outbox.put_notice(
            conn,
            key=_key(notice.incident, reader),
            account=account,
            recipient=reader,
            draft=Draft(notice.text, Visibility.DIRECT, warning=subject),
            due_at=now,
            grace_until=now + self.timing.grace_notice,
            chat=stored.chat.id,
            now=now,
        )

    def _keys(self, pending: Pending) -> list[str]:
        return [_key(pending.incident, reader) for _account, reader in self._readers(pending.stored)]

    def _writer(self, stored: StoredChat) -> str | None:
        """Return the account that writes to hosts: the first one that can; there may be another for just this."""
        names = dict.fromkeys((*stored.series.accounts, *self.config.accounts))
        able = (name for name in names if len(names) == 1 or not self.ways.account_trouble(name))
        return next(able, next(iter(names), None))

    def _readers(self, stored: StoredChat, writer: str | None = None) -> list[tuple[str, str]]:
        """Return (account of the bot, address) for everybody who is told: hosts, and the people of the settings."""
        writer = writer or next(iter(stored.series.accounts), None)
        told = (*stored.series.hosts, *self.config.people)
        ways = [reader for person in told for reader in self._ways_to(person, writer)]
        ways += [(outbox.NOTIFY, one.name) for one in self.config.notify.addresses if one.is_for(stored.series.id)]
        return list(dict.fromkeys(ways))

    def _ways_to(self, person: Person, writer: str | None) -> Iterator[tuple[str, str]]:
        if person.account and writer:
            yield writer, person.account.lstrip("@")
        if person.email and self.config.mail is not None:
            yield outbox.EMAIL, person.email


def _key(incident: str, reader: str) -> str:
    """Return the key of a notice's row: at most one a reader, whichever account writes it."""
    return f"notice/{incident}/{reader}"


def _worded(stored: StoredChat, notice: Notice) -> Pending:
    return Pending(stored, notice.incident, lambda: notice)


def _standing(stored: StoredChat) -> Standing:
    return Standing(stored.state, stored.approved_at is not None, stored.emptied_at is not None)


def _trouble(stored: StoredChat, row: Row) -> Trouble:
    account = row.account if len(stored.series.accounts) > 1 else ""
    key, reason = f"{row.key}/{row.account}", row.reason or ""
    return Trouble(key, row.kind, row.question, row.due_at, row.grace_until, reason, account=account)
