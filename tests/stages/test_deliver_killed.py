"""Killed between any two steps and run again: the network and the database are wrapped so that the n-th touch of
either one ends the process, before it or after it, for every n; a new lane goes on with what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from chatbot.core.model import Draft, Post
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.platforms.port import PostRef
from chatbot.store import tables
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock
from tests.stages.nights import Night, instant

END = instant("2026-12-01 21:20")
TIMING = replace(Timing(), unknown_holds_up=timedelta(seconds=90))  # so long doubles are looked for, too


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


def a_mortal_night(fate: Fate, questions: int) -> Night:
    clock = FixedClock("2026-12-01 19:54")
    store = MortalStore("sqlite:///:memory:")
    tables.metadata.create_all(store.engine)
    garden = MortalPlatform(clock)
    store.fate = Fate()
    night = Night(store, clock, garden, TIMING).plan(questions=questions)
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


def touches_of_a_whole_night() -> int:
    fate = Fate()
    night = a_mortal_night(fate, questions=1)
    live(night, fate)
    told_exactly_once(night)
    night.store.close()
    return fate.touches


def test_killed_at_any_single_touch_of_the_world_every_post_is_there_once() -> None:
    touches = touches_of_a_whole_night()
    assert touches > 40

    for at in range(1, touches + 1):
        fate = Fate(at)
        night = a_mortal_night(fate, questions=1)

        assert live(night, fate) == 2
        told_exactly_once(night)
        night.store.close()
