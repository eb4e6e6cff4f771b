"""Looks again at every stored post of a chat: is it there, is it still the same?

A post is gone when it was not there at two looks some minutes apart; 401, 403, 5xx and no answer mean nothing. One
look that misses many posts of several people at once is taken for trouble with the server, and then nothing is
marked: a whole chat does not vanish in a minute. What is still so after a day is believed.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chatbot.core.model import Post
from chatbot.core.timing import Timing
from chatbot.platforms.port import Found, Gone, Platform, PlatformError, PostRef
from chatbot.stages.collect.intake import Intake
from chatbot.store import chats, erasing, posts
from chatbot.store.engine import Store
from chatbot.store.ingest import KEPT
from chatbot.store.posts import Seen

log = logging.getLogger("chatbot.collect")

MANY, SHARE, PEOPLE = 5, 1 / 3, 3  # more than so many, than this part of all, and of at least so many people


@dataclass(frozen=True, slots=True)
class Verified:
    """What looking again brought: posts there, missed for the first time, gone for good, and not answered for.

    `doubtful` are posts that vanished with too many others to be believed.
    """

    found: int = 0
    missed: int = 0
    gone: int = 0
    unsure: int = 0
    doubtful: int = 0

    def __add__(self, other: Verified) -> Verified:
        """Add up two looks."""
        return Verified(
            self.found + other.found,
            self.missed + other.missed,
            self.gone + other.gone,
            self.unsure + other.unsure,
            self.doubtful + other.doubtful,
        )


def look_again(store: Store, platform: Platform, intake: Intake, timing: Timing, now: datetime) -> Verified:
    """Look at every post of a chat that this server can be asked about, and write down what is found."""
    with store.read() as conn:
        seen = posts.to_verify(conn, intake.chat.id, platform.server)
    there, missing, unsure = _look(platform, seen)
    intake.take(there, "look")
    known = {post.uri for post in there}
    with store.write(durable=False) as conn:
        posts.mark_found(conn, known, now)
    doubtful = _is_doubtful(seen, [one for one in missing if one.missed_at is None])
    with store.read() as conn:
        since = chats.doubted_since(conn, intake.chat.id)
    if since is not None and (not doubtful or now - since >= timing.believed_after):
        with store.write() as conn:
            chats.audit(conn, now, "verify-believed" if doubtful else "verify-fine", chat=intake.chat.id)
    elif doubtful:
        with store.write() as conn:
            chats.audit(conn, now, "verify-doubtful", chat=intake.chat.id, detail=f"{len(missing)} of {len(seen)}")
        log.warning("many posts vanished at once", extra={"chat": intake.chat.id, "posts": len(missing)})
        return Verified(len(there), unsure=unsure, doubtful=len(missing))
    gone = _write_missing(store, missing, timing, now)
    return Verified(len(there), len(missing) - gone, gone, unsure)


def _look(platform: Platform, seen: Sequence[Seen]) -> tuple[list[Post], list[Seen], int]:
    """Return posts that are there, those that are not, and how many nobody answered for."""
    there, missing, unsure = [], [], 0
    size = max(platform.limits.look_up_at_once, 1)
    for start in range(0, len(seen), size):
        portion = seen[start : start + size]
        try:
            looks = platform.look_up([PostRef(one.server, one.local_id, one.uri, one.url) for one in portion])
        except PlatformError:
            unsure += len(portion)
            continue
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


def _is_doubtful(seen: Sequence[Seen], missing: Sequence[Seen]) -> bool:
    people = {one.author_uri for one in missing}
    return len(missing) > MANY and len(missing) > len(seen) * SHARE and len(people) >= PEOPLE


def _write_missing(store: Store, missing: Sequence[Seen], timing: Timing, now: datetime) -> int:
    """Note posts that were not there; bury those that were already missed long enough ago. Return how many."""
    confirmed = [one.uri for one in missing if one.missed_at and now - one.missed_at >= timing.gone_confirmed_after]
    with store.write() as conn:
        posts.mark_missed(conn, [one.uri for one in missing], now)
        return erasing.bury(conn, posts.ids_of(conn, confirmed), erasing.DELETED, now)
