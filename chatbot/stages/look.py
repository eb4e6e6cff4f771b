"""Looks at how every chat stands, from the database alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from chatbot.core.delivery import pace
from chatbot.core.model import DeliveryState
from chatbot.core.nights import phases
from chatbot.core.nights.phases import Phase
from chatbot.core.plan import Chat
from chatbot.core.talk import notices, overview, troubles
from chatbot.core.talk.overview import ChatOverview, Late, Standing, Untold
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.store import chats, cursors, outbox, sightings
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Connection, Store
from chatbot.store.rows import Row

NOWHERE: Mapping[str, str] = MappingProxyType({})
_READINGS = (("", cursors.READ), ("", cursors.WHOLE))
_NO_TROUBLE = ("planned-late", "overtaken")


def look(store: Store, timing: Timing, now: datetime, servers: Mapping[str, str] = NOWHERE) -> list[ChatOverview]:
    """Return how each chat stands that is near: going on, the next of its series, or over and not yet closed.

    `servers` names the server of each account.
    """
    with store.read() as conn:
        return [_overview(conn, stored, timing, now, servers) for stored in _near(chats.all_chats(conn), timing, now)]


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


def _overview(
    conn: Connection, stored: StoredChat, timing: Timing, now: datetime, servers: Mapping[str, str]
) -> ChatOverview:
    chat = stored.chat
    everything = outbox.of_chat(conn, chat.id)
    rows = [row for row in everything if row.is_cue]
    waiting = [row for row in rows if row.state is DeliveryState.WAITING]
    doubted = [row for row in rows if row.reason == troubles.BEFORE_START]
    read = cursors.of_chat(conn, chat.id)
    own = {row.uri for row in everything if row.uri}
    brought = sightings.by_server(conn, chat.id, own)
    newest = sightings.newest(conn, chat.id, own)
    out = _late(chat, rows)
    return ChatOverview(
        chat=chat.id,
        title=notices.title(stored.series, chat),
        zone=stored.series.zone,
        starts_at=chat.starts_at,
        ends_at=chat.ends_at,
        state=stored.state,
        phase=phases.phase(chat, now, timing),
        next=_next(chat, rows, timing, now),
        sent=sum(row.state is DeliveryState.SENT for row in rows),
        waiting=len(waiting),
        not_sure=_in_state(chat, [row for row in rows if row not in doubted], DeliveryState.UNKNOWN),
        looked_for=_in_state(chat, doubted, DeliveryState.UNKNOWN),
        failed=_in_state(chat, rows, DeliveryState.FAILED),
        skipped=_in_state(chat, rows, DeliveryState.SKIPPED),
        held=tuple(_standing(chat, row) for row in waiting if row.hold),
        planned_late=tuple(_standing(chat, row) for row in rows if row.reason == "planned-late"),
        last=out[-1] if out else None,
        latest=max(out, key=lambda one: one.by, default=None),
        reads=overview.together({at: (c.read_at, c.note) for at, c in read.items() if at[0]}, brought, servers),
        collected_at=max((read[at].read_at for at in _READINGS if at in read), default=None),
        posts=overview.of_people(brought),
        newest_took=None if newest is None else max(newest[1] - newest[0], timedelta()),
        untold=tuple(_untold(everything)),
        is_published=stored.approved_at is not None,
    )


def _next(chat: Chat, rows: Sequence[Row], timing: Timing, now: datetime) -> Standing | None:
    """Return what goes out next, at the instant at which it will: a late question pushes those after it."""
    coming = []
    for account in {row.account for row in rows}:
        queue = [row for row in rows if row.account == account]
        turns = pace.turns(queue, chat.ends_at, timing, now)
        for row in queue:
            if row.state is not DeliveryState.WAITING or row.hold:
                continue
            turn = turns[row.id]
            if not turn.no_room and turn.until >= now:
                coming.append((max(turn.at, row.not_before or turn.at), row.id, row))
    if not coming:
        return None
    at, _id, row = min(coming)
    return replace(_standing(chat, row), due_at=at)


def _in_state(chat: Chat, rows: Iterable[Row], state: DeliveryState) -> tuple[Standing, ...]:
    return tuple(_standing(chat, row) for row in rows if row.state is state and row.reason not in _NO_TROUBLE)


def _standing(chat: Chat, row: Row) -> Standing:
    name = notices.label(chat, row.kind, row.question)
    return Standing(name, row.account, row.due_at, troubles.why(row.reason or ""))


def _late(chat: Chat, rows: Iterable[Row]) -> list[Late]:
    """Return how late each post was that is out, in their order; what a host posted by hand has no time of its own."""
    sent = [row for row in rows if row.state is DeliveryState.SENT and not row.adopted]
    out = [(row.posted_at, row) for row in sent if row.posted_at is not None]
    return [
        Late(notices.label(chat, row.kind, row.question), row.account, max(at - row.due_at, timedelta()))
        for at, row in sorted(out, key=lambda one: one[0])
    ]


def _untold(rows: Iterable[Row]) -> Iterator[Untold]:
    """Count what people were not told, by the way it should have gone."""
    ways: dict[str, list[Row]] = {}
    for row in rows:
        if row.kind == outbox.NOTICE and row.state in (DeliveryState.FAILED, DeliveryState.SKIPPED):
            ways.setdefault(row.account, []).append(row)
    for account, found in ways.items():
        last = max(found, key=lambda row: row.changed_at)
        yield Untold(account, len(found), troubles.why(last.reason or ""))
