"""What `status` says of a chat is true: what goes out next and when, what people wrote, when it was last read."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from chatbot.core.model import Draft
from chatbot.core.talk.overview import ChatOverview
from chatbot.core.timing import Timing
from chatbot.platforms.errors import Unavailable
from chatbot.platforms.port import Posted
from chatbot.stages import look
from chatbot.store import tables
from chatbot.store.codec import to_json
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock
from tests.people import STARTS
from tests.stages.gardens import CHAT, Garden


@pytest.fixture
def g(store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path) -> Garden:
    return Garden(store, clock, garden, tmp_path)


def seen(g: Garden) -> ChatOverview:
    (found,) = look.look(g.store, Timing(), g.clock(), {"gardenbot": "a.test"})
    return found


def at(minutes: float) -> datetime:
    return STARTS + timedelta(minutes=minutes)


def question(g: Garden, number: int, due: float, **more: object) -> None:
    with g.store.write() as conn:
        conn.execute(
            tables.outbox.insert().values(
                key=f"{CHAT}/question/q{number}/1",
                account="gardenbot",
                chat=CHAT,
                kind="question",
                question=f"q{number}",
                due_at=at(due),
                grace_until=at(due + 15),
                lateness="post-late",
                draft=to_json(Draft(f"Q{number}")),
                changed_at=at(due),
                **more,
            )
        )


def test_the_next_post_is_counted_down_to_when_it_really_goes(g: Garden) -> None:
    out = {"local_id": "3", "uri": "https://a.test/3", "url": "https://a.test/3", "server": "a.test"}
    question(g, 3, 12, state="sent", posted_at=at(23), attempt_ended_at=at(23), **out)
    question(g, 4, 24, state="waiting")
    question(g, 5, 36, state="waiting", hold=True)
    g.clock.to(at(23.5))

    coming = seen(g).next

    assert coming is not None
    assert (coming.name, coming.due_at) == ("Q4", at(29))
    g.clock.to(at(45))
    assert seen(g).next is None


def test_the_bots_own_posts_are_nobodys_answers_however_they_come(g: Garden) -> None:
    g.collect()
    g.clock.forward(minutes=8)
    own = g._ask(3)
    g.collector.arrived("gardenbot", [CHAT], [Posted(own)])

    assert (seen(g).posts, seen(g).newest_took) == (0, None)
    answer = g.post("@ana@b.test", "A3 Compost #GardenChat")
    g.clock.forward(seconds=2)
    g.collector.arrived("gardenbot", [CHAT], [Posted(answer)])
    assert (seen(g).posts, seen(g).newest_took) == (1, timedelta(seconds=2))


def test_last_read_is_when_something_was_read(g: Garden) -> None:
    assert seen(g).collected_at is None
    g.collect()
    read_at = g.clock()

    g.clock.forward(minutes=30)
    g.collector.verify(CHAT)
    answer = g.post("@ana@b.test", "A1 Compost #GardenChat")
    g.collector.arrived("gardenbot", [CHAT], [Posted(answer)])
    for call in ("mentions", "look_up", "tag_timeline", "thread", "thread", "thread"):
        g.platform.next_read(call, Unavailable("away"))
    assert len(g.collect().failed) == 5
    assert seen(g).collected_at == read_at

    g.collect()
    assert seen(g).collected_at == g.clock()
