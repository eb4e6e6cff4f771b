"""Keeps "Tonight so far" up to date: one post, edited as questions go out, that links them all for late-comers.

The edit is put in the transaction that writes down the question, or its correction (`store.edits`).
"""

from __future__ import annotations

from datetime import datetime

from chatbot.core.model import CueKind, DeliveryState
from chatbot.core.nights import wording
from chatbot.core.nights.wording import Room
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.store import chats, edits, outbox, servers
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Connection
from chatbot.store.rows import Row


def put_edit(conn: Connection, chat_id: str, account: str, timing: Timing, now: datetime) -> bool:
    """Put the edit that the questions now out call for; False when there is nothing to edit, or nothing new.

    A chat that was moved to another day has a post for each day; the later one is kept up to date.
    """
    stored = chats.find(conn, chat_id)
    rows = [row for row in outbox.of_chat(conn, chat_id) if row.account == account]
    post = next((row for row in reversed(rows) if row.kind == CueKind.SO_FAR and _is_out(row)), None)
    asked = [row for row in rows if row.is_question and _is_out(row)]
    if stored is None or post is None or not asked:
        return False
    room = [server.room for server in servers.of(conn, [account])]
    draft = replace(post.draft, text=_text(stored, asked, room))
    latest = [post, *edits.of(rows, post)][-1]
    if latest.draft.text == draft.text:
        return False
    edits.put(conn, post, draft, now + timing.grace_other, now)
    return True


def _text(stored: StoredChat, asked: list[Row], rooms: list[Room]) -> str:
    ordered = sorted(asked, key=lambda row: row.posted_at or row.due_at)
    known = [(stored.chat.question(row.question or ""), row.url or "") for row in ordered]
    return wording.so_far(stored.series, stored.chat, [(question, url) for question, url in known if question], rooms)


def _is_out(row: Row) -> bool:
    return row.state is DeliveryState.SENT and row.url is not None
