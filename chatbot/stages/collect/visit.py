"""One visit to another server, for one chat: what it shows is read, fetched by our own server, or taken as told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from chatbot.core import text
from chatbot.core.model import Post
from chatbot.core.nights import visits
from chatbot.core.nights.cadence import Reading
from chatbot.core.nights.visits import Asked, Branch
from chatbot.core.privacy import consent, hearsay
from chatbot.core.timing import Timing
from chatbot.platforms.errors import NotFound, NotShown, PlatformError, RateLimited
from chatbot.platforms.port import PostRef, Vantage
from chatbot.stages.collect import routes
from chatbot.stages.collect.fetching import Fetching
from chatbot.stages.collect.intake import Intake
from chatbot.store import forgetfile, outbox, posts, sightings
from chatbot.store.engine import Store
from chatbot.store.ingest import KEPT
from chatbot.store.posts import Seen

PORTION = 40  # posts that are taken in at once


@dataclass(slots=True)
class Known:
    """What is remembered of one chat on one server.

    When it was read, what our own server was asked to fetch, threads asked for, and replies counted there.
    """

    fetching: Fetching
    read: Reading = field(default_factory=Reading)
    asked: dict[str, Asked] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Visit:
    """A visit; `ours` are the hosts of our own servers. `saved` is what it brought, also when it breaks off."""

    store: Store
    vantage: Vantage
    intake: Intake
    ours: Set[str]
    known: Known
    timing: Timing
    clock: Callable[[], datetime]
    saved: posts.Saved = field(default_factory=posts.Saved)

    def read(self, back_to: datetime) -> str | None:
        """Read the hashtags back to an instant, some threads, and try again what could not be fetched before.

        Returns why one of them was not read; the others are. Raises when it is the server: when no hashtag could be
        read, or when it asks for a pause.
        """
        self.known.fetching.begin()
        tags = [text.normalise_tag(tag) for tag in self.intake.chat.hashtags]
        failed = _tried(partial(self._read_tag, tag, back_to) for tag in tags)
        if failed and len(failed) == len(tags):
            raise failed[0]
        failed += _tried(partial(self._read_below, branch) for branch in self._due_threads())
        with self.store.read() as conn:
            told = sightings.only_hearsay(conn, self.intake.chat.id)
        self._take(self.known.fetching.again(told))
        return str(failed[0]) if failed else None

    def _read_tag(self, tag: str, back_to: datetime) -> None:
        shown = self.vantage.tag_timeline(tag, back_to)
        self._take_all(post for post in shown if not post.is_repost and tag in post.hashtags)

    # threads

    def _due_threads(self) -> list[Branch]:
        with self.store.read() as conn:
            seen = posts.to_verify(conn, self.intake.chat.id, self.vantage.server)
            ours = {row.uri for row in outbox.of_chat(conn, self.intake.chat.id) if row.uri and not row.recipient}
        branches = map(self._branch, seen)
        return visits.due_threads(branches, ours, self.known.asked, self.clock(), self.timing)

    def _branch(self, seen: Seen) -> Branch:
        counted = self.known.counted.get(seen.local_id, 0)
        return Branch(seen.local_id, seen.uri, max(counted, seen.replies), seen.children)

    def _read_below(self, branch: Branch) -> None:
        at = self.clock()
        with suppress(NotFound, NotShown):  # it is gone there, or was never for us
            self._take_all(self.vantage.thread(PostRef(self.vantage.server, branch.local_id, branch.uri, branch.uri)))
        self.known.asked[branch.local_id] = Asked(at, branch.replies)

    # taking in

    def _take_all(self, shown: Iterable[Post]) -> None:
        """Take in what a server shows, in portions; what came before a failure is kept."""
        portion = list[Post]()
        try:
            for post in self._readable(shown):
                portion.append(post)
                if len(portion) == PORTION:
                    self._take_in(portion)
                    portion = []
        except PlatformError:
            self._take_in(portion)
            raise
        self._take_in(portion)

    def _readable(self, shown: Iterable[Post]) -> Iterator[Post]:
        for post in shown:
            if post.visibility in KEPT and routes.is_early_enough(post, self.intake.chat, self.clock()):
                self.known.counted[post.local_id] = post.replies
                yield post

    def _take_in(self, seen: list[Post]) -> None:
        """Let our server fetch what is new, store it, and then what was told; all is noted under its id there."""
        if not seen:
            return
        with self.store.read() as conn:
            new = sightings.unknown(conn, {post.uri for post in seen}, forgetfile.secret(self.intake.state))
        wanted = {post.uri: post.author for post in seen if post.uri in new and not _says_no(post)}
        fetched = self.known.fetching.fetch(wanted)
        self._take(fetched.posts)
        told = new - {post.uri for post in fetched.posts}
        self._take(post for post in seen if post.uri not in told or self._is_credible(post, fetched.denied))

    def _is_credible(self, post: Post, denied: Set[str]) -> bool:
        steering = self.intake.hosts | self.intake.bots
        return post.uri not in denied and hearsay.is_plausible(post, self.ours, steering)

    def _take(self, seen: Iterable[Post]) -> None:
        self.saved += self.intake.take(list(seen), hearsay.route_of(self.vantage.server))


def _tried(readings: Iterable[Callable[[], None]]) -> list[PlatformError]:
    """Do all of these, whichever fails alone; returns what went wrong."""
    failed = []
    for read in readings:
        try:
            read()
        except RateLimited:
            raise
        except PlatformError as error:
            failed.append(error)
    return failed


def _says_no(post: Post) -> bool:
    """Say whether the author wants no bots: then nobody is sent to fetch what will not be kept."""
    return bool(consent.words_in_bio(post.author.bio))
