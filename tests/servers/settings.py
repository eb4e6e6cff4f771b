"""What a test may set on a running server."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from tests.servers.messages import Answer

Access = Literal["public", "authenticated", "disabled"]


@dataclass
class Settings:
    """How a server behaves tonight, whatever its kind; a test changes it at any moment."""

    own_timeline_lag: timedelta = timedelta(0)  # our own posts show up only that much later
    own_timeline_fails: Answer | None = None
    local_feeds: Access = "public"  # A2: glitch's default is "authenticated"
    remote_feeds: Access = "public"
    open_to_strangers: bool = True  # A2, D: False is DISALLOW_UNAUTHENTICATED_API_ACCESS
    media_takes: timedelta = timedelta(0)  # longer than nothing: 202, then 206 until it has passed
    heartbeat: float = 15.0  # seconds between two `:thump` or pings
    replies_take: timedelta = timedelta(0)  # until fetched replies of others are here
    headers: dict[str, str] = field(default_factory=dict)  # of every answer
    robots: str | None = None  # robots.txt, None: there is none
    address: str | None = None  # where clients are told the streams are, if not at the server itself (a proxy)
