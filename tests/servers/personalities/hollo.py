"""Hollo 0.10, from the fact sheet's section C alone: nothing of it was recorded, its HTML is from general knowledge."""

from __future__ import annotations

from tests.servers.idempotency import CheckThenAct
from tests.servers.ids import UUID7
from tests.servers.personality import Personality
from tests.servers.shape import Json, Shape
from tests.servers.truth import Member

NO_DOOR = (404, {"error": "Not Found"})


class HolloShape(Shape):
    """Its people's pages are their names; it has no streams to tell of; hashtags lose their capitals."""

    def person_uri(self, member: Member) -> str:
        return self.profile(member)

    def post_uri(self, author: Member, local_id: str) -> str:
        return self.post_url(author, local_id)

    def tag(self, tag: str) -> str:
        return super().tag(tag.lower())  # the harshest reading: the fact sheet says nothing of it

    def instance(self) -> Json:
        said = super().instance()
        del said["configuration"]["urls"]["streaming"]
        del said["api_versions"], said["configuration"]["timelines_access"]
        said["configuration"]["statuses"]["max_characters"] = HOLLO.characters
        return said | {"version": "0.10.0"}


HOLLO = Personality(
    "hollo",
    UUID7,
    HolloShape,
    CheckThenAct,
    delivered_ids="published",
    characters=10000,
    tag_timeline="only acquaintances",
    any_tags=False,
    open_to_strangers=frozenset({"status", "context", "look up account", "account"}),
    missing={
        "statuses at once": NO_DOOR,
        "policy": NO_DOOR,
        "async refresh": NO_DOOR,
        "websocket": NO_DOOR,
        "server-sent events": NO_DOOR,
        "stream health": NO_DOOR,
    },
    without_token="unauthorized",
)
