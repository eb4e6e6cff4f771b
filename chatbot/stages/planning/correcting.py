"""Corrects what is out when a plan changed, as the host chose, and names what a host has to choose about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chatbot.core.errors import ChatbotError
from chatbot.core.nights import facts
from chatbot.core.nights.corrections import Correction
from chatbot.core.plan import Chat, How
from chatbot.core.talk import notices
from chatbot.core.timing import Timing
from chatbot.store import chats, corrections, unsent
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Connection, Store


@dataclass(frozen=True, slots=True)
class Untrue:
    """A post that is out and tells something that is not so any more; `what` names it in words."""

    chat: str
    name: str
    what: str


@dataclass(frozen=True, slots=True)
class Corrected:
    """A line for each correction that was put, and what a host is to choose about."""

    lines: tuple[str, ...]
    open: tuple[Untrue, ...] = ()


def correct(store: Store, ids: Sequence[str], how: How, timing: Timing, now: datetime) -> Corrected:
    """Correct what is out and untrue of these chats, as a host has just chosen."""
    with store.write() as conn:
        return follow(conn, ids, how, timing, now)


def follow(conn: Connection, ids: Iterable[str], how: How | None, timing: Timing, now: datetime) -> Corrected:
    """Do the same within a transaction that stored the plan; without a choice the plan's settings decide."""
    lines: list[str] = []
    waiting: list[Untrue] = []
    for stored in filter(None, [chats.find(conn, chat_id) for chat_id in ids]):
        if how is not None:
            chats.choose_corrections(conn, stored.chat.id, how, now)
        found = corrections.follow(conn, stored, timing, now, how)
        if any(correction.step != "ask" for correction in found):
            chats.audit(conn, now, "corrected", chat=stored.chat.id, detail=str(len(found)))
        lines += [_line(stored.chat, correction) for correction in found if correction.step != "ask"]
        waiting += [_untrue(stored.chat, correction) for correction in found if correction.step == "ask"]
    return Corrected(tuple(dict.fromkeys(lines)), tuple(dict.fromkeys(waiting)))


def cancel(
    store: Store, stored: StoredChat, by: str, how: How | None, timing: Timing, now: datetime
) -> tuple[int, Corrected]:
    """Cancel a chat as `cancelled = true` in its plan would; returns how many posts were taken back, and the rest."""
    chat = stored.chat
    refuse_to_cancel(stored, now)
    with store.write() as conn:
        if not chat.cancelled:
            chats.cancel(conn, chat, by, now)
        replaced = unsent.follow(conn, chat.id, timing, now)
        return replaced.removed, follow(conn, [chat.id], how, timing, now)


def refuse_to_cancel(stored: StoredChat, now: datetime) -> None:
    """Raise when a chat took place; of one that was called off before its end, people may be told afterwards."""
    chat = stored.chat
    is_off = chat.cancelled or stored.state == "cancelled"
    if chat.is_past or chat.late_until <= now or (chat.ends_at <= now and not is_off):
        ended = notices.when(chat.ends_at, stored.series.zone, now)
        raise ChatbotError(
            f"{chat.id} is over (it ended {ended}), so it cannot be cancelled any more. Nothing was changed."
        )


def _line(chat: Chat, correction: Correction) -> str:
    out = correction.out
    name = notices.label(chat, out.kind, out.question)
    said = {
        "edit": f"{name} is out and will be edited ({facts.names_in_words(out.untrue)})",
        "reply": f"a correction will be posted below {name} ({facts.names_in_words(out.untrue)})",
        "quiet reply": f"a quiet public correction will be posted below {name} ({facts.names_in_words(out.untrue)})",
        "stands": f"{name} is out and stands as it is",
        "by hand": f"{name} was posted by a host, who alone can mend it ({facts.names_in_words(out.untrue)})",
    }
    return f"{chat.id}: {said[correction.step]}"


def _untrue(chat: Chat, correction: Correction) -> Untrue:
    out = correction.out
    return Untrue(chat.id, notices.label(chat, out.kind, out.question), facts.names_in_words(out.untrue))
