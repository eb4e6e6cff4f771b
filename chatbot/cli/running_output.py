"""What `chatbot status` prints: calm when all is well, each number with what it counts, no wider than the terminal."""

from __future__ import annotations

import json
import re
import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click
from msgspec import to_builtins

from chatbot.core.talk.notices import counted, when
from chatbot.core.talk.overview import ChatOverview, Read, Standing, Untold, span

if TYPE_CHECKING:
    from chatbot.health import Beat, Verdict

_ROUTES = {
    "tag": "hashtag timelines",
    "thread": "threads",
    "mention": "mentions",
    "stream": "event stream",
    "look": "looked at again",
    "vantage": "what it sees of the hashtag",
    "import": "imported",
}
_WAYS = {"email": "by e-mail", "notify": "by notification"}
_LABEL = 11  # signs before what a line says
_WIDEST = 100
_NO_TERMINAL = 10_000
_PUNCTUAL = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Program:
    """What is known of the program itself: how it is, and what it last wrote, if it runs."""

    verdict: Verdict
    beat: Beat | None = None


def to_json(found: Sequence[ChatOverview], program: Program) -> str:
    """Return everything as JSON; times are ISO 8601 in UTC, durations seconds."""
    running = to_builtins(program.verdict) | {"beat": to_builtins(program.beat)}
    chats = to_builtins(found, builtin_types=(datetime, timedelta))
    return json.dumps({"version": 1, "running": running, "chats": chats}, default=_plain, indent=2, ensure_ascii=False)


def _plain(value: datetime | timedelta) -> str | float:
    return value.total_seconds() if isinstance(value, timedelta) else value.isoformat()


def lines(found: Sequence[ChatOverview], program: Program, now: datetime) -> Iterator[str]:
    """Yield the lines for a person."""
    yield from _program(program, now)
    if not found:
        yield "No chat is planned. `chatbot new` writes a plan, `chatbot plan apply FILE` takes it in."
    for chat in found:
        yield ""
        yield click.style(f"{chat.title}  ({chat.chat})", bold=True)
        label = "begins" if now < chat.starts_at else "began"
        yield from _row(label, f"{when(chat.starts_at, chat.zone, now)}; {_standing(chat, now)}")
        yield from _posts(chat, now)
        yield from _troubles(chat, now)
        yield from _reads(chat, now)
    if program.beat is not None:
        yield from _budget(program.beat.budget, now)


# the program


def _program(program: Program, now: datetime) -> Iterator[str]:
    verdict, beat = program.verdict, program.beat
    yield from textwrap.wrap(verdict.says, _width(), break_on_hyphens=False)
    since = None if beat is None else _instant(beat.since)
    if beat is None or since is None:
        return
    said = f"It started {span(now - since)} ago"
    if beat.overdue_since:
        said += "; a post is late"
    elif not (beat.unknown or beat.failed):
        said += "; no post is late, failed or not sure"
    yield f"{said}."
    if beat.failures:
        failed = f"{counted(beat.failures, 'thing')} failed since and {'was' if beat.failures == 1 else 'were'}"
        yield f"{failed} tried again; the log says what."


def _budget(left: Mapping[str, Mapping[str, Any]], now: datetime) -> Iterator[str]:
    """Say what each account may still ask of its server; what is odd in the file is left out."""
    known = left.items() if isinstance(left, Mapping) else ()
    said = {name: told for name, one in known if isinstance(one, Mapping) and (told := _allowance(one, now))}
    if said:
        yield ""
        yield click.style("Requests left in this minute", bold=True)
        indent = max(map(len, said)) + 2
        for name, told in said.items():
            yield from _row(name, told, indent)


def _allowance(one: Mapping[str, Any], now: datetime) -> str:
    parts = []
    for name, what in (("lists", "for lists"), ("threads", "for threads and look-ups")):
        match one.get(name):
            case [int(left), int(most)]:
                parts.append(f"{left} of {most} {what}")
    until = _instant(one.get("until"))
    if isinstance(one.get("served"), int) and until is not None and until > now:
        parts.append(f"the server itself allows {one['served']} more in the next {span(until - now)}")
    return "; ".join(parts)


# a chat


def _standing(chat: ChatOverview, now: datetime) -> str:
    live = "about to begin" if now < chat.starts_at else "just over" if now >= chat.ends_at else "going on"
    phase = {"upcoming": "to come", "live": live, "late": "over, late answers still count", "closed": "closed"}
    said = phase[chat.phase] if chat.state == "ready" else f"{chat.state.upper()}, {phase[chat.phase]}"
    return f"{said}, published" if chat.is_published else said


def _posts(chat: ChatOverview, now: datetime) -> Iterator[str]:
    if chat.state == "paused":
        yield from _row("PAUSED", f"nothing goes out until `chatbot resume {chat.chat}`", alarming=True)
    if chat.next is not None:
        due = chat.next.due_at
        how = f"in {span(due - now)}" if due > now else f"due {span(now - due)} ago"
        yield from _row("next", f"{chat.next.name}, {when(due, chat.zone, now)}, {how}")
    elif chat.state != "draft":
        yield from _row("next", "nothing more goes out")
    if chat.state != "draft":
        yield from _row("posts", f"{chat.sent or 'none'} out, {chat.waiting or 'none'} to go{_lateness(chat)}")


def _lateness(chat: ChatOverview) -> str:
    """Say how punctual the posts were that are out."""
    if chat.latest is None or chat.last is None:
        return ""
    if chat.latest.by <= _PUNCTUAL:
        return "; each within a second of its time"
    said = f"; {chat.latest.name} was {span(chat.latest.by)} late"
    if chat.last == chat.latest:
        return said
    return f"{said}, the last one {span(chat.last.by) if chat.last.by > _PUNCTUAL else 'on time'}"


def _troubles(chat: ChatOverview, now: datetime) -> Iterator[str]:
    for name, standings, alarming in (
        ("NOT SURE", chat.not_sure, True),
        ("looking", chat.looked_for, False),
        ("FAILED", chat.failed, True),
        ("dropped", chat.skipped, True),
        ("held", chat.held, False),
    ):
        for one in standings:
            is_wanted = one.reason.startswith("a host ")
            said = _one(one, chat, now, is_there=name == "looking")
            yield from _row(name, said, alarming=alarming and not is_wanted)
    if chat.planned_late:
        names = dict.fromkeys(one.name for one in chat.planned_late)
        yield from _row("not posted", f"{', '.join(names)}: planned too late")
    for untold in chat.untold:
        yield from _row("NOT TOLD", _untold(untold), alarming=True)


def _one(one: Standing, chat: ChatOverview, now: datetime, is_there: bool) -> str:
    whether = "whether it is out already: " if is_there else ""
    why = f": {one.reason.rstrip('.')}" if one.reason else ""
    return f"{whether}{one.name} on {one.account}, due {when(one.due_at, chat.zone, now)}{why}"


def _untold(untold: Untold) -> str:
    how = _WAYS.get(untold.account, f"by private message from {untold.account}")
    why = f": {untold.reason.rstrip('.')}" if untold.reason else ""
    return f"{counted(untold.count, 'notice')} to hosts could not be delivered {how}{why}"


def _reads(chat: ChatOverview, now: datetime) -> Iterator[str]:
    reads = [read for read in chat.reads if read.route != "host" or read.note]
    if chat.collected_at is None and not reads:
        return
    said = f"{counted(chat.posts, 'post')} of people"
    said += "" if chat.collected_at is None else f", last read {span(now - chat.collected_at)} ago"
    if chat.newest_took is not None:
        said += f"; the newest was stored {span(chat.newest_took)} after it was written"
    yield from _row("collected", said)
    place = ""
    for read in reads:
        if read.account != place:
            place = read.account
            yield " " * (_LABEL + 2) + place
        yield from _read(read, now)


def _read(read: Read, now: datetime) -> Iterator[str]:
    """Say what one way was the first to bring, and when it was last gone."""
    at = "" if read.at is None else f"{'heard' if read.route == 'stream' else 'read'} {span(now - read.at)} ago"
    name = _ROUTES.get(read.route, "the bot's own posts" if read.route == "host" else read.route)
    indent = " " * (_LABEL + 4)
    yield f"{indent}{name:<28}{read.brought:>6}  {at}".rstrip()
    if read.note:
        why = f"failed last: {read.note.rstrip('.')}"
        yield from (click.style(f"{indent}  {line}", fg="yellow") for line in _wrapped(why, _LABEL + 6))


# lines


def _row(label: str, said: str, indent: int = _LABEL, *, alarming: bool = False) -> Iterator[str]:
    """Yield a label and what there is to say, wrapped beside it."""
    first, *more = _wrapped(said, indent + 2)
    shown = f"{label:<{indent}}"
    yield f"  {click.style(shown, fg='red', bold=True) if alarming else shown}{first}"
    yield from (f"  {'':<{indent}}{line}" for line in more)


def _wrapped(said: str, indent: int) -> list[str]:
    """Break a text into lines, but no number from its unit."""
    whole = re.sub(r"(\d) (d|h|min|s)\b", "\\1\N{NO-BREAK SPACE}\\2", said)
    lines = textwrap.wrap(whole, max(_width() - indent, 30), break_on_hyphens=False)
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines] or [""]


def _width() -> int:
    """Return how wide lines may be; what goes to a file or to `grep` is not broken at all."""
    columns = shutil.get_terminal_size((0, 0)).columns
    return min(columns, _WIDEST) if columns else _NO_TERMINAL


def _instant(told: object) -> datetime | None:
    try:
        return datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return None
