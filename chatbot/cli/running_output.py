"""What `chatbot status` prints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from chatbot.core.talk.notices import when
from chatbot.core.talk.overview import ChatOverview, Read, Standing, span

if TYPE_CHECKING:
    from chatbot.health import Verdict

_ROUTES = {
    "tag": "hashtag timelines",
    "thread": "threads",
    "mention": "mentions",
    "stream": "event stream",
    "host": "own posts",
    "look": "looked at again",
    "vantage": "what it sees of the hashtag",
}


def to_json(found: Sequence[ChatOverview], verdict: Verdict) -> str:
    """Return everything as JSON; times are ISO 8601 in UTC."""
    body = {"version": 1, "running": asdict(verdict), "chats": [asdict(chat) for chat in found]}
    return json.dumps(body, default=lambda value: value.isoformat(), indent=2, ensure_ascii=False)


def lines(found: Sequence[ChatOverview], verdict: Verdict, now: datetime) -> Iterator[str]:
    """Yield the lines for a person."""
    yield verdict.says
    if not found:
        yield "No chat is planned. `chatbot new` writes a plan, `chatbot plan apply FILE` takes it in."
    for chat in found:
        yield ""
        yield f"{chat.title}: {when(chat.starts_at, chat.zone, now)}, {_standing(chat)}  [{chat.chat}]"
        yield from _posts(chat, now)
        yield from _reads(chat, now)


def _standing(chat: ChatOverview) -> str:
    phase = {"upcoming": "to come", "live": "going on", "late": "late answers still count", "closed": "closed"}
    said = phase[chat.phase] if chat.state == "ready" else f"{chat.state.upper()}, {phase[chat.phase]}"
    return f"{said}, published" if chat.is_published else said


def _posts(chat: ChatOverview, now: datetime) -> Iterator[str]:
    if chat.state == "paused":
        yield f"  nothing goes out: `chatbot resume {chat.chat}` goes on"
    if chat.next is not None:
        due = chat.next.due_at
        how = f"in {span(due - now)}" if due > now else f"due {span(now - due)} ago"
        yield f"  next: {chat.next.name}, {when(due, chat.zone, now)}, {how}  ({chat.sent} out, {chat.waiting} to go)"
    elif chat.state != "draft":
        yield f"  next: nothing  ({chat.sent} out, {chat.waiting} to go)"
    for name, standings in (
        ("NOT SURE", chat.not_sure),
        ("looking whether it is out already", chat.looked_for),
        ("FAILED", chat.failed),
        ("dropped", chat.skipped),
        ("held", chat.held),
    ):
        for one in standings:
            yield f"  {name}: {_one(one, chat, now)}"
    if chat.planned_late:
        names = dict.fromkeys(one.name for one in chat.planned_late)
        yield f"  not posted: {', '.join(names)}  (planned too late)"


def _one(one: Standing, chat: ChatOverview, now: datetime) -> str:
    why = f": {one.reason.rstrip('.')}" if one.reason else ""
    return f"{one.name} on {one.account}, due {when(one.due_at, chat.zone, now)}{why}"


def _reads(chat: ChatOverview, now: datetime) -> Iterator[str]:
    if chat.collected_at is None:
        return
    yield f"  read {span(now - chat.collected_at)} ago"
    for read in chat.reads:
        yield f"    {read.account}, {_ROUTES.get(read.route, read.route)}: {_brought(read)}"


def _brought(read: Read) -> str:
    said = f"{read.brought} new post{'' if read.brought == 1 else 's'} so far"
    return f"{said}; failed last: {read.note.rstrip('.')}" if read.note else said
