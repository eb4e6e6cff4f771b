"""A small server with a personality: members, posts, hooks and a real HTTP address."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.servers import federation, words
from tests.servers.federation import Arrival, Route, Way
from tests.servers.hooks import Do, Hook, Hooks, Moment
from tests.servers.http import Listening
from tests.servers.ledger import Ledger
from tests.servers.limits import Bucket, Limits
from tests.servers.notices import Notices
from tests.servers.personality import Personality
from tests.servers.settings import Settings
from tests.servers.streams import Streams
from tests.servers.truth import SEEN_BY_ALL, Media, Member, Post, Wording


class Server(Ledger):
    """A server under a name that only URIs carry; `url` is where it is really reached.

    with Server(MASTODON_4_5, "home.test") as home:
        bot, ada = home.member("bot", bot=True), home.member("ada")
        Mastodon("bot", home.url, bot.token)
    """

    def __init__(
        self,
        personality: Personality,
        domain: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        limits: Sequence[Bucket] = (),
    ) -> None:
        super().__init__(personality.ids)
        self.personality = personality
        self.domain = domain
        self.now = clock
        self.settings = Settings()
        self.hooks = Hooks()
        self.streams = Streams()
        self.limits = Limits(limits, lambda: self.now())
        self.shape = personality.shape(self)
        self.idempotency = personality.idempotency()
        self.notices = Notices(self)
        self.media: dict[str, Media] = {}
        self.ways: dict[Server, Way] = {}
        self.refreshed: dict[str, datetime] = {}  # remote posts whose replies were fetched, and when (A3)
        self._coming: list[Arrival] = []
        self._listening: Listening | None = None

    # running

    def __enter__(self) -> Server:
        self._listening = Listening(self)
        return self

    def __exit__(self, *_: object) -> None:
        if self._listening is not None:
            self._listening.close()

    @property
    def port(self) -> int:
        assert self._listening is not None, "the server is not running"
        return self._listening.port

    @property
    def url(self) -> str:
        """Where it is reached; in a URI stands `https://` and its name instead."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        """What it tells clients of where its streams are."""
        return self.settings.address or self.url

    def when(
        self, moment: Moment, do: Do, *, method: str | None = None, path: str = "", times: int | None = None
    ) -> Hook:
        """Call `do` on the server's thread at a moment; an answer that it returns is given in the server's place."""
        return self.hooks.add(Hook(moment, do, method, path, times))

    # people

    def member(self, name: str, **traits: Any) -> Member:
        """Return somebody with an account here, who gets one if need be."""
        with self.lock:
            if name not in self._members:
                self._members[name] = Member(self, name, **{"token": f"{name}-of-{self.domain}", **traits})
            return self._members[name]

    def id_of(self, member: Member) -> str:
        """Return the id of somebody's account as it is known here."""
        with self.lock:
            if member not in self._ids:
                self._ids[member] = self.new_id(self.now())
            return self._ids[member]

    def named(self, name: str, host: str | None = None) -> Member | None:
        """Return whom a mention means: somebody here, or of a server that this one has met."""
        server = next((s for s in (self, *self.peers()) if host in (None, s.domain)), None)
        return next((m for m in server.members() if m.name == name.lower()), None) if server else None

    def silences(self, member: Member) -> None:
        """Limit somebody: no longer in hashtag timelines, nor in threads for those who do not follow (A2, A3)."""
        self.silenced.add(member)

    # posts

    def publish(self, author: Member, wording: Wording, *, at: datetime | None = None, travels: bool = True) -> Post:
        """Make a post, now or as if `at`, and tell other servers unless it does not travel."""
        now = self.now()
        visibility = wording.visibility or self.personality.default_visibility
        if visibility == "public" and author in self.silenced and self.personality.silenced_are_lowered:
            visibility = "unlisted"
        local_id = self.new_id(at or now)
        post = self._tagged(
            Post(
                local_id,
                self.shape.post_uri(author, local_id),
                self.shape.post_url(author, local_id),
                author,
                wording.text,
                at=at or now,
                arrived=now,
                visibility=visibility,
                parent_uri=wording.parent_uri,
                warning=wording.warning,
                language=wording.language,
                media=wording.media,
                poll=wording.poll,
            )
        )
        self.take(post)
        if travels:
            federation.spread(post, "new")
        return post

    def _tagged(self, post: Post) -> Post:
        pieces = self.shape.pieces(post.text)
        tags = dict.fromkeys(words.tag_name(piece.words) for piece in pieces if piece.kind == "tag")
        named = [self.named(piece.words, piece.host) for piece in pieces if piece.kind == "mention"]
        return replace(post, tags=tuple(tags), mentions=tuple(dict.fromkeys(m for m in named if m)))

    def edit(self, post: Post, *, text: str, **changes: Any) -> Post:
        """Change a post of somebody here; what changes nothing is no edit (A1)."""
        before = self._there(post)
        after = self._tagged(replace(before, text=text, **changes))
        if after == before:
            return before
        edited = replace(after, edited_at=self.now())
        self.put(edited)
        federation.spread(edited, "edited")
        return edited

    def delete(self, post: Post) -> None:
        """Delete a post of somebody here."""
        there = self._there(post)
        self.bury(there)
        federation.spread(there, "deleted")

    def _there(self, post: Post) -> Post:
        found = self.by_uri(post.uri)
        assert found is not None, "the post is not there any more"
        return found

    # what both people here and other servers bring about

    def take(self, post: Post, *, streamed: bool = True) -> None:
        """Keep a new post and tell who is to know."""
        self.keep(post)
        self.notices.of_new(post, streamed=streamed)

    def put(self, post: Post) -> None:
        """Put an edited post in the place of the old."""
        self.keep(post)
        self.notices.of_edit(post)

    def bury(self, post: Post) -> None:
        """Take a post away; replies to it stay and hang in the air."""
        self.lose(post, self.now())
        self.notices.of_deletion(post)

    def favour(self, member: Member, post: Post) -> None:
        """Favourite a post; its author's server learns of it."""
        with post.author.server.lock:
            post.author.server._favours.setdefault(post.uri, set()).add(member)

    # other servers

    def meets(self, other: Server, delay: float = 0.0) -> None:
        """Let two servers know of each other: replies and mentions cross, nothing else does (D)."""
        for one, two in ((self, other), (other, self)):
            one.ways.setdefault(two, Way(timedelta(seconds=delay)))

    def follows(self, other: Server, delay: float = 0.0, route: Route = "delivered") -> None:
        """Let somebody here follow everybody there; `fetched` is as from a relay or by boosts (A2, D)."""
        self.meets(other, delay)
        self.ways[other] = Way(timedelta(seconds=delay), follows_all=True, route=route)

    def peers(self) -> tuple[Server, ...]:
        return tuple(self.ways)

    def fetches(self, post: Post, after: float = 0.0) -> Post | None:
        """Fetch a post of another server, as a search, a boost or a thread does; returns our copy if it is here."""
        origin = post.author.server
        self.meets(origin)
        known = origin.by_uri(post.uri)
        if known is None or known.visibility not in SEEN_BY_ALL:
            return self.by_uri(post.uri)
        kind: federation.Kind = "edited" if self.by_uri(post.uri) else "new"
        self.expect(Arrival(self.now() + timedelta(seconds=after), kind, known, "fetched"))
        self.settle()
        return self.by_uri(post.uri)

    def known(self, post: Post) -> Post:
        """Return our copy of a post, fetched if need be."""
        found = self.by_uri(post.uri) or self.fetches(post)
        assert found is not None, "the post is not there any more"
        return found

    def expect(self, arrival: Arrival) -> None:
        with self.lock:
            heapq.heappush(self._coming, arrival)

    def settle(self) -> None:
        """Let everything arrive that is due by now; every request and every open stream does so too."""
        while True:
            with self.lock:
                if not self._coming or self._coming[0].due > self.now():
                    return
                arrival = heapq.heappop(self._coming)
            federation.arrive(self, arrival)
