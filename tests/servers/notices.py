"""Who is told of a post: notifications, those that a policy filters too, and event streams."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from tests.servers.streams import Channel
from tests.servers.truth import Member, Post

if TYPE_CHECKING:
    from tests.servers.server import Server

ACCEPTS_ALL = dict.fromkeys(
    (
        "for_not_following",
        "for_not_followers",
        "for_new_accounts",
        "for_private_mentions",
        "for_limited_accounts",
        "for_bots",
    ),
    "accept",
)
# Mastodon filters these two as long as nobody says otherwise (A4).
DEFAULT_POLICY = ACCEPTS_ALL | {"for_private_mentions": "filter", "for_limited_accounts": "filter"}


@dataclass(frozen=True, slots=True)
class Notice:
    """A mention that somebody is told of; a filtered one waits until it is asked for."""

    number: int
    to: Member
    uri: str
    at: datetime
    is_filtered: bool = False


class Notices:
    """The notifications of one server, numbered in the order of arrival."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.policies: dict[Member, dict[str, str]] = {}
        self._all: list[Notice] = []

    def policy(self, member: Member) -> dict[str, str]:
        return self.policies.setdefault(member, dict(DEFAULT_POLICY))

    def of(self, member: Member) -> list[Notice]:
        """Return somebody's notifications, newest first; with its post a notification goes too (A4)."""
        with self.server.lock:
            mine = [notice for notice in self._all if notice.to is member]
        return [notice for notice in reversed(mine) if self.server.by_uri(notice.uri)]

    # what happens

    def of_new(self, post: Post, *, streamed: bool) -> None:
        if streamed:
            self._tell(post, "update", self._timelines(post))
        for member in self._mentioned_here(post):
            self._notify(member, post)
        if post.author.server is self.server:
            return
        for reply in self.server.replies(post):  # A2b: a parent got known, so `update` comes a second time
            self._tell(reply, "update", self._timelines(reply))

    def of_edit(self, post: Post) -> None:
        """Told to the tags it has after the edit: one that lost the tag vanishes without a word (A2b)."""
        mentioned = [channel for member in self._mentioned_here(post) for channel in _own_channels(member)]
        self._tell(post, "status.update", {*self._timelines(post), *mentioned})

    def of_deletion(self, post: Post) -> None:
        """Told to who was mentioned too, but not among notifications (A2b)."""
        for channel in {*self._timelines(post), *map(_user, self._mentioned_here(post))}:
            self.server.streams.publish(channel, "delete", post.local_id, not_to=self._who_blocks(post))

    def _tell(self, post: Post, event: str, channels: set[Channel]) -> None:
        if channels and self.server.streams.listeners:
            shown = self.server.shape.status(post)
            for channel in channels:
                self.server.streams.publish(channel, event, shown, not_to=self._who_blocks(post))

    def _who_blocks(self, post: Post) -> set[str]:
        """A stream drops what is by or mentions somebody whom the listener blocks (A2b)."""
        people = {post.author, *post.mentions}
        return {member.name for member in self.server.members() if people & member.blocked}

    def _timelines(self, post: Post) -> set[Channel]:
        """Return where a post appears: hashtags, and its author's and followers' own streams."""
        found: set[Channel] = set()
        if post.visibility == "public" and post.author not in self.server.silenced:
            found |= {("hashtag", tag) for tag in post.tags if self.server.personality.hashtag_stream}
        if post.visibility != "direct":
            followers = (member for member in self.server.members() if post.author in member.followed)
            found |= {_user(member) for member in followers if member.may_see(post)}
        return found | ({_user(post.author)} if post.author.server is self.server else set())

    def _mentioned_here(self, post: Post) -> Iterator[Member]:
        """A block or a mute drops a mention altogether (A4)."""
        for member in post.mentions:
            if member.server is self.server and post.author not in member.blocked and member is not post.author:
                yield member

    def _notify(self, member: Member, post: Post) -> None:
        server = self.server
        notice = Notice(server.number(), member, post.uri, server.now(), self._filters(member, post))
        if server.personality.policy and self._drops(member, post):
            return
        with server.lock:
            self._all.append(notice)
        if notice.is_filtered:
            return  # A4: no event on any stream
        shown = server.shape.notification(notice.number, "mention", post, notice.at, member)
        for channel in _own_channels(member):
            server.streams.publish(channel, "notification", shown)

    # the policy (A4, Mastodon 4.3 and later)

    def _filters(self, member: Member, post: Post) -> bool:
        return self.server.personality.policy and "filter" in self._judged(member, post)

    def _drops(self, member: Member, post: Post) -> bool:
        return "drop" in self._judged(member, post)

    def _judged(self, member: Member, post: Post) -> set[str]:
        policy, author = self.policy(member), post.author
        if author in member.followed:
            return set()
        reasons = {"for_not_following"}
        if member not in author.followed:
            reasons.add("for_not_followers")
        if author in self.server.silenced:
            reasons.add("for_limited_accounts")
        if author.bot:
            reasons.add("for_bots")
        if post.visibility == "direct" and not self._was_asked(member, post):
            reasons.add("for_private_mentions")
        return {policy[reason] for reason in reasons}

    def _was_asked(self, member: Member, post: Post) -> bool:
        """Whether it answers a private message of the member's own."""
        parent = self.server.by_uri(post.parent_uri)
        return parent is not None and parent.author is member and parent.visibility == "direct"

    def lets_in(self, member: Member) -> None:
        """Let through what was filtered so far."""
        with self.server.lock:
            self._all = [replace(n, is_filtered=False) if n.to is member else n for n in self._all]


def _user(member: Member) -> Channel:
    return ("user", member.name)


def _own_channels(member: Member) -> tuple[Channel, Channel]:
    return _user(member), ("user:notification", member.name)
