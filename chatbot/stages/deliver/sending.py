"""Sends one row of the outbox: looks first, claims, waits for the instant, sends, and writes down what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chatbot.core.delivery import keys
from chatbot.core.delivery.matching import Reading
from chatbot.core.delivery.pace import Standing
from chatbot.core.model import DeliveryState, Draft, Post, Visibility
from chatbot.core.value import replace
from chatbot.platforms.errors import (
    NoPicture,
    NotFound,
    NotSignedIn,
    OutcomeUnknown,
    PlatformError,
    Rejected,
    Unavailable,
)
from chatbot.platforms.port import Editing, Gone, PostRef
from chatbot.stages.deliver import adopting, looking, outcomes, parents, queue
from chatbot.stages.deliver.desk import Desk, Done
from chatbot.stages.deliver.queue import Queue
from chatbot.store import claims, corrections, outbox, unsent
from chatbot.store.claims import Claim
from chatbot.store.engine import Connection
from chatbot.store.rows import EDIT, Row


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A row that is ours to send: as it was before, the frozen draft, its turn, how long and since when it is ours.

    `since` is of the monotonic clock, `newest_own_id` the newest own post before the first attempt.
    """

    row: Row
    draft: Draft
    at: datetime
    lease_until: datetime
    since: float
    newest_own_id: str | None


def send_cue(desk: Desk, night: Queue, row: Row) -> Done:
    """Send a cue whose turn it is.

    1. Read our own posts: if it is there already (a restored backup), it is not sent; else remember the newest.
    2. If a host asked the question by hand, that is the question.
    3. Claim it, in the transaction that makes sure once more that it is its turn.
    4. Wait for its instant, never a moment less.
    5. With enough of the lease left, send it; write down the outcome.
    """
    try:
        seen = _look_first(desk, row)
    except PlatformError as error:
        return outcomes.later(desk, row, error)
    there = looking.find(desk, row, seen.posts)
    if there is not None:
        return looking.record_found(desk, row, there)
    adopted = adopting.adopt(desk, night, row, seen.posts)
    if adopted is not None:
        return adopted
    at = night.turns[row.id].at
    return _send(desk, row, seen.newest, at)


def send_errand(desk: Desk, row: Row) -> Done:
    """Send words to one person, or an edit; neither does harm when it is made twice."""
    newest = None
    if desk.network is not None and row.kind != EDIT:
        try:
            newest = next(iter(desk.network.own_posts()), None)
        except PlatformError as error:
            return outcomes.later(desk, row, error)
    return _send(desk, row, newest, row.due_at)


def _send(desk: Desk, row: Row, newest: Post | None, at: datetime) -> Done:
    if _is_overtaken(desk, row):
        return Done("overtaken", row.id, row.chat)
    claimed = _claim(desk, row, newest, at)
    if claimed is None:
        return Done("not-claimed", row.id, row.chat)
    if not _may_send(desk, claimed, max(at, row.not_before or at)):
        with desk.store.write() as conn:
            if claims.drop(conn, row.id, desk.owner, desk.clock()):
                unsent.follow_one(conn, row.id, desk.timing, desk.clock())
        return Done("dropped", row.id, row.chat)
    return _attempt(desk, claimed)


# before


def _look_first(desk: Desk, row: Row) -> Reading:
    """Read our own posts back to where the cue can be."""
    if desk.network is None:
        return Reading((), None, "end")
    return looking.read_own(desk.network, looking.anchor_of(desk, row))


def _is_overtaken(desk: Desk, row: Row) -> bool:
    """Whether a newer edit or correction made this one needless: made after it, it would bring back the older words."""
    if row.kind != EDIT and not row.is_correction:
        return False
    with desk.store.write() as conn:
        return corrections.overtake(conn, row, desk.clock())


def _claim(desk: Desk, row: Row, newest: Post | None, at: datetime) -> _Claimed | None:
    since, now = desk.monotonic(), desk.clock()
    lease_until = now + desk.timing.lease
    with desk.store.write() as conn:
        fresh = outbox.with_id(conn, row.id)
        if fresh is None or not _is_its_turn(conn, desk, fresh, now):
            return None
        draft = _frozen(conn, desk, fresh)
        before = (newest.local_id, newest.at) if newest else (None, None)
        if not claims.claim(conn, fresh, Claim(desk.owner, lease_until, draft, *before), now):
            return None
    anchor = fresh.newest_own_id if fresh.attempts else before[0]
    return _Claimed(fresh, draft, at, lease_until, since, anchor)


def _is_its_turn(conn: Connection, desk: Desk, row: Row, now: datetime) -> bool:
    if row.state is not DeliveryState.WAITING:
        return False
    if not row.is_cue or row.chat is None:
        return not row.hold and now <= row.grace_until
    night = queue.load(conn, row.chat, desk.account, desk.timing, now)
    return night.lets_out(row) and night.standing(row, desk.timing, now) is Standing.READY


def _frozen(conn: Connection, desk: Desk, row: Row) -> Draft:
    """Return the draft as it goes out and stays: with its parent's id, or addressed to its reader."""
    if row.attempts:
        return row.draft
    if row.is_private and desk.network is not None:
        words = row.draft.text
        address = f"@{(row.recipient or '').lstrip('@')}"
        addressed = words if words.startswith(address) else f"{address} {words}"
        return replace(row.draft, text=addressed, visibility=Visibility.DIRECT)
    if row.reply_to is None:
        return row.draft
    return replace(row.draft, reply_to=parents.best(conn, row))


def _may_send(desk: Desk, claimed: _Claimed, at: datetime) -> bool:
    """Wait for the instant; False when we are stopped, the brake was pulled, or too little of the lease is left.

    The brake is looked at a moment before: at the instant itself nothing is left to do but to send.
    """
    if not _wait(desk, claimed, at - desk.timing.last_look):
        return False
    with desk.store.read() as conn:
        is_ours = claims.is_ours(conn, claimed.row.id, desk.owner)
    return is_ours and _wait(desk, claimed, at) and _has_time(desk, claimed) and not desk.is_stopped


def _wait(desk: Desk, claimed: _Claimed, at: datetime) -> bool:
    """Wait for an instant, never a moment less; False when the wait was given up."""
    while (remaining := (at - desk.clock()).total_seconds()) > 0:
        if not _has_time(desk, claimed) or desk.is_stopped:
            return False
        desk.sleep(min(remaining, desk.timing.tick.total_seconds()))
    return True


def _has_time(desk: Desk, claimed: _Claimed) -> bool:
    """Whether a request that begins now ends inside the lease, by the monotonic clock and by the wall's.

    The monotonic clock stands still while a computer sleeps, the wall clock may be set: both have to agree.
    """
    needed = desk.timing.request_deadline * (2 if claimed.draft.picture else 1)  # a picture is a request of its own
    used = desk.monotonic() - claimed.since
    return used <= (desk.timing.lease - needed).total_seconds() and desk.clock() + needed <= claimed.lease_until


# the attempt


def _attempt(desk: Desk, claimed: _Claimed) -> Done:
    row, draft = claimed.row, claimed.draft
    try:
        ref = _publish(desk, claimed)
    except OutcomeUnknown as error:
        return outcomes.lost(desk, row, answered=error.answered)
    except NoPicture as error:
        return outcomes.without_picture(desk, row, draft, claimed.at, error)
    except Unavailable as error:
        return outcomes.put_off(desk, row, error)
    except NotSignedIn as error:  # nothing was done, and a person can mend it while the cue is still in time
        return outcomes.put_off(desk, row, error)
    except Rejected as error:
        return _refused(desk, claimed, error)
    return outcomes.sent(desk, row, draft, ref)


def _publish(desk: Desk, claimed: _Claimed) -> PostRef | None:
    """Make the request; what it returns is where the post is, if it is one."""
    network, row, draft = desk.network, claimed.row, claimed.draft
    if network is None:
        desk.mail.publish(draft, row.key, row.recipient or "")
        return None
    if row.kind != EDIT:
        return network.publish(draft, keys.idempotency_key(row, draft, claimed.newest_own_id))
    with desk.store.read() as conn:
        edited = outbox.find(conn, row.edits or "", row.account)
    if edited is None or edited.local_id is None or not isinstance(network, Editing) or not network.limits.edits:
        raise Rejected("There is no post that could be edited.")
    network.edit(PostRef(network.server, edited.local_id, edited.uri or "", edited.url or ""), draft)
    return None


def _refused(desk: Desk, claimed: _Claimed, error: Rejected) -> Done:
    """The server said no: because of a parent that is gone, an answer it had kept, or for good."""
    row, draft = claimed.row, claimed.draft
    if draft.reply_to is not None and row.kind != EDIT and (isinstance(error, NotFound) or _is_gone(desk, draft)):
        return outcomes.without_parent(desk, row, draft)
    if keys.was_used(row) and row.kind != EDIT and desk.network is not None:
        return outcomes.put_off(desk, row, error)  # it may be the answer to the attempt before; asked with a fresh key
    return outcomes.failed(desk, row, error)


def _is_gone(desk: Desk, draft: Draft) -> bool:
    """Whether the post to reply to is not there: some servers refuse such a reply without saying why."""
    if desk.network is None or draft.reply_to is None:
        return False
    try:
        found = desk.network.look_up([PostRef(desk.network.server, draft.reply_to, "", "")])
    except PlatformError:
        return False
    return isinstance(found.get(draft.reply_to), Gone)
