"""What may go wrong between the program and its server, and which exchange it happens to."""

from __future__ import annotations

import random
import threading
from collections import Counter
from enum import StrEnum


class Fault(StrEnum):
    """What the proxy does to one exchange."""

    LOSES_ANSWER = "answer lost"  # the server has acted
    RESETS_BEFORE = "reset before the request arrived"
    RESETS_AFTER = "reset after the request was carried out"
    DELAYS_REQUEST = "request delayed"  # at most `settle_after`, and carried out whoever still waits for it
    DELAYS_ANSWER = "answer delayed"  # longer than anybody waits
    DUPLICATES = "request sent twice"
    TRUNCATES = "answer cut in the middle"
    SAYS_500_AFTER = "500 though it was carried out"
    SAYS_502 = "502 though it was carried out"
    SAYS_503 = "503, nothing done"
    SAYS_429 = "429, nothing done"
    SAYS_429_WITHOUT_RESET = "429 without a word of when, nothing done"
    SAYS_HTML = "200 with a page of HTML, nothing done"


class Weather:
    """Chooses what goes wrong; `calm` ends it all, so that a night can come to its end."""

    def __init__(self, chance: random.Random, share: float = 0.2) -> None:
        self._chance = chance
        self._share = share
        self._lock = threading.Lock()
        self.is_calm = False
        self.seen: Counter[str] = Counter()

    def fault(self, is_writing: bool) -> Fault | None:
        """Return what happens to the next exchange; what is written meets more of it than what is read."""
        with self._lock:
            if self.is_calm or self._chance.random() >= self._share * (2 if is_writing else 0.5):
                return None
            fault = self._chance.choice(list(Fault))
            self.seen[fault.value] += 1
            return fault

    def between(self, least: float, most: float) -> float:
        """Return a number of seconds."""
        with self._lock:
            return self._chance.uniform(least, most)
