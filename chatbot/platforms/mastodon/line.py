"""One connection of a stream, as the thread that reads it sees it: where to say what is heard, and whether to go on."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chatbot.platforms.errors import PlatformError, Unavailable
from chatbot.platforms.mastodon.connection import PATIENCE
from chatbot.platforms.mastodon.events import Read, event_of
from chatbot.platforms.mastodon.eventstream import Named
from chatbot.platforms.port import Event, Wake


@dataclass(frozen=True, slots=True)
class End:
    """A connection ended; `error` tells why it was never open."""

    error: PlatformError | None = None


Heard = Sequence[Event] | End


@dataclass
class Line:
    """One connection; `heard` is shared with the others, `ended` asks all of them to stop."""

    heard: queue.Queue[Heard]
    read: Read
    ended: threading.Event
    is_open: bool = False

    def opened(self) -> None:
        """Say that from now on nothing is missed; what came before has to be read."""
        self.is_open = True
        self._put((Wake(),))

    def alive(self) -> None:
        """Say that the server is there."""
        self._put(())

    def tell(self, named: Named) -> None:
        """Hand an event on, if it says anything to us."""
        event = event_of(named, self.read)
        if event is not None:
            self._put((event,))

    def run(self, connection: Callable[[Line], None]) -> None:
        """Read a connection to its end, which is said whatever happens: a thread must not die in silence."""
        error: PlatformError | None = Unavailable("Reading the event stream broke off; it is opened again.")
        try:
            connection(self)
            error = None
        except PlatformError as failure:
            error = failure
        finally:
            self._put(End(None if self.is_open else error))

    def _put(self, one: Heard) -> None:
        """Wait for room, as long as anybody listens."""
        while not self.ended.is_set():
            try:
                self.heard.put(one, timeout=PATIENCE)
                return
            except queue.Full:
                continue
