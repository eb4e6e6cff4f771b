"""Threads that listen to servers. What they hear only wakes the collector: re-reading is the truth."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Sequence

from chatbot.core.errors import ChatbotError
from chatbot.core.timing import Timing
from chatbot.stages.schedule.guard import Guard
from chatbot.stages.schedule.work import Stream

log = logging.getLogger("chatbot.schedule")


class Streams:
    """Keeps a thread for each stream that should be open; each connects again by itself, with a growing pause."""

    def __init__(self, timing: Timing, guard: Guard) -> None:
        self.timing, self.guard = timing, guard
        self._open: dict[str, tuple[threading.Event, threading.Thread]] = {}

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
        pause = first = self.timing.stream_backoff.total_seconds()
        while not ended.is_set():
            heard = self.guard.run(stream.name, lambda: self._connection(stream, ended))
            pause = first if heard else min(pause * 2, self.timing.backoff_limit.total_seconds())
            ended.wait(pause * random.uniform(0.5, 1.5))

    def _connection(self, stream: Stream, ended: threading.Event) -> int:
        """Read one connection to its end; returns how many events it brought."""
        count = 0
        stream.woken()
        try:
            for event in stream.listen(ended):
                if ended.is_set():
                    break
                count += 1
                stream.heard(event)
        except ChatbotError as error:
            log.info("stream ended", extra={"stream": stream.name, "why": type(error).__name__})
        return count
