"""When another server is asked what it sees of a chat, how far back, and which of its threads. Pure.

Seldom, because it owes us nothing: live every few minutes and only a little way back, the whole window now and then;
afterwards once an hour. One that fails is left alone for longer each time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from chatbot.core.nights import cadence
from chatbot.core.nights.cadence import Reading
from chatbot.core.plan import Chat
from chatbot.core.timing import Timing
from chatbot.core.value import Value

THREADS_AT_ONCE = 3  # of one chat, at one visit


def is_due(chat: Chat, visited: Reading, now: datetime, timing: Timing) -> bool:
    """Say whether a server is to be asked about a chat now."""
    if chat.is_past or not cadence.opens_at(chat, timing) <= now <= chat.late_until + timing.vantage_every_late:
        return False
    if visited.at is None:
        return True
    if now > chat.late_until and (visited.whole_at or visited.at) >= chat.late_until:
        return False
    every = timing.vantage_every if cadence.is_live(chat, now, timing) else timing.vantage_every_late
    return now - visited.at >= every


def back_to(chat: Chat, visited: Reading, now: datetime, timing: Timing) -> tuple[datetime, bool]:
    """Return how far back to read, and whether that is the whole window."""
    opened = cadence.opens_at(chat, timing)
    is_stale = visited.whole_at is None or now - visited.whole_at >= timing.vantage_whole_every
    if is_stale or visited.at is None or not cadence.is_live(chat, now, timing):
        return opened, True
    nearer = max(opened, visited.at - timing.overlap)
    return nearer, nearer == opened


def rest_until(failures: int, now: datetime, timing: Timing, asked_for: datetime | None = None) -> datetime:
    """Return until when a server is left alone that failed so often in a row, or asked for a pause itself."""
    rest = min(timing.vantage_every * (1 << min(failures, 16)), timing.vantage_every_late)
    longest = now + timing.vantage_ask_again
    return min(max(now + rest, asked_for or now), longest)


class Branch(Value, frozen=True):
    """A post as another server knows it: how many replies it counts there, and how many we know."""

    local_id: str
    uri: str
    replies: int
    known: int


class Asked(Value, frozen=True):
    """When the thread under a post was last asked for there, and how many replies were counted then."""

    at: datetime
    replies: int


def due_threads(
    branches: Iterable[Branch], ours: Collection[str], asked: Mapping[str, Asked], now: datetime, timing: Timing
) -> list[Branch]:
    """Return the threads to ask for: those with replies we lack first, then those under our own posts, in turn."""
    due = [one for one in branches if _is_due(one, one.uri in ours, asked.get(one.local_id), now, timing)]
    never = datetime.min.replace(tzinfo=now.tzinfo)
    due.sort(key=lambda one: (asked[one.local_id].at if one.local_id in asked else never, one.local_id))
    due.sort(key=lambda one: one.replies <= one.known)
    return due[:THREADS_AT_ONCE]


def _is_due(one: Branch, is_ours: bool, before: Asked | None, now: datetime, timing: Timing) -> bool:
    if one.replies > one.known:  # some may be for few eyes only, so that the count never fits
        return before is None or before.replies != one.replies or now - before.at >= timing.vantage_every_late
    return is_ours and (before is None or now - before.at >= timing.reply_thread_every)
