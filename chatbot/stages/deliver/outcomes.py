"""What became of an attempt, written down: each ending has one, and the hosts' word of it in the log.

the answer came              sent; a post shown to fewer people than planned is said once
the answer was lost, a 5xx   unknown: looked for, never simply sent again
never left, 429, locked out  waiting, until the server says or after a pause that grows, inside its grace
its parent is gone           under the next best parent, or alone
its picture is not ready     waiting a little, then without the picture, described in words
any other refusal            failed
"""

from __future__ import annotations

from datetime import datetime

from chatbot.core.delivery import keys, matching, pictures
from chatbot.core.model import Draft
from chatbot.core.value import replace
from chatbot.platforms.errors import NotFound, NotSignedIn, PlatformError
from chatbot.platforms.port import PostRef
from chatbot.stages.deliver import parents
from chatbot.stages.deliver.desk import Desk, Done
from chatbot.store import claims, corrections, outbox, servers, so_far, unsent
from chatbot.store.engine import Connection
from chatbot.store.rows import EDIT, Row


def sent(desk: Desk, row: Row, draft: Draft, ref: PostRef | None) -> Done:
    """The answer came: the post is there, or the letter or the edit is made.

    Doubles of a cue are looked for all the same: something between us and the server may have asked it twice.
    """
    now = desk.clock()
    watch_until = now + desk.timing.unknown_holds_up if row.is_cue and desk.network is not None else None
    with desk.store.write() as conn:
        if not claims.sent(conn, row, ref, watch_until, now):
            desk.audit(conn, "not-recorded", [row])
        if ref is not None and row.is_cue and matching.is_quieter(ref.visibility, draft.visibility):
            desk.audit(conn, "quieted", [row])
        corrections.after(conn, row, desk.timing, now)
        if (row.is_cue or row.says) and row.chat is not None and desk.edits:
            so_far.put_edit(conn, row.chat, desk.account, desk.timing, now)
    return Done("edited" if row.kind == EDIT else "sent", row.id, row.chat)


def lost(desk: Desk, row: Row, *, answered: bool) -> Done:
    """The answer was lost: look before anything else, or, where nothing can be looked at or harmed, try again."""
    now = desk.clock()
    with desk.store.write() as conn:
        if desk.network is None or row.kind == EDIT:
            again = now + desk.timing.settle_after
            claims.put_off(conn, row.id, desk.owner, again, "answer-lost", now)
        elif claims.lose(conn, row.id, desk.owner, now, fresh_key=answered and keys.was_used(row)):
            desk.audit(conn, "unknown", [row])
    return Done("unknown", row.id, row.chat)


def put_off(desk: Desk, row: Row, error: PlatformError) -> Done:
    """Nothing was done, and it may be tried again."""
    with desk.store.write() as conn:
        again = desk.again_at(error, row.attempts)
        if claims.put_off(conn, row.id, desk.owner, again, str(error), desk.clock()):
            unsent.follow_one(conn, row.id, desk.timing, desk.clock())
        _note_refusal(conn, desk, row, error)
    return Done("put-off", row.id, row.chat)


def later(desk: Desk, row: Row, error: PlatformError) -> Done:
    """What comes before a send did not succeed; nothing was sent."""
    with desk.store.write() as conn:
        claims.look_later(conn, row.id, desk.again_at(error), desk.clock())
        if (fresh := outbox.with_id(conn, row.id)) is not None:
            claims.note(conn, fresh, str(error), desk.clock())
        _note_refusal(conn, desk, row, error)
    return Done("put-off", row.id, row.chat)


def without_parent(desk: Desk, row: Row, draft: Draft) -> Done:
    """The post to reply to is gone: under the next best one, and better alone than not at all."""
    with desk.store.write() as conn:
        other = parents.best(conn, row, draft.reply_to)
        moved = replace(draft, reply_to=other)
        if claims.reshape(conn, row.id, desk.owner, moved, claims.PARENT_GONE, desk.clock()):
            desk.audit(conn, "parent-gone", [row])
            unsent.follow_one(conn, row.id, desk.timing, desk.clock())
    return Done("parent-gone", row.id, row.chat)


def without_picture(desk: Desk, row: Row, draft: Draft, at: datetime, error: PlatformError) -> Done:
    """The picture is not ready: the post waits a little for it, and then goes out with the description in words."""
    if desk.clock() < at + desk.timing.picture_waits:
        return put_off(desk, row, error)
    with desk.store.write() as conn:
        rooms = [server.room for server in servers.of(conn, [desk.account])]
        told = pictures.in_words(draft, rooms)
        if claims.reshape(conn, row.id, desk.owner, told, claims.NO_PICTURE, desk.clock()):
            desk.audit(conn, "no-picture", [row])
            unsent.follow_one(conn, row.id, desk.timing, desk.clock())
    return Done("no-picture", row.id, row.chat)


def failed(desk: Desk, row: Row, error: PlatformError) -> Done:
    """The server refused for good."""
    with desk.store.write() as conn:
        if claims.fail(conn, row.id, desk.owner, str(error), desk.clock()):
            desk.audit(conn, "failed", [row])
            if row.kind == EDIT and not isinstance(error, NotFound):  # a reply can still tell what an edit cannot
                corrections.after(conn, row, desk.timing, desk.clock())
    return Done("failed", row.id, row.chat)


def _note_refusal(conn: Connection, desk: Desk, row: Row, error: PlatformError) -> None:
    """Leave word, once a row, that the account is locked out: a person has to mend that."""
    if isinstance(error, NotSignedIn) and row.is_cue and row.reason != str(error)[: claims.LONGEST]:
        desk.audit(conn, "refused", [row])
