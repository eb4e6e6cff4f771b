"""No schedule of kills, clocks, servers, hosts, plans and backups breaks promises 1 and 2."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from chatbot.core.model import CueKind, DeliveryState
from chatbot.core.value import replace
from chatbot.store import brake, outbox
from tests.machine import SCHEDULES, server
from tests.machine.evening import Evening, reworded, with_one_more, without
from tests.machine.server import SETTLES, TIMING, lost, refused

THEN = st.sampled_from([None, None, -1, 0.5, 5, 25, 60])  # seconds after the next post is due; None is at once
BRAKES: dict[str, Callable[..., object]] = {
    "pause": lambda conn, stored, now: brake.pause(conn, stored, "ana", now),
    "resume": lambda conn, stored, now: brake.resume(conn, stored, "ana", now),
    "stop": lambda conn, stored, now: brake.stop(conn, stored, "ana", now),
    "next": lambda conn, stored, now: brake.next_question(conn, stored, TIMING, now),
    "skip": lambda conn, stored, now: brake.skip_question(conn, stored, "ana", TIMING, now),
}
USUAL = ("pause", "pause", "resume", "resume", "next", "skip")


class Deliveries(RuleBasedStateMachine):
    """Everything that may happen to one chat; what must hold is in `Evening`."""

    @initialize(questions=st.integers(1, 4))
    def begin(self, questions: int) -> None:
        self.evening = Evening(questions)

    # time

    @rule(seconds=st.one_of(st.integers(1, 60), st.integers(60, 900)))
    def time_passes(self, seconds: int) -> None:
        self.evening.live(seconds)

    @rule(seconds=st.sampled_from([-1, 0.5, 5, 25]))
    def time_passes_until_something_is_due(self, seconds: float) -> None:
        self.go_on(seconds)

    def go_on(self, seconds: float | None) -> None:
        """Live until so long after the next post is due."""
        if seconds is None:
            return
        now = self.evening.computer.wall()
        due = [row.due_at for row in self.evening.rows() if row.state is DeliveryState.WAITING and row.due_at > now]
        self.evening.live(max((min(due) - now).total_seconds() + seconds, 1) if due else 30)

    @rule(minutes=st.integers(1, 45))
    def the_laptop_sleeps(self, minutes: int) -> None:
        self.evening.computer.asleep(minutes=minutes)

    @rule(ahead=st.sampled_from([-3000, -600, -30, -2, 0, 0, 2, 30, 600, 3000]), then=THEN)
    def the_clock_is_set(self, ahead: int, then: float | None) -> None:
        self.evening.computer.set_clock(seconds=ahead)
        self.go_on(then)

    # the process

    @rule(touches=st.integers(1, 25), then=THEN)
    def it_is_killed(self, touches: int, then: float | None) -> None:
        self.evening.computer.dies_in(touches)
        self.go_on(then)

    @rule()
    def it_is_started_again(self) -> None:
        self.evening.start()

    @rule(seconds=st.integers(0, 15), asleep=st.booleans(), then=THEN)
    def another_takes_over_in_the_middle(self, seconds: int, asleep: bool, then: float | None) -> None:
        def act() -> None:
            self.evening.take_over(seconds)

        if asleep:
            self.evening.computer.while_asleep = act
        else:
            self.evening.server.under_way = act
        self.go_on(25 if then is None else then)

    @rule()
    def a_backup_is_kept(self) -> None:
        self.evening.keep_a_backup()

    @rule(then=THEN)
    @precondition(lambda self: self.evening.backup is not None)
    def the_backup_is_restored(self, then: float | None) -> None:
        self.evening.restore_the_backup()
        self.go_on(then)

    # the server

    @rule(
        done=st.booleans(),
        answered=st.booleans(),
        after=st.sampled_from([0, 5, SETTLES - 2, SETTLES]),
        share=st.sampled_from([0, 0.5, 1]),
        then=THEN,
    )
    def an_answer_is_lost(self, done: bool, answered: bool, after: float, share: float, then: float | None) -> None:
        fault = lost(is_done=done, done_after=after * share, shows_after=after * (1 - share), answered=answered)
        self.evening.server.faults.append(fault)
        self.go_on(then)

    @rule(why=st.sampled_from(["429", "503", "422", "401"]), seconds=st.sampled_from([None, 1, 30, 600]), then=THEN)
    def a_request_is_refused(self, why: str, seconds: int | None, then: float | None) -> None:
        until = None if seconds is None else self.evening.computer.wall() + timedelta(seconds=seconds)
        self.evening.server.faults.append(refused(why, until))
        self.go_on(then)

    @rule(seconds=st.integers(1, 20), shows_after=st.integers(0, 20), then=THEN)
    def a_request_takes_long(self, seconds: int, shows_after: int, then: float | None) -> None:
        self.evening.server.faults.append(server.Fault(takes=seconds, shows_after=shows_after))
        self.go_on(then)

    @rule(
        how=st.sampled_from([server.breaks_off, server.shows_nothing, server.refuses]),
        times=st.integers(1, 4),
        then=THEN,
    )
    def reading_goes_wrong(self, how: Callable[..., object], times: int, then: float | None) -> None:
        times = 1 if how is server.shows_nothing else times
        self.evening.server.reads.extend([how] * times)  # type: ignore[list-item]
        self.go_on(then)

    @rule(times=st.integers(1, 3))
    def hosts_cannot_be_read(self, times: int) -> None:
        for _ in range(times):
            self.evening.server.next_read("posts_of", server.Unavailable("503"))

    @rule(is_limited=st.booleans())
    def the_account_is_limited(self, is_limited: bool) -> None:
        self.evening.server.silenced = is_limited

    # hosts

    @rule(what=st.sampled_from(USUAL), asleep=st.booleans(), then=THEN)
    def a_host_brakes(self, what: str, asleep: bool, then: float | None) -> None:
        """Brake now, or while the next post waits for its instant."""
        if asleep:
            self.evening.computer.while_asleep = lambda: self.evening.decide(BRAKES[what])
        else:
            self.evening.decide(BRAKES[what])
        self.go_on(5 if asleep else then)

    @rule(sure=st.integers(0, 3))
    def a_host_stops_the_chat(self, sure: int) -> None:
        if sure == 3:
            self.evening.decide(BRAKES["stop"])

    @rule(release=st.booleans())
    def a_host_holds_a_question(self, release: bool) -> None:
        waiting = [row for row in self.evening.rows() if row.state is DeliveryState.WAITING and row.is_question]
        held = [row.id for row in waiting if row.hold] if release else [row.id for row in waiting[:1]]
        change = outbox.release if release else outbox.hold
        self.evening.decide(lambda conn, stored, now: [change(conn, row_id, now) for row_id in held])

    @rule(number=st.integers(1, 4), as_bot=st.booleans(), then=THEN)
    def a_host_asks_by_hand(self, number: int, as_bot: bool, then: float | None) -> None:
        self.evening.ask_by_hand(number, as_bot=as_bot)
        self.go_on(then)

    @rule(kind=st.sampled_from([CueKind.WELCOME, CueKind.REMINDER]))
    def a_host_deletes_a_post(self, kind: CueKind) -> None:
        self.evening.delete_by_hand(kind)

    # the plan

    @rule(words=st.sampled_from(["Really", "And why"]), then=THEN)
    def questions_are_reworded(self, words: str, then: float | None) -> None:
        self.evening.plan(lambda chat: reworded(chat, self.evening.untouched(), words))
        self.go_on(then)

    @rule(more=st.booleans())
    def a_question_comes_or_goes(self, more: bool) -> None:
        last = {f"q{len(self.evening.stored().chat.questions)}"} & self.evening.untouched()
        self.evening.plan(lambda chat: with_one_more(chat) if more else without(chat, last))

    @rule(minutes=st.integers(-10, 30))
    def the_chat_is_longer_or_shorter(self, minutes: int) -> None:
        self.evening.plan(lambda chat: replace(chat, ends_at=chat.starts_at + timedelta(minutes=60 + minutes)))

    @rule(hours=st.sampled_from([0.5, 2, 24]), then=THEN)
    def the_chat_is_moved(self, hours: float, then: float | None) -> None:
        self.evening.move(timedelta(hours=hours))
        self.go_on(then)

    def teardown(self) -> None:
        if hasattr(self, "evening"):
            self.evening.come_to_rest()
            self.evening.store.close()


TestDeliveries = Deliveries.TestCase
TestDeliveries.settings = SCHEDULES
