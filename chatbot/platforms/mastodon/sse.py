"""Server-sent events: a connection for the account, and one for each hashtag."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import requests

from chatbot.core.timing import Timing
from chatbot.platforms.errors import Rejected
from chatbot.platforms.mastodon.connection import Listening
from chatbot.platforms.mastodon.eventstream import EventStream
from chatbot.platforms.mastodon.http import Http, Params
from chatbot.platforms.mastodon.line import Line

_HEADERS = {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
_READ = 64 * 1024


@dataclass(frozen=True)
class ServerSentEvents:
    """The way Mastodon offers; heartbeats (`:thump`) come every 15 seconds, so silence is the death of a connection."""

    http: Http
    timing: Timing
    name = "server-sent events"

    def connections(self, base: str, tags: Sequence[str]) -> list[Callable[[Line], None]]:
        """Return what reads each connection to its end."""
        paths: list[tuple[str, Params]] = [("/user", ()), *(("/hashtag", [("tag", tag)]) for tag in tags)]
        return [partial(self._read, base + path, params) for path, params in paths]

    def _read(self, url: str, params: Params, line: Line) -> None:
        listening = Listening(self.timing.stream_silence.total_seconds(), stopped=line.ended)
        self.http.through(lambda: self._pass_on(url, params, line), writing=False, exchange=listening)

    def _pass_on(self, url: str, params: Params, line: Line) -> None:
        with self.http.session.get(url, params=list(params), stream=True, headers=_HEADERS) as response:
            if response.status_code >= 300:
                raise requests.HTTPError
            if not response.headers.get("Content-Type", "").lower().startswith("text/event-stream"):
                raise Rejected(f"{self.http.server} answered with something that is not an event stream.")
            line.opened()
            stream = EventStream()
            while chunk := response.raw.read1(_READ):
                line.alive()
                for named in stream.feed(chunk):
                    line.tell(named)
