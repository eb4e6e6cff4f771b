"""Series and chats as they were applied and decided: the database is the truth, a plan file only where they came from.

A chat's stored state is draft, ready, paused or cancelled; upcoming, live, late and closed come from the clock.
Functions take a connection, the caller commits.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from chatbot.core.errors import ChatbotError
from chatbot.core.model import DeliveryState
from chatbot.core.plan import Chat, How, Series
from chatbot.core.timing import Timing
from chatbot.core.value import Value, replace
from chatbot.store import outbox, rows, tables
from chatbot.store.codec import from_json, to_json

ChatState = Literal["draft", "ready", "paused", "cancelled"]
_PAST_THE_END = Timing().past_the_end


class StoredSeries(Value, frozen=True):
    """A series and the file it was applied from."""

    series: Series
    file: str | None
    file_hash: str | None
    applied_at: datetime


class StoredChat(Value, frozen=True):
    """A chat with its series, its state, where its plan came from, and who decided what about it."""

    series: Series
    chat: Chat
    state: ChatState
    file: str | None
    file_hash: str | None
    applied_at: datetime
    edited_by: str | None = None
    edited_at: datetime | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    final_at: datetime | None = None
    emptied_at: datetime | None = None
    corrections: How | None = None  # how a host last chose to correct what is out


# series


def save_series(conn: sa.Connection, series: Series, *, file: str | None, file_hash: str | None, now: datetime) -> None:
    """Store a series, replacing what was applied before."""
    values = {"plan": to_json(series), "file": file, "file_hash": file_hash, "applied_at": now}
    _put(conn, tables.series, series.id, values)


def find_series(conn: sa.Connection, series_id: str) -> Series | None:
    """Find a series by its short name."""
    plan = conn.scalar(sa.select(tables.series.c.plan).where(tables.series.c.id == series_id))
    return None if plan is None else from_json(Series, plan)


def stored_series(conn: sa.Connection) -> list[StoredSeries]:
    """Return every series with the file it came from, by short name."""
    found = conn.execute(sa.select(tables.series).order_by(tables.series.c.id))
    return [StoredSeries(from_json(Series, row.plan), row.file, row.file_hash, row.applied_at) for row in found]


def all_series(conn: sa.Connection) -> list[Series]:
    """Return every series, by short name."""
    return [stored.series for stored in stored_series(conn)]


# chats


def save_chat(
    conn: sa.Connection,
    chat: Chat,
    *,
    state: ChatState,
    file: str | None,
    file_hash: str | None,
    now: datetime,
) -> None:
    """Store a chat as its file says, replacing the plan and any person's edit of it; approvals stay."""
    values = {
        **_plan_columns(chat),
        "state": state,
        "file": file,
        "file_hash": file_hash,
        "applied_at": now,
        "edited_by": None,
        "edited_at": None,
    }
    _put(conn, tables.chat, chat.id, values)


def edit_plan(conn: sa.Connection, chat: Chat, by: str, now: datetime) -> None:
    """Store a person's change of a chat; the file may then only replace it when told to."""
    _update(conn, chat.id, **_plan_columns(chat), edited_by=by, edited_at=now)
    audit(conn, now, "plan-edited", chat=chat.id, by=by)


def cancel(conn: sa.Connection, chat: Chat, by: str, now: datetime) -> None:
    """Let a chat not take place, as a person says; its file takes that back only when told to."""
    edit_plan(conn, replace(chat, cancelled=True), by, now)
    set_state(conn, chat.id, "cancelled", by, now)


def find(conn: sa.Connection, chat_id: str) -> StoredChat | None:
    """Find a chat by its full id."""
    return next(iter(_chats(conn, tables.chat.c.id == chat_id)), None)


def all_chats(conn: sa.Connection) -> list[StoredChat]:
    """Return every chat, the earliest first."""
    return _chats(conn)


def begun_between(conn: sa.Connection, first: datetime, last: datetime) -> list[StoredChat]:
    """Return the chats that take place and begin in a stretch of time, the earliest first."""
    at = tables.chat.c.starts_at
    return [stored for stored in _chats(conn, at >= first, at <= last) if stored.state in ("ready", "paused")]


def planned_at(conn: sa.Connection, stored: StoredChat) -> datetime:
    """Return when a chat's plan, or its series', was stored last."""
    series = sa.select(tables.series.c.applied_at).where(tables.series.c.id == stored.series.id)
    applied = conn.scalar(series) or stored.applied_at
    return max(applied, stored.applied_at, stored.edited_at or stored.applied_at)


def named(
    conn: sa.Connection, name: str, now: datetime, *, past_the_end: timedelta = _PAST_THE_END
) -> StoredChat | None:
    """Find a chat by its full id, or by a series' short name: the running or next one, else the latest.

    A chat counts as running until `past_the_end`, so that `stop gardenchat` at three minutes past the hour
    does not stop next month's.
    """
    wanted = name.strip().lower()
    by_id = _chats(conn, sa.func.lower(tables.chat.c.id) == wanted)
    if by_id:
        return by_id[0]
    chats = _chats(conn, sa.func.lower(tables.chat.c.series) == wanted)
    ahead = [c for c in chats if now < c.chat.ends_at + past_the_end]
    for choice in ([c for c in ahead if c.state != "cancelled"], ahead):
        if choice:
            return choice[0]
    return chats[-1] if chats else None


def must_find(conn: sa.Connection, name: str, now: datetime) -> StoredChat:
    """Find a chat as `named` does, or say which ones there are."""
    stored = named(conn, name, now)
    if stored is None:
        raise ChatbotError(f"There is no chat “{name}”, so nothing was done. {_known(conn, name)}")
    return stored


def _known(conn: sa.Connection, name: str) -> str:
    """Say which chat may have been meant, or which there are."""
    from chatbot.core.files.forms import did_you_mean

    series = [one.id for one in all_series(conn)]
    if not series:
        return "None is planned yet; `chatbot plan apply FILE` brings one."
    meant = did_you_mean(name.strip(), (*series, *(stored.chat.id for stored in all_chats(conn))))
    hint = f"D{meant[1:]} " if meant else ""
    return f"{hint}`chatbot chats` lists every chat; the name of a series ({', '.join(series)}) means its next one."


def withdraw(conn: sa.Connection, chat_id: str, now: datetime) -> bool:
    """Delete a chat that has not begun; False, and nothing done, when a post went out or came in or was decided on."""
    if has_begun(conn, chat_id):
        return False
    row = tables.outbox
    conn.execute(sa.delete(row).where(row.c.chat == chat_id, row.c.state != DeliveryState.SENT.value))
    conn.execute(sa.delete(tables.cursor).where(tables.cursor.c.chat == chat_id))
    conn.execute(sa.delete(tables.chat).where(tables.chat.c.id == chat_id))
    audit(conn, now, "chat-withdrawn", chat=chat_id)
    return True


def choose_corrections(conn: sa.Connection, chat_id: str, how: How, now: datetime) -> None:
    """Remember how a host wants what is out to be corrected: what is on its way just now may need it later."""
    changed = sa.update(tables.chat).where(tables.chat.c.id == chat_id, tables.chat.c.corrections.is_distinct_from(how))
    if conn.execute(changed.values(corrections=how)).rowcount:
        audit(conn, now, "corrections-chosen", chat=chat_id, detail=how)


def has_begun(conn: sa.Connection, chat_id: str) -> bool:
    """Tell whether anything of a chat went out or came in, or was decided on by a person."""
    row = tables.outbox
    begun = sa.select(row.c.id).where(
        row.c.chat == chat_id,
        row.c.kind.in_(rows.CUES),
        sa.or_(row.c.state != outbox.WAITING, row.c.attempts > 0, row.c.hold, row.c.at_once),
        sa.func.coalesce(row.c.reason, "") != outbox.PLANNED_LATE,
    )
    collected = sa.select(tables.chat_post.c.post).where(tables.chat_post.c.chat == chat_id)
    return any(conn.execute(one.limit(1)).first() is not None for one in (begun, collected))


def set_state(conn: sa.Connection, chat_id: str, state: ChatState, by: str, now: datetime) -> bool:
    """Change a chat's state and note who did; False when it was so already."""
    chat = tables.chat
    changed = conn.execute(
        sa.update(chat).where(chat.c.id == chat_id, chat.c.state != state).values(state=state)
    ).rowcount
    if changed:
        audit(conn, now, f"chat-{state}", chat=chat_id, by=by)
    return bool(changed)


def approve(conn: sa.Connection, chat_id: str, by: str, now: datetime) -> bool:
    """Note who said `publish`; False when somebody had said it before, whose name stays."""
    chat = tables.chat
    changed = conn.execute(
        sa.update(chat)
        .where(chat.c.id == chat_id, chat.c.approved_at.is_(None))
        .values(approved_by=by, approved_at=now)
    ).rowcount
    if changed:
        audit(conn, now, "chat-approved", chat=chat_id, by=by)
    return bool(changed)


def take_back_approval(conn: sa.Connection, chat_id: str, now: datetime) -> None:
    """Let a chat wait for a host's `publish` again: posts came in that nobody has looked at."""
    _update(conn, chat_id, approved_by=None, approved_at=None, final_at=None)
    audit(conn, now, "approval-taken-back", chat=chat_id)


def mark_final(conn: sa.Connection, chat_id: str, now: datetime) -> None:
    """Note when the final edition was written."""
    _update(conn, chat_id, final_at=now)
    audit(conn, now, "chat-final", chat=chat_id)


def mark_emptied(conn: sa.Connection, chat_id: str, now: datetime) -> None:
    """Note when a chat that nobody published lost its content."""
    _update(conn, chat_id, emptied_at=now)
    audit(conn, now, "chat-emptied", chat=chat_id)


def audit(
    conn: sa.Connection,
    at: datetime,
    event: str,
    chat: str | None = None,
    by: str | None = None,
    detail: str | None = None,
) -> None:
    """Write one line of the log without content: ids, counts and who; never a post's text."""
    conn.execute(tables.audit.insert().values(at=at, event=event, chat=chat, by=by, detail=detail))


# rows


def _plan_columns(chat: Chat) -> dict[str, Any]:
    return {
        "series": chat.series,
        "plan": to_json(chat),
        "starts_at": chat.starts_at,
        "late_until": chat.late_until,
    }


def _put(conn: sa.Connection, table: sa.Table, row_id: str, values: dict[str, Any]) -> None:
    if not conn.execute(sa.update(table).where(table.c.id == row_id).values(values)).rowcount:
        conn.execute(table.insert().values(id=row_id, **values))


def _update(conn: sa.Connection, chat_id: str, **values: Any) -> None:
    conn.execute(sa.update(tables.chat).where(tables.chat.c.id == chat_id).values(values))


def _chats(conn: sa.Connection, *conditions: sa.ColumnElement[bool]) -> list[StoredChat]:
    found = conn.execute(
        sa.select(tables.chat, tables.series.c.plan.label("series_plan"))
        .join(tables.series)
        .where(*conditions)
        .order_by(tables.chat.c.starts_at, tables.chat.c.id)
    )
    return [_to_chat(row) for row in found]


def _to_chat(row: sa.Row[Any]) -> StoredChat:
    return StoredChat(
        series=from_json(Series, row.series_plan),
        chat=from_json(Chat, row.plan),
        state=row.state,
        file=row.file,
        file_hash=row.file_hash,
        applied_at=row.applied_at,
        edited_by=row.edited_by,
        edited_at=row.edited_at,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        final_at=row.final_at,
        emptied_at=row.emptied_at,
        corrections=row.corrections,
    )
