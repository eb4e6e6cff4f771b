"""Finds hashtags that people wrote instead of the chat's own, so that hosts can collect them, too (`chatbot also`)."""

from __future__ import annotations

from datetime import datetime

from chatbot.core.sorting import hashtags
from chatbot.core.sorting.hashtags import NearMiss
from chatbot.core.timing import Timing
from chatbot.store import chats, cursors, posts
from chatbot.store.engine import Store

MOST = 3  # suggestions for one chat


def near_misses(store: Store, timing: Timing, now: datetime) -> list[tuple[str, NearMiss]]:
    """Return, for chats that are on or were lately, hashtags in replies that were probably meant to be theirs."""
    found = []
    with store.read() as conn:
        for chat_id in cursors.open_chats(conn, now + timing.window_before, now):
            stored = chats.find(conn, chat_id)
            if stored is None or now > stored.chat.ends_at + max(timing.rescan_after):
                continue
            tagged = posts.tagged_otherwise(conn, chat_id, stored.chat.hashtags)
            found += [(chat_id, miss) for miss in hashtags.near_misses(stored.chat, tagged)[:MOST]]
    return found
