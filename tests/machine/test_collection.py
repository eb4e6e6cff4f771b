"""No schedule of posts, edits, deletions, refusals, routes, failures, kills and clocks loses a public answer, stores
one twice, or keeps what nobody allowed (promises 3 and 4)."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from chatbot.core.model import Visibility
from tests.machine import SCHEDULES
from tests.machine.gathering import PEOPLE, ROUTES, Gathering

WHICH = st.integers(0, 30)
SEEN = st.sampled_from([*[Visibility.PUBLIC] * 4, Visibility.UNLISTED, Visibility.PRIVATE, Visibility.DIRECT])


class Collections(RuleBasedStateMachine):
    """Everything that may happen while a chat is read; what must hold is in `Gathering`."""

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        self.chat = Gathering(Path(self.folder.name))

    @rule(
        who=st.sampled_from(PEOPLE),
        under=st.one_of(st.none(), WHICH),
        tagged=st.booleans(),
        seen=SEEN,
        mentions=st.booleans(),
        abroad=st.booleans(),
    )
    def somebody_posts(
        self, who: str, under: int | None, tagged: bool, seen: Visibility, mentions: bool, abroad: bool
    ) -> None:
        self.chat.post(who, under, tagged=tagged, seen=seen, mentions=mentions, abroad=abroad)

    @rule(who=st.sampled_from(PEOPLE), under=WHICH)
    def somebody_answers_plainly(self, who: str, under: int) -> None:
        self.chat.post(who, under, tagged=True, seen=Visibility.PUBLIC, mentions=False, abroad=False)

    @rule(which=WHICH)
    def a_post_arrives_late(self, which: int) -> None:
        self.chat.arrive(which)

    @rule(which=WHICH, retag=st.booleans())
    def a_post_is_edited(self, which: int, retag: bool) -> None:
        self.chat.edit(which, retag=retag)

    @rule(which=WHICH)
    def a_post_is_deleted(self, which: int) -> None:
        self.chat.delete(which)

    @rule(who=st.sampled_from(PEOPLE[:2]), by_bio=st.booleans(), sure=st.integers(0, 2))
    def somebody_refuses(self, who: str, by_bio: bool, sure: int) -> None:
        if sure == 2:
            self.chat.refuse(who, by_bio=by_bio)

    @rule(route=st.sampled_from(ROUTES), which=WHICH)
    def a_route_does_not_show_it_yet(self, route: str, which: int) -> None:
        self.chat.hide(route, which)

    @rule(route=st.sampled_from(ROUTES), after=st.integers(0, 5))
    def a_route_breaks_off(self, route: str, after: int) -> None:
        self.chat.server.breaks_after[route] = after

    @rule(which=WHICH)
    def the_stream_holds_a_post(self, which: int) -> None:
        self.chat.remember_for_the_stream(which)

    @rule(count=st.integers(1, 5))
    def the_stream_tells(self, count: int) -> None:
        self.chat.push(count)

    @rule(seconds=st.sampled_from([5, 40, 200, 400, 1000]))
    def time_passes_and_it_reads(self, seconds: int) -> None:
        self.chat.computer.pass_by(seconds)
        self.chat.collect()

    @rule()
    def it_looks_again(self) -> None:
        self.chat.look_again()

    @rule(touches=st.integers(1, 12))
    def it_is_killed(self, touches: int) -> None:
        self.chat.computer.dies_in(touches)

    @rule()
    def it_is_started_again(self) -> None:
        self.chat.garden.restarted()

    @rule(ahead=st.sampled_from([-3600, -60, 0, 0, 60, 3600]))
    def the_clock_is_set(self, ahead: int) -> None:
        self.chat.computer.set_clock(seconds=ahead)

    def teardown(self) -> None:
        if hasattr(self, "chat"):
            self.chat.come_to_rest()
            self.chat.store.close()
            self.folder.cleanup()


TestCollections = Collections.TestCase
TestCollections.settings = SCHEDULES
