"""When posts that a server does not show any more are believed to be deleted, and when it is more likely the server.

A post is gone when it was not there at two looks some minutes apart. Yet a whole chat does not vanish in a minute: a
crowd of posts that are all away within the hour is doubted first. Crowds are sought in two places:

    in the whole view of the server that was asked    it is broken, or was restored from an old copy
    among the posts of one server's people            it was cut off, it died, or its old posts were thrown away

One person is never a crowd: whoever deletes everything they wrote is believed in minutes. A crowd is believed after a
day: then its posts leave the pages, and are erased only after a week more, unless they come back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Set
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from chatbot.core.value import Value

WHOLE = ""  # stands for everybody's posts in a server's view

MANY, SHARE, PEOPLE = 5, 1 / 3, 3  # in the whole view: more than so many, than this part, and of so many people
MANY_THERE, SHARE_THERE, PEOPLE_THERE = 3, 2 / 3, 2  # among the posts of one server's people


class Doubt(Value, frozen=True):
    """A crowd that vanished: since when, and since when that is believed."""

    since: datetime
    believed_at: datetime | None = None


class Weighed(Value, frozen=True):
    """What is thought of crowds, each named by its server or `WHOLE`: doubted now, new among them, believed, over."""

    doubted: frozenset[str] = frozenset()
    new: frozenset[str] = frozenset()
    believed: frozenset[str] = frozenset()
    over: frozenset[str] = frozenset()

    def doubts(self, author_uri: str) -> bool:
        """Say whether it is doubted that a post of this author was deleted."""
        return WHOLE in self.doubted or home_of(author_uri) in self.doubted


def home_of(author_uri: str) -> str:
    """Return the server a person is at home on."""
    return urlsplit(author_uri).netloc.lower()


def crowds(authors: Collection[str], missing: Collection[str]) -> Mapping[str, int]:
    """Return where posts vanished in crowds, and how many; given the author of each post, and of each missing one."""
    if len(missing) > MANY and len(missing) > len(authors) * SHARE and len(set(missing)) >= PEOPLE:
        return {WHOLE: len(missing)}
    there, away = Counter(map(home_of, authors)), _by_home(missing)
    return {
        home: len(posts)
        for home, posts in away.items()
        if len(posts) > MANY_THERE and len(posts) > there[home] * SHARE_THERE and len(set(posts)) >= PEOPLE_THERE
    }


def is_burst(told: Collection[str], author_uri: str) -> bool:
    """Say whether a deletion that a server tells of is one of many; given the authors of all that it told of lately.

    How many posts there are does not matter here: they go one after the other.
    """
    home = home_of(author_uri)
    there = [one for one in told if home_of(one) == home]
    of_home = len(there) > MANY_THERE and len(set(there)) >= PEOPLE_THERE
    return of_home or (len(told) > MANY and len(set(told)) >= PEOPLE)


def weigh(
    found: Iterable[str], known: Mapping[str, Doubt], now: datetime, believed_after: timedelta, away: Set[str] | None
) -> Weighed:
    """Compare the crowds of this look with those known.

    `away` are the authors of all missing posts; None when not every post was looked at, which ends no doubt.
    """
    crowded = frozenset(found)
    standing = {name for name, doubt in known.items() if doubt.believed_at is not None}
    ripe = {name for name in crowded & known.keys() - standing if now - known[name].since >= believed_after}
    over = frozenset[str]()
    if away is not None:
        lacking = {WHOLE, *map(home_of, away)} if away else set[str]()
        over = frozenset(name for name in known if name not in (lacking if name in standing else crowded))
    return Weighed(crowded - ripe - standing, crowded - known.keys(), frozenset(ripe), over)


def is_kept(author_uri: str, known: Mapping[str, Doubt], now: datetime, kept: timedelta) -> bool:
    """Say whether a post that is missing is not to be erased yet, because it vanished in a crowd."""
    doubts = (known.get(WHOLE), known.get(home_of(author_uri)))
    return any(doubt is not None and now - (doubt.believed_at or now) < kept for doubt in doubts)


def told(crowd: str, count: int, authors: Iterable[str]) -> str:
    """Say how many posts of how many a crowd is; no person is named."""
    if crowd == WHOLE:
        return f"{count} of {len(list(authors))}"
    return f"{count} of {sum(home_of(author) == crowd for author in authors)} by people on {crowd}"


def _by_home(authors: Iterable[str]) -> Mapping[str, list[str]]:
    homes: dict[str, list[str]] = defaultdict(list)
    for author in authors:
        homes[home_of(author)].append(author)
    return homes
