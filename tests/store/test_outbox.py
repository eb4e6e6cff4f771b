"""What a plan may change, what people may decide, and that every arrow between states is won once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from chatbot.core.model import Cue, CueKind, DeliveryState, Draft, Post
from chatbot.core.value import replace
from chatbot.store import claims, edits, leases, outbox
from chatbot.store.claims import Claim
from chatbot.store.engine import Store
from chatbot.store.rows import Row
from tests.fakes import FakePlatform, FixedClock
from tests.stages.nights import CHAT, Night, a_chat, run_sheet

ACCOUNT = "gardenbot"
LEASE = timedelta(seconds=60)


@pytest.fixture
def store(each_store: Store) -> Store:
    """Every test here runs on SQLite and on PostgreSQL."""
    return each_store


@pytest.fixture
def cues() -> list[Cue]:
    return run_sheet(a_chat())


def replaced(store: Store, cues: list[Cue], clock: FixedClock, accounts: tuple[str, ...] = (ACCOUNT,)) -> object:
    with store.write() as conn:
        return outbox.replace_unsent(conn, CHAT, cues, accounts, clock())


def rows(store: Store) -> list[Row]:
    with store.read() as conn:
        return outbox.of_chat(conn, CHAT)


def question(store: Store, name: str = "q2") -> Row:
    return next(row for row in rows(store) if row.question == name)


def do(store: Store, arrow: Callable[..., object], *arguments: object) -> object:
    with store.write() as conn:
        return arrow(conn, *arguments)


def claimed(store: Store, clock: FixedClock, owner: str = "me") -> Row:
    row = question(store)
    assert do(store, claims.claim, row, Claim(owner, clock() + LEASE, row.draft, "41", clock()), clock())
    return question(store)


# plans


def test_a_run_sheet_becomes_a_row_for_each_account_and_again_changes_nothing(
    store: Store, clock: FixedClock, cues: list[Cue]
) -> None:
    first = replaced(store, cues, clock, (ACCOUNT, "rosebot"))

    assert first == outbox.Replaced(added=12)
    assert replaced(store, cues, clock, (ACCOUNT, "rosebot")) == outbox.Replaced()


def test_a_new_plan_changes_adds_and_removes_only_what_is_untouched(
    store: Store, clock: FixedClock, cues: list[Cue]
) -> None:
    replaced(store, cues, clock)
    claimed(store, clock)
    new = [replace(cue, draft=Draft("new")) for cue in cues[:4]]

    assert replaced(store, new, clock) == outbox.Replaced(added=0, changed=3, removed=2)
    assert question(store).draft.text != "new"


def test_a_cue_that_was_skipped_by_a_host_is_not_brought_back_by_a_plan(
    store: Store, clock: FixedClock, cues: list[Cue]
) -> None:
    replaced(store, cues, clock)
    do(store, outbox.skip, question(store).id, clock())
    replaced(store, cues, clock)

    assert question(store).state is DeliveryState.SKIPPED


def test_a_question_called_with_next_keeps_its_time_when_the_plan_changes(
    store: Store, clock: FixedClock, cues: list[Cue]
) -> None:
    replaced(store, cues, clock)
    do(store, outbox.send_now, question(store).id, clock())
    replaced(store, [replace(cue, draft=Draft("mended")) for cue in cues], clock)

    assert (question(store).due_at, question(store).draft.text) == (clock(), "mended")


def test_what_was_planned_too_late_is_skipped_from_the_start(store: Store, clock: FixedClock, cues: list[Cue]) -> None:
    clock.to("2026-12-01 20:30")
    replaced(store, cues, clock)

    states = {row.question or row.kind: (row.state.value, row.reason) for row in rows(store)}
    assert states["welcome"] == ("skipped", "planned-late")
    assert states["q3"] == ("waiting", None)


def test_the_draft_comes_back_as_it_went_in(store: Store, clock: FixedClock, cues: list[Cue]) -> None:
    draft = Draft("Q1 “Árvores” 🌱\n\n#GardenChat", warning="slugs", language="pt", picture="a.png", alt="A tree")
    replaced(store, [replace(cues[0], draft=draft)], clock)

    assert rows(store)[0].draft == draft


# arrows


def test_a_claim_is_won_once_and_freezes_the_text(store: Store, clock: FixedClock, cues: list[Cue]) -> None:
    replaced(store, cues, clock)
    row = question(store)
    claim = Claim("me", clock() + LEASE, row.draft, "41", clock())

    assert do(store, claims.claim, row, claim, clock())
    assert not do(store, claims.claim, row, claim, clock())
    assert (question(store).newest_own_id, question(store).attempts) == ("41", 1)


@pytest.mark.parametrize("decide", [outbox.hold, outbox.skip])
def test_a_claim_of_what_a_host_just_decided_about_is_lost(
    store: Store, clock: FixedClock, cues: list[Cue], decide: Callable[..., bool]
) -> None:
    replaced(store, cues, clock)
    row = question(store)
    clock.forward(seconds=1)
    do(store, decide, row.id, clock())

    assert not do(store, claims.claim, row, Claim("me", clock() + LEASE, row.draft), clock())


def test_a_claim_of_a_text_that_the_plan_just_changed_is_lost(store: Store, clock: FixedClock, cues: list[Cue]) -> None:
    replaced(store, cues, clock)
    row = question(store)
    clock.forward(seconds=1)
    replaced(store, [replace(cue, draft=Draft("mended")) for cue in cues], clock)

    assert not do(store, claims.claim, row, Claim("me", clock() + LEASE, row.draft), clock())


def test_only_the_owner_drops_loses_or_fails_a_claim(store: Store, clock: FixedClock, cues: list[Cue]) -> None:
    replaced(store, cues, clock)
    row = claimed(store, clock)

    assert not do(store, claims.drop, row.id, "another", clock())
    assert not do(store, claims.lose, row.id, "another", clock())
    assert not do(store, claims.fail, row.id, "another", "no", clock())
    assert do(store, claims.drop, row.id, "me", clock())
    assert question(store).attempts == 0


def test_the_first_attempts_newest_post_is_kept_through_later_attempts(
    store: Store, clock: FixedClock, cues: list[Cue]
) -> None:
    replaced(store, cues, clock)
    row = claimed(store, clock)
    do(store, claims.lose, row.id, "me", clock())
    do(store, claims.absent, row.id, clock(), clock())
    again = question(store)
    do(store, claims.claim, again, Claim("me", clock() + LEASE, again.draft, "99", clock()), clock())

    assert (question(store).newest_own_id, question(store).attempts) == ("41", 2)


def test_a_lease_that_is_over_makes_the_row_unknown_from_its_end(
    store: Store, clock: FixedClock, cues: list[Cue]
) -> None:
    replaced(store, cues, clock)
    row = claimed(store, clock)
    ends = clock() + LEASE

    assert do(store, leases.expire, ACCOUNT, "another", clock(), LEASE) == []
    pass_time(store, clock, timedelta(minutes=5))
    assert do(store, leases.expire, ACCOUNT, "another", clock(), LEASE) == [row.id]
    ended = question(store).attempt_ended_at
    assert ended is not None
    assert question(store).state is DeliveryState.UNKNOWN
    assert abs(ended - ends) < timedelta(seconds=5)


def pass_time(store: Store, clock: FixedClock, time: timedelta) -> None:
    """Let time pass here and in the database, whose clock nobody sets: there the lease is moved instead."""
    clock.forward(seconds=time.total_seconds())
    if not store.is_sqlite:
        with store.write() as conn:
            micros = time // timedelta(microseconds=1)
            conn.exec_driver_sql(f"UPDATE outbox SET lease_until = lease_until - {micros}")


def test_a_lease_holds_by_the_databases_clock_however_wrong_anothers_is(
    store: Store, clock: FixedClock, cues: list[Cue]
) -> None:
    replaced(store, cues, clock)
    row = claimed(store, clock)
    if store.is_sqlite:  # one computer, one clock
        return
    fast, slow = clock() + timedelta(minutes=50), clock() - timedelta(minutes=50)

    assert do(store, leases.expire, ACCOUNT, "another", fast, LEASE) == []
    assert do(store, leases.expire, ACCOUNT, "another", slow, LEASE) == []

    pass_time(store, clock, timedelta(minutes=5))
    assert do(store, leases.expire, ACCOUNT, "another", fast, LEASE) == [row.id]
    ended = question(store).attempt_ended_at
    assert ended is not None
    assert timedelta() < fast - ended < timedelta(minutes=5)


def test_who_takes_over_doubts_what_the_one_before_was_sending(
    store: Store, clock: FixedClock, cues: list[Cue]
) -> None:
    replaced(store, cues, clock)
    row = claimed(store, clock)
    ends = clock() + LEASE

    assert do(store, leases.inherit, ACCOUNT, "me", clock(), LEASE) == []
    assert do(store, leases.inherit, ACCOUNT, "another", clock(), LEASE) == [row.id]
    ended = question(store).attempt_ended_at
    assert ended is not None
    assert question(store).state is DeliveryState.UNKNOWN
    assert abs(ended - ends) < timedelta(seconds=5)
    with store.read() as conn:
        assert not claims.is_ours(conn, row.id, "me")

    post = FakePlatform(clock).post("@gardenbot@a.test", "Q2")
    assert do(store, claims.found, row.id, post, clock(), clock())
    assert question(store).attempt_ended_at == clock()  # the next question does not wait for the lease


def test_after_the_clock_was_set_back_nothing_waits_for_the_old_time(
    store: Store, clock: FixedClock, cues: list[Cue]
) -> None:
    replaced(store, cues, clock)
    row = claimed(store, clock)
    do(store, claims.lose, row.id, "me", clock())
    back = clock() - timedelta(hours=1)

    assert do(store, leases.set_back, ACCOUNT, back) == 1
    assert question(store).attempt_ended_at == back
    assert do(store, leases.set_back, ACCOUNT, back) == 0


def test_what_is_sent_is_final(store: Store, clock: FixedClock, cues: list[Cue], garden: FakePlatform) -> None:
    replaced(store, cues, clock)
    row = claimed(store, clock)
    post: Post = garden.post(garden.account, "Q2")
    assert do(store, claims.sent, row, garden.ref(post), None, clock())

    for arrow in (outbox.hold, outbox.skip, outbox.send_now):
        assert not do(store, arrow, row.id, clock())
    assert not do(store, claims.found, row.id, post, clock(), clock())
    assert not do(store, claims.adopt, row.id, post, clock())
    assert not do(store, claims.unsettled, row.id, clock())
    assert do(store, outbox.cancel_unsent, CHAT, "stopped", clock()) == 5
    assert question(store).local_id == post.local_id


def test_a_cue_that_is_being_sent_is_not_adopted(
    store: Store, clock: FixedClock, cues: list[Cue], garden: FakePlatform
) -> None:
    replaced(store, cues, clock)
    row = claimed(store, clock)

    assert not do(store, claims.adopt, row.id, garden.post("@ana@a.test", "Q2"), clock())


def test_due_cues_become_doubtful_when_a_process_begins_and_later_ones_do_not(
    store: Store, clock: FixedClock, cues: list[Cue]
) -> None:
    replaced(store, cues, clock)
    clock.to("2026-12-01 20:05")
    doubted = do(store, claims.doubt, ACCOUNT, clock())

    assert isinstance(doubted, list)
    assert len(doubted) == 3
    assert question(store, "q1").state is DeliveryState.UNKNOWN
    assert question(store, "q2").state is DeliveryState.WAITING


# what is asked of it


def test_counts_overdue_and_next(store: Store, clock: FixedClock, cues: list[Cue]) -> None:
    replaced(store, cues, clock)
    clock.to("2026-12-01 20:04")
    with store.read() as conn:
        following = outbox.next_waiting(conn, clock(), CHAT, CueKind.QUESTION)
        late = outbox.overdue(conn, clock())
        counts = outbox.counts(conn)

    assert following is not None
    assert following.question == "q1"
    assert [row.kind for row in late] == ["welcome", "so-far", "question"]
    assert counts == {"waiting": 6}


def test_a_newer_edit_overtakes_one_that_waits(store: Store, clock: FixedClock, cues: list[Cue]) -> None:
    replaced(store, cues, clock)
    so_far = next(row for row in rows(store) if row.kind == "so-far")
    until = clock() + timedelta(minutes=30)

    assert do(store, edits.put, so_far, Draft("one"), until, clock()) == f"{so_far.key}/edit/1"
    assert do(store, edits.put, so_far, Draft("two"), until, clock()) == f"{so_far.key}/edit/2"
    put = {row.nth: row for row in rows(store) if row.kind == "edit"}
    assert [(put[n].state.value, put[n].reason) for n in (1, 2)] == [("skipped", "overtaken"), ("waiting", None)]


def test_after_a_pause_what_came_due_meanwhile_has_its_whole_grace_again(
    store: Store, clock: FixedClock, cues: list[Cue]
) -> None:
    replaced(store, cues, clock)
    clock.to("2026-12-01 20:40")

    assert do(store, outbox.resume, CHAT, clock()) == 5
    assert question(store).grace_until == clock() + timedelta(minutes=15)


def test_a_whole_night_with_a_lost_answer_goes_out_once(store: Store, clock: FixedClock, garden: FakePlatform) -> None:
    night = Night(store, clock, garden).plan()
    night.run("2026-12-01 20:11")
    garden.next_publish(loses_the_answer=True)
    garden.own_lag = timedelta(seconds=20)
    night.run("2026-12-01 20:16")
    clock.to("2026-12-01 20:22")
    night.restart()
    night.run("2026-12-01 21:10")

    assert night.asked() == ["Q1", "Q2", "Q3"]
    assert set(night.states().values()) == {"sent"}
