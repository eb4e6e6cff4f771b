"""A way to a server where we are only a guest: its `robots.txt` is asked first, and everything counts.

As RFC 9309 has it: a `robots.txt` that is not there, or not for us, forbids nothing; one that cannot be had just now
forbids everything until it can. It is read anew once a day.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson

from chatbot.core.delivery import budget
from chatbot.core.value import replace
from chatbot.platforms.errors import NoAnswer, NotFound, NotShown, NotSignedIn, RateLimited, Rejected, Unavailable
from chatbot.platforms.mastodon import robots
from chatbot.platforms.mastodon.http import Answer, Http, Params, Read, user_agent
from chatbot.platforms.mastodon.robots import Robots
from chatbot.platforms.mastodon.spending import Spending

AGENT = "chatbot"  # the name by which a `robots.txt` may speak of us
_EVERYTHING = Spending("paged", "")


@dataclass
class GuestHttp(Http):
    """Reads a server that does not know us, or knows us by a token of its own; nothing is ever written."""

    guest: bool = True
    robots_kept: float = 86_400.0  # seconds
    find_contact: Callable[[], str] = str
    _has_said_who: bool = False
    _robots: Robots | None = field(default=None, repr=False)
    _read_at: float = 0.0
    _asking: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def get(
        self,
        path: str,
        params: Params = (),
        *,
        urgent: bool = False,
        waits: bool = True,
        read: Read = orjson.loads,
    ) -> Answer:
        """Read JSON that the server lets programs read; what it keeps for its own people is `NotShown`."""
        self.must_be_welcome(path)
        if _is_look_up(path) and not self._has_room():
            raise Unavailable(f"{self.server} was asked enough for now.")
        try:
            return super().get(path, params, urgent=urgent, waits=waits, read=read)
        except NotFound:
            raise
        except NotSignedIn:
            raise NotShown(self._kept_for_others()) from None
        except Rejected as error:
            raise NotShown(str(error)) from None
        except RateLimited as error:
            raise RateLimited(f"{self.server} asks for a pause: enough requests for now.", error.until) from None

    def must_be_welcome(self, path: str) -> None:
        """Raise `NotShown` when the server asks programs not to read a path."""
        self._say_who()
        if not self._rules().allows(path):
            raise NotShown(f"{self.server} asks programs, in its robots.txt, not to read this.")

    def _say_who(self) -> None:
        """Name in every request somebody who can be asked about it; without a name nothing is asked."""
        if self._has_said_who:
            return
        contact = self.find_contact().encode("ascii", "ignore").decode()
        if not contact:
            raise Unavailable(
                f"{self.server} is not asked, because no series says whom to write to: add `contact` to [series]."
            )
        self.session.headers["User-Agent"] = user_agent(contact)
        self._has_said_who = True

    def _has_room(self) -> bool:
        with self._lock:
            return self._budgets["paged"].wait(time.monotonic()) <= 0

    def _kept_for_others(self) -> str:
        if self.token:
            return f"{self.server} does not accept the token that the settings name for it; renew it, or take it out."
        return f"{self.server} shows this only to people who are signed in there."

    def _rules(self) -> Robots:
        with self._asking:
            if self._robots is None or time.monotonic() - self._read_at >= self.robots_kept:
                self._robots, self._read_at = self._asked_rules(), time.monotonic()
                with self._lock:
                    paged = self._budgets["paged"]
                    slower = budget.as_a_guest(self.paged.within, self._robots.delay)
                    self._budgets["paged"] = replace(slower, spent=paged.spent)
            return self._robots

    def _asked_rules(self) -> Robots:
        self._spend(_EVERYTHING, urgent=False, waits=True)
        try:
            text: bytes = self.ask("GET", "/robots.txt", read=bytes).json
        except Rejected:
            return Robots()
        except Unavailable as error:
            silent = NoAnswer if isinstance(error, NoAnswer) else Unavailable
            raise silent(
                f"{self.server} could not be asked for its robots.txt, so nothing is read there. {error}"
            ) from None
        return robots.read(text.decode("utf-8", "replace"), AGENT)

    def _spend(self, spending: Spending, *, urgent: bool, waits: bool) -> None:
        """Wait for the budget, unless that would be long: others wait for this thread."""
        with self._lock:
            wait = self._budgets[spending.kind].wait(time.monotonic(), spending.use)
        if wait > self.paged.within.total_seconds():
            raise Unavailable(f"{self.server} asks for a long pause between requests; it is asked again later.")
        super()._spend(spending, urgent=urgent, waits=waits)


def _is_look_up(path: str) -> bool:
    """Say whether it is asked if a post is still there: an edition waits for that, so nobody waits for the budget."""
    return path.startswith("/api/v1/statuses") and not path.endswith("/context")
