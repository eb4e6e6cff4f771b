"""What is so on a server, whatever it answers: its members and their posts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.servers.server import Server

SEEN_BY_ALL = ("public", "unlisted")


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll as it was asked for."""

    options: tuple[str, ...]
    ends_at: datetime
    multiple: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """A post as one server has it; an edit puts another in its place, so one that was taken out never changes."""

    local_id: str
    uri: str
    url: str
    author: Member
    text: str
    at: datetime  # when its author's server says it was published
    arrived: datetime  # when this server got it
    visibility: str = "public"
    parent_uri: str | None = None
    warning: str = ""
    language: str | None = "en"
    media: tuple[str, ...] = ()
    poll: Poll | None = None
    tags: tuple[str, ...] = ()
    mentions: tuple[Member, ...] = ()
    edited_at: datetime | None = None
    gone_at: datetime | None = None


@dataclass
class Media:
    """An uploaded picture and when the server has worked on it."""

    json: dict[str, Any]
    ready_at: datetime
    is_attached: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """What somebody writes: everything about a post but who, where and when."""

    text: str
    visibility: str | None = None  # None: the server's default
    parent_uri: str | None = None
    warning: str = ""
    language: str | None = "en"
    media: tuple[str, ...] = ()
    poll: Poll | None = None


@dataclass(eq=False)
class Member:
    """Somebody with an account; what she does here she does in her own app, which is not tested."""

    server: Server = field(repr=False)
    name: str
    token: str = ""
    bot: bool = False
    note: str = ""
    display_name: str = ""
    token_is: str = "valid"  # or "revoked", "disabled"
    followed: set[Member] = field(default_factory=set, repr=False)  # whom she follows
    blocked: set[Member] = field(default_factory=set, repr=False)  # or muted: it hides alike

    @property
    def handle(self) -> str:
        """`user@host`."""
        return f"{self.name}@{self.server.domain}"

    @property
    def is_limited(self) -> bool:
        """Whether the moderators of her own server silenced her."""
        return self in self.server.silenced

    def says(
        self,
        text: str,
        *,
        reply_to: Post | None = None,
        visibility: str | None = "public",
        at: datetime | None = None,
        warning: str = "",
        travels: bool = True,
    ) -> Post:
        """Post something, now or as if `at`; what does not travel no other server is told of."""
        parent = self.server.known(reply_to).uri if reply_to else None
        wording = Wording(text, visibility, parent, warning)
        return self.server.publish(self, wording, at=at, travels=travels)

    def edits(self, post: Post, text: str, *, warning: str | None = None) -> Post:
        """Change the words of a post of hers."""
        return self.server.edit(post, text=text, warning=post.warning if warning is None else warning)

    def deletes(self, post: Post) -> None:
        """Delete a post of hers."""
        self.server.delete(post)

    def follows(self, other: Member) -> None:
        """Follow somebody: private posts and those of limited people are seen then."""
        self.followed.add(other)

    def blocks(self, other: Member) -> None:
        """Block or mute somebody: their posts are hidden, their mentions dropped."""
        self.blocked.add(other)

    def favours(self, post: Post) -> None:
        """Favourite a post, which makes its author's server tell hers of edits and deletions (fact sheet A6)."""
        self.server.favour(self, post)

    def may_see(self, post: Post) -> bool:
        """Whether she is among those a post is for."""
        if post.visibility in SEEN_BY_ALL or self is post.author or self in post.mentions:
            return True
        return post.visibility == "private" and post.author in self.followed
