"""Asks our own server to fetch posts that another one showed, a few at a time, and remembers what it could not.

What our server knows counts, whatever was told: of a post that it shows under another address or to few, or whose
author blocks the bot, hearsay is not believed. Of a person it could not be asked about yet, hearsay waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chatbot.core.model import Author, Post
from chatbot.core.timing import Timing
from chatbot.platforms.errors import PlatformError, Rejected
from chatbot.platforms.port import Blocking, Platform, Resolving
from chatbot.store.ingest import KEPT

POSTS_AT_ONCE, PEOPLE_AT_ONCE = 5, 10  # that our server is asked for at one visit; a fetch takes it seconds


@dataclass(frozen=True, slots=True)
class Fetched:
    """What our server fetched, and the addresses of which hearsay is not to be taken, for now or for good."""

    posts: tuple[Post, ...] = ()
    denied: frozenset[str] = frozenset()


@dataclass(slots=True)
class Fetching:
    """What one of our servers was asked for, for one chat.

    How often it was asked in vain and when it is again, what it denies, and who blocks the bot.
    """

    home: Platform
    timing: Timing
    clock: Callable[[], datetime]
    _tries: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    _denied: set[str] = field(default_factory=set)
    _blocks: dict[str, tuple[bool, datetime]] = field(default_factory=dict)
    _posts_left: int = 0
    _people_left: int = 0

    def begin(self) -> None:
        """Begin a visit, with as much as may be asked for at once."""
        self._posts_left, self._people_left = POSTS_AT_ONCE, PEOPLE_AT_ONCE

    def fetch(self, wanted: Mapping[str, Author]) -> Fetched:
        """Fetch posts by their addresses, as many as may be asked for; `wanted` names their authors."""
        found, denied = list[Post](), set[str]()
        for uri, author in wanted.items():
            post = self._fetched(uri)
            if post is not None:
                found.append(post)
            elif uri in self._denied or not self._may_be_told_of(author):
                denied.add(uri)
        return Fetched(tuple(found), frozenset(denied))

    def again(self, uris: Iterable[str]) -> list[Post]:
        """Fetch posts of which there is only hearsay so far, as many as may be asked for, when it is time again."""
        return [post for uri in sorted(uris) if (post := self._fetched(uri)) is not None]

    def _fetched(self, uri: str) -> Post | None:
        """Ask for one post, unless it was asked for not long ago, or enough was."""
        tries, again_at = self._tries.get(uri, (0, None))
        if self._posts_left <= 0 or uri in self._denied or (again_at is not None and self.clock() < again_at):
            return None
        self._posts_left -= 1
        try:
            post = self.home.resolve(uri) if isinstance(self.home, Resolving) else None
        except Rejected:
            post = None
        except PlatformError:
            self._posts_left = 0  # not the post's fault: it is asked for at the next visit
            return None
        if post is None:
            steps = self.timing.resolve_again
            self._tries[uri] = (tries + 1, self.clock() + steps[min(tries, len(steps) - 1)])
        elif post.uri != uri or post.visibility not in KEPT:
            self._denied.add(uri)
            return None
        return post

    def _may_be_told_of(self, author: Author) -> bool:
        """Say whether hearsay of a person may be taken: our server was asked whether they block the bot."""
        if not isinstance(self.home, Blocking):
            return True
        known = self._blocks.get(author.uri)
        if known is not None and self.clock() < known[1]:
            return not known[0]
        if self._people_left <= 0:
            return False
        self._people_left -= 1
        try:
            blocks = self.home.is_blocked_by(author.handle)
        except Rejected:
            blocks = False  # our server knows nothing of them
        except PlatformError:
            self._people_left = 0
            return False
        self._blocks[author.uri] = (blocks, self.clock() + self.timing.vantage_every_late)
        return not blocks
