"""Reads chats when they are due, and whenever a stream says that something happened."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from chatbot.config import Config
from chatbot.core.errors import ChatbotError
from chatbot.core.model import Author, Post
from chatbot.core.nights import cadence
from chatbot.core.nights.cadence import Reading
from chatbot.core.privacy import consent
from chatbot.platforms.errors import NoAnswer, PlatformError
from chatbot.platforms.port import Event, Platform, PostRef
from chatbot.stages.collect import looks, routes, times
from chatbot.stages.collect.arrivals import Arrivals
from chatbot.stages.collect.deletions import Deletions
from chatbot.stages.collect.intake import Intake
from chatbot.stages.collect.looks import EVERYTHING, Scope, Verified
from chatbot.stages.collect.routes import Route
from chatbot.stages.collect.threads import Threads
from chatbot.store import chats, cursors, outbox, posts
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Connection, Store

log = logging.getLogger("chatbot.collect")

_AHEAD = 400  # posts held in memory before they are stored
_SILENT = 2  # routes in a row without an answer, and the rest of an account's are left to the next pass

Hear = Callable[[Post, Platform], None]


@dataclass(frozen=True, slots=True)
class Collected:
    """What one pass over a chat brought, and which routes failed, with the sentence that says why."""

    chat: str
    saved: posts.Saved = field(default_factory=posts.Saved)
    failed: Mapping[str, str] = field(default_factory=dict)


class Collector:
    """Reads chats. One pass over a chat runs at a time; passes over different chats may run side by side."""

    def __init__(
        self,
        store: Store,
        platforms: Mapping[str, Platform],
        config: Config,
        clock: Callable[[], datetime],
        hear: Hear | None = None,
    ) -> None:
        self.store, self.platforms, self.config, self.clock, self.hear = store, platforms, config, clock, hear
        self.timing = config.timing
        self._woken: set[str] = set()
        self._shares: dict[str, Collection[str]] = {}
        self._refusing: dict[str, dict[str, Author]] = {}  # by chat
        self._places: dict[str, set[str]] = {}  # addresses of their posts, by chat
        self._met: set[str] = set()
        self._read_once: set[str] = set()
        self._threads = Threads(store, config.timing, clock)
        self._handles: dict[str, str] = {}  # of our own accounts
        self._deletions = Deletions(store, config.timing, clock)
        self._unreachable: set[str] = set()
        self._busy: dict[str, threading.Lock] = {}

    # when

    def due(self, now: datetime) -> list[str]:
        """Return the chats that are to be read now, those first that are going on."""
        due = times.to_read(self.store, self.timing, now, self._woken)
        for stored in due:
            kind = "live" if cadence.is_live(stored.chat, now, self.timing) else "late"
            self._shares[stored.chat.id] = frozenset(f"{account}/{kind}" for account in stored.series.accounts)
        return [stored.chat.id for stored in due]

    def shares(self, chat_id: str) -> Collection[str]:
        """Return what a due chat has a share of: of each account's time, that for live chats or that for late ones."""
        return self._shares.get(chat_id, ())

    def wake(self, chat_id: str) -> None:
        """Read a chat soon: something happened there."""
        self._woken.add(chat_id)

    # passes

    def collect(self, chat_id: str, patient: bool = False) -> Collected:
        """Read every route of a chat once and store what it brings.

        With `patient` the whole window is read and every thread; without, a running pass is enough.
        """
        lock = self._busy.setdefault(chat_id, threading.Lock())
        if not lock.acquire(blocking=patient):
            return Collected(chat_id)
        try:
            self._woken.discard(chat_id)
            collected = self._pass(chat_id, patient)
            self._read_once.add(chat_id)
            return collected
        finally:
            lock.release()

    def _pass(self, chat_id: str, patient: bool) -> Collected:
        now = self.clock()
        with self.store.read() as conn:
            stored = _must_find(conn, chat_id)
            reading = times.reading_of(conn, stored)
        if patient or chat_id not in self._met:
            reading = Reading()  # the first pass meets everybody, so that it is known again who refuses
            self._met.add(chat_id)
        back_to, whole = cadence.back_to(stored.chat, reading, now, self.timing)
        is_live = cadence.is_live(stored.chat, now, self.timing)
        spell = None if patient else self.timing.collect_every if is_live else self.timing.collect_every_late
        saved, failed, cut, was_read = posts.Saved(), dict[str, str](), False, False
        for platform in self._platforms_of(stored, failed):
            intake, silent, until = self._intake(stored), 0, None
            sent = self._sent(chat_id, platform.name)
            for route in self._routes(stored, platform, sent, back_to, through=whole or not is_live):
                if route.kind == routes.THREAD and spell is not None:
                    until = until or self.clock() + spell
                    if self.clock() >= until:
                        cut = True
                        break
                brought, error = self._read(intake, platform, route, _ids(sent))
                saved += brought
                if error is None:
                    was_read = True
                else:
                    failed[f"{platform.name}/{route.name}"] = _said(error)
                silent = silent + 1 if isinstance(error, NoAnswer) else 0
                if silent == _SILENT:
                    break
        complete = all(f"/{routes.THREAD}:" in name for name in failed)
        to_the_end = is_live or not (failed or cut)  # while a chat goes on, the passes after it go on with its threads
        times.note_pass(self.store, chat_id, now, read=was_read, complete=complete, whole=whole and to_the_end)
        self._tell_trouble(chat_id, failed)
        counts = {"new": saved.new, "edited": saved.edited, "empty": saved.empty, "failed": len(failed)}
        log.info("collected", extra={"chat": chat_id, **counts})
        return Collected(chat_id, saved, failed)

    def _routes(
        self, stored: StoredChat, platform: Platform, sent: Sequence[PostRef], back_to: datetime, through: bool
    ) -> Iterator[Route]:
        """Yield the ways to posts on one account; each knows what the ones before it brought."""
        yield Route(routes.MENTION, routes.MENTION, lambda: self._mentions(stored, platform, back_to, _ids(sent)))
        yield from routes.own(platform, sent)
        yield from routes.tags(platform, stored.chat, back_to)
        yield from self._threads.due(stored.chat.id, platform, sent, through)

    def _read(
        self, intake: Intake, platform: Platform, route: Route, own_ids: frozenset[str]
    ) -> tuple[posts.Saved, PlatformError | None]:
        """Read one route as far as it goes; what came before a failure is kept."""
        saved, failure, portion = posts.Saved(), None, list[Post]()
        try:
            for post in route.read():
                if route.kind != routes.MENTION and post.parent_local_id in own_ids:
                    self._let_hear(post, platform)  # a reply is said to the bot, also where apps took the mention out
                if routes.is_early_enough(post, intake.chat, self.clock()):
                    portion.append(post)
                if len(portion) == _AHEAD:
                    saved += intake.take(portion, route.kind)
                    portion = []
        except PlatformError as error:
            failure = error
        saved += intake.take(portion, route.kind)
        with self.store.write(durable=False) as conn:
            cursors.note(
                conn,
                intake.chat.id,
                platform.name,
                route.name,
                self.clock(),
                note=None if failure is None else _said(failure),
            )
        return saved, failure

    def _mentions(
        self, stored: StoredChat, platform: Platform, back_to: datetime, own_ids: frozenset[str]
    ) -> Iterator[Post]:
        for post in self._heard(platform, back_to):
            if routes.belongs(post, stored.chat, own_ids, self.timing, self.clock()):
                yield post

    def _heard(self, platform: Platform, back_to: datetime) -> Iterator[Post]:
        """Let every mention be heard, before anything else is done with it."""
        for post in platform.mentions(back_to):
            self._let_hear(post, platform)
            yield post

    def _let_hear(self, post: Post, platform: Platform) -> None:
        if self.hear is not None:
            self.hear(post, platform)

    def listen(self, account: str, back_to: datetime) -> int:
        """Hear what was written to an account while none of its chats is being read; return how many mentions."""
        return sum(1 for _ in self._heard(self.platforms[account], back_to))

    def take(self, chat_id: str, post: Post) -> posts.Saved:
        """Take a post that a host named into a chat; the first door decides what of it is kept."""
        with self.store.read() as conn:
            stored = _must_find(conn, chat_id)
        return self._intake(stored).take([post], routes.OWN)

    # what a stream pushes

    def arrived(self, account: str, chat_ids: Sequence[str], events: Sequence[Event]) -> posts.Saved:
        """Store what was pushed to an account for these chats; what it does not tell is read soon.

        Nothing is stored of a chat before it was read once: until then it is not known who may not be named.
        """
        ready = [chat_id for chat_id in chat_ids if chat_id in self._read_once]
        with self.store.read() as conn:
            found = [stored for chat_id in ready if (stored := chats.find(conn, chat_id)) is not None]
        platform = self.platforms[account]
        arrivals = Arrivals(
            self.store,
            self.timing,
            self.clock,
            platform,
            found,
            own_ids=lambda chat_id: _ids(self._sent(chat_id, account)),
            intake=self._intake,
            hear=lambda post: self._let_hear(post, platform),
            bury=lambda local_id: self.deleted(local_id, account),
        )
        saved, untold = arrivals.take(events)
        for chat_id in chat_ids:
            if untold or chat_id not in ready:
                self.wake(chat_id)
        return saved

    # what other servers show

    def door(self, stored: StoredChat) -> Intake:
        """Return the first door of a chat; whoever is met there is known to every route."""
        return self._intake(stored)

    def was_read(self, chat_id: str) -> bool:
        """Say whether a chat was read since the start: until then it is not known who may not be named."""
        return chat_id in self._read_once

    # looking again

    def verify(self, chat_id: str, scope: Scope = EVERYTHING) -> Verified:
        """Look again at the posts of a chat: before anything is published, and at its times afterwards."""
        with self.store.read() as conn:
            stored = _must_find(conn, chat_id)
        now, verified = self.clock(), Verified()
        for platform in self._platforms_of(stored, {}):
            door = partial(self._intake, stored)
            verified += looks.look_again(self.store, platform, chat_id, door, self.timing, now, scope)
        times.note_look(self.store, chat_id, scope, verified, now)
        counts = {"found": verified.found, "gone": verified.gone, "unsure": verified.unsure}
        log.info("verified", extra={"chat": chat_id, **counts})
        return verified

    def verify_due(self) -> Mapping[str, Verified]:
        """Look again at the chats whose time it is; a post that its author deletes leaves the archive by that."""
        due = times.to_look_at(self.store, self.timing, self.clock())
        return {chat_id: self.verify(chat_id, scope) for chat_id, scope in due}

    def make_sure(self, chat_id: str) -> Verified:
        """Do what comes before a chat is published: look at every post again, and read what there is to read."""
        with self.store.read() as conn:
            stored = _must_find(conn, chat_id)
            reading = times.reading_of(conn, stored)
        verified = self.verify(chat_id)
        if verified.is_answered and not cadence.is_finished(stored.chat, reading, self.clock(), self.timing):
            self.collect(chat_id, patient=True)
        return verified

    def deleted(self, local_id: str, account: str | None = None) -> None:
        """Heed that a server said a post was deleted."""
        for platform in self._named(account):
            self._deletions.heed(platform.name, platform.server, local_id)

    # what a pass needs to know

    def _intake(self, stored: StoredChat) -> Intake:
        hosts = consent.hosts_of(stored.series, stored.chat)
        bots = frozenset(handle for name in stored.series.accounts if (handle := self._handle(name)))
        refusing = self._refusing.setdefault(stored.chat.id, {})
        places = self._places.setdefault(stored.chat.id, set())
        return Intake(self.store, self.config.state, stored.chat, hosts, bots, self.clock, refusing, places)

    def _handle(self, account: str) -> str | None:
        """Return the handle of one of our accounts; unknown until its server answered once."""
        if account not in self._handles:
            try:
                self._handles[account] = self.platforms[account].me().handle.lower()
            except (ChatbotError, KeyError):
                return None
        return self._handles[account]

    def _platforms_of(self, stored: StoredChat, failed: dict[str, str]) -> Iterator[Platform]:
        for name in stored.series.accounts:
            try:
                yield self.platforms[name]
            except (ChatbotError, KeyError) as error:
                failed[name] = str(error)

    def _named(self, account: str | None) -> Iterable[Platform]:
        return self.platforms.values() if account is None else (self.platforms[account],)

    def _sent(self, chat_id: str, account: str) -> list[PostRef]:
        """Return our posts of a chat, those a host made by hand included."""
        with self.store.read() as conn:
            rows = outbox.of_chat(conn, chat_id)
        return [
            PostRef(row.server, row.local_id, row.uri, row.url or row.uri)
            for row in rows
            if row.account == account and row.recipient is None and row.server and row.local_id and row.uri
        ]

    def _tell_trouble(self, chat_id: str, failed: Mapping[str, str]) -> None:
        """Say once that a chat cannot be read, and once that it can again."""
        if failed and chat_id not in self._unreachable:
            self._unreachable.add(chat_id)
            log.warning("reading failed", extra={"chat": chat_id, "routes": len(failed)})
        elif not failed and chat_id in self._unreachable:
            self._unreachable.discard(chat_id)
            log.info("reading recovered", extra={"chat": chat_id})


def _ids(sent: Iterable[PostRef]) -> frozenset[str]:
    return frozenset(ref.local_id for ref in sent)


def _said(error: PlatformError) -> str:
    return str(error) or type(error).__name__


def _must_find(conn: Connection, chat_id: str) -> StoredChat:
    stored = chats.find(conn, chat_id)
    if stored is None:
        raise ChatbotError(f"There is no chat “{chat_id}”, so nothing was read. `chatbot chats` lists them.")
    return stored
