"""Looks at how every chat stands, from the database alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chatbot.core.model import DeliveryState
from chatbot.core.nights import phases
from chatbot.core.nights.phases import Phase
from chatbot.core.plan import Chat
from chatbot.core.talk import notices, overview, troubles
from chatbot.core.talk.overview import ChatOverview, Standing
from chatbot.core.timing import Timing
from chatbot.store import chats, cursors, outbox
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Connection, Store
from chatbot.store.rows import Row

_NO_TROUBLE = ("planned-late", "overtaken")


def look(store: Store, timing: Timing, now: datetime) -> list[ChatOverview]:
    """Return how each chat stands that is near: going on, the next of its series, or over and not yet closed."""
    with store.read() as conn:
        return [_overview(conn, stored, timing, now) for stored in _near(chats.all_chats(conn), timing, now)]


def _near(known: Iterable[StoredChat], timing: Timing, now: datetime) -> list[StoredChat]:
    near, coming = [], set()
    for stored in known:
        phase = phases.phase(stored.chat, now, timing)
        if phase is Phase.UPCOMING and stored.series.id not in coming and stored.state != "cancelled":
            coming.add(stored.series.id)
            near.append(stored)
        elif phase in (Phase.LIVE, Phase.LATE) and not stored.chat.is_past:
            near.append(stored)
    return near


def _overview(conn: Connection, stored: StoredChat, timing: Timing, now: datetime) -> ChatOverview:
    chat = stored.chat
    rows = [row for row in outbox.of_chat(conn, chat.id) if row.is_cue]
    waiting = [row for row in rows if row.state is DeliveryState.WAITING]
    doubted = [row for row in rows if row.reason == troubles.BEFORE_START]
    coming = next((row for row in waiting if not row.hold and row.grace_until >= now), None)
    read = cursors.of_chat(conn, chat.id)
    passes = [cursor.read_at for (account, _route), cursor in read.items() if not account]
    return ChatOverview(
        chat=chat.id,
        title=notices.title(stored.series, chat),
        zone=stored.series.zone,
        starts_at=chat.starts_at,
        state=stored.state,
        phase=phases.phase(chat, now, timing),
        next=None if coming is None else _standing(chat, coming),
        sent=sum(row.state is DeliveryState.SENT for row in rows),
        waiting=len(waiting),
        not_sure=_in_state(chat, [row for row in rows if row not in doubted], DeliveryState.UNKNOWN),
        looked_for=_in_state(chat, doubted, DeliveryState.UNKNOWN),
        failed=_in_state(chat, rows, DeliveryState.FAILED),
        skipped=_in_state(chat, rows, DeliveryState.SKIPPED),
        held=tuple(_standing(chat, row) for row in waiting if row.hold),
        planned_late=tuple(_standing(chat, row) for row in rows if row.reason == "planned-late"),
        reads=overview.together({place: (c.read_at, c.brought, c.note) for place, c in read.items() if place[0]}),
        collected_at=max(passes, default=None),
        is_published=stored.approved_at is not None,
    )


def _in_state(chat: Chat, rows: Iterable[Row], state: DeliveryState) -> tuple[Standing, ...]:
    return tuple(_standing(chat, row) for row in rows if row.state is state and row.reason not in _NO_TROUBLE)


def _standing(chat: Chat, row: Row) -> Standing:
    name = notices.label(chat, row.kind, row.question)
    return Standing(name, row.account, row.due_at, troubles.why(row.reason or ""))
