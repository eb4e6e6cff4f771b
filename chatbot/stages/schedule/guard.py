"""Keeps one broken thing from stopping the others: what fails is logged without content, counted, and rested."""

from __future__ import annotations

import logging
import random
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from chatbot.core.errors import ChatbotError
from chatbot.core.timing import Timing
from chatbot.stages.schedule import story

log = logging.getLogger("chatbot.schedule")

T = TypeVar("T")
_FRAMES = 6


class Guard:
    """Runs units of work by name; each failure of a unit doubles its rest, with jitter, and a success ends it.

    Of an unexpected exception its type and place are logged, never its message: a database puts a post's text there.
    """

    def __init__(self, timing: Timing, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.timing, self.monotonic = timing, monotonic
        self.failures = 0
        self._in_a_row: Counter[str] = Counter()
        self._rests_until: dict[str, float] = {}
        self._lock = threading.Lock()

    def run(self, unit: str, do: Callable[[], T], chat: str | None = None) -> T | None:
        """Do one unit of work, about one chat if it is named; None when it failed."""
        with story.about(chat):
            return self._run(unit, do)

    def _run(self, unit: str, do: Callable[[], T]) -> T | None:
        try:
            done = do()
        except ChatbotError as error:
            self._failed(unit)
            log.warning("failed", extra={"unit": unit, "why": str(error)})
            return None
        except Exception as error:  # the outermost loop: one unit must not end the evening for the others
            self._failed(unit)
            log.error("broken", extra={"unit": unit, "error": type(error).__name__, "at": places(error)})
            return None
        with self._lock:
            self._in_a_row.pop(unit, None)
            self._rests_until.pop(unit, None)
        return done

    def rest(self, unit: str) -> float:
        """Return for how many seconds a unit is still to be left alone."""
        with self._lock:
            return max(self._rests_until.get(unit, 0.0) - self.monotonic(), 0.0)

    def _failed(self, unit: str) -> None:
        first, limit = self.timing.retry_after.total_seconds(), self.timing.backoff_limit.total_seconds()
        with self._lock:
            self.failures += 1
            pause = min(first * 2 ** min(self._in_a_row[unit], 16), limit)
            self._in_a_row[unit] += 1
            self._rests_until[unit] = self.monotonic() + pause * random.uniform(0.75, 1.25)


def places(error: BaseException) -> str:
    """Return where an exception came from, innermost first: files, lines and functions, no values."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}:{frame.name}" for frame in reversed(frames))
