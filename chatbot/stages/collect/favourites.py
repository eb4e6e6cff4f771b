"""Marks collected posts as favourites where a community wants it: people see that they were heard.

Servers also tell whoever marked a post of its edits and its deletion, so that ours hears of them (`platforms.md` A6).

1. only posts that are shown: of nobody who refuses, nothing that waits in the queue or was left out
2. only after a few minutes, so that a host may have decided otherwise, and some a minute, so that nobody is flooded
3. each once: marking twice does no harm, which is why this needs no outbox; one that cannot be marked waits behind
   the others, and is left alone after a few tries
4. a mark stays when somebody says `stop` later: it stands on the network, not in the archive, and taking it back would
   need their posts to be remembered
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chatbot.config import Config
from chatbot.core.errors import ChatbotError
from chatbot.core.model import Visibility
from chatbot.core.pages import sifting
from chatbot.platforms.errors import NotAllowed, NotSignedIn, OutcomeUnknown, PlatformError, Rejected
from chatbot.platforms.port import Favouring, Platform, PostRef
from chatbot.store import chats, cursors, favourites, forgetfile, posts, records
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Connection, Store

log = logging.getLogger("chatbot.collect")

AT_ONCE = 10  # marks an account sets a minute
TRIES = 3  # of one post, until the next start
_ROLES = ("answer", "talk", "also_said")


@dataclass(slots=True)
class Favours:
    """Marks posts on every account of the chats that are on or still collect answers."""

    store: Store
    platforms: Mapping[str, Platform]
    config: Config
    clock: Callable[[], datetime]
    _refused: set[str] = field(default_factory=set)  # accounts whose token does not allow it
    _tried: Counter[tuple[str, str]] = field(default_factory=Counter)  # account and post, of what could not be marked

    def mark(self) -> int:
        """Mark some of the posts that are to be marked; returns how many were."""
        marked: Counter[str] = Counter()
        for stored in self._wanting():
            for account in stored.series.accounts:
                if account not in self._refused and marked[account] < AT_ONCE:
                    marked[account] += self._mark_on(account, stored, AT_ONCE - marked[account])
        return marked.total()

    def _wanting(self) -> list[StoredChat]:
        """Return the open chats of communities that chose this."""
        now = self.clock()
        with self.store.read() as conn:
            ids = cursors.open_chats(conn, now, now)
            found = [chats.find(conn, id_) for id_ in ids]
        return [one for one in found if one is not None and one.chat.settings.favourite and now < one.chat.late_until]

    def _mark_on(self, account: str, stored: StoredChat, most: int) -> int:
        try:
            platform = self.platforms[account]
        except (ChatbotError, KeyError):
            return 0
        if not isinstance(platform, Favouring):
            return 0
        with self.store.read() as conn:
            due = self._in_turn(account, self._due(conn, stored, platform.server))[:most]
        count = 0
        for ref in due:
            try:
                platform.favourite(ref)
            except (NotAllowed, OutcomeUnknown) as error:
                self._tried[account, ref.uri] += 1
                log.info("favourite failed", extra={"chat": stored.chat.id, "account": account})
                if isinstance(error, NotAllowed):
                    continue
                break  # the server may be the one to blame, and each try may last
            except NotSignedIn as error:
                self._refused.add(account)
                told = {"chat": stored.chat.id, "account": account, "why": str(error)}
                log.warning("favourites not allowed", extra=told)
                break
            except Rejected:
                # gone, or not to be marked: not tried again
                log.info("favourite refused", extra={"chat": stored.chat.id, "account": account})
            except PlatformError:
                break
            with self.store.write(durable=False) as conn:
                favourites.note(conn, platform.server, ref.uri, self.clock())
            count += 1
        if count:
            log.info("favourites marked", extra={"chat": stored.chat.id, "account": account, "posts": count})
        return count

    def _in_turn(self, account: str, due: Iterable[PostRef]) -> list[PostRef]:
        """Return what is to be tried, what failed before behind all others."""
        left = [ref for ref in due if self._tried[account, ref.uri] < TRIES]
        return sorted(left, key=lambda ref: self._tried[account, ref.uri])

    def _due(self, conn: Connection, stored: StoredChat, server: str) -> Iterator[PostRef]:
        """Yield posts that are shown and not marked yet, the oldest first, as a server knows them."""
        marked = favourites.marked(conn, stored.chat.id, server)
        record = records.load(conn, stored.chat.id, forgetfile.read(self.config.state))
        spared = record.host_handles | record.bot_handles
        until = self.clock() - self.config.timing.favourite_after
        wanted = {
            uri
            for uri, item in sifting.sift(record).items()
            if item.fate == "shown" and item.placement.role in _ROLES and uri not in marked
            and item.post.at <= until and item.post.visibility is Visibility.PUBLIC
            and item.post.author.handle.lower() not in spared
        }  # fmt: skip
        seen = {one.uri: one for one in posts.to_verify(conn, stored.chat.id, server) if one.uri in wanted}
        for one in sorted(seen.values(), key=lambda one: (one.at, one.uri)):
            yield PostRef(one.server, one.local_id, one.uri, one.url)
