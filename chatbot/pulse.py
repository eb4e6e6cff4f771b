"""What `run` leaves in `alive.json` each tick, for `health`, `status` and the heart-beat."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chatbot import health
from chatbot.core.delivery.budget import Allowance
from chatbot.core.errors import ChatbotError
from chatbot.platforms.budgeted import Budgeted
from chatbot.store import incidents
from chatbot.wiring import Parts


@dataclass(frozen=True, slots=True)
class Pulse:
    """Writes the beat; `counted` are accounts and other servers by the names under which they are shown."""

    parts: Parts
    counted: Callable[[], Iterator[tuple[str, object]]]
    since: datetime

    def beat(self, failures: int) -> None:
        """Write down that the program ticks, what is overdue, and what it may still ask of servers."""
        now, timing = self.parts.clock(), self.parts.config.timing
        with self.parts.store.read() as conn:
            pulse = incidents.pulse(conn, now, now - max(timing.not_ready))
        beat = health.Beat(
            tick=now.isoformat(),
            pid=os.getpid(),
            stale_after=timing.stale_after.total_seconds(),
            overdue_since=None if pulse.overdue_since is None else pulse.overdue_since.isoformat(),
            overdue_limit=timing.overdue_limit.total_seconds(),
            unknown=pulse.unknown,
            failed=pulse.failed,
            since=self.since.isoformat(),
            failures=failures,
            budget={name: _in_json(one.allowance()) for name, one in self.counted() if isinstance(one, Budgeted)},
        )
        try:
            health.write(self.parts.config.state, beat)
        except OSError as error:
            raise ChatbotError(
                f"{health.FILE} cannot be written ({error.strerror}), so `chatbot health` will say that nothing runs."
                " Chats go on as far as they can. See that there is room on the disk and that its folder belongs to"
                " this user."
            ) from error

    def end(self) -> None:
        """Write down that the program ends now; where that cannot be written, the last tick grows old by itself."""
        with suppress(OSError):
            health.end(self.parts.config.state, os.getpid(), self.parts.clock())

    def is_healthy(self) -> bool:
        """Say what a health check would hear of this very process."""
        beat = health.read(self.parts.config.state)
        is_ours = beat is not None and beat.pid == os.getpid()
        return is_ours and health.check(self.parts.config.state, self.parts.clock()).is_healthy


def _in_json(left: Allowance) -> Mapping[str, Any]:
    until = None if left.until is None else left.until.isoformat()
    return {"lists": left.paged, "threads": left.single, "served": left.served, "until": until}
