"""The arrows between the states of an outbox row. Each is one conditional UPDATE that says whether it won.

                       +----------------------- drop, put_off, reshape ------------------------+
                       v                                                                       |
    put ---------> waiting ------------------------ claim --------------------------------> sending
                   | | | ^                                                                 |  |  |
          skip, late | | | +---- absent ----+                                      lose,  |  |  | fail
                   | | |                    |                                    expire   |  |  v
                   v | +----- doubt ----> unknown <---------------------------------------+  | failed
             skipped |                    |  |  |                                            |
                     |                    |  |  +-------- unsettled ------------> failed     | sent
                     |              found |  |                                               |
                     +------ found, ------+--+-----------------------------------> sent <----+
                             adopt (also from skipped and failed)

Two arrows are more than `design.md` draws. `doubt`: a cue that was due before this process began is looked for before
its first send "as if unknown", so it becomes unknown, and settling needs no second way. `found` and `adopt` from
waiting: the look before each send finds the post there already (a restored backup, a host who posted by hand).

`attempts` counts claims that reached the server or may have; from the first one on the text is frozen, but for a
parent or a picture that turned out not to be there (`reshape`). While each of them was certainly refused or never left
(`put_off`), a changed plan may still give the row new words; then it counts from 0 again.

What becomes of a claim that nobody keeps is in `store.leases`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa

from chatbot.core.model import CueKind, DeliveryState, Draft, Lateness, Visibility
from chatbot.core.value import Value
from chatbot.store import outbox, tables
from chatbot.store.codec import to_json
from chatbot.store.rows import CUES, EDIT, Row
from chatbot.store.sql import clock_ahead

PARENT_GONE, NO_PICTURE = "parent-gone", "no-picture"
LONGEST = 300  # characters of a reason

_T = tables.outbox
_WAITING, _SENDING, _UNKNOWN, _SENT, _FAILED, _SKIPPED = (
    DeliveryState.WAITING.value,
    DeliveryState.SENDING.value,
    DeliveryState.UNKNOWN.value,
    DeliveryState.SENT.value,
    DeliveryState.FAILED.value,
    DeliveryState.SKIPPED.value,
)


class Placed(Protocol):
    """What is written down of a post that is there: a ref as a platform returns it, or a post that was read."""

    @property
    def server(self) -> str: ...
    @property
    def local_id(self) -> str: ...
    @property
    def uri(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def at(self) -> datetime | None: ...
    @property
    def visibility(self) -> Visibility | None: ...


class Claim(Value, frozen=True):
    """What is stored before a row's first attempt: who makes it, until when, with which text, after which own post."""

    owner: str
    lease_until: datetime
    draft: Draft
    newest_own_id: str | None = None
    newest_own_at: datetime | None = None


# on its way


def claim(conn: sa.Connection, row: Row, claim: Claim, now: datetime) -> bool:
    """waiting -> sending, unless anybody changed the row since it was read."""
    first = row.attempts == 0
    return arrow(
        conn,
        row.id,
        (_WAITING,),
        now,
        _T.c.hold.is_(False),
        _T.c.changed_at == row.changed_at,
        state=_SENDING,
        owner=claim.owner,
        lease_until=claim.lease_until + clock_ahead(conn, now),
        draft=to_json(claim.draft),
        attempts=row.attempts + 1,
        absent_looks=0,
        not_before=None,
        newest_own_id=claim.newest_own_id if first else row.newest_own_id,
        newest_own_at=claim.newest_own_at if first else row.newest_own_at,
    )


def is_ours(conn: sa.Connection, row_id: int, owner: str) -> bool:
    """Whether a claim still stands and nobody pulled the brake since."""
    row = outbox.with_id(conn, row_id)
    if row is None or row.state is not DeliveryState.SENDING or row.owner != owner:
        return False
    return row.chat is None or row.is_private or may_go(chat_state(conn, row.chat), row)


def may_go(state: str | None, row: Row) -> bool:
    """Whether a chat's row may go out while the chat is in this state; of a cancelled one its corrections may."""
    return state in (None, "ready") or (state == "cancelled" and (row.is_correction or row.kind == EDIT))


def drop(conn: sa.Connection, row_id: int, owner: str, now: datetime) -> bool:
    """sending -> waiting: nothing was asked of the server."""
    return arrow(conn, row_id, (_SENDING,), now, _T.c.owner == owner, **_freed(_WAITING), attempts=_T.c.attempts - 1)


def put_off(conn: sa.Connection, row_id: int, owner: str, until: datetime, reason: str, now: datetime) -> bool:
    """sending -> waiting: the server did nothing and says when to come again, then with a fresh key."""
    values = {**_freed(_WAITING), "not_before": until, "reason": reason[:LONGEST], "key_from": _T.c.attempts}
    return arrow(conn, row_id, (_SENDING,), now, _T.c.owner == owner, **values)


def reshape(conn: sa.Connection, row_id: int, owner: str, draft: Draft, reason: str, now: datetime) -> bool:
    """sending -> waiting, in another place or without its picture: what it needs is not there; nothing was posted."""
    values = {**_freed(_WAITING), "draft": to_json(draft), "reason": reason}
    return arrow(conn, row_id, (_SENDING,), now, _T.c.owner == owner, **values)


def sent(conn: sa.Connection, row: Row, ref: Placed | None, doubles_until: datetime | None, now: datetime) -> bool:
    """sending -> sent; unknown -> sent too, should the lease have been taken away while the answer came.

    An edit and an e-mail have no place of their own (`ref` is None); that a parent or a picture was missing stays on
    record.
    """
    values = {**_freed(_SENT), "attempt_ended_at": now, "doubles_until": doubles_until}
    values |= {} if ref is None else _place(ref, now)
    values["reason"] = row.reason if row.reason in (PARENT_GONE, NO_PICTURE) else None
    return arrow(conn, row.id, (_SENDING, _UNKNOWN), now, **values)


def fail(conn: sa.Connection, row_id: int, owner: str, reason: str, now: datetime) -> bool:
    """sending -> failed: the server refused for good."""
    values = {**_freed(_FAILED), "reason": reason[:LONGEST], "attempt_ended_at": now}
    return arrow(conn, row_id, (_SENDING,), now, _T.c.owner == owner, **values)


def lose(conn: sa.Connection, row_id: int, owner: str, now: datetime, *, fresh_key: bool = False) -> bool:
    """sending -> unknown: the answer was lost; `fresh_key` when what was answered was an old answer."""
    more = {"key_from": _T.c.attempts} if fresh_key else {}
    return arrow(conn, row_id, (_SENDING,), now, _T.c.owner == owner, **doubtful(now, "answer-lost"), **more)


# settled by looking


def doubt(conn: sa.Connection, account: str, now: datetime) -> list[int]:
    """waiting -> unknown for each cue due when a process begins, as another may have sent it; returns their ids."""
    rows = conn.scalars(
        sa.select(_T.c.id).where(
            _T.c.account == account,
            _T.c.state == _WAITING,
            _T.c.kind.in_(CUES),
            _T.c.due_at <= now,
            sa.or_(
                _T.c.chat.not_in(sa.select(tables.chat.c.id).where(tables.chat.c.state.in_(("draft", "cancelled")))),
                _T.c.kind == CueKind.CORRECTION.value,
            ),
        )
    ).all()
    return [i for i in rows if arrow(conn, i, (_WAITING,), now, **doubtful(now, "due-before-start"))]


def looked(conn: sa.Connection, row_id: int, started: datetime, counts: bool, now: datetime) -> bool:
    """A look found nothing; the row stays unknown."""
    more = {"absent_looks": _T.c.absent_looks + 1} if counts else {}
    return arrow(conn, row_id, (_UNKNOWN,), now, looked_at=started, not_before=None, **more)


def look_later(conn: sa.Connection, row_id: int, until: datetime, now: datetime) -> bool:
    """A look, or what comes before a send, did not succeed; the state stays."""
    return arrow(conn, row_id, (_UNKNOWN, _WAITING), now, not_before=until)


def absent(conn: sa.Connection, row_id: int, started: datetime, now: datetime) -> bool:
    """unknown -> waiting: proven not to be there."""
    return arrow(conn, row_id, (_UNKNOWN,), now, **_freed(_WAITING), looked_at=started, not_before=None, reason=None)


def found(conn: sa.Connection, row_id: int, post: Placed, doubles_until: datetime, now: datetime) -> bool:
    """unknown or waiting -> sent: the post is there."""
    values = {**_freed(_SENT), **_place(post, now), "doubles_until": doubles_until, "looked_at": None}
    ended = sa.case(  # no attempt of ours: its own time
        (_T.c.attempts == 0, sa.null()),
        (_T.c.attempt_ended_at > now, sa.literal(now, tables.Instant)),
        else_=_T.c.attempt_ended_at,
    )
    values |= {"attempt_ended_at": ended, "reason": "found", "not_before": None}
    return arrow(conn, row_id, (_UNKNOWN, _WAITING), now, **values)


def unsettled(conn: sa.Connection, row_id: int, now: datetime) -> bool:
    """unknown -> failed: neither its presence nor its absence could be proven in time."""
    return arrow(conn, row_id, (_UNKNOWN,), now, **_freed(_FAILED), reason="unsettled")


def late(conn: sa.Connection, row: Row, reason: str, now: datetime) -> bool:
    """waiting -> skipped: its time is over."""
    return arrow(conn, row.id, (_WAITING,), now, _T.c.changed_at == row.changed_at, state=_SKIPPED, reason=reason)


def note(conn: sa.Connection, row: Row, reason: str, now: datetime) -> bool:
    """Write down, once, why a row is not out yet; the state stays."""
    unlike = _T.c.reason.is_distinct_from(reason[:LONGEST])
    return arrow(conn, row.id, (_WAITING, _UNKNOWN), now, unlike, reason=reason[:LONGEST])


# doubles, and what hosts post by hand


def move(conn: sa.Connection, row_id: int, post: Placed, now: datetime) -> bool:
    """Let a sent row stand for another, earlier post: the one it stood for is a double."""
    return arrow(conn, row_id, (_SENT,), now, **_place(post, now))


def watched(conn: sa.Connection, row_id: int, started: datetime, is_over: bool, now: datetime) -> bool:
    """Doubles were looked for; `is_over` ends the watch."""
    more = {"doubles_until": None} if is_over else {}
    return arrow(conn, row_id, (_SENT,), now, looked_at=started, **more)


def adopt(conn: sa.Connection, row_id: int, post: Placed, now: datetime) -> bool:
    """waiting, unknown, skipped or failed -> sent: a host asked it by hand."""
    values = {**_freed(_SENT), **_place(post, now), "adopted": True, "reason": "adopted", "not_before": None}
    values |= {"attempt_ended_at": None}  # the next question leaves room after the post, not after what we tried
    return arrow(conn, row_id, (_WAITING, _UNKNOWN, _SKIPPED, _FAILED), now, **values)


def insert_adopted(conn: sa.Connection, chat: str, question: str, account: str, post: Placed, now: datetime) -> int:
    """Add a row for an asking that no row of the plan stands for; returns its id.

    The first asking takes the key that the plan would give it, so that a plan applied later does not ask again; a
    repeat takes a key that no plan gives.
    """
    asked = _T.c.chat == chat, _T.c.question == question, _T.c.account == account
    nth = (conn.scalar(sa.select(sa.func.max(_T.c.nth)).where(*asked)) or 0) + 1
    values = {
        "key": f"{chat}/{CueKind.QUESTION.value}/{question}/{nth if nth == 1 else f'by-hand/{post.local_id}'}",
        "account": account,
        "chat": chat,
        "kind": CueKind.QUESTION.value,
        "question": question,
        "nth": nth,
        "due_at": post.at or now,
        "grace_until": post.at or now,
        "lateness": Lateness.POST_LATE.value,
        "draft": to_json(Draft("")),
        "state": _SENT,
        "adopted": True,
        "reason": "adopted",
        "changed_at": now,
        **_place(post, now),
    }
    return int(conn.execute(_T.insert().values(values).returning(_T.c.id)).scalar_one())


def chat_state(conn: sa.Connection, chat: str) -> str | None:
    """Return a chat's stored state."""
    return conn.scalar(sa.select(tables.chat.c.state).where(tables.chat.c.id == chat))


# how an arrow is made


def arrow(
    conn: sa.Connection,
    row_id: int,
    sources: tuple[str, ...],
    now: datetime,
    *conditions: sa.ColumnElement[bool],
    **values: Any,
) -> bool:
    """Change a row that is in one of these states; whether it was."""
    update = sa.update(_T).where(_T.c.id == row_id, _T.c.state.in_(sources), *conditions)
    return bool(conn.execute(update.values(**values, changed_at=now)).rowcount)


def _freed(state: str) -> dict[str, Any]:
    return {"state": state, "owner": None, "lease_until": None}


def doubtful(ended: datetime, reason: str) -> dict[str, Any]:
    """Return what makes a row unknown, its attempt having ended then at the latest."""
    return {**_freed(_UNKNOWN), "attempt_ended_at": ended, "absent_looks": 0, "reason": reason, "not_before": None}


def _place(post: Placed, now: datetime) -> dict[str, Any]:
    return {
        "server": post.server,
        "local_id": post.local_id,
        "uri": post.uri,
        "url": post.url,
        "posted_at": post.at or now,
        "visibility": None if post.visibility is None else post.visibility.value,
    }
