"""Settles what is not known by looking at our own posts, and deletes doubles.

A look reads our own posts back past the newest one known before the attempt (`core.delivery.settling`). What it
finds is the cue; what two looks in a row do not find was not posted. Nothing else decides: not an idempotency key, not
a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chatbot.core.delivery import matching, settling
from chatbot.core.delivery.matching import Anchor, Reading
from chatbot.core.delivery.pace import Turn
from chatbot.core.model import CueKind, DeliveryState, Post
from chatbot.core.nights import wording
from chatbot.core.timing import Timing
from chatbot.platforms.errors import NotFound, PlatformError
from chatbot.platforms.port import Deleting, Gone, Platform, PostRef
from chatbot.stages.deliver import adopting, so_far, telling
from chatbot.stages.deliver.desk import Desk, Done
from chatbot.stages.deliver.queue import Queue
from chatbot.store import chats, claims, corrections, outbox, own_posts, unsent
from chatbot.store.engine import Connection
from chatbot.store.rows import Row


def read_own(network: Platform, anchor: Anchor) -> Reading:
    """Read our own posts back to an anchor, newest first."""
    return matching.read_back(network.own_posts(), anchor)


def anchor_of(desk: Desk, row: Row) -> Anchor:
    """Return how far back a look for a row's post must reach.

    A digest and a correction are due when they are put, so one that a restored backup puts anew may be out much longer:
    since the chat's end, or since the post that it corrects; a question since its chat's welcome, if a host called it.
    """
    with desk.store.read() as conn:
        return settling.anchor(row, desk.timing, _may_be_out_since(conn, row, desk.timing))


def _may_be_out_since(conn: Connection, row: Row, timing: Timing) -> datetime | None:
    if row.is_correction:
        corrected = outbox.find(conn, row.reply_to or "", row.account)
        return None if corrected is None else corrected.posted_at
    stored = chats.find(conn, row.chat or "") if row.is_question or row.kind == CueKind.DIGEST.value else None
    if stored is None:
        return None
    return stored.chat.starts_at - timing.welcome_before if row.is_question else stored.chat.ends_at


def find(desk: Desk, row: Row, posts: Sequence[Post]) -> Post | None:
    """Find a row's post among our own ones: the earliest, and not one that another row stands for."""
    unknown_parent = row.reply_to is not None and row.attempts == 0
    new = _without_others(desk, row, posts)
    found = matching.same_or_edited(new, row.draft, any_parent=unknown_parent)
    if not found and row.kind == CueKind.SO_FAR.value:
        found = _rewritten(desk, row, new, any_parent=unknown_parent)
    return found[0] if found else None


def _rewritten(desk: Desk, row: Row, posts: Sequence[Post], *, any_parent: bool) -> tuple[Post, ...]:
    """Find "Tonight so far" as it reads after questions went out; by its place alone only where it may be out."""
    with desk.store.read() as conn:
        stored = None if row.chat is None else chats.find(conn, row.chat)
        welcome = outbox.find(conn, row.reply_to or "", row.account) if row.state is DeliveryState.UNKNOWN else None
    opening = "" if stored is None else wording.so_far_opening(stored.series, stored.chat)
    place = None if welcome is None else welcome.local_id
    return matching.rewritten(posts, row.draft, opening, place, any_parent=any_parent)


def _without_others(desk: Desk, row: Row, posts: Sequence[Post]) -> list[Post]:
    """Return the posts that no other row stands for, and that are in no other chat's threads."""
    with desk.store.read() as conn:
        others = own_posts.known(conn, desk.account) - {row.local_id}
        elsewhere = own_posts.of_others(conn, desk.account, row.chat)
    return [post for post in posts if post.local_id not in others and post.parent_local_id not in elsewhere]


def record_found(desk: Desk, row: Row, post: Post) -> Done:
    """Write down that a row's post is there; from now on its doubles are looked for."""
    now = desk.clock()
    with desk.store.write() as conn:
        if not claims.found(conn, row.id, post, now + desk.timing.unknown_holds_up, now):
            return Done("not-recorded", row.id, row.chat)
        desk.audit(conn, "found", [row])
        if row.is_cue and matching.is_quieter(post.visibility, row.draft.visibility):
            desk.audit(conn, "quieted", [row])
        if row.chat is not None and row.is_cue and desk.edits:
            so_far.put_edit(conn, row.chat, desk.account, desk.timing, now)
        corrections.after(conn, row, desk.timing, now)
    return Done("found", row.id, row.chat)


# unknown outcomes


def settle(desk: Desk, unknown: Sequence[tuple[Row, Turn | None, Queue | None]]) -> Done | None:
    """Do the next thing about rows whose outcome is unknown; None when it is too early for all of them."""
    now = desk.clock()
    for row, turn, queue in unknown:
        until = row.grace_until if turn is None else turn.until
        if now > settling.gives_up_at(row, until, desk.steady.since, desk.timing):
            return _give_up(desk, row, queue)
    due = [(row, queue) for row, _, queue in unknown if settling.next_look(row, desk.timing) <= now]
    return _look(desk, due) if due else None


def _look(desk: Desk, due: Sequence[tuple[Row, Queue | None]]) -> Done:
    """Look for several rows in one reading; returns what became of one of them."""
    started, network, rows = desk.clock(), desk.network, [row for row, _ in due]
    if network is None:  # of letters nothing can be seen; they are sent again
        return _first(desk, [_absent(desk, row, started) for row in rows])
    try:
        looks = _looks(desk, network, [anchor_of(desk, row) for row in rows])
    except PlatformError as error:
        return _first(desk, [_look_later(desk, row, error) for row in rows])
    return _first(desk, [_conclude(desk, *one, started, look) for one, look in zip(due, looks, strict=True)])


def _first(desk: Desk, done: Sequence[Done]) -> Done:
    """Return the most telling of several things done at once; of the others the log is told here."""
    first = next((one for one in done if one.what not in ("looked", "watched")), done[0])
    for one in done:
        if one is not first:
            telling.tell(desk, one)
    return first


@dataclass(frozen=True, slots=True)
class _Look:
    """What one reading shows for one row: our posts since its anchor, and whether that is all of them."""

    posts: tuple[Post, ...]
    is_complete: bool


def _looks(desk: Desk, network: Platform, anchors: Sequence[Anchor]) -> list[_Look]:
    """Read once, back to the oldest anchor, and cut out of it what each row needs."""
    oldest = min(anchors, key=lambda one: one.at)
    whole = read_own(network, oldest)
    parts = [matching.read_back(whole.posts, one) for one in anchors]
    ended = any(part.reached == "end" for part in parts)
    is_complete = not ended or _is_complete(desk, network, whole, oldest)
    return [_Look(part.posts, part.reached != "end" or is_complete) for part in parts]


def _is_complete(desk: Desk, network: Platform, reading: Reading, anchor: Anchor) -> bool:
    """Whether a reading shows all there is since the anchor.

    A list that ends without a post that it should show is believed only when that post is gone: servers answer with
    an empty list when a part of them is down. It should show its anchor, or else our newest post that is known.
    """
    if reading.reached != "end":
        return True
    with desk.store.read() as conn:
        known = {anchor.local_id, own_posts.newest(conn, desk.account)}
    wanted = known - {None} - {post.local_id for post in reading.posts}
    refs = [PostRef(network.server, local_id, "", "") for local_id in sorted(wanted, key=str) if local_id is not None]
    found = network.look_up(refs) if refs else {}
    return all(isinstance(found.get(ref.local_id), Gone) for ref in refs)


def _conclude(desk: Desk, row: Row, queue: Queue | None, started: datetime, look: _Look) -> Done:
    """Write down what a look shows; a question may be there in other words: the plan in a restored backup is older."""
    post = find(desk, row, look.posts)
    if post is not None:
        return record_found(desk, row, post)
    if look.is_complete and settling.is_absent(row, started, desk.steady.since, desk.timing):
        adopted = None if queue is None else adopting.adopt(desk, queue, row, look.posts)
        return adopted or _absent(desk, row, started)
    counts = look.is_complete and settling.proves(row, started, desk.steady.since, desk.timing)
    with desk.store.write() as conn:
        claims.looked(conn, row.id, started, counts, desk.clock())
    return Done("looked", row.id, row.chat)


def _absent(desk: Desk, row: Row, started: datetime) -> Done:
    with desk.store.write() as conn:
        if claims.absent(conn, row.id, started, desk.clock()):
            unsent.follow_one(conn, row.id, desk.timing, desk.clock())
    return Done("absent", row.id, row.chat)


def _look_later(desk: Desk, row: Row, error: PlatformError) -> Done:
    with desk.store.write() as conn:
        claims.look_later(conn, row.id, desk.again_at(error), desk.clock())
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
    """Look once more for doubles of what is out; None when none are to be looked for now."""
    started = desk.clock()
    with desk.store.read() as conn:
        watched = [row for row in outbox.to_watch(conn, desk.account) if row.state is DeliveryState.SENT]
    due = [row for row in watched if settling.next_watch(row, desk.timing) <= started]
    if not due or desk.network is None:
        return None
    try:
        looks: Sequence[_Look | None] = _looks(desk, desk.network, [settling.anchor(row, desk.timing) for row in due])
    except PlatformError:
        looks = [None] * len(due)
    return _first(desk, [_watch(desk, row, started, look) for row, look in zip(due, looks, strict=True)])


def _watch(desk: Desk, row: Row, started: datetime, look: _Look | None) -> Done:
    """Delete what is there twice; a watch that cannot look or delete is prolonged, but not for ever."""
    until = row.doubles_until or started
    doubles = () if look is None else _doubles(desk, row, look.posts)
    is_done = _delete(desk, row, doubles) if look is not None else False
    is_over = started >= (until if is_done else until + desk.timing.unknown_holds_up)
    with desk.store.write() as conn:
        if claims.watched(conn, row.id, started, is_over, desk.clock()) and is_over and doubles and not is_done:
            desk.audit(conn, "double-left", [row])
    return Done("double" if doubles else "watched", row.id, row.chat)


def _doubles(desk: Desk, row: Row, posts: Sequence[Post]) -> Sequence[Post]:
    """Return all but the earliest of a row's posts, letting the row stand for the earliest.

    While the same words are on their way for another row (a question asked once more), nothing is a proven double.
    """
    if _is_on_its_way_again(desk, row):
        return ()
    same = matching.same(_without_others(desk, row, posts), row.draft)
    ours = next((post for post in posts if post.local_id == row.local_id), None)
    if ours is None or not same:
        return ()
    if ours not in same:  # its text was edited since
        same = tuple(sorted((*same, ours), key=lambda post: post.at))
    if same[0].local_id != row.local_id:
        with desk.store.write() as conn:
            claims.move(conn, row.id, same[0], desk.clock())
    return same[1:]


def _is_on_its_way_again(desk: Desk, row: Row) -> bool:
    with desk.store.read() as conn:
        moving = outbox.in_state(conn, desk.account, DeliveryState.SENDING, DeliveryState.UNKNOWN)
    return any(other.id != row.id and other.draft.text == row.draft.text for other in moving)


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
