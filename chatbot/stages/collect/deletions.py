"""Heeds what a server says of deletions: at once, unless many people's posts go together.

A server that cuts another off says of all its posts that they were deleted, one after the other. What goes in such a
burst is taken out of the pages and left to be looked at again, which knows a crowd (`looks`); nothing of it is erased.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from chatbot.core.privacy import vanishing
from chatbot.core.timing import Timing
from chatbot.stages.collect import times
from chatbot.store import erasing, posts
from chatbot.store.engine import Connection, Store
from chatbot.store.posts import Seen

log = logging.getLogger("chatbot.collect")


@dataclass(slots=True)
class Deletions:
    """What servers said was deleted within the last while, by server and chat: when, and by whom it was."""

    store: Store
    timing: Timing
    clock: Callable[[], datetime]
    _told: dict[tuple[str, str], list[tuple[datetime, str]]] = field(default_factory=lambda: defaultdict(list))

    def heed(self, account: str, server: str, local_id: str) -> bool:
        """Leave a tombstone where a post was, or have it looked at again; False when no such post is known."""
        now = self.clock()
        with self.store.write() as conn:
            uri = posts.uri_seen(conn, server, local_id)
            if uri is None:
                return False
            known = [(chat, one) for chat in posts.chats_of(conn, uri) if (one := _seen(conn, chat, server, uri))]
            bursts = [self._is_burst(server, chat, one, now) for chat, one in known]  # each is to be remembered
            if any(bursts):
                posts.mark_missed(conn, [uri], now)
                for chat, _one in known:
                    times.owe_look(conn, chat, now)
                buried = 0
            else:
                buried = erasing.bury(conn, posts.ids_of(conn, [uri]), erasing.DELETED, now)
        if buried:
            erasing.clear_journal(self.store)
        for chat in [chat for chat, _one in known] or ("",):
            log.info("post deleted" if buried else "deletion doubted", extra={"chat": chat or None, "account": account})
        return True

    def _is_burst(self, server: str, chat: str, one: Seen, now: datetime) -> bool:
        """Remember a deletion, and say whether it is one of many by several people."""
        since = now - self.timing.doubted_every
        told = [*(said for said in self._told[server, chat] if said[0] > since), (now, one.author_uri)]
        self._told[server, chat] = told
        return vanishing.is_burst([author for _at, author in told], one.author_uri)


def _seen(conn: Connection, chat: str, server: str, uri: str) -> Seen | None:
    return next((one for one in posts.to_verify(conn, chat, server) if one.uri == uri), None)
