"""Which post of a run sheet goes out once more: what was out for another day, and what never got out and yet may.

A cue is made once. But a chat that is moved to another day is announced for that day too, a post that was skipped
because its time was over gets a new chance when its time comes again, and so does one that a server refused, when its
words were changed since. What a host dropped stays dropped; a question that was asked is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from chatbot.core.model import Cue, CueKind, DeliveryState, Draft
from chatbot.core.value import replace

TAKEN_OUT = "taken out of the plan"
_LOST = "unsettled"  # it may be out: never again
_OUT = (DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.UNKNOWN)


class Past(Protocol):
    """What is read of an outbox row."""

    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def question(self) -> str | None: ...
    @property
    def nth(self) -> int: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def state(self) -> DeliveryState: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def draft(self) -> Draft: ...


def numbered(cues: Sequence[Cue], rows: Iterable[Past], zone: str, now: datetime) -> list[Cue]:
    """Return a run sheet for one account, each cue under the key of the time it is meant for; parents follow."""
    known: dict[tuple[str, str | None], list[Past]] = {}
    for row in rows:
        known.setdefault((row.kind, row.question), []).append(row)
    chosen = {cue.key: _placed(cue, known.get((cue.kind.value, cue.question), []), zone, now) for cue in cues}
    keys = {key: cue.key for key, cue in chosen.items()}
    return [replace(cue, reply_to=keys.get(cue.reply_to or "", cue.reply_to)) for cue in chosen.values()]


def _placed(cue: Cue, rows: Sequence[Past], zone: str, now: datetime) -> Cue:
    row = _standing_for(cue, sorted(rows, key=lambda row: row.nth), zone)
    if row is None:
        return cue
    if not _comes_again(row, cue, zone, now):
        return replace(cue, key=row.key, nth=row.nth)
    nth = 1 + max(other.nth for other in rows)
    return replace(cue, key=f"{cue.key.rpartition('/')[0]}/{nth}", nth=nth)


def _standing_for(cue: Cue, rows: Sequence[Past], zone: str) -> Past | None:
    """Return the row that a cue is: one that is out for its day, else one that waits, else the latest."""
    out = [row for row in rows if row.state in _OUT and (_is_question(cue) or _is_same_day(row, cue, zone))]
    waiting = [row for row in rows if row.state is DeliveryState.WAITING]
    return next(iter([*out, *waiting, *rows[-1:]]), None)


def _comes_again(row: Past, cue: Cue, zone: str, now: datetime) -> bool:
    if row.state in _OUT:
        return not (_is_question(cue) or _is_same_day(row, cue, zone)) and cue.due_at > now
    if row.state is DeliveryState.SKIPPED:
        until = cue.due_at + cue.grace if row.reason == TAKEN_OUT else cue.due_at
        return not is_dropped_by_host(row.reason) and until > now
    if row.state is DeliveryState.FAILED:
        is_new = replace(row.draft, reply_to=None) != cue.draft
        return row.reason != _LOST and is_new and cue.due_at + cue.grace > now
    return False


def is_dropped_by_host(reason: str | None) -> bool:
    """Whether a row was skipped because a person said so."""
    return reason is not None and (reason.startswith("a host") or reason == "held")


def _is_question(cue: Cue) -> bool:
    return cue.kind is CueKind.QUESTION


def _is_same_day(row: Past, cue: Cue, zone: str) -> bool:
    local = ZoneInfo(zone)
    return row.due_at.astimezone(local).date() == cue.due_at.astimezone(local).date()
