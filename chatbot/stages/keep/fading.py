"""Lets content go after its time: of chats that nobody published, and of posts that people left out."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from chatbot.core.timing import Timing
from chatbot.store import chats, erasing
from chatbot.store import fading as stored
from chatbot.store.engine import Store

log = logging.getLogger("chatbot.keep")

_ROWS = 40  # in one transaction, as everywhere in bulk


@dataclass(frozen=True, slots=True)
class Fading:
    """A chat that nobody published, and when its content goes."""

    chat: str
    at: datetime


def fading(store: Store, timing: Timing) -> list[Fading]:
    """Return the chats that lose their content unless somebody publishes them, the next one first."""
    with store.read() as conn:
        since = stored.unpublished(conn)
    found = [Fading(chat, at + timing.forget_unpublished_after) for chat, at in since.items()]
    return sorted(found, key=lambda one: (one.at, one.chat))


def forget_unpublished(store: Store, timing: Timing, now: datetime) -> int:
    """Erase the content whose time is over and return how many posts lost it; uri and time stay as tombstones."""
    emptied = 0
    for chat in (one.chat for one in fading(store, timing) if one.at <= now):
        erased = _empty_chat(store, chat, timing, now)
        emptied += erased
        log.info("unpublished posts forgotten", extra={"chat": chat, "posts": erased})
    emptied += _empty_left_out(store, timing, now)
    if emptied:
        erasing.clear_journal(store)
    return emptied


def _empty_chat(store: Store, chat: str, timing: Timing, now: datetime) -> int:
    ended_by, erased = now - timing.forget_unpublished_after, 0
    while True:
        with store.write() as conn:
            portion = stored.content_of(conn, chat, ended_by, _ROWS)
            if not portion:
                if erased:
                    chats.mark_emptied(conn, chat, now)
                return erased
            erased += erasing.bury(conn, portion, erasing.UNPUBLISHED, now)


def _empty_left_out(store: Store, timing: Timing, now: datetime) -> int:
    with store.read() as conn:
        out = stored.left_out(conn, now - timing.forget_unpublished_after)
    for start in range(0, len(out), _ROWS):
        with store.write() as conn:
            erasing.bury(conn, out[start : start + _ROWS], erasing.LEFT_OUT, now)
    if out:
        log.info("left-out posts forgotten", extra={"posts": len(out)})
    return len(out)
