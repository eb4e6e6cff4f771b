"""Asks other servers what they see of open chats: answers that our own server never received.

1. what a server shows of the hashtags, and below our posts there, is read back a little way, now and then wholly
2. of what we do not know, our own server is asked to fetch the post; what it fetches is stored as it shows it
3. the rest is stored as the other server shows it, where that is plausible (`core.privacy.hearsay`)
4. every post is noted under the id it has there, so that threads join and nothing is asked twice
5. what only others show is looked up there again, and goes when it is gone

None of this is in the way of a question or of our own reading: a server that is slow, closed or broken is left alone
for longer each time, and is told of once, in the list of what was read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chatbot.core.nights import visits
from chatbot.core.nights.cadence import Reading
from chatbot.core.timing import Timing
from chatbot.platforms.errors import NotShown, PlatformError, RateLimited
from chatbot.platforms.port import Platform, Vantage
from chatbot.stages.collect import elsewhere
from chatbot.stages.collect.fetching import Fetching
from chatbot.stages.collect.intake import Intake
from chatbot.stages.collect.looks import Verified
from chatbot.stages.collect.visit import Known, Visit
from chatbot.store import chats, cursors
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Store

log = logging.getLogger("chatbot.collect")

NAME = "vantage"  # of the route, in the list of what was read


@dataclass(frozen=True, slots=True)
class Place:
    """Another server, and the account for whose chats it is asked."""

    vantage: Vantage
    account: str


@dataclass(slots=True)
class _Standing:
    """How a server stands with us: whether it was asked what it shows, failures in a row, left alone until when."""

    is_asked: bool = False
    failures: int = 0
    rests_until: datetime | None = None
    told: str = ""


@dataclass(slots=True)
class Lookout:
    """Visits other servers, each from one thread at a time.

    `intake` is the first door of a chat; `is_ready` says whether our own server was read once, for until then it is
    not known who may not be named. `ours` are the hosts of our own servers.
    """

    store: Store
    places: Sequence[Place]
    platforms: Mapping[str, Platform]
    intake: Callable[[StoredChat], Intake]
    is_ready: Callable[[str], bool]
    ours: frozenset[str]
    timing: Timing
    clock: Callable[[], datetime]
    _standings: dict[str, _Standing] = field(default_factory=dict)
    _known: dict[tuple[str, str], Known] = field(default_factory=dict)  # by server and chat

    @property
    def servers(self) -> list[str]:
        """Name every server that is asked."""
        return list(dict.fromkeys(place.vantage.server for place in self.places))

    def ask(self, server: str) -> int:
        """Ask a server about every chat that is due; returns how many posts it brought."""
        standing, brought = self._standings.setdefault(server, _Standing()), 0
        for place, stored in self._open(server):
            if not self._rests(place):
                known = self._known_of(place, stored)
                if self.is_ready(stored.chat.id) and visits.is_due(stored.chat, known.read, self.clock(), self.timing):
                    brought += self._visit(place, stored, known, standing)
        return brought

    def look_again(self, chat_id: str) -> Verified:
        """Look again at the posts of a chat that only other servers show; before an edition nobody waits for them."""
        with self.store.read() as conn:
            stored = chats.find(conn, chat_id)
        vantages = [place.vantage for place in self._places(stored) if not self._rests(place)] if stored else []
        if stored is None or not vantages:
            return Verified()
        return elsewhere.look_again(self.store, vantages, self.intake(stored), self.timing, self.clock())

    def _rests(self, place: Place) -> bool:
        standing = self._standings.get(place.vantage.server)
        return standing is not None and standing.rests_until is not None and self.clock() < standing.rests_until

    def _open(self, server: str) -> list[tuple[Place, StoredChat]]:
        """Return the chats that a server may be asked about; the others are forgotten."""
        now = self.clock()
        with self.store.read() as conn:
            ids = cursors.open_chats(conn, now + self.timing.window_before, now - self.timing.vantage_every_late)
            found = [stored for id_ in ids if (stored := chats.find(conn, id_)) is not None]
        for closed in [key for key in list(self._known) if key[0] == server and key[1] not in ids]:
            del self._known[closed]
        return [(place, stored) for stored in found for place in self._places(stored) if place.vantage.server == server]

    def _places(self, stored: StoredChat) -> list[Place]:
        """Return the servers that are asked about a chat, each for one of its accounts."""
        found: dict[str, Place] = {}
        for place in self.places:
            if place.account in stored.series.accounts:
                found.setdefault(place.vantage.server, place)
        return list(found.values())

    def _known_of(self, place: Place, stored: StoredChat) -> Known:
        key = (place.vantage.server, stored.chat.id)
        if key not in self._known:
            self._known[key] = Known(Fetching(self.platforms[place.account], self.timing, self.clock))
        return self._known[key]

    def _visit(self, place: Place, stored: StoredChat, known: Known, standing: _Standing) -> int:
        """Visit a server for one chat, and write down what it brought or why it did not."""
        server, chat, now = place.vantage.server, stored.chat, self.clock()
        back_to, whole = visits.back_to(chat, known.read, now, self.timing)
        intake = self.intake(stored)
        visit = Visit(self.store, place.vantage, intake, self.ours, known, self.timing, self.clock)
        why = self._read(visit, back_to, standing)
        if standing.rests_until is None:
            known.read = Reading(now, now if whole and why is None else known.read.whole_at)
        with self.store.write(durable=False) as conn:
            cursors.note(conn, chat.id, server, NAME, self.clock(), note=why)
        self._tell(standing, server, chat.id, why)
        log.info("vantage read", extra={"chat": chat.id, "server": server, "new": visit.saved.new, "fine": why is None})
        return visit.saved.new

    def _read(self, visit: Visit, back_to: datetime, standing: _Standing) -> str | None:
        """Read, and return why it did not go to the end."""
        try:
            if not standing.is_asked:
                server, chat = visit.vantage.server, visit.intake.chat.id
                log.info("vantage opened", extra={"chat": chat, "server": server, "shows": visit.vantage.sees()})
                standing.is_asked = True
            why = visit.read(back_to)
        except NotShown as error:
            standing.is_asked = False
            standing.rests_until = self.clock() + self.timing.vantage_ask_again
            return str(error)
        except PlatformError as error:
            until = error.until if isinstance(error, RateLimited) else None
            standing.rests_until = visits.rest_until(standing.failures, self.clock(), self.timing, until)
            standing.failures += 1
            return str(error)
        standing.failures, standing.rests_until = 0, None
        return why

    def _tell(self, standing: _Standing, server: str, chat_id: str, why: str | None) -> None:
        """Say once that a server does not answer or shows nothing, and once that it does again."""
        if why and not standing.told:
            log.warning("vantage failed", extra={"chat": chat_id, "server": server, "why": why})
        elif standing.told and not why:
            log.info("vantage recovered", extra={"chat": chat_id, "server": server})
        standing.told = why or ""
