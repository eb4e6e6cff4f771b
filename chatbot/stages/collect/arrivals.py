"""What a stream pushes becomes rows at once, through the same door as everything that is read.

1. a post that mentions us or replies to us is heard first, as when it is read; the table `heard` lets each be obeyed
   once
2. posts are saved together, as many as came together, in the chats to which they belong
3. a deletion leaves a tombstone, in its place among the posts
4. what could not be understood, or came before a chat was read once, wakes its chat: reading tells the rest

A stored post wakes nobody: chats are read every half minute all the same, and requests are counted by servers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial

from chatbot.core import text
from chatbot.core.model import Post, Visibility
from chatbot.core.plan import Chat
from chatbot.core.timing import Timing
from chatbot.platforms.port import Deleted, Event, Platform, Posted
from chatbot.stages.collect import routes
from chatbot.stages.collect.intake import Intake
from chatbot.store import cursors, posts
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Store

log = logging.getLogger("chatbot.collect")

STREAM = "stream"


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The way of one stream's events into the chats that are going on; the callables are the collector's."""

    store: Store
    timing: Timing
    clock: Callable[[], datetime]
    platform: Platform
    chats: Sequence[StoredChat]
    own_ids: Callable[[str], frozenset[str]]  # of our posts in a chat
    intake: Callable[[StoredChat], Intake]
    hear: Callable[[Post], None]
    bury: Callable[[str], None]

    def take(self, events: Iterable[Event]) -> tuple[posts.Saved, bool]:
        """Take events in their order; returns what was saved, and whether anything is left for reading to tell."""
        saved, untold, waiting = posts.Saved(), False, list[Posted]()
        own_ids = cache(self.own_ids)
        for event in events:
            if isinstance(event, Posted):
                if event.mentions_us or self._replies_to_us(event.post, own_ids):
                    self.hear(event.post)
                waiting.append(event)
                continue
            saved, waiting = saved + self._save(waiting, own_ids), []
            if isinstance(event, Deleted):
                self.bury(event.local_id)
            else:
                untold = True
        return saved + self._save(waiting, own_ids), untold

    def _replies_to_us(self, post: Post, own_ids: Callable[[str], frozenset[str]]) -> bool:
        parent = post.parent_local_id
        return parent is not None and any(parent in own_ids(stored.chat.id) for stored in self.chats)

    def _save(self, arrived: Sequence[Posted], own_ids: Callable[[str], frozenset[str]]) -> posts.Saved:
        saved = posts.Saved()
        for stored in self.chats if arrived else ():
            ids = partial(own_ids, stored.chat.id)
            theirs = [one.post for one in arrived if self._belongs(one, stored.chat, ids)]
            if theirs:
                saved += self._save_to(stored, theirs)
        return saved

    def _save_to(self, stored: StoredChat, theirs: Sequence[Post]) -> posts.Saved:
        saved, chat = self.intake(stored).take(theirs, STREAM), stored.chat.id
        with self.store.write(durable=False) as conn:
            cursors.note(conn, chat, self.platform.name, STREAM, self.clock())
        log.info("arrived", extra={"chat": chat, "new": saved.new, "edited": saved.edited, "empty": saved.empty})
        return saved

    def _belongs(self, one: Posted, chat: Chat, own_ids: Callable[[], frozenset[str]]) -> bool:
        """Say whether a post is part of a chat, as the routes would that read it; so is one that is there already."""
        post, now = one.post, self.clock()
        if routes.is_in_time(post, chat, self.timing, now):
            tagged = not {text.normalise_tag(tag) for tag in chat.hashtags}.isdisjoint(post.hashtags)
            if (tagged and post.visibility is Visibility.PUBLIC) or post.parent_local_id in own_ids():
                return True
            if one.mentions_us and routes.belongs(post, chat, own_ids(), self.timing, now):
                return True
        with self.store.read() as conn:
            return chat.id in posts.chats_of(conn, post.uri)
