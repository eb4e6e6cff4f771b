"""Whatever comes first, by whatever route, however often: in the end the same is stored, and nothing is missing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.core.model import Post, Visibility
from chatbot.core.value import replace
from chatbot.platforms.port import PostRef
from chatbot.store.engine import Store, open_store
from tests.fakes import FakePlatform, FixedClock, person
from tests.people import STARTS
from tests.stages.gardens import CHAT, Garden

ROUTES = ("tag_timeline", "thread", "mentions")
PEOPLE = 10


class Fickle(FakePlatform):
    """A server that shows a post by one route and not yet by another."""

    def __init__(self, clock: FixedClock) -> None:
        super().__init__(clock)
        self.hidden: set[tuple[str, str]] = set()  # route and id

    def tag_timeline(self, tag: str, back_to: datetime) -> Iterator[Post]:
        return self._shown("tag_timeline", super().tag_timeline(tag, back_to))

    def thread(self, ref: PostRef) -> Iterator[Post]:
        return self._shown("thread", super().thread(ref))

    def mentions(self, back_to: datetime) -> Iterator[Post]:
        return self._shown("mentions", super().mentions(back_to))

    def _shown(self, route: str, posts: Iterator[Post]) -> Iterator[Post]:
        return (post for post in posts if (route, post.local_id) not in self.hidden)


class Again(Garden):
    """The same evening, collected into another database."""

    def __init__(self, first: Garden, store: Store, folder: Path) -> None:
        self._asked_before = first.questions
        super().__init__(store, FixedClock(), first.platform, folder)  # type: ignore[arg-type]
        self.clock.to(first.clock())

    def _asked(self, number: int) -> Post:
        return self._asked_before[number - 1]


def an_evening(g: Garden) -> list[Post]:
    """Let people post; what each is found by differs."""
    q1, q2 = g.questions
    tagged = g.post("@ana@b.test", "A1 tagged #GardenChat")
    untagged = g.post("@ben@b.test", "A1 untagged", reply_to=q1)
    deep = g.post("@cleo@c.test", "deep in the thread", reply_to=untagged, replies=1)
    deeper = g.post("@dora@d.test", "deeper", reply_to=deep)
    quiet = g.post("@emil@d.test", "A2 quietly", reply_to=q2, visibility=Visibility.UNLISTED)
    named = g.post("@fay@d.test", "A2 @gardenbot@a.test by mention")
    every = g.post("@gil@d.test", "A2 @gardenbot@a.test by all #GardenChat", reply_to=q2)
    refused = g.post(person("@nora@c.test", bio="#nobot"), "A1 no #GardenChat", reply_to=tagged)
    talk = g.post("@hal@d.test", "as @nora@c.test says #GardenChat", reply_to=refused)
    quote = g.post("@ida@d.test", "A1 see this #GardenChat", quote_local_id=tagged.local_id)
    return [tagged, untagged, deep, deeper, quiet, named, every, refused, talk, quote]


def edited(g: Garden, post: Post, times: int) -> None:
    now = g.platform.posts[post.local_id]
    g.edit(now, f"{post.spans[0].text} edited {times}")


STEPS = st.one_of(
    st.tuples(st.just("show"), st.sampled_from(ROUTES), st.integers(0, PEOPLE - 1)),
    st.tuples(st.just("edit"), st.just(""), st.integers(0, PEOPLE - 1)),
    st.tuples(st.sampled_from(["collect", "collect", "look", "restart"]), st.just(""), st.integers(1, 200)),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(STEPS, max_size=25))
def test_any_interleaving_of_routes_edits_and_readings_stores_the_same(steps: list[tuple[str, str, int]]) -> None:
    clock = FixedClock(STARTS)
    server = Fickle(clock)
    with tempfile.TemporaryDirectory() as folder:
        g = Garden(open_store("sqlite:///:memory:"), clock, server, Path(folder))
        said = an_evening(g)
        server.hidden = {(route, post.local_id) for route in ROUTES for post in said}
        for step, route, number in steps:
            if step == "show":
                server.hidden.discard((route, said[number].local_id))
            elif step == "edit":
                edited(g, said[number], number)
            else:
                clock.forward(seconds=number)
                act(g, step)
        server.hidden.clear()
        for _ in range(2):
            clock.forward(minutes=16)
            g.collect()

        again = Again(g, open_store("sqlite:///:memory:"), Path(folder))
        for _ in range(2):
            again.clock.forward(minutes=16)
            again.collect()
        stored = g.stored()

        assert again.stored() == stored
        assert {post.uri for post in said[:7] + said[8:]} | {q.uri for q in g.questions} == {
            post.uri for post in stored.posts
        }
        assert len(stored.empty) == 1
        talk = next(post for post in stored.posts if post.uri == said[8].uri)
        assert talk.parent_uri == stored.empty[0].uri
        assert not any("nora" in "".join(span.text for span in post.spans) for post in stored.posts)
        g.store.close()
        again.store.close()


def act(g: Garden, step: str) -> None:
    if step == "collect":
        g.collect()
    elif step == "look":
        g.collector.verify(CHAT)
    else:
        g.restarted()


def test_what_is_compared_is_worth_comparing() -> None:
    """An edit that is lost, or a post that is, would show."""
    one = FixedClock(STARTS)
    with tempfile.TemporaryDirectory() as folder:
        g = Garden(open_store("sqlite:///:memory:"), one, FakePlatform(one), Path(folder))
        said = an_evening(g)
        one.forward(minutes=20)
        g.collect()
        before = g.stored()
        edited(g, said[0], 1)
        one.forward(minutes=4)
        g.collect()

        assert g.stored() != before
        assert g.stored() != replace(before, posts=before.posts[1:])
        g.store.close()
