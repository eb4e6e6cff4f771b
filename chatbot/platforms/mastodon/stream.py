"""Listens to a server's event streams, one connection a stream, until the first of them ends.

No stream replays what was missed, so an end is simply an end: whoever listens reads again and then listens anew.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import requests

from chatbot.core.timing import Timing
from chatbot.platforms.mastodon import events
from chatbot.platforms.mastodon.connection import Listening
from chatbot.platforms.mastodon.http import Http, Params
from chatbot.platforms.port import Deleted, Edited, PlatformError, Rejected, Wake


@dataclass(frozen=True, slots=True)
class _End:
    """A stream ended; `error` tells why when it never began."""

    error: PlatformError | None = None


@dataclass
class Streams:
    """The streams of one account: its own (mentions, private posts) and one for each hashtag."""

    http: Http
    address: str | None
    timing: Timing
    _heard: queue.SimpleQueue[Wake | Edited | Deleted | _End] = field(default_factory=queue.SimpleQueue)

    def listen(self, tags: Sequence[str], stopped: threading.Event) -> Iterator[Wake | Edited | Deleted]:
        """Yield events of all streams; ends with the first that ends, and raises when one could not be opened."""
        base = self._base()
        ended = threading.Event()
        for path, params in [("/user", []), *(("/hashtag", [("tag", tag.lstrip("#"))]) for tag in tags)]:
            threading.Thread(
                target=self._read, args=(base + path, params, ended), name=f"stream{path}", daemon=True
            ).start()
        try:
            yield from self._arriving(stopped)
        finally:
            ended.set()

    def _arriving(self, stopped: threading.Event) -> Iterator[Wake | Edited | Deleted]:
        while not stopped.is_set():
            try:
                heard = self._heard.get(timeout=self.timing.tick.total_seconds())
            except queue.Empty:
                continue
            if isinstance(heard, _End):
                if heard.error is not None:
                    raise heard.error
                return
            yield heard

    def _read(self, url: str, params: Params, ended: threading.Event) -> None:
        """Read one stream to its end, in a thread of its own."""
        listening = Listening(self.timing.stream_silence.total_seconds(), stopped=ended)
        try:
            self.http.through(lambda: self._pass_on(url, params, listening), writing=False, exchange=listening)
            self._heard.put(_End())
        except PlatformError as error:
            began = listening.response is not None and listening.response.ok
            self._heard.put(_End(None if began else error))

    def _pass_on(self, url: str, params: Params, listening: Listening) -> None:
        headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
        with self.http.session.get(url, params=list(params), stream=True, headers=headers) as response:
            if response.status_code >= 300:
                raise requests.HTTPError
            for event in events.events_of(events.lines_of(iter(lambda: response.raw.read1(65536), b""))):
                self._heard.put(event)

    def _base(self) -> str:
        """Return where the streams are: often a host of their own, which the server itself names."""
        if self.address is None:
            raise Rejected(f"{self.http.server} offers no event stream; it is read every so often instead.")
        address = self.address.replace("ws", "http", 1).rstrip("/")
        self.http.session.trust(address)
        return address + "/api/v1/streaming"
