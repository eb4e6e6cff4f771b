"""Which chats are to be read, or looked at again, now: `cadence` decides, what was done so far is in the cursors."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from chatbot.core.nights import cadence
from chatbot.core.nights.cadence import Looked, Reading
from chatbot.core.timing import Timing
from chatbot.stages.collect.looks import AT_ONCE, Scope, Verified
from chatbot.store import chats, cursors
from chatbot.store.chats import StoredChat
from chatbot.store.cursors import COMPLETE, PASS, READ, WHOLE
from chatbot.store.engine import Connection, Store

LOOK = "look"  # cursor row that stands for the last look at all posts
MISSED = "missed"  # for the last look at what was missed alone, in between; its note is there while one is owed


def to_read(store: Store, timing: Timing, now: datetime, woken: Collection[str]) -> list[StoredChat]:
    """Return the chats that are to be read now: first those that are going on, and of these the longest unread."""
    with store.read() as conn:
        ids = cursors.unread_chats(conn, now + timing.window_before, now - timing.rescan_missed, WHOLE)
        found = [(stored, reading_of(conn, stored)) for id_ in ids if (stored := chats.find(conn, id_))]
    due = [
        (not cadence.is_live(stored.chat, now, timing), read.at is not None, read.at or now, stored)
        for stored, read in found
        if cadence.is_due(stored.chat, read, now, timing, woken=stored.chat.id in woken)
    ]
    return [stored for *_, stored in sorted(due, key=lambda one: one[:3])]


def reading_of(conn: Connection, stored: StoredChat) -> Reading:
    """Return what was read of a chat so far."""
    read = cursors.of_chat(conn, stored.chat.id)
    at, whole, complete = (read.get(("", route)) for route in (PASS, WHOLE, COMPLETE))
    return Reading(at and at.read_at, whole and whole.read_at, stored.edited_at, complete and complete.read_at)


def note_pass(store: Store, chat_id: str, at: datetime, *, read: bool, complete: bool, whole: bool) -> None:
    """Write down how far a pass came: whether it read anything, every list, and these over the whole window."""
    done = {PASS: True, READ: read, COMPLETE: complete, WHOLE: complete and whole}
    with store.write(durable=False) as conn:
        for name in [name for name, is_so in done.items() if is_so]:
            cursors.note(conn, chat_id, "", name, at)


def to_look_at(store: Store, timing: Timing, now: datetime) -> list[tuple[str, Scope]]:
    """Return the chats whose posts are to be looked at again now; while a chat goes on, its accounts have no time."""
    with store.read() as conn:
        known = [stored for stored in chats.all_chats(conn) if stored.emptied_at is None]
        busy = {name for one in known if _is_going_on(one, timing, now) for name in one.series.accounts}
        free = [stored for stored in known if busy.isdisjoint(stored.series.accounts)]
        return [(one.chat.id, scope) for one in free if (scope := _due(conn, one, timing, now)) is not None]


def note_look(store: Store, chat_id: str, scope: Scope, verified: Verified, now: datetime) -> None:
    """Write down that a chat was looked at, and what decides when it is looked at next.

    A look at what was missed alone puts no other off, unless it found out that a whole crowd is to be doubted.
    """
    with store.write(durable=False) as conn:
        last = cursors.of_chat(conn, chat_id).get(("", LOOK))
        if not scope.only_missed or verified.doubtful:
            cursors.note(conn, chat_id, "", LOOK, now, note=_ended(verified).value)
        elif verified.kept and last is not None and last.note == Looked.ALL.value:
            cursors.note(conn, chat_id, "", LOOK, last.read_at, note=Looked.KEPT.value)
        owe_look(conn, chat_id, now, owed=verified.missed > 0)


def owe_look(conn: Connection, chat_id: str, now: datetime, *, owed: bool = True) -> None:
    """Write down whether what was missed is to be looked for once more, in some minutes."""
    cursors.note(conn, chat_id, "", MISSED, now, note=Looked.MISSED.value if owed else None)


def _is_going_on(stored: StoredChat, timing: Timing, now: datetime) -> bool:
    return stored.state != "draft" and not stored.chat.is_past and cadence.is_live(stored.chat, now, timing)


def _due(conn: Connection, stored: StoredChat, timing: Timing, now: datetime) -> Scope | None:
    """Return what is to be looked at; the look at everything, where one is due, is also one at what was missed."""
    read = cursors.of_chat(conn, stored.chat.id)
    last, missed = read.get(("", LOOK)), read.get(("", MISSED))
    ended = Looked(last.note) if last is not None and last.note else Looked.ALL
    if cadence.is_look_due(stored.chat, last and last.read_at, ended, now, timing):
        return Scope(most=AT_ONCE)
    if missed is None or missed.note is None:
        return None
    is_due = cadence.is_look_due(stored.chat, missed.read_at, Looked.MISSED, now, timing)
    return Scope(only_missed=True, most=AT_ONCE) if is_due else None


def _ended(verified: Verified) -> Looked:
    if verified.doubtful:
        return Looked.DOUBTED
    if verified.left or not verified.is_answered:
        return Looked.PART
    return Looked.KEPT if verified.kept else Looked.ALL
