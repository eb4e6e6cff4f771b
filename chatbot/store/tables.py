"""Every table, in one place. Times are UTC, stored as ISO text on SQLite by `Instant`; JSON is stored as text.

What is computed is not here: answers, verdicts, threads, statistics and pages are made from these facts each time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

SCHEMA_VERSION = "0002"

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime as microseconds since 1970: sorts as it should, the same on every database."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:
        """Refuse a naive datetime, return microseconds."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return to_micros(value)

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:
        """Return an aware UTC datetime."""
        return None if value is None else from_micros(value)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_micros(at: datetime) -> int:
    """Turn an aware datetime into whole microseconds since 1970."""
    delta = at - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def from_micros(micros: int) -> datetime:
    """Turn microseconds since 1970 into an aware UTC datetime."""
    return _EPOCH + timedelta(microseconds=micros)


def _partial_index(name: str, *columns: str, where: str) -> sa.Index:
    """An index over the few rows that have a value, so that the others cost nothing when they are saved."""
    return sa.Index(name, *columns, info={"where": where})


def _waiting_index(role: str) -> sa.Index:
    """An index over the posts whose parent or quoted post is known by a server's id alone and not seen yet."""
    waits = f"{role}_local_id IS NOT NULL AND {role}_uri IS NULL"
    return _partial_index(f"ix_post_waits_for_{role}", "parent_server", f"{role}_local_id", where=waits)


@sa.event.listens_for(metadata, "before_create")
def _narrow_indexes(_: sa.MetaData, conn: sa.Connection, **__: Any) -> None:
    """Tell the database at hand which rows; telling every database beforehand would load all their drivers."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if "where" in index.info:
                index.dialect_kwargs[f"{conn.dialect.name}_where"] = sa.text(index.info["where"])


series = sa.Table(
    "series",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("plan", sa.Text, nullable=False),  # core.plan.Series as JSON
    sa.Column("file", sa.Text),  # the plan file it was applied from, and its hash
    sa.Column("file_hash", sa.Text),
    sa.Column("applied_at", Instant, nullable=False),
)

chat = sa.Table(
    "chat",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("series", sa.Text, sa.ForeignKey("series.id"), nullable=False),
    sa.Column("plan", sa.Text, nullable=False),  # core.plan.Chat as JSON
    sa.Column("state", sa.Text, nullable=False),  # draft | ready | paused | cancelled
    sa.Column("starts_at", Instant, nullable=False, index=True),
    sa.Column("late_until", Instant, nullable=False, index=True),
    sa.Column("file", sa.Text),
    sa.Column("file_hash", sa.Text),
    sa.Column("applied_at", Instant, nullable=False),
    sa.Column("edited_by", sa.Text),  # a person changed it after the file was applied
    sa.Column("edited_at", Instant),
    sa.Column("approved_by", sa.Text),  # who said `publish`
    sa.Column("approved_at", Instant),
    sa.Column("final_at", Instant),  # when the final edition was written
    sa.Column("emptied_at", Instant),  # when unpublished content was forgotten
    sa.Column("corrections", sa.Text),  # how a host last chose to correct what is out: edit | reply | none
)

# A cue or a notice on its way to one account (states and arrows: store.outbox).
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("account", sa.Text, nullable=False),  # account name in the settings, or "email"
    sa.Column("chat", sa.Text),
    sa.Column("kind", sa.Text, nullable=False),  # a CueKind, "notice" or "reply"
    sa.Column("question", sa.Text),
    sa.Column("nth", sa.Integer, nullable=False, server_default="1"),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("grace_until", Instant, nullable=False),
    sa.Column("lateness", sa.Text, nullable=False),
    sa.Column("draft", sa.Text, nullable=False),  # core.model.Draft as JSON; frozen when claimed
    sa.Column("recipient", sa.Text),  # of a notice: `user@host` or an e-mail address
    sa.Column("reply_to", sa.Text),  # key of the cue whose post is the parent
    sa.Column("notice", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("says", sa.Text, nullable=False, server_default="[]"),  # the facts its text tells, as JSON
    sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("reason", sa.Text),
    sa.Column("hold", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("edits", sa.Text),  # of an edit: key of the cue whose post gets the new text
    sa.Column("not_before", Instant),  # after a 429 or an outage; the planned instant stays in `due_at`
    sa.Column("at_once", sa.Boolean, nullable=False, server_default=sa.false()),  # a host said `next`: no pacing
    sa.Column("owner", sa.Text),  # who claimed it
    sa.Column("lease_until", Instant),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("key_from", sa.Integer, nullable=False, server_default="0"),  # attempts before its present key
    sa.Column("attempt_ended_at", Instant),  # the instant the request was over, for settle_after
    sa.Column("newest_own_id", sa.Text),  # our newest post before the attempt, and its time
    sa.Column("newest_own_at", Instant),
    sa.Column("absent_looks", sa.Integer, nullable=False, server_default="0"),
    sa.Column("looked_at", Instant),
    sa.Column("doubles_until", Instant),  # once it is out: doubles are looked for until then
    sa.Column("server", sa.Text),
    sa.Column("local_id", sa.Text),
    sa.Column("uri", sa.Text),
    sa.Column("url", sa.Text),
    sa.Column("posted_at", Instant),
    sa.Column("visibility", sa.Text),
    sa.Column("adopted", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("changed_at", Instant, nullable=False),
    sa.UniqueConstraint("key", "account"),
    sa.Index("ix_outbox_due", "state", "due_at"),
    sa.Index("ix_outbox_chat", "chat", "due_at"),
)

author = sa.Table(
    "author",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("uri", sa.Text, nullable=False, unique=True),
    sa.Column("handle", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("avatar", sa.Text),
    sa.Column("bot", sa.Boolean, nullable=False),
    sa.Column("bio", sa.Text, nullable=False),
    sa.Column("indexable", sa.Boolean),
    sa.Column("discoverable", sa.Boolean),
    sa.Column("noindex", sa.Boolean),
)

# The latest version of what was received. An empty node has a keyed hash as uri, no author and no content;
# a tombstone keeps its uri and time, and loses the rest.
post = sa.Table(
    "post",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("uri", sa.Text, nullable=False, unique=True),
    sa.Column("author", sa.Integer, sa.ForeignKey("author.id"), index=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("url", sa.Text),
    sa.Column("visibility", sa.Text, nullable=False),
    sa.Column("content", sa.Text),  # spans, media, poll, links, mentions, hashtags, warning, language, as JSON
    sa.Column("parent_server", sa.Text),
    sa.Column("parent_local_id", sa.Text),
    sa.Column("quote_local_id", sa.Text),
    sa.Column("parent_uri", sa.Text),  # joined when the parent is seen
    sa.Column("quote_uri", sa.Text),
    sa.Column("edited_at", Instant),
    sa.Column("boosts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("favourites", sa.Integer, nullable=False, server_default="0"),
    sa.Column("replies", sa.Integer, nullable=False, server_default="0"),
    sa.Column("is_repost", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("empty", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("edit_held", sa.Boolean, nullable=False, server_default=sa.false()),  # shows neither version
    sa.Column("imported", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("missed_at", Instant),  # the first 404; a second one minutes later confirms
    sa.Column("gone_at", Instant),
    sa.Column("gone_why", sa.Text),
    sa.Column("first_seen_at", Instant, nullable=False),
    sa.Column("verified_at", Instant),
    _partial_index("ix_post_empty", "id", where="empty"),
    _waiting_index("parent"),
    _waiting_index("quote"),
)

# Where a post was seen, by which route first. Of an empty node the local id is a keyed hash too.
sighting = sa.Table(
    "sighting",
    metadata,
    sa.Column("server", sa.Text, primary_key=True),
    sa.Column("local_id", sa.Text, primary_key=True),
    sa.Column("post", sa.Integer, sa.ForeignKey("post.id"), nullable=False, index=True),
    sa.Column("route", sa.Text, nullable=False),  # tag | thread | mention | stream | host | import | vantage:SERVER
    sa.Column("at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

# Which chats a post belongs to; a post with two hashtags may belong to two.
chat_post = sa.Table(
    "chat_post",
    metadata,
    sa.Column("chat", sa.Text, primary_key=True),
    sa.Column("post", sa.Integer, sa.ForeignKey("post.id"), primary_key=True),
    sqlite_with_rowid=False,
)

decision = sa.Table(
    "decision",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("chat", sa.Text, nullable=False, index=True),
    sa.Column("post_uri", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("value", sa.Text),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
)

# A participant's own words to the bot; the latest wins. Forgotten people are not here but in the forget list.
consent_word = sa.Table(
    "consent_word",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("author_uri", sa.Text, nullable=False, index=True),
    sa.Column("handle", sa.Text, nullable=False, server_default=""),  # an address need not tell the account
    sa.Column("word", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

# Who said no in a chat by their bio, or by saying no yes where one is needed: keyed hashes of address and account.
refusal = sa.Table(
    "refusal",
    metadata,
    sa.Column("chat", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    sqlite_with_rowid=False,
)

# A host lowers what is shown of somebody: "name", "picture" or "text".
lowered = sa.Table(
    "lowered",
    metadata,
    sa.Column("author_uri", sa.Text, primary_key=True),
    sa.Column("what", sa.Text, primary_key=True),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

# Words already obeyed, so that none is obeyed twice; of the text nothing is kept. Where `server` is "*", `local_id` is
# a hash of the post's uri and of what it was about: a word to two accounts is read on two servers.
heard = sa.Table(
    "heard",
    metadata,
    sa.Column("server", sa.Text, primary_key=True),
    sa.Column("local_id", sa.Text, primary_key=True),
    sa.Column("at", Instant, nullable=False),
)

# When a route was last read, as a hint and never as truth, and what went wrong then.
cursor = sa.Table(
    "cursor",
    metadata,
    sa.Column("chat", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("route", sa.Text, primary_key=True),
    sa.Column("read_at", Instant, nullable=False),
    sa.Column("note", sa.Text),
)

# Posts that vanished in a crowd, in the view of one server: `crowd` is their people's server, empty for everybody.
doubt = sa.Table(
    "doubt",
    metadata,
    sa.Column("chat", sa.Text, primary_key=True),
    sa.Column("server", sa.Text, primary_key=True),
    sa.Column("crowd", sa.Text, primary_key=True),
    sa.Column("since", Instant, nullable=False),
    sa.Column("believed_at", Instant),
)

# Posts that the bot marked as favourites, so that none is marked twice.
favourite = sa.Table(
    "favourite",
    metadata,
    sa.Column("server", sa.Text, primary_key=True),
    sa.Column("post", sa.Integer, sa.ForeignKey("post.id"), primary_key=True),
    sa.Column("at", Instant, nullable=False),
)

# What happened, without content: ids, counts and who, for `status` and for the hosts' log.
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("chat", sa.Text, index=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("by", sa.Text),
    sa.Column("detail", sa.Text),
)

# What each account's server said when it was last asked, so that plans are measured without it.
server = sa.Table(
    "server",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("said", sa.Text, nullable=False),  # core.preview.Server as JSON
    sa.Column("asked_at", Instant, nullable=False),
)
