"""Which post of ours a reply goes under: the planned one, or the next best when that is not there (any more)."""

from __future__ import annotations

from chatbot.core.model import DeliveryState, Visibility
from chatbot.store import outbox
from chatbot.store.engine import Connection
from chatbot.store.rows import Row


def best(conn: Connection, row: Row, gone: str | None = None) -> str | None:
    """Return the local id of the best parent that is out; None when the post is to stand alone.

    A public post is found in the hashtag timeline wherever it stands. A quiet one would reach nobody alone, so it goes
    under the newest question. `gone` is a parent that the server does not have any more: only what comes after it.
    """
    found = [parent.local_id for parent in _candidates(conn, row) if parent.local_id is not None]
    if gone in found:
        found = found[found.index(gone) + 1 :]
    return next((local_id for local_id in found if local_id != gone), None)


def _candidates(conn: Connection, row: Row) -> list[Row]:
    planned = outbox.find(conn, row.reply_to, row.account) if row.reply_to else None
    candidates = [planned] if planned is not None else []
    if row.draft.visibility is Visibility.UNLISTED and row.chat is not None:
        asked = [one for one in outbox.of_chat(conn, row.chat) if one.account == row.account and one.is_question]
        out = [one for one in asked if one.state is DeliveryState.SENT]
        candidates += sorted(out, key=lambda one: one.posted_at or one.due_at)[-1:]
    return candidates
