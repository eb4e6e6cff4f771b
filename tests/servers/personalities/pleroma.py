"""Pleroma, from the fact sheet's section C alone: nothing of it was recorded, its HTML is from general knowledge."""

from __future__ import annotations

import html
import json
from uuid import NAMESPACE_URL, uuid5

from tests.servers.idempotency import GlobalCachedReplies
from tests.servers.ids import FLAKE
from tests.servers.personality import Personality
from tests.servers.shape import Json, Shape
from tests.servers.truth import Member, Post


class PleromaShape(Shape):
    """No paragraphs; a post's `uri` says nothing of its id; what is its own stands under `pleroma`."""

    def post_uri(self, author: Member, local_id: str) -> str:
        return f"{self.root}/objects/{uuid5(NAMESPACE_URL, self.root + local_id)}"

    def post_url(self, author: Member, local_id: str) -> str:
        return f"{self.root}/notice/{local_id}"

    def profile(self, member: Member) -> str:
        return f"{self.root}/users/{member.name}"

    def account(self, member: Member) -> Json:
        shown = super().account(member)
        return shown | {"pleroma": {"ap_id": shown.pop("uri"), "is_moderator": False}}

    def status(self, post: Post, viewer: Member | None = None) -> Json:
        is_local = post.author.server is self.server
        return super().status(post, viewer) | {"pleroma": {"local": is_local, "content": {"text/plain": post.text}}}

    def paragraphs(self, inside: str) -> str:
        return inside.replace("\n", "<br/>")

    def tag(self, tag: str) -> str:
        return f'<a class="hashtag" data-tag="{tag.lower()}" href="{self.tag_address(tag)}">#{tag}</a>'

    def tag_address(self, tag: str) -> str:
        return super().tag_address(tag).replace("/tags/", "/tag/")

    def mentioned(self, member: Member) -> str:
        return (
            f'<span class="h-card"><a class="u-url mention" data-user="{self.server.id_of(member)}"'
            f' href="{member.server.shape.profile(member)}" rel="ugc">@<span>{member.name}</span></a></span>'
        )

    def link(self, address: str) -> str:
        return f'<a href="{html.escape(address)}" rel="ugc">{html.escape(address)}</a>'

    def instance(self) -> Json:
        said = super().instance()
        said["configuration"]["statuses"]["max_characters"] = PLEROMA.characters
        del said["api_versions"], said["configuration"]["timelines_access"]
        return said | {"version": "2.7.2 (compatible; Pleroma 2.9.1)"}

    def subscribed(self, said: Json) -> Json:
        payload = json.dumps({"type": said["type"], "result": "success"})
        return {"event": "pleroma:respond", "payload": payload}


PLEROMA = Personality(
    "pleroma",
    FLAKE,
    PleromaShape,
    GlobalCachedReplies,
    fetched_ids="arrival",  # "not verified", says the fact sheet
    characters=5000,
    at_once=("ids[]", 100),
    streams=frozenset({"websocket"}),
    open_to_strangers=frozenset(
        {"tag timeline", "status", "context", "look up account", "account", "statuses of"}
    ),  # as it is set up at first (`restrict_unauthenticated`)
    too_long=(422, "The status is over the character limit"),
    missing={
        "policy": (404, {"error": "Not implemented"}),
        "async refresh": (404, {"error": "Not implemented"}),
        "server-sent events": (404, {"error": "Not implemented"}),
        "stream health": (404, {"error": "Not implemented"}),
    },
)
