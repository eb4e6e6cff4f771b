"""A plan changed while its chat is under way: unsent posts follow, what is out is corrected, nothing goes out twice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from chatbot import config as settings
from chatbot.core.errors import ChatbotError
from chatbot.core.model import CueKind, DeliveryState, Visibility
from chatbot.core.plan import How
from chatbot.platforms.errors import RateLimited, Rejected
from chatbot.stages import planning
from chatbot.stages.planning import repeating
from chatbot.stages.tell import Teller, Ways
from chatbot.store import brake, outbox
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock
from tests.stages.changing import CHAT, HOSTED, LATER, NIGHT, PLAN, REWORDED, SERIES, Evening, planned
from tests.stages.nights import instant

NEXT_WEEK = PLAN.replace("2026-12-01", "2026-12-08")
SLUGS = '[[chat.question]]\ntext = "What do you do against slugs?"\n'


@pytest.fixture
def evening(store: Store, tmp_path: Path, clock: FixedClock, garden: FakePlatform) -> Evening:
    return planned(store, tmp_path, clock, garden)


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
    moved = NEXT_WEEK
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
    evening.apply(NEXT_WEEK, "none")
    evening.run("2026-12-08 22:30")

    asked = [(row.question, row.posted_at.day) for row in evening.rows() if row.is_question and row.posted_at]
    assert [("q1", 1), ("q2", 1), ("q3", 8)] == asked
    welcomes = [row for row in evening.rows() if row.kind == CueKind.WELCOME]
    thanks = next(row for row in evening.rows() if row.kind == CueKind.THANKS)
    assert thanks.draft.reply_to == welcomes[-1].local_id
    (so_far,) = [post for post in evening.saying("Garden Chat so far") if "Q3" in post.spans[0].text]
    assert "Q1" in so_far.spans[0].text


def test_the_questions_of_a_moved_chat_are_linked_in_the_post_of_their_day(evening: Evening) -> None:
    evening.run("2026-12-01 19:59")
    evening.apply(NEXT_WEEK)
    evening.run("2026-12-08 22:30")
    before, later = [post for post in evening.own() if f"{post.at:%H:%M}" == "19:58"]

    assert (before.edited_at, later.edited_at is not None) == (None, True)


def test_a_question_late_on_the_day_its_chat_was_moved_to_is_told_too(evening: Evening, garden: FakePlatform) -> None:
    evening.apply(HOSTED)
    teller = Teller(evening.store, evening.config, evening.config.timing, evening.clock, Ways())

    def late_on(day: str) -> int:
        teller.tell()
        evening.run(f"{day} 20:04")
        garden.next_publish(refuses=RateLimited("Too many.", until=instant(f"{day} 21:00")))
        evening.run(f"{day} 20:08")
        teller.tell()
        return sum("is not out yet" in row.draft.text for row in evening.rows() if row.kind == outbox.NOTICE)

    assert late_on("2026-12-01") == 1
    evening.apply(HOSTED.replace("2026-12-01", "2026-12-08"))
    assert late_on("2026-12-08") == 2


def test_a_chat_moved_away_and_back_is_not_announced_again(evening: Evening) -> None:
    evening.run("2026-12-01 12:00")
    evening.apply(NEXT_WEEK)
    evening.apply(PLAN)
    evening.run("2026-12-01 22:30")

    assert 1 == len(evening.saying("for one hour. Everyone is welcome"))
    assert 1 == len(evening.saying("starts at"))


def test_a_new_chat_on_the_day_that_a_moved_one_had_needs_a_name_of_its_own(evening: Evening) -> None:
    evening.run("2026-12-01 12:00")
    moved = NEXT_WEEK
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


# questions that come and go


def test_an_asked_question_taken_out_stays_asked_and_no_number_shifts(evening: Evening) -> None:
    evening.run("2026-12-01 20:27")
    applied = evening.apply(PLAN.replace(SLUGS, ""))
    evening.run("2026-12-01 22:00")

    assert (f"{NIGHT}: Q2 is not in the file any more, but it was asked: it stays",) == applied.notes
    assert [("q1", 1), ("q2", 2), ("q3", 3)] == [(q.id, q.number) for q in evening.stored().chat.questions]
    assert ["Q1", "Q2", "Q3"] == [text.split()[0] for text in evening.texts() if text.startswith("Q")]
    assert [] == [post for post in evening.own() if post.spans[0].text.startswith("Q") and post.edited_at]
    assert not evening.apply(PLAN.replace(SLUGS, "")).changed


@pytest.mark.parametrize("first", ["both accounts", "one account"])
def test_a_question_taken_out_is_not_asked_on_an_account_where_it_still_waits(evening: Evening, first: str) -> None:
    on_both = PLAN.replace('["gardenbot"]', '["gardenbot", "seedbot"]')
    settings_file = evening.config.file
    with settings_file.open("a", encoding="utf-8") as file:
        file.write('[accounts.seedbot]\nserver = "https://b.test"\n')
    evening.config = settings.load(str(settings_file), {})
    evening.apply(on_both if first == "both accounts" else PLAN)
    evening.run("2026-12-01 20:25")  # Q2 is out on gardenbot, and nothing on seedbot
    evening.apply(on_both.replace(SLUGS, ""))

    assert [("gardenbot", "sent")] == [(row.account, row.state) for row in evening.rows() if row.question == "q2"]


def test_a_question_taken_out_is_not_asked_again(evening: Evening) -> None:
    evening.run("2026-12-01 20:30")
    wish = repeating.Wish("2", "rosa", sure=True)
    repeating.ask_again(evening.store, evening.stored(), wish, evening.config.timing, evening.clock())
    evening.apply(PLAN.replace(SLUGS, ""))
    evening.run("2026-12-01 22:00")

    assert ["sent"] == [row.state for row in evening.rows() if row.question == "q2"]


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


def test_a_question_put_back_into_the_plan_in_its_time_is_asked(evening: Evening, garden: FakePlatform) -> None:
    evening.run("2026-12-01 20:22")
    garden.next_publish(refuses=RateLimited("Too many.", until=instant("2026-12-01 20:26")))
    evening.run("2026-12-01 20:24")
    evening.apply(PLAN.replace("ready = true", "ready = true\ncancelled = true"))
    evening.clock.forward(seconds=30)
    evening.apply(PLAN)  # it takes place after all
    evening.run("2026-12-01 22:30")

    assert len(evening.asking("Q2")) == 1


def test_a_question_put_back_into_the_plan_too_late_is_named(evening: Evening, garden: FakePlatform) -> None:
    evening.run("2026-12-01 20:22")
    garden.next_publish(refuses=RateLimited("Too many.", until=instant("2026-12-01 20:26")))
    evening.run("2026-12-01 20:24")
    evening.apply(PLAN.replace("ready = true", "ready = true\ncancelled = true"))
    evening.clock.forward(minutes=16)
    late = evening.apply(PLAN)

    assert any(line.endswith("planned too late to be posted: question") for line in late.lines)
    assert not any("too late" in line for line in evening.apply(PLAN).lines)
