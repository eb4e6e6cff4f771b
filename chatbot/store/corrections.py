"""Puts edits and corrections of posts that are out into the outbox, when the plan changed what they tell.

1. What each post, or its last correction, tells is kept beside its text; what it should tell follows from the plan.
2. A correction that still waits and is true stays; one that is not true any more is taken back.
3. `core.nights.corrections` says what is done about each post that is untrue now; it is put, or told to the caller.

So the same plan applied twice puts nothing, and a correction of a correction tells the newest facts. Functions take a
connection, the caller commits.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from chatbot.core.errors import Mistakes
from chatbot.core.model import Cue, CueKind, DeliveryState, Draft, Lateness, Visibility
from chatbot.core.nights import corrections, facts, timetable, wording
from chatbot.core.nights.corrections import Correction, Out
from chatbot.core.nights.wording import Room
from chatbot.core.plan import How, Question
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.store import chats, edits, outbox, servers
from chatbot.store.chats import StoredChat
from chatbot.store.rows import EDIT, Row

STANDS, BY_HAND = "a host let it stand", "a host posted it by hand"
_KEPT = (STANDS, BY_HAND)


def follow(
    conn: sa.Connection,
    stored: StoredChat,
    timing: Timing,
    now: datetime,
    chosen: How | None = None,
    only: tuple[str, str] | None = None,
) -> tuple[Correction, ...]:
    """Put what is to be done about each post that is out and untrue; returns all of it, what is to be asked included.

    `only` is the key and the account of one post; of others nothing is done.
    """
    if not (timetable.is_postable(stored.chat) or stored.chat.cancelled) or stored.chat.is_past:
        return ()
    desk = _Desk(conn, stored, timing, now, outbox.of_chat(conn, stored.chat.id))
    posts = [post for post in desk.posts() if only is None or (post.row.key, post.row.account) == only]
    wanting = {post.out: post for post in posts if not desk.is_on_its_way(post, chosen)}
    found = corrections.steps(list(wanting), chosen, stored.chat.settings.corrections)
    for correction in found:
        desk.put(wanting[correction.out], correction)
    return found


def after(conn: sa.Connection, row: Row, timing: Timing, now: datetime) -> None:
    """Correct a post that went out with words that a plan applied meanwhile made untrue, or whose edit was refused.

    What a host is to be asked about is left in the log: nobody was, when the plan was applied the post was not out.
    """
    stored = chats.find(conn, row.chat) if row.chat is not None and row.says and not row.is_correction else None
    if stored is not None:
        with contextlib.suppress(Mistakes):  # of words that do not fit a host hears at the next `plan apply`
            found = follow(conn, stored, timing, now, stored.corrections, (row.edits or row.key, row.account))
            if row.is_cue and any(correction.step == "ask" for correction in found):
                chats.audit(conn, now, "untrue", chat=row.chat, detail=str(row.id))


def overtake(conn: sa.Connection, row: Row, now: datetime) -> bool:
    """Skip an edit or a correction that waits although it is overtaken; whether it was."""
    return is_overtaken(conn, row) and outbox.skip(conn, row.id, now, edits.OVERTAKEN)


def is_overtaken(conn: sa.Connection, row: Row) -> bool:
    """Whether a newer word than this edit or correction is out or on its way, or a host let the post stand since."""
    about = row.edits or (row.reply_to if row.is_correction else None)
    if about is None or row.chat is None:
        return False
    later = [one for one in outbox.of_chat(conn, row.chat) if one.id > row.id and _is_about(one, about, row.account)]
    came_to_nothing = DeliveryState.FAILED, DeliveryState.SKIPPED
    return any(one.state not in came_to_nothing or one.reason == STANDS for one in later)


def _is_about(row: Row, key: str, account: str) -> bool:
    """Whether a row is an edit or a correction of the post with this key on this account."""
    return row.account == account and (row.edits == key or (row.is_correction and row.reply_to == key))


@dataclass(frozen=True, slots=True)
class _Post:
    """A post that is out, with what was put to correct it: `waiting` can still be taken back."""

    row: Row
    out: Out
    waiting: tuple[Row, ...]
    tells_last: Row


@dataclass(frozen=True, slots=True)
class _Desk:
    """One chat's rows and plan, at one instant."""

    conn: sa.Connection
    stored: StoredChat
    timing: Timing
    now: datetime
    rows: Sequence[Row]

    def posts(self) -> Iterator[_Post]:
        """Yield every post that is out and tells facts."""
        for row in self.rows:
            is_out = row.state is DeliveryState.SENT and row.local_id is not None and row.posted_at is not None
            question = self._question(row)
            is_planned = question is not None or row.question is None
            if is_out and row.is_cue and row.says and not row.is_correction and is_planned:
                yield self._post(row, question)

    def _post(self, row: Row, question: Question | None) -> _Post:
        put = [one for one in self._put_for(row) if one.state is not DeliveryState.FAILED and _counts(one)]
        waiting = tuple(one for one in put if one.state is DeliveryState.WAITING and not one.attempts)
        last = [row, *(one for one in put if one not in waiting)][-1]
        kind = CueKind(row.kind)
        true = facts.as_they_are(row.says, kind, self.stored.series, self.stored.chat, question)
        refused = any(
            one.kind == EDIT and one.state is DeliveryState.FAILED and not facts.untrue(one.says, true)
            for one in self._put_for(row)
        )
        at = row.posted_at or row.due_at
        out = Out(row.key, row.account, kind, row.question, at, last.says, true, row.adopted, refused)
        return _Post(row, out, waiting, last)

    def _put_for(self, row: Row) -> list[Row]:
        return sorted((one for one in self.rows if _is_about(one, row.key, row.account)), key=lambda one: one.id)

    def is_on_its_way(self, post: _Post, chosen: How | None) -> bool:
        """Tell whether what waits tells the truth already, in the way a host chose; otherwise take it back."""
        if not post.waiting:
            return False
        newest = post.waiting[-1]
        is_wanted = bool(post.out.untrue) and not facts.untrue(newest.says, post.out.now)
        if is_wanted and (chosen is None or chosen == ("edit" if newest.kind == EDIT else "reply")):
            return True
        for row in post.waiting:
            outbox.take_back(self.conn, row, self.now)
        return False

    # putting

    def put(self, post: _Post, correction: Correction) -> None:
        """Put one correction; what a host is still to be asked about is put later."""
        match correction.step:
            case "edit":
                edits.put(self.conn, post.row, self._edited(post), self._until(post), self.now, post.out.now)
            case "reply" | "quiet reply":
                outbox.put_cue(self.conn, self._reply(post, correction), [post.row.account], self.now)
            case "stands":
                edits.stand(self.conn, post.row, STANDS, self.now, post.out.now)
            case "by hand":
                edits.stand(self.conn, post.row, BY_HAND, self.now, post.out.now)

    def _edited(self, post: _Post) -> Draft:
        series, chat, row = self.stored.series, self.stored.chat, post.row
        question, kind = self._question(row), post.out.kind
        if chat.cancelled and kind in facts.INVITING:
            told = facts.sentences(series, chat, post.out.said, ("cancelled",))
            return replace(row.draft, text=wording.correction(series, chat, self._rooms(row), changes=told))
        if question is not None and row.nth > 1 and (first := self._first_address(row)):
            return replace(row.draft, text=wording.asked_again(series, chat, question, first, self._rooms(row)))
        return timetable.reworded(series, chat, kind, self._rooms(row), question=question, notice=row.notice)

    def _reply(self, post: _Post, correction: Correction) -> Cue:
        row = post.row
        nth = 1 + sum(1 for one in self._put_for(row) if one.is_correction and one not in post.waiting)
        return Cue(
            key=f"{row.key}/{CueKind.CORRECTION}/{nth}",
            chat=self.stored.chat.id,
            kind=CueKind.CORRECTION,
            due_at=self.now,
            draft=self._words(post, is_quiet=correction.step == "quiet reply"),
            grace=self._until(post) - self.now,
            lateness=Lateness.POST_LATE,
            question=row.question,
            nth=nth,
            reply_to=row.key,
            says=post.out.now,
        )

    def _words(self, post: _Post, *, is_quiet: bool) -> Draft:
        series, chat, question = self.stored.series, self.stored.chat, self._question(post.row)
        told = "" if question is not None else facts.sentences(series, chat, post.out.said, post.out.untrue)
        if question is not None and question.poll is not None and "poll" in post.out.untrue:
            question = replace(question, text=f"{question.text} ({' / '.join(question.poll.options)})")
        text = wording.correction(series, chat, self._rooms(post.row), question=question, changes=told)
        visibility = Visibility.UNLISTED if is_quiet else Visibility.PUBLIC
        language = (question.language if question is not None else None) or chat.settings.language
        return Draft(text, visibility, warning=question.warning if question is not None else "", language=language)

    def _until(self, post: _Post) -> datetime:
        """Return until when a correction is of use: while the post is answered, or until the chat is over."""
        chat = self.stored.chat
        soon = self.now + self.timing.grace_other
        return max(chat.late_until if post.row.question is not None else chat.ends_at, soon)

    def _question(self, row: Row) -> Question | None:
        return None if row.question is None else self.stored.chat.question(row.question)

    def _first_address(self, row: Row) -> str | None:
        asked = [one for one in self.rows if one.is_question and one.question == row.question and one.url]
        mine = [one for one in asked if one.account == row.account and one.id != row.id]
        return min(mine, key=lambda one: one.posted_at or one.due_at).url if mine else None

    def _rooms(self, row: Row) -> list[Room]:
        return [server.room for server in servers.of(self.conn, [row.account])]


def _counts(row: Row) -> bool:
    """Whether a row of a correction tells something: it is out, on its way, or a host's word that nothing be done."""
    return row.state is not DeliveryState.SKIPPED or row.reason in _KEPT
