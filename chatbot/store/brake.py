"""What a host's brake does to a chat, for the command line and for private messages alike.

Each function takes a connection, acts in the caller's transaction, leaves a line in the audit log, and returns an
`Outcome`, whose sentences are in `core.talk.braking`. The log also answers which command was the latest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa

from chatbot.core.model import CueKind, DeliveryState
from chatbot.core.talk.braking import Outcome, Result, is_on
from chatbot.core.talk.commands import HostCommand
from chatbot.core.timing import Timing
from chatbot.core.value import Value
from chatbot.store import chats, outbox, tables
from chatbot.store.chats import StoredChat
from chatbot.store.rows import Row

_EVENT = "command-"
_EVERYWHERE = "*"  # the server of words that are known by what they are on every server
_BLOCKED = {"draft": Result.DRAFT, "paused": Result.PAUSED, "cancelled": Result.CANCELLED}


def pause(conn: sa.Connection, stored: StoredChat, by: str, now: datetime) -> Outcome:
    """Let nothing of a chat go out until `resume`."""
    if stored.state in ("draft", "cancelled"):
        return Outcome(HostCommand.PAUSE, _BLOCKED[stored.state])
    changed = chats.set_state(conn, stored.chat.id, "paused", by, now)
    coming = outbox.next_waiting(conn, now, stored.chat.id)
    return _about(HostCommand.PAUSE, Result.DONE if changed else Result.ALREADY, coming)


def resume(conn: sa.Connection, stored: StoredChat, by: str, now: datetime) -> Outcome:
    """Let a paused chat go on; what became due meanwhile gets its grace again and is paced as late posts are."""
    if stored.state in ("draft", "cancelled"):
        return Outcome(HostCommand.RESUME, _BLOCKED[stored.state])
    changed = chats.set_state(conn, stored.chat.id, "ready", by, now)
    late = outbox.resume(conn, stored.chat.id, now) if changed else 0
    coming = outbox.next_waiting(conn, now, stored.chat.id)
    return _about(HostCommand.RESUME, Result.DONE if changed else Result.ALREADY, coming, late)


def ask_to_stop(conn: sa.Connection, stored: StoredChat, by: str, now: datetime) -> Outcome:
    """Pause a chat at the first `stop`, and count what a second word would cancel."""
    if stored.state == "cancelled":
        return Outcome(HostCommand.STOP, Result.CANCELLED)
    count = unsent(conn, stored.chat.id)
    if not count:
        return Outcome(HostCommand.STOP, Result.NOTHING)
    if stored.state == "ready":
        chats.set_state(conn, stored.chat.id, "paused", by, now)
    return Outcome(HostCommand.STOP, Result.DONE, count=count)


def stop(conn: sa.Connection, stored: StoredChat, by: str, now: datetime) -> Outcome:
    """Cancel a chat: everything that is not out or on its way stays in. A night that is out already stays as it is."""
    count = unsent(conn, stored.chat.id)
    if not count and stored.state in ("ready", "paused"):
        return Outcome(HostCommand.YES_STOP, Result.NOTHING)
    if not chats.set_state(conn, stored.chat.id, "cancelled", by, now):
        return Outcome(HostCommand.YES_STOP, Result.CANCELLED)
    outbox.cancel_unsent(conn, stored.chat.id, outbox.STOPPED, now)
    return Outcome(HostCommand.YES_STOP, Result.DONE, count=count)


def next_question(
    conn: sa.Connection, stored: StoredChat, timing: Timing, now: datetime, said_at: datetime | None = None
) -> Outcome:
    """Let the next question go out now, on every account that keeps up; `said_at` is when the host asked for it."""
    if stored.state != "ready":
        return Outcome(HostCommand.NEXT, _BLOCKED[stored.state])
    if now < stored.chat.starts_at and not is_on(stored.chat, now, timing):
        return Outcome(HostCommand.NEXT, Result.EARLY)
    questions = _questions(conn, stored)
    passed = _passed(questions, now)
    leaving = _leaving(questions, passed, timing, now, said_at or now)
    if leaving is not None:
        return _about(HostCommand.NEXT, Result.ALREADY, leaving)
    coming = _first(list(_ready(questions, passed, now)))
    for row in coming:
        outbox.send_now(conn, row.id, now)
    return _about(HostCommand.NEXT, Result.DONE if coming else Result.NOTHING, coming[0] if coming else None)


def skip_question(
    conn: sa.Connection, stored: StoredChat, by: str, timing: Timing, now: datetime, said_at: datetime | None = None
) -> Outcome:
    """Drop the next question for good, on every account."""
    if stored.state == "cancelled":
        return Outcome(HostCommand.SKIP, Result.CANCELLED)
    questions = _questions(conn, stored)
    passed = _passed(questions, now)
    leaving = _leaving(questions, passed, timing, now, said_at or now)
    if leaving is not None:
        return _about(HostCommand.SKIP, Result.ALREADY, leaving)
    named = {row.key for row in _first(list(_ready(questions, passed, now)))}
    coming = [row for row in questions if row.key in named and _waits(row, now)]
    for row in coming:
        outbox.skip(conn, row.id, now, "a host dropped it")
    if coming:
        chats.audit(conn, now, "question-dropped", chat=stored.chat.id, by=by, detail=coming[0].question)
    return _about(HostCommand.SKIP, Result.DONE if coming else Result.NOTHING, coming[0] if coming else None)


def unsent(conn: sa.Connection, chat_id: str) -> int:
    """Count the posts of a chat that still wait, each once however many accounts it goes to."""
    rows = outbox.of_chat(conn, chat_id)
    return len({row.key for row in rows if row.is_cue and row.state is DeliveryState.WAITING})


# which command came last


def note(conn: sa.Connection, chat_id: str, command: HostCommand, by: str, said_at: datetime, now: datetime) -> None:
    """Remember that a host's command was obeyed, and when it was written."""
    chats.audit(conn, now, f"{_EVENT}{command}", chat=chat_id, by=by, detail=said_at.isoformat())


def latest(conn: sa.Connection, chat_id: str, by: str | None = None) -> tuple[HostCommand, datetime] | None:
    """Return the command obeyed last for a chat, of anybody or of one host, and when it was written."""
    audit = tables.audit
    wanted = [audit.c.chat == chat_id, audit.c.event.startswith(_EVENT)]
    if by is not None:
        wanted.append(audit.c.by == by)
    found = conn.execute(
        sa.select(audit.c.event, audit.c.detail).where(*wanted).order_by(audit.c.id.desc()).limit(1)
    ).first()
    if found is None:
        return None
    return HostCommand(found.event.removeprefix(_EVENT)), datetime.fromisoformat(found.detail)


# which words were obeyed


class Said(Value, frozen=True):
    """A word to the bot: its post as one server knows it and as all do, and what it is `about`, so read.

    A post that names two accounts is read on two servers, and may mean another series on each.
    """

    server: str
    local_id: str
    uri: str
    about: tuple[str, ...] = ()


def is_heard(conn: sa.Connection, said: Said) -> bool:
    """Tell whether a word to the bot was obeyed or answered before, on whatever server it was read."""
    heard = tables.heard
    known = [sa.and_(heard.c.server == server, heard.c.local_id == place) for server, place in _places(said)]
    return conn.scalar(sa.select(heard.c.at).where(sa.or_(*known)).limit(1)) is not None


def hear(conn: sa.Connection, said: Said, now: datetime) -> bool:
    """Mark a word to the bot as obeyed; False when it was so before."""
    if is_heard(conn, said):
        return False
    places = [{"server": server, "local_id": place, "at": now} for server, place in _places(said)]
    conn.execute(tables.heard.insert(), places)
    return True


def _places(said: Said) -> list[tuple[str, str]]:
    """Name where a word is marked; its uri is hashed, for it names the person."""
    marks = [hashlib.sha256(f"{said.uri} {about}".encode()).hexdigest() for about in said.about]
    return [(said.server, said.local_id), *((_EVERYWHERE, mark) for mark in marks)]


# rows


def _questions(conn: sa.Connection, stored: StoredChat) -> list[Row]:
    return [row for row in outbox.of_chat(conn, stored.chat.id) if row.kind == CueKind.QUESTION]


def _passed(questions: Sequence[Row], now: datetime) -> frozenset[str]:
    """Return the keys of questions that are out on one account, so that the evening does not wait for them on another.

    There are none when nothing else can go out: then those that lag are what `next` means.
    """
    out = frozenset(row.key for row in questions if row.state is DeliveryState.SENT)
    return out if any(_ready(questions, out, now)) else frozenset()


def _ready(questions: Sequence[Row], passed: frozenset[str], now: datetime) -> Iterator[Row]:
    """Yield what still waits inside its grace, the earliest first, but for what would overtake another question.

    An account that has not asked what is out elsewhere goes on by itself, in order: nobody there is to read Q2 before
    Q1. What is held makes nobody wait.
    """
    behind: set[str] = set()
    for row in questions:
        if row.key in passed and row.state is DeliveryState.WAITING and not row.hold:
            behind.add(row.account)
        elif row.key not in passed and row.account not in behind and _waits(row, now):
            yield row


def _first(rows: Sequence[Row]) -> list[Row]:
    """Return the rows, one an account, of the earliest question."""
    return [row for row in rows if row.key == rows[0].key]


def _waits(row: Row, now: datetime) -> bool:
    return row.state is DeliveryState.WAITING and row.grace_until >= now


def _leaving(
    questions: Sequence[Row], passed: frozenset[str], timing: Timing, now: datetime, said_at: datetime
) -> Row | None:
    """Return a question that is being sent or looked for, was called already, or went out after the host wrote."""
    return next((row for row in questions if _is_leaving(row, passed, timing, now, said_at)), None)


def _is_leaving(row: Row, passed: frozenset[str], timing: Timing, now: datetime, said_at: datetime) -> bool:
    if row.state is DeliveryState.SENT:
        return row.posted_at is not None and row.posted_at > said_at
    if row.key in passed:
        return False
    if row.state is DeliveryState.WAITING:
        return row.at_once and row.grace_until >= now
    if row.state is DeliveryState.UNKNOWN:  # no longer than it holds up the next one by itself
        return now < (row.attempt_ended_at or now) + timing.unknown_holds_up
    return row.state is DeliveryState.SENDING


def _about(command: HostCommand, result: Result, row: Row | None = None, count: int = 0) -> Outcome:
    if row is None:
        return Outcome(command, result, count=count)
    return Outcome(command, result, row.kind, row.question, row.due_at, count)
