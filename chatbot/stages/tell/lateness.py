"""Which posts of a chat are late, so that its hosts are told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from chatbot.core.delivery import pace
from chatbot.core.timing import Timing
from chatbot.store.chats import StoredChat
from chatbot.store.rows import Row


def late_rows(rows: list[Row], stored: StoredChat, began: datetime, timing: Timing, now: datetime) -> Iterator[Row]:
    """Yield what is late on its own account: not what waits its turn behind another, nor what waits for a host.

    Each has a moment to come right by itself: after its instant, after its attempt, after the program began.
    """
    for account in {row.account for row in rows}:
        queue = [row for row in rows if row.account == account]
        turns = pace.turns(queue, stored.chat.ends_at, timing, now)
        for row in queue:
            turn = turns.get(row.id)
            if turn is None or row.hold or turn.waits_for is not None or turn.no_room:
                continue
            since = max(turn.at, began, row.attempt_ended_at or began)
            if since + timing.late_told_after <= now <= turn.until and row.reason != "late-asks":
                yield row
