"""Mastodon 4.5 and 4.6, from recorded JSON and the fact sheet's section A."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.servers.idempotency import CheckThenAct, LockedButBroken
from tests.servers.ids import SNOWFLAKE
from tests.servers.limits import Bucket, is_paged, makes_or_edits
from tests.servers.personality import Personality
from tests.servers.shape import Json, Shape
from tests.servers.truth import Member, Post


class Shape45(Shape):
    """4.5: people are named in URIs, alternative texts are short, `api_versions` says 7."""

    def status(self, post: Post, viewer: Member | None = None) -> Json:
        shown = super().status(post, viewer)
        del shown["tagged_collections"]  # 4.6
        return shown

    def instance(self) -> Json:
        said = super().instance()
        said["configuration"]["media_attachments"]["description_limit"] = 1500
        return said | {"version": "4.5.9", "api_versions": {"mastodon": 7}}


class Shape46(Shape):
    """4.6, as recorded: people are numbers in URIs, a tag stands after white space only (A1)."""

    tags_after_space = True

    def person_uri(self, member: Member) -> str:
        return f"{self.root}/ap/users/{member.server.id_of(member)}"


LIMITS = (  # A5; the account's own 1500 in 5 minutes is never the tightest of a single token
    Bucket("token", 300, timedelta(minutes=5)),
    Bucket("paged", 300, timedelta(minutes=15), is_paged),
    Bucket("statuses", 300, timedelta(hours=3), makes_or_edits),
    Bucket("media", 30, timedelta(minutes=30), lambda request: request.path == "/api/v2/media"),
    Bucket("deletions", 30, timedelta(minutes=30), lambda request: request.method == "DELETE"),
)

MASTODON_4_5 = Personality(
    "mastodon-4.5",
    SNOWFLAKE,
    Shape45,
    CheckThenAct,
    at_once=("id[]", 20),
    policy=True,
    async_refresh=True,
    streams=frozenset({"sse", "websocket"}),
    open_to_strangers=frozenset(
        {"tag timeline", "status", "context", "look up account", "account", "statuses of", "stream health"}
    ),
    limits=LIMITS,
)

MASTODON_4_6 = replace(
    MASTODON_4_5,
    name="mastodon-4.6",
    shape=Shape46,
    idempotency=LockedButBroken,
    heartbeat=b":thump\n\n",  # A12: an event of its own, which broke a client
)
