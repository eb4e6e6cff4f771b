"""A plan changed while its chat is under way: unsent posts follow, what is out is corrected, nothing goes out twice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from chatbot import config as settings
from chatbot.config import Archive, Config
from chatbot.core.errors import ChatbotError
from chatbot.core.model import CueKind, DeliveryState, Draft, Post, Visibility
from chatbot.core.plan import How
from chatbot.core.timing import Timing
from chatbot.platforms.errors import (
    NotFound,
    NotSignedIn,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Rejected,
    Unavailable,
)
from chatbot.platforms.port import Limits, PostRef
from chatbot.stages import planning
from chatbot.stages.planning.repeating import Wish
from chatbot.stages.tell import Teller, Ways
from chatbot.store import brake, outbox, tables
from chatbot.store.engine import Store, open_store
from tests.fakes import FakePlatform, FixedClock, person
from tests.stages.changing import CHAT, NIGHT, SERIES, Evening
from tests.stages.nights import instant

PLAN = SERIES + CHAT
LATER = PLAN.replace('start = "20:00"', 'start = "20:30"')
REWORDED = PLAN.replace("against slugs", "about snails")


@pytest.fixture
def evening(store: Store, tmp_path: Path, clock: FixedClock, garden: FakePlatform) -> Evening:
    (tmp_path / "chats").mkdir()
    (tmp_path / "chatbot.toml").write_text('[accounts.gardenbot]\nserver = "https://a.test"\n', encoding="utf-8")
    clock.to("2026-11-22 12:00")
    made = Evening(store, settings.load(str(tmp_path / "chatbot.toml"), {}), clock, garden)
    made.apply(PLAN)
    return made


# moved


def test_a_chat_moved_within_its_day_takes_every_unsent_post_along(evening: Evening) -> None:
    evening.run("2026-12-01 12:00")
    evening.apply(LATER)
    evening.run("2026-12-01 23:00")

    at = {row.question or row.kind: row.posted_at for row in evening.rows() if row.is_cue and row.posted_at}
    assert (19, 30) == (at["reminder"].hour, at["reminder"].minute)
    assert [(20, 35), (20, 53), (21, 11)] == [(at[q].hour, at[q].minute) for q in ("q1", "q2", "q3")]
    assert 1 == len([row for row in evening.rows() if row.kind == CueKind.ANNOUNCEMENT])


def test_what_is_out_and_untrue_is_named_and_left_until_a_host_chooses(evening: Evening) -> None:
    evening.run("2026-12-01 12:00")
    applied = evening.apply(LATER)
    evening.run("2026-12-01 12:10")

    assert (planning.Untrue(NIGHT, "the announcement", "when it begins"),) == applied.open
    assert 1 == len(evening.own())


def test_an_announcement_is_edited_in_place(evening: Evening) -> None:
    evening.run("2026-12-01 12:00")
    applied = evening.apply(LATER, "edit")
    evening.run("2026-12-01 12:10")

    assert f"{NIGHT}: the announcement is out and will be edited (when it begins)" in applied.lines
    (announcement,) = evening.own()
    assert "20:30 Lisbon time, for one hour" in announcement.spans[0].text
    assert announcement.edited_at is not None


def test_a_correction_is_a_public_reply_that_says_what_changed(evening: Evening) -> None:
    evening.run("2026-12-01 12:00")
    evening.apply(LATER, "reply")
    evening.run("2026-12-01 12:10")

    announcement, correction = evening.own()
    assert "20:00 Lisbon time" in announcement.spans[0].text
    assert announcement.edited_at is None
    assert (correction.parent_local_id, correction.visibility) == (announcement.local_id, Visibility.PUBLIC)
    assert "It begins at 20:30 Lisbon time, not at 20:00." in correction.spans[0].text
    assert correction.spans[0].text.endswith("#GardenChat")


@pytest.mark.parametrize("how", ["edit", "reply", "none"])
def test_the_same_plan_applied_again_corrects_nothing_more(evening: Evening, how: How) -> None:
    evening.run("2026-12-01 12:00")
    evening.apply(LATER, how)
    waiting = evening.rows()
    again = evening.apply(LATER, how)
    evening.run("2026-12-01 12:10")
    rows, posts = [(row.key, row.state) for row in evening.rows()], evening.own()
    later = evening.apply(LATER)
    evening.run("2026-12-01 12:20")

    assert ((), (), ()) == (again.lines, later.lines, later.open)
    assert len(waiting) == len(rows)
    assert (rows, posts) == ([(row.key, row.state) for row in evening.rows()], evening.own())


def test_a_second_change_is_corrected_too_and_tells_the_newest(evening: Evening) -> None:
    evening.run("2026-12-01 12:00")
    evening.apply(LATER, "reply")
    evening.run("2026-12-01 12:10")
    evening.apply(PLAN.replace('start = "20:00"', 'start = "21:00"'), "reply")
    evening.run("2026-12-01 12:20")

    first, second = evening.own()[1:]
    assert "It begins at 20:30 Lisbon time, not at 20:00." in first.spans[0].text
    assert "It begins at 21:00 Lisbon time, not at 20:30." in second.spans[0].text


def test_a_correction_that_still_waits_follows_the_plan_and_goes_when_it_is_true_again(evening: Evening) -> None:
    evening.run("2026-12-01 12:00")
    evening.apply(LATER, "reply")
    evening.apply(PLAN.replace('start = "20:00"', 'start = "21:00"'), "reply")
    (correction,) = [row for row in evening.rows() if row.is_correction]
    assert "21:00" in correction.draft.text

    evening.apply(PLAN, "reply")

    assert [row for row in evening.rows() if row.is_correction] == []
    evening.run("2026-12-01 12:10")
    assert 1 == len(evening.own())


def test_a_host_may_change_the_choice_while_it_waits(evening: Evening) -> None:
    evening.run("2026-12-01 12:00")
    evening.apply(LATER, "reply")
    evening.apply(LATER, "edit")
    evening.run("2026-12-01 12:10")

    (announcement,) = evening.own()
    assert announcement.edited_at is not None


def test_of_two_untrue_posts_one_is_corrected_in_public_and_the_other_quietly(evening: Evening) -> None:
    evening.run("2026-12-01 19:10")
    evening.apply(LATER, "reply")
    evening.run("2026-12-01 19:20")

    announcement, reminder, *corrections = evening.own()
    below = {post.parent_local_id: post.visibility for post in corrections}
    assert {announcement.local_id: Visibility.UNLISTED, reminder.local_id: Visibility.PUBLIC} == below


def test_the_plans_own_setting_decides_without_asking(evening: Evening) -> None:
    evening.run("2026-12-01 12:00")
    applied = evening.apply(LATER.replace("ready = true", 'ready = true\ncorrections = "edit"'))
    evening.run("2026-12-01 12:10")

    assert () == applied.open
    assert evening.own()[0].edited_at is not None


def test_words_of_a_template_are_no_facts(evening: Evening) -> None:
    evening.run("2026-12-01 12:00")
    own = SERIES + '[series.defaults.wording]\nannouncement = "{{ series }} on {{ date }} at {{ time }}"\n' + CHAT

    applied = evening.apply(own)

    assert () == applied.open


def test_a_chat_moved_to_another_day_keeps_its_name_and_is_announced_for_that_day(evening: Evening) -> None:
    evening.run("2026-12-01 19:30")
    moved = PLAN.replace("2026-12-01", "2026-12-08")
    applied = evening.apply(moved, "reply")
    evening.run("2026-12-08 22:30")

    assert (f"{NIGHT} keeps its name, although the file gives it another day",) == applied.notes
    out = [(row.kind, row.nth, row.posted_at.day) for row in evening.rows() if row.posted_at and not row.is_correction]
    assert [
        ("announcement", 1, 30), ("reminder", 1, 1), ("announcement", 2, 7), ("reminder", 2, 8), ("welcome", 1, 8),
        ("so-far", 1, 8), ("question", 1, 8), ("question", 1, 8), ("question", 1, 8), ("thanks", 1, 8),
    ] == out  # fmt: skip
    assert 1 == len([p for p in evening.saying("Moved from Tuesday 1 December") if p.visibility is Visibility.PUBLIC])
    assert not evening.apply(moved).changed


def test_a_chat_moved_after_its_second_question_goes_on_where_it_was(evening: Evening) -> None:
    evening.run("2026-12-01 20:27")
    evening.apply(PLAN.replace("2026-12-01", "2026-12-08"), "none")
    evening.run("2026-12-08 22:30")

    asked = [(row.question, row.posted_at.day) for row in evening.rows() if row.is_question and row.posted_at]
    assert [("q1", 1), ("q2", 1), ("q3", 8)] == asked
    welcomes = [row for row in evening.rows() if row.kind == CueKind.WELCOME]
    thanks = next(row for row in evening.rows() if row.kind == CueKind.THANKS)
    assert thanks.draft.reply_to == welcomes[-1].local_id
    (so_far,) = [post for post in evening.saying("Garden Chat so far") if "Q3" in post.spans[0].text]
    assert "Q1" in so_far.spans[0].text


def test_a_chat_moved_away_and_back_is_not_announced_again(evening: Evening) -> None:
    evening.run("2026-12-01 12:00")
    evening.apply(PLAN.replace("2026-12-01", "2026-12-08"))
    evening.apply(PLAN)
    evening.run("2026-12-01 22:30")

    assert 1 == len(evening.saying("for one hour. Everyone is welcome"))
    assert 1 == len(evening.saying("starts at"))


def test_a_new_chat_on_the_day_that_a_moved_one_had_needs_a_name_of_its_own(evening: Evening) -> None:
    evening.run("2026-12-01 12:00")
    moved = PLAN.replace("2026-12-01", "2026-12-08")
    evening.apply(moved)
    other = '[[chat]]\ntheme = "Tools"\ndate = 2026-12-01\nready = true\n[[chat.question]]\ntext = "Spade?"\n'

    with pytest.raises(ChatbotError, match=r"is the name of the chat that was moved to 2026-12-08.*session = 2"):
        evening.apply(moved + other)

    assert f"{NIGHT}-2: new" in evening.apply(moved + other.replace("ready", "session = 2\nready")).lines


# shorter, longer, other people


def test_a_shorter_chat_ends_earlier_and_asks_less(evening: Evening) -> None:
    evening.run("2026-12-01 20:07")
    short = PLAN.replace("ready = true", 'ready = true\nlength = "40m"').rpartition("[[chat.question]]")[0]
    applied = evening.apply(short)
    evening.run("2026-12-01 22:00")

    at = {row.question or row.kind: row.posted_at for row in evening.rows() if row.is_cue and row.posted_at}
    assert {"q1", "q2"} == {name for name in at if name.startswith("q")}
    assert (20, 40) == (at["thanks"].hour, at["thanks"].minute)
    assert {"the announcement", "the reminder"} == {one.name for one in applied.open}
    assert "how many questions there are" in next(one.what for one in applied.open if one.name == "the reminder")


def test_a_question_that_a_server_may_have_seen_keeps_its_words_and_moves(evening: Evening) -> None:
    evening.run("2026-12-01 20:04:30")
    evening.garden.next_publish(loses_the_answer=True)
    evening.garden.own_lag = timedelta(minutes=30)
    evening.run("2026-12-01 20:05:10")
    (first,) = [row for row in evening.rows() if row.question == "q1"]
    assert DeliveryState.UNKNOWN is first.state

    evening.apply(LATER.replace("plant first", "sow first"))

    assert [first] == [row for row in evening.rows() if row.question == "q1"]


# changed while a post is on its way, which then turns out not to be there


NEXT_WEEK = PLAN.replace("2026-12-01", "2026-12-08")
NEVER_THERE = OutcomeUnknown("The answer was lost.")


def test_a_question_that_never_arrived_moves_with_its_chat(evening: Evening) -> None:
    evening.run("2026-12-01 20:04:30")
    evening.garden.next_publish(refuses=NEVER_THERE)
    evening.run("2026-12-01 20:05:10")
    evening.apply(NEXT_WEEK, "reply")
    evening.run("2026-12-01 23:00")

    assert not evening.asking("Q1")
    evening.run("2026-12-08 23:00")
    assert [8, 8, 8] == [post.at.day for post in evening.asking("Q")]


def test_a_welcome_that_never_arrived_is_said_once_on_the_day_the_chat_moved_to(evening: Evening) -> None:
    evening.run("2026-12-01 19:54:30")
    evening.garden.next_publish(refuses=NEVER_THERE)
    evening.run("2026-12-01 19:55:10")
    evening.apply(NEXT_WEEK, "none")
    evening.run("2026-12-08 23:00")

    welcome = [row for row in evening.rows() if row.kind == CueKind.WELCOME]
    assert [(DeliveryState.SKIPPED, None), (DeliveryState.SENT, 8)] == [
        (row.state, row.posted_at and row.posted_at.day) for row in welcome
    ]


@pytest.mark.parametrize("outcome", [NEVER_THERE, Unavailable("Too busy.")], ids=["lost", "put off"])
def test_a_question_taken_out_while_it_was_on_its_way_is_not_asked(evening: Evening, outcome: PlatformError) -> None:
    def publish(draft: Draft, key: str) -> PostRef:
        del evening.garden.publish  # type: ignore[attr-defined]
        evening.apply(PLAN.replace('[[chat.question]]\ntext = "What will you try next year?"\n', ""))
        raise outcome

    evening.run("2026-12-01 20:40:30")
    evening.garden.publish = publish  # type: ignore[method-assign]
    evening.run("2026-12-01 21:30")

    assert not evening.asking("Q3")
    assert [(DeliveryState.SKIPPED, "taken out of the plan")] == [
        (row.state, row.reason) for row in evening.rows() if row.question == "q3"
    ]


def test_a_question_of_a_chat_stopped_meanwhile_is_stopped_too(evening: Evening) -> None:
    evening.run("2026-12-01 20:04:30")
    evening.garden.next_publish(refuses=NEVER_THERE)
    evening.run("2026-12-01 20:05:10")
    with evening.store.write() as conn:
        brake.stop(conn, evening.stored(), "ana", evening.clock())
    evening.run("2026-12-01 20:07")

    (first,) = [row for row in evening.rows() if row.question == "q1"]
    assert (DeliveryState.SKIPPED, "a host stopped the chat") == (first.state, first.reason)


HOSTED = PLAN.replace("[[chat]]", '[[series.host]]\nname = "Ana"\naccount = "ana@a.test"\n[[chat]]')


def test_an_announcement_that_certainly_never_left_takes_the_new_words(evening: Evening) -> None:
    evening.run("2026-11-30 19:59:30")
    evening.garden.next_publish(refuses=RateLimited("Too many.", until=instant("2026-11-30 21:00")))
    evening.run("2026-11-30 20:10")
    evening.apply(NEXT_WEEK)
    evening.run("2026-12-08 12:00")

    assert not evening.saying("1 December")
    assert evening.saying("8 December")


def test_thanks_that_certainly_never_left_stay_under_the_welcome_in_new_words(evening: Evening) -> None:
    evening.run("2026-12-01 20:59:30")
    evening.garden.next_publish(refuses=Unavailable("Too busy."))
    evening.garden.next_publish(refuses=Unavailable("Too busy."))
    while not (thanks := next(row for row in evening.rows() if row.kind == CueKind.THANKS)).attempts:
        evening.run(f"{evening.clock() + timedelta(seconds=1):%Y-%m-%d %H:%M:%S}")
    assert DeliveryState.WAITING is thanks.state
    evening.apply(PLAN.replace("Rosa Marques", "Rosa Alves"))
    evening.run("2026-12-01 23:00")

    (welcome,) = evening.saying("Welcome to")
    (thanked,) = evening.saying("Rosa Alves")
    assert welcome.local_id == thanked.parent_local_id


def test_hosts_are_asked_once_about_a_post_found_after_its_chat_was_cancelled(evening: Evening, tmp_path: Path) -> None:
    evening.apply(HOSTED)
    evening.run("2026-11-30 19:59:30")
    evening.garden.next_publish(loses_the_answer=True)
    evening.garden.own_lag = timedelta(seconds=30)
    evening.run("2026-11-30 20:00:10")
    applied = evening.apply(HOSTED.replace("ready = true", "ready = true\ncancelled = true"))
    evening.run("2026-11-30 20:10")

    assert () == applied.open
    assert ["The announcement of Garden Chat was on its way"] == [
        text.split(" while ")[0]
        for text in told(evening, tmp_path)
        if f"`chatbot cancel {NIGHT} --correct edit`" in text
    ]


def told(evening: Evening, tmp_path: Path) -> list[str]:
    """Return what hosts are told now, each in full."""
    config = Config(tmp_path / "chatbot.toml", "", Archive(tmp_path), {}, tmp_path, tmp_path)
    for _ in range(2):
        Teller(evening.store, config, Timing(), evening.clock, Ways()).tell()
    with evening.store.read() as conn:
        return [
            row.draft.text for row in outbox.in_state(conn, "gardenbot", *DeliveryState) if row.kind == outbox.NOTICE
        ]


@pytest.mark.parametrize("can_be_read", [True, False], ids=["absent", "never known"])
def test_hosts_who_stopped_a_chat_are_not_told_that_it_goes_on(
    evening: Evening, tmp_path: Path, can_be_read: bool
) -> None:
    def unreadable(after: PostRef | None = None) -> Iterator[Post]:
        raise Unavailable("Down.")

    evening.apply(HOSTED)
    evening.run("2026-12-01 20:04:30")
    evening.garden.next_publish(refuses=NEVER_THERE)
    evening.run("2026-12-01 20:05:05")
    if not can_be_read:
        evening.garden.own_posts = unreadable  # type: ignore[method-assign]
    with evening.store.write() as conn:
        brake.stop(conn, evening.stored(), "ana", evening.clock())
    evening.run("2026-12-01 21:00")

    assert not [text for text in told(evening, tmp_path) if "goes on as planned" in text]


# cancelled


def test_a_cancelled_chat_posts_nothing_more_and_says_so_below_its_announcement(evening: Evening) -> None:
    evening.run("2026-12-01 12:00")
    cancelled = PLAN.replace("ready = true", "ready = true\ncancelled = true")
    applied = evening.apply(cancelled, "reply")
    evening.run("2026-12-01 22:00")

    assert f"{NIGHT}: cancelled, nothing more is posted (7 posts taken back)" in applied.lines
    announcement, told = evening.own()
    assert "Cancelled: the chat on Tuesday 1 December, 20:00 Lisbon time will not take place." in told.spans[0].text
    assert told.parent_local_id == announcement.local_id
    assert not evening.apply(cancelled, "reply").changed


def test_a_cancelled_announcement_may_say_so_itself(evening: Evening) -> None:
    evening.run("2026-12-01 12:00")
    evening.apply(PLAN.replace("ready = true", "ready = true\ncancelled = true"), "edit")
    evening.run("2026-12-01 22:00")

    (announcement,) = evening.own()
    assert "will not take place" in announcement.spans[0].text


def test_a_chat_may_take_place_after_all(evening: Evening) -> None:
    evening.run("2026-12-01 12:00")
    evening.apply(PLAN.replace("ready = true", "ready = true\ncancelled = true"), "reply")
    evening.run("2026-12-01 13:00")
    evening.apply(PLAN, "reply")
    evening.run("2026-12-01 22:00")

    assert evening.stored().state == "ready"
    assert 1 == len(evening.saying("It takes place after all: Tuesday 1 December, 20:00 Lisbon time."))
    assert ["Q1", "Q2", "Q3"] == [text.split()[0] for text in evening.texts() if text.startswith("Q")]


def test_a_host_cancels_by_a_word_and_the_file_does_not_undo_it_by_chance(evening: Evening) -> None:
    evening.run("2026-12-01 12:00")
    count, corrected = planning.cancel(
        evening.store, evening.stored(), "rosa", "reply", evening.config.timing, evening.clock()
    )
    evening.run("2026-12-01 22:00")

    assert (7, f"{NIGHT}: a correction will be posted below the announcement (that it takes place)") == (
        count,
        *corrected.lines,
    )
    assert 2 == len(evening.own())
    with pytest.raises(ChatbotError, match=r"rosa changed .* Nothing was applied"):
        evening.apply(PLAN)


def test_what_a_host_stopped_stays_stopped_and_may_be_told_afterwards(evening: Evening) -> None:
    evening.run("2026-12-01 12:00")
    with evening.store.write() as conn:
        brake.stop(conn, evening.stored(), "rosa", evening.clock())
    evening.run("2026-12-01 12:10")
    assert 1 == len(evening.own())

    planning.cancel(evening.store, evening.stored(), "rosa", "reply", evening.config.timing, evening.clock())
    evening.run("2026-12-01 22:00")

    assert 2 == len(evening.own())
    assert "will not take place" in evening.texts()[1]


def test_a_correction_waits_while_the_chat_is_paused(evening: Evening) -> None:
    evening.run("2026-12-01 12:00")
    evening.apply(LATER, "reply")
    with evening.store.write() as conn:
        brake.pause(conn, evening.stored(), "rosa", evening.clock())
    evening.run("2026-12-01 12:02")
    assert 1 == len(evening.own())

    with evening.store.write() as conn:
        brake.resume(conn, evening.stored(), "rosa", evening.clock())
    evening.run("2026-12-01 12:04")
    assert 2 == len(evening.own())


# reworded


def test_a_reworded_question_is_edited_where_it_stands(evening: Evening) -> None:
    evening.run("2026-12-01 20:27")
    applied = evening.apply(REWORDED)
    evening.run("2026-12-01 22:00")

    assert f"{NIGHT}: Q2 is out and will be edited (the words)" in applied.lines
    (second,) = evening.asking("Q2")
    assert "What do you do about snails?" in second.spans[0].text
    assert "archives public answers" in second.spans[0].text  # it carried the notice, and still does
    (so_far,) = evening.saying("Garden Chat so far")
    assert "Q2 What do you do about snails?" in so_far.spans[0].text
    assert [] == [post for post in evening.own() if "slugs" in post.spans[0].text]


def test_where_nothing_can_be_edited_a_correction_is_posted_below_the_question(evening: Evening) -> None:
    evening.garden.limits = Limits(edits=False)
    evening.run("2026-12-01 20:27")
    evening.apply(REWORDED)
    evening.run("2026-12-01 22:00")

    asked = evening.asking("Q2")[0]
    (correction,) = evening.saying("Correction to Q2: What do you do about snails?")
    assert (asked.local_id, None) == (correction.parent_local_id, asked.edited_at)
    assert "Answer with A2 and #GardenChat" in correction.spans[0].text


def test_an_edit_that_the_server_refuses_becomes_a_correction(evening: Evening) -> None:
    evening.run("2026-12-01 20:27")
    evening.apply(REWORDED)
    evening.garden.next_read("edit", Rejected("no edits here"))
    evening.run("2026-12-01 20:40")

    assert 1 == len(evening.saying("Correction to Q2"))
    assert not evening.apply(REWORDED).changed


def test_a_poll_is_not_edited_because_its_votes_would_go(evening: Evening) -> None:
    poll = 'slugs?"\npoll = { options = ["Beer", "Ducks"] }'
    evening.apply(PLAN.replace('slugs?"', poll))
    evening.run("2026-12-01 20:27")
    evening.apply(PLAN.replace('slugs?"', poll.replace("Ducks", "Geese")))
    evening.run("2026-12-01 20:40")

    asked = evening.asking("Q2")[0]
    assert asked.edited_at is None
    assert 1 == len(evening.saying("Correction to Q2: What do you do against slugs? (Beer / Geese)"))


def test_a_question_reworded_while_it_is_on_its_way_is_edited_once_it_is_found(evening: Evening) -> None:
    evening.run("2026-12-01 20:22:30")
    evening.garden.next_publish(loses_the_answer=True)
    evening.garden.own_lag = timedelta(seconds=30)
    evening.run("2026-12-01 20:23:02")
    assert DeliveryState.UNKNOWN in {row.state for row in evening.rows() if row.question == "q2"}

    applied = evening.apply(REWORDED)
    assert not any("edited" in line for line in applied.lines)
    evening.run("2026-12-01 22:00")

    (second,) = evening.asking("Q2")
    assert "snails" in second.spans[0].text
    assert second.edited_at is not None


def test_an_edit_whose_answer_is_lost_is_made_again_and_does_no_harm(evening: Evening) -> None:
    from chatbot.platforms.errors import OutcomeUnknown

    evening.run("2026-12-01 20:27")
    evening.apply(REWORDED)
    evening.garden.next_read("edit", OutcomeUnknown("lost"))
    evening.run("2026-12-01 22:00")

    assert 1 == len(evening.asking("Q2"))
    assert 1 == len(evening.saying("about snails?\n"))


class Killed(BaseException):
    """The process ends here."""


def test_an_edit_that_broke_off_is_not_made_after_a_newer_one(evening: Evening) -> None:
    evening.run("2026-12-01 20:27")
    evening.apply(REWORDED)
    evening.garden.next_read("edit", Killed())  # type: ignore[arg-type]
    with pytest.raises(Killed):
        evening.run("2026-12-01 20:28")
    evening.restart()
    evening.run("2026-12-01 20:27:20")
    evening.apply(PLAN.replace("against slugs", "about voles"))
    evening.run("2026-12-01 23:00")

    assert "about voles" in evening.asking("Q2")[0].spans[0].text
    rewording = [row for row in evening.rows() if row.kind == outbox.EDIT and row.says]
    assert [("skipped", "overtaken"), ("sent", None)] == [(row.state.value, row.reason) for row in rewording]


HOSTED = PLAN.replace('"Rosa Marques"', '"Rosa Marques"\n[[series.host]]\nname = "Rosa"\naccount = "rosa@a.test"', 1)


def corrections_missed(evening: Evening) -> list[str]:
    """Let hosts be told what is new, and return what they were told about edits that were not made."""
    Teller(evening.store, evening.config, evening.config.timing, evening.clock, Ways()).tell()
    told = [row for row in evening.rows() if row.kind == outbox.NOTICE and "not-corrected" in row.key]
    return [row.draft.text for row in told]


def test_hosts_are_told_of_an_edit_that_could_not_be_made_until_the_chat_was_over(evening: Evening) -> None:
    later = HOSTED.replace('start = "20:00"', 'start = "20:30"')
    evening.apply(HOSTED)
    evening.run("2026-12-01 12:00")
    for _ in range(500):
        evening.garden.next_read("edit", NotSignedIn("a.test lets nobody edit."))
    evening.apply(later, "edit")
    evening.run("2026-12-01 12:10")
    assert not corrections_missed(evening)
    evening.clock.to("2026-12-01 21:31")
    evening.run("2026-12-01 21:45")

    (told,) = corrections_missed(evening)
    assert told.startswith(
        "The plan of Garden Chat changed after the announcement went out, but the announcement could not be edited"
        " (a.test lets nobody edit), and the bot does not try again."
    )
    evening.apply(later, "reply")
    evening.run("2026-12-01 21:50")
    assert 1 == len(evening.saying("20:30 Lisbon time, not at 20:00"))


def test_hosts_are_told_that_a_post_to_edit_is_gone_and_not_what_a_reply_tells_instead(evening: Evening) -> None:
    evening.apply(HOSTED)
    evening.run("2026-12-01 20:27")
    reworded = HOSTED.replace("What do you plant", "What do you sow")
    evening.garden.next_read("edit", NotFound("the post is gone"))
    evening.garden.next_read("edit", Rejected("no edits here"))
    evening.apply(reworded.replace("against slugs", "about snails"))
    evening.run("2026-12-01 20:40")

    (told,) = corrections_missed(evening)
    assert "Q1 could not be edited (the post is gone)" in told
    assert 1 == len(evening.saying("Correction to Q2"))


def test_a_newer_edit_waits_until_a_lost_one_cannot_arrive_any_more(evening: Evening) -> None:
    from chatbot.platforms.errors import OutcomeUnknown

    evening.run("2026-12-01 20:27")
    evening.apply(REWORDED)
    evening.garden.next_read("edit", OutcomeUnknown("lost, and it may arrive yet"))
    evening.run("2026-12-01 20:27:10")
    evening.apply(PLAN.replace("against slugs", "about voles"))
    evening.run("2026-12-01 20:30")

    second = evening.asking("Q2")[0]
    assert "about voles" in second.spans[0].text
    assert second.edited_at is not None
    assert second.edited_at >= instant("2026-12-01 20:27:00") + evening.config.timing.settle_after


def test_a_correction_whose_answer_was_lost_is_not_made_after_a_newer_one(evening: Evening) -> None:
    from chatbot.platforms.errors import OutcomeUnknown

    evening.run("2026-12-01 12:00")
    evening.apply(LATER, "reply")
    evening.garden.next_publish(refuses=OutcomeUnknown("lost, and it never arrived"))
    evening.run("2026-12-01 12:00:30")
    evening.apply(PLAN.replace('start = "20:00"', 'start = "20:45"'), "reply")
    evening.run("2026-12-01 12:10")

    (correction,) = evening.own()[1:]
    assert "20:45" in correction.spans[0].text


def test_a_correction_is_not_posted_again_from_a_backup(evening: Evening, tmp_path: Path) -> None:
    evening.run("2026-12-01 12:00")
    evening.store.close()
    assert evening.store.path is not None
    shutil.copy(evening.store.path, tmp_path / "backup.db")
    evening.apply(LATER, "reply")
    evening.run("2026-12-01 12:10")
    evening.store.close()

    evening.clock.to("2026-12-01 18:00")
    restored = open_store(f"sqlite:///{tmp_path / 'backup.db'}")
    again = Evening(restored, evening.config, evening.clock, evening.garden)
    again.apply(LATER, "reply")
    again.run("2026-12-01 18:10")
    restored.close()

    assert 1 == len([text for text in again.texts() if "20:30" in text])


def test_an_edit_put_off_is_not_made_once_a_host_lets_the_post_stand(evening: Evening) -> None:
    evening.run("2026-12-01 12:00")
    evening.garden.next_read("edit", RateLimited("Too many.", until=instant("2026-12-01 12:30")))
    evening.apply(LATER, "edit")
    evening.run("2026-12-01 12:10")
    evening.apply(PLAN.replace('start = "20:00"', 'start = "20:45"'), "none")
    evening.run("2026-12-01 13:00")

    assert evening.own()[0].edited_at is None


def test_what_a_host_posted_by_hand_is_not_the_bots_to_edit(evening: Evening) -> None:
    series = SERIES + '[[series.host]]\nname = "Rosa"\naccount = "rosa@a.test"\n'
    evening.apply(series + CHAT)
    evening.run("2026-12-01 20:20")
    evening.garden.post(person("@rosa@a.test"), "Q2 What do you do against slugs? #GardenChat")
    evening.run("2026-12-01 20:27")
    applied = evening.apply(series + CHAT.replace("against slugs", "about snails"))

    assert f"{NIGHT}: Q2 was posted by a host, who alone can mend it (the words)" in applied.lines
    assert not evening.apply(series + CHAT.replace("against slugs", "about snails")).changed


def test_a_content_warning_put_on_afterwards_is_edited_in(evening: Evening) -> None:
    evening.run("2026-12-01 20:27")
    applied = evening.apply(PLAN.replace('slugs?"', 'slugs?"\nwarning = "dead slugs"'), "reply")

    assert f"{NIGHT}: Q2 is out and will be edited (the content warning)" in applied.lines


def test_white_space_is_no_change(evening: Evening) -> None:
    evening.run("2026-12-01 20:27")

    evening.apply(PLAN.replace("against slugs", "against  slugs"))

    assert [] == [row for row in evening.rows() if row.says and row.kind == "edit"]


# questions that come and go


def test_an_asked_question_taken_out_stays_asked_and_no_number_shifts(evening: Evening) -> None:
    evening.run("2026-12-01 20:27")
    without = PLAN.replace('[[chat.question]]\ntext = "What do you do against slugs?"\n', "")
    applied = evening.apply(without)
    evening.run("2026-12-01 22:00")

    assert (f"{NIGHT}: Q2 is not in the file any more, but it was asked: it stays",) == applied.notes
    assert [("q1", 1), ("q2", 2), ("q3", 3)] == [(q.id, q.number) for q in evening.stored().chat.questions]
    assert ["Q1", "Q2", "Q3"] == [text.split()[0] for text in evening.texts() if text.startswith("Q")]
    assert [] == [post for post in evening.own() if post.spans[0].text.startswith("Q") and post.edited_at]
    assert not evening.apply(without).changed


def test_a_new_question_may_not_take_the_number_of_an_asked_one(evening: Evening) -> None:
    evening.run("2026-12-01 20:27")
    before = PLAN.replace("[[chat.question]]", '[[chat.question]]\ntext = "Who are you?"\n[[chat.question]]', 1)

    with pytest.raises(ChatbotError, match=r"Q1 of .* was asked already.*Put the new question behind Q1"):
        evening.apply(before)


def test_a_question_added_at_the_end_is_asked(evening: Evening) -> None:
    evening.run("2026-12-01 20:27")
    evening.apply(PLAN + '[[chat.question]]\ntext = "Shall we meet?"\n')
    evening.run("2026-12-01 22:00")

    assert 1 == len(evening.asking("Q4 Shall we meet?"))


def test_a_question_refused_by_the_server_is_asked_when_its_words_are_mended(evening: Evening) -> None:
    evening.run("2026-12-01 20:22")
    evening.garden.next_publish(refuses=Rejected("too long"))
    evening.run("2026-12-01 20:24")
    assert DeliveryState.FAILED in {row.state for row in evening.rows() if row.question == "q2"}

    evening.apply(PLAN)
    assert 1 == len([row for row in evening.rows() if row.question == "q2"])
    evening.apply(REWORDED)
    evening.run("2026-12-01 20:33")

    assert 1 == len(evening.asking("Q2 What do you do about snails?"))


# asked again


def again(evening: Evening, question: str = "2", *, sure: bool = False) -> planning.Repeated:
    wish = Wish(question, "rosa", sure)
    return planning.ask_again(evening.store, evening.stored(), wish, evening.config.timing, evening.clock())


def test_a_question_asked_again_is_a_post_that_links_the_first(evening: Evening) -> None:
    evening.run("2026-12-01 20:33")
    repeated = again(evening)
    evening.run("2026-12-01 20:34")

    first, second = evening.asking("Q2")
    assert (second.spans[0].text, 1) == (repeated.text, repeated.accounts)
    assert first.url in second.spans[0].text
    assert [1, 2] == [row.nth for row in evening.rows() if row.question == "q2"]
    with evening.store.read() as conn:
        logged = [row.detail for row in conn.execute(tables.audit.select()) if row.event == "asked-again"]
    assert ["q2"] == logged


def test_asking_again_twice_in_a_row_asks_once(evening: Evening) -> None:
    evening.run("2026-12-01 20:33")
    again(evening)
    assert "on its way" == again(evening).why_not
    evening.run("2026-12-01 20:34")
    assert "just asked" == again(evening).why_not
    evening.run("2026-12-01 20:35")

    assert 2 == len(evening.asking("Q2"))
    assert "" == again(evening, sure=True).why_not


def test_asking_again_leaves_room_before_the_next_question(evening: Evening) -> None:
    evening.run("2026-12-01 20:40")
    again(evening)
    evening.run("2026-12-01 22:00")

    asked = {(row.question, row.nth): row.posted_at for row in evening.rows() if row.is_question and row.posted_at}
    assert timedelta(minutes=6) <= asked["q3", 1] - asked["q2", 2]


def test_a_question_asked_again_and_reworded_is_edited_in_both_places(evening: Evening) -> None:
    evening.run("2026-12-01 20:33")
    again(evening)
    evening.run("2026-12-01 20:34")
    evening.apply(REWORDED)
    evening.run("2026-12-01 20:36")

    both = evening.asking("Q2")
    assert ["snails"] * 2 == [word for post in both for word in ["snails"] if word in post.spans[0].text]
    assert both[0].url in both[1].spans[0].text


def test_one_that_waits_to_be_asked_again_follows_the_plan(evening: Evening) -> None:
    evening.run("2026-12-01 20:33")
    again(evening)
    evening.apply(REWORDED)

    (waiting,) = [row for row in evening.rows() if row.nth == 2 and row.is_question]
    assert "snails" in waiting.draft.text


@pytest.mark.parametrize(
    ("at", "question", "said"),
    [
        ("2026-12-01 20:10", "3", "Q3 has not been asked yet"),
        ("2026-12-01 20:10", "9", "has no question “9”"),
        ("2026-12-20 20:10", "1", "takes no more answers"),
    ],
)
def test_what_cannot_be_asked_again_is_said(evening: Evening, at: str, question: str, said: str) -> None:
    evening.run(at)

    with pytest.raises(ChatbotError, match=said):
        again(evening, question)
