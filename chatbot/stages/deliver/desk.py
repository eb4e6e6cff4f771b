"""What every part of a lane works with: the store, the network, the clocks, and who we are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, cast

from chatbot.core.model import Draft, Post
from chatbot.core.timing import Timing
from chatbot.platforms.errors import PlatformError, RateLimited
from chatbot.platforms.port import Editing, Platform
from chatbot.stages.deliver.steady import Steady
from chatbot.store import chats
from chatbot.store.engine import Connection, Store
from chatbot.store.rows import Row


class Mail(Protocol):
    """Sends letters; has no posts of its own to look at, so a letter whose fate is unknown is sent again."""

    name: str

    def publish(self, draft: Draft, key: str, recipient: str) -> object:
        """Send one letter; raises the port's errors."""
        ...


class Stop(Protocol):
    """A `threading.Event`, or something like it: when it is set, nothing may be sent."""

    def is_set(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that a lane did: what, to which row of the outbox."""

    what: str
    row: int
    chat: str | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """The means of one lane; `began` is when it began, `owner` is its alone, `steady` watches the clocks.

    `of_hosts` holds each host's posts as they were last read.
    """

    store: Store
    platform: Platform | Mail
    timing: Timing
    clock: Callable[[], datetime]
    sleep: Callable[[float], object]
    monotonic: Callable[[], float]
    owner: str
    began: datetime
    steady: Steady
    stopped: Stop | None = None
    of_hosts: dict[str, tuple[Post, ...]] = field(default_factory=dict)

    @property
    def is_stopped(self) -> bool:
        """Whether nothing may be sent any more."""
        return self.stopped is not None and self.stopped.is_set()

    @property
    def account(self) -> str:
        """The account's name in the settings."""
        return self.platform.name

    @property
    def network(self) -> Platform | None:
        """The network, or None when letters are sent."""
        return cast(Platform, self.platform) if hasattr(self.platform, "own_posts") else None

    @property
    def mail(self) -> Mail:
        """The sender of letters, where there is no network."""
        return cast(Mail, self.platform)

    @property
    def edits(self) -> bool:
        """Whether a post may be given another text."""
        return isinstance(self.platform, Editing)

    def audit(self, conn: Connection, event: str, rows: Sequence[Row]) -> None:
        """Leave word of something for the hosts, one line a row."""
        for row in rows:
            chats.audit(conn, self.clock(), event, chat=row.chat, detail=str(row.id))

    def again_at(self, error: PlatformError, tries: int = 0) -> datetime:
        """Return when to try again after an error: when the server says, or after a pause that grows."""
        now = self.clock()
        pause = min(self.timing.retry_after * (1 << min(tries, 10)), self.timing.lease)
        if not isinstance(error, RateLimited):
            return now + pause
        until = error.until if error.after is None else now + error.after  # the server's clock need not be ours
        return max(now + pause, until or now)
