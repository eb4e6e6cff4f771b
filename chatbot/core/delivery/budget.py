"""A budget of requests over a sliding time, shared out so that nobody starves. Pure; the clock is an argument.

An account has two (`platforms.md` A5): what pages through lists, 300 in 15 minutes on Mastodon, and other readings,
which together with those stay below the 300 in 5 minutes of a token:

    PAGED, 20 a minute     our own posts 4 (what settles an outcome)   mentions 3   hashtag timelines 8   hosts' posts 2
    SINGLE, 30 a minute    threads 20   resolving what other servers showed 6

What a use has not spent of its share within the time is kept free for it; the rest goes to whoever comes first. So a
use waits for nobody before its share is spent, and never longer than the time after that: a walk back through a long
evening holds no mention up. A server asked without being at home there has a budget of its own, well below the 300
in 15 minutes that Mastodon allows to strangers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from chatbot.core.value import Value, field, replace

OWN, MENTIONS, TAGS, HOSTS = "own", "mentions", "tags", "hosts"
THREADS, RESOLVING = "threads", "resolving"
_MINUTE = timedelta(minutes=1)


class Budget(Value, frozen=True):
    """At most `most` within `within`; `shares` are kept free for each use, and leave at least one to any other.

    `spent` are the instants, in seconds of a monotonic clock, with what they were spent on, oldest first.
    """

    most: int = 20
    within: timedelta = _MINUTE
    shares: Mapping[str, int] = field(default_factory=dict)
    spent: tuple[tuple[float, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse shares that leave nothing to a use that has none."""
        if sum(self.shares.values()) >= max(self.most, 1):
            raise ValueError("the shares of a budget leave nothing to anybody else")

    def wait(self, now: float, use: str = "") -> float:
        """Return the seconds until a use may spend one more; 0 means now."""
        recent = self._recent(now)
        spent = Counter(spent_on for _, spent_on in recent)
        if self._has_room(spent, use):
            return 0.0
        for at, spent_on in recent:
            spent[spent_on] -= 1
            if self._has_room(spent, use):
                return at + self.within.total_seconds() - now
        raise AssertionError("an empty budget has room")

    def spend(self, now: float, use: str = "") -> Budget:
        """Return the budget with one more spent."""
        return replace(self, spent=(*self._recent(now), (now, use)))

    def left(self, now: float) -> int:
        """Return how many may be spent yet within the time, by all uses together."""
        return max(self.most - len(self._recent(now)), 0)

    def _has_room(self, spent: Counter[str], use: str) -> bool:
        if (total := spent.total()) >= self.most:
            return False
        if spent[use] < self.shares.get(use, 0):
            return True
        kept = sum(max(share - spent[other], 0) for other, share in self.shares.items() if other != use)
        return total + kept < self.most

    def _recent(self, now: float) -> tuple[tuple[float, str], ...]:
        since = now - self.within.total_seconds()
        return tuple(one for one in self.spent if one[0] > since)


class Allowance(Value, frozen=True):
    """What is left of an account's budgets, each with its size: `single` is None where everything is of one.

    `served` is how many requests the server itself allows until `until`, if it said so and that is still to come.
    """

    paged: tuple[int, int]
    single: tuple[int, int] | None = None
    served: int | None = None
    until: datetime | None = None


def paged(within: timedelta) -> Budget:
    """Return an account's budget of requests that page through lists."""
    return Budget(20, within, {OWN: 4, MENTIONS: 3, TAGS: 8, HOSTS: 2})


def single(within: timedelta) -> Budget:
    """Return an account's budget of further readings for a chat."""
    return Budget(30, within, {THREADS: 20, RESOLVING: 6})


def as_a_guest(within: timedelta, delay: float | None = None) -> Budget:
    """Return the budget of everything asked of another server: 90 in 15 minutes, or as slow as its `robots.txt` asks.

    `delay` are the seconds between two requests that the file asks for.
    """
    usual = Budget(6, within)
    if delay is None or delay * usual.most <= within.total_seconds():
        return usual
    return Budget(1, timedelta(seconds=delay))
