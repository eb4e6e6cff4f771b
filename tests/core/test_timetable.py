"""A night's timetable: what goes out when, to whom, and how it is spread."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.errors import Mistakes
from chatbot.core.model import Cue, CueKind, Lateness, PollDraft, Visibility
from chatbot.core.nights import timetable, wording
from chatbot.core.nights.wording import Room
from chatbot.core.plan import Chat, Question
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from tests.people import STARTS, garden_chat, garden_defaults, garden_series, questions

SERIES, TIMING = garden_series(), Timing()


def sheet(chat: Chat | None = None, timing: Timing = TIMING, **more: object) -> tuple[Cue, ...]:
    return timetable.run_sheet(SERIES, chat or garden_chat(), timing, **more)  # type: ignore[arg-type]


def of_kind(cues: tuple[Cue, ...], kind: CueKind) -> list[Cue]:
    return [cue for cue in cues if cue.kind is kind]


def minutes(chat: Chat, timing: Timing = TIMING) -> list[float]:
    times = timetable.question_times(SERIES, chat, timing)
    return [(at - chat.starts_at).total_seconds() / 60 for at in times]


def of_length(count: int, length: float = 60, **changes: object) -> Chat:
    asked = questions(*(f"Question {n}?" for n in range(1, count + 1)))
    return garden_chat(questions=asked, ends_at=STARTS + timedelta(minutes=length), **changes)


# the default night


def test_the_default_night_is_twelve_posts_with_its_digest() -> None:
    names = [cue.kind.value if cue.question is None else cue.question for cue in sheet()]

    expected = ["announcement", "reminder", "welcome", "so-far", "q1", "q2", "q3", "q4", "q5", "q6", "thanks"]
    assert expected == names


def test_each_post_has_its_time() -> None:
    times = {cue.key.partition("/")[2]: f"{cue.due_at:%d %H:%M}" for cue in sheet()}

    assert times == {
        "announcement/-/1": "30 20:00",
        "reminder/-/1": "01 19:00",
        "welcome/-/1": "01 19:55",
        "so-far/-/1": "01 19:58",
        "question/q1/1": "01 20:03",
        "question/q2/1": "01 20:12",
        "question/q3/1": "01 20:21",
        "question/q4/1": "01 20:30",
        "question/q5/1": "01 20:39",
        "question/q6/1": "01 20:48",
        "thanks/-/1": "01 21:00",
    }


def test_who_sees_each_post_and_under_what_it_stands() -> None:
    settings = garden_defaults(heads_up=True, last_call=True)
    cues = sheet(garden_chat(settings=settings))
    welcome = of_kind(cues, CueKind.WELCOME)[0].key
    seen = {(cue.kind, cue.draft.visibility, cue.reply_to) for cue in cues}

    public, quiet = Visibility.PUBLIC, Visibility.UNLISTED
    assert {
        (CueKind.ANNOUNCEMENT, public, None),
        (CueKind.REMINDER, public, None),
        (CueKind.WELCOME, public, None),
        (CueKind.QUESTION, public, None),
        (CueKind.THANKS, public, welcome),
        (CueKind.SO_FAR, quiet, welcome),
        (CueKind.HEADS_UP, quiet, welcome),
        (CueKind.LAST_CALL, quiet, welcome),
    } == seen


def test_the_notice_is_said_three_times_and_once_among_the_questions() -> None:
    carriers = [cue.question or cue.kind.value for cue in sheet() if cue.notice]

    assert carriers == ["welcome", "q4", "thanks"]
    assert all("“stop”" in cue.draft.text for cue in sheet() if cue.notice)


def test_the_notice_moves_to_the_nearest_question_that_has_room_for_it() -> None:
    asked = list(questions())
    asked[3] = replace(asked[3], text="x" * 450)

    assert [cue.question for cue in sheet(garden_chat(questions=tuple(asked))) if cue.notice and cue.question] == ["q3"]


def test_a_chat_whose_every_question_is_too_full_for_the_notice_is_a_mistake() -> None:
    with pytest.raises(Mistakes, match="no question leaves room for the notice"):
        sheet(garden_chat(questions=questions("x" * 450, "y" * 450)))


def test_heads_up_and_last_call_come_only_when_asked_for() -> None:
    settings = garden_defaults(heads_up=True, last_call=True)
    cues = sheet(garden_chat(settings=settings))

    assert [cue.question for cue in of_kind(cues, CueKind.HEADS_UP)] == ["q2", "q3", "q4", "q5", "q6"]
    assert STARTS + timedelta(minutes=57) == of_kind(cues, CueKind.LAST_CALL)[0].due_at
    assert STARTS + timedelta(minutes=11) == of_kind(cues, CueKind.HEADS_UP)[0].due_at


def test_a_questions_picture_poll_warning_and_language_go_along() -> None:
    poll = PollDraft(("Yes", "No"))
    asked = Question("q1", 1, "Slugs?", picture="slug.png", alt="A slug", warning="slugs", poll=poll, language="pt")
    draft = of_kind(sheet(garden_chat(questions=(asked,))), CueKind.QUESTION)[0].draft

    assert ("slug.png", "A slug", "slugs", poll, "pt") == (
        draft.picture,
        draft.alt,
        draft.warning,
        draft.poll,
        draft.language,
    )
    assert of_kind(sheet(), CueKind.WELCOME)[0].draft.language == "en"


# what has no timetable


@pytest.mark.parametrize(
    "changes",
    [{"ready": False}, {"theme": ""}, {"questions": ()}, {"is_past": True}],
    ids=["not ready", "no theme", "no questions", "past"],
)
def test_a_draft_and_a_past_chat_post_nothing(changes: dict[str, object]) -> None:
    assert sheet(garden_chat(**changes)) == ()


# grace


def test_every_kind_has_its_grace_and_its_policy() -> None:
    settings = garden_defaults(heads_up=True, last_call=True)
    policies = {cue.kind: (cue.grace, cue.lateness) for cue in sheet(garden_chat(settings=settings))}

    assert (timedelta(hours=6), Lateness.POST_LATE) == policies[CueKind.ANNOUNCEMENT]
    assert (timedelta(minutes=30), Lateness.POST_LATE) == policies[CueKind.REMINDER]
    assert (timedelta(minutes=20), Lateness.POST_LATE) == policies[CueKind.WELCOME]
    assert (timedelta(minutes=15), Lateness.POST_LATE) == policies[CueKind.QUESTION]
    assert (timedelta(minutes=1), Lateness.SKIP) == policies[CueKind.HEADS_UP]
    assert (timedelta(minutes=3), Lateness.SKIP) == policies[CueKind.LAST_CALL]


def test_no_reminder_comes_after_the_start_and_no_heads_up_after_its_question() -> None:
    early = TIMING.scaled(1, grace_reminder=timedelta(hours=5), grace_announcement=timedelta(hours=99))
    settings = garden_defaults(heads_up=True, last_call=True)
    cues = sheet(garden_chat(settings=settings), early)

    for kind in (CueKind.ANNOUNCEMENT, CueKind.REMINDER):
        assert of_kind(cues, kind)[0].due_at + of_kind(cues, kind)[0].grace == STARTS
    for heads_up in of_kind(cues, CueKind.HEADS_UP):
        question = next(c for c in of_kind(cues, CueKind.QUESTION) if c.question == heads_up.question)
        assert question.due_at == heads_up.due_at + heads_up.grace


def test_a_question_of_a_slow_chat_may_come_some_hours_late() -> None:
    chat = of_length(4, 28 * 24 * 60, slow=True)

    assert {timedelta(hours=6)} == {cue.grace for cue in of_kind(sheet(chat), CueKind.QUESTION)}


# keys


def test_keys_are_stable_under_rewording_moving_and_renumbering() -> None:
    asked = tuple(replace(q, text=f"New words {q.id}", number=9 - int(q.number or 0)) for q in questions())
    moved = garden_chat(questions=asked, theme="Another", starts_at=STARTS, ends_at=STARTS + timedelta(hours=2))

    assert {cue.key for cue in sheet()} == {cue.key for cue in sheet(moved)}


def test_the_digest_is_due_at_once_under_the_welcome() -> None:
    now = STARTS + timedelta(hours=3)
    cue = timetable.digest_cue(SERIES, garden_chat(), TIMING, now, "https://garden.example/2026-12-01/")

    assert (now, TIMING.grace_digest, Visibility.PUBLIC) == (cue.due_at, cue.grace, cue.draft.visibility)
    assert cue.key == "gardenchat-2026-12-01/digest/-/1"
    assert cue.reply_to == "gardenchat-2026-12-01/welcome/-/1"
    assert "https://garden.example/2026-12-01/" in cue.draft.text


def test_all_mistakes_of_a_night_are_named_at_once() -> None:
    asked = questions("x" * 600, "fine?", "y" * 700)

    with pytest.raises(Mistakes) as raised:
        sheet(garden_chat(questions=asked, theme="t" * 480))

    said = str(raised.value)
    assert all(name in said for name in ("question q1", "question q3", "the reminder", "the welcome", "the thanks"))
    assert len(said.splitlines()) == len(set(said.splitlines()))


def test_the_narrowest_server_is_asked() -> None:
    cues = sheet(rooms=[Room(5000), Room(420)])

    assert all(wording.length(cue.draft.text) <= 420 for cue in cues)


# the spread of questions


@pytest.mark.parametrize(
    ("count", "length", "expected"),
    [
        (1, 60, [5]),
        (2, 60, [5, 32]),
        (3, 60, [5, 23, 41]),
        (4, 60, [5, 18, 31, 44]),
        (5, 60, [5, 15, 25, 35, 45]),
        (6, 60, [3, 12, 21, 30, 39, 48]),
        (8, 60, [3, 9, 15, 21, 27, 33, 39, 45]),
        (3, 30, [3, 12, 21]),
        (7, 90, [3, 15, 27, 39, 51, 63, 75]),
    ],
)
def test_questions_are_spread_as_real_chats_do(count: int, length: int, expected: list[int]) -> None:
    assert expected == minutes(of_length(count, length))


def test_times_the_host_gave_stay_and_the_others_fit_between() -> None:
    asked = list(questions())
    asked[1] = replace(asked[1], at=STARTS + timedelta(minutes=10))
    asked[4] = replace(asked[4], at=STARTS + timedelta(minutes=40))

    assert minutes(garden_chat(questions=tuple(asked))) == [3, 10, 20, 30, 40, 48]


def test_all_times_may_be_given() -> None:
    asked = tuple(replace(q, at=STARTS + timedelta(minutes=7 * n)) for n, q in enumerate(questions()))

    assert minutes(garden_chat(questions=asked)) == [0, 7, 14, 21, 28, 35]


def test_a_week_with_six_questions_asks_one_a_day_at_the_same_local_hour() -> None:
    start = datetime(2027, 3, 25, 9, 0, tzinfo=UTC)  # Lisbon's clocks go forward on the 28th
    chat = of_length(6, slow=True, starts_at=start)
    chat = replace(chat, starts_at=start, ends_at=start + timedelta(days=6))
    local = [at.astimezone(ZoneInfo("Europe/Lisbon")) for at in timetable.question_times(SERIES, chat, TIMING)]

    assert [f"{t:%d %H:%M}" for t in local] == ["25 09:03", "26 09:03", "27 09:03", "28 09:03", "29 09:03", "30 09:03"]


def test_a_month_with_four_questions_asks_one_a_week() -> None:
    assert [m // (24 * 60) for m in minutes(of_length(4, 28 * 24 * 60, slow=True))] == [0, 7, 14, 21]


def test_a_day_with_six_questions_asks_one_every_few_hours() -> None:
    gaps = minutes(of_length(6, 24 * 60, slow=True))

    assert {3.75 * 60} <= {later - earlier for earlier, later in pairwise(gaps)}


def test_a_chat_shrunk_to_a_minute_is_spread_the_same_way() -> None:
    shrunk = TIMING.scaled(1 / 60)

    assert pytest.approx(minutes(of_length(6, 1), shrunk)) == [3 / 60, 12 / 60, 21 / 60, 30 / 60, 39 / 60, 48 / 60]


chats = st.builds(
    lambda count, length, heads_up, last_call: of_length(
        count, length, settings=garden_defaults(heads_up=heads_up, last_call=last_call)
    ),
    st.integers(1, 25),
    st.floats(0.5, 40 * 24 * 60),
    st.booleans(),
    st.booleans(),
)


@given(chats)
def test_questions_keep_their_order_inside_the_chat_and_never_crowd(chat: Chat) -> None:
    times = timetable.question_times(SERIES, chat, TIMING)
    length, count = chat.ends_at - chat.starts_at, len(times)
    gaps = [later - earlier for earlier, later in pairwise(times)]

    assert list(times) == sorted(times)
    assert chat.starts_at < times[0]
    assert times[-1] < chat.ends_at
    assert all(gap >= min(TIMING.between_questions, length / count * 0.4) for gap in gaps)
    assert chat.ends_at - times[-1] >= min(TIMING.last_question_before_end, length / 5) - timedelta(hours=1, seconds=1)


@given(chats, st.floats(0.001, 1))
def test_a_timetable_is_in_order_with_each_key_once(chat: Chat, factor: float) -> None:
    cues = sheet(chat, TIMING.scaled(factor))

    assert [cue.due_at for cue in cues] == sorted(cue.due_at for cue in cues)
    assert {1} == set(Counter(cue.key for cue in cues).values())
    assert all(cue.grace >= timedelta() for cue in cues)
    known = {cue.key for cue in cues}
    assert all(cue.reply_to in known for cue in cues if cue.reply_to)


@given(st.lists(st.none() | st.integers(0, 60), min_size=1, max_size=12))
def test_any_mixture_of_given_times_gives_every_question_one(offsets: list[int | None]) -> None:
    asked = tuple(
        Question(f"q{n}", n, "?", at=None if offset is None else STARTS + timedelta(minutes=offset))
        for n, offset in enumerate(offsets, 1)
    )
    found = minutes(garden_chat(questions=asked))

    assert len(offsets) == len(found)
    assert all(0 <= minute <= 60 for minute in found)
    assert all(offset == minute for offset, minute in zip(offsets, found, strict=True) if offset is not None)
