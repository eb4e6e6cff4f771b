"""Writes down what people decide about posts, and says which posts wait for somebody.

1. Find the post behind whatever address was copied: in the database, else by asking the accounts' servers. One that
   no route brought, but a server can show, is taken into the chat, through the first door like any other.
2. Look at what was decided of it before: what stands already, or changed since the person looked, is refused with
   who did it and when.
3. Add the decision; nothing is ever taken out again, an undo is a decision too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from chatbot.core.errors import ChatbotError
from chatbot.core.model import Decision, DecisionKind, Post
from chatbot.core.pages import sifting
from chatbot.core.plan import Chat, Question
from chatbot.core.record import Record
from chatbot.core.sorting import addresses, moderation
from chatbot.platforms.errors import PlatformError
from chatbot.platforms.port import Platform, Resolving
from chatbot.store import chats, decisions, posts, records
from chatbot.store.engine import Store

log = logging.getLogger("chatbot.moderate")


class NotDecided(ChatbotError):
    """Nothing was decided: there is no such post, chat or question, or somebody was faster."""


Take = Callable[[str, Post], object]  # the id of a chat, and a post that is to belong to it

_TAKING = (DecisionKind.INCLUDE, DecisionKind.ASSIGN, DecisionKind.FEATURE)


@dataclass(frozen=True, slots=True)
class Order:
    """What a person wants decided about a post.

    `value` of an assignment is a question's number, its id, "wrap" or "none". `seen` is the id of the newest decision
    on the post that the person had before their eyes: a newer one refuses the order. `chat` is needed only where a
    post belongs to several.
    """

    kind: DecisionKind
    by: str
    reason: str = ""
    value: str | None = None
    seen: int | None = None
    chat: str | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided; `question` is where an assignment put the post, `undone` what an undo took back."""

    decision: Decision
    post: Post
    chat: Chat
    zone: str
    question: Question | None = None
    undone: Decision | None = None
    overruled: Decision | None = None  # what stood before, of somebody or other


@dataclass(frozen=True, slots=True)
class Waiting:
    """A post that is not shown before a person decides, and why."""

    post: Post
    why: str


def decide(
    store: Store, platforms: Iterable[Platform], address: str, order: Order, now: datetime, take: Take | None = None
) -> Decided:
    """Decide about the post at an address; raises `NotDecided` and changes nothing when it cannot be.

    `platforms` are asked, one after another, only when the database does not know the address; `take` stores a post
    that a server shows and nobody collected.
    """
    post = _find(store, platforms, address, order, now, take)
    with store.write() as conn:
        stored = chats.must_find(conn, _chat_of(posts.chats_of(conn, post.uri), order.chat), now)
        made = decisions.of_chat(conn, stored.chat.id)
        question = _question(stored.chat, order)
        value = (question.id if question else "none") if order.kind is DecisionKind.ASSIGN else None
        zone = ZoneInfo(stored.series.zone)
        before = moderation.latest(made, post.uri)
        _refuse_what_is_stale(made, post.uri, order, value, zone)
        wanted = Decision(post.uri, order.kind, order.by, now, order.reason, value)
        decision = decisions.add(conn, stored.chat.id, wanted)
        chats.audit(conn, now, f"post-{order.kind.value}", stored.chat.id, order.by, f"decision {decision.id}")
    log.info("decided", extra={"chat": stored.chat.id, "kind": order.kind.value, "decision": decision.id})
    is_undo = order.kind is DecisionKind.UNDO
    return Decided(
        decision,
        post,
        stored.chat,
        stored.series.zone,
        question,
        undone=before if is_undo else None,
        overruled=None if is_undo else before,
    )


def waiting(store: Store, chat_name: str, now: datetime) -> tuple[Record, tuple[Waiting, ...]]:
    """Return a chat's record and its posts that wait for a person, in the order of time."""
    with store.read() as conn:
        record = records.load(conn, chats.must_find(conn, chat_name, now).chat.id)
    found = []
    for item in sifting.sift(record).values():
        if item.fate == "queued":
            found.append(Waiting(item.post, item.why))
        elif item.fate == "edit_held":
            found.append(
                Waiting(item.post, "It was edited after it was shown; neither version is shown until you look.")
            )
    return record, tuple(found)


# finding the post


def _find(
    store: Store, platforms: Iterable[Platform], address: str, order: Order, now: datetime, take: Take | None
) -> Post:
    forms = addresses.candidates(address)
    if not forms:
        raise NotDecided(
            f"“{address}” is not the address of a post, so nothing was decided. Copy the link of the post from any app"
            " (in its menu: \u201cCopy link to post\u201d)."
        )
    found = _stored(store, forms)
    if found is not None:
        return found
    seen, trouble = _ask(store, platforms, forms)
    kept = _stored(store, (seen.uri,)) if seen is not None else None
    if seen is not None and kept is None and take is not None and order.kind in _TAKING:
        take(_chat_to_take(store, seen, order.chat, now), seen)
        kept = _stored(store, (seen.uri,))
    if kept is None:
        raise NotDecided(
            f"No post at {address} is kept for any chat, so nothing was decided.{trouble} It may be deleted, or by"
            " somebody who wants to stay out, or not collected yet: posts come in by the chat's hashtag, or as replies."
        )
    return kept


def _chat_to_take(store: Store, post: Post, wanted: str | None, now: datetime) -> str:
    """Return the chat that a post nobody collected is to belong to: the one named, or the only one of its time."""
    with store.read() as conn:
        if wanted is not None:
            return chats.must_find(conn, wanted, now).chat.id
        known = [stored.chat for stored in chats.all_chats(conn) if stored.state != "cancelled"]
    ids = [chat.id for chat in known if chat.starts_at <= post.at <= chat.late_until]
    if len(ids) != 1:
        there = f"might belong to {_list(tuple(ids))}" if ids else "was written outside the time of every chat"
        raise NotDecided(
            f"This post was not collected, and it {there}, so nothing was decided. Say which chat you mean with --chat."
        )
    return ids[0]


def _stored(store: Store, forms: Iterable[str]) -> Post | None:
    with store.read() as conn:
        return next((post for form in forms if (post := posts.find(conn, form)) is not None), None)


def _ask(store: Store, platforms: Iterable[Platform], forms: tuple[str, ...]) -> tuple[Post | None, str]:
    """Ask servers which post an address leads to, until one names a post that is kept; else the first one named."""
    trouble, shown = "", None
    for platform in platforms:
        if not isinstance(platform, Resolving):
            continue
        try:
            for form in forms:
                seen = platform.resolve(form)
                if seen is not None and _stored(store, (seen.uri,)) is not None:
                    return seen, ""
                shown = shown or seen
        except PlatformError:
            trouble = f" ({platform.server} could not be asked.)"
    return shown, trouble


def _chat_of(ids: tuple[str, ...], wanted: str | None) -> str:
    if wanted is not None:
        if not any(wanted.lower() in (chat_id.lower(), _series_of(chat_id)) for chat_id in ids):
            raise NotDecided(f"This post does not belong to {wanted}, so nothing was decided. It is in: {_list(ids)}.")
        return next(chat_id for chat_id in ids if wanted.lower() in (chat_id.lower(), _series_of(chat_id)))
    if len(ids) != 1:
        raise NotDecided(
            f"This post belongs to {_list(ids)}, so nothing was decided. Say which chat you mean with --chat."
        )
    return ids[0]


def _series_of(chat_id: str) -> str:
    """Return the short name in `gardenchat-2026-12-01`, or in `gardenchat-2026-12-01-2`."""
    head, *_ = chat_id.lower().rpartition("-")[0].rsplit("-", 2)
    return head


def _list(ids: tuple[str, ...]) -> str:
    return " and ".join(ids) or "no chat"


def _question(chat: Chat, order: Order) -> Question | None:
    """Return the question an assignment names, or None for "none"."""
    if order.kind is not DecisionKind.ASSIGN or order.value == "none":
        return None
    wanted = (order.value or "").strip().lower().lstrip("qa").lstrip()
    for question in chat.questions:
        if order.value == question.id or wanted == str(question.number).lower():
            return question
    there = ", ".join(str(question.number or question.id) for question in chat.questions)
    raise NotDecided(
        f"{chat.id} has no question “{order.value}”, so nothing was decided. Choose one of: {there}, none."
    )


# what was decided before


def _refuse_what_is_stale(made: Iterable[Decision], uri: str, order: Order, value: str | None, zone: ZoneInfo) -> None:
    """Refuse what stands already, what there is nothing to undo of, and what was decided without knowing the newest."""
    of_post = [decision for decision in made if decision.post_uri == uri]
    newest = of_post[-1] if of_post else None
    if newest is not None and order.seen is not None and (newest.id or 0) > order.seen:
        raise NotDecided(f"{_who_did_it(newest, zone)} since you looked, so nothing was decided. Look again.")
    before = moderation.latest(of_post, uri)
    if order.kind is DecisionKind.UNDO:
        if before is None:
            last = f" {_who_did_it(newest, zone)}." if newest is not None else ""
            raise NotDecided(f"Nothing is decided about this post, so there is nothing to undo.{last}")
        return
    standing = moderation.standing(of_post).get(uri, moderation.Standing())
    if before is not None and _stands(standing, order.kind, value):
        since = next((d for d in reversed(of_post) if d.kind is order.kind), before)
        lost = order.reason and order.reason != since.reason
        other = " The other reason is not kept: to give it, undo that decision and decide anew." if lost else ""
        raise NotDecided(f"{_who_did_it(since, zone)} already, so nothing changed.{other}")


def _stands(standing: moderation.Standing, kind: DecisionKind, value: str | None) -> bool:
    match kind:
        case DecisionKind.LEAVE_OUT:
            return standing.left_out
        case DecisionKind.INCLUDE:
            return standing.included and not standing.featured
        case DecisionKind.FEATURE:
            return standing.featured
        case DecisionKind.ASSIGN:
            return standing.assigned == value
        case _:
            return False


_DID = {
    DecisionKind.INCLUDE: "included it",
    DecisionKind.LEAVE_OUT: "left it out",
    DecisionKind.ASSIGN: "put it where it stands",
    DecisionKind.FEATURE: "featured it",
    DecisionKind.UNDO: "took the last decision about it back",
}


def _who_did_it(decision: Decision, zone: ZoneInfo) -> str:
    return f"{decision.by} {_DID[decision.kind]} at {decision.at.astimezone(zone):%H:%M on %-d %B %Y}"
