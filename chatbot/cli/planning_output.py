"""How plans look in a terminal of eighty columns, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from chatbot.core.model import CueKind, Visibility
from chatbot.core.nights import wording
from chatbot.core.nights.phases import Phase, phase, until
from chatbot.core.nights.wording.template import tidy
from chatbot.core.nights.wording.values import day, zone_name

if TYPE_CHECKING:
    from rich.console import Console

    from chatbot.core.nights.preview import Planned, Preview, Server
    from chatbot.core.timing import Timing
    from chatbot.store.chats import StoredChat

_INDENT = 18  # after `20:03  20:03 UTC  `
_VISIBLE = {Visibility.PUBLIC: "public", Visibility.UNLISTED: "quiet public"}
_NAMES = {CueKind.SO_FAR: "tonight so far", CueKind.HEADS_UP: "heads-up", CueKind.LAST_CALL: "last call"}


def to_json(value: object) -> str:
    """Write a listing as JSON, readable in any terminal."""
    return json.dumps(value, ensure_ascii=False, indent=2)


# chats


def chat_lines(found: Sequence[StoredChat], timing: Timing, now: datetime) -> Iterator[str]:
    """Yield the list of chats, the earliest first."""
    if not found:
        yield "There is no chat yet. `chatbot new` writes one from a list of questions; `chatbot plan apply` reads it"
        return
    width = max(len(stored.chat.id) for stored in found)
    for stored in found:
        local = stored.chat.starts_at.astimezone(ZoneInfo(stored.series.zone))
        standing = _standing(stored, timing, now)
        yield f"{stored.chat.id:<{width}}  {local:%Y-%m-%d %H:%M}  {standing:<21}  {_line(stored.chat.theme)}".rstrip()


def chat_as_json(stored: StoredChat, timing: Timing, now: datetime) -> dict[str, Any]:
    """Return a chat as a value for scripts."""
    chat = stored.chat
    return {
        "chat": chat.id,
        "series": chat.series,
        "theme": chat.theme,
        "starts_at": _instant(chat.starts_at),
        "ends_at": _instant(chat.ends_at),
        "late_until": _instant(chat.late_until),
        "zone": stored.series.zone,
        "questions": len(chat.questions),
        "state": stored.state,
        "phase": phase(chat, now, timing).value,
        "past": chat.is_past,
        "file": stored.file,
        "edited_by": stored.edited_by,
        "approved_by": stored.approved_by,
    }


def _standing(stored: StoredChat, timing: Timing, now: datetime) -> str:
    """Say in two or three words what a chat is doing."""
    standing = phase(stored.chat, now, timing)
    if stored.state in ("cancelled", "paused") and standing is not Phase.CLOSED:
        return stored.state
    if standing is Phase.UPCOMING:
        return f"{stored.state}, {until(stored.chat.starts_at, now)}"
    if standing is Phase.LATE:
        return f"late until {stored.chat.late_until:%d %b}"
    return "live now" if standing is Phase.LIVE else "published" if stored.approved_at else "closed"


# preview


def preview_as_json(preview: Preview) -> dict[str, Any]:
    """Return a timetable as a value for scripts."""
    return {
        "version": 1,
        "chat": preview.chat.id,
        "series": preview.series.id,
        "theme": preview.chat.theme,
        "state": preview.state,
        "zone": preview.series.zone,
        "starts_at": _instant(preview.chat.starts_at),
        "ends_at": _instant(preview.chat.ends_at),
        "posts": [_post_as_json(post) for post in preview.posts],
        "days": [{"day": day.name, "posts": day.posts, "public": day.public} for day in preview.days],
        "servers": [_server_as_json(server) for server in preview.servers],
        "notes": list(preview.notes),
    }


def _post_as_json(post: Planned) -> dict[str, Any]:
    draft = post.cue.draft
    return {
        "key": post.cue.key,
        "kind": post.cue.kind.value,
        "question": post.cue.question,
        "at": _instant(post.cue.due_at),
        "local": post.local.isoformat(timespec="seconds"),
        "visibility": draft.visibility.value,
        "reply_to": post.cue.reply_to,
        "notice": post.cue.notice,
        "warning": draft.warning,
        "text": draft.text,
        "picture": draft.picture,
        "alt": draft.alt,
        "poll": list(draft.poll.options) if draft.poll else None,
        "lengths": [{"account": n.account, "characters": n.characters, "limit": n.limit} for n in post.lengths],
        "states": dict(post.states),
    }


def _server_as_json(server: Server) -> dict[str, Any]:
    return {
        "account": server.account,
        "server": server.host,
        "software": server.software,
        "characters": server.room.characters,
        "rules": list(server.rules),
        "asked_at": _instant(server.asked_at) if server.asked_at else None,
        "trouble": server.trouble,
    }


def print_preview(preview: Preview, file: IO[str]) -> None:
    """Print a timetable; colours come only on a terminal, and `NO_COLOR` is heard."""
    from rich.console import Console

    console = Console(file=file, highlight=False, markup=False, emoji=False, width=None if file.isatty() else 80)
    _print_head(console, preview)
    at = ""
    for post in preview.posts:
        if day(post.local) != at:
            at = day(post.local)
            console.print(f"\n{at}", style="bold")
        _print_post(console, preview, post)
    _print_days(console, preview)
    for server in preview.servers:
        _print_server(console, server)
    if preview.notes:
        console.print()
    for note in preview.notes:
        _print(console, f"! {note}", "yellow", hanging=2)
    console.print()


def _print_head(console: Console, preview: Preview) -> None:
    chat, zone = preview.chat, ZoneInfo(preview.series.zone)
    starts, ends = chat.starts_at.astimezone(zone), chat.ends_at.astimezone(zone)
    title = ": ".join(part for part in (preview.series.name, chat.theme) if part)
    console.print()
    _print(console, _line(title), "bold")
    until_day = f"{day(ends)} " if ends.date() != starts.date() else ""
    when = f"{day(starts)} {starts.year}, {starts:%H:%M}–{until_day}{ends:%H:%M} {zone_name(preview.series)}"
    _print(console, f"{when} ({_utc(chat.starts_at)} UTC)", "")
    _print(console, f"{chat.id}, {preview.state}", "dim")


def _print_post(console: Console, preview: Preview, post: Planned) -> None:
    from rich.text import Text

    draft, lengths = post.cue.draft, _lengths(post)
    seen = _VISIBLE.get(draft.visibility, draft.visibility.value) + (", reply" if post.cue.reply_to else "")
    head = Text.assemble(
        f"{post.local:%H:%M}  ", (f"{_utc(post.cue.due_at)} UTC  ", "dim"),
        (_name(preview, post), "bold cyan"), (f"  {seen}", "dim"),
    )  # fmt: skip
    if len(lengths) == 1:
        head.append(" " * max(2, console.width - head.cell_len - len(lengths[0])))
        head.append(lengths[0], _tone(post))
    console.print()
    console.print(head)
    if len(lengths) > 1:
        _print(console, ", ".join(lengths), _tone(post), _INDENT)
    for line in _extras(post):
        _print(console, line, "italic", _INDENT)
    _print(console, draft.text, "", _INDENT)


def _extras(post: Planned) -> Iterator[str]:
    draft = post.cue.draft
    if draft.warning:
        yield f"content warning: {_line(draft.warning)}"
    if draft.picture:
        yield f"picture: {_line(draft.picture)} ({_line(draft.alt) or 'without a description'})"
    if draft.poll:
        yield f"poll: {_line(' / '.join(draft.poll.options))}"
    if post.is_planned_late:
        yield "planned too late to be posted: it does not go out"
    elif states := {state for _, state in post.states if state != "waiting"}:
        yield f"already {', '.join(sorted(states))}"


def _name(preview: Preview, post: Planned) -> str:
    question = preview.chat.question(post.cue.question) if post.cue.question else None
    if question is None or post.cue.kind is not CueKind.QUESTION:
        return _NAMES.get(post.cue.kind, post.cue.kind.value)
    return wording.label(preview.chat, question) or "question"


def _lengths(post: Planned) -> list[str]:
    """Return `181/500`, with the account's name where there are several with different limits."""
    plain = {f"{length.characters}/{length.limit}" for length in post.lengths}
    if len(plain) == 1:
        return list(plain)
    return [f"{length.account} {length.characters}/{length.limit}" for length in post.lengths]


def _tone(post: Planned) -> str:
    fullest = max((length.characters / length.limit for length in post.lengths), default=0)
    return "green" if fullest < 0.9 else "yellow"


def _print_days(console: Console, preview: Preview) -> None:
    console.print()
    for a_day in preview.days:
        posts = "1 post" if a_day.posts == 1 else f"{a_day.posts} posts"
        _print(console, f"{a_day.name}: {posts} per account, {a_day.public} of them public", "bold")


def _print_server(console: Console, server: Server) -> None:
    name = f"{server.account} on {server.host}" if server.host else server.account
    limit = f"{server.room.characters} characters a post"
    console.print()
    if server.asked_at is None:
        _print(
            console,
            f"{name}: reckoned with {limit}, as most servers allow; what its own allows is not known yet.",
            "bold",
        )
    else:
        software = f", {_line(server.software)}" if server.software else ""
        _print(console, f"{name}: {limit}{software} (asked {server.asked_at:%Y-%m-%d %H:%M} UTC)", "bold")
    if server.trouble:
        _print(console, f"! offline: {_line(server.trouble)}", "yellow", hanging=2)
    for number, rule in enumerate(server.rules, 1):
        _print(console, f"{number:>4}. {_line(rule)}", "", hanging=6)


def _print(console: Console, text: str, style: str, indent: int = 0, *, hanging: int = 0) -> None:
    """Print text wrapped between words; of a paragraph with a mark before it, further lines hang under the first."""
    from rich.text import Text

    mark, body = text[:hanging], text[hanging:]
    for paragraph in body.split("\n"):
        lines = Text(paragraph).wrap(console, console.width - indent - hanging)
        for place, line in enumerate(lines):
            line.rstrip()
            lead = " " * indent + (mark if place == 0 else " " * hanging)
            console.print(Text(lead if line else lead.rstrip()).append_text(line), style=style, soft_wrap=True)
        if not lines:
            console.print()


# words


def _line(text: str) -> str:
    """Return text as one line that cannot upset a terminal."""
    return " ".join(tidy(text).split())


def _utc(at: datetime) -> str:
    return f"{at.astimezone(ZoneInfo('UTC')):%H:%M}"


def _instant(at: datetime) -> str:
    return at.astimezone(ZoneInfo("UTC")).isoformat().replace("+00:00", "Z")
