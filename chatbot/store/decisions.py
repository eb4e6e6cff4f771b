"""What people decided about posts, and what they said about themselves; append-only, erasure alone outranks that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from chatbot.core.model import Author, Decision, DecisionKind, Word
from chatbot.core.privacy.words import Words, in_order
from chatbot.store import tables

_DECISION, _WORD, _LOWERED = tables.decision, tables.consent_word, tables.lowered


def add(conn: sa.Connection, chat_id: str, decision: Decision) -> Decision:
    """Store a decision and return it with its id; including or featuring a post also lets its held edit through."""
    made = conn.execute(
        _DECISION.insert().values(
            chat=chat_id,
            post_uri=decision.post_uri,
            kind=decision.kind.value,
            value=decision.value,
            by=decision.by,
            at=decision.at,
            reason=decision.reason,
        )
    )
    if decision.kind in (DecisionKind.INCLUDE, DecisionKind.FEATURE):
        looked_at = sa.update(tables.post).where(tables.post.c.uri == decision.post_uri, tables.post.c.edit_held)
        conn.execute(looked_at.values(edit_held=False))
    key = made.inserted_primary_key
    return Decision(
        decision.post_uri,
        decision.kind,
        decision.by,
        decision.at,
        decision.reason,
        decision.value,
        None if key is None else key[0],
    )


def of_chat(conn: sa.Connection, chat_id: str) -> tuple[Decision, ...]:
    """Return every decision of a chat in the order they were made."""
    found = conn.execute(sa.select(_DECISION).where(_DECISION.c.chat == chat_id).order_by(_DECISION.c.id))
    return tuple(
        Decision(row.post_uri, DecisionKind(row.kind), row.by, row.at, row.reason, row.value, row.id) for row in found
    )


def say(conn: sa.Connection, author_uri: str, word: Word, now: datetime, handle: str = "") -> None:
    """Store a participant's own word; the latest wins.

    `forget me` is not written here: whoever is forgotten stands in the forget list alone (`stages.keep`).
    """
    if word is Word.FORGET:
        raise ValueError("a forgotten person is kept by keyed hash in the forget list, never in the database")
    conn.execute(_WORD.insert().values(author_uri=author_uri, handle=handle.lower(), word=word.value, at=now))


def words(conn: sa.Connection) -> Words:
    """Return every person's latest own word."""
    return in_order(_sayings(conn))


def stopped(conn: sa.Connection) -> tuple[tuple[str, str], ...]:
    """Return the uri and the account of everybody whose latest own word is `stop`."""
    sayings = _sayings(conn)
    latest, accounts = in_order(sayings), {uri: handle for uri, handle, _ in sayings}
    return tuple(said for said in accounts.items() if latest.of(Author(*said, "", "")) is Word.STOP)


def word_of(conn: sa.Connection, author: Author) -> Word | None:
    """Return one person's latest own word."""
    return words(conn).of(author)


def _sayings(conn: sa.Connection) -> list[tuple[str, str, Word]]:
    """Return who said what, in the order it was written."""
    columns = (_WORD.c.author_uri, _WORD.c.handle, _WORD.c.word)
    found = conn.execute(sa.select(*columns).order_by(_WORD.c.at, _WORD.c.id))
    return [(uri, handle, Word(word)) for uri, handle, word in found]


def lower(conn: sa.Connection, author_uri: str, what: str, by: str, now: datetime) -> bool:
    """Let a host lower what is shown of a person ("name", "picture" or "text"); False when it was lowered already."""
    if what not in ("name", "picture", "text"):
        raise ValueError(f"only a person's name, picture or text can be lowered, not {what!r}")
    known = sa.select(_LOWERED.c.what).where(_LOWERED.c.author_uri == author_uri, _LOWERED.c.what == what)
    if conn.scalar(known) is not None:
        return False
    conn.execute(_LOWERED.insert().values(author_uri=author_uri, what=what, by=by, at=now))
    return True


def lift(conn: sa.Connection, author_uri: str, what: str) -> bool:
    """Take back what a host lowered; False when it was not lowered."""
    gone = _LOWERED.delete().where(_LOWERED.c.author_uri == author_uri, _LOWERED.c.what == what)
    return bool(conn.execute(gone).rowcount)


def lowered(conn: sa.Connection) -> Mapping[str, frozenset[str]]:
    """Return what hosts lowered, by the person's uri, and by every other under which a person of this account is."""
    found: dict[str, set[str]] = {}
    for uri, what in [*conn.execute(sa.select(_LOWERED.c.author_uri, _LOWERED.c.what)), *conn.execute(_ELSEWHERE)]:
        found.setdefault(uri, set()).add(what)
    return {uri: frozenset(what) for uri, what in found.items()}


_AUTHOR = tables.author
_SAME = _AUTHOR.alias("same")
_ELSEWHERE = (
    sa.select(_SAME.c.uri, _LOWERED.c.what)
    .join_from(_LOWERED, _AUTHOR, _AUTHOR.c.uri == _LOWERED.c.author_uri)
    .join(_SAME, sa.func.lower(_SAME.c.handle) == sa.func.lower(_AUTHOR.c.handle))
    .where(_AUTHOR.c.handle != "")
)


def erase(conn: sa.Connection, author: Author, uris: Iterable[str] = ()) -> None:
    """Remove what a person said and what was lowered of them, also under other `uris` of theirs."""
    by_account = sa.and_(_WORD.c.handle != "", _WORD.c.handle == author.handle.lower())
    mine = {author.uri, *uris}
    conn.execute(_WORD.delete().where(sa.or_(_WORD.c.author_uri.in_(mine), by_account)))
    conn.execute(_LOWERED.delete().where(_LOWERED.c.author_uri.in_(mine)))
