"""Takes plans in: reads a file, says what it changes, stores it, and makes the unsent posts follow.

1. Read the file and write every text of every chat; all that is wrong is said at once, and nothing is stored.
2. Refuse to undo what a person changed after the file was last applied, unless forced.
3. In one transaction: store series and chats, recompute unsent posts, withdraw chats that left the file untouched.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from chatbot.config import Config
from chatbot.core import changes, plan_texts, planfile, timetable, toml
from chatbot.core.errors import ChatbotError, Mistake, Mistakes
from chatbot.core.model import Cue, CueKind, DeliveryState, Timing
from chatbot.core.plan import Chat, Series
from chatbot.core.wording import Room
from chatbot.store import chats, outbox, servers
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


@dataclass(frozen=True, slots=True)
class Source:
    """A plan file: as a person named it, as the database remembers it, its text, and the hash of its bytes."""

    shown: str
    name: str
    text: str
    hash: str


@dataclass(frozen=True, slots=True)
class Drift:
    """A plan file that is not as it was applied."""

    file: str
    what: Literal["changed", "missing", "not applied"]


# applying


def apply(store: Store, plan_file: Path, config: Config, now: datetime, force: bool = False) -> Applied:
    """Take a plan file in; doing it twice changes nothing the second time.

    Raises `Mistakes` for what is wrong in the file, and `ChatbotError` when a person's later change would be undone.
    """
    source = read_source(plan_file, config)
    plan = read_plan(store, source, now)
    check_accounts(plan, config, source)
    with store.write() as conn:
        if not force:
            _refuse_undoing(conn, plan.chats, source)
        lines = _series_lines(conn, plan.series, source, now)
        for chat in plan.chats:
            lines += _take_chat(conn, chat, source, config.timing, now)
        lines += _withdraw_others(conn, plan, source, now)
        if plan.series is not None:
            lines += _follow_series(conn, plan, config.timing, now)
    log.info("applied", extra={"chats": len(plan.chats), "changes": len(lines)})
    return Applied(tuple(lines), bool(lines), plan.warnings)


def read_source(plan_file: Path, config: Config) -> Source:
    """Read a plan file, which has to be UTF-8."""
    try:
        content = plan_file.read_bytes()
    except OSError as error:
        raise ChatbotError(
            f"{plan_file} cannot be read ({error.strerror}). Nothing was changed; check the name of the file."
        ) from error
    text = toml.decode(content, str(plan_file))
    return Source(str(plan_file), _remembered(plan_file, config), text, hashlib.sha256(content).hexdigest())


def read_plan(store: Store, source: Source, now: datetime) -> planfile.Plan:
    """Read a file's series and chats and write each of their texts; raise every mistake at once."""
    with store.read() as conn:
        known = {series.id: series for series in chats.all_series(conn)}
        plan = planfile.read_plan(source.text, source.shown, known, now)
        by_id = known | ({plan.series.id: plan.series} if plan.series else {})
        rooms = {series.id: _rooms(conn, series) for series in by_id.values()}
    found = [
        mistake
        for chat in plan.chats
        for mistake in plan_texts.mistakes(
            by_id[chat.series], chat, rooms[chat.series], file=source.shown, source=source.text
        )
    ]
    if found:
        raise Mistakes(tuple(dict.fromkeys(found)))
    return plan


def check_accounts(plan: planfile.Plan, config: Config, source: Source) -> None:
    """Raise `Mistakes` for accounts that the settings do not name."""
    missing = [name for name in (plan.series.accounts if plan.series else ()) if name not in config.accounts]
    if missing:
        known = ", ".join(config.accounts) or "none"
        todo = f"write one of those in {config.file.name} (known: {known}), or `chatbot login` a new one"
        raise Mistakes(
            [
                Mistake(source.shown, plan_texts.line_of(source.text, name), f"there is no account {name!r}", todo)
                for name in missing
            ]
        )


def _remembered(plan_file: Path, config: Config) -> str:
    """Return a file's name relative to the settings, so that a moved folder is still known."""
    path, home = plan_file.resolve(), config.file.resolve().parent
    return path.relative_to(home).as_posix() if path.is_relative_to(home) else path.as_posix()


# what a person decided outlives the file


def _refuse_undoing(conn: Connection, planned: Sequence[Chat], source: Source) -> None:
    for chat in planned:
        stored = chats.find(conn, chat.id)
        if stored is None or stored.edited_at is None or not changes.of_chat(stored.chat, chat):
            continue
        undone = "; ".join(changes.of_chat(stored.chat, chat)[:3])
        raise ChatbotError(
            f"{stored.edited_by} changed {chat.id} on {stored.edited_at:%Y-%m-%d at %H:%M} UTC, after {source.shown}"
            f" was applied, and the file would undo that ({undone}). Nothing was applied. Write the change into the"
            " file, or use --force to let the file win."
        )


# storing


def _series_lines(conn: Connection, series: Series | None, source: Source, now: datetime) -> list[str]:
    if series is None:
        return []
    found = changes.of_series(chats.find_series(conn, series.id), series)
    chats.save_series(conn, series, file=source.name, file_hash=source.hash, now=now)
    return [f"series {series.id}: {change}" for change in found]


def _take_chat(conn: Connection, chat: Chat, source: Source, timing: Timing, now: datetime) -> list[str]:
    stored = chats.find(conn, chat.id)
    found = changes.of_chat(stored.chat if stored else None, chat)
    state = _state(stored, chat)
    if stored is None or found or (stored.file, stored.file_hash, stored.state) != (source.name, source.hash, state):
        at = now if found or stored is None else stored.applied_at
        chats.save_chat(conn, chat, state=state, file=source.name, file_hash=source.hash, now=at)
    if found:
        chats.audit(conn, now, "plan-applied", chat=chat.id)
    replaced = _refresh(conn, chat.id, timing, now)
    lines = [f"{chat.id}: {change}" for change in found]
    if found or replaced:
        lines.append(f"{chat.id}: {_outcome(chat, state, replaced)}")
    return lines


def _state(stored: StoredChat | None, chat: Chat) -> ChatState:
    """A pause and a cancellation are a person's decisions, which no file takes back."""
    if stored is not None and stored.state in ("paused", "cancelled"):
        return stored.state
    return "ready" if timetable.is_postable(chat) or chat.is_past else "draft"


def _outcome(chat: Chat, state: ChatState, replaced: Replaced) -> str:
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
    if state == "draft":
        return f"draft, nothing is posted until it has a theme, questions and `ready = true` ({posts})"
    return posts if state == "ready" else f"{posts} ({state}: nothing goes out until `chatbot resume {chat.id}`)"


def _withdraw_others(conn: Connection, plan: planfile.Plan, source: Source, now: datetime) -> list[str]:
    """Take back upcoming chats that are no longer in the file they came from, or say why they stay."""
    kept = {chat.id for chat in plan.chats}
    lines = []
    for stored in chats.all_chats(conn):
        if stored.file != source.name or stored.chat.id in kept or stored.chat.ends_at <= now:
            continue
        is_undecided = stored.edited_at is None and stored.state in ("draft", "ready")
        if is_undecided and chats.withdraw(conn, stored.chat.id, now):
            lines.append(f"{stored.chat.id}: no longer in the file; it was untouched and is taken back")
        elif stored.state != "cancelled":
            lines.append(
                f"{stored.chat.id}: no longer in the file, but it has begun or a person changed it, so it stays;"
                f" `chatbot stop {stored.chat.id}` ends it"
            )
    return lines


def _follow_series(conn: Connection, plan: planfile.Plan, timing: Timing, now: datetime) -> list[str]:
    """Recompute the posts of the series' other upcoming chats: names, hosts and hashtags may be new."""
    done = {chat.id for chat in plan.chats}
    lines = []
    for stored in chats.all_chats(conn):
        is_other = stored.chat.id not in done and plan.series is not None and stored.chat.series == plan.series.id
        if is_other and stored.chat.ends_at > now and (replaced := _refresh(conn, stored.chat.id, timing, now)):
            lines.append(f"{stored.chat.id}: {_outcome(stored.chat, stored.state, replaced)}")
    return lines


# unsent posts


def refresh(store: Store, chat_id: str, timing: Timing, now: datetime) -> Replaced:
    """Recompute a chat's unsent posts in one transaction, after its plan or its series changed."""
    with store.write() as conn:
        return _refresh(conn, chat_id, timing, now)


def _refresh(conn: Connection, chat_id: str, timing: Timing, now: datetime) -> Replaced:
    stored = chats.find(conn, chat_id)
    if stored is None or stored.state == "cancelled":
        return Replaced()
    cues = timetable.run_sheet(stored.series, stored.chat, timing, _rooms(conn, stored.series))
    return outbox.replace_unsent(conn, chat_id, [*cues, *_added_later(conn, chat_id)], stored.series.accounts, now)


def _added_later(conn: Connection, chat_id: str) -> Iterator[Cue]:
    """Yield waiting posts that no run sheet holds: the digest, corrections, questions asked again."""
    seen = set()
    for row in outbox.of_chat(conn, chat_id):
        later = row.kind in (CueKind.DIGEST, CueKind.CORRECTION) or (row.is_cue and row.nth > 1)
        if later and row.state is DeliveryState.WAITING and row.key not in seen:
            seen.add(row.key)
            yield Cue(
                row.key, chat_id, CueKind(row.kind), row.due_at, row.draft, row.grace, row.lateness,
                question=row.question, nth=row.nth, reply_to=row.reply_to, notice=row.notice,
            )  # fmt: skip


def _rooms(conn: Connection, series: Series) -> tuple[Room, ...]:
    return tuple(server.room for server in servers.of(conn, series.accounts))


# files


def changed_files(store: Store, config: Config) -> tuple[Drift, ...]:
    """Compare each plan file with what was applied: `run` takes nothing from them, it only warns."""
    with store.read() as conn:
        applied = {s.file: s.file_hash for s in chats.stored_series(conn) if s.file}
        applied |= {c.file: c.file_hash for c in chats.all_chats(conn) if c.file}
    home = config.file.resolve().parent
    drifts = [Drift(name, what) for name, expected in applied.items() if (what := _drift(home / name, expected))]
    new = [_remembered(path, config) for path in sorted(config.chats.glob("*.toml"))]
    return (*drifts, *(Drift(name, "not applied") for name in new if name not in applied))


def _drift(path: Path, expected: str | None) -> Literal["changed", "missing"] | None:
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "missing"
    return None if found == expected else "changed"
