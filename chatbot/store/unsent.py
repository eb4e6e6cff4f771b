"""Makes the unsent posts of a chat follow its plan, in one transaction; what is out or on its way stays as it is.

What was on its way and turns out not to be there follows in the transaction that lets it wait again (`follow_one`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from chatbot.core.errors import Mistakes
from chatbot.core.model import Cue, CueKind, DeliveryState
from chatbot.core.nights import again, timetable
from chatbot.core.nights.wording import Room
from chatbot.core.plan import Series
from chatbot.core.timing import Timing
from chatbot.store import chats, outbox, servers
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Connection, Store
from chatbot.store.outbox import Replaced
from chatbot.store.rows import Row


def refresh(store: Store, chat_id: str, timing: Timing, now: datetime) -> Replaced:
    """Recompute a chat's unsent posts in one transaction, after its plan or its series changed."""
    with store.write() as conn:
        return follow(conn, chat_id, timing, now)


def follow(conn: Connection, chat_id: str, timing: Timing, now: datetime) -> Replaced:
    """Do the same within a transaction that stored the plan; a chat that a host stopped stays as it is."""
    stored = chats.find(conn, chat_id)
    if stored is None or _is_stopped(stored):
        return Replaced()
    room = rooms(conn, stored.series)
    sheet = _sheet(stored, timing, room)
    planned = _planned(conn, chat_id)
    wanted: dict[tuple[str, str], Cue] = {}
    for account in stored.series.accounts:
        mine = [row for row in planned if row.account == account]
        wanted |= {(cue.key, account): cue for cue in _cues(stored, sheet, mine, room, now)}
    return outbox.replace_rows(conn, chat_id, wanted, now)


def follow_one(conn: Connection, row_id: int, timing: Timing, now: datetime) -> None:
    """Let one row that waits again follow a plan that was stored, or a `stop` that was said, while it was on its way.

    That it is not on the server is certain, or it would not wait.
    """
    row = outbox.with_id(conn, row_id)
    if row is None or row.chat is None or row.state is not DeliveryState.WAITING:
        return
    stored = chats.find(conn, row.chat) if row.is_cue and not row.is_correction else None
    if stored is None:
        return
    if _is_stopped(stored):
        outbox.skip(conn, row.id, now, outbox.STOPPED)
    elif chats.planned_at(conn, stored) >= (row.attempt_ended_at or now) - timing.lease:
        with contextlib.suppress(Mistakes):  # of words that do not fit a host hears at the next `plan apply`
            outbox.replace_row(conn, row, _cue_of(conn, stored, row, timing, now), now)


def _cue_of(conn: Connection, stored: StoredChat, row: Row, timing: Timing, now: datetime) -> Cue | None:
    """Return what the plan makes of a row; None when it has no such post, or has put another in its place."""
    room = rooms(conn, stored.series)
    mine = [other for other in _planned(conn, stored.chat.id) if other.account == row.account]
    sheet = _sheet(stored, timing, room)
    cues = {cue.key: cue for cue in _cues(stored, sheet, mine, room, now)}
    is_replaced = any(
        (other.kind, other.question, other.state) == (row.kind, row.question, DeliveryState.WAITING)
        and other.key not in cues
        for other in mine
    )
    is_meant = row.account in stored.series.accounts and not is_replaced
    return cues.get(row.key) if is_meant else None


def _sheet(stored: StoredChat, timing: Timing, room: Sequence[Room]) -> list[Cue]:
    """Return the run sheet without what a host took out: asked on one account, it is not asked on others any more."""
    withdrawn = {question.id for question in stored.chat.questions if question.withdrawn}
    sheet = timetable.run_sheet(stored.series, stored.chat, timing, room)
    return [cue for cue in sheet if cue.question not in withdrawn]


def _cues(
    stored: StoredChat, sheet: Sequence[Cue], mine: Sequence[Row], room: Sequence[Room], now: datetime
) -> list[Cue]:
    """Return what one account, whose rows are `mine`, is to post."""
    cues = again.numbered(sheet, mine, stored.series.zone, now)
    keys = {cue.key for cue in cues}
    return [*cues, *_added_later(stored, [row for row in mine if row.key not in keys], mine, room)]


def _planned(conn: Connection, chat_id: str) -> list[Row]:
    return [row for row in outbox.of_chat(conn, chat_id) if row.is_cue and not row.is_correction]


def _is_stopped(stored: StoredChat) -> bool:
    """Whether a host stopped the chat, which no plan takes back."""
    return stored.state == "cancelled" and not stored.chat.cancelled


def _added_later(
    stored: StoredChat, unplanned: Sequence[Row], mine: Sequence[Row], room: Sequence[Room]
) -> Iterator[Cue]:
    """Yield waiting posts that no run sheet holds: the digest, and questions asked again, in their newest words."""
    for row in unplanned:
        question = stored.chat.question(row.question or "")
        is_repeat = row.is_question and row.nth > 1 and question is not None and not question.withdrawn
        if row.state is not DeliveryState.WAITING or not (row.kind == CueKind.DIGEST or is_repeat):
            continue
        if stored.chat.cancelled and is_repeat:
            continue
        first = next((one.url for one in mine if one.is_question and one.question == row.question and one.url), None)
        if question is not None and first is not None:
            repeat = timetable.Again(row.nth, first, row.due_at, row.grace)
            yield timetable.again_cue(stored.series, stored.chat, question, repeat, room)
        else:
            yield _as_it_is(row)


def _as_it_is(row: Row) -> Cue:
    return Cue(
        row.key, row.chat or "", CueKind(row.kind), row.due_at, row.draft, row.grace, row.lateness,
        question=row.question, nth=row.nth, reply_to=row.reply_to, notice=row.notice, says=row.says,
    )  # fmt: skip


def rooms(conn: Connection, series: Series) -> tuple[Room, ...]:
    """Return what the servers of a series' accounts take in a post, as they said when they were last asked."""
    return tuple(server.room for server in servers.of(conn, series.accounts))
