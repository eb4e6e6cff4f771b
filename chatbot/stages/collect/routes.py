"""The routes by which posts of a chat are found on one account: each is a name and a reading that may fail alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from chatbot.core import cadence, text
from chatbot.core.model import Post, Timing
from chatbot.core.plan import Chat
from chatbot.platforms.port import Found, Platform, PostRef
from chatbot.store.posts import Seen

TAG, THREAD, MENTION, OWN = "tag", "thread", "mention", "host"
REPLIES_AT_ONCE = 10  # threads under remote replies asked for in one pass


@dataclass(frozen=True, slots=True)
class Route:
    """One way to posts: `kind` is stored with what it brings, `name` stands in the list of what was read when."""

    kind: str
    name: str
    read: Callable[[], Iterable[Post]]


def tags(platform: Platform, chat: Chat, back_to: datetime) -> Iterator[Route]:
    """Yield the timeline of each hashtag of a chat."""
    for tag in chat.hashtags:
        yield Route(TAG, f"{TAG}:{text.normalise_tag(tag)}", partial(platform.tag_timeline, tag, back_to))


def own(platform: Platform, sent: Iterable[PostRef]) -> Iterator[Route]:
    """Yield a look at the chat's own posts, which are part of the transcript."""
    if refs := list(sent):
        yield Route(OWN, OWN, lambda: found(platform, refs))


def threads(platform: Platform, refs: Iterable[PostRef]) -> Iterator[Route]:
    """Yield what hangs below each of our posts, or of remote replies."""
    for ref in refs:
        yield Route(THREAD, f"{THREAD}:{ref.local_id}", partial(platform.thread, ref))


def due_replies(
    seen: Iterable[Seen], server: str, asked: Mapping[str, datetime], now: datetime, timing: Timing
) -> list[PostRef]:
    """Return the remote posts whose thread is to be asked for now, those that waited longest first.

    A server pulls what it never received only below posts of other servers, and only when asked (`platforms.md` A3).
    """
    remote = [post for post in seen if urlsplit(post.uri).netloc.lower() != server.lower()]
    due = [post for post in remote if cadence.is_thread_due(post.at, asked.get(post.local_id), now, timing)]
    due.sort(key=lambda post: (asked.get(post.local_id, post.at), post.uri))
    return [PostRef(post.server, post.local_id, post.uri, post.url) for post in due[:REPLIES_AT_ONCE]]


def belongs(post: Post, chat: Chat, own_ids: frozenset[str], timing: Timing) -> bool:
    """Say whether a post that mentions the bot is part of a chat: by its hashtag, its parent, or its time alone."""
    if not cadence.opens_at(chat, timing) <= post.at <= chat.late_until:
        return False
    tagged = not {text.normalise_tag(tag) for tag in chat.hashtags}.isdisjoint(post.hashtags)
    return tagged or post.parent_local_id in own_ids or cadence.is_live(chat, post.at, timing)


def found(platform: Platform, refs: list[PostRef]) -> Iterator[Post]:
    """Yield posts looked up by their ids, as many at once as the server allows."""
    size = max(platform.limits.look_up_at_once, 1)
    for start in range(0, len(refs), size):
        looks = platform.look_up(refs[start : start + size])
        yield from (look.post for look in looks.values() if isinstance(look, Found))
