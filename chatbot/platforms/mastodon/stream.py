"""Listens to a server's event streams until the first of them ends, by the way that the server has.

1. Server-sent events are tried first, one connection for the account and one for each hashtag; a server that has none
   is asked for a WebSocket, on which one connection carries them all; the way that served is tried first next time
2. each connection is read in a thread of its own, which only reads and understands; whoever listens gets what is
   waiting, all at once, and may take its time
3. no stream replays what was missed, so an end is simply an end: whoever listens reads again and then listens anew
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeGuard

from chatbot.core.timing import Timing
from chatbot.platforms.errors import NoStream, NotSignedIn, PlatformError, RateLimited, Rejected
from chatbot.platforms.mastodon import to_post
from chatbot.platforms.mastodon.connection import PATIENCE
from chatbot.platforms.mastodon.http import Http
from chatbot.platforms.mastodon.line import End, Heard, Line
from chatbot.platforms.mastodon.sse import ServerSentEvents
from chatbot.platforms.mastodon.websocket import WebSocket
from chatbot.platforms.port import Event

log = logging.getLogger("chatbot.stream")

AT_ONCE = 40  # events handed on together: as many as one transaction of posts holds
BACKLOG = 1000  # events read ahead; a server that sends more has to wait
_PATH = "/api/v1/streaming"


class Way(Protocol):
    """One way of pushing events."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    def connections(self, base: str, tags: Sequence[str]) -> Sequence[Callable[[Line], None]]:
        """Return what reads each of its connections to the end; raises `Rejected` for one that never can be opened."""
        ...


@dataclass
class Streams:
    """The streams of one account: its own (mentions, private posts) and one for each hashtag."""

    http: Http
    timing: Timing
    _ways: list[Way] = field(init=False)

    def __post_init__(self) -> None:
        """Know the ways; which of them serves is found by trying."""
        self._ways = [ServerSentEvents(self.http, self.timing), WebSocket(self.http, self.timing)]

    def listen(
        self, address: str | None, domain: str, tags: Sequence[str], stopped: threading.Event
    ) -> Iterator[Sequence[Event]]:
        """Yield what comes; ends with the first stream that ends, and raises when none could be opened."""
        base = self._base(address)
        failed: list[PlatformError] = []
        for way in list(self._ways):
            connections = way.connections(base, [tag.lstrip("#") for tag in tags])
            try:
                for number, batch in enumerate(self._listen(way, connections, domain, stopped)):
                    if not number:
                        self._serves(way)
                    yield batch
                return
            except (NotSignedIn, RateLimited):
                raise
            except PlatformError as error:  # raised only while nothing of this way was open
                failed.append(error)
        none = NoStream(f"{self.http.server} offers no event stream; it is read every so often instead.")
        raise next((error for error in failed if not isinstance(error, NoStream)), none)

    def _listen(
        self, way: Way, connections: Sequence[Callable[[Line], None]], domain: str, stopped: threading.Event
    ) -> Iterator[Sequence[Event]]:
        heard, ended = queue.Queue[Heard](BACKLOG), threading.Event()
        read = partial(to_post.to_post, server=self.http.server, domain=domain)
        lines = [Line(heard, read, ended) for _ in connections]
        for line, connection in zip(lines, connections, strict=True):
            threading.Thread(target=line.run, args=(connection,), name=f"stream by {way.name}", daemon=True).start()
        try:
            yield from _arriving(heard, lines, stopped)
        finally:
            ended.set()

    def _serves(self, way: Way) -> None:
        """Keep the way that serves for the next time."""
        self._ways.sort(key=lambda one: one is not way)
        log.info("listening", extra={"account": self.http.account, "by": way.name})

    def _base(self, address: str | None) -> str:
        """Return where the streams are: often on a host of their own; with TLS where the server has it."""
        if address is None:
            raise NoStream(f"{self.http.server} names no event stream; it is read every so often instead.")
        scheme, _, place = address.rpartition("://")
        is_secure = scheme in ("https", "wss") or self.http.url.startswith("https://")
        base = f"http{'s' if is_secure else ''}://{place.rstrip('/').removesuffix(_PATH)}{_PATH}"
        self.http.session.trust(base)
        return base


def _arriving(heard: queue.Queue[Heard], lines: Sequence[Line], stopped: threading.Event) -> Iterator[Sequence[Event]]:
    """Yield what waits, until a connection ends; one that the server refuses is missed, unless it refuses all."""
    refused: list[PlatformError] = []
    while not stopped.is_set():
        batch, end = _waiting(heard)
        if batch is not None and (batch or end is None):
            yield batch
        if end is None:
            continue
        if _is_refusal(end.error):
            refused.append(end.error)
            if len(refused) < len(lines):
                continue
            raise NoStream(str(refused[0]))
        if end.error is None or any(line.is_open for line in lines):
            return
        raise end.error


def _is_refusal(error: PlatformError | None) -> TypeGuard[PlatformError]:
    return isinstance(error, Rejected) and not isinstance(error, NotSignedIn)


def _waiting(heard: queue.Queue[Heard]) -> tuple[list[Event] | None, End | None]:
    """Return the events that wait (None when nothing at all came for a while), and the end of a connection."""
    try:
        one = heard.get(timeout=PATIENCE)
    except queue.Empty:
        return None, None
    batch: list[Event] = []
    while not isinstance(one, End):
        batch.extend(one)
        if len(batch) >= AT_ONCE or heard.empty():
            return batch, None
        one = heard.get_nowait()  # there is one: nobody else takes
    return batch, one
