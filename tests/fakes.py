"""Fakes that are pleasant to use: a clock that is told the time, and a network that remembers and can be told to fail.

clock = FixedClock("2026-12-01 20:00")
clock.forward(minutes=5)

garden = FakePlatform(clock)
garden.post("@ana@a.test", "A1 Compost! #GardenChat")
garden.next_publish(loses_the_answer=True)
"""

from __future__ import annotations

import contextlib
import itertools
import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from chatbot.core.model import Author, Draft, Mention, Post, Span, Visibility
from chatbot.core.value import replace
from chatbot.platforms.errors import NotFound, OutcomeUnknown, PlatformError
from chatbot.platforms.port import Event, Found, Gone, Limits, PostRef, Unsure, Wake


class FixedClock:
    """A clock that stands still until it is moved; call it for the time. Sleeping moves it."""

    def __init__(self, at: str | datetime = "2026-12-01 19:00") -> None:
        self.now = datetime.fromisoformat(at).replace(tzinfo=UTC) if isinstance(at, str) else at

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **units: float) -> datetime:
        self.now += timedelta(**units)
        return self.now

    def to(self, at: str | datetime) -> datetime:
        self.now = datetime.fromisoformat(at).replace(tzinfo=UTC) if isinstance(at, str) else at
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=max(seconds, 0))

    def monotonic(self) -> float:
        return self.now.timestamp()


def person(handle: str, **changes: object) -> Author:
    """Make an author from `@ana@a.test`."""
    user, host = handle.lstrip("@").split("@")
    known = Author(
        uri=f"https://{host}/users/{user}",
        handle=f"{user}@{host}",
        name=user.capitalize(),
        url=f"https://{host}/@{user}",
        indexable=True,
        discoverable=True,
    )
    return replace(known, **changes)  # type: ignore[arg-type]


def _words(text: str) -> list[str]:
    return [word.rstrip(".,!?:;)") for word in text.split()]


def _hashtags(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word[1:].lower() for word in words if word.startswith("#") and len(word) > 1)


def _reached(post: Post) -> datetime:
    return max(post.at, post.came_at or post.at)


class FakePlatform:
    """One account on a network in memory: `published` are the bot's drafts in order, `posts` all there is."""

    def __init__(
        self, clock: FixedClock, name: str = "gardenbot", server: str = "a.test", limits: Limits | None = None
    ) -> None:
        self.clock = clock
        self.name = name
        self.server = server
        self.limits = limits or Limits()
        self.account = person(f"@{name}@{server}", bot=True)
        self.posts: dict[str, Post] = {}
        self.published: list[tuple[str, Draft]] = []
        self.calls: list[str] = []
        self.favourites: list[str] = []
        self._ids = itertools.count(1001)
        self._publish_faults: list[tuple[str, PlatformError]] = []
        self._read_faults: list[tuple[str, PlatformError]] = []
        self.hidden_from_own: set[str] = set()
        self.own_lag = timedelta()  # our own posts show only when they are older than this
        self.silenced = False
        self._pushed: queue.SimpleQueue[Sequence[Event]] = queue.SimpleQueue()

    # what a test says

    def post(
        self,
        who: str | Author,
        text: str,
        *,
        reply_to: Post | PostRef | str | None = None,
        visibility: Visibility = Visibility.PUBLIC,
        at: datetime | None = None,
        **changes: object,
    ) -> Post:
        """Let somebody post; returns the post. Hashtags and mentions are read from the text."""
        author = who if isinstance(who, Author) else person(who)
        local_id = str(next(self._ids))
        parent = reply_to if isinstance(reply_to, str) or reply_to is None else reply_to.local_id
        words = _words(text)
        made = Post(
            uri=f"{author.uri}/statuses/{local_id}",
            url=f"{author.url}/{local_id}",
            at=at or self.clock(),
            author=author,
            spans=(Span("text", text),),
            visibility=visibility,
            server=self.server,
            local_id=local_id,
            parent_local_id=parent,
            hashtags=_hashtags(words),
            mentions=tuple(
                Mention(w[1:], f"https://{w[1:].split('@')[1]}/@{w[1:].split('@')[0]}")
                for w in words
                if w.startswith("@") and w.count("@") == 2
            ),
        )
        made = replace(made, **changes)  # type: ignore[arg-type]
        self.posts[local_id] = made
        return made

    def next_publish(self, *, refuses: PlatformError | None = None, loses_the_answer: bool = False) -> None:
        """The next publish fails: before anything was done (`refuses`), or after the post was made."""
        if loses_the_answer:
            self._publish_faults.append(("after", OutcomeUnknown("the answer was lost")))
        if refuses is not None:
            self._publish_faults.append(("before", refuses))

    def next_read(self, call: str, error: PlatformError) -> None:
        """The next call of that name raises."""
        self._read_faults.append((call, error))

    def push(self, *events: Event) -> None:
        """Let the stream tell something, to whoever listens."""
        self._pushed.put(events)

    def ref(self, post: Post) -> PostRef:
        """Return the ref of a post."""
        return PostRef(self.server, post.local_id, post.uri, post.url, post.at, post.visibility)

    # the port

    def close(self) -> None:
        self.calls.append("close")

    def me(self) -> Author:
        self._read("me")
        return self.account

    def publish(self, draft: Draft, key: str) -> PostRef:
        self.calls.append("publish")
        when, fault = self._publish_faults.pop(0) if self._publish_faults else ("", None)
        if fault is not None and when == "before":
            raise fault
        if draft.reply_to is not None and draft.reply_to not in self.posts:
            raise NotFound("the post to reply to is not there")
        lowered = self.silenced and draft.visibility is Visibility.PUBLIC
        made = self.post(
            self.account,
            draft.text,
            reply_to=draft.reply_to,
            visibility=Visibility.UNLISTED if lowered else draft.visibility,
            warning=draft.warning,
            language=draft.language,
        )
        self.published.append((key, draft))
        if fault is not None:
            raise fault
        return self.ref(made)

    def own_posts(self, after: PostRef | None = None) -> Iterator[Post]:
        self._read("own_posts")
        for post in self._newest_first():
            shows = post.local_id not in self.hidden_from_own and post.at <= self.clock() - self.own_lag
            if post.author.uri == self.account.uri and shows:
                yield post
                if after is not None and post.local_id == after.local_id:
                    return

    def tag_timeline(self, tag: str, back_to: datetime) -> Iterator[Post]:
        self._read("tag_timeline")
        for post in self._newest_first():
            if tag.lower() in post.hashtags and post.visibility is Visibility.PUBLIC and _reached(post) >= back_to:
                yield post

    def thread(self, ref: PostRef) -> Iterator[Post]:
        self._read("thread")
        below = {ref.local_id}
        for post in sorted(self.posts.values(), key=lambda p: (p.at, int(p.local_id))):
            if post.parent_local_id in below:
                below.add(post.local_id)
                yield post

    def mentions(self, back_to: datetime) -> Iterator[Post]:
        self._read("mentions")
        for post in self._newest_first():
            if _reached(post) >= back_to and any(m.handle == self.account.handle for m in post.mentions):
                yield post

    def posts_of(self, account: str, back_to: datetime) -> Iterator[Post]:
        self._read("posts_of")
        for post in self._newest_first():
            if post.author.handle == account and _reached(post) >= back_to and post.visibility is Visibility.PUBLIC:
                yield post

    def look_up(self, refs: Sequence[PostRef]) -> Mapping[str, Found | Gone | Unsure]:
        self._read("look_up")
        return {ref.local_id: self._look(ref) for ref in refs}

    def _look(self, ref: PostRef) -> Found | Gone | Unsure:
        if ref.server != self.server:
            return Unsure("it was seen on another server")
        return Found(self.posts[ref.local_id]) if ref.local_id in self.posts else Gone()

    def edit(self, ref: PostRef, draft: Draft) -> PostRef:
        self._read("edit")
        if ref.local_id not in self.posts:
            raise NotFound("the post to edit is not there")
        self.posts[ref.local_id] = replace(
            self.posts[ref.local_id],
            spans=(Span("text", draft.text),),
            hashtags=_hashtags(_words(draft.text)),
            edited_at=self.clock(),
        )
        return self.ref(self.posts[ref.local_id])

    def delete(self, ref: PostRef) -> None:
        self._read("delete")
        self.posts.pop(ref.local_id, None)

    def favourite(self, ref: PostRef) -> None:
        self._read("favourite")
        if ref.local_id not in self.posts:
            raise NotFound("the post to mark is not there")
        self.favourites.append(ref.local_id)

    def resolve(self, address: str) -> Post | None:
        self._read("resolve")
        return next((p for p in self.posts.values() if address in (p.uri, p.url)), None)

    def listen(self, tags: Sequence[str], stopped: threading.Event) -> Iterator[Sequence[Event]]:
        self._read("listen")
        yield (Wake(),)
        while not stopped.is_set():
            with contextlib.suppress(queue.Empty):
                yield self._pushed.get(timeout=0.02)

    def _newest_first(self) -> list[Post]:
        return sorted(self.posts.values(), key=lambda p: (p.at, int(p.local_id)), reverse=True)

    def _read(self, call: str) -> None:
        self.calls.append(call)
        for index, (name, error) in enumerate(self._read_faults):
            if name == call:
                del self._read_faults[index]
                raise error
