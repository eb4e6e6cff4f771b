"""Who has the lock of a database: the one process that posts."""

from __future__ import annotations

from datetime import UTC, datetime

from chatbot.core.value import Value


class Holder(Value, frozen=True):
    """A process, the computer it runs on, and since when it has the lock."""

    pid: int
    host: str
    since: datetime

    def where(self, host: str) -> str:
        """Name the process to somebody who sits at `host`."""
        return f"process {self.pid}" if host == self.host else f"process {self.pid} on {self.host}"

    def since_when(self) -> str:
        """Say since when, in UTC."""
        return f"{self.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
