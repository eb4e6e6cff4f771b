"""Order and pace: whose turn it is, from when, until when, under any mix of late, lost, held and called questions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.delivery import pace
from chatbot.core.delivery.pace import Standing
from chatbot.core.model import CueKind, DeliveryState, Lateness
from chatbot.core.timing import Timing

T = Timing()
START = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)
END = START + timedelta(hours=1)
LIMIT = END + T.past_the_end
QUESTION = CueKind.QUESTION.value
WAITING, SENDING, SENT, UNKNOWN, FAILED, SKIPPED = (
    DeliveryState.WAITING,
    DeliveryState.SENDING,
    DeliveryState.SENT,
    DeliveryState.UNKNOWN,
    DeliveryState.FAILED,
    DeliveryState.SKIPPED,
)


@dataclass(frozen=True)
class Row:
    id: int
    due_at: datetime
    kind: str = QUESTION
    question: str | None = None
    state: DeliveryState = WAITING
    grace: timedelta = timedelta(minutes=15)
    lateness: Lateness = Lateness.POST_LATE
    hold: bool = False
    at_once: bool = False
    not_before: datetime | None = None
    attempt_ended_at: datetime | None = None
    posted_at: datetime | None = None

    @property
    def grace_until(self) -> datetime:
        return self.due_at + self.grace


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def sent(row: Row, minutes: float) -> Row:
    return replace(row, state=SENT, posted_at=at(minutes))


@st.composite
def nights(draw: st.DrawFn) -> tuple[list[Row], datetime]:
    now = at(draw(st.integers(-10, 90)))
    rows = []
    for number in range(draw(st.integers(1, 9))):
        due = at(draw(st.integers(0, 60)))
        state = draw(st.sampled_from([WAITING, WAITING, WAITING, SENDING, SENT, UNKNOWN, FAILED, SKIPPED]))
        out = min(now, due + timedelta(minutes=draw(st.integers(0, 14))))
        row = Row(
            number,
            due,
            kind=draw(st.sampled_from([QUESTION, QUESTION, CueKind.THANKS.value])),
            state=state,
            grace=timedelta(minutes=draw(st.integers(5, 20))),
            hold=state is WAITING and draw(st.booleans()) and draw(st.booleans()),
            at_once=state is WAITING and draw(st.integers(0, 5)) == 0,
            posted_at=out if state is SENT else None,
            attempt_ended_at=out if state is UNKNOWN else None,
        )
        rows.append(row)
    return rows, now


def order(row: Row) -> tuple[datetime, int, int]:
    return row.due_at, list(CueKind).index(CueKind(row.kind)), row.id


@given(nights())
def test_nothing_goes_before_its_time(night: tuple[list[Row], datetime]) -> None:
    rows, now = night
    turns = pace.turns(rows, END, T, now)

    for row in rows:
        if row.state is WAITING:
            assert turns[row.id].at >= row.due_at


@given(nights())
def test_every_open_row_has_a_turn_and_no_other(night: tuple[list[Row], datetime]) -> None:
    rows, now = night

    assert set(pace.turns(rows, END, T, now)) == {r.id for r in rows if r.state in (WAITING, SENDING, UNKNOWN)}


@given(nights())
def test_at_most_one_of_those_that_wait_for_each_other_is_ready(night: tuple[list[Row], datetime]) -> None:
    rows, now = night
    turns = pace.turns(rows, END, T, now)
    ready = [
        row for row in rows if row.state is WAITING and pace.standing(row, turns[row.id], T, now) is Standing.READY
    ]

    assert len(ready) <= 1


@given(nights())
def test_it_waits_only_for_an_earlier_row_or_a_called_one_that_is_still_open_and_in_time(
    night: tuple[list[Row], datetime],
) -> None:
    rows, now = night
    turns = pace.turns(rows, END, T, now)
    by_id = {row.id: row for row in rows}

    for row in rows:
        waits_for = turns[row.id].waits_for if row.id in turns else None
        if waits_for is not None:
            other = by_id[waits_for]
            is_begun = other.state is not WAITING and other.due_at == row.due_at
            assert order(other) < order(row) or other.at_once or is_begun
            assert other.state in (WAITING, SENDING, UNKNOWN)
            assert not other.hold
            assert now <= turns[other.id].until


@given(nights())
def test_a_push_stays_inside_the_limit_or_has_no_room(night: tuple[list[Row], datetime]) -> None:
    rows, now = night

    for row, turn in ((row, pace.turns(rows, END, T, now).get(row.id)) for row in rows):
        if turn is not None and turn.at > row.due_at:
            assert turn.no_room or turn.at <= LIMIT


@given(nights(), st.integers(0, 3))
def test_questions_asked_one_after_the_other_keep_their_distance(
    night: tuple[list[Row], datetime], late_by: int
) -> None:
    """Live through the rest of a night: whatever is ready is sent, `late_by` minutes late."""
    rows = {row.id: replace(row, at_once=False, hold=False) for row in night[0] if row.kind == QUESTION}
    rows = {i: row for i, row in rows.items() if row.state in (WAITING, FAILED, SKIPPED)}
    asked: list[Row] = []
    for minute in range(-10, 100):
        now = at(minute)
        turns = pace.turns(rows.values(), END, T, now)
        ready = [i for i, turn in turns.items() if pace.standing(rows[i], turn, T, now) is Standing.READY]
        for i in ready:
            out = max(turns[i].at, now) + timedelta(minutes=late_by)
            rows[i] = replace(rows[i], state=SENT, posted_at=out)
            asked.append(rows[i])
    for earlier, later in pairwise(asked):
        assert earlier.posted_at is not None
        assert later.posted_at is not None
        assert order(earlier) < order(later)
        least = min(T.between_questions, later.due_at - earlier.due_at)
        assert later.posted_at - earlier.posted_at >= least


def test_on_a_normal_night_everything_keeps_its_planned_time() -> None:
    rows = [sent(Row(1, at(3)), 3), Row(2, at(12)), Row(3, at(21)), Row(4, at(60), kind=CueKind.THANKS.value)]
    turns = pace.turns(rows, END, T, at(5))

    assert [turns[i].at for i in (2, 3, 4)] == [at(12), at(21), at(60)]


def test_a_plan_with_short_gaps_keeps_its_own_pace() -> None:
    rows = [sent(Row(1, at(3)), 4), Row(2, at(6)), Row(3, at(9))]
    turns = pace.turns(rows, END, T, at(4))

    assert [turns[i].at for i in (2, 3)] == [at(7), at(10)]


def test_a_late_question_pushes_the_rest_until_the_plan_has_caught_up() -> None:
    rows = [sent(Row(1, at(3)), 14), Row(2, at(12)), Row(3, at(21)), Row(4, at(30)), Row(5, at(39))]
    turns = pace.turns(rows, END, T, at(14))

    assert [turns[i].at for i in (2, 3, 4, 5)] == [at(20), at(26), at(32), at(39)]


def test_a_pushed_question_has_its_grace_from_where_it_was_pushed_to() -> None:
    rows = [sent(Row(1, at(3)), 17), Row(2, at(5), grace=timedelta(minutes=15))]

    assert pace.turns(rows, END, T, at(18))[2].until == at(34)


def test_what_has_no_room_before_the_limit_waits_for_a_word_and_makes_nobody_wait() -> None:
    rows = [sent(Row(1, at(50)), 66), Row(2, at(56)), Row(3, at(60), kind=CueKind.THANKS.value)]
    turns = pace.turns(rows, END, T, at(66))

    assert turns[2].no_room
    assert turns[3].waits_for is None
    assert pace.standing(rows[1], turns[2], T, at(66)) is Standing.WAITS
    assert pace.standing(rows[1], turns[2], T, at(72)) is Standing.OVER


def test_an_unknown_question_holds_up_the_next_for_five_minutes() -> None:
    rows = [Row(1, at(3), state=UNKNOWN, attempt_ended_at=at(3)), Row(2, at(12))]

    assert pace.turns(rows, END, T, at(12))[2].waits_for == 1
    assert pace.turns(rows, END, T, at(17))[2].waits_for is None


def test_a_called_question_does_not_stand_behind_later_ones_that_are_overdue() -> None:
    called, wrap = Row(3, at(15), at_once=True), Row(4, at(14))

    turns = pace.turns([called, wrap], END, T, at(15))

    assert pace.standing(called, turns[3], T, at(15)) is Standing.READY
    assert turns[4].waits_for == 3


def test_a_called_question_waits_for_one_that_may_be_out() -> None:
    lost, called, wrap = Row(2, at(11), state=UNKNOWN), Row(3, at(15), at_once=True), Row(4, at(14))

    turns = pace.turns([lost, called, wrap], END, T, at(15))

    assert turns[3].waits_for == 2


def test_a_called_question_waits_for_one_of_its_instant_that_is_being_sent() -> None:
    sending, called = Row(2, at(15), state=SENDING), Row(1, at(15), at_once=True)

    turns = pace.turns([sending, called], END, T, at(15))

    assert (turns[2].waits_for, turns[1].waits_for) == (None, 2)


def test_once_a_called_question_is_out_the_overdue_ones_keep_their_distance() -> None:
    turns = pace.turns([replace(sent(Row(3, at(15)), 15), at_once=True), Row(4, at(14))], END, T, at(15))

    assert at(15) + T.between_questions == turns[4].at


def test_the_next_question_called_by_a_host_is_not_paced() -> None:
    rows = [sent(Row(1, at(3)), 10), Row(2, at(11), at_once=True)]

    assert pace.turns(rows, END, T, at(11))[2].at == at(11)


def test_a_released_question_keeps_its_distance_to_the_one_that_overtook_it() -> None:
    rows = [sent(Row(1, at(3)), 3), Row(2, at(12)), sent(Row(3, at(21)), 21)]

    assert pace.turns(rows, END, T, at(22))[2].at == at(27)


def test_a_server_clock_that_is_an_hour_ahead_pushes_nothing() -> None:
    asked = replace(Row(1, at(3)), state=SENT, posted_at=at(63), attempt_ended_at=at(3))

    assert pace.turns([asked, Row(2, at(12))], END, T, at(5))[2].at == at(12)


def test_late_posts_are_skipped_or_asked_about_as_planned() -> None:
    now = at(3) + T.late_after + timedelta(seconds=1)
    for lateness, expected in (
        (Lateness.POST_LATE, Standing.READY),
        (Lateness.SKIP, Standing.SKIP),
        (Lateness.ASK, Standing.ASK),
    ):
        row = Row(1, at(3), lateness=lateness)
        assert pace.standing(row, pace.turns([row], END, T, now)[1], T, now) is expected


# heads-ups


def night_of(question: Row, heads_up: int = 8) -> pace.Turn:
    """Return the turn of a heads-up, some minutes after the start, for a question that is due at 10 past."""
    rows = [
        Row(1, at(heads_up), CueKind.HEADS_UP.value, "q2", lateness=Lateness.SKIP),
        replace(question, question="q2"),
    ]
    return pace.turns(rows, END, T, at(heads_up))[1]


def test_a_heads_up_is_needless_once_its_question_does_not_come_at_a_known_time() -> None:
    question = Row(2, at(10))
    others = [sent(question, 6), *(replace(question, state=state) for state in (SENDING, UNKNOWN, FAILED, SKIPPED))]
    others += [replace(question, at_once=True), replace(question, hold=True)]

    assert not night_of(question).needless
    assert [True] * len(others) == [night_of(other).needless for other in others]


def test_a_heads_up_for_a_held_question_waits_until_its_own_time() -> None:
    rows = [Row(1, at(8), CueKind.HEADS_UP.value, "q2"), Row(2, at(10), question="q2", hold=True)]

    assert not pace.turns(rows, END, T, at(7))[1].needless


def test_a_heads_up_is_pushed_with_its_question() -> None:
    rows = [sent(Row(0, at(4), question="q1"), 7), Row(1, at(8), CueKind.HEADS_UP.value, "q2")]
    rows += [Row(2, at(10), question="q2")]
    found = pace.turns(rows, END, T, at(8))

    assert found[2].at > at(10)
    assert found[1].at == found[2].at - timedelta(minutes=2)
