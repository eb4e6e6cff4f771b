"""Takes a plan file in: says what it changes, stores it, and makes the unsent posts follow."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from chatbot.config import Config
from chatbot.core.errors import ChatbotError, Mistake, Mistakes
from chatbot.core.nights import changes, timetable
from chatbot.core.nights.wording.values import zone_name
from chatbot.core.plan import Chat, How, Series
from chatbot.core.talk.notices import counted
from chatbot.core.timing import Timing
from chatbot.stages.planning import correcting, holding, reading
from chatbot.stages.planning.correcting import Untrue
from chatbot.stages.planning.reading import Planned, Source
from chatbot.store import chats, unsent
from chatbot.store.chats import ChatState, StoredChat
from chatbot.store.engine import Connection, Store
from chatbot.store.outbox import Replaced

log = logging.getLogger("chatbot.planning")


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a file did: a line for each change, whether there was any, and what a host should know besides."""

    lines: tuple[str, ...]
    changed: bool
    warnings: tuple[Mistake, ...] = ()
    notes: tuple[str, ...] = ()
    open: tuple[Untrue, ...] = ()  # what is out, is not true any more, and waits for a host's choice


def look(store: Store, plan_file: Path, config: Config, now: datetime) -> Planned:
    """Read a plan file and hold it to what happened, as `apply` does, without taking it in."""
    plan = reading.read(store, plan_file, config, now)
    with store.read() as conn:
        return replace(plan, chats=holding.hold(conn, plan, now).chats)


def apply(
    store: Store, plan_file: Path, config: Config, now: datetime, force: bool = False, correct: How | None = None
) -> Applied:
    """Take a plan file in; doing it twice changes nothing the second time.

    1. Read the file and write every post of every chat; all that is wrong is said at once, and nothing is stored.
    2. Hold it to what happened: a chat that was announced keeps its name, a question that was asked its number.
    3. Refuse to undo what a person changed after the file was last applied, unless forced.
    4. In one transaction: store series and chats, recompute unsent posts, correct what is out as `correct` or the
       plan's settings say, take back chats that left the file untouched.
    """
    try:
        plan = reading.read(store, plan_file, config, now)
    except Mistakes as found:
        raise Mistakes(found.mistakes, "Nothing was applied, and what was planned before stands.") from None
    with store.write() as conn:
        held = holding.hold(conn, plan, now)
        plan = replace(plan, chats=held.chats)
        if not force:
            _refuse_undoing(conn, plan)
        lines = _series_lines(conn, plan.series, plan.source, now)
        for chat in plan.chats:
            lines += _take_chat(conn, chat, plan, config.timing, now)
        lines += _withdraw_others(conn, plan, now)
        lines += _follow_series(conn, plan, config.timing, now)
        corrected = correcting.follow(conn, _touched(conn, plan, now), correct, config.timing, now)
        lines += corrected.lines
    for chat in plan.chats:
        log.info("plan applied", extra={"chat": chat.id, "changes": len(lines)})
    return Applied(tuple(lines), bool(lines), plan.warnings, held.notes, corrected.open)


# what a person decided outlives the file


def _refuse_undoing(conn: Connection, plan: Planned) -> None:
    for chat in plan.chats:
        stored = chats.find(conn, chat.id)
        lacking = changes.undone(stored.chat, chat, stored.series) if stored and stored.edited_at else ()
        if stored is None or stored.edited_at is None or not lacking:
            continue
        at = stored.edited_at.astimezone(ZoneInfo(stored.series.zone))
        raise ChatbotError(
            f"{stored.edited_by} changed {chat.id} on {at:%Y-%m-%d at %H:%M} {zone_name(stored.series)}, after"
            f" {plan.source.shown} was applied, and the file would undo that. Nothing was applied, and what was planned"
            f" before stands. Write {' and '.join(lacking)} below its [[chat]] in the file, or use --force to let the"
            " file win."
        )


# storing


def _series_lines(conn: Connection, series: Series | None, source: Source, now: datetime) -> list[str]:
    if series is None:
        return []
    found = changes.of_series(chats.find_series(conn, series.id), series)
    chats.save_series(conn, series, file=source.name, file_hash=source.hash, now=now)
    return [f"series {series.id}: {change}" for change in found]


def _take_chat(conn: Connection, chat: Chat, plan: Planned, timing: Timing, now: datetime) -> list[str]:
    stored, source = chats.find(conn, chat.id), plan.source
    found = changes.of_chat(stored.chat if stored else None, chat, plan.known[chat.series])
    state = _state(stored, chat)
    if stored is None or found or (stored.file, stored.file_hash, stored.state) != (source.name, source.hash, state):
        at = now if found or stored is None else stored.applied_at
        chats.save_chat(conn, chat, state=state, file=source.name, file_hash=source.hash, now=at)
    if found:
        chats.audit(conn, now, "plan-applied", chat=chat.id)
    replaced = unsent.follow(conn, chat.id, timing, now)
    lines = [f"{chat.id}: {change}" for change in found]
    if found or replaced:
        lines.append(f"{chat.id}: {_outcome(chat, state, replaced)}")
    return lines


def _state(stored: StoredChat | None, chat: Chat) -> ChatState:
    """A pause and a `stop` are a person's decisions, which no file takes back; `cancelled = true` it can."""
    is_stopped = stored is not None and stored.state == "cancelled" and not stored.chat.cancelled
    if is_stopped or (chat.cancelled and not chat.is_past):
        return "cancelled"
    if stored is not None and stored.state == "paused":
        return stored.state
    return "ready" if timetable.is_postable(chat) or chat.is_past else "draft"


def _outcome(chat: Chat, state: ChatState, replaced: Replaced) -> str:
    if state == "cancelled" and chat.cancelled:
        return f"cancelled, nothing more is posted ({counted(replaced.removed, 'post')} taken back)"
    if state == "cancelled":
        return "it was cancelled before and stays so; nothing is posted"
    if chat.is_past:
        return "a past chat: nothing is posted, its answers can be imported and sorted"
    said = [
        f"{count} {word}"
        for count, word in ((replaced.added, "new"), (replaced.changed, "changed"), (replaced.removed, "taken back"))
        if count
    ]
    posts = f"posts: {', '.join(said)}" if said else "posts: as before"
    if replaced.too_late:
        posts += f"; planned too late to be posted: {', '.join(replaced.too_late)}"
    if state == "draft":
        return f"draft, nothing is posted until it has a theme, questions and `ready = true` ({posts})"
    return posts if state == "ready" else f"{posts} ({state}: nothing goes out until `chatbot resume {chat.id}`)"


def _withdraw_others(conn: Connection, plan: Planned, now: datetime) -> list[str]:
    """Take back upcoming chats that are no longer in the file they came from, or say why they stay."""
    kept = {chat.id for chat in plan.chats}
    lines = []
    for stored in chats.all_chats(conn):
        if stored.file != plan.source.name or stored.chat.id in kept or stored.chat.ends_at <= now:
            continue
        is_undecided = stored.edited_at is None and stored.state in ("draft", "ready")
        if is_undecided and chats.withdraw(conn, stored.chat.id, now):
            lines.append(f"{stored.chat.id}: no longer in the file; it was untouched and is taken back")
        elif stored.state != "cancelled":
            lines.append(
                f"{stored.chat.id}: no longer in the file, but it has begun or a person changed it, so it stays;"
                f" `chatbot cancel {stored.chat.id}` ends it"
            )
    return lines


def _touched(conn: Connection, plan: Planned, now: datetime) -> list[str]:
    """Name the chats that a file may have made untrue: its own, and those to come of its series."""
    ids = [chat.id for chat in plan.chats]
    coming = [stored for stored in chats.all_chats(conn) if stored.chat.late_until > now]
    of_series = [s.chat.id for s in coming if plan.series is not None and s.chat.series == plan.series.id]
    return list(dict.fromkeys((*ids, *of_series)))


def _follow_series(conn: Connection, plan: Planned, timing: Timing, now: datetime) -> list[str]:
    """Recompute the posts of the series' other upcoming chats: names, hosts and hashtags may be new."""
    done = {chat.id for chat in plan.chats}
    lines = []
    for stored in chats.all_chats(conn):
        is_other = plan.series and stored.chat.series == plan.series.id and stored.chat.id not in done
        if is_other and stored.chat.ends_at > now and (replaced := unsent.follow(conn, stored.chat.id, timing, now)):
            lines.append(f"{stored.chat.id}: {_outcome(stored.chat, stored.state, replaced)}")
    return lines
