"""A budget of requests over a sliding time: how long to wait for the next one. Pure; the clock is an argument."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `most` within `within`; `spent` are the instants, in seconds of a monotonic clock, oldest first."""

    most: int = 20
    within: timedelta = timedelta(minutes=1)
    spent: tuple[float, ...] = ()

    def wait(self, now: float) -> float:
        """Return the seconds until one more is allowed; 0 means now."""
        recent = self._recent(now)
        if len(recent) < self.most:
            return 0.0
        return recent[-self.most] + self.within.total_seconds() - now

    def spend(self, now: float) -> Budget:
        """Return the budget with one more spent."""
        return replace(self, spent=(*self._recent(now), now))

    def _recent(self, now: float) -> tuple[float, ...]:
        since = now - self.within.total_seconds()
        return tuple(at for at in self.spent if at > since)
