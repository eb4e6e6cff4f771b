"""Adds a hashtag to a chat, also while it goes on: what was posted with it since the beginning is read then.

The chat's plan in the database keeps it; its file does not know of it and takes it back only when told to.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from chatbot.core.model import DeliveryState
from chatbot.core.nights import cadence
from chatbot.core.plan import Chat
from chatbot.core.sorting import hashtags
from chatbot.core.talk.braking import Outcome, Result
from chatbot.core.talk.commands import HostCommand
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.store import chats, outbox, unsent
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Connection, Store

log = logging.getLogger("chatbot.planning")


def also(store: Store, timing: Timing, chat_id: str, said: Sequence[str], by: str, now: datetime) -> Outcome:
    """Collect further hashtags for a chat; those it has already change nothing. Raises `Wrong` when one is none."""
    with store.write() as conn:
        stored = chats.must_find(conn, chat_id, now)
        new = hashtags.new(stored.chat, said)
        outcome = _outcome(conn, stored, said, new, timing, now)
        if outcome.result is Result.DONE:
            _add(conn, stored.chat, new, by, timing, now)
    log.info("hashtags added", extra={"chat": stored.chat.id, "new": len(outcome.hashtags)})
    return outcome


def _outcome(
    conn: Connection, stored: StoredChat, said: Sequence[str], new: tuple[str, ...], timing: Timing, now: datetime
) -> Outcome:
    chat = stored.chat
    if not new:
        return Outcome(HostCommand.ALSO, Result.ALREADY if said else Result.UNASKED)
    if chat.is_past or now > chat.late_until + timing.rescan_missed:
        return Outcome(HostCommand.ALSO, Result.UNREAD)
    if stored.state == "cancelled" and not _was_asked(conn, chat.id):
        return Outcome(HostCommand.ALSO, Result.CANCELLED)
    if len(chat.hashtags) + len(new) > hashtags.MOST:
        return Outcome(HostCommand.ALSO, Result.NOTHING)
    return Outcome(HostCommand.ALSO, Result.DONE, due_at=cadence.opens_at(chat, timing), hashtags=new)


def _was_asked(conn: Connection, chat_id: str) -> bool:
    """Say whether a question went out: people answer it although the chat was stopped, and so it is read on."""
    return any(row.is_question and row.state == DeliveryState.SENT for row in outbox.of_chat(conn, chat_id))


def _add(conn: Connection, chat: Chat, new: tuple[str, ...], by: str, timing: Timing, now: datetime) -> None:
    chats.edit_plan(conn, replace(chat, hashtags=(*chat.hashtags, *new)), by, now)
    chats.audit(conn, now, "hashtag-added", chat=chat.id, by=by, detail=" ".join(new))
    if now < chat.ends_at:
        unsent.follow(conn, chat.id, timing, now)
