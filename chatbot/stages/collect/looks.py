"""Looks again at stored posts of a chat: are they there, are they still the same?

1. The server is asked for them, many at once; 401, 403, 5xx and no answer mean nothing.
2. What was not there is weighed: a crowd that vanished is doubted, and nothing of it is touched (`vanishing`).
3. The rest leaves the pages at once, and is buried when it was not there at two looks some minutes apart.
4. Servers throw away old posts of others by themselves: before a post from elsewhere is buried, and before a crowd is
   doubted, it is asked for by its address. While nobody answers for one, it is not buried, until a week has passed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from chatbot.core.model import Post
from chatbot.core.privacy import vanishing
from chatbot.core.privacy.vanishing import Weighed
from chatbot.core.timing import Timing
from chatbot.platforms.errors import NoAnswer, PlatformError
from chatbot.platforms.port import Found, Gone, Platform, PostRef, Resolving, is_silent
from chatbot.stages.collect.intake import Intake
from chatbot.store import chats, doubts, erasing, posts
from chatbot.store.engine import Store
from chatbot.store.ingest import KEPT
from chatbot.store.posts import Seen

log = logging.getLogger("chatbot.collect")

BY_ADDRESS = 20  # posts that one look asks for by their address
SILENT = 2  # servers for whose posts nobody answers, and no others are asked for by their address
AT_ONCE = 200  # posts that a look in the background asks for: some servers have to be asked for each


@dataclass(frozen=True, slots=True)
class Verified:
    """What looking again brought: posts there, not there (to be confirmed), gone for good, and not answered for.

    `doubtful` are posts that vanished with too many others to be believed; `kept` left the pages in a crowd, or nobody
    answers for their address, and are not erased yet; `left` are to be looked at soon and were not this time.
    """

    found: int = 0
    missed: int = 0
    gone: int = 0
    unsure: int = 0
    doubtful: int = 0
    kept: int = 0
    left: int = 0

    def __add__(self, other: Verified) -> Verified:
        """Add up two looks."""
        return Verified(
            self.found + other.found,
            self.missed + other.missed,
            self.gone + other.gone,
            self.unsure + other.unsure,
            self.doubtful + other.doubtful,
            self.kept + other.kept,
            self.left + other.left,
        )

    @property
    def is_answered(self) -> bool:
        """Whether the servers could be asked: a post or two that nobody answers for do not matter."""
        return 2 * self.unsure <= self.found + self.missed + self.gone + self.doubtful + self.kept + self.unsure


@dataclass(frozen=True, slots=True)
class Scope:
    """Which posts are looked at: all, or those that were missed; and how many at most."""

    only_missed: bool = False
    most: int | None = None


EVERYTHING = Scope()


def look_again(
    store: Store,
    platform: Platform,
    chat_id: str,
    intake: Callable[[], Intake],
    timing: Timing,
    now: datetime,
    scope: Scope = EVERYTHING,
) -> Verified:
    """Look at posts of a chat that this server can be asked about, and write down what is found."""
    with store.read() as conn:
        stored = posts.to_verify(conn, chat_id, platform.server)
    if not stored:
        return Verified()  # of an imported chat no server is asked anything
    return _Look(store, platform, intake(), timing, now).look(stored, scope)


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at one chat on one server."""

    store: Store
    platform: Platform
    intake: Intake
    timing: Timing
    now: datetime

    def look(self, stored: Sequence[Seen], scope: Scope) -> Verified:
        wanted = [one for one in stored if one.missed_at is not None] if scope.only_missed else stored
        seen = wanted[: scope.most]
        there, missing, unsure = self._ask(seen)
        self._keep(there)
        among = stored if scope.only_missed else seen
        away = self._without_moved(missing, there)
        missing = self._without_fetched(among, away)
        weighed = self._weigh(among, missing, is_complete=len(seen) == len(stored) and not unsure)
        doubted = [one for one in missing if weighed.doubts(one.author_uri)]
        self._show_again(doubted)
        missed, gone, kept = self._write([one for one in missing if not weighed.doubts(one.author_uri)])
        found = len(there) + len(away) - len(missing)
        left = 0 if scope.only_missed else sum(self._is_owed(one) for one in wanted[len(seen) :])
        return Verified(found, missed, gone, unsure, len(doubted), kept, left)

    def _is_owed(self, one: Seen) -> bool:
        """Say whether a post that was left for another look was not looked at lately: then that is soon."""
        return one.verified_at is None or self.now - one.verified_at >= min(self.timing.verify_every) / 2

    def _ask(self, seen: Sequence[Seen]) -> tuple[list[Post], list[Seen], int]:
        """Return posts that are there, those that are not, and how many nobody answered for.

        A server that says nothing at all is asked no further: others wait for this thread.
        """
        there, missing, unsure = list[Post](), list[Seen](), 0
        try:
            size = max(self.platform.limits.look_up_at_once, 1)
        except PlatformError:
            return [], [], len(seen)
        for start in range(0, len(seen), size):
            portion = seen[start : start + size]
            try:
                looks = self.platform.look_up([PostRef(one.server, one.local_id, one.uri, one.url) for one in portion])
            except NoAnswer:
                return there, missing, unsure + len(seen) - start
            except PlatformError:
                unsure += len(portion)
                continue
            if is_silent(looks.values()):
                return there, missing, unsure + len(seen) - start
            for one in portion:
                look = looks.get(one.local_id)
                is_there = isinstance(look, Found) and look.post.uri == one.uri
                if isinstance(look, Found) and is_there and look.post.visibility in KEPT:
                    there.append(look.post)
                elif is_there or isinstance(look, Gone):  # what only few may read by now is gone for everybody else
                    missing.append(one)
                else:
                    unsure += 1
        return there, missing, unsure

    def _keep(self, there: Sequence[Post]) -> None:
        """Store posts as they are now."""
        self.intake.take(there, "look")
        with self.store.write(durable=False) as conn:
            posts.mark_found(conn, {post.uri for post in there}, self.now)

    def _without_moved(self, missing: Sequence[Seen], there: Iterable[Post]) -> list[Seen]:
        """Leave away what the server knows by another id now, and forget the old id."""
        found = {post.uri for post in there}
        moved = [one.local_id for one in missing if one.uri in found]
        if moved:
            with self.store.write(durable=False) as conn:
                posts.move(conn, self.platform.server, moved)
        return [one for one in missing if one.uri not in found]

    def _without_fetched(self, among: Sequence[Seen], missing: Sequence[Seen]) -> list[Seen]:
        """Leave away posts of a crowd that the server threw away and fetches again: some are asked for each time."""
        crowds = self._crowds(among, missing).keys()
        crowd = [one for one in missing if crowds & {vanishing.WHOLE, vanishing.home_of(one.author_uri)}]
        back, _silent = self._by_address(_some_of(crowd, self.now))
        return [one for one in missing if one.uri not in back]

    def _crowds(self, among: Sequence[Seen], missing: Sequence[Seen]) -> Mapping[str, int]:
        """Return where posts vanished together within the hour, and how many."""
        lately = self.now - self.timing.doubted_every
        fresh = [one.author_uri for one in missing if one.missed_at is None or one.missed_at > lately]
        return vanishing.crowds([one.author_uri for one in among], fresh)

    def _weigh(self, among: Sequence[Seen], missing: Sequence[Seen], *, is_complete: bool) -> Weighed:
        """Find out what vanished in a crowd, and write down since when."""
        chat, server, found = self.intake.chat.id, self.platform.server, self._crowds(among, missing)
        away = {one.author_uri for one in missing} if is_complete else None
        with self.store.write() as conn:
            known = doubts.of_view(conn, chat, server)
            weighed = vanishing.weigh(found, known, self.now, self.timing.believed_after, away)
            doubts.note(conn, chat, server, weighed, self.now)
            for crowd in sorted(weighed.new):
                of = vanishing.told(crowd, found[crowd], [one.author_uri for one in among])
                chats.audit(conn, self.now, "verify-doubtful", chat=chat, detail=of)
        if weighed.new:
            log.warning("many posts vanished", extra={"chat": chat, "posts": sum(found.values())})
        return weighed

    def _show_again(self, doubted: Sequence[Seen]) -> None:
        """Let what was missed first, and turned out to be one of a crowd, be shown as before."""
        hidden = [one.uri for one in doubted if one.missed_at is not None]
        if hidden:
            with self.store.write(durable=False) as conn:
                posts.mark_found(conn, hidden, self.now)

    def _write(self, missing: Sequence[Seen]) -> tuple[int, int, int]:
        """Take posts that were not there out of the pages; return how many are missed, gone for good, and kept.

        Gone for good is what was missed before, long enough ago, and is not at its own address either. Where nobody
        answers for that, it is kept as long as one of a crowd; a look that settles nothing leaves the rest to that too.
        """
        with self.store.read() as conn:
            known = doubts.of_view(conn, self.intake.chat.id, self.platform.server)
        sure = [
            one for one in missing if one.missed_at and self.now - one.missed_at >= self.timing.gone_confirmed_after
        ]
        kept = [one for one in sure if vanishing.is_kept(one.author_uri, known, self.now, self.timing.missing_kept)]
        due = _some_of([one for one in sure if one not in kept], self.now) or _some_of(kept, self.now)
        back, silent = self._by_address(due)
        silent -= {one.uri for one in due if one.missed_at and self.now - one.missed_at >= self.timing.missing_kept}
        gone = [one.uri for one in due if one not in kept and one.uri not in back | silent]
        with self.store.write() as conn:
            posts.mark_missed(conn, [one.uri for one in missing if one.uri not in back], self.now)
            buried = erasing.bury(conn, posts.ids_of(conn, gone), erasing.DELETED, self.now)
        if buried:
            erasing.clear_journal(self.store)
        still = {one.uri for one in (kept if gone or back else sure)} | silent
        kept = [one for one in sure if one.uri in still and one.uri not in back]
        return len(missing) - len(back) - buried - len(kept), buried, len(kept)

    def _by_address(self, missing: Sequence[Seen]) -> tuple[set[str], set[str]]:
        """Ask for posts from elsewhere by their address; return those that are there, and those nobody answered for.

        A server of theirs that makes ours wait in vain is waited for once.
        """
        there, silent, away, platform = [], set[str](), set[str](), self.platform
        for one in missing:
            home = vanishing.home_of(one.author_uri)
            if not isinstance(platform, Resolving) or home == platform.server.lower():
                continue
            if home in away or len(away) == SILENT:
                silent.add(one.uri)
                continue
            try:
                post = platform.resolve(one.uri)
            except PlatformError as error:
                silent.add(one.uri)
                away.update([home] if isinstance(error, NoAnswer) else ())
                continue
            if post is not None and post.uri == one.uri and post.visibility in KEPT:
                there.append(post)
        self._keep(there)
        known = {post.uri: post.local_id for post in there}
        self._without_moved([one for one in missing if known.get(one.uri) not in (None, one.local_id)], there)
        return set(known), silent


def _some_of(missing: Iterable[Seen], now: datetime) -> list[Seen]:
    """Return a few of many, others every hour, so that each has its turn."""
    hour = f"{now:%Y%m%d%H}"
    return sorted(missing, key=lambda one: blake2b(f"{hour} {one.uri}".encode(), digest_size=8).digest())[:BY_ADDRESS]
