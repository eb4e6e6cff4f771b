"""Settles what is not known by looking at our own posts, and deletes doubles.

A look reads our own posts back past the newest one known before the attempt (`core.settling`). What it finds is the
cue; what two looks in a row do not find was not posted. Nothing else decides: not an idempotency key, not a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chatbot.core import matching, settling
from chatbot.core.matching import Anchor, Reading
from chatbot.core.model import DeliveryState, Post
from chatbot.core.pace import Turn
from chatbot.platforms.port import Deleting, Gone, NotFound, Platform, PlatformError, PostRef
from chatbot.stages.deliver import adopting, so_far
from chatbot.stages.deliver.desk import Desk, Done
from chatbot.stages.deliver.queue import Queue
from chatbot.store import claims, outbox
from chatbot.store.rows import Row


def read_own(network: Platform, anchor: Anchor) -> Reading:
    """Read our own posts back to an anchor, newest first."""
    return matching.read_back(network.own_posts(), anchor)


def matches(desk: Desk, row: Row, posts: Sequence[Post]) -> tuple[Post, ...]:
    """Return which of our own posts are this row's, the earliest first; those of other rows are not."""
    with desk.store.read() as conn:
        others = outbox.known_posts(conn, desk.account) - {row.local_id}
    unknown_parent = row.reply_to is not None and row.attempts == 0
    found = matching.matches(posts, row.draft, any_parent=unknown_parent)
    return tuple(post for post in found if post.local_id not in others)


def record_found(desk: Desk, row: Row, found: Sequence[Post]) -> Done:
    """Write down that a row's post is there; later copies of it are doubles."""
    now = desk.clock()
    with desk.store.write() as conn:
        if not claims.found(conn, row.id, found[0], now + desk.timing.unknown_holds_up, now):
            return Done("not-recorded", row.id, row.chat)
        desk.audit(conn, "found", [row])
        if row.chat is not None and row.is_cue and desk.edits:
            so_far.put_edit(conn, row.chat, desk.account, desk.timing, now)
    _delete(desk, row, found[1:])
    return Done("found", row.id, row.chat)


# unknown outcomes


def settle(desk: Desk, unknown: Sequence[tuple[Row, Turn | None, Queue | None]]) -> Done | None:
    """Do the next thing about rows whose outcome is unknown; None when it is too early for all of them."""
    now = desk.clock()
    for row, turn, queue in unknown:
        until = row.grace_until if turn is None else turn.until
        if now > settling.gives_up_at(row, until, desk.began, desk.timing):
            return _give_up(desk, row, queue)
        if settling.next_look(row, desk.timing) <= now:
            return _look(desk, row)
    return None


def _look(desk: Desk, row: Row) -> Done:
    network, started = desk.network, desk.clock()
    if network is None:
        return _looked(desk, row, started, proven=True, counts=True)
    anchor = settling.anchor(row, desk.timing)
    try:
        reading = read_own(network, anchor)
        found = matches(desk, row, reading.posts)
        reached = bool(found) or _reached(network, reading, anchor)
    except PlatformError as error:
        return _look_later(desk, row, error)
    if found:
        return record_found(desk, row, found)
    counts = reached and settling.proves(row, started, desk.timing)
    return _looked(desk, row, started, proven=counts and settling.is_absent(row, started, desk.timing), counts=counts)


def _reached(network: Platform, reading: Reading, anchor: Anchor) -> bool:
    """Whether a reading shows all there is since the anchor.

    A list that ends without the post it should end with is believed only when that post is gone: servers answer
    with an empty list when a part of them is down.
    """
    if reading.reached != "end" or anchor.local_id is None:
        return True
    ref = PostRef(network.server, anchor.local_id, "", "")
    return isinstance(network.look_up([ref]).get(anchor.local_id), Gone)


def _looked(desk: Desk, row: Row, started: datetime, *, proven: bool, counts: bool) -> Done:
    now = desk.clock()
    with desk.store.write() as conn:
        if proven:
            claims.absent(conn, row.id, started, now)
        else:
            claims.looked(conn, row.id, started, counts, now)
    return Done("absent" if proven else "looked", row.id, row.chat)


def _look_later(desk: Desk, row: Row, error: PlatformError) -> Done:
    now = desk.clock()
    with desk.store.write() as conn:
        claims.look_later(conn, row.id, desk.again_at(error), now)
    return Done("look-failed", row.id, row.chat)


def _give_up(desk: Desk, row: Row, queue: Queue | None) -> Done:
    """Call a row failed, unless a host asked the question meanwhile."""
    adopted = None if queue is None else adopting.adopt(desk, queue, row)
    if adopted is not None:
        return adopted
    with desk.store.write() as conn:
        if claims.unsettled(conn, row.id, desk.clock()):
            desk.audit(conn, "unsettled", [row])
    return Done("unsettled", row.id, row.chat)


# doubles


def watch(desk: Desk) -> Done | None:
    """Look once more for doubles of a row that was settled by looking; None when none is to be looked for now."""
    now = desk.clock()
    with desk.store.read() as conn:
        watched = [row for row in outbox.to_watch(conn, desk.account) if row.state is DeliveryState.SENT]
    for row in watched:
        if row.looked_at is None or now >= row.looked_at + desk.timing.settle_after:
            return _watch(desk, row)
    return None


def _watch(desk: Desk, row: Row) -> Done:
    started = desk.clock()
    is_over = row.doubles_until is None or started >= row.doubles_until
    try:
        doubles = [] if desk.network is None else _doubles(desk, desk.network, row)
    except PlatformError:
        doubles = []
        is_over = row.doubles_until is None or started >= row.doubles_until + desk.timing.unknown_holds_up
    else:
        is_over = _delete(desk, row, doubles) and is_over
    with desk.store.write() as conn:
        claims.watched(conn, row.id, started, is_over, desk.clock())
    return Done("double" if doubles else "watched", row.id, row.chat)


def _doubles(desk: Desk, network: Platform, row: Row) -> Sequence[Post]:
    """Return all but the earliest of a row's posts, letting the row stand for the earliest."""
    posts = read_own(network, settling.anchor(row, desk.timing)).posts
    same = list(matches(desk, row, posts))
    ours = next((post for post in posts if post.local_id == row.local_id), None)
    if ours is None or not same:
        return []
    if ours not in same:  # its text was edited since
        same = sorted((*same, ours), key=lambda post: post.at)
    if same[0].local_id != row.local_id:
        with desk.store.write() as conn:
            claims.move(conn, row.id, same[0], desk.clock())
    return same[1:]


def _delete(desk: Desk, row: Row, doubles: Sequence[Post]) -> bool:
    """Delete proven doubles and say so; False when one is still to be deleted."""
    is_done = True
    for post in doubles:
        outcome = _deleted(desk, post)
        is_done = is_done and outcome != "not-yet"
        if outcome != "not-yet":
            with desk.store.write() as conn:
                desk.audit(conn, outcome, [row])
    return is_done


def _deleted(desk: Desk, post: Post) -> str:
    if not isinstance(desk.platform, Deleting):
        return "double-left"
    try:
        desk.platform.delete(PostRef(post.server, post.local_id, post.uri, post.url, post.at, post.visibility))
    except NotFound:
        return "double-deleted"
    except PlatformError:
        return "not-yet"
    return "double-deleted"
