"""The order and the pace of a chat's posts on one account: whose turn it is, from when, until when.

1. A cue waits only for earlier ones that are waiting, being sent or unknown, and still inside their grace.
2. An unknown one holds up the next for `unknown_holds_up` at most.
3. A late question pushes the rest: `between_questions` lie between two, or less where the plan has less.
4. A correction of a post that is out is no part of the order: it goes when nothing else is about to.
5. A heads-up goes as long before its question as planned, and is needless once that is out, dropped, called or held.
6. Nothing is pushed further than `past_the_end`; what has no room there is asked about, and in the end skipped.

A row that a host holds makes nobody wait; one that a host called with `next` is not paced.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from chatbot.core.model import CueKind, DeliveryState, Lateness
from chatbot.core.timing import Timing
from chatbot.core.value import Value, replace

_OPEN = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN)
_RANK = {kind.value: rank for rank, kind in enumerate(CueKind)}


class Queued(Protocol):
    """What is read of an outbox row."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def question(self) -> str | None: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def grace_until(self) -> datetime: ...
    @property
    def lateness(self) -> Lateness: ...
    @property
    def state(self) -> DeliveryState: ...
    @property
    def hold(self) -> bool: ...
    @property
    def at_once(self) -> bool: ...
    @property
    def not_before(self) -> datetime | None: ...
    @property
    def attempt_ended_at(self) -> datetime | None: ...
    @property
    def posted_at(self) -> datetime | None: ...


class Turn(Value, frozen=True):
    """When a row may go: from `at`, until `until`, after the row `waits_for`; never if there is `no_room` for it.

    One that is `needless` announces what does not come any more.
    """

    at: datetime
    until: datetime
    waits_for: int | None = None
    no_room: bool = False
    needless: bool = False


class Standing(Enum):
    """What is to be done about a waiting row now."""

    WAITS = "waits"
    READY = "ready"
    ASK = "ask"  # late, and planned so that the host decides
    SKIP = "skip"  # late, and planned not to go out late
    OVER = "over"  # its grace has ended
    NEEDLESS = "needless"  # it announces what does not come any more


@dataclass(slots=True)
class _Past:
    """What earlier rows mean for the next one."""

    usual: timedelta  # between two questions of this plan, at most `between_questions`
    last_due: datetime | None = None
    last_at: datetime | None = None
    was_called: bool = False  # by a host, at no planned time


def turns(rows: Iterable[Queued], ends_at: datetime | None, timing: Timing, now: datetime) -> Mapping[int, Turn]:
    """Return the turn of every row of one chat and account that is not yet decided, by the row's id."""
    ordered = _in_order(list(rows))
    limit = None if ends_at is None else ends_at + timing.past_the_end
    last_out = _last_out(ordered)
    found: dict[int, Turn] = {}
    before: list[Queued] = []
    past = _Past(_usual_gap(ordered, timing))
    asked = {row.question: row for row in sorted(ordered, key=lambda row: -row.id) if _is_question(row)}  # at first
    for row in ordered:
        if row.kind == CueKind.CORRECTION.value:
            found[row.id] = Turn(row.due_at, row.grace_until)
            continue
        if row.state in _OPEN:
            ahead_of = asked.get(row.question) if row.kind == CueKind.HEADS_UP.value else None
            at = _earliest(row, past, last_out, timing)
            turn = _turn(row, at, limit)
            if ahead_of is not None:
                turn = _ahead(row, ahead_of, _earliest(ahead_of, past, last_out, timing), now)
            found[row.id] = _behind(turn, before, found, timing, now)
            before.append(row)
        if _is_question(row) and not row.hold:
            _note(past, row, found.get(row.id), now)
    return found


def _in_order(rows: list[Queued]) -> list[Queued]:
    """Order rows as they are to go out; a question called now comes before all that still wait, late ones too.

    It never comes before one of its instant that may be out already.
    """
    waiting = [row.due_at for row in rows if _is_question(row) and row.state is DeliveryState.WAITING]

    def place(row: Queued) -> tuple[datetime, int, int, int]:
        is_waiting = row.state is DeliveryState.WAITING
        is_called = row.at_once and is_waiting
        at = min(row.due_at, *waiting) if is_called and waiting else row.due_at
        return at, is_waiting + (is_waiting and not is_called), _RANK.get(row.kind, len(_RANK)), row.id

    return sorted(rows, key=place)


def standing(row: Queued, turn: Turn, timing: Timing, now: datetime) -> Standing:
    """Say what is to be done about a waiting row: a cue is claimed `claim_ahead` before its instant."""
    if turn.needless:
        return Standing.NEEDLESS
    start = max(turn.at, row.not_before or turn.at)
    if now > turn.until:
        return Standing.OVER
    if row.hold or turn.no_room or now < start - timing.claim_ahead:
        return Standing.WAITS
    if now > turn.at + timing.late_after and row.lateness is not Lateness.POST_LATE and not row.at_once:
        return Standing.ASK if row.lateness is Lateness.ASK else Standing.SKIP
    return Standing.WAITS if turn.waits_for is not None else Standing.READY


def gap(earlier: datetime, later: datetime, timing: Timing) -> timedelta:
    """Return the least time between two questions that the plan has at these instants."""
    return min(timing.between_questions, later - earlier)


def _usual_gap(rows: Sequence[Queued], timing: Timing) -> timedelta:
    """Return the least time that the plan leaves between two questions; what a host called has no planned time."""
    planned = sorted(row.due_at for row in rows if _is_question(row) and not row.at_once)
    return min([timing.between_questions, *(gap(*two, timing) for two in itertools.pairwise(planned))])


def _earliest(row: Queued, past: _Past, last_out: Queued | None, timing: Timing) -> datetime:
    """Return the first instant at which a row may go, given the question before it and the last one asked."""
    if not _is_question(row) or row.at_once:
        return row.due_at
    at = row.due_at
    if past.last_at is not None and past.last_due is not None:
        at = max(at, past.last_at + (past.usual if past.was_called else gap(past.last_due, row.due_at, timing)))
    if last_out is not None and last_out.due_at > row.due_at:  # it was held, or it was overtaken
        at = max(at, _out_at(last_out) + timing.between_questions)
    return at


def _turn(row: Queued, at: datetime, limit: datetime | None) -> Turn:
    """Give a pushed question its grace from where it was pushed to, inside the limit."""
    if at <= row.due_at:
        return Turn(at, row.grace_until)
    pushed_until = at + (row.grace_until - row.due_at)
    if limit is None:
        return Turn(at, pushed_until)
    last = limit if row.due_at < limit else row.grace_until
    return Turn(at, max(row.grace_until, min(pushed_until, last))) if at <= last else Turn(at, last, no_room=True)


def _ahead(row: Queued, question: Queued, asked_at: datetime, now: datetime) -> Turn:
    """Push a heads-up with its question; it is of no use once that does not come at a time that is known."""
    pushed = asked_at - question.due_at
    comes = question.state is DeliveryState.WAITING and not question.at_once
    needless = not comes or (question.hold and now >= row.due_at)
    return Turn(row.due_at + pushed, row.grace_until + pushed, needless=needless)


def _behind(turn: Turn, before: Sequence[Queued], known: Mapping[int, Turn], timing: Timing, now: datetime) -> Turn:
    """Add whom the row has to wait for, if anybody."""
    for other in before:
        its = known[other.id]
        if other.hold or its.no_room or now > its.until:
            continue
        if other.state is DeliveryState.UNKNOWN and now >= turn.at + timing.unknown_holds_up:
            continue
        return replace(turn, waits_for=other.id)
    return turn


def _note(past: _Past, row: Queued, turn: Turn | None, now: datetime) -> None:
    """Remember a question that is out, or when it will be."""
    if row.state is DeliveryState.SENT:
        at = _out_at(row)
    elif turn is None or turn.no_room or now > turn.until:
        return
    else:
        at = max(turn.at, now if row.state is DeliveryState.WAITING else _out_at(row))
    past.last_due, past.was_called = row.due_at, row.at_once
    past.last_at = at if past.last_at is None else max(at, past.last_at)


def _last_out(rows: Sequence[Queued]) -> Queued | None:
    out = [row for row in rows if _is_question(row) and row.state is DeliveryState.SENT]
    return max(out, key=_out_at, default=None)


def _out_at(row: Queued) -> datetime:
    """Return when a row went out by our own clock where that is known: the server's may be wrong by an hour."""
    return row.attempt_ended_at or row.posted_at or row.due_at


def _is_question(row: Queued) -> bool:
    return row.kind == CueKind.QUESTION.value
