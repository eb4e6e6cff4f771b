"""Threads that listen to servers, and connect again and again without ever doing it in a hurry."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from chatbot.core.errors import ChatbotError
from chatbot.core.timing import Timing
from chatbot.platforms.errors import NoStream
from chatbot.stages.schedule.guard import Guard
from chatbot.stages.schedule.work import Stream

log = logging.getLogger("chatbot.schedule")


class Streams:
    """Keeps a thread for each stream that should be open; each connects again by itself, with a growing pause.

    The pause begins anew only after a connection that showed signs of life for a while: a server that hangs up at once,
    or has no heartbeat and so falls silent each time, is left alone ever longer.
    """

    def __init__(self, timing: Timing, guard: Guard, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.timing, self.guard, self.monotonic = timing, guard, monotonic
        self._open: dict[str, tuple[threading.Event, threading.Thread]] = {}
        self._without: set[str] = set()  # accounts of which it was said that their servers push nothing

    def keep(self, wanted: Sequence[Stream]) -> None:
        """Open what is wanted and not open, and end what is not wanted any more."""
        names = {stream.name for stream in wanted}
        for name in [name for name in self._open if name not in names or not self._open[name][1].is_alive()]:
            self._open.pop(name)[0].set()
        for stream in wanted:
            if stream.name not in self._open:
                self._open[stream.name] = self._start(stream)

    def end(self, timeout: float) -> None:
        """Ask every thread to end, and wait."""
        for ended, _thread in self._open.values():
            ended.set()
        for _ended, thread in self._open.values():
            thread.join(timeout)
        self._open.clear()

    def _start(self, stream: Stream) -> tuple[threading.Event, threading.Thread]:
        ended = threading.Event()
        thread = threading.Thread(target=self._listen, args=(stream, ended), name=stream.name, daemon=True)
        thread.start()
        return ended, thread

    def _listen(self, stream: Stream, ended: threading.Event) -> None:
        pause = self.timing.stream_backoff.total_seconds() / 2
        while not ended.is_set():
            longer = min(pause * 2, self.timing.backoff_limit.total_seconds())
            only = stream.chats[0] if len(stream.chats) == 1 else None
            pause = self.guard.run(stream.name, partial(self._listen_once, stream, ended, longer), only) or longer
            ended.wait(pause * random.uniform(0.5, 1.5))

    def _listen_once(self, stream: Stream, ended: threading.Event, longer: float) -> float:
        """Read one connection to its end; returns how long to wait before the next, `longer` if it was no good one."""
        try:
            lasted = self._connection(stream, ended)
        except NoStream as error:
            self._say_once(stream, str(error))
            return self.timing.backoff_limit.total_seconds()
        except ChatbotError as error:
            _tell(stream, "stream broke off", why=type(error).__name__)
            return longer
        if not ended.is_set():
            _tell(stream, "stream ended", seconds=round(lasted))
        return self.timing.stream_backoff.total_seconds() if lasted >= self._stable() else longer

    def _connection(self, stream: Stream, ended: threading.Event) -> float:
        """Hand on what comes; returns for how many seconds there were signs of life."""
        opened = last = self.monotonic()
        for number, batch in enumerate(stream.listen(ended)):
            last = self.monotonic()
            if not number:
                opened = last
                _tell(stream, "stream opened")
            if ended.is_set():
                break
            if batch:
                stream.heard(batch)
        return last - opened

    def _stable(self) -> float:
        return self.timing.stream_stable.total_seconds()

    def _say_once(self, stream: Stream, why: str) -> None:
        if stream.account not in self._without:
            self._without.add(stream.account)
            _tell(stream, "stream not offered", why=why)


def _tell(stream: Stream, event: str, **more: object) -> None:
    """Write a line for each chat for which a stream is open."""
    for chat in stream.chats or (None,):
        log.info(event, extra={"chat": chat, "account": stream.account, **more})
