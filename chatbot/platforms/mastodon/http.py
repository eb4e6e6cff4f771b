"""Requests to one server with one token: raw JSON in, the port's errors out, rate limits read and kept.

Every request, Mastodon.py's too, goes through `Http.through`, which bounds its time and judges its failure.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any, TypeVar

import orjson
import requests
import urllib3

import chatbot
from chatbot.core.delivery.budget import Allowance, Budget
from chatbot.platforms.errors import NoAnswer, NotSignedIn, RateLimited, Unavailable
from chatbot.platforms.mastodon import failures
from chatbot.platforms.mastodon.connection import Exchange, Session, exchanging
from chatbot.platforms.mastodon.spending import Spending, spending_of

RESERVE = 10  # requests of a server's window that readings leave for what has to be posted
LARGEST = 64 * 1024 * 1024  # bytes of one answer that are read

FAILURES: tuple[type[Exception], ...] = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    HTTPException,
    OSError,
    ValueError,
)

Params = Sequence[tuple[str, str]]
Read = Callable[[bytes], Any]  # JSON to values; raises `ValueError`
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer: parsed JSON and its headers."""

    json: Any
    headers: Mapping[str, str]


@dataclass
class Http:
    """One account's way to its server, shared by all threads.

    `paged` is the budget of requests that page through lists, `single` that of other readings for a chat. A `guest`
    takes everything from the first: it asks a server where it is not at home.
    """

    url: str
    server: str
    token: str | None = field(repr=False)
    deadline: timedelta
    contact: str | None = None
    account: str = ""  # its name in the settings, as `chatbot login` takes it
    paged: Budget = field(default_factory=Budget)
    single: Budget = field(default_factory=Budget)
    guest: bool = False
    stopped: threading.Event = field(default_factory=threading.Event)
    find_token: Callable[[], str | None] = lambda: None  # asked when the present one is refused

    def __post_init__(self) -> None:
        """Make the session; nothing is sent yet."""
        self.session = Session(self.url, self.token, user_agent(self.contact))
        self._lock = threading.Lock()
        self._budgets = {"paged": self.paged, "single": self.single}
        self._remaining: int | None = None
        self._reset: datetime | None = None  # as the server says it
        self._opens_at = 0.0  # the same on our monotonic clock

    def close(self) -> None:
        """Close the connections."""
        self.session.close()

    def get(
        self,
        path: str,
        params: Params = (),
        *,
        urgent: bool = False,
        waits: bool = True,
        read: Read = orjson.loads,
    ) -> Answer:
        """Read JSON; waits for the budget of paged requests, and leaves the server's last requests to posting.

        What is `urgent` spends from the budget and waits for nothing: a question must not stand behind the collector.
        What is not, and `waits` for nothing either, is `Unavailable` while the budget has no room.
        """
        if not urgent:
            self._must_go_on()
            self._keep_the_reserve()
        spending = spending_of(path, {name for name, _ in params}, urgent=urgent, guest=self.guest)
        if spending is not None:
            self._spend(spending, urgent=urgent, waits=waits)
        return self.ask("GET", path, params=params, read=read)

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        body: object = None,
        form: Params | None = None,
        read: Read = orjson.loads,
    ) -> Answer:
        """Make one request and return its JSON as `read` reads it; `body` is sent as JSON, `form` as a form."""

        def work() -> Answer:
            data = list(form) if form is not None else None
            address = self.url + path
            answer = self.session.request(method, address, params=list(params), json=body, data=data, stream=True)
            return _answer(answer, read)

        return self.through(work, writing=method != "GET")

    def through(
        self,
        work: Callable[[], Result],
        *,
        writing: bool,
        exchange: Exchange | None = None,
        also: tuple[type[Exception], ...] = (),
    ) -> Result:
        """Do work that makes a request; whatever fails comes out as one of the port's errors.

        The error is raised outside the handler, so that it carries no chain of a library's exceptions: these hold
        the request, and the request the token. `also` are further errors that a library may raise.
        """
        exchange = exchange or Exchange(self.deadline.total_seconds())
        with exchanging(exchange):
            try:
                return work()
            except FAILURES + also as error:
                failure = failures.judge(
                    _seen(exchange, error, self.token), self.server, writing=writing, account=self.account or "ACCOUNT"
                )
            finally:
                self._note(exchange)
        if isinstance(failure, NotSignedIn):
            self.must_have_token()
            self._renew()
        raise failure

    def allowance(self) -> Allowance:
        """Return what is left of the budgets, and of the server's own limit, just now."""
        with self._lock:
            now = time.monotonic()
            paged, single = ((budget.left(now), budget.most) for budget in self._budgets.values())
        known = self._remaining is not None and now < self._opens_at
        served, until = (self._remaining, self._reset) if known else (None, None)
        return Allowance(paged, None if self.guest else single, served, until)

    def must_have_token(self) -> None:
        """Raise what is to be done when there is no token: without one no server has to be asked who we are."""
        if not self.token:
            self._renew()
        if not self.token and self.account:
            raise NotSignedIn(
                f"The account “{self.account}” has no token, so nothing can be posted or read on {self.server}.",
                f"Sign it in with `chatbot login {self.account}`.",
            )

    def _renew(self) -> None:
        """Take a token that was put in place since, for the next request: nobody has to start the program again."""
        token = self.find_token()
        if token and token != self.token:
            self.token = token
            self.session.sign_with(token)

    def _spend(self, spending: Spending, *, urgent: bool, waits: bool) -> None:
        while True:
            with self._lock:
                now, budget = time.monotonic(), self._budgets[spending.kind]
                if urgent or (wait := budget.wait(now, spending.use)) <= 0:
                    self._budgets[spending.kind] = budget.spend(now, spending.use)
                    return
            if not waits:
                raise Unavailable(f"{self.server} was asked enough for now.")
            self.stopped.wait(wait)
            self._must_go_on()

    def _must_go_on(self) -> None:
        if self.stopped.is_set():
            raise NoAnswer("The program is ending; what was not read is read the next time.")

    def _keep_the_reserve(self) -> None:
        if self._remaining is not None and self._remaining < RESERVE and time.monotonic() < self._opens_at:
            raise RateLimited(
                f"{self.server} allows few more requests just now; they are kept for what has to be posted.",
                self._reset,
            )

    def _note(self, exchange: Exchange) -> None:
        """Keep what the answer says of rate limits, on our own monotonic clock."""
        headers = exchange.response.headers if exchange.response is not None else {}
        remaining, reset = headers.get("X-RateLimit-Remaining", ""), failures.opens_at(headers)
        now = failures.served_at(headers)
        if remaining.isdecimal() and reset is not None and now is not None:
            self._remaining, self._reset = int(remaining), reset
            self._opens_at = time.monotonic() + (reset - now).total_seconds()


def user_agent(contact: str | None) -> str:
    """Say who we are: name and version, and an address where somebody can be asked."""
    return f"chatbot/{chatbot.__version__}" + (f" (+{contact})" if contact else "")


def _answer(response: requests.Response, read: Read) -> Answer:
    with response:
        response._content = _content(response)  # where `_seen` finds the server's own words
    if response.status_code >= 300:
        raise requests.HTTPError
    return Answer(read(response.content), response.headers)


def _content(response: requests.Response) -> bytes:
    parts, size = [], 0
    for part in response.iter_content(64 * 1024):
        size += len(part)
        if size > LARGEST:
            raise ValueError("an answer too large to be one")
        parts.append(part)
    return b"".join(parts)


def _seen(exchange: Exchange, error: Exception, secret: str | None) -> failures.Seen:
    """Gather what is known; the exception is asked for a few plain words only, never shown.

    A server may say the token back to us in its error: that is cut out here, before anybody reads it.
    """
    response = exchange.response
    if response is None:
        return failures.Seen(exchange.may_be_sent, why=why(error))
    body = response._content if isinstance(response._content, bytes) else b""
    if secret:
        body = body.replace(secret.encode(), b"(the token)")
    return failures.Seen(True, response.status_code, response.headers, body, why(error))


def why(error: BaseException | None) -> str:
    """Say in a few plain words why a connection failed, or nothing."""
    words = {
        "refused": "the connection was refused",
        "resol": "its name is not known",
        "certificate": "its certificate is not valid",
        "timed out": "it took too long",
        "deadline": "it took too long",
        "unreachable": "the network is not reachable",
    }
    told = f"{type(error).__name__} {error}".lower()
    return next((words[word] for word in words if word in told), "")
