"""Makes the unsent posts of a chat follow its plan, in one transaction; what is out or on its way stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from chatbot.core.model import Cue, CueKind, DeliveryState
from chatbot.core.nights import timetable
from chatbot.core.nights.wording import Room
from chatbot.core.plan import Series
from chatbot.core.timing import Timing
from chatbot.store import chats, outbox, servers
from chatbot.store.engine import Connection, Store
from chatbot.store.outbox import Replaced


def refresh(store: Store, chat_id: str, timing: Timing, now: datetime) -> Replaced:
    """Recompute a chat's unsent posts in one transaction, after its plan or its series changed."""
    with store.write() as conn:
        return follow(conn, chat_id, timing, now)


def follow(conn: Connection, chat_id: str, timing: Timing, now: datetime) -> Replaced:
    """Do the same within a transaction that stored the plan; a cancelled chat stays as it is."""
    stored = chats.find(conn, chat_id)
    if stored is None or stored.state == "cancelled":
        return Replaced()
    cues = timetable.run_sheet(stored.series, stored.chat, timing, rooms(conn, stored.series))
    return outbox.replace_unsent(conn, chat_id, [*cues, *_added_later(conn, chat_id)], stored.series.accounts, now)


def _added_later(conn: Connection, chat_id: str) -> Iterator[Cue]:
    """Yield waiting posts that no run sheet holds: the digest, and questions asked again."""
    seen = set()
    for row in outbox.of_chat(conn, chat_id):
        later = row.kind == CueKind.DIGEST or (row.is_cue and row.nth > 1)
        if later and row.state is DeliveryState.WAITING and row.key not in seen:
            seen.add(row.key)
            yield Cue(
                row.key, chat_id, CueKind(row.kind), row.due_at, row.draft, row.grace, row.lateness,
                question=row.question, nth=row.nth, reply_to=row.reply_to, notice=row.notice,
            )  # fmt: skip


def rooms(conn: Connection, series: Series) -> tuple[Room, ...]:
    """Return what the servers of a series' accounts take in a post, as they said when they were last asked."""
    return tuple(server.room for server in servers.of(conn, series.accounts))
