"""The routes by which posts of a chat are found on one account: each is a name and a reading that may fail alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import zip_longest
from urllib.parse import urlsplit

from chatbot.core import text
from chatbot.core.model import Post
from chatbot.core.nights import cadence
from chatbot.core.nights.cadence import Asked, Below
from chatbot.core.plan import Chat
from chatbot.core.timing import Timing
from chatbot.platforms.errors import NoAnswer, NotFound
from chatbot.platforms.port import Found, Platform, PostRef, is_silent
from chatbot.store.posts import Seen

TAG, THREAD, MENTION, OWN = "tag", "thread", "mention", "host"
LATEST = 2  # posts of ours under which every pass reads
THREADS_AT_ONCE = 10  # threads under others' posts that one pass reads


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


@dataclass(frozen=True, slots=True)
class Thread:
    """A post below which there may be more, and how many replies its server counts."""

    ref: PostRef
    replies: int


def below(
    platform: Platform,
    thread: Thread,
    asked: dict[str, Asked],
    tried: dict[str, datetime],
    clock: Callable[[], datetime],
) -> Route:
    """Return what hangs below a post; only a thread that was read to its end, or is gone, counts as asked for."""

    def read() -> Iterator[Post]:
        at = tried[thread.ref.local_id] = clock()
        with suppress(NotFound):
            yield from platform.thread(thread.ref)
        asked[thread.ref.local_id] = Asked(at, thread.replies)

    return Route(THREAD, f"{THREAD}:{thread.ref.local_id}", read)


def due_threads(
    seen: Iterable[Seen],
    sent: Iterable[PostRef],
    asked: Mapping[str, Asked],
    tried: Mapping[str, datetime],
    now: datetime,
    timing: Timing,
) -> list[Thread]:
    """Return the threads to be read now: all that are due under our own posts, and some of those under others'.

    Under our latest posts, where people are, every pass reads. Then our other posts, others' with replies we lack, and
    the rest of others' take turns, in each kind those first that were not tried for longest: wherever a pass has to
    stop, the next one begins with what waits longest.
    """
    known = {post.local_id: post for post in seen}
    own = [(ref, known.pop(ref.local_id, None)) for ref in sent]
    latest = own[-LATEST:]
    ours = [
        (tried.get(ref.local_id, post.at if post else now), _thread(ref, post))
        for ref, post in own[:-LATEST]
        if _is_own_due(ref, post, asked, now, timing)
    ]
    due = [
        post for post in known.values() if cadence.is_thread_due(_below(post), asked.get(post.local_id), now, timing)
    ]
    lacking, others = (
        [(tried.get(post.local_id, post.at), _thread(_ref(post), post)) for post in due if _lacks(post) is lacks]
        for lacks in (True, False)
    )
    theirs = {thread.ref.local_id for thread in _in_turn(lacking, others)[:THREADS_AT_ONCE]}
    lacking, others = ([one for one in kind if one[1].ref.local_id in theirs] for kind in (lacking, others))
    return [_thread(ref, post) for ref, post in latest] + _in_turn(ours, lacking, others)


def _thread(ref: PostRef, post: Seen | None) -> Thread:
    return Thread(ref, post.replies if post else 0)


def _lacks(post: Seen) -> bool:
    return post.replies > post.children


def _in_turn(*kinds: Iterable[tuple[datetime, Thread]]) -> list[Thread]:
    """Return threads of several kinds in turn; first comes the kind of that which was not tried for longest."""
    ordered = (sorted(kind, key=lambda one: (one[0], one[1].ref.uri)) for kind in kinds)
    rows = zip_longest(*sorted((kind for kind in ordered if kind), key=lambda kind: kind[0][0]))
    return [one[1] for row in rows for one in row if one is not None]


def _is_own_due(ref: PostRef, post: Seen | None, asked: Mapping[str, Asked], now: datetime, timing: Timing) -> bool:
    replies, known = (post.replies, post.children) if post else (0, 0)
    below = Below(post.at if post else now, is_remote=False, replies=replies, known=known, is_own=True)
    return cadence.is_thread_due(below, asked.get(ref.local_id), now, timing)


def _below(post: Seen) -> Below:
    is_remote = urlsplit(post.uri).netloc.lower() != post.server.lower()
    return Below(post.at, is_remote, post.replies, post.children)


def _ref(post: Seen) -> PostRef:
    return PostRef(post.server, post.local_id, post.uri, post.url)


def belongs(post: Post, chat: Chat, own_ids: frozenset[str], timing: Timing, now: datetime) -> bool:
    """Say whether a post that mentions the bot is part of a chat: by its hashtag, its parent, or its time alone."""
    if not is_in_time(post, chat, timing, now):
        return False
    tagged = not {text.normalise_tag(tag) for tag in chat.hashtags}.isdisjoint(post.hashtags)
    is_live = any(cadence.is_live(chat, at, timing) for at in _times(post, now))
    return tagged or post.parent_local_id in own_ids or is_live


def is_in_time(post: Post, chat: Chat, timing: Timing, now: datetime) -> bool:
    """Say whether a post was written, or came in, while posts belong to a chat; no author's clock decides alone."""
    return cadence.opens_at(chat, timing) <= max(_times(post, now)) and is_early_enough(post, chat, now)


def is_early_enough(post: Post, chat: Chat, now: datetime) -> bool:
    """Say whether a post was there before a chat took no more answers, by either of its times."""
    return min(_times(post, now)) <= chat.late_until


def _times(post: Post, now: datetime) -> tuple[datetime, datetime]:
    """Return when a post was written, by its author's server, and when it came in, if ours tells; neither ahead."""
    written = min(post.at, now)
    return written, min(post.came_at or written, now)


def found(platform: Platform, refs: list[PostRef]) -> Iterator[Post]:
    """Yield posts looked up by their ids, as many at once as the server allows."""
    size = max(platform.limits.look_up_at_once, 1)
    for start in range(0, len(refs), size):
        looks = platform.look_up(refs[start : start + size])
        if is_silent(looks.values()):
            raise NoAnswer(f"{platform.server} says nothing of the bot's own posts.")
        yield from (look.post for look in looks.values() if isinstance(look, Found))
