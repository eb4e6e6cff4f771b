"""Writes a line of the chat's story: what was done to which row, never its words."""

from __future__ import annotations

import logging

from chatbot.stages.deliver.desk import Desk, Done
from chatbot.store import outbox
from chatbot.store.rows import Row

log = logging.getLogger("chatbot.deliver")

# What lanes call their steps, as the log says it; other steps are called the same there.
_SAID = {
    "absent": "not there",
    "broke-off": "broke off",
    "double": "double found",
    "doubted": "in doubt",
    "late-asks": "host asked",
    "look-failed": "look failed",
    "looked": "looked for",
    "needless": "left out, needless",
    "no-picture": "picture left out",
    "no-room": "host asked, no room",
    "not-recorded": "not recorded",
    "parent-gone": "moved, parent gone",
    "picture": "picture uploaded",
    "picture-later": "picture not uploaded",
    "put-off": "put off",
    "unknown": "outcome unknown",
    "unsettled": "given up",
    "watched": "no double found",
}


def tell(desk: Desk, done: Done) -> None:
    """Tell one step; of a post that went out also by how many seconds it was late, by the server's clock."""
    with desk.store.read() as conn:
        row = outbox.with_id(conn, done.row)
    told: dict[str, object] = {"row": done.row, "chat": done.chat, "account": desk.account}
    if row is not None:
        told |= {"chat": row.chat, "kind": row.kind, "question": row.question}
    if done.what == "sent" and row is not None and row.is_cue:
        log.info("posted", extra=told | {"late_s": _seconds_late(row)})
    else:
        log.info(_SAID.get(done.what, done.what), extra=told)


def _seconds_late(row: Row) -> float | None:
    return None if row.posted_at is None else max(round((row.posted_at - row.due_at).total_seconds(), 3), 0.0)
