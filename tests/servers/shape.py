"""How a server shows its posts and people as JSON; each kind of server changes what it does differently."""

from __future__ import annotations

import html
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.servers import words
from tests.servers.truth import Member, Poll, Post

if TYPE_CHECKING:
    from tests.servers.server import Server

Json = dict[str, Any]
RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str, domain: str) -> Json:
    """Return what a real server answered, with this one's name in it."""
    found: Json = json.loads(_sample(name, domain))
    return found


@cache
def _sample(name: str, domain: str) -> str:
    return (RECORDED / f"{name}.json").read_text("utf-8").replace("SERVER", domain)


def written(at: datetime | None) -> str | None:
    """Write a time as servers do, to the millisecond."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Shape:
    """The JSON of one server; where nothing is said it is Mastodon's."""

    samples = "mastodon"
    tags_after_space = False

    def __init__(self, server: Server) -> None:
        self.server = server
        self.root = f"https://{server.domain}"

    # addresses

    def person_uri(self, member: Member) -> str:
        return f"{self.root}/users/{member.name}"

    def profile(self, member: Member) -> str:
        return f"{self.root}/@{member.name}"

    def post_uri(self, author: Member, local_id: str) -> str:
        return f"{self.person_uri(author)}/statuses/{local_id}"

    def post_url(self, author: Member, local_id: str) -> str:
        return f"{self.profile(author)}/{local_id}"

    # people

    def acct(self, member: Member) -> str:
        """A server names its own people without the host."""
        return member.name if member.server is self.server else member.handle

    def account(self, member: Member) -> Json:
        home = member.server.shape
        return recorded(f"{self.samples}_account", self.server.domain) | {
            "id": self.server.id_of(member),
            "username": member.name,
            "acct": self.acct(member),
            "display_name": member.display_name,
            "bot": member.bot,
            "note": f"<p>{html.escape(member.note)}</p>" if member.note else "",
            "url": home.profile(member),
            "uri": home.person_uri(member),
        }

    def own_account(self, member: Member) -> Json:
        source = {"privacy": self.server.personality.default_visibility, "note": member.note, "fields": []}
        return self.account(member) | {"source": source}

    # posts

    def status(self, post: Post, viewer: Member | None = None) -> Json:
        parent = self.server.by_uri(post.parent_uri)
        shown = {
            "id": post.local_id,
            "created_at": written(post.at),
            "edited_at": written(post.edited_at),
            "in_reply_to_id": parent.local_id if parent else None,
            "in_reply_to_account_id": self.server.id_of(parent.author) if parent else None,
            "sensitive": bool(post.warning),
            "spoiler_text": post.warning,
            "visibility": post.visibility,
            "language": post.language,
            "uri": post.uri,
            "url": post.url,
            "replies_count": len(self.server.replies(post)),  # of everybody, more than a reader gets (A3)
            "content": post.author.server.shape.content(post),
            "account": self.account(post.author),
            "media_attachments": [self.server.media[one].json for one in post.media if one in self.server.media],
            "mentions": [self.mention(member) for member in post.mentions],
            "tags": [{"name": tag, "url": self.tag_address(tag)} for tag in post.tags],
            "poll": self.poll(post.poll, post) if post.poll else None,
        }
        return recorded(f"{self.samples}_status", self.server.domain) | shown

    def mention(self, member: Member) -> Json:
        return {
            "id": self.server.id_of(member),
            "username": member.name,
            "acct": self.acct(member),
            "url": member.server.shape.profile(member),
        }

    def poll(self, poll: Poll, post: Post) -> Json:
        return recorded(f"{self.samples}_poll", self.server.domain) | {
            "id": f"9{post.local_id}",
            "expires_at": written(poll.ends_at),
            "expired": False,
            "multiple": poll.multiple,
            "votes_count": 0,
            "voters_count": 0,
            "voted": False,
            "own_votes": [],
            "options": [{"title": title, "votes_count": 0} for title in poll.options],
        }

    # what becomes of a text

    def pieces(self, text: str) -> list[words.Piece]:
        return list(words.pieces(text, tags_after_space=self.tags_after_space))

    def content(self, post: Post) -> str:
        """Write a text as HTML: paragraphs, links cut short, mentions without their host."""
        return self.paragraphs("".join(self.piece(piece, post) for piece in self.pieces(post.text)))

    def paragraphs(self, inside: str) -> str:
        return "".join(f"<p>{part}</p>" for part in inside.replace("\n\n", "</p><p>").split("</p><p>")).replace(
            "\n", "<br />"
        )

    def piece(self, piece: words.Piece, post: Post) -> str:
        if piece.kind == "link":
            return self.link(piece.words)
        if piece.kind == "tag":
            return self.tag(piece.words)
        host = piece.host or post.author.server.domain
        named = next((m for m in post.mentions if (m.name, m.server.domain) == (piece.words.lower(), host)), None)
        if piece.kind == "mention" and named is not None:
            return self.mentioned(named)
        if piece.kind == "mention":
            return html.escape(f"@{piece.words}@{piece.host}" if piece.host else f"@{piece.words}", quote=False)
        return html.escape(piece.words)

    def link(self, address: str) -> str:
        scheme, _, rest = address.partition("://")
        shown, more = html.escape(rest[:30]), html.escape(rest[30:])
        cut = "ellipsis" if more else ""
        return (
            f'<a href="{html.escape(address)}" target="_blank" rel="nofollow noopener" translate="no">'
            f'<span class="invisible">{scheme}://</span><span class="{cut}">{shown}</span>'
            f'<span class="invisible">{more}</span></a>'
        )

    def mentioned(self, member: Member) -> str:
        page = member.server.shape.profile(member)
        return (
            f'<span class="h-card" translate="no"><a href="{page}" class="u-url mention">'
            f"@<span>{member.name}</span></a></span>"
        )

    def tag_address(self, tag: str) -> str:
        return f"{self.root}/tags/{words.tag_name(tag)}"

    def tag(self, tag: str) -> str:
        return f'<a href="{self.tag_address(tag)}" class="mention hashtag" rel="tag">#<span>{tag}</span></a>'

    # the server itself, and what hangs on posts

    def media(self, local_id: str, alt: str | None, *, ready: bool) -> Json:
        address = f"{self.root}/media/{local_id}.png" if ready else None
        return recorded(f"{self.samples}_media", self.server.domain) | {
            "id": local_id,
            "description": alt,
            "url": address,
            "preview_url": address,
        }

    def instance(self) -> Json:
        said = recorded(f"{self.samples}_instance", self.server.domain)
        said["configuration"]["urls"]["streaming"] = self.server.address.replace("http", "ws", 1)
        feeds = {"local": self.server.settings.local_feeds, "remote": self.server.settings.remote_feeds}
        said["configuration"].get("timelines_access", {})["hashtag_feeds"] = feeds
        return said

    def subscribed(self, said: Json) -> Json | None:
        """Return what a WebSocket is told after it subscribed: nothing."""
        return None

    def notification(self, number: int, kind: str, post: Post, at: datetime, viewer: Member) -> Json:
        return {
            "id": str(number),
            "type": kind,
            "created_at": written(at),
            "group_key": f"ungrouped-{number}",
            "account": self.account(post.author),
            "status": self.status(post, viewer),
        }
