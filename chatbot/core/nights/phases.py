"""Where a chat stands by the clock alone; whether it is paused or cancelled is a decision, which is stored."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from chatbot.core.plan import Chat
from chatbot.core.timing import Timing


class Phase(StrEnum):
    """A chat's life, in order."""

    UPCOMING = "upcoming"
    LIVE = "live"  # from its welcome on, as long as a late question may push it past its end
    LATE = "late"  # over, and late answers are still collected
    CLOSED = "closed"


def phase(chat: Chat, now: datetime, timing: Timing) -> Phase:
    """Return where a chat stands."""
    if now < chat.starts_at - timing.welcome_before:
        return Phase.UPCOMING
    if now < chat.ends_at + timing.past_the_end:
        return Phase.LIVE
    return Phase.LATE if now <= chat.late_until else Phase.CLOSED


def until(at: datetime, now: datetime) -> str:
    """Say how far off an instant is, roughly: `in 9 days`, `3 hours ago`."""
    ahead = at >= now
    length = at - now if ahead else now - at
    for unit, of in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if length >= of:
            count = length // of
            said = f"{count} {unit}" if count == 1 else f"{count} {unit}s"
            return f"in {said}" if ahead else f"{said} ago"
    return "now"
