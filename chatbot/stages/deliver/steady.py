"""Since when the wall clock went as evenly as the monotonic one: what lay before may be shorter ago than it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(slots=True)
class Steady:
    """Both clocks as they were looked at last; `since` begins anew whenever the wall clock jumped, either way.

    A computer that slept looks the same as one whose clock was set ahead: the monotonic clock stood still.
    """

    since: datetime
    monotonic: float
    _latest: datetime

    @classmethod
    def begun(cls, wall: datetime, monotonic: float) -> Steady:
        """Begin to watch; of the time before nothing is known."""
        return cls(wall, monotonic, wall)

    def went_back(self, wall: datetime, monotonic: float, allowed: timedelta) -> bool:
        """Look at both clocks; whether the wall clock was set back by more than is allowed."""
        passed, ticked = wall - self._latest, timedelta(seconds=monotonic - self.monotonic)
        self._latest, self.monotonic = wall, monotonic
        if passed < -allowed or passed - ticked > allowed:
            self.since = wall
        return passed < -allowed
