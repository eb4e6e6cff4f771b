"""Chats as iCalendar: one chat, or all of them as a calendar to subscribe to; the same bytes for the same facts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from chatbot.core.pages.shown import Transcript
from chatbot.render.listing import Listed

if TYPE_CHECKING:
    from icalendar import Event


def write(transcript: Transcript) -> bytes:
    """Return one chat as a calendar of one event."""
    return calendar(transcript.series, [Listed.of(transcript)])


def calendar(name: str, chats: Iterable[Listed]) -> bytes:
    """Return chats as a calendar; times are UTC, so that no zone's rules need to come along."""
    from icalendar import Calendar  # loaded when the first calendar is written: other forms can do without

    made = Calendar()
    made.add("prodid", "-//chatbot//hashtag chats//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", _clean(name))
    for chat in sorted(chats, key=lambda c: (c.starts_at, c.chat_id)):
        made.add_component(_event(chat))
    written: bytes = made.to_ical()
    return written


def _event(chat: Listed) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", f"{chat.chat_id}@{chat.authority}")
    event.add("dtstamp", _second(chat.updated_at))
    event.add("dtstart", _second(chat.starts_at))
    event.add("dtend", _second(chat.ends_at))
    event.add("summary", _clean(chat.title))
    event.add("description", _clean("\n".join(line for line in (chat.framing, *chat.questions, chat.tags) if line)))
    if chat.url:
        event.add("url", chat.url)
    event.add("categories", [chat.hashtags[0]])
    event.add("status", "CANCELLED" if chat.is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    return event


def _second(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _clean(text: str) -> str:
    """Return text without the control characters that no calendar may hold."""
    return "".join(sign for sign in text if sign == "\n" or sign.isprintable())
