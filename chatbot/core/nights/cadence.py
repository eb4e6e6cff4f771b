"""When a chat is read again, and how far back; when its posts are looked at again.

Live: often, back a little way, and the whole window every few minutes, because posts arrive out of order. Afterwards:
seldom, back a little way, and the whole window every day, at fixed times after the end, and when it is all over. What
fell due while the program was down is done when it is back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from chatbot.core.plan import Chat
from chatbot.core.timing import Timing
from chatbot.core.value import Value


class Reading(Value, frozen=True):
    """What was read of a chat so far: the last pass, and the last one that read its whole window without a failure.

    `changed_at` is when a person last changed the plan: a hashtag may be new, whose posts have to be read from the
    beginning. `complete_at` is the last pass in which no list failed, however far back.
    """

    at: datetime | None = None
    whole_at: datetime | None = None
    changed_at: datetime | None = None
    complete_at: datetime | None = None


def opens_at(chat: Chat, timing: Timing) -> datetime:
    """Return the instant from which posts belong to a chat."""
    return chat.starts_at - timing.window_before


def is_live(chat: Chat, now: datetime, timing: Timing) -> bool:
    """Say whether a chat is going on, the minutes a late question may push it past its end included."""
    return opens_at(chat, timing) <= now <= chat.ends_at + timing.past_the_end


def is_due(chat: Chat, reading: Reading, now: datetime, timing: Timing, woken: bool = False) -> bool:
    """Say whether a chat is to be read now; a wake-up may come at any moment, yet not every second."""
    if chat.is_past or not opens_at(chat, timing) <= now <= chat.late_until + timing.rescan_missed:
        return False
    if reading.at is None:
        return True
    if _is_owed(chat, reading, now, timing):
        return True
    if now > chat.late_until and _is_finished(chat, reading, timing):
        return False
    every = timing.collect_every if is_live(chat, now, timing) else timing.collect_every_late
    return now - reading.at >= (min(every, timing.collect_every / 3) if woken else every)


def back_to(chat: Chat, reading: Reading, now: datetime, timing: Timing) -> tuple[datetime, bool]:
    """Return how far back to read, and whether that is the whole window.

    Afterwards it is back to a pass without a failure: the next reading of the whole window may be a day away.
    """
    opened = opens_at(chat, timing)
    if reading.at is None or _is_whole_due(chat, reading, now, timing):
        return opened, True
    last = reading.at if is_live(chat, now, timing) else reading.complete_at or reading.whole_at or opened
    nearer = max(opened, last - timing.overlap)
    return nearer, nearer == opened


def is_finished(chat: Chat, reading: Reading, now: datetime, timing: Timing) -> bool:
    """Say whether nothing more is to be read of a chat: its late window was read to its end, or is long over."""
    if chat.is_past or now > chat.late_until + timing.rescan_missed:
        return True
    return now > chat.late_until and _is_finished(chat, reading, timing)


def _is_finished(chat: Chat, reading: Reading, timing: Timing) -> bool:
    """Say whether the window was read after its end, or tried for long enough."""
    if reading.whole_at is not None and reading.whole_at >= chat.late_until:
        return True
    return reading.at is not None and reading.at >= chat.late_until + max(timing.rescan_after)


def _is_owed(chat: Chat, reading: Reading, now: datetime, timing: Timing) -> bool:
    """Say whether a reading of the whole window is overdue.

    One that failed is tried again as soon as a live one would be, until the usual reading takes over.
    """
    for at in _owed(chat, reading, now, timing):
        if reading.at is None or reading.at < at:
            return True
        if now < at + timing.collect_every_late and now - reading.at >= timing.collect_every:
            return True
    return False


def _owed(chat: Chat, reading: Reading, now: datetime, timing: Timing) -> list[datetime]:
    """Return the fixed times that have come and since which the whole window was not read."""
    fixed = [*(chat.ends_at + after for after in timing.rescan_after), reading.changed_at or opens_at(chat, timing)]
    return [at for at in fixed if at <= now and (reading.whole_at is None or reading.whole_at < at)]


def _is_whole_due(chat: Chat, reading: Reading, now: datetime, timing: Timing) -> bool:
    if reading.whole_at is None or now > chat.late_until:
        return True
    every = timing.collect_whole_every if is_live(chat, now, timing) else max(timing.rescan_after)
    return now - reading.whole_at >= every or bool(_owed(chat, reading, now, timing))


class Looked(StrEnum):
    """How the last look at a chat's posts ended: it says how soon the next one is."""

    ALL = "all"
    PART = "part"  # there were more than one look may ask for
    MISSED = "missed"  # some posts were not there; a second look at these, minutes later, confirms it
    DOUBTED = "doubted"  # so many that it is more likely the server
    KEPT = "kept"  # that was believed by now, or nobody answers for them; what comes back is shown again


def is_look_due(chat: Chat, looked_at: datetime | None, ended: Looked, now: datetime, timing: Timing) -> bool:
    """Say whether a chat's posts are to be looked at again: daily for a week after its end, then ever more seldom."""
    if now < chat.ends_at + min(timing.rescan_after):
        return False
    return looked_at is None or now - looked_at >= _look_every(chat, looked_at, ended, timing)


def _look_every(chat: Chat, looked_at: datetime, ended: Looked, timing: Timing) -> timedelta:
    if ended in (Looked.PART, Looked.MISSED):
        return timing.gone_confirmed_after
    if ended is Looked.DOUBTED:
        return timing.doubted_every
    if ended is Looked.KEPT:
        return min(timing.verify_every)
    age = looked_at - chat.ends_at
    steps = zip(timing.verify_every, timing.verify_until, strict=False)
    return next((every for every, until in steps if age < until), timing.verify_every[-1])


class Below(Value, frozen=True):
    """What decides whether more may hang below a post: its age, its server, the replies counted and those known."""

    at: datetime
    is_remote: bool
    replies: int = 0
    known: int = 0
    is_own: bool = False  # the chat's own post, whose thread is read whatever its server counts


class Asked(Value, frozen=True):
    """When the thread under a post was last read, and how many replies its server counted then."""

    at: datetime
    replies: int


def is_thread_due(post: Below, asked: Asked | None, now: datetime, timing: Timing) -> bool:
    """Say whether the thread under a post is to be read.

    It is when its server counts replies that we do not have, at once and whenever that count changes; under our own
    posts with every reading of the whole window; and under posts of other servers every so often, for asking makes a
    server fetch what it never got (`platforms.md` A3): at first often, then ever more seldom.
    """
    if post.replies > post.known and (asked is None or asked.replies != post.replies):
        return True
    if post.is_own:
        return asked is None or asked.replies != post.replies or now - asked.at >= timing.collect_whole_every
    if not post.is_remote and post.replies <= post.known:
        return False
    if asked is None:
        return now - post.at >= timing.reply_thread_after
    return now - asked.at >= max(timing.reply_thread_every, (asked.at - post.at) / 4)
