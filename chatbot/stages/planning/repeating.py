"""Asks a question once more: a post of its own that links the first one; answers below either count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chatbot.core.errors import ChatbotError
from chatbot.core.model import Cue, DeliveryState
from chatbot.core.nights import timetable
from chatbot.core.plan import Question
from chatbot.core.talk import notices
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.store import chats, outbox
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Connection, Store
from chatbot.store.rows import Row
from chatbot.store.unsent import rooms

_MOVING = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN)
_NOT_NOW = {
    "draft": "is not ready, so nothing of it goes out",
    "paused": "is paused, so nothing can go out now",
    "cancelled": "is cancelled, so nothing of it goes out",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """Which question a person wants asked again, who wants it, and whether also within minutes of the last time."""

    question: str
    by: str
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Repeated:
    """What came of it; `why_not` is "on its way" or "just asked" when nothing was put."""

    question: Question
    text: str
    asked_at: datetime  # the last time
    accounts: int = 0
    why_not: str = ""


def ask_again(store: Store, stored: StoredChat, wish: Wish, timing: Timing, now: datetime) -> Repeated:
    """Put a question into the outbox once more, due at once; raises when it cannot be asked (again)."""
    question = _question(stored, wish.question, now)
    with store.write() as conn:
        rows = [row for row in outbox.of_chat(conn, stored.chat.id) if row.is_question and row.question == question.id]
        out = [row for row in rows if row.state is DeliveryState.SENT and row.url]
        if not out:
            raise ChatbotError(_never_asked(stored, question, rows))
        last = max(row.posted_at or row.due_at for row in out)
        nth = 1 + max(row.nth for row in rows)
        again = timetable.Again(nth, _first(out).url or "", now, timing.grace_question)
        text = _cue(conn, stored, question, again).draft.text
        if any(row.state in _MOVING for row in rows):
            return Repeated(question, text, last, why_not="on its way")
        if now < last + timing.between_questions and not wish.sure:
            return Repeated(question, text, last, why_not="just asked")
        accounts = list(dict.fromkeys(row.account for row in out))
        for account in accounts:
            first = _first([row for row in out if row.account == account])
            _put(conn, _cue(conn, stored, question, replace(again, first_url=first.url or "")), account, now)
        chats.audit(conn, now, "asked-again", chat=stored.chat.id, by=wish.by, detail=question.id)
    return Repeated(question, text, last, len(accounts))


def _question(stored: StoredChat, name: str, now: datetime) -> Question:
    chat = stored.chat
    question = chat.question_called(name)
    if question is None:
        known = ", ".join(str(q.number if q.number is not None else q.id) for q in chat.questions) or "none"
        raise ChatbotError(f"The chat {chat.id} has no question “{name}”, so nothing was asked. It has these: {known}.")
    if stored.state != "ready":
        raise ChatbotError(f"{chat.id} {_NOT_NOW[stored.state]}; {question.label or question.id} was not asked again.")
    if now >= chat.ends_at:
        raise ChatbotError(
            f"{chat.id} is over: it ended {notices.when(chat.ends_at, stored.series.zone, now)}. So"
            f" {question.label or question.id} was not asked again, and nothing was changed."
        )
    return question


def _never_asked(stored: StoredChat, question: Question, rows: list[Row]) -> str:
    name = question.label or question.id
    if any(row.state in _MOVING for row in rows):
        return f"{name} has not been asked yet. To ask the next question now, run `chatbot next {stored.chat.id}`."
    if any(row.state is DeliveryState.SENT for row in rows):
        return (
            f"{name} of {stored.chat.id} was asked by hand, by somebody who wants to be left out: there is no post that"
            " may be linked, so it was not asked again, and nothing was changed."
        )
    return f"{name} of {stored.chat.id} was never asked, so it cannot be asked again; it was dropped or did not go out."


def _first(out: list[Row]) -> Row:
    return min(out, key=lambda row: row.posted_at or row.due_at)


def _cue(conn: Connection, stored: StoredChat, question: Question, again: timetable.Again) -> Cue:
    return timetable.again_cue(stored.series, stored.chat, question, again, rooms(conn, stored.series))


def _put(conn: Connection, cue: Cue, account: str, now: datetime) -> None:
    """Put the cue where a host's `next` would: before everything that still waits."""
    outbox.put_cue(conn, cue, [account], now)
    row = outbox.find(conn, cue.key, account)
    if row is not None:
        outbox.send_now(conn, row.id, now)
