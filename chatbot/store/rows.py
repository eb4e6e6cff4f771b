"""A row of the outbox as a value, and how rows are read."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from chatbot.core.model import CueKind, DeliveryState, Draft, Facts, Lateness, Visibility
from chatbot.core.value import Value
from chatbot.store import tables
from chatbot.store.codec import from_json

EDIT, NOTICE, REPLY = "edit", "notice", "reply"
CUES = tuple(kind.value for kind in CueKind)


class Row(Value, frozen=True):
    """One post, edit or letter on its way to one account, and how far it came."""

    id: int
    key: str
    account: str
    chat: str | None
    kind: str
    question: str | None
    nth: int
    due_at: datetime
    grace_until: datetime
    lateness: Lateness
    draft: Draft
    recipient: str | None
    reply_to: str | None
    notice: bool
    says: Facts
    state: DeliveryState
    reason: str | None
    hold: bool
    edits: str | None
    not_before: datetime | None
    at_once: bool
    owner: str | None
    lease_until: datetime | None
    attempts: int
    key_from: int
    attempt_ended_at: datetime | None
    newest_own_id: str | None
    newest_own_at: datetime | None
    absent_looks: int
    looked_at: datetime | None
    doubles_until: datetime | None
    server: str | None
    local_id: str | None
    uri: str | None
    url: str | None
    posted_at: datetime | None
    visibility: Visibility | None
    adopted: bool
    changed_at: datetime

    @property
    def is_cue(self) -> bool:
        """Whether this is a post of a chat's run sheet, which must never be made twice."""
        return self.kind in CUES

    @property
    def is_question(self) -> bool:
        """Whether this asks a question."""
        return self.kind == CueKind.QUESTION.value

    @property
    def is_correction(self) -> bool:
        """Whether this is a reply that corrects another post of the chat."""
        return self.kind == CueKind.CORRECTION.value

    @property
    def is_private(self) -> bool:
        """Whether this is for one person alone."""
        return self.kind in (NOTICE, REPLY)

    @property
    def may_be_seen(self) -> bool:
        """Whether a server may have seen its words: an attempt ended in something else than a certain "not done"."""
        return self.attempts > 0 and self.attempt_ended_at is not None

    @property
    def grace(self) -> timedelta:
        """How long after its time it may still go out."""
        return self.grace_until - self.due_at


def select(conn: sa.Connection, *conditions: sa.ColumnElement[bool]) -> list[Row]:
    """Return the rows for which all of these hold, in the order of the night."""
    order = (tables.outbox.c.due_at, tables.outbox.c.id)
    return [_to_row(found) for found in conn.execute(sa.select(tables.outbox).where(*conditions).order_by(*order))]


def _to_row(found: sa.Row[tuple[object, ...]]) -> Row:
    values = dict(found._mapping)
    values["draft"] = from_json(Draft, values["draft"])
    values["says"] = from_json(Facts, values["says"])
    values["lateness"] = Lateness(values["lateness"])
    values["state"] = DeliveryState(values["state"])
    values["visibility"] = None if values["visibility"] is None else Visibility(values["visibility"])
    return Row(**values)
