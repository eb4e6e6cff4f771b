"""A night goes out: in order, on time, once; and what happens when the network does not do as it should."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from chatbot.core.model import CueKind, DeliveryState, Draft, Lateness, Visibility
from chatbot.core.nights import timetable
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.platforms.errors import NotSignedIn, OutcomeUnknown, RateLimited, Rejected, Unavailable
from chatbot.stages.deliver import Lane
from chatbot.store import chats, outbox, tables
from chatbot.store.engine import Store, StoreError, open_store
from tests.fakes import FakePlatform, FixedClock
from tests.stages.nights import CHAT, Night, a_chat, a_series, instant, run_sheet

END = "2026-12-01 22:30"


@pytest.fixture
def night(store: Store, clock: FixedClock, garden: FakePlatform) -> Night:
    return Night(store, clock, garden).plan()


def test_a_night_goes_out_in_order_each_post_once(night: Night) -> None:
    night.run(END)

    assert [row.kind for row in sorted(night.rows(), key=lambda row: row.due_at) if row.is_cue] == [
        "welcome", "so-far", "question", "question", "question", "thanks",
    ]  # fmt: skip
    assert [post.local_id for post in night.own()] == [row.local_id for row in night.rows() if row.is_cue]
    assert set(night.states().values()) == {"sent"}


def test_every_post_goes_out_at_its_instant_and_never_before(night: Night) -> None:
    night.run(END)

    for row in night.rows():
        if row.is_cue:
            assert row.posted_at is not None
            assert timedelta() <= row.posted_at - row.due_at < timedelta(seconds=1)


def test_thanks_and_tonight_so_far_reply_to_the_welcome(night: Night) -> None:
    night.run(END)

    welcome, so_far, *_, thanks = night.own()
    assert (so_far.parent_local_id, so_far.visibility) == (welcome.local_id, Visibility.UNLISTED)
    assert thanks.parent_local_id == welcome.local_id


def test_tonight_so_far_links_each_question_that_is_out(night: Night) -> None:
    night.run("2026-12-01 20:15")

    so_far, first, second = night.own()[1:4]
    text = so_far.spans[0].text
    assert first.url in text
    assert second.url in text
    assert [row.state.value for row in night.rows() if row.kind == "edit"] == ["sent", "sent"]


def test_an_edit_is_tried_again_and_a_newer_one_overtakes_it(night: Night, garden: FakePlatform) -> None:
    garden.next_read("edit", OutcomeUnknown("the answer was lost"))
    garden.next_read("edit", RateLimited("too many", until=instant("2026-12-01 20:20")))
    night.run("2026-12-01 20:25")

    edits = {row.nth: row for row in night.rows() if row.kind == "edit"}
    assert [row.state.value for row in edits.values()] == ["skipped", "sent", "sent"]
    assert edits[1].reason == "overtaken"
    assert night.own()[3].url in night.own()[1].spans[0].text


# lost answers


def test_a_post_whose_answer_was_lost_is_found_and_not_sent_again(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:11")
    garden.next_publish(loses_the_answer=True)
    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]
    assert night.row("q2").reason == "found"
    assert night.row("q2").local_id in garden.posts


def test_a_request_that_never_arrived_is_sent_again_after_two_looks(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:11")
    garden.next_publish(refuses=OutcomeUnknown("a 500"))
    done = night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]
    posted = night.row("q2").posted_at
    assert posted is not None
    assert posted >= instant("2026-12-01 20:12") + night.timing.settle_after + night.timing.between_looks
    assert [d.what for d in done].count("absent") == 1


def test_the_own_timeline_may_lag_up_to_settle_after(night: Night, garden: FakePlatform, clock: FixedClock) -> None:
    night.run("2026-12-01 20:11")
    garden.next_publish(loses_the_answer=True)
    garden.own_lag = night.timing.settle_after
    night.run("2026-12-01 20:12:39")

    assert night.row("q2").state is DeliveryState.UNKNOWN

    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]
    assert night.row("q2").reason == "found"


def test_a_double_that_shows_later_than_promised_is_deleted_and_reported(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:11")
    garden.next_publish(loses_the_answer=True)
    garden.own_lag = timedelta(minutes=2)
    night.run("2026-12-01 20:13:30")
    first = night.own()[-2]

    assert night.asked() == ["Q1", "Q2", "Q2"]

    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]
    assert night.row("q2").local_id == first.local_id
    assert night.told().count("double-deleted") == 1


def watched_anxiously(night: Night, until: str) -> None:
    """Step the lane as the schedule does, at once after each thing it did."""
    while night.clock() < instant(until):
        night.clock.sleep(1 if night.lane.step() is None else 0.02)


def test_a_double_that_cannot_be_deleted_is_looked_at_calmly_and_left_to_the_hosts(
    night: Night, garden: FakePlatform
) -> None:
    for _ in range(100):
        garden.next_read("delete", Rejected("not allowed"))
    night.run("2026-12-01 20:13")
    second = next(post for post in night.own() if post.spans[0].text.startswith("Q2"))
    garden.post(garden.account, second.spans[0].text, at=second.at + timedelta(seconds=20))
    night.run("2026-12-01 20:16:30")
    reads = garden.calls.count("own_posts")
    watched_anxiously(night, "2026-12-01 20:20:30")

    assert garden.calls.count("own_posts") - reads <= 8
    assert night.told().count("double-left") == 0

    night.run(END)

    assert night.told().count("double-left") == 1
    assert night.row("q2").doubles_until is None


def test_a_watch_that_cannot_read_asks_no_more_often_than_one_that_can(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:16:30")
    for _ in range(5000):
        garden.next_read("own_posts", Unavailable("503"))
    reads = garden.calls.count("own_posts")
    watched_anxiously(night, "2026-12-01 20:18:30")

    assert garden.calls.count("own_posts") - reads <= 4


def test_when_looking_fails_the_cue_stays_unknown_and_is_never_sent_again(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:20:50")
    garden.next_publish(refuses=OutcomeUnknown("a 500"))
    night.run("2026-12-01 20:21:01")
    for _ in range(2000):
        garden.next_read("own_posts", Unavailable("503"))
    night.run("2026-12-01 20:36:30")

    assert night.row("q3").state is DeliveryState.FAILED
    assert night.row("q3").reason == "unsettled"
    assert "unsettled" in night.told()
    assert len([call for call in garden.calls if call == "publish"]) == 5


def test_an_empty_list_is_not_believed_while_the_last_post_is_still_there(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:11")
    night.run("2026-12-01 20:11:58.500")
    garden.next_publish(loses_the_answer=True)
    night.run("2026-12-01 20:12")
    garden.own_lag = timedelta(days=1)
    night.run("2026-12-01 20:16")

    assert night.row("q2").state is DeliveryState.UNKNOWN

    garden.own_lag = timedelta()
    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]


def test_an_unknown_question_holds_up_the_next_for_five_minutes_at_most(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:11")
    garden.next_publish(loses_the_answer=True)
    night.run("2026-12-01 20:12")
    garden.own_lag = timedelta(days=1)
    night.run("2026-12-01 20:27")

    posted = night.row("q3").posted_at
    assert posted is not None
    assert timedelta(minutes=5) <= posted - instant("2026-12-01 20:21") < timedelta(minutes=5, seconds=20)
    assert night.told().count("went-ahead") == 1


# refusals


def test_what_the_server_refuses_is_failed_with_its_reason(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:11")
    garden.next_publish(refuses=Rejected("The server takes 500 characters, this has 612."))
    night.run(END)

    assert night.asked() == ["Q1", "Q3"]
    assert night.row("q2").state is DeliveryState.FAILED
    assert night.row("q2").reason == "The server takes 500 characters, this has 612."
    assert "failed" in night.told()


def test_a_429_waits_until_the_server_says_and_drops_nothing(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:11")
    garden.next_publish(refuses=RateLimited("Too many.", until=instant("2026-12-01 20:16")))
    night.run(END)

    posted = night.row("q2").posted_at
    assert posted is not None
    assert timedelta() <= posted - instant("2026-12-01 20:16") < timedelta(seconds=10)
    assert night.asked() == ["Q1", "Q2", "Q3"]


@pytest.mark.parametrize("error", [Unavailable("no network"), NotSignedIn("the token is revoked")])
def test_what_was_certainly_not_done_is_tried_again_soon(
    night: Night, garden: FakePlatform, error: Unavailable
) -> None:
    night.run("2026-12-01 20:11")
    for _ in range(3):
        garden.next_publish(refuses=error)
    night.run(END)

    posted = night.row("q2").posted_at
    assert posted is not None
    assert posted - instant("2026-12-01 20:12") < timedelta(minutes=2)
    assert night.asked() == ["Q1", "Q2", "Q3"]


def test_thanks_stand_alone_when_the_welcome_was_deleted(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:30")
    del garden.posts[night.own()[0].local_id]
    night.run(END)

    assert night.own()[-1].spans[0].text.startswith("Thank")
    assert night.own()[-1].parent_local_id is None
    assert night.row("thanks").reason == "parent-gone"
    assert "parent-gone" in night.told()


def test_a_silently_quietened_post_is_reported(night: Night, garden: FakePlatform) -> None:
    garden.silenced = True
    night.run(END)

    assert night.row("q1").visibility is Visibility.UNLISTED
    assert "quieted" in night.told()


def test_a_crash_of_the_adapter_leaves_the_row_unknown_and_it_is_found(night: Night, garden: FakePlatform) -> None:
    class Crashing(FakePlatform):
        def publish(self, draft: Draft, key: str):  # type: ignore[no-untyped-def]
            super().publish(draft, key)
            raise MemoryError

    night.run("2026-12-01 20:11")
    crashing = Crashing(night.clock)
    crashing.posts, crashing._ids = garden.posts, garden._ids
    night.restart(crashing)
    with pytest.raises(MemoryError):
        night.run(END)
    night.run("2026-12-01 20:13")

    assert night.row("q2").state is DeliveryState.SENT
    assert night.asked() == ["Q1", "Q2"]


# restarts


def test_a_restored_backup_posts_nothing_twice(
    night: Night, store: Store, tmp_path: Path, garden: FakePlatform, clock: FixedClock
) -> None:
    night.run("2026-12-01 20:11")
    store.close()
    backup = tmp_path / "backup.db"
    assert store.path is not None
    shutil.copy(store.path, backup)
    night.run("2026-12-01 20:25")
    store.close()

    restored = open_store(f"sqlite:///{backup}")
    again = Night(restored, clock, garden)
    again.run(END)
    restored.close()

    assert again.asked() == ["Q1", "Q2", "Q3"]
    assert set(again.states().values()) == {"sent"}
    assert [post.spans[0].text.split()[0] for post in again.own()].count("Thank") == 1


def test_a_backup_from_before_the_whole_night_posts_nothing_twice(
    store: Store, tmp_path: Path, garden: FakePlatform, clock: FixedClock
) -> None:
    night = Night(store, clock, garden).plan()
    store.close()
    backup = tmp_path / "backup.db"
    assert store.path is not None
    shutil.copy(store.path, backup)
    night.run("2026-12-01 21:01")
    before = [post.local_id for post in night.own()]

    restored = open_store(f"sqlite:///{backup}")
    again = Night(restored, clock, garden)
    again.run(END)
    restored.close()

    assert [post.local_id for post in again.own()] == before
    assert set(again.states().values()) == {"sent"}


def announce_digest(night: Night) -> None:
    series, chat = a_series(), a_chat(3)
    with night.store.write() as conn:
        cue = timetable.digest_cue(series, chat, night.timing, night.clock(), "https://garden.test/1")
        outbox.put_cue(conn, cue, ["gardenbot"], night.clock())


def test_a_digest_is_not_announced_again_from_a_backup(
    store: Store, tmp_path: Path, garden: FakePlatform, clock: FixedClock
) -> None:
    night = Night(store, clock, garden).plan()
    night.run("2026-12-01 21:04")
    store.close()
    backup = tmp_path / "backup.db"
    assert store.path is not None
    shutil.copy(store.path, backup)
    announce_digest(night)
    night.run("2026-12-01 22:00")

    restored = open_store(f"sqlite:///{backup}")
    clock.to("2026-12-02 09:00")
    again = Night(restored, clock, garden)
    announce_digest(again)
    again.run("2026-12-02 10:00")
    restored.close()

    assert 1 == sum("https://garden.test/1" in post.spans[0].text for post in again.own())
    assert again.row("digest").reason == "found"


def test_a_hosts_own_quiet_reply_is_not_taken_for_tonight_so_far(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 19:30")
    asks = garden.post("@bea@b.test", "@gardenbot@a.test do I have to register?")
    hers = garden.post(
        garden.account,
        "No, just bring a cup of tea. Ana",
        reply_to=asks,
        visibility=Visibility.UNLISTED,
        edited_at=instant("2026-12-01 19:31"),
    )
    night.run(END)

    assert garden.posts[hers.local_id].spans[0].text == "No, just bring a cup of tea. Ana"
    (so_far,) = [post for post in night.own() if post.spans[0].text.startswith("Garden Chat so far")]
    assert so_far.local_id == night.row("so-far").local_id


def test_a_question_called_early_is_not_asked_again_from_a_backup(
    store: Store, tmp_path: Path, garden: FakePlatform, clock: FixedClock
) -> None:
    night = Night(store, clock, garden).plan()
    night.run("2026-12-01 20:04")
    store.close()
    backup = tmp_path / "backup.db"
    assert store.path is not None
    shutil.copy(store.path, backup)
    with store.write() as conn:
        assert outbox.send_now(conn, night.row("q2").id, clock())
    night.run("2026-12-01 20:05")
    assert night.asked() == ["Q1", "Q2"]

    restored = open_store(f"sqlite:///{backup}")
    again = Night(restored, clock, garden)
    again.run(END)
    restored.close()

    assert again.asked() == ["Q1", "Q2", "Q3"]


def test_a_cue_due_before_the_start_is_looked_for_before_it_is_sent(night: Night, clock: FixedClock) -> None:
    night.run("2026-12-01 20:11")
    clock.to("2026-12-01 20:14")
    night.restart()
    night.run(END)

    posted = night.row("q2").posted_at
    assert posted is not None
    assert posted - instant("2026-12-01 20:14") >= night.timing.settle_after + night.timing.between_looks
    assert night.asked() == ["Q1", "Q2", "Q3"]


class BusyStore(Store):
    """A database that somebody else is writing to, so many times."""

    busy = 0

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Any]:
        if self.busy:
            self.busy -= 1
            raise StoreError("database is locked")
        with super().write(durable=durable) as conn:
            yield conn


def test_a_database_that_is_locked_at_the_start_lets_nothing_out_unlooked_for(
    clock: FixedClock, garden: FakePlatform
) -> None:
    busy = BusyStore("sqlite:///:memory:")
    tables.metadata.create_all(busy.engine)
    night = Night(busy, clock, garden).plan()
    clock.to("2026-12-01 20:04")
    lane = night.restart()
    busy.busy = 1
    with pytest.raises(StoreError):
        lane.step()
    done = lane.step()
    busy.close()

    assert done is not None
    assert done.what == "doubted"
    assert "publish" not in garden.calls


def test_a_night_that_nobody_was_awake_for_is_skipped_and_said(night: Night, clock: FixedClock) -> None:
    clock.to("2026-12-01 23:30")
    night.restart()
    night.run("2026-12-02 01:00")

    assert night.own() == []
    assert set(night.states().values()) == {"skipped"}
    assert {row.reason for row in night.rows()} == {"late"}


# clocks


def test_a_clock_that_jumps_forward_between_claim_and_request_drops_the_claim(night: Night, clock: FixedClock) -> None:
    night.run("2026-12-01 20:11:58.500")

    def sleep(seconds: float) -> None:
        clock.forward(minutes=2)

    night.lane = Lane(night.store, night.garden, night.timing, clock, sleep, lambda: 0.0, "jumping")
    assert night.lane.step() is not None
    assert night.row("q2").state is DeliveryState.WAITING
    assert night.asked() == ["Q1"]

    night.restart()
    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]


def test_a_clock_set_back_while_waiting_sends_nothing_early(night: Night, clock: FixedClock) -> None:
    night.run("2026-12-01 20:11:58.500")
    ticks = iter(range(0, 10_000, 10))
    naps = iter([-3600.0])

    def sleep(seconds: float) -> None:
        clock.forward(seconds=next(naps, seconds))

    night.lane = Lane(night.store, night.garden, night.timing, clock, sleep, lambda: float(next(ticks)), "set-back")
    done = night.lane.step()

    assert done is not None
    assert done.what == "dropped"
    assert night.asked() == ["Q1"]


def test_a_claim_from_the_future_does_not_wait_for_its_lease(night: Night, clock: FixedClock) -> None:
    class Dying(FakePlatform):
        def publish(self, draft: Draft, key: str):  # type: ignore[no-untyped-def]
            raise SystemExit

    night.run("2026-12-01 20:11")
    dying = Dying(clock)
    dying.posts = night.garden.posts
    night.restart(dying)
    with pytest.raises(SystemExit):
        night.run(END)
    clock.forward(minutes=-30)
    night.restart()
    night.run("2026-12-01 19:45")

    assert night.row("q2").state in (DeliveryState.UNKNOWN, DeliveryState.WAITING)

    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]


def test_a_lease_shorter_than_a_request_is_refused_at_once(store: Store, clock: FixedClock) -> None:
    timing = replace(Timing(), lease=timedelta(seconds=10))

    with pytest.raises(ValueError, match="lease"):
        Lane(store, FakePlatform(clock), timing, clock, clock.sleep, clock.monotonic, "test")


# what hosts decide


def test_a_paused_chat_posts_nothing_and_goes_on_after_resume(night: Night, clock: FixedClock) -> None:
    night.run("2026-12-01 20:11")
    with night.store.write() as conn:
        chats.set_state(conn, CHAT, "paused", "ana", clock())
    night.run("2026-12-01 20:32")
    assert night.asked() == ["Q1"]
    with night.store.write() as conn:
        chats.set_state(conn, CHAT, "ready", "ana", clock())
        outbox.resume(conn, CHAT, clock())
    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]
    second, third = night.row("q2").posted_at, night.row("q3").posted_at
    assert second is not None
    assert third is not None
    assert third - second >= night.timing.between_questions


def test_a_stopped_chat_posts_nothing_more(night: Night, clock: FixedClock) -> None:
    night.run("2026-12-01 20:11")
    with night.store.write() as conn:
        chats.set_state(conn, CHAT, "cancelled", "ana", clock())
        outbox.cancel_unsent(conn, CHAT, "stopped", clock())
    night.run(END)

    assert night.asked() == ["Q1"]
    assert night.row("q2").reason == "stopped"


def test_next_asks_the_next_question_now_whatever_the_pace(night: Night, clock: FixedClock) -> None:
    night.run("2026-12-01 20:04")
    with night.store.write() as conn:
        row = outbox.next_waiting(conn, clock(), CHAT, CueKind.QUESTION)
        assert row is not None
        outbox.send_now(conn, row.id, clock())
    night.run("2026-12-01 20:04:10")

    assert night.asked() == ["Q1", "Q2"]


def test_a_held_question_lets_the_next_one_pass_and_goes_when_released(night: Night, clock: FixedClock) -> None:
    night.run("2026-12-01 20:11")
    with night.store.write() as conn:
        outbox.hold(conn, night.row("q2").id, clock())
    night.run("2026-12-01 20:22")
    assert night.asked() == ["Q1", "Q3"]
    with night.store.write() as conn:
        outbox.release(conn, night.row("q2").id, clock())
    night.run(END)

    assert night.asked() == ["Q1", "Q3", "Q2"]
    assert night.row("q2").posted_at == instant("2026-12-01 20:27")


def test_a_pause_in_the_last_two_seconds_still_counts(night: Night, clock: FixedClock) -> None:
    night.run("2026-12-01 20:11:58.500")

    def sleep(seconds: float) -> None:
        with night.store.write() as conn:
            chats.set_state(conn, CHAT, "paused", "ana", clock())
        clock.sleep(seconds)

    night.lane = Lane(night.store, night.garden, night.timing, clock, sleep, clock.monotonic, "pausing")
    night.lane.step()

    assert night.asked() == ["Q1"]
    assert night.row("q2").state is DeliveryState.WAITING


# lateness


def test_a_late_question_pushes_the_rest(store: Store, clock: FixedClock, garden: FakePlatform) -> None:
    night = Night(store, clock, garden).plan(questions=4)
    night.run("2026-12-01 20:11")
    garden.next_publish(refuses=RateLimited("Too many.", until=instant("2026-12-01 20:19")))
    night.run(END)

    at = [row.posted_at for row in night.rows() if row.is_question]
    gaps = [later - earlier for earlier, later in pairwise(at[1:]) if earlier and later]
    assert night.asked() == ["Q1", "Q2", "Q3", "Q4"]
    assert all(gap >= timedelta(minutes=6) for gap in gaps)


def test_a_question_without_room_is_asked_about_and_then_skipped(
    store: Store, clock: FixedClock, garden: FakePlatform
) -> None:
    night = Night(store, clock, garden).plan(questions=6, every=9)
    night.run("2026-12-01 20:38")
    garden.next_publish(refuses=RateLimited("Too many.", until=instant("2026-12-01 21:06")))
    with store.write() as conn:
        conn.exec_driver_sql("UPDATE outbox SET grace_until = grace_until + 1200000000 WHERE question IN ('q5', 'q6')")
    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3", "Q4", "Q5"]
    assert (night.row("q6").state.value, night.row("q6").reason) == ("skipped", "no-room")
    assert night.told().count("no-room") == 1
    assert night.row("thanks").state is DeliveryState.SENT


def test_a_post_that_must_not_be_late_is_skipped_and_one_to_be_asked_about_waits(
    store: Store, clock: FixedClock, garden: FakePlatform
) -> None:
    cues = run_sheet(a_chat())
    cues[0] = replace(cues[0], lateness=Lateness.SKIP)
    cues[2] = replace(cues[2], lateness=Lateness.ASK)
    night = Night(store, clock, garden).plan(cues=cues)
    for until in ("2026-12-01 19:58", "2026-12-01 20:06"):
        garden.next_publish(refuses=RateLimited("Too many.", until=instant(until)))
        night.run(instant(until) + timedelta(seconds=5))

    assert night.row("welcome").state is DeliveryState.SKIPPED

    night.run(END)

    assert night.told().count("late-asks") <= 1


# private words and mail


def put_notice(night: Night, account: str, key: str = "notice/late/ana") -> bool:
    now = night.clock()
    with night.store.write() as conn:
        return outbox.put_notice(
            conn,
            key=key,
            account=account,
            recipient="ana@a.test",
            draft=Draft("Q2 is late."),
            chat=CHAT,
            due_at=now,
            grace_until=now + timedelta(hours=1),
            now=now,
        )


def test_a_notice_is_a_direct_post_to_its_reader_and_is_put_once(night: Night) -> None:
    assert put_notice(night, "gardenbot")
    assert not put_notice(night, "gardenbot")
    night.run("2026-12-01 19:10")

    (post,) = night.own()
    assert (post.spans[0].text, post.visibility) == ("@ana@a.test Q2 is late.", Visibility.DIRECT)


def test_a_lost_notice_is_found_or_sent_again_after_one_look(night: Night, garden: FakePlatform) -> None:
    put_notice(night, "gardenbot", "notice/a/ana")
    garden.next_publish(refuses=OutcomeUnknown("a 500"))
    night.run("2026-12-01 19:10")

    assert len(night.own()) == 1


class Letters:
    """Remembers letters; can be told to fail."""

    def __init__(self) -> None:
        self.name = "email"
        self.sent: list[tuple[str, str]] = []
        self.faults: list[Exception] = []

    def publish(self, draft: Draft, key: str, recipient: str) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append((recipient, draft.text))


@pytest.mark.parametrize("fault", [None, OutcomeUnknown("cut off"), Unavailable("no server")])
def test_mail_goes_through_a_lane_like_any_post(night: Night, fault: Exception | None) -> None:
    letters = Letters()
    letters.faults = [fault] if fault else []
    put_notice(night, "email")
    night.restart(letters)
    lane: Callable[[], object] = night.lane.step
    for _ in range(10):
        if lane() is None:
            night.clock.forward(seconds=30)

    assert letters.sent == [("ana@a.test", "Q2 is late.")]
