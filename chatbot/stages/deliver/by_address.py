"""`chatbot adopt`: a host says which post, made by hand, is a question of the chat, or takes that back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chatbot.core.delivery import adoption
from chatbot.core.errors import ChatbotError
from chatbot.core.model import Author, DeliveryState, Post, Visibility
from chatbot.core.plan import Question
from chatbot.core.timing import Timing
from chatbot.platforms.port import Editing, Platform, Resolving
from chatbot.store import chats, claims, outbox, so_far, unsent
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Connection, Store
from chatbot.store.rows import Row

_OPEN = (Visibility.PUBLIC, Visibility.UNLISTED)


@dataclass(frozen=True, slots=True)
class Adopted:
    """What came of it: the post counts as the question, as the planned asking or as one more of them."""

    question: Question
    post: Post
    is_new: bool  # False: it counted as the question already
    is_repeat: bool  # the question was out before; this is one more asking


def question_named(stored: StoredChat, name: str) -> Question:
    """Find a question by `3`, `Q3`, `wrap` or its id; raises with those there are."""
    question = stored.chat.question_called(name)
    if question is not None:
        return question
    known = ", ".join(str(q.number if q.number is not None else q.id) for q in stored.chat.questions) or "none"
    raise ChatbotError(
        f"The chat {stored.chat.id} has no question “{name}”, so nothing was changed. It has these: {known}."
    )


@dataclass(frozen=True, slots=True)
class Word:
    """A host's word: the question's name, the post's address, and who says so."""

    question: str
    address: str
    by: str


def adopt_address(
    store: Store,
    platform: Platform,
    stored: StoredChat,
    word: Word,
    timing: Timing,
    now: datetime,
    is_out: Callable[[Author], bool],
) -> Adopted:
    """Let the post behind an address be a question of the chat: the bot does not ask it (again).

    `is_out` tells who wants to be left out: their posts are refused.
    """
    question = question_named(stored, word.question)
    post = _resolved(platform, word.address)
    _refuse_a_stranger(platform, stored, post)
    if is_out(post.author):
        raise ChatbotError(
            f"{post.url} was written by @{post.author.handle}, who asked to be left out, so nothing of it may be kept"
            " and nothing was changed. The bot asks the question itself."
        )
    with store.write() as conn:
        adopted = _adopt(conn, stored, question, platform.name, post, now)
        if adopted.is_new:
            chats.audit(conn, now, "adopted-by-hand", chat=stored.chat.id, by=word.by, detail=question.id)
            if isinstance(platform, Editing):
                so_far.put_edit(conn, stored.chat.id, platform.name, timing, now)
    return adopted


@dataclass(frozen=True, slots=True)
class Released:
    """What came of taking it back: the question is planned again, was asked by another post too, or is not asked."""

    question: Question
    url: str
    row: Row | None  # that asks it now, or is to
    zone: str


def release_address(
    store: Store, platform: Platform, stored: StoredChat, word: Word, timing: Timing, now: datetime
) -> Released:
    """Take back that the post behind an address is a question: the bot asks it again, where there is time."""
    question = question_named(stored, word.question)
    with store.read() as conn:
        there = _askings(conn, stored, question, platform.name)
    known = next((row for row in there if word.address in (row.uri, row.url)), None)
    uri = known.uri if known is not None else _resolved(platform, word.address).uri
    with store.write() as conn:
        asked = _askings(conn, stored, question, platform.name)
        row = next((row for row in asked if row.adopted and row.uri == uri), None)
        if row is None:
            raise ChatbotError(
                f"That post does not count as {question.label or question.id} of {stored.chat.id} by anybody's word, so"
                " there is nothing to take back, and nothing was changed."
            )
        claims.release(conn, row, now)
        chats.audit(conn, now, "adoption-taken-back", chat=stored.chat.id, by=word.by, detail=question.id)
        if isinstance(platform, Editing):
            so_far.put_edit(conn, stored.chat.id, platform.name, timing, now)
        unsent.follow(conn, stored.chat.id, timing, now)  # its words may be older than the plan, or were never put
        standing = [one for one in _askings(conn, stored, question, platform.name) if _may_be_asked(one, now)]
    return Released(question, row.url or word.address, next(iter(standing), None), stored.series.zone)


def _askings(conn: Connection, stored: StoredChat, question: Question, account: str) -> list[Row]:
    rows = outbox.of_chat(conn, stored.chat.id)
    return [row for row in rows if row.is_question and row.question == question.id and row.account == account]


def _may_be_asked(row: Row, now: datetime) -> bool:
    waits = row.state in (DeliveryState.WAITING, DeliveryState.UNKNOWN) and row.grace_until >= now
    return waits or row.state is DeliveryState.SENT


def _refuse_a_stranger(platform: Platform, stored: StoredChat, post: Post) -> None:
    """Raise when a post is a participant's: as a question it would be published whatever they want."""
    handle = post.author.handle.lstrip("@").lower()
    if handle not in adoption.askers(stored.series, stored.chat) and handle != platform.me().handle.lower():
        raise ChatbotError(
            f"{post.url} was written by @{handle}, who is no host of this chat, so nothing was changed. A question is"
            " asked by the bot, a host, a co-host or a guest: see that the address is that of the question, or add the"
            " account to the plan and run `chatbot plan apply`."
        )


def _resolved(platform: Platform, address: str) -> Post:
    post = platform.resolve(address) if isinstance(platform, Resolving) else None
    if post is None:
        raise ChatbotError(
            f"{platform.server} finds no post behind this address, so nothing was changed. Copy the address of the"
            " post itself (in most apps: “Copy link to post”), and see that the post is public."
        )
    if post.visibility not in _OPEN:
        raise ChatbotError("That post is private, so nobody could answer it; nothing was changed.")
    return post


def _adopt(
    conn: Connection, stored: StoredChat, question: Question, account: str, post: Post, now: datetime
) -> Adopted:
    rows = [row for row in outbox.of_chat(conn, stored.chat.id) if row.account == account and row.uri == post.uri]
    if rows:
        return _already(rows[0], question, post)
    mine = _askings(conn, stored, question, account)
    if any(row.state is DeliveryState.SENDING for row in mine):
        raise ChatbotError(f"The bot is sending {question.label or question.id} right now. Try again in a minute.")
    for row in mine:
        if claims.adopt(conn, row.id, post, now):
            return Adopted(question, post, is_new=True, is_repeat=False)
    claims.insert_adopted(conn, stored.chat.id, question.id, account, post, now)
    return Adopted(question, post, is_new=True, is_repeat=bool(mine))


def _already(row: Row, question: Question, post: Post) -> Adopted:
    if row.question != question.id:
        raise ChatbotError(
            f"That post is already another post of this chat ({row.question or row.kind}), so nothing was changed."
            + (f" To take that back: chatbot adopt {row.chat} {row.question} {post.url} --undo" if row.adopted else "")
        )
    return Adopted(question, post, is_new=False, is_repeat=False)
