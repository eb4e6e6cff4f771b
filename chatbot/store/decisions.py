"""What people decided about posts, and what they said about themselves; append-only, erasure alone outranks that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from chatbot.core.model import Decision, DecisionKind, Word
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


def words(conn: sa.Connection) -> Mapping[str, Word]:
    """Return every person's latest own word, by their uri."""
    found = conn.execute(sa.select(_WORD.c.author_uri, _WORD.c.word).order_by(_WORD.c.at, _WORD.c.id))
    return {uri: Word(word) for uri, word in found}


def stopped(conn: sa.Connection) -> tuple[tuple[str, str], ...]:
    """Return the uri and the account of everybody whose latest own word is `stop`."""
    columns = (_WORD.c.author_uri, _WORD.c.handle, _WORD.c.word)
    latest = {
        uri: (handle, word) for uri, handle, word in conn.execute(sa.select(*columns).order_by(_WORD.c.at, _WORD.c.id))
    }
    return tuple((uri, handle) for uri, (handle, word) in latest.items() if word == Word.STOP.value)


def word_of(conn: sa.Connection, author_uri: str) -> Word | None:
    """Return one person's latest own word."""
    latest = sa.select(_WORD.c.word).where(_WORD.c.author_uri == author_uri).order_by(_WORD.c.at.desc())
    word = conn.scalar(latest.order_by(_WORD.c.id.desc()).limit(1))
    return None if word is None else Word(word)


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
    """Return what hosts lowered, by the person's uri."""
    found: dict[str, set[str]] = {}
    for uri, what in conn.execute(sa.select(_LOWERED.c.author_uri, _LOWERED.c.what)):
        found.setdefault(uri, set()).add(what)
    return {uri: frozenset(what) for uri, what in found.items()}


def erase(conn: sa.Connection, author_uri: str) -> None:
    """Remove what a person said and what was lowered of them; decisions go with their posts (`store.erasing`)."""
    conn.execute(_WORD.delete().where(_WORD.c.author_uri == author_uri))
    conn.execute(_LOWERED.delete().where(_LOWERED.c.author_uri == author_uri))
