"""A posted question gets other words: edited where the network can, else corrected below, never twice."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from chatbot.core.model import DeliveryState
from chatbot.platforms.errors import (
    NotFound,
    NotSignedIn,
    OutcomeUnknown,
    RateLimited,
    Rejected,
)
from chatbot.platforms.port import Limits
from chatbot.stages.tell import Teller, Ways
from chatbot.store import outbox
from chatbot.store.engine import Store, open_store
from tests.fakes import FakePlatform, FixedClock, person
from tests.stages.changing import CHAT, HOSTED, LATER, NIGHT, PLAN, REWORDED, SERIES, Evening, planned
from tests.stages.nights import instant


@pytest.fixture
def evening(store: Store, tmp_path: Path, clock: FixedClock, garden: FakePlatform) -> Evening:
    return planned(store, tmp_path, clock, garden)


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
