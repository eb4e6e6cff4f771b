"""Sends one row of the outbox: looks first, claims, waits for the instant, sends, and writes down what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chatbot.core.delivery import settling
from chatbot.core.delivery.matching import Reading
from chatbot.core.delivery.pace import Standing
from chatbot.core.model import DeliveryState, Draft, Post, Visibility
from chatbot.platforms.port import (
    Editing,
    NotFound,
    NotSignedIn,
    OutcomeUnknown,
    PlatformError,
    PostRef,
    Rejected,
    Unavailable,
)
from chatbot.stages.deliver import adopting, looking, queue, so_far
from chatbot.stages.deliver.desk import Desk, Done
from chatbot.stages.deliver.queue import Queue
from chatbot.store import claims, outbox
from chatbot.store.claims import Claim
from chatbot.store.engine import Connection
from chatbot.store.rows import EDIT, Row

_LOUDNESS = {Visibility.DIRECT: 0, Visibility.PRIVATE: 1, Visibility.UNLISTED: 2, Visibility.PUBLIC: 3}


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A row that is ours to send: the frozen draft, and when the claim was made on the monotonic clock."""

    row: Row
    draft: Draft
    lease_until: datetime
    since: float


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
        return _later(desk, row, error)
    there = looking.find(desk, row, seen.posts)
    if there is not None:
        return looking.record_found(desk, row, there)
    adopted = adopting.adopt(desk, night, row, seen.posts)
    if adopted is not None:
        return adopted
    at = night.turns[row.id].at
    return _send(desk, row, seen.newest, max(at, row.not_before or at))


def send_errand(desk: Desk, row: Row) -> Done:
    """Send words to one person, or an edit; neither does harm when it is made twice."""
    newest = None
    if desk.network is not None and row.kind != EDIT:
        try:
            newest = next(iter(desk.network.own_posts()), None)
        except PlatformError as error:
            return _later(desk, row, error)
    return _send(desk, row, newest, row.due_at)


def _send(desk: Desk, row: Row, newest: Post | None, at: datetime) -> Done:
    claimed = _claim(desk, row, newest)
    if claimed is None:
        return Done("not-claimed", row.id, row.chat)
    if not _may_send(desk, claimed, at):
        with desk.store.write() as conn:
            claims.drop(conn, row.id, desk.owner, desk.clock())
        return Done("dropped", row.id, row.chat)
    return _attempt(desk, claimed)


# before


def _look_first(desk: Desk, row: Row) -> Reading:
    """Read our own posts back to where the cue can be."""
    if desk.network is None:
        return Reading((), None, "end")
    return looking.read_own(desk.network, settling.anchor(row, desk.timing))


def _claim(desk: Desk, row: Row, newest: Post | None) -> _Claimed | None:
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
    return _Claimed(fresh, draft, lease_until, since)


def _is_its_turn(conn: Connection, desk: Desk, row: Row, now: datetime) -> bool:
    if row.state is not DeliveryState.WAITING:
        return False
    if not row.is_cue or row.chat is None:
        return not row.hold and now <= row.grace_until
    night = queue.load(conn, row.chat, desk.account, desk.timing, now)
    return night.is_open and night.standing(row, desk.timing, now) is Standing.READY


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
    parent = outbox.find(conn, row.reply_to, row.account)
    if parent is None or parent.local_id is None:
        desk.audit(conn, "parent-gone", [row])
    return replace(row.draft, reply_to=None if parent is None else parent.local_id)


def _may_send(desk: Desk, claimed: _Claimed, at: datetime) -> bool:
    """Wait for the instant; False when we are stopped, the brake was pulled, or too little of the lease is left."""
    while (remaining := (at - desk.clock()).total_seconds()) > 0:
        if not _has_time(desk, claimed) or (desk.stopped is not None and desk.stopped.is_set()):
            return False
        desk.sleep(min(remaining, desk.timing.tick.total_seconds()))
    with desk.store.read() as conn:
        is_ours = claims.is_ours(conn, claimed.row.id, desk.owner)
    return is_ours and _has_time(desk, claimed)


def _has_time(desk: Desk, claimed: _Claimed) -> bool:
    """Whether a request that begins now ends inside the lease, by the monotonic clock and by the wall's.

    The monotonic clock stands still while a computer sleeps, the wall clock may be set: both have to agree.
    """
    needed = desk.timing.request_deadline
    used = desk.monotonic() - claimed.since
    return used <= (desk.timing.lease - needed).total_seconds() and desk.clock() + needed <= claimed.lease_until


# the attempt


def _attempt(desk: Desk, claimed: _Claimed) -> Done:
    row = claimed.row
    try:
        ref = _publish(desk, row, claimed.draft)
    except OutcomeUnknown:
        return _lost(desk, row)
    except Unavailable as error:
        return _put_off(desk, row, error)
    except NotSignedIn as error:  # nothing was done, and a person can mend it while the cue is still in time
        return _put_off(desk, row, error)
    except NotFound as error:
        if claimed.draft.reply_to is None:
            return _failed(desk, row, error)
        return _without_parent(desk, row, claimed.draft)
    except Rejected as error:
        return _failed(desk, row, error)
    return _sent(desk, row, claimed.draft, ref)


def _publish(desk: Desk, row: Row, draft: Draft) -> PostRef | None:
    """Make the request; what it returns is where the post is, if it is one."""
    network = desk.network
    if network is None:
        desk.mail.publish(draft, row.key, row.recipient or "")
        return None
    if row.kind != EDIT:
        return network.publish(draft, row.key)
    with desk.store.read() as conn:
        edited = outbox.find(conn, row.edits or "", row.account)
    if edited is None or edited.local_id is None or not isinstance(network, Editing):
        raise Rejected("There is no post to edit.")
    network.edit(PostRef(network.server, edited.local_id, edited.uri or "", edited.url or ""), draft)
    return None


def _sent(desk: Desk, row: Row, draft: Draft, ref: PostRef | None) -> Done:
    now = desk.clock()
    watch_until = None if row.looked_at is None else now + desk.timing.unknown_holds_up
    with desk.store.write() as conn:
        if not claims.sent(conn, row, ref, watch_until, now):
            desk.audit(conn, "not-recorded", [row])
        if ref is not None and ref.visibility is not None and _LOUDNESS[ref.visibility] < _LOUDNESS[draft.visibility]:
            desk.audit(conn, "quieted", [row])
        if row.is_cue and row.chat is not None and desk.edits:
            so_far.put_edit(conn, row.chat, desk.account, desk.timing, now)
    return Done("edited" if row.kind == EDIT else "sent", row.id, row.chat)


def _lost(desk: Desk, row: Row) -> Done:
    """The answer was lost: look before anything else, or, where nothing can be looked at or harmed, try again."""
    now = desk.clock()
    with desk.store.write() as conn:
        if desk.network is None or row.kind == EDIT:
            again = now + desk.timing.settle_after
            claims.put_off(conn, row.id, desk.owner, again, "answer-lost", now)
        elif claims.lose(conn, row.id, desk.owner, now):
            desk.audit(conn, "unknown", [row])
    return Done("unknown", row.id, row.chat)


def _put_off(desk: Desk, row: Row, error: PlatformError) -> Done:
    with desk.store.write() as conn:
        claims.put_off(conn, row.id, desk.owner, desk.again_at(error, row.attempts), str(error), desk.clock())
    return Done("put-off", row.id, row.chat)


def _without_parent(desk: Desk, row: Row, draft: Draft) -> Done:
    """The post to reply to is gone: better alone than not at all."""
    with desk.store.write() as conn:
        claims.top_level(conn, row.id, desk.owner, replace(draft, reply_to=None), desk.clock())
        desk.audit(conn, "parent-gone", [row])
    return Done("parent-gone", row.id, row.chat)


def _failed(desk: Desk, row: Row, error: PlatformError) -> Done:
    with desk.store.write() as conn:
        if claims.fail(conn, row.id, desk.owner, str(error), desk.clock()):
            desk.audit(conn, "failed", [row])
    return Done("failed", row.id, row.chat)


def _later(desk: Desk, row: Row, error: PlatformError) -> Done:
    """What comes before a send did not succeed; nothing was sent."""
    with desk.store.write() as conn:
        claims.look_later(conn, row.id, desk.again_at(error), desk.clock())
        if (fresh := outbox.with_id(conn, row.id)) is not None:
            claims.note(conn, fresh, str(error), desk.clock())
    return Done("put-off", row.id, row.chat)
