"""GoToSocial 0.20, from recorded JSON and the fact sheet's section C."""

from __future__ import annotations

from datetime import timedelta

from tests.servers.idempotency import Idempotency
from tests.servers.ids import ULID
from tests.servers.limits import Bucket
from tests.servers.personality import Personality
from tests.servers.shape import Json, Shape
from tests.servers.truth import Member, Post


class GoToSocialShape(Shape):
    """Recorded: no `uri` of accounts, the source text for its author alone, pages below `/statuses/`."""

    samples = "gotosocial"

    def post_url(self, author: Member, local_id: str) -> str:
        return f"{self.profile(author)}/statuses/{local_id}"

    def account(self, member: Member) -> Json:
        return {name: value for name, value in super().account(member).items() if name != "uri"}

    def status(self, post: Post, viewer: Member | None = None) -> Json:
        shown = super().status(post, viewer)
        if viewer is post.author:
            return shown | {"text": post.text}
        return {name: value for name, value in shown.items() if name not in ("text", "content_type", "application")}

    def tag(self, tag: str) -> str:
        return (
            f'<a href="{self.tag_address(tag)}" class="mention hashtag" rel="tag nofollow noreferrer noopener"'
            f' target="_blank">#<span>{tag}</span></a>'
        )

    def mentioned(self, member: Member) -> str:
        return (
            f'<span class="h-card"><a href="{member.server.shape.profile(member)}" class="u-url mention"'
            f' rel="nofollow noreferrer noopener" target="_blank">@<span>{member.name}</span></a></span>'
        )

    def link(self, address: str) -> str:
        return f'<a href="{address}" rel="nofollow noreferrer noopener" target="_blank">{address}</a>'


NO_DOOR = (404, {"error": "Not Found: page not found"})

GOTOSOCIAL = Personality(
    "gotosocial",
    ULID,
    GoToSocialShape,
    Idempotency,  # ignores the key
    delivered_ids="published",
    characters=5000,
    url_weight=25,
    default_visibility="unlisted",
    silenced_are_lowered=False,
    tag_timeline="no replies",
    unused_tag={"error": "Not Found: tag was not found, or not useable/listable on this instance"},
    any_tags=False,
    streams=frozenset({"websocket"}),
    hashtag_stream=False,
    limits=(Bucket("address", 300, timedelta(minutes=5), by="address"),),
    media_attachments=6,
    poll_options=6,
    missing={
        "statuses at once": (405, {"status": 405, "text": "405 method not allowed"}),
        "policy": NO_DOOR,
        "async refresh": NO_DOOR,
        "server-sent events": NO_DOOR,
        "stream health": NO_DOOR,
    },
    not_found={"error": "Not Found: target status not found"},
    too_long=(400, "Bad Request: text with spoiler exceed max chars ({limit})"),
    without_token="Unauthorized: token not supplied",
)
