"""The one worker of one account: does one thing at a time, in the order in which things matter.

1. Once, when it begins: cues that are due already, or that another process was sending, become unknown: it may have
   sent them.
2. Claims that broke off become unknown.
3. What is too late is skipped, with the reason; what needs a host's word is noted for asking.
4. The next cue whose turn it is goes out.
5. What is unknown is settled by looking.
6. A picture is brought to the server before its post is due.
7. Errands, when no cue is about to be due: words to people, edits, doubles.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from chatbot.core.delivery.pace import Standing
from chatbot.core.model import DeliveryState
from chatbot.core.timing import Timing
from chatbot.platforms.errors import PlatformError
from chatbot.platforms.port import Platform, Preparing
from chatbot.stages.deliver import adopting, looking, queue, sending, telling
from chatbot.stages.deliver.desk import Desk, Done, Mail, Stop
from chatbot.stages.deliver.queue import Queue
from chatbot.stages.deliver.steady import Steady
from chatbot.store import claims, leases, outbox
from chatbot.store.engine import Connection, Store
from chatbot.store.rows import Row

log = logging.getLogger("chatbot.deliver")

_NOTES = {Standing.ASK: "late-asks"}


class Lane:
    """Delivers what the outbox holds for one account; only one thread may step it."""

    def __init__(  # noqa: PLR0913 - the parts of a lane, named one by one
        self,
        store: Store,
        platform: Platform | Mail,
        timing: Timing,
        clock: Callable[[], datetime],
        sleep: Callable[[float], object],
        monotonic: Callable[[], float],
        owner: str,
        stopped: Stop | None = None,
    ) -> None:
        if timing.lease < timing.claim_ahead + timing.request_deadline:
            raise ValueError("a lease must outlast the wait for the instant and the request: nothing could be sent")
        own = f"{owner}/{uuid.uuid4().hex[:8]}"  # never that of an earlier process, whatever it was called
        began = clock()
        steady = Steady.begun(began, monotonic())
        self.desk = Desk(store, platform, timing, clock, sleep, monotonic, own, began, steady, stopped)
        self._has_begun = False
        self._prepared: set[int] = set()

    def step(self) -> Done | None:
        """Do the next thing; None when nothing is to be done now."""
        self._mind_the_clock()
        done = self._begin() or self._lost_claims() or self._chats() or self._pictures() or self._errands()
        if done is not None:
            telling.tell(self.desk, done)
        return done

    def _begin(self) -> Done | None:
        if self._has_begun:
            return None
        with self.desk.store.write() as conn:
            leases.set_back(conn, self.desk.account, self.desk.began)
            doubted = leases.inherit(conn, self.desk.account, self.desk.owner, self.desk.began, self.desk.timing.lease)
            doubted += claims.doubt(conn, self.desk.account, self.desk.began)
        self._has_begun = True  # only now: what the database refused is tried again before anything is sent
        return self._first("doubted", doubted)

    def _mind_the_clock(self) -> None:
        """After the clock was set back, times that were written down before lie ahead: nothing is to wait for them."""
        now = self.desk.clock()
        if self.desk.steady.went_back(now, self.desk.monotonic(), self.desk.timing.tick):
            with self.desk.store.write() as conn:
                changed = leases.set_back(conn, self.desk.account, now)
            log.warning("the clock was set back", extra={"account": self.desk.account, "rows": changed})

    def _lost_claims(self) -> Done | None:
        desk = self.desk
        with desk.store.read() as conn:
            if not outbox.in_state(conn, desk.account, DeliveryState.SENDING):
                return None
        with desk.store.write() as conn:
            lost = leases.expire(conn, desk.account, desk.owner, desk.clock(), desk.timing.lease)
        return self._first("broke-off", lost)

    def _first(self, what: str, row_ids: Sequence[int]) -> Done | None:
        """Return what was done to the first of several rows; of the others the log is told here."""
        for row_id in row_ids[1:]:
            telling.tell(self.desk, Done(what, row_id))
        return Done(what, row_ids[0]) if row_ids else None

    def _chats(self) -> Done | None:
        now = self.desk.clock()
        with self.desk.store.read() as conn:
            queues = queue.load_all(conn, self.desk.account, self.desk.timing, now)
        return self._late(queues, now) or self._next_cue(queues, now) or self._settle(queues)

    # what is too late

    def _late(self, queues: Sequence[Queue], now: datetime) -> Done | None:
        for night in queues:
            if night.is_paused(self.desk.timing, now):
                continue
            for row, turn in night.waiting():
                standing = night.standing(row, self.desk.timing, now)
                if standing is Standing.NEEDLESS:
                    return self._drop(row, now)
                if standing in (Standing.OVER, Standing.SKIP):
                    return self._skip(night, row, now)
                note = "no-room" if turn.no_room else _NOTES.get(standing)
                if note is not None and row.reason != note and night.is_open:
                    return self._note(row, note)
        return None

    def _drop(self, row: Row, now: datetime) -> Done:
        """Leave out what nobody misses; no host needs to know."""
        with self.desk.store.write() as conn:
            claims.late(conn, row, outbox.NEEDLESS, now)
        return Done("needless", row.id, row.chat)

    def _skip(self, night: Queue, row: Row, now: datetime) -> Done:
        """Record that a cue will not go out, unless a host asked the question by hand; who stopped a chat knows it."""
        if night.is_open and (adopted := adopting.adopt(self.desk, night, row)) is not None:
            return adopted
        if night.is_cancelled:
            with self.desk.store.write() as conn:
                claims.late(conn, row, outbox.STOPPED, now)
            return Done("stopped", row.id, row.chat)
        with self.desk.store.write() as conn:
            if claims.late(conn, row, "held" if row.hold else row.reason or "late", now):
                self.desk.audit(conn, "skipped", [row])
        return Done("skipped", row.id, row.chat)

    def _note(self, row: Row, note: str) -> Done:
        with self.desk.store.write() as conn:
            if claims.note(conn, row, note, self.desk.clock()):
                self.desk.audit(conn, note, [row])
        return Done(note, row.id, row.chat)

    # what goes out, and what may have gone out

    def _next_cue(self, queues: Sequence[Queue], now: datetime) -> Done | None:
        ready = [
            (row.is_correction, night.turns[row.id].at, row.id, night, row)
            for night in queues
            for row, _ in night.waiting()
            if night.lets_out(row) and night.standing(row, self.desk.timing, now) is Standing.READY
        ]
        if not ready or self.desk.is_stopped:
            return None
        *_, night, row = min(ready, key=lambda item: item[:3])
        self._went_ahead(night, row)
        return sending.send_cue(self.desk, night, row)

    def _went_ahead(self, night: Queue, row: Row) -> None:
        """Leave word, once, that a cue does not wait any longer for one whose outcome is unknown."""
        earlier = [r for r in night.rows if r.state is DeliveryState.UNKNOWN and r.due_at < row.due_at]
        unnoted = [r for r in earlier if r.reason != "went-ahead"]
        if not unnoted or row.is_correction:
            return
        with self.desk.store.write() as conn:
            now = self.desk.clock()
            self.desk.audit(conn, "went-ahead", [r for r in unnoted if claims.note(conn, r, "went-ahead", now)])

    def _settle(self, queues: Sequence[Queue]) -> Done | None:
        with self.desk.store.read() as conn:
            unknown = outbox.in_state(conn, self.desk.account, DeliveryState.UNKNOWN)
        nights = {row.id: night for night in queues for row in night.rows}
        turns = {row_id: night.turns.get(row_id) for row_id, night in nights.items()}
        return looking.settle(self.desk, [(row, turns.get(row.id), nights.get(row.id)) for row in unknown])

    # errands

    def _pictures(self) -> Done | None:
        """Bring the next picture to the server before its post is due, when no other post is."""
        desk, now = self.desk, self.desk.clock()
        if not isinstance(desk.platform, Preparing):
            return None
        with desk.store.read() as conn:
            soon = [row for row in outbox.due(conn, desk.account, now, desk.timing.picture_ahead) if row.is_cue]
        coming = [row for row in soon if row.draft.picture is not None and row.id not in self._prepared]
        if not coming or any(row.due_at <= now + desk.timing.request_deadline for row in soon):
            return None
        row = coming[0]
        self._prepared.add(row.id)  # once: what does not succeed now is tried when the post goes out
        try:
            desk.platform.prepare(row.draft)
        except PlatformError:
            return Done("picture-later", row.id, row.chat)
        return Done("picture", row.id, row.chat)

    def _errands(self) -> Done | None:
        desk, now = self.desk, self.desk.clock()
        with desk.store.read() as conn:
            over = outbox.expired_errands(conn, desk.account, now)
            due = [row for row in outbox.due(conn, desk.account, now) if not row.is_cue and _is_let_out(conn, row)]
            soon = [row for row in outbox.due(conn, desk.account, now, 2 * desk.timing.claim_ahead) if row.is_cue]
        if over:
            return self._skip_errand(over[0], now)
        if any(row.due_at > now for row in soon):
            return None  # on a slow server an errand would make the cue late
        if due:
            return sending.send_errand(desk, due[0])
        return looking.watch(desk)

    def _skip_errand(self, row: Row, now: datetime) -> Done:
        with self.desk.store.write() as conn:
            if claims.late(conn, row, row.reason or "late", now):
                self.desk.audit(conn, "skipped", [row])
        return Done("skipped", row.id, row.chat)


def _is_let_out(conn: Connection, row: Row) -> bool:
    """Whether an errand may go now: a paused chat's edits may not, words to people always may."""
    return row.is_private or row.chat is None or claims.may_go(claims.chat_state(conn, row.chat), row)
