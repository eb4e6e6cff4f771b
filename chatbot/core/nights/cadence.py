"""When a chat is read again, and how far back.

Live: often, back a little way, and the whole window every few minutes, because posts arrive out of order. Afterwards:
seldom, always the whole window, and once more at fixed times after the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chatbot.core.plan import Chat
from chatbot.core.timing import Timing


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a chat so far: the last pass, and the last one over its whole window."""

    at: datetime | None = None
    whole_at: datetime | None = None


def opens_at(chat: Chat, timing: Timing) -> datetime:
    """Return the instant from which posts belong to a chat."""
    return chat.starts_at - timing.window_before


def is_live(chat: Chat, now: datetime, timing: Timing) -> bool:
    """Say whether a chat is going on, the minutes a late question may push it past its end included."""
    return opens_at(chat, timing) <= now <= chat.ends_at + timing.past_the_end


def is_due(chat: Chat, reading: Reading, now: datetime, timing: Timing, woken: bool = False) -> bool:
    """Say whether a chat is to be read now; a wake-up may come at any moment, yet not every second."""
    if chat.is_past or now < opens_at(chat, timing):
        return False
    if reading.at is None:
        return now <= chat.late_until + timing.collect_every_late
    if now > chat.late_until and (reading.whole_at or reading.at) >= chat.late_until:
        return False
    if any(reading.at < chat.ends_at + after <= now for after in timing.rescan_after):
        return True
    every = timing.collect_every if is_live(chat, now, timing) else timing.collect_every_late
    return now - reading.at >= (min(every, timing.collect_every / 3) if woken else every)


def back_to(chat: Chat, reading: Reading, now: datetime, timing: Timing) -> tuple[datetime, bool]:
    """Return how far back to read, and whether that is the whole window."""
    opened = opens_at(chat, timing)
    due = reading.whole_at is None or now - reading.whole_at >= timing.collect_whole_every
    if due or reading.at is None or not is_live(chat, now, timing):
        return opened, True
    nearer = max(opened, reading.at - timing.overlap)
    return nearer, nearer == opened


@dataclass(frozen=True, slots=True)
class Below:
    """What decides whether more may hang below a post: its age, its server, the replies counted and those known."""

    at: datetime
    is_remote: bool
    replies: int = 0
    known: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """When the thread under a post was last read, and how many replies its server counted then."""

    at: datetime
    replies: int


def is_thread_due(post: Below, asked: Asked | None, now: datetime, timing: Timing) -> bool:
    """Say whether the thread under a post is to be read.

    It is when its server counts replies that we do not have, at once and whenever that count changes; and under posts
    of other servers every so often, for asking makes a server fetch what it never got (`platforms.md` A3).
    """
    if post.replies > post.known and (asked is None or asked.replies != post.replies):
        return True
    if not post.is_remote and post.replies <= post.known:
        return False
    if asked is None:
        return now - post.at >= timing.reply_thread_after
    return now - asked.at >= timing.reply_thread_every
