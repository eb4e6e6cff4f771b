"""Killed between any two steps and run again: the network and the database are wrapped so that the n-th touch of
either one ends the process, before it or after it, for every n; a new lane goes on with what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chatbot.core.model import CueKind, Draft, Post
from chatbot.platforms.port import OutcomeUnknown, PlatformError, PostRef, RateLimited, Unavailable
from chatbot.store import chats, outbox
from chatbot.store.engine import Store, open_store
from tests.fakes import FakePlatform, FixedClock
from tests.stages.nights import CHAT, Night, instant

END = instant("2026-12-01 22:30")
LAG = 40  # seconds that our own timeline may lag: `settle_after`


class Killed(BaseException):
    """The process ends here."""


class Fate:
    """Counts touches of the outside world and kills at one of them."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.touches = 0

    def touch(self) -> None:
        self.touches += 1
        if self.touches == self.at:
            raise Killed


class MortalStore(Store):
    """A store whose process may die before a transaction, in its middle, or right after its commit."""

    fate = Fate()

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Any]:
        self.fate.touch()
        with super().write(durable=durable) as conn:
            yield conn
            self.fate.touch()
        self.fate.touch()


class MortalPlatform(FakePlatform):
    """A network on the way to which, or on the way back, the process may die."""

    fate = Fate()

    def publish(self, draft: Draft, key: str) -> PostRef:
        self.fate.touch()
        ref = super().publish(draft, key)
        self.fate.touch()
        return ref

    def edit(self, ref: PostRef, draft: Draft) -> PostRef:
        self.fate.touch()
        edited = super().edit(ref, draft)
        self.fate.touch()
        return edited

    def delete(self, ref: PostRef) -> None:
        self.fate.touch()
        super().delete(ref)
        self.fate.touch()

    def own_posts(self, after: PostRef | None = None) -> Iterator[Post]:
        self.fate.touch()
        yield from super().own_posts(after)


def a_mortal_night(folder: Path, fate: Fate, questions: int) -> Night:
    clock = FixedClock("2026-12-01 19:54")
    open_store(f"sqlite:///{folder / 'chat.db'}").close()
    store = MortalStore(f"sqlite:///{folder / 'chat.db'}")
    garden = MortalPlatform(clock)
    store.fate = Fate()
    night = Night(store, clock, garden).plan(questions=questions)
    store.fate = garden.fate = fate
    return night


def live(night: Night, fate: Fate) -> int:
    """Run the night to its end, a new process whenever one is killed; returns how many there were."""
    for lives in range(1, 50):
        try:
            night.run(END)
        except Killed:
            fate.at = None
            night.restart()
        else:
            return lives
    raise AssertionError("killed for ever")


def told_exactly_once(night: Night) -> None:
    words = [post.spans[0].text.split()[0] for post in night.own()]
    assert len(words) == 4
    assert (words[0], *words[2:]) == ("Welcome", "Q1", "Thank")
    assert set(night.states().values()) == {"sent"}
    assert {row.local_id for row in night.rows() if row.is_cue} == {post.local_id for post in night.own()}


def touches_of_a_whole_night(folder: Path) -> int:
    fate = Fate()
    night = a_mortal_night(folder, fate, questions=1)
    live(night, fate)
    told_exactly_once(night)
    night.store.close()
    return fate.touches


def test_killed_at_any_single_touch_of_the_world_every_post_is_there_once(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    touches = touches_of_a_whole_night(tmp_path / "whole")
    assert touches > 40

    for at in range(1, touches + 1):
        folder = tmp_path / str(at)
        folder.mkdir()
        fate = Fate(at)
        night = a_mortal_night(folder, fate, questions=1)

        assert live(night, fate) == 2
        told_exactly_once(night)
        night.store.close()


class AnyNight(RuleBasedStateMachine):
    """Whatever servers, kills, clocks and hosts do in whatever order, no post is there twice.

    The server keeps the one promise that ours rests on: a post shows in our own timeline within `settle_after`.
    """

    @initialize()
    def plan(self) -> None:
        self.folder = TemporaryDirectory()
        self.fate = Fate()
        self.night = a_mortal_night(Path(self.folder.name), self.fate, questions=2)
        self.called = False

    @rule(minutes=st.integers(1, 12), nap=st.sampled_from([0.7, 5, 20]))
    def live_on(self, minutes: int, nap: float) -> None:
        """Live for some minutes from the next thing on, killed or not."""
        self.night.clock.to(max(self.night.clock(), min(self.night._next(), END)))
        end = self.night.clock() + timedelta(minutes=minutes)
        for _ in range(300):
            if self.night.clock() >= end:
                return
            try:
                done = self.night.lane.step()
            except Killed:
                self.fate.at = None
                self.night.restart()
            else:
                self.nothing_is_there_twice()
                if done is None:
                    self.night.clock.forward(seconds=nap)

    @rule(after=st.integers(1, 12))
    def kill_soon(self, after: int) -> None:
        self.fate.at = self.fate.touches + after

    @rule(back=st.booleans())
    def start_anew(self, back: bool) -> None:
        self.night.restart()
        if back and self.night.clock() > instant("2026-12-01 20:05"):
            self.night.clock.forward(seconds=-1)

    @rule(made=st.booleans(), lag=st.integers(0, LAG))
    def lose_an_answer(self, made: bool, lag: int) -> None:
        self.night.garden.own_lag = timedelta(seconds=lag)
        if made:
            self.night.garden.next_publish(loses_the_answer=True)
        else:
            self.night.garden.next_publish(refuses=OutcomeUnknown("a 500"))

    @rule(seconds=st.integers(0, 600), known=st.booleans())
    def refuse_for_now(self, seconds: int, known: bool) -> None:
        until = self.night.clock() + timedelta(seconds=seconds)
        error: PlatformError = RateLimited("Too many.", until if known else None) if seconds else Unavailable("down")
        self.night.garden.next_publish(refuses=error)
        self.night.garden.next_read("own_posts", Unavailable("503"))

    @rule(decide=st.sampled_from([outbox.hold, outbox.release, outbox.skip, outbox.send_now, "paused", "ready"]))
    def let_a_host_decide(self, decide: Any) -> None:
        self.fate.at = None
        now = self.night.clock()
        with self.night.store.write() as conn:
            row = outbox.next_waiting(conn, now, CHAT, CueKind.QUESTION)
            if isinstance(decide, str):
                chats.set_state(conn, CHAT, decide, "ana", now)  # type: ignore[arg-type]
                outbox.resume(conn, CHAT, now)
            elif row is not None:
                decide(conn, row.id, now)
                self.called = True

    @invariant()
    def nothing_is_there_twice(self) -> None:
        words = [post.spans[0].text.split()[0] for post in self.night.own() if post.edited_at is None]
        assert len(words) == len(set(words))

    @invariant()
    def questions_come_in_order_unless_a_host_called_them(self) -> None:
        assert self.called or self.night.asked() == sorted(self.night.asked())

    def teardown(self) -> None:
        night = getattr(self, "night", None)
        if night is None:
            return
        self.fate.at = None
        night.restart()
        night.run("2026-12-02 02:00")
        self.nothing_is_there_twice()
        out = {row.local_id for row in night.rows() if row.is_cue and row.local_id}
        assert {post.local_id for post in night.own()} == out
        assert set(night.states().values()) <= {"sent", "skipped", "failed"}
        night.store.close()
        self.folder.cleanup()


TestAnyNight = AnyNight.TestCase
TestAnyNight.settings = settings(
    max_examples=10, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
