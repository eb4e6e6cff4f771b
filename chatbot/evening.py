"""What `chatbot run` does, put together for the clock: deliveries, reading, words to people, editions, a pulse."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from chatbot.core.errors import ChatbotError
from chatbot.core.nights import cadence
from chatbot.platforms.errors import NoStream, NotSignedIn
from chatbot.platforms.port import Event, Platform, Streaming
from chatbot.pulse import Pulse
from chatbot.stages import keep, planning, preview, publish, schedule, tell
from chatbot.stages.collect import Collector, Favours, suggestions
from chatbot.stages.deliver import Lane, Mail
from chatbot.stages.schedule import Chore, Guard, Stream, Work
from chatbot.store import chats, cursors, incidents, outbox
from chatbot.wiring import Parts, Platforms, collector, lookout

log = logging.getLogger("chatbot.run")

_LISTEN = "listen"  # the route under which it is written down how far an account was heard


def run(parts: Parts) -> None:
    """Do everything at its time until `parts.stopped` is set; raises when no account can sign in."""
    evening = Evening(parts, collector(parts))
    try:
        schedule.run(evening.work(), parts.config.timing, parts.stopped)
    finally:
        evening.pulse.end()
    evening.accounts.raise_if_refused()


def run_once(parts: Parts) -> int:
    """Do what is to be done now and return how many things failed; raises when no account can sign in."""
    evening = Evening(parts, collector(parts))
    evening.accounts.greet()
    evening.accounts.raise_if_refused()
    try:
        return schedule.once(evening.work(), parts.config.timing, parts.stopped)
    finally:
        evening.pulse.end()


@dataclass(slots=True)
class Accounts:
    """Whether each account may sign in: asked until its server answers; without a network the program waits."""

    parts: Parts
    stopped: threading.Event
    _refused: dict[str, str] = field(default_factory=dict)
    _waiting: set[str] = field(default_factory=set)
    _fine: set[str] = field(default_factory=set)

    def greet(self) -> None:
        """Ask every account that has not answered yet; end the program when each of them is refused."""
        for name in self.parts.config.accounts:
            if name not in self._fine and name not in self._refused:
                self._ask(name)
        if self._refused and len(self._refused) == len(self.parts.config.accounts):
            self.stopped.set()

    def raise_if_refused(self) -> None:
        """Raise the sentence for the person who started the program, when no account can sign in."""
        if self._refused and len(self._refused) == len(self.parts.config.accounts):
            said = " ".join(f"{name}: {why}" for name, why in self._refused.items())
            logins = " or ".join(f"`chatbot login {name}`" for name in self._refused)
            raise NotSignedIn(f"No account can sign in. {said} Run {logins}, then start again.")

    def trouble(self, name: str) -> str:
        """Say what is wrong with an account just now; nothing when it answers."""
        try:
            self.parts.platform(name).me()
        except NotSignedIn as error:
            return str(error)
        except ChatbotError:
            return "its server does not answer"
        return ""

    def _ask(self, name: str) -> None:
        try:
            self.parts.platform(name).me()
        except NotSignedIn as error:
            self._refused[name] = error.what
            log.error("account refused", extra={"account": name, "why": str(error)})
        except ChatbotError as error:
            if name not in self._waiting:
                log.warning("no answer; waiting for the server", extra={"account": name, "why": str(error)})
            self._waiting.add(name)
        else:
            self._fine.add(name)
            log.info("signed in", extra={"account": name})


@dataclass(frozen=True, slots=True)
class Fence:
    """What a lane asks before it sends: whether we are to stop, or cannot be sure that nobody else sends."""

    stopped: threading.Event
    is_sure: Callable[[], bool]

    def is_set(self) -> bool:
        """Whether nothing may be sent."""
        return self.stopped.is_set() or not self.is_sure()


class Evening:
    """The parts of a running chatbot."""

    def __init__(self, parts: Parts, collector: Collector) -> None:
        self.parts, self.collector, self.stopped = parts, collector, parts.stopped
        self.store, self.config, self.timing = parts.store, parts.config, parts.config.timing
        self.accounts = Accounts(parts, parts.stopped)
        self.lookout = lookout(parts, collector)
        self.pulse = Pulse(parts, self._counted, parts.clock())
        ways = tell.Ways(
            account_trouble=self.accounts.trouble,
            too_long=self._too_long,
            edition=partial(publish.edition_place, self.config),
            changed_files=self._changed_files,
            near_misses=lambda: suggestions.near_misses(self.store, self.timing, self.parts.clock()),
            fading=lambda: [(one.chat, one.at) for one in keep.fading(self.store, self.timing)],
        )
        self._guard = Guard(self.timing)
        self._written: dict[str, tuple[object, datetime]] = {}
        self._favours = Favours(self.store, collector.platforms, self.config, parts.clock)
        self._held: set[str] = set()  # chats whose edition waits for a server
        self.teller = tell.Teller(self.store, self.config, self.timing, parts.clock, ways)

    def work(self) -> Work:
        """Return everything that is to be done, for the clock."""
        return Work(
            lanes=self._lanes(),
            due_chats=lambda: self.collector.due(self.parts.clock()),
            collect=self.collector.collect,
            shares=self.collector.shares,
            words=self._words(),
            chores=self._chores(),
            errands=self._errands(),
            streams=self._streams,
            next_due=self._next_due,
            beat=self.pulse.beat,
        )

    # deliveries

    def _lanes(self) -> dict[str, Callable[[], object | None]]:
        lanes = {name: self._lane(self.parts.platform(name)) for name in self.config.accounts}
        if self.config.mail is not None:
            lanes[outbox.EMAIL] = self._lane(tell.MailSender(self.config.mail, self.timing.request_deadline))
        if self.config.notify.addresses:
            lanes[outbox.NOTIFY] = self._lane(tell.Notifier(self.config.notify.addresses, self.timing))
        if self.config.notify.heartbeat:
            address, clock = self.config.notify.heartbeat, self.parts.clock
            lanes["heartbeat"] = tell.Heartbeat(address, self.pulse.is_healthy, self.timing, clock).step
        return lanes

    def _lane(self, platform: Platform | Mail) -> Callable[[], object | None]:
        owner = f"{socket.gethostname()}/{os.getpid()}"
        fence = Fence(self.stopped, self.parts.is_sure)
        parts = self.parts
        is_out = partial(keep.is_out, self.store, self.config)
        lane = Lane(self.store, platform, self.timing, parts.clock, parts.sleep, parts.monotonic, owner, fence, is_out)
        return lane.step

    def _next_due(self) -> datetime | None:
        """Return when a lane has to claim what comes next."""
        with self.store.read() as conn:
            due = incidents.pulse(conn, self.parts.clock(), self.parts.clock()).next_due
        return None if due is None else due - self.timing.claim_ahead

    # chores

    def _words(self) -> list[Chore]:
        """Return what is said to people, and heard from them."""
        timing, names = self.timing, self.config.accounts
        return [
            Chore("tell", timing.tick, self.teller.tell),
            Chore("tell-slowly", timing.mentions_every, self.teller.tell_slowly),
            *(Chore(f"listen/{name}", timing.mentions_every, partial(self._listen, name)) for name in names),
        ]

    def _chores(self) -> list[Chore]:
        timing = self.timing
        return [
            Chore("accounts", timing.mentions_every, self.accounts.greet),
            Chore("publish", timing.collect_every, self._publish),
            Chore("verify", timing.mentions_every, self._verify),
            Chore("favourite", timing.mentions_every, self._favours.mark),
            Chore("tidy", timing.mentions_every, self._tidy),
            Chore("forget", timing.collect_every_late, self._forget),
        ]

    def _verify(self) -> None:
        """Look again at the chats whose time it is, and at what only other servers show of them."""
        for chat in self.collector.verify_due():
            self.lookout.look_again(chat)

    def _errands(self) -> list[Chore]:
        """Return the visits to other servers."""
        ask, every = self.lookout.ask, self.timing.vantage_every
        return [Chore(f"vantage/{name}", every, partial(ask, name)) for name in self.lookout.servers]

    def _changed_files(self) -> list[str]:
        return [drift.file for drift in planning.changed_files(self.store, self.config) if drift.what == "changed"]

    def _too_long(self, chat: str) -> str:
        return preview.too_long(self.store, Platforms(self.parts), chat, self.parts.clock())

    def _publish(self) -> None:
        """Write every edition that is due; a chat whose edition breaks keeps no other back."""
        publish.heed(self.store, self.config, self.parts.clock())
        for chat in publish.due(self.store, self.config, self.parts.clock, self._held):
            unit = f"publish/{chat}"
            if self._is_worth_writing(chat) and not self._guard.rest(unit):
                self._guard.run(unit, partial(self._edition, chat), chat)

    def _is_worth_writing(self, chat: str) -> bool:
        """A new standing is written at once, late answers now and then: every post is looked at again before."""
        written = self._written.get(chat)
        if written is None or written[0] != self._standing(chat):
            return True
        return self.parts.clock() - written[1] >= self.timing.collect_every_late

    def _edition(self, chat: str) -> None:
        with self.store.read() as conn:
            stored = chats.find(conn, chat)
        if stored is not None and (stored.approved_at or stored.chat.settings.publish == publish.AUTOMATIC):
            verified = self.collector.make_sure(chat)
            self.lookout.look_again(chat)
            if verified.doubtful or (not verified.is_answered and self._is_patient(stored)):
                self._written[chat] = self._standing(chat), self.parts.clock()
                self._held.add(chat)
                return  # of what vanished hosts are told; both are looked at again when it is worth it
        own = frozenset(urlsplit(account.server).netloc.lower() for account in self.config.accounts.values())
        self._held.discard(chat)
        fetch = publish.pictures.from_network(own)
        publish.write(self.store, self.config, chat, self.parts.clock(), fetch)
        self._written[chat] = self._standing(chat), self.parts.clock()

    def _is_patient(self, stored: chats.StoredChat) -> bool:
        """Say whether an edition waits for a server that does not answer: for a day, a server may be gone for good."""
        since = max(stored.approved_at or stored.chat.ends_at, stored.chat.ends_at)
        return self.parts.clock() < since + self.timing.believed_after

    def _standing(self, chat: str) -> object:
        with self.store.read() as conn:
            stored = chats.find(conn, chat)
        return stored and (stored.approved_at, stored.final_at)

    def _tidy(self) -> None:
        keep.tidy(self.store, self.config)
        self.teller.tidy()

    def _forget(self) -> None:
        keep.forget_unpublished(self.store, self.timing, self.parts.clock())

    def _listen(self, account: str) -> None:
        """Hear what was written to an account since it was last heard, however long ago that was."""
        now = self.parts.clock()
        with self.store.read() as conn:
            last = cursors.of_chat(conn, "").get((account, _LISTEN))
        back_to = last.read_at - self.timing.overlap if last else now - max(self.timing.not_ready)
        self.collector.listen(account, back_to)
        with self.store.write(durable=False) as conn:
            cursors.note(conn, "", account, _LISTEN, now)

    # streams

    def _streams(self) -> list[Stream]:
        """Return a stream for each account that has a chat going on."""
        live: dict[str, list[chats.StoredChat]] = {}
        now = self.parts.clock()
        with self.store.read() as conn:
            ids = cursors.open_chats(conn, now + self.timing.window_before, now)
            found = [stored for id_ in ids if (stored := chats.find(conn, id_)) is not None]
        for stored in found:
            if cadence.is_live(stored.chat, now, self.timing):
                for account in stored.series.accounts:
                    live.setdefault(account, []).append(stored)
        return [self._stream(account, going) for account, going in live.items() if account in self.config.accounts]

    def _stream(self, account: str, going: list[chats.StoredChat]) -> Stream:
        tags = sorted({tag for stored in going for tag in stored.chat.hashtags})
        ids = [stored.chat.id for stored in going]
        name = f"stream/{account}/{'+'.join(tags)}/{'+'.join(ids)}"
        heard = partial(self.collector.arrived, account, ids)
        return Stream(name, account, partial(self._events, account, tags), heard, ids)

    def _events(self, account: str, tags: list[str], ended: threading.Event) -> Iterable[Sequence[Event]]:
        platform = self.parts.platform(account)
        if not isinstance(platform, Streaming):
            raise NoStream(f"{platform.server} pushes nothing; it is read every so often instead.")
        return platform.listen(tags, ended)

    # signs of life

    def _counted(self) -> Iterator[tuple[str, object]]:
        """Yield whatever counts its requests, by the name it is known under."""
        yield from ((name, self.parts.platform(name)) for name in self.config.accounts)
        yield from ((place.vantage.server, place.vantage) for place in self.lookout.places)
