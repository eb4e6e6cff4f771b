"""The memory of a server: who is there, what was posted, what is gone, what was asked; safe for many threads."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from tests.servers.messages import Request
from tests.servers.truth import Member, Post

if TYPE_CHECKING:
    from tests.servers.ids import IdScheme


class Ledger:
    """What is so on a server. Everything it gives out is a copy that nobody changes any more."""

    def __init__(self, ids: IdScheme) -> None:
        self.ids = ids
        self.lock = threading.RLock()
        self.silenced: set[Member] = set()
        self._numbers = itertools.count(1)
        self._members: dict[str, Member] = {}
        self._ids: dict[Member, str] = {}
        self._posts: dict[str, Post] = {}
        self._by_uri: dict[str, str] = {}
        self._gone: list[Post] = []
        self._favours: dict[str, set[Member]] = {}
        self._requests: list[Request] = []

    def number(self) -> int:
        """Return the next number; requests, ids and notifications share them."""
        return next(self._numbers)

    def new_id(self, at: datetime) -> str:
        return self.ids.make(at, self.number())

    # people

    def members(self) -> tuple[Member, ...]:
        """Everybody with an account here."""
        with self.lock:
            return tuple(self._members.values())

    def with_token(self, token: str) -> Member | None:
        return next((member for member in self.members() if member.token == token), None)

    def with_id(self, account_id: str) -> Member | None:
        """Return who is known here by an id, of whatever server."""
        with self.lock:
            return next((member for member, known in self._ids.items() if known == account_id), None)

    # posts

    @property
    def posts(self) -> tuple[Post, ...]:
        """All posts that are here now, in the order they came."""
        with self.lock:
            return tuple(self._posts.values())

    def posts_of(self, member: Member) -> tuple[Post, ...]:
        """Somebody's posts that are here now, in the order they came."""
        return tuple(post for post in self.posts if post.author is member)

    @property
    def deleted(self) -> tuple[Post, ...]:
        """All posts that were here and are gone, in the order they went."""
        with self.lock:
            return tuple(self._gone)

    def post(self, local_id: str) -> Post | None:
        with self.lock:
            return self._posts.get(local_id)

    def by_uri(self, uri: str | None) -> Post | None:
        with self.lock:
            return self._posts.get(self._by_uri.get(uri or "", ""))

    def replies(self, post: Post) -> list[Post]:
        return [reply for reply in self.posts if reply.parent_uri == post.uri]

    def favourers(self, post: Post) -> set[Member]:
        with self.lock:
            return set(self._favours.get(post.uri, ()))

    def keep(self, post: Post) -> None:
        """Keep a post, in the place of an older version of it."""
        with self.lock:
            self._posts[post.local_id] = post
            self._by_uri[post.uri] = post.local_id

    def lose(self, post: Post, at: datetime) -> None:
        with self.lock:
            self._posts.pop(post.local_id, None)
            self._by_uri.pop(post.uri, None)
            self._gone.append(replace(post, gone_at=at))

    # requests

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests so far."""
        with self.lock:
            return tuple(self._requests)

    def note(self, request: Request) -> None:
        with self.lock:
            self._requests.append(request)
