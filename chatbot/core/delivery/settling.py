"""When to look for a post that may have gone out, and what a look proves.

Absence is proven by `LOOKS` reads of our own posts that started `settle_after` or more after the attempt ended, stood
`between_looks` apart, succeeded, and reached back past the newest post known before the attempt. Earlier looks can
only find; they are made all the same, because most lost answers are found at once.

How long ago an attempt ended is known only by a clock that nobody set meanwhile: `steady_since` is since when the one
who looks knows that of his, from when he began at the earliest.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from chatbot.core.delivery.matching import Anchor
from chatbot.core.timing import Timing

LOOKS = 2


class Doubtful(Protocol):
    """What is read of an outbox row."""

    @property
    def due_at(self) -> datetime: ...
    @property
    def attempt_ended_at(self) -> datetime | None: ...
    @property
    def looked_at(self) -> datetime | None: ...
    @property
    def absent_looks(self) -> int: ...
    @property
    def not_before(self) -> datetime | None: ...
    @property
    def newest_own_id(self) -> str | None: ...
    @property
    def newest_own_at(self) -> datetime | None: ...
    @property
    def is_private(self) -> bool: ...


class Watched(Doubtful, Protocol):
    """What is read of a row whose post is there."""

    @property
    def doubles_until(self) -> datetime | None: ...


def anchor(row: Doubtful, timing: Timing, since: datetime | None = None) -> Anchor:
    """Return how far back a look must reach: to the post known before the first attempt, by the server's own clock.

    Without one (no attempt of ours is known, or the account had no posts) the planned instant has to do, or `since`:
    from when on a post may be out that was planned anew, when a restored backup was told to make it.
    """
    if row.newest_own_id is not None and row.newest_own_at is not None:
        return Anchor(row.newest_own_id, row.newest_own_at)
    planned = row.due_at - timing.look_back
    return Anchor(None, planned if since is None else min(planned, since))


def next_look(row: Doubtful, timing: Timing) -> datetime:
    """Return when the row is to be looked for next: at once, then again and again.

    Also while somebody else's attempt may still last: what is found is found.
    """
    began = min(row.attempt_ended_at or row.due_at, row.due_at)
    first = began if row.looked_at is None else row.looked_at + timing.between_looks
    return max(first, row.not_before or first)


def next_watch(row: Watched, timing: Timing) -> datetime:
    """Return when doubles of a row are to be looked for next: soon, then less and less often.

    Past the end of the watch, while it cannot look or cannot delete, after a pause like any other.
    """
    if row.looked_at is None or row.doubles_until is None:
        return (row.attempt_ended_at or row.due_at) + timing.settle_after
    elapsed = row.looked_at - (row.doubles_until - timing.unknown_holds_up)
    return max(row.looked_at + timing.settle_after, min(row.looked_at + elapsed, row.doubles_until))


def proves(row: Doubtful, started: datetime, steady_since: datetime, timing: Timing) -> bool:
    """Whether a successful look that started then counts towards absence."""
    return started >= max(row.attempt_ended_at or row.due_at, steady_since) + timing.settle_after


def is_absent(row: Doubtful, started: datetime, steady_since: datetime, timing: Timing) -> bool:
    """Whether this look, having found nothing, completes the proof; a letter may repeat, so one look is enough."""
    return proves(row, started, steady_since, timing) and row.absent_looks + 1 >= (1 if row.is_private else LOOKS)


def gives_up_at(row: Doubtful, until: datetime, steady_since: datetime, timing: Timing) -> datetime:
    """Return when an unproven row is called failed: at the end of its grace, but never before it could be looked for.

    After a long outage, or a clock set ahead, there has to be time for the looks too.
    """
    needed = timing.settle_after + (LOOKS + 1) * timing.between_looks
    return max(until, (row.attempt_ended_at or row.due_at) + needed, steady_since + needed)
