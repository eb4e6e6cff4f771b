"""What makes one kind of server: every way in which it differs from the others is a field here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from tests.servers.ids import IdScheme
from tests.servers.messages import Refusal

if TYPE_CHECKING:
    from tests.servers.idempotency import Idempotency
    from tests.servers.limits import Bucket
    from tests.servers.shape import Shape


@dataclass(frozen=True)
class Personality:
    """A kind of server; the letters behind the fields are the sections of the fact sheet (`platforms.md`)."""

    name: str
    ids: IdScheme
    shape: type[Shape]
    idempotency: Callable[[], Idempotency]

    fetched_ids: Literal["published", "arrival"] = "published"  # A2: what is fetched gets an id of its date
    delivered_ids: Literal["published", "arrival"] = "arrival"  # C: GoToSocial and Hollo: always of its date

    characters: int = 500
    url_weight: int = 23
    default_visibility: str = "public"
    silenced_are_lowered: bool = True  # A1: public becomes unlisted, silently

    at_once: tuple[str, int] | None = None  # A6, C: the name of several ids in one look-up, and how many
    tag_timeline: Literal["all", "no replies", "only acquaintances"] = "all"  # C
    unused_tag: object = None  # A2, C: the 404 to a hashtag that nobody there has used yet, where it is none
    any_tags: bool = True  # C: any[]/all[]/none[]
    policy: bool = False  # A4: the notification policy
    async_refresh: bool = False  # A3: fetch all replies
    streams: frozenset[Literal["sse", "websocket"]] = frozenset()  # C
    heartbeat: bytes = b":thump\n"  # A2b
    hashtag_stream: bool = True  # C: GoToSocial accepts it and publishes nothing
    open_to_strangers: frozenset[str] = frozenset()  # what is shown without a token
    limits: tuple[Bucket, ...] = ()  # A5; in force only where a test asks for it
    media_attachments: int = 4
    poll_options: int = 4
    missing: Mapping[str, tuple[int, object]] = field(default_factory=dict)  # a door -> the answer at it
    not_found: object = field(default_factory=lambda: {"error": "Record not found"})
    too_long: tuple[int, str] = (422, "Validation failed: Text character limit of {limit} exceeded")
    without_token: str = "The access token is invalid"
    fetches_replies_after: timedelta = timedelta(minutes=5)  # A3
    fetches_replies_every: timedelta = timedelta(minutes=15)  # A3

    def no_token(self) -> Refusal:
        return Refusal(401, {"error": self.without_token})
