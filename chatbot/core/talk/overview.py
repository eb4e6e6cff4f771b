"""How things stand, for `chatbot status`: each chat's next post, its troubles, how late it is, what reading brought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from chatbot.core.nights.phases import Phase
from chatbot.core.privacy import hearsay
from chatbot.core.value import Value

OWN = "host"  # the route by which the bot's own posts come


class Standing(Value, frozen=True):
    """One post of a chat on one account: what it is, when it is due, and what became of it."""

    name: str
    account: str
    due_at: datetime
    reason: str = ""


class Late(Value, frozen=True):
    """How long after its time a post was on the server, by the server's clock."""

    name: str
    account: str
    by: timedelta


class Read(Value, frozen=True):
    """One way of reading on one server: when it was last read, how many posts it was the first to bring, what failed.

    `account` is the account that reads, or the server where it is not ours. Each post counts once.
    """

    account: str
    route: str
    at: datetime | None
    brought: int
    note: str | None = None


class Untold(Value, frozen=True):
    """Words to people that could not be delivered one way: how many, and why the last of them."""

    account: str
    count: int
    reason: str = ""


class ChatOverview(Value, frozen=True):
    """How one chat stands. `posts` are people's; `newest_took` is how long the last of them was under way to us."""

    chat: str
    title: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    state: str
    phase: Phase
    next: Standing | None
    sent: int
    waiting: int
    not_sure: tuple[Standing, ...] = ()
    looked_for: tuple[Standing, ...] = ()  # due before the bot started; it looks whether they are out already
    failed: tuple[Standing, ...] = ()
    skipped: tuple[Standing, ...] = ()
    held: tuple[Standing, ...] = ()
    planned_late: tuple[Standing, ...] = ()  # due before the plan was taken in, so that nothing came of them
    last: Late | None = None  # of the posts that are out, the last
    latest: Late | None = None  # and the one that was furthest behind its time
    reads: tuple[Read, ...] = ()
    collected_at: datetime | None = None
    posts: int = 0
    newest_took: timedelta | None = None
    untold: tuple[Untold, ...] = ()
    is_published: bool = False


def together(
    read: Mapping[tuple[str, str], tuple[datetime, str | None]],
    brought: Mapping[tuple[str, str], int],
    servers: Mapping[str, str],
) -> tuple[Read, ...]:
    """Put together when each route was read, by account, and what it brought, by server.

    Routes of one kind ("thread:12", "thread:13") are one; the newest failure is kept. `servers` names the server of
    each account; of accounts on one server the first stands for all.
    """
    counts = dict(_kinds(brought))
    found: dict[tuple[str, str], Read] = {}
    for (account, route), (at, note) in sorted(read.items(), key=lambda item: item[1][0]):
        kind = route.partition(":")[0]
        known = found.get((account, kind))
        first = counts.pop((servers.get(account, account), kind), 0)
        note = note or (known.note if known else None)
        found[account, kind] = Read(account, kind, at, first + (known.brought if known else 0), note)
    accounts = {server: account for account, server in reversed([*servers.items()])}
    for (server, kind), count in counts.items():
        place = accounts.get(server, server), kind
        known = found.get(place, Read(*place, None, 0))
        found[place] = Read(*place, known.at, known.brought + count, known.note)
    return tuple(sorted(found.values(), key=lambda one: (one.account not in servers, one.account, one.route)))


def _kinds(brought: Mapping[tuple[str, str], int]) -> Iterable[tuple[tuple[str, str], int]]:
    """Count by server and kind; what our server fetched because another one showed it is that one's merit."""
    counts: dict[tuple[str, str], int] = {}
    for (server, route), count in brought.items():
        kind, _, named = route.partition(":")
        place = (named, kind) if route.startswith(hearsay.VANTAGE) else (server, kind)
        counts[place] = counts.get(place, 0) + count
    return counts.items()


def of_people(brought: Mapping[tuple[str, str], int]) -> int:
    """Count the posts that are not the bot's own."""
    return sum(count for (_server, route), count in brought.items() if route != OWN)


def span(length: timedelta) -> str:
    """Say a duration in its two largest units: "2 d 3 h", "12 min 5 s"; below ten seconds with tenths."""
    exactly = abs(length.total_seconds())
    if 0.05 <= exactly < 9.95 and round(exactly, 1) % 1:
        return f"{exactly:.1f} s"
    seconds = round(exactly)
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"
