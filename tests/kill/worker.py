"""The process that is killed: one lane on the real clock, until every cue is settled.

python -m tests.kill.worker DATABASE SERVER
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta

from chatbot.core.model import DeliveryState
from chatbot.core.timing import Timing
from chatbot.platforms.mastodon import Mastodon
from chatbot.stages.deliver import Lane
from chatbot.store import outbox
from chatbot.store.engine import open_store

ACCOUNT = "bot"
TOKEN = "a-token"
OPEN = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN)

TIMING = Timing(
    tick=timedelta(seconds=0.05),
    claim_ahead=timedelta(seconds=0.3),
    request_deadline=timedelta(seconds=2),
    lease=timedelta(seconds=2.5),
    settle_after=timedelta(seconds=1.2),
    between_looks=timedelta(seconds=0.3),
    retry_after=timedelta(seconds=0.2),
    between_questions=timedelta(seconds=0.2),
    unknown_holds_up=timedelta(minutes=2),
)


def main(database: str, server: str) -> None:
    store = open_store(database)
    garden = Mastodon(ACCOUNT, server, TOKEN, timing=TIMING)
    lane = Lane(store, garden, TIMING, lambda: datetime.now(UTC), time.sleep, time.monotonic, "worker")
    while True:
        with store.read() as conn:
            if not outbox.in_state(conn, ACCOUNT, *OPEN):
                return
        if lane.step() is None:
            time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])
