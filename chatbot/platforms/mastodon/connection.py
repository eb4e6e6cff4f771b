"""Connections that keep a total deadline and note what went over the wire, for requests and Mastodon.py alike.

A timeout of requests holds for each single read, so a server that sends a byte now and then is waited for without
end. Here an `Exchange` says before every read and write how long it may still last, and it notes whether the request
was sent at all: what became of a post is judged by these facts, not by the kind of an exception.
"""

from __future__ import annotations

import http.client
import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
import requests.adapters
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

PATIENCE = 0.25  # seconds between two looks at whether a stream is to stop


class OutOfTime(TimeoutError):
    """The deadline passed, a stream fell silent, or somebody asked it to stop."""


@dataclass
class Exchange:
    """One request and its answer: how long it may last in all, and what is known of it."""

    seconds: float
    asked: bool = False  # a request was begun
    connecting: bool = False  # by a connection of ours, which notes what it sends
    sent: bool = False
    response: requests.Response | None = None
    ends_at: float = field(init=False)

    def __post_init__(self) -> None:
        """Start the clock."""
        self.ends_at = time.monotonic() + self.seconds

    def patience(self) -> float:
        """Return how long the next read may take; raises `OutOfTime` when there is no time left."""
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise OutOfTime("the deadline of the request passed")
        return left

    @property
    def may_be_sent(self) -> bool:
        """Tell whether the server may have got it; anything but our own word that it did not is a yes."""
        return self.asked and (self.sent or not self.connecting)

    def json(self) -> Any:
        """Return the answer's JSON as it came, not as a library cast it; None for what is none."""
        try:
            return orjson.loads(self.response.content) if self.response is not None else None
        except orjson.JSONDecodeError:
            return None

    def heard(self) -> None:
        """Note that something arrived; a plain request's deadline stands all the same."""


@dataclass
class Listening(Exchange):
    """An event stream: it lasts until it is silent for `seconds`, or `stopped` is set."""

    stopped: threading.Event = field(default_factory=threading.Event)

    def patience(self) -> float:
        """Return a short time, so that `stopped` is seen soon."""
        if self.stopped.is_set():
            raise OutOfTime("asked to stop")
        return min(PATIENCE, super().patience())

    def heard(self) -> None:
        """Begin the silence anew."""
        self.ends_at = time.monotonic() + self.seconds


_current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


@contextmanager
def exchanging(exchange: Exchange) -> Iterator[Exchange]:
    """Let every request inside belong to this exchange."""
    token = _current.set(exchange)
    try:
        yield exchange
    finally:
        _current.reset(token)


class _Reader(io.RawIOBase):
    """Reads a socket, asking the exchange before each read how long it may take."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, exchange: Exchange) -> None:
        self._raw = raw  # owns the socket's reference count: closed with us
        self._sock = sock
        self._exchange = exchange

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            self._sock.settimeout(self._exchange.patience())
            try:
                count = self._sock.recv_into(buffer)
            except TimeoutError:
                continue  # `patience` decides whether that was the end
            self._exchange.heard()
            return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """A response whose every read keeps the exchange's deadline."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        exchange = _current.get()
        if exchange is not None:
            self.fp: Any = io.BufferedReader(_Reader(self.fp.detach(), sock, exchange))


class _Bounded(HTTPConnection):
    """A connection that sends nothing after the deadline, and notes that it sent."""

    response_class = _Response
    _connecting = False

    def connect(self) -> None:
        """Connect; what a proxy is told on the way does not count as sent."""
        exchange = _current.get()
        if exchange is not None:
            exchange.connecting = True
        self._connecting = True
        try:
            super().connect()
        finally:
            self._connecting = False

    def send(self, data: Any) -> None:
        """Send, unless the time is over by now: a name that took long to resolve must not make a late post."""
        if self.sock is None:
            self.connect()
        exchange = _current.get()
        if exchange is not None:
            self.sock.settimeout(max(exchange.patience(), PATIENCE))
            exchange.sent = exchange.sent or not self._connecting
        super().send(data)


class _BoundedTLS(_Bounded, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Bounded


class _PoolTLS(HTTPSConnectionPool):
    ConnectionCls = _BoundedTLS


_POOLS = {"http": _Pool, "https": _PoolTLS}


class _Adapter(requests.adapters.HTTPAdapter):
    """Sends with the bounded connections, and gives the token to its own server alone."""

    def __init__(self, origin: str, token: str | None) -> None:
        self.trusted = {origin}
        self.token = token
        super().__init__(pool_maxsize=16)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Use our connections through a proxy too; SOCKS has its own, of which nothing is claimed to be unsent."""
        manager: Any = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = _POOLS
        return manager

    def add_headers(self, request: requests.PreparedRequest, **kwargs: Any) -> None:
        if self.token and origin_of(request.url or "") in self.trusted:
            request.headers["Authorization"] = f"Bearer {self.token}"

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        exchange = _current.get()
        if exchange is not None:
            exchange.asked = True
            left = exchange.ends_at - time.monotonic()
            kwargs["timeout"] = (max(left / 2, PATIENCE), max(left, PATIENCE))  # two addresses may have to be tried
        response = super().send(request, *args, **kwargs)
        if exchange is not None:
            exchange.response = response
        return response


class Session(requests.Session):
    """A session without cookies that goes nowhere but to its server.

    One is shared by all threads of an account: what requests keeps between requests is the cookies, which are off,
    and the connections, whose pool is made for threads.
    """

    def __init__(self, server_url: str, token: str | None, user_agent: str) -> None:
        super().__init__()
        self._origin = origin_of(server_url)
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers.update({"User-Agent": user_agent, "Accept-Encoding": "gzip, deflate"})
        self.auth = _nothing  # or requests would put a password of a .netrc in the token's place
        self._adapter = _Adapter(self._origin, token)
        self.mount("https://", self._adapter)
        self.mount("http://", self._adapter)

    def trust(self, url: str) -> None:
        """Give the token to a further host of the same server: many have one of its own for streams."""
        if url.startswith("https://") or self._origin.startswith("http://"):
            self._adapter.trusted.add(origin_of(url))

    def sign_with(self, token: str) -> None:
        """Use another token from the next request on."""
        self._adapter.token = token

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Follow a redirect of a reading on the same server; any other is an answer to be judged."""
        target = super().get_redirect_target(resp)
        same = target is not None and (target.startswith("/") and not target.startswith("//"))
        if target is not None and (same or origin_of(target) == self._origin) and resp.request.method == "GET":
            return target
        return None


def _nothing(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address; an empty word for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port}"
