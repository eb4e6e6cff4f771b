"""Answers are marked as favourites where a community chose it: each once, and nobody's who would not want it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.core.model import DecisionKind, Post, Visibility, Word
from chatbot.core.plan import Defaults
from chatbot.platforms.errors import NotAllowed, NotSignedIn, OutcomeUnknown, PlatformError, Rejected, Unavailable
from chatbot.platforms.port import PostRef
from chatbot.stages import keep, moderate
from chatbot.stages.collect import Favours
from chatbot.stages.collect.favourites import AT_ONCE, TRIES
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock, person
from tests.stages.gardens import Garden


@pytest.fixture
def g(store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path) -> Garden:
    return Garden(store, clock, garden, tmp_path, settings=Defaults(favourite=True))


def favours(g: Garden) -> Favours:
    return Favours(g.store, {g.platform.name: g.platform}, g.config, g.clock)


def after_a_while(g: Garden, minutes: float = 3) -> list[str]:
    """Read the chat, wait, mark; return the texts of what is marked."""
    g.collect()
    g.clock.forward(minutes=minutes)
    favours(g).mark()
    return texts(g)


def texts(g: Garden) -> list[str]:
    return [g.platform.posts[one].spans[0].text for one in g.platform.favourites]


def test_answers_are_marked_a_few_minutes_later_and_each_once(g: Garden) -> None:
    g.post("@ana@b.test", "A1 Compost #GardenChat")
    assert after_a_while(g, minutes=1) == []
    assert after_a_while(g, minutes=2) == ["A1 Compost #GardenChat"]

    assert after_a_while(g) == ["A1 Compost #GardenChat"]


def test_nothing_is_marked_unless_the_community_chose_it(
    store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path
) -> None:
    g = Garden(store, clock, garden, tmp_path)
    g.post("@ana@b.test", "A1 Compost #GardenChat")

    assert after_a_while(g) == []


def test_only_what_is_shown_of_others_is_marked(g: Garden) -> None:
    g.post("@ana@b.test", "A1 Compost #GardenChat")
    g.post("@rosa@a.test", "A1 from the host #GardenChat")
    g.post(person("@nora@c.test", bio="#nobot"), "A1 no #GardenChat")
    g.post("@eve@c.test", "cheap seeds #GardenChat")  # waits in the queue
    g.post(person("@bot@c.test", bot=True), "A1 beep #GardenChat")
    g.post("@ben@b.test", "A1 quietly", reply_to=g.questions[0], visibility=Visibility.UNLISTED)
    out = g.post("@cleo@b.test", "A1 left out #GardenChat")
    g.collect()
    leave_out = moderate.Order(DecisionKind.LEAVE_OUT, "rosa")
    moderate.decide(g.store, [g.platform], out.url, leave_out, g.clock(), g.collector.take)

    assert after_a_while(g) == ["A1 Compost #GardenChat"]


def test_nothing_is_marked_any_more_of_who_says_stop(g: Garden) -> None:
    post = g.post("@ana@b.test", "A1 Compost #GardenChat")
    assert len(after_a_while(g)) == 1
    keep.say(g.store, g.config, post.author, Word.STOP, g.clock())
    g.post("@ana@b.test", "A2 more #GardenChat")

    assert len(after_a_while(g)) == 1


def test_nobody_is_flooded(g: Garden) -> None:
    for n in range(AT_ONCE + 5):
        g.post(f"@p{n}@b.test", f"A1 {n} #GardenChat")

    assert len(after_a_while(g)) == AT_ONCE
    g.clock.forward(minutes=1)
    assert favours(g).mark() == 5


def test_marking_goes_on_after_a_failure_and_passes_by_what_is_gone(g: Garden) -> None:
    said: list[Post] = [g.post(f"@p{n}@b.test", f"A1 {n} #GardenChat") for n in range(4)]
    g.collect()
    g.delete(said[0])
    g.clock.forward(minutes=3)
    g.platform.next_read("favourite", Rejected("not this one"))

    assert favours(g).mark() == 4
    assert texts(g) == ["A1 1 #GardenChat", "A1 2 #GardenChat", "A1 3 #GardenChat"][-len(texts(g)) :]
    assert favours(g).mark() == 0


def test_a_server_that_is_away_is_asked_again_and_a_token_that_may_not_is_not(g: Garden) -> None:
    g.post("@ana@b.test", "A1 Compost #GardenChat")
    g.collect()
    g.clock.forward(minutes=3)
    marks = favours(g)
    g.platform.next_read("favourite", Unavailable("away"))
    assert (marks.mark(), marks.mark()) == (0, 1)

    g.post("@ben@b.test", "A1 Hay #GardenChat")
    g.collect()
    g.clock.forward(minutes=3)
    g.platform.next_read("favourite", NotSignedIn("the token may not"))
    assert [marks.mark() for _ in range(3)] == [0, 0, 0]
    assert g.platform.calls.count("favourite") == 3


@pytest.mark.parametrize("error", [NotAllowed("you do not have permission to fave this"), OutcomeUnknown("500")])
def test_a_post_that_cannot_be_marked_stops_no_other_and_is_left_alone_in_the_end(
    store: Store, clock: FixedClock, tmp_path: Path, error: PlatformError
) -> None:
    class Odd(FakePlatform):
        def favourite(self, ref: PostRef) -> None:
            if ref.local_id == odd.local_id:
                self.calls.append("refused")
                raise error
            super().favourite(ref)

    g = Garden(store, clock, Odd(clock), tmp_path, settings=Defaults(favourite=True))
    odd = g.post("@ana@b.test", "A1 not to be liked #GardenChat")
    for n in range(AT_ONCE + 2):
        g.post(f"@p{n}@b.test", f"A1 {n} #GardenChat")
    g.collect()
    marks = favours(g)
    for _ in range(10):
        g.clock.forward(minutes=3)
        marks.mark()

    assert (len(texts(g)), g.platform.calls.count("refused")) == (AT_ONCE + 2, TRIES)


def test_after_the_late_window_nothing_is_marked(g: Garden) -> None:
    g.post("@ana@b.test", "A1 Compost #GardenChat")
    g.collect()
    g.clock.to(g.chat.late_until)

    assert favours(g).mark() == 0
