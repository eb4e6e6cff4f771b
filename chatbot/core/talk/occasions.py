"""What the clock asks to be told about a chat: before it begins, after it is over, before its content goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from chatbot.core.plan import Chat
from chatbot.core.talk import notices
from chatbot.core.timing import Timing
from chatbot.core.value import Value

Kind = Literal["pre-flight", "not-ready", "digest", "forgetting"]


class Standing(Value, frozen=True):
    """What people decided about a chat."""

    state: str
    is_approved: bool = False
    is_emptied: bool = False


class Occasion(Value, frozen=True):
    """A notice that is due: the `nth` of its kind. Of several that are due, only the latest is told."""

    kind: Kind
    nth: int
    incident: str


def due(chat: Chat, standing: Standing, timing: Timing, now: datetime) -> tuple[Occasion, ...]:
    """Return what is due to be told about a chat now; what was told before is the caller's to know."""
    if now < chat.starts_at:
        return _before(chat, standing, timing, now)
    if standing.is_approved or standing.is_emptied or standing.state == "draft" or chat.cancelled:
        return ()
    return _after(chat, timing, now)


def before_forgetting(chat: Chat, goes_at: datetime, timing: Timing, now: datetime) -> tuple[Occasion, ...]:
    """Return the warning that is due about content that goes at an instant."""
    if now >= goes_at:
        return ()
    return _one("forgetting", chat, _latest([goes_at - before for before in timing.forget_warnings], now))


def _before(chat: Chat, standing: Standing, timing: Timing, now: datetime) -> tuple[Occasion, ...]:
    if chat.is_past or standing.state == "cancelled":
        return ()
    if standing.state == "draft":
        nth = _latest([chat.starts_at - before for before in timing.not_ready], now)
        return _one("not-ready", chat, nth if notices.missing(chat) else None)
    return _one("pre-flight", chat, _latest([chat.starts_at - before for before in timing.pre_flight], now))


def _after(chat: Chat, timing: Timing, now: datetime) -> tuple[Occasion, ...]:
    if chat.is_past or chat.settings.publish == "automatic" or now >= chat.late_until + timing.forget_unpublished_after:
        return ()
    ready = chat.ends_at + timing.edition_after
    return _one("digest", chat, _latest([ready, *(ready + later for later in timing.publish_reminders)], now))


def _one(kind: Kind, chat: Chat, nth: int | None) -> tuple[Occasion, ...]:
    return () if nth is None else (Occasion(kind, nth, notices.incident(chat, kind, nth)),)


def _latest(instants: Sequence[datetime], now: datetime) -> int | None:
    """Return the place of the latest instant that has come, or None."""
    come = [(at, nth) for nth, at in enumerate(instants) if at <= now]
    return max(come)[1] if come else None
