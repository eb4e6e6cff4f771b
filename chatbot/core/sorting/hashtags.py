"""Hashtags of a chat: as people write them, as servers compare them, and those that people write instead by mistake."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from chatbot.core import text
from chatbot.core.errors import Wrong
from chatbot.core.plan import Chat
from chatbot.core.value import Value

MOST = 10  # hashtags of one chat: the timeline of each is read again and again
LONGEST = 100

_ADDED = 4  # letters that may stand around a hashtag: a year, a plural, "the"
_SHORT = 6  # hashtags no longer than this are missed by one letter, longer ones by two


class NearMiss(Value, frozen=True):
    """A hashtag that people who take part wrote, that is nearly the chat's, and how many people did."""

    tag: str
    people: int


def bare(said: str) -> str:
    """Return a hashtag as it is written in a plan, without its sign; raises `Wrong` when it is none."""
    name = said.strip().lstrip("#\uff03")
    if not re.fullmatch(r"\w+", name) or name.isdigit() or len(name) > LONGEST:
        shown = said if len(said) <= LONGEST else f"{said[:LONGEST]}…"
        raise Wrong(
            f'"{shown}" is not a hashtag', 'write letters, digits and _ without spaces, for example "GardenChat"'
        )
    return name


def new(chat: Chat, said: Iterable[str]) -> tuple[str, ...]:
    """Return which hashtags of these a chat does not have yet, each once; raises `Wrong` when one is none."""
    known = {text.normalise_tag(tag) for tag in chat.hashtags}
    named = {text.normalise_tag(name): name for name in reversed([bare(one) for one in said])}
    return tuple(name for tag, name in reversed(named.items()) if tag not in known)


def near_misses(chat: Chat, posts: Iterable[tuple[str, Collection[str]]]) -> tuple[NearMiss, ...]:
    """Return hashtags in posts of a chat that were probably meant to be its own, those of most people first.

    A post is its author and its hashtags; one that has the right hashtag as well tells nothing.
    """
    own = {text.normalise_tag(tag) for tag in chat.hashtags}
    people: dict[str, set[str]] = defaultdict(set)
    for author, hashtags in posts:
        tags = {text.normalise_tag(tag) for tag in hashtags}
        for tag in tags if own.isdisjoint(tags) else ():
            if any(is_near(tag, one) for one in own):
                people[tag].add(author)
    found = [NearMiss(tag, len(who)) for tag, who in people.items()]
    return tuple(sorted(found, key=lambda miss: (-miss.people, miss.tag)))


def is_near(tag: str, own: str) -> bool:
    """Say whether a hashtag was probably meant to be another: a slip of the fingers, or a little more around it."""
    if tag == own:
        return False
    if own in tag and len(tag) - len(own) <= _ADDED:
        return True
    return _slips(tag, own, 1 if len(own) <= _SHORT else 2)


def _slips(one: str, other: str, most: int) -> bool:
    """Say whether so many letters missed, added, changed or swapped at most make one word of the other."""
    if abs(len(one) - len(other)) > most:
        return False
    before: Sequence[int] = ()
    row: Sequence[int] = range(len(other) + 1)
    for i, a in enumerate(one, start=1):
        new_row = [i]
        for j, b in enumerate(other, start=1):
            cost = min(row[j] + 1, new_row[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and (a, one[i - 2]) == (other[j - 2], b):
                cost = min(cost, before[j - 2] + 1)
            new_row.append(cost)
        before, row = row, new_row
    return row[-1] <= most
