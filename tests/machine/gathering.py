"""A chat that people answer on a server that shows posts late and in pieces, and a collector that dies while it reads.

Every version of every post carries a word of its own, so that the whole database can be searched for what must not be
there. In the end the store is held to what the server shows: each post once, its newest words, in its place.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from chatbot.core.model import Post, Visibility, Word
from chatbot.core.value import replace
from chatbot.platforms.errors import PlatformError, Unavailable
from chatbot.platforms.port import Deleted, Event, Posted, PostRef
from chatbot.stages import keep
from chatbot.store import tables
from tests.fakes import FakePlatform, FixedClock, person
from tests.machine.computer import Computer, Killed, MortalStore
from tests.people import STARTS
from tests.stages.gardens import CHAT, Garden

PEOPLE = ("ana@b.test", "ben@b.test", "cleo@c.test", "dora@d.test", "emil@a.test")
ROUTES = ("tag_timeline", "thread", "mentions")
SEEN = (Visibility.PUBLIC, Visibility.UNLISTED)
TAG = "#GardenChat"


class Views(FakePlatform):
    """A server that shows a post by one route and not yet by another, breaks off, and knows some posts only later."""

    def __init__(self, computer: Computer) -> None:
        super().__init__(computer.time)
        self.computer = computer
        self.hidden: set[tuple[str, str]] = set()  # a route and a post's id
        self.breaks_after: dict[str, int] = {}  # how many posts a route shows before it fails, once

    def tag_timeline(self, tag: str, back_to: Any) -> Iterator[Post]:
        return self._shown("tag_timeline", super().tag_timeline(tag, back_to))

    def thread(self, ref: PostRef) -> Iterator[Post]:
        return self._shown("thread", super().thread(ref))

    def mentions(self, back_to: Any) -> Iterator[Post]:
        return self._shown("mentions", super().mentions(back_to))

    def _shown(self, route: str, shown: Iterator[Post]) -> Iterator[Post]:
        self.computer.touch()
        left = self.breaks_after.pop(route, None)
        for post in shown:
            if (route, post.local_id) in self.hidden:
                continue
            if left == 0:
                raise Unavailable("503")
            left = None if left is None else left - 1
            self.computer.touch()
            yield post


class Gathering:
    """The world of one chat that is collected."""

    def __init__(self, folder: Path) -> None:
        self.computer = Computer(FixedClock(STARTS))
        self.server = Views(self.computer)
        self.store = MortalStore("sqlite:///:memory:")
        tables.metadata.create_all(self.store.engine)
        self.people = {name: person(f"@{name}") for name in PEOPLE}
        self.garden = Garden(self.store, self.computer.time, self.server, folder)
        self.garden.clock = self.computer.wall  # type: ignore[assignment]
        self.garden.restarted()
        self.garden.collect()
        self.store.computer = self.computer
        self.words = itertools.count(100)
        self.versions: dict[str, list[str]] = {}  # by uri: the words of each version
        self.all: dict[str, Post] = {}  # by uri: what was ever posted, as it is now
        self.abroad: list[Post] = []  # not yet known to our server
        self.pushes: list[Posted] = []
        self.refusing: set[str] = set()
        self.deleted: set[str] = set()
        self.unsaid: list[str] = []

    # people

    def post(
        self, who: str, under: int | None, *, tagged: bool, seen: Visibility, mentions: bool, abroad: bool
    ) -> Post:
        """Let somebody post, under a question, another post or nothing; `abroad` posts come to our server later."""
        parents = [*self.garden.questions, *self.all.values()]
        parent = None if under is None else parents[under % len(parents)]
        word = f"word{next(self.words)}"
        text = " ".join([f"A1 {word}", *(["@gardenbot@a.test"] if mentions else []), *([TAG] if tagged else [])])
        made = self.server.post(self.people[who], text, reply_to=parent, visibility=seen)
        self.versions[made.uri] = [word]
        self.all[made.uri] = made
        if abroad and not who.endswith("a.test"):
            del self.server.posts[made.local_id]
            self.abroad.append(made)
        else:
            self._count(made, 1)
        self.computer.pass_by(7)
        return made

    def arrive(self, which: int) -> None:
        """Let our server learn of a post that was made elsewhere a while ago."""
        if self.abroad:
            late = self.abroad.pop(which % len(self.abroad))
            now = self.all[late.uri]
            self.server.posts[late.local_id] = now
            self._count(now, 1)

    def edit(self, which: int, *, retag: bool) -> None:
        post = self._pick(which)
        if post is None:
            return
        self.computer.pass_by(3)
        word = f"word{next(self.words)}"
        had = "gardenchat" in post.hashtags
        tagged = had != retag
        mention = "@gardenbot@a.test " if post.mentions else ""
        text = f"A1 {word} {mention}{TAG if tagged else ''}".strip()
        span = replace(post.spans[0], text=text)
        tags = ("gardenchat",) if tagged else ()
        self.versions[post.uri].append(word)
        self._put(replace(post, spans=(span,), hashtags=tags, edited_at=self.computer.time()))

    def delete(self, which: int) -> None:
        post = self._pick(which)
        if post is not None and len(self.deleted) < 2:
            self.deleted.add(post.uri)
            del self.all[post.uri]
            self.abroad = [one for one in self.abroad if one.uri != post.uri]
            if self.server.posts.pop(post.local_id, None) is not None:
                self._count(post, -1)

    def refuse(self, who: str, *, by_bio: bool) -> None:
        """Let a person say no: by a word to the bot, or in the bio, which is read with their next post."""
        if by_bio:
            self.people[who] = replace(self.people[who], bio="Plants. #nobot")
            for uri, post in list(self.all.items()):
                if post.author.uri == self.people[who].uri:
                    self._put(replace(post, author=self.people[who]))
                    self.all[uri] = replace(post, author=self.people[who])
        else:
            keeps, self.store.computer = self.store.computer, None
            keep.say(self.store, self.garden.config, self.people[who], Word.STOP, self.computer.wall())
            self.store.computer = keeps
        self.refusing.add(self.people[who].uri)

    def _pick(self, which: int) -> Post | None:
        posts = list(self.all.values())
        return posts[which % len(posts)] if posts else None

    def _put(self, post: Post) -> None:
        self.all[post.uri] = post
        if post.local_id in self.server.posts:
            self.server.posts[post.local_id] = replace(post, replies=self.server.posts[post.local_id].replies)

    def _count(self, post: Post, by: int) -> None:
        parent = self.server.posts.get(post.parent_local_id or "")
        if parent is not None:
            self.server.posts[parent.local_id] = replace(parent, replies=max(parent.replies + by, 0))
            if parent.uri in self.all:
                self.all[parent.uri] = self.server.posts[parent.local_id]

    # the server

    def hide(self, route: str, which: int) -> None:
        posts = list(self.server.posts)
        self.server.hidden.add((route, posts[which % len(posts)]))

    def remember_for_the_stream(self, which: int) -> None:
        """Let the stream hold what a post is now; it may be told much later."""
        post = self._pick(which)
        if post is not None and post.local_id in self.server.posts:
            at_us = any(one.handle == self.server.account.handle for one in post.mentions)
            self.pushes.append(Posted(self.server.posts[post.local_id], mentions_us=at_us))

    # the collector

    def collect(self) -> None:
        self._do(self.garden.collect)

    def look_again(self) -> None:
        self._do(lambda: self.garden.collector.verify(CHAT))

    def push(self, count: int) -> None:
        """Let the stream tell what it held, and of the posts that were deleted."""
        told: Sequence[Event] = [*self.pushes[:count], *(Deleted(uri.rsplit("/", 1)[1]) for uri in self.unsaid)]
        self.pushes = self.pushes[count:]
        self._do(lambda: self.garden.collector.arrived(self.server.name, [CHAT], told))

    def _do(self, what: Any) -> None:
        try:
            what()
        except Killed:
            self.garden.restarted()
        except PlatformError:
            pass
        self.only_what_may_be_kept()

    # what must hold

    def only_what_may_be_kept(self) -> None:
        stored = self.garden.stored().posts
        uris = [post.uri for post in stored]
        assert len(uris) == len(set(uris))
        assert not [post for post in stored if post.visibility not in SEEN]

    def come_to_rest(self) -> None:
        """Let everything arrive, and the collector read and look until it has had every chance."""
        self.computer.lives()
        self.server.hidden.clear()
        self.server.breaks_after.clear()
        while self.abroad:
            self.arrive(0)
        self.computer.set_clock()
        self.garden.restarted()
        for _ in range(4):
            self.computer.time.forward(minutes=17)
            self.collect()
            self.garden.collector.verify(CHAT)
        self.everything_is_there()
        self.nothing_else_is_there()

    def everything_is_there(self) -> None:
        stored = {post.uri: post for post in self.garden.stored().posts}
        wanted = self.wanted()
        lost = [post for uri, post in wanted.items() if uri not in stored]
        assert not lost, lost
        for uri, post in wanted.items():
            assert stored[uri].spans == post.spans, uri
            assert stored[uri].hashtags == post.hashtags, uri
            parent = self.server.posts.get(post.parent_local_id or "")
            if parent is not None and parent.uri in stored:  # one that was never seen is joined when it comes
                assert stored[uri].parent_uri == parent.uri, uri

    def wanted(self) -> dict[str, Post]:
        """Return what the server can show of the chat and its people allow, the bot's own posts left away."""
        there = [post for post in self.server.posts.values() if post.author.uri != self.server.account.uri]
        named = [post for post in there if any(one.handle == self.server.account.handle for one in post.mentions)]
        tagged = [post for post in there if "gardenchat" in post.hashtags and post.visibility is Visibility.PUBLIC]
        over = self.garden.chat.ends_at + self.garden.config.timing.past_the_end  # then a mere mention is no answer
        live = [post for post in named if post.at <= over]
        found = {post.uri: post for post in (*tagged, *live) if post.visibility in SEEN}
        below = [question.local_id for question in self.garden.questions]
        below += [post.local_id for post in found.values() if post.author.uri not in self.refusing]
        for local_id in below:
            shown = FakePlatform.thread(self.server, PostRef(self.server.server, local_id, "", ""))
            found.update((post.uri, post) for post in shown if post.visibility in SEEN)
        return {uri: post for uri, post in found.items() if post.author.uri not in self.refusing}

    def nothing_else_is_there(self) -> None:
        kept = {post.uri for post in self.garden.stored().posts}
        assert not kept & self.deleted
        with self.store.engine.connect() as conn:
            raw: Any = conn.connection.driver_connection
            everything = "\n".join(raw.iterdump())
        for uri, words in self.versions.items():
            post = self.all.get(uri)
            is_private = post is not None and post.visibility not in SEEN
            is_refused = post is not None and post.author.uri in self.refusing
            for word in words if is_private or is_refused or uri in self.deleted else words[:-1]:
                assert word not in everything, (uri, word)
