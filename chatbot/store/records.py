"""Gathers every stored fact about one chat into one `Record`, from which all else is computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa

from chatbot.core import text
from chatbot.core.errors import ChatbotError
from chatbot.core.model import Asking, CueKind, Post, Visibility
from chatbot.core.plan import Chat, Series
from chatbot.core.privacy import names, pointers, redaction
from chatbot.core.privacy.forgetting import ForgetList, Unnamed
from chatbot.core.record import Missed, OwnPost, Record
from chatbot.core.sorting import addresses
from chatbot.store import chats, decisions, outbox, posts, refusals, tables

_CUES = frozenset(CueKind)
_PRIME = 2**31 - 1  # keeps a sum over times within 64 bits
_ON_THE_WAY = frozenset({"waiting", "sending"})
_NOT_OUT = frozenset({"failed", "skipped", "unknown"})


def load(conn: sa.Connection, chat_id: str, forgotten: ForgetList | None = None) -> Record:
    """Return everything that is stored about a chat; raises when there is no such chat.

    The forget list tells who, of the people named in posts, must not be; with its secret pseudonyms are made.
    """
    stored = chats.find(conn, chat_id)
    if stored is None:
        raise ChatbotError(f"There is no chat “{chat_id}”, so there is nothing to read. `chatbot chats` lists them.")
    rows = [row for row in outbox.of_chat(conn, chat_id) if row.kind in _CUES]
    own = tuple(_own_posts(rows))
    seen = posts.of_chat(conn, chat_id)
    return Record(
        series=stored.series,
        chat=stored.chat,
        asked=_asked(stored.chat, own, seen.posts),
        own_posts=own,
        missed=tuple(_missed(rows)),
        to_come=frozenset() if stored.approved_at else frozenset(_to_come(rows)),
        posts=seen.posts,
        empty=seen.empty,
        gone=seen.gone,
        decisions=decisions.of_chat(conn, chat_id),
        words=decisions.words(conn),
        lowered=decisions.lowered(conn),
        host_handles=_host_handles(stored.series, stored.chat),
        bot_handles=_bot_handles(own, seen.posts),
        first_timers=_first_timers(conn, stored.chat, seen.posts),
        held_edits=seen.held_edits,
        pseudonyms=_pseudonyms(stored.chat, seen.posts, forgotten),
        refusing=_refusing(conn, stored.series, stored.chat, seen.posts, forgotten),
        approved_by=stored.approved_by,
        approved_at=stored.approved_at,
        final_at=stored.final_at,
        elsewhere=_elsewhere(conn, chat_id),
        next_at=_next_at(conn, stored.chat),
        collected_at=conn.scalar(
            sa.select(sa.func.max(tables.cursor.c.read_at)).where(tables.cursor.c.chat == chat_id)
        ),
    )


def _own_posts(rows: Sequence[outbox.Row]) -> Iterator[OwnPost]:
    for row in sorted(rows, key=lambda r: (r.posted_at or r.due_at, r.account)):
        if row.uri is not None:
            at = row.posted_at or row.due_at
            text = dict(row.says).get("text", "") if row.is_question and not row.adopted else ""
            kind = CueKind(row.kind)
            yield OwnPost(row.uri, row.url or row.uri, at, kind, row.account, row.question, row.adopted, text)


def _missed(rows: Sequence[outbox.Row]) -> Iterator[Missed]:
    for row in rows:
        if row.state in _NOT_OUT:
            yield Missed(CueKind(row.kind), row.question, row.account, row.state, row.reason or "")


def _to_come(rows: Sequence[outbox.Row]) -> Iterator[str]:
    """Yield the questions that wait for their time; of a chat that was published none does."""
    for row in rows:
        if row.is_question and row.question is not None and row.state in _ON_THE_WAY:
            yield row.question


def _asked(chat: Chat, own: Sequence[OwnPost], seen: Iterable[Post]) -> dict[str, tuple[Asking, ...]]:
    """Return each question's askings: our own posts, and for a past chat those its plan names.

    A plan may name the page that a browser shows; what is stored, and replies, know a post by its uri.
    """
    found: dict[str, list[Asking]] = {question.id: [] for question in chat.questions}
    are_named = any(question.uris for question in chat.questions)
    known = {place: post.uri for post in seen for place in (post.url, post.uri)} if are_named else {}
    for question in chat.questions:
        for named, at in zip(question.uris, question.asked_at, strict=False):
            uri = next((known[form] for form in addresses.candidates(named) if form in known), named)
            found[question.id].append(Asking(uri, at, ""))
    for post in own:
        if post.kind is CueKind.QUESTION and post.question in found:
            found[post.question].append(Asking(post.uri, post.at, post.account, text=post.text))
    return {question: tuple(sorted(askings, key=lambda a: (a.at, a.uri))) for question, askings in found.items()}


def _host_handles(series: Series, chat: Chat) -> frozenset[str]:
    people = (*series.hosts, *chat.guests)
    accounts = (*(person.account for person in people), *series.cohosts)
    return frozenset(account.lstrip("@").lower() for account in accounts if account)


def _bot_handles(own: Iterable[OwnPost], seen: Iterable[Post]) -> frozenset[str]:
    ours = {post.uri for post in own if not post.adopted}
    return frozenset(post.author.handle.lower() for post in seen if post.uri in ours)


def _first_timers(conn: sa.Connection, chat: Chat, seen: Iterable[Post]) -> frozenset[str]:
    """Return authors that no earlier chat of the series saw; nobody when this is the first."""
    earlier = (
        sa.select(tables.author.c.uri)
        .distinct()
        .join(tables.post, tables.post.c.author == tables.author.c.id)
        .join(tables.chat_post, tables.chat_post.c.post == tables.post.c.id)
        .join(tables.chat, tables.chat.c.id == tables.chat_post.c.chat)
        .where(tables.chat.c.series == chat.series, tables.chat.c.starts_at < chat.starts_at)
    )
    known = frozenset(conn.scalars(earlier))
    return frozenset(post.author.uri for post in seen) - known if known else frozenset()


def _pseudonyms(chat: Chat, seen: Sequence[Post], forgotten: ForgetList | None) -> Mapping[str, str]:
    if chat.settings.names != "pseudonyms" or forgotten is None:
        return {}
    return names.pseudonyms(forgotten.secret, chat.id, (post.author.uri for post in seen))


def _elsewhere(conn: sa.Connection, chat_id: str) -> frozenset[str]:
    """Return what other chats' accounts posted and posts of this chat hang on."""
    post, member, own = tables.post.c, tables.chat_post.c, tables.outbox.c
    here = member.post == post.id, member.chat == chat_id
    hangs_on = sa.union(sa.select(post.parent_uri).where(*here), sa.select(post.quote_uri).where(*here))
    return frozenset(conn.scalars(sa.select(own.uri).where(own.chat != chat_id, own.uri.in_(hangs_on))))


def _next_at(conn: sa.Connection, chat: Chat) -> datetime | None:
    """Return when the next chat with one of the hashtags begins, if late answers may still come then."""
    tags = set(map(text.normalise_tag, chat.hashtags))
    for later in chats.begun_between(conn, chat.ends_at, chat.late_until):
        if later.chat.id != chat.id and not tags.isdisjoint(map(text.normalise_tag, later.chat.hashtags)):
            return later.chat.starts_at
    return None


def _refusing(
    conn: sa.Connection, series: Series, chat: Chat, seen: Iterable[Post], forgotten: ForgetList | None
) -> frozenset[str]:
    """Return the accounts and addresses of people who refuse and may be named all the same, in a post or the plan.

    Most names were taken out before they were stored; a restored backup, a chat that shares a post, and the plan itself
    still hold some. Hosts and guests are named by the plan whatever their bio says, until they say a word.
    """
    stopped = frozenset(way for said in decisions.stopped(conn) for way in said if way)
    met = refusals.of_chat(conn, chat.id)
    if forgotten is None or not (forgotten.keys or met):
        return stopped
    hosts, silent = _host_handles(series, chat), Unnamed(forgotten.secret, met)
    named = hosts.union(*map(redaction.accounts_named, seen))
    plan = " ".join((chat.theme, chat.framing, *(question.text for question in chat.questions)))
    named |= frozenset(pointers.accounts_of(plan, ()))
    mentions = (mention for post in seen for mention in post.mentions)
    addresses = {pointers.plain_account(mention.handle): mention.url.lower() for mention in mentions}
    out = {one for one in named if forgotten.has(one) or (one not in hosts and silent.has(one))}
    return stopped | out | {addresses[handle] for handle in out if addresses.get(handle)}


def marker(conn: sa.Connection, chat_id: str) -> str:
    """Return a short text that changes whenever anything a page of this chat is made from does."""
    post, member = tables.post, tables.chat_post
    of_chat = sa.select(member.c.post).where(member.c.chat == chat_id)
    author = tables.author.c
    is_here = author.id.in_(sa.select(post.c.author).where(post.c.id.in_(of_chat)))
    queries = (
        sa.select(
            sa.func.count(),
            sa.func.count(post.c.content),
            sa.func.count(post.c.gone_at),
            sa.func.count(post.c.missed_at),
            sa.func.count(post.c.quote_uri),
            sa.func.sum(sa.case((post.c.edit_held, 1), else_=0)),
            sa.func.sum(sa.case((post.c.visibility == Visibility.UNLISTED.value, 1), else_=0)),
            sa.func.max(post.c.edited_at),
            sa.func.sum(sa.type_coerce(post.c.edited_at, sa.BigInteger) % _PRIME),  # an older edit may come later
            sa.func.sum(post.c.boosts + post.c.favourites + post.c.replies),
        ).where(post.c.id.in_(of_chat)),
        sa.select(sa.func.max(tables.decision.c.id)).where(tables.decision.c.chat == chat_id),
        _OWN_WILL,
        _of_authors().where(is_here),
        sa.select(author.name, author.handle, author.url).where(is_here).order_by(author.id),
        sa.select(tables.chat.c.plan, tables.chat.c.approved_at, tables.chat.c.final_at).where(
            tables.chat.c.id == chat_id
        ),
        sa.select(sa.func.count(), sa.func.max(tables.outbox.c.posted_at)).where(
            tables.outbox.c.chat == chat_id, tables.outbox.c.kind == CueKind.QUESTION.value
        ),
    )
    return _digest(conn, queries)


def has_imported(conn: sa.Connection, chat: str) -> bool:
    """Say whether posts of a chat came from a file, which nobody may have looked at."""
    is_import = tables.audit.c.chat == chat, tables.audit.c.event == FROM_FILE
    return conn.scalar(sa.select(tables.audit.c.id).where(*is_import).limit(1)) is not None


def wills(conn: sa.Connection) -> str:
    """Return a short text that changes whenever anybody withdraws something, or a host decides, in any chat.

    What such a change takes out has to leave the pages at once; what only adds to them can wait.
    """
    post = tables.post
    withdrawn = sa.select(sa.func.count()).where(sa.or_(post.c.empty, post.c.gone_at.is_not(None), post.c.edit_held))
    refusing = sa.select(sa.func.sum(sa.func.length(tables.author.c.bio)))  # holds words against bots alone
    return _digest(conn, (withdrawn, refusing, sa.select(sa.func.max(tables.decision.c.id)), _OWN_WILL))


_LOWERED = sa.select(sa.func.count()).select_from(tables.lowered).scalar_subquery()
_FORGOTTEN = (
    sa.select(sa.func.max(tables.audit.c.id))
    .where(tables.audit.c.event.in_(("person-forgotten", "person-lowered", "person-lifted", "approval-taken-back")))
    .scalar_subquery()
)
_OWN_WILL = sa.select(
    sa.func.max(tables.consent_word.c.id), sa.func.count(tables.consent_word.c.id), _LOWERED, _FORGOTTEN
)


def _of_authors() -> Any:
    """Count what people say of themselves in their profiles."""
    author = tables.author.c
    flags = (author.indexable, author.discoverable, author.noindex, author.bot)
    counts = (sa.func.sum(sa.case((flag.is_(True), 1), else_=0)) for flag in flags)
    return sa.select(sa.func.count(), sa.func.sum(sa.func.length(author.bio)), *counts)


def _digest(conn: sa.Connection, queries: Iterable[Any]) -> str:
    facts = [[str(value) for value in row] for query in queries for row in conn.execute(query)]
    return blake2b(repr(facts).encode(), digest_size=12).hexdigest()


WRITTEN, HEEDED, FROM_FILE = "edition-written", "wills-heeded", "posts-imported"


def written(conn: sa.Connection, chat_id: str) -> str | None:
    """Return the marker of the edition of a chat that was written last."""
    audit = tables.audit
    last = sa.select(audit.c.detail).where(audit.c.chat == chat_id, audit.c.event == WRITTEN)
    found: str | None = conn.scalar(last.order_by(audit.c.id.desc()).limit(1))
    return found


def heeded(conn: sa.Connection) -> str | None:
    """Return what people's wills came to when the archive was written last."""
    audit = tables.audit
    last = sa.select(audit.c.detail).where(audit.c.event == HEEDED)
    found: str | None = conn.scalar(last.order_by(audit.c.id.desc()).limit(1))
    return found
