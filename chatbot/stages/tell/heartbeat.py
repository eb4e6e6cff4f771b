"""A heart-beat to somebody who tells when it stops: Healthchecks, Uptime Kuma, or any other dead man's switch.

An address is asked every so often while `health` finds nothing wrong: the program ticks, and no post is overdue. It is
asked for nothing and told nothing. Whatever becomes of it does not disturb the chat; that it fails is logged once.
"""

from __future__ import annotations

import http.client
import logging
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import chatbot
from chatbot.core.timing import Timing

log = logging.getLogger("chatbot.heartbeat")


@dataclass(slots=True)
class Heartbeat:
    """Asks the address, which is a secret; `is_healthy` is what a health check would hear."""

    address: str = field(repr=False)
    is_healthy: Callable[[], bool]
    timing: Timing
    clock: Callable[[], datetime]
    _asked_at: datetime | None = None
    _is_failing: bool = False

    def step(self) -> None:
        """Ask when it is time and all is well; there is never anything more to do at once."""
        now = self.clock()
        is_early = self._asked_at is not None and abs(now - self._asked_at) < self.timing.heartbeat_every
        if is_early or not self.is_healthy():
            return
        self._asked_at = now
        self._tell(self._ask())

    def _ask(self) -> str:
        """Ask once; return what went wrong, without the address."""
        try:
            asked = urllib.request.Request(self.address, headers={"User-Agent": f"chatbot/{chatbot.__version__}"})
            with urllib.request.urlopen(asked, timeout=self.timing.request_deadline.total_seconds()):
                return ""
        except urllib.error.HTTPError as error:
            error.close()
            return f"it answered {error.code}"
        except (OSError, ValueError, http.client.HTTPException) as error:
            return f"it could not be reached ({type(error).__name__})"

    def _tell(self, why: str) -> None:
        """Say once that it fails, and once that it works again."""
        if why and not self._is_failing:
            log.warning("heart-beat failed", extra={"why": why})
        elif self._is_failing and not why:
            log.info("heart-beat recovered")
        self._is_failing = bool(why)
