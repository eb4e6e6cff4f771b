"""How things stand, for `chatbot status`: each chat's next post, its troubles, and what reading brought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chatbot.core.nights.phases import Phase


@dataclass(frozen=True, slots=True)
class Standing:
    """One post of a chat on one account: what it is, when it is due, and what became of it."""

    name: str
    account: str
    due_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """What one kind of reading brought on one account, and what went wrong with it last."""

    account: str
    route: str
    at: datetime
    brought: int
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ChatOverview:
    """How one chat stands."""

    chat: str
    title: str
    zone: str
    starts_at: datetime
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
    reads: tuple[Read, ...] = ()
    collected_at: datetime | None = None
    is_published: bool = False


def together(read: Mapping[tuple[str, str], tuple[datetime, int, str | None]]) -> tuple[Read, ...]:
    """Add up routes of one kind ("thread:12", "thread:13") on each account; the newest failure is kept."""
    found: dict[tuple[str, str], Read] = {}
    for (account, route), (at, brought, note) in sorted(read.items(), key=lambda item: item[1][0]):
        kind = route.partition(":")[0]
        known = found.get((account, kind))
        total = brought + (known.brought if known else 0)
        found[account, kind] = Read(account, kind, at, total, note or (known.note if known else None))
    return tuple(sorted(found.values(), key=lambda one: (one.account, one.route)))


def span(length: timedelta) -> str:
    """Say a duration in its two largest units: "2 d 3 h", "12 min 5 s"."""
    seconds = abs(round(length.total_seconds()))
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"
