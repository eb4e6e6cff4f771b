"""Hosts are told what they have to know, each once, by private message and by e-mail."""

from __future__ import annotations

import dataclasses
import logging
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler

from chatbot.config import Account, Archive, Config, Mail
from chatbot.core.model import DeliveryState, Draft
from chatbot.core.nights import timetable
from chatbot.core.plan import Chat, Person, Question, Series
from chatbot.core.sorting.hashtags import NearMiss
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.platforms.errors import NotSignedIn, PlatformError, Rejected, Unavailable
from chatbot.platforms.port import Limits
from chatbot.stages import deliver, preview, tell
from chatbot.store import chats, outbox, tables
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock

STARTS = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SERIES = Series(
    "gardenchat",
    "GardenChat",
    ("GardenChat",),
    "Europe/Lisbon",
    ("gardenbot",),
    (Person("Ana", "ana@a.test", "ana@example.org"), Person("Ben", "@ben@b.test")),
    operator="Ana",
)
QUESTIONS = tuple(Question(f"q{n}", n, f"Question {n}?") for n in (1, 2, 3))
TONIGHT = Chat(
    "gardenchat-2026-12-01",
    "gardenchat",
    STARTS,
    STARTS + HOUR,
    STARTS + 7 * 24 * HOUR,
    "Compost",
    QUESTIONS,
    ready=True,
    hashtags=("GardenChat",),
)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        file=tmp_path / "chatbot.toml",
        database="",
        archive=Archive(tmp_path / "archive"),
        accounts={"gardenbot": Account("gardenbot", "mastodon", "https://a.test")},
        chats=tmp_path / "chats",
        state=tmp_path,
        mail=Mail("localhost", 25, "bot@example.org"),
    )


@pytest.fixture
def teller(store: Store, config: Config, clock: FixedClock) -> tell.Teller:
    return tell.Teller(store, config, Timing(), clock, tell.Ways(edition=lambda chat: "https://a.test/e"))


def plan(store: Store, clock: FixedClock, chat: Chat = TONIGHT, state: str = "ready") -> None:
    with store.write() as conn:
        chats.save_series(conn, SERIES, file="chats/g.toml", file_hash="1", now=clock())
        chats.save_chat(conn, chat, state=state, file="chats/g.toml", file_hash="1", now=clock())  # type: ignore[arg-type]
        outbox.replace_unsent(conn, chat.id, timetable.run_sheet(SERIES, chat, Timing()), SERIES.accounts, clock())


def told(store: Store) -> list[tuple[str, str, str]]:
    """Return (account, reader, words) of every notice, in order."""
    with store.read() as conn:
        rows = [row for row in outbox.of_chat(conn, TONIGHT.id) if row.kind == outbox.NOTICE]
    return [(row.account, row.recipient or "", row.draft.text) for row in sorted(rows, key=lambda row: row.id)]


def words(store: Store) -> list[str]:
    """Return the words of each notice to one of the hosts."""
    return [said for _account, reader, said in told(store) if reader == "ben@b.test"]


def lane(store: Store, platform: FakePlatform, clock: FixedClock) -> deliver.Lane:
    return deliver.Lane(store, platform, Timing(), clock, clock.sleep, clock.monotonic, "test")


def work_off(lane: deliver.Lane) -> None:
    for _ in range(50):
        if lane.step() is None:
            return


# by the clock


def test_an_hour_before_the_chat_every_host_reads_that_all_is_well(
    teller: tell.Teller, store: Store, clock: FixedClock
) -> None:
    plan(store, clock)
    clock.to("2026-12-01 19:00")
    teller.tell()

    said = "Tonight 20:00: GardenChat “Compost”. 3 questions, account fine; answer `pause` to hold everything."
    assert told(store) == [
        ("gardenbot", "ana@a.test", said),
        ("email", "ana@example.org", said),
        ("gardenbot", "ben@b.test", said),
    ]


def test_nothing_is_told_twice_not_even_after_a_restart(
    teller: tell.Teller, store: Store, config: Config, clock: FixedClock
) -> None:
    plan(store, clock)
    first = teller.tell()
    again = teller.tell()
    after_restart = tell.Teller(store, config, Timing(), clock, tell.Ways()).tell()

    assert (first, again, after_restart) == (1, 0, 0)


def test_a_chats_story_begins_once_although_both_ways_of_telling_begin_at_once(
    teller: tell.Teller, store: Store, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    plan(store, clock)
    slowly = threading.Thread(target=teller.tell_slowly)

    def begin_the_other(record: logging.LogRecord) -> bool:
        if slowly.ident is None:
            slowly.start()
            slowly.join(0.5)  # it has no part in the first one's work
        return True

    caplog.set_level(logging.INFO, "chatbot.tell")
    caplog.handler.addFilter(begin_the_other)
    teller.tell()
    slowly.join()

    assert [record.message for record in caplog.records].count("taken up") == 1


def test_a_day_before_and_an_hour_before_are_two_notices(teller: tell.Teller, store: Store, clock: FixedClock) -> None:
    clock.to("2026-11-30 19:59")
    plan(store, clock)
    early = teller.tell()
    clock.to("2026-11-30 20:00")
    teller.tell()
    clock.to("2026-12-01 19:00")
    teller.tell()

    assert early == 0
    assert [said[:14] for said in words(store)] == ["Tomorrow 20:00", "Tonight 20:00:"]


def test_an_account_in_trouble_is_named_before_the_chat(store: Store, config: Config, clock: FixedClock) -> None:
    plan(store, clock)
    ways = tell.Ways(account_trouble=lambda account: "the token was revoked.")
    tell.Teller(store, config, Timing(), clock, ways).tell()

    assert "the account is not fine: the token was revoked. Until that is mended" in words(store)[0]


def test_the_network_is_asked_once_an_incident_and_with_no_transaction_open(
    store: Store, config: Config, clock: FixedClock
) -> None:
    plan(store, clock)
    asked: list[str] = []

    def trouble(account: str) -> str:
        asked.append(account)
        with store.write() as conn:  # would wait for ever inside another transaction
            chats.audit(conn, clock(), "asked")
        return ""

    teller = tell.Teller(store, config, Timing(), clock, tell.Ways(account_trouble=trouble))
    for _ in range(5):
        teller.tell()

    assert asked == ["gardenbot"]


def test_a_chat_that_is_not_ready_is_told_of_three_times(teller: tell.Teller, store: Store, clock: FixedClock) -> None:
    clock.to("2026-11-20 12:00")
    plan(store, clock, replace(TONIGHT, theme="", questions=(), ready=False), "draft")
    for at in ("2026-11-24 19:59", "2026-11-24 20:00", "2026-11-29 20:00", "2026-12-01 17:00", "2026-12-01 19:30"):
        clock.to(at)
        teller.tell()

    assert len(words(store)) == 3
    assert "it still needs a theme, questions and `ready = true`" in words(store)[0]


def test_a_chat_taken_out_of_its_file_and_put_back_is_told_of_again(
    teller: tell.Teller, store: Store, clock: FixedClock
) -> None:
    draft = replace(TONIGHT, ready=False)
    clock.to("2026-11-24 21:00")
    plan(store, clock, draft, state="draft")
    teller.tell()
    with store.write() as conn:
        assert chats.withdraw(conn, TONIGHT.id, clock())  # the letter was not sent yet, and goes with it
    clock.forward(minutes=1)
    plan(store, clock, draft, state="draft")
    assert words(store) == []
    teller.tell()
    teller.tell()

    assert len(words(store)) == 1


def test_an_edition_that_waits_is_told_of_and_two_reminders_follow(
    teller: tell.Teller, store: Store, clock: FixedClock, garden: FakePlatform
) -> None:
    plan(store, clock)
    deliver_the_night(store, garden, clock)
    for at in ("2026-12-01 21:04", "2026-12-01 21:05", "2026-12-01 22:05", "2026-12-02 21:05", "2026-12-04 21:05"):
        clock.to(at)
        teller.tell()

    waiting = [said for said in words(store) if "answer `publish`" in said]
    assert [said[:30] for said in waiting] == [
        "GardenChat “Compost” is over a",
        "The transcript of GardenChat “",
        "The transcript of GardenChat “",
    ]
    assert "https://a.test/e" in waiting[0]


def test_an_approved_edition_waits_for_nobody(
    teller: tell.Teller, store: Store, clock: FixedClock, garden: FakePlatform
) -> None:
    plan(store, clock)
    deliver_the_night(store, garden, clock)
    with store.write() as conn:
        chats.approve(conn, TONIGHT.id, "ana@a.test", clock())
    clock.to("2026-12-01 22:30")
    teller.tell()

    assert not any("publish" in said for said in words(store))


def test_a_chat_of_which_nothing_went_out_has_no_edition_to_wait_for(
    teller: tell.Teller, store: Store, clock: FixedClock
) -> None:
    plan(store, clock)
    clock.to("2026-12-01 22:30")
    teller.tell()

    assert not any("publish" in said for said in words(store))


def test_content_that_goes_soon_is_told_of_a_week_and_a_day_before(
    store: Store, config: Config, clock: FixedClock
) -> None:
    plan(store, clock)
    goes = STARTS + timedelta(days=37)
    ways = tell.Ways(fading=lambda: [(TONIGHT.id, goes)])
    teller = tell.Teller(store, config, Timing(), clock, ways)
    for before in (8, 7, 6, 1, 0.5):
        clock.to(goes - timedelta(days=before))
        teller.tell_slowly()

    assert [said.partition("In ")[2][:6] for said in words(store)] == ["7 days", "1 day,"]


def test_a_changed_plan_file_is_told_of_once_a_change(store: Store, config: Config, clock: FixedClock) -> None:
    plan(store, clock)
    config.chats.mkdir()
    file = config.chats / "g.toml"
    teller = tell.Teller(store, config, Timing(), clock, tell.Ways(changed_files=lambda: ["chats/g.toml"]))
    for written in ("a", "a", "b"):
        file.write_text(written)
        teller.tell_slowly()

    assert len(words(store)) == 2
    assert "run `chatbot plan apply chats/g.toml`" in words(store)[0]


# by what happened


def deliver_the_night(store: Store, garden: FakePlatform, clock: FixedClock) -> None:
    work = lane(store, garden, clock)
    while clock() < STARTS + HOUR + timedelta(minutes=1):
        work_off(work)
        clock.forward(seconds=20)


def test_a_quiet_night_tells_nobody_anything(
    teller: tell.Teller, store: Store, clock: FixedClock, garden: FakePlatform
) -> None:
    clock.to("2026-12-01 19:40")
    plan(store, clock)
    work = lane(store, garden, clock)
    teller.tell()
    while clock() < STARTS + HOUR:
        work_off(work)
        clock.forward(seconds=20)
        teller.tell()

    assert len(words(store)) == 1  # before the chat


def test_a_refused_question_is_told_with_its_reason_and_the_way_around(
    teller: tell.Teller, store: Store, clock: FixedClock, garden: FakePlatform
) -> None:
    clock.to("2026-12-01 19:54")
    plan(store, clock)
    work = lane(store, garden, clock)
    refused = Rejected("The server refused the post (422).")
    while clock() < STARTS + timedelta(minutes=12):
        with store.read() as conn:
            is_first = any(row.is_question for row in outbox.due(conn, "gardenbot", clock(), timedelta(seconds=20)))
        if is_first:
            garden.next_publish(refuses=refused)
            break
        work_off(work)
        clock.forward(seconds=10)
    for _ in range(10):
        work_off(work)
        clock.forward(seconds=10)
        teller.tell()

    failed = [said for said in words(store) if "did not go out" in said]
    assert len(failed) == 1
    assert "did not go out and is not tried again (The server refused the post (422))." in failed[0]
    assert "begin with “Q1”, add #GardenChat" in failed[0]


def test_an_account_that_may_not_write_leaves_it_to_another_and_to_the_mail(
    store: Store, config: Config, clock: FixedClock
) -> None:
    accounts = {name: Account(name, "mastodon", "https://a.test") for name in ("gardenbot", "rosebot")}
    trouble = {"gardenbot": "its token was revoked"}
    ways = tell.Ways(account_trouble=lambda name: trouble.get(name, ""))
    teller = tell.Teller(store, dataclasses.replace(config, accounts=accounts), Timing(), clock, ways)
    clock.to("2026-12-01 20:13")
    plan(store, clock)
    with store.write() as conn:
        sheet = timetable.run_sheet(SERIES, TONIGHT, Timing())
        outbox.replace_unsent(conn, TONIGHT.id, sheet, SERIES.accounts, clock())
        row = next(row for row in outbox.of_chat(conn, TONIGHT.id) if row.is_question)
        chats.audit(conn, clock(), "refused", chat=TONIGHT.id, detail=str(row.id))
    teller.tell()
    with store.read() as conn:
        told = [row for row in outbox.of_chat(conn, TONIGHT.id) if "/refused/gardenbot/" in row.key]

    assert {(row.account, row.recipient) for row in told} == {
        ("rosebot", "ana@a.test"),
        ("rosebot", "ben@b.test"),
        ("email", "ana@example.org"),
    }
    assert "Nothing is lost: Q1 waits until" in told[0].draft.text
    assert all(len(row.draft.text) <= 480 for row in told)

    trouble.clear()
    restarted = tell.Teller(store, dataclasses.replace(config, accounts=accounts), Timing(), clock, ways)
    restarted.tell()
    with store.read() as conn:
        again = [row for row in outbox.of_chat(conn, TONIGHT.id) if "/refused/gardenbot/" in row.key]
    assert [row.id for row in again] == [row.id for row in told]


def test_what_grew_too_long_for_the_server_is_told_before_the_night(
    store: Store, config: Config, clock: FixedClock, garden: FakePlatform
) -> None:
    clock.to("2026-12-01 19:00:30")
    plan(store, clock)
    with store.write() as conn:
        sheet = timetable.run_sheet(SERIES, TONIGHT, Timing())
        outbox.replace_unsent(conn, TONIGHT.id, sheet, SERIES.accounts, clock())
    garden.limits = Limits(characters=40)
    ways = tell.Ways(too_long=lambda chat: preview.too_long(store, {"gardenbot": garden}, chat, clock()))
    tell.Teller(store, config, Timing(), clock, ways).tell()
    with store.read() as conn:
        told = [row for row in outbox.of_chat(conn, TONIGHT.id) if "/pre-flight/" in row.key]

    assert "but too long by now: the reminder (a.test takes 40 characters)" in told[0].draft.text
    assert "chatbot plan apply FILE" in told[0].draft.text

    garden.limits = Limits()
    assert preview.too_long(store, {"gardenbot": garden}, TONIGHT.id, clock()) == ""


def test_a_question_that_stays_late_is_told_of_once(
    teller: tell.Teller, store: Store, clock: FixedClock, garden: FakePlatform
) -> None:
    clock.to("2026-12-01 19:54")
    plan(store, clock)
    teller.tell()
    clock.to("2026-12-01 19:57")  # nobody delivers: the welcome was due at 19:55
    for _ in range(20):
        teller.tell()
        clock.forward(seconds=1)

    late = [said for said in words(store) if "is not out yet" in said]
    assert [said[:39] for said in late] == ["The welcome of GardenChat was due 19:55"]


def test_nobody_is_told_that_a_paused_chat_is_late(teller: tell.Teller, store: Store, clock: FixedClock) -> None:
    plan(store, clock, state="paused")
    teller.tell()
    clock.to("2026-12-01 20:10")
    teller.tell()

    assert not any("is not out yet" in said for said in words(store))


def test_a_question_posted_by_hand_is_told_of(
    teller: tell.Teller, store: Store, clock: FixedClock, garden: FakePlatform
) -> None:
    clock.to("2026-12-01 19:54")
    plan(store, clock)
    work = lane(store, garden, clock)
    while clock() < STARTS + timedelta(minutes=1):
        work_off(work)
        clock.forward(seconds=10)
    garden.post("@ana@a.test", "Q1 Question 1? #GardenChat")
    while clock() < STARTS + timedelta(minutes=8):
        work_off(work)
        clock.forward(seconds=10)
        teller.tell()

    assert any("A host posted Q1 of GardenChat by hand." in said for said in words(store))


def test_a_line_that_is_committed_below_one_that_was_read_is_told_of(
    teller: tell.Teller, store: Store, clock: FixedClock
) -> None:
    """PostgreSQL draws a line's number before the line can be seen."""
    clock.to("2026-12-01 20:10")
    plan(store, clock)
    with store.read() as conn:
        first, second = [row for row in outbox.of_chat(conn, TONIGHT.id) if row.is_question][:2]

    def adopted(line: int, row: outbox.Row) -> None:
        with store.write() as conn:
            values = {"id": line, "at": clock(), "event": "adopted", "chat": TONIGHT.id, "detail": str(row.id)}
            conn.execute(tables.audit.insert().values(values))

    teller.tell()
    adopted(102, second)
    teller.tell()
    clock.forward(seconds=20)
    adopted(101, first)
    for _ in range(3):
        teller.tell()
        clock.forward(seconds=90)

    by_hand = [said.split()[3] for said in words(store) if "by hand" in said]
    assert ["Q2", "Q1"] == by_hand


def test_a_tick_with_nothing_new_is_cheap(teller: tell.Teller, store: Store, clock: FixedClock) -> None:
    for number in range(8):
        series = replace(SERIES, id=f"s{number}")
        chat = replace(TONIGHT, id=f"s{number}-2026-12-01", series=series.id)
        with store.write() as conn:
            chats.save_series(conn, series, file=None, file_hash=None, now=clock())
            chats.save_chat(conn, chat, state="ready", file=None, file_hash=None, now=clock())
            outbox.replace_unsent(conn, chat.id, timetable.run_sheet(series, chat, Timing()), ("gardenbot",), clock())
    teller.tell()
    took = []
    for _ in range(30):
        began = time.thread_time()
        teller.tell()
        took.append(time.thread_time() - began)

    assert sorted(took)[len(took) // 2] < 0.02  # of the processor's time, whatever else the machine does


# e-mail


class Inbox(MessageHandler):
    """A mail server that keeps what it gets, and refuses whom it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.letters: list[Message] = []
        self.refuses: str | None = None

    def handle_message(self, message: Message) -> None:
        self.letters.append(message)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.refuses is not None:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, Mail]]:
    box = Inbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    yield box, Mail("127.0.0.1", port, "Garden bot <bot@example.org>", tls=False)
    server.stop()


def test_a_letter_arrives_with_its_subject_and_a_stable_id(inbox: tuple[Inbox, Mail]) -> None:
    box, mail = inbox
    sender = tell.MailSender(mail, timedelta(seconds=5))
    for _ in range(2):
        sender.publish(Draft("Q3 is late. Grüße!", warning="GardenChat:\nQ3 is late"), "notice/1", "ana@example.org")

    first, second = box.letters
    assert (first["Subject"], first["To"], first["Auto-Submitted"]) == (
        "GardenChat: Q3 is late",
        "ana@example.org",
        "auto-generated",
    )
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_payload(decode=True) == "Q3 is late. Grüße!\r\n".encode()


@pytest.mark.parametrize(("said", "error"), [("550 no such user", Rejected), ("451 try again later", Unavailable)])
def test_a_refusal_for_good_and_one_for_now_are_told_apart(
    inbox: tuple[Inbox, Mail], said: str, error: type[PlatformError]
) -> None:
    box, mail = inbox
    box.refuses = said

    with pytest.raises(error):
        tell.MailSender(mail, timedelta(seconds=5)).publish(Draft("x"), "k", "ana@example.org")


def test_a_mail_server_that_is_not_there_is_tried_again_later() -> None:
    sender = tell.MailSender(Mail("127.0.0.1", 1, "bot@example.org", tls=False), timedelta(seconds=2))

    with pytest.raises(Unavailable):
        sender.publish(Draft("x"), "k", "ana@example.org")


def test_a_password_that_cannot_be_used_is_said_without_it(inbox: tuple[Inbox, Mail]) -> None:
    mail = dataclasses.replace(inbox[1], user="bot", password="open sesame")

    with pytest.raises((Rejected, NotSignedIn)) as raised:
        tell.MailSender(mail, timedelta(seconds=5)).publish(Draft("x"), "k", "ana@example.org")

    assert "sesame" not in str(raised.value)


@pytest.mark.parametrize("address", ["ana@example.org\nBcc: eve@evil.test", "", "a\r\nb"])
def test_an_address_that_smuggles_a_header_is_refused(inbox: tuple[Inbox, Mail], address: str) -> None:
    box, mail = inbox

    with pytest.raises(PlatformError):
        tell.MailSender(mail, timedelta(seconds=5)).publish(Draft("x"), "k", address)

    assert box.letters == []


def test_a_notice_by_mail_goes_through_the_outbox_like_any_other(
    inbox: tuple[Inbox, Mail], teller: tell.Teller, store: Store, clock: FixedClock
) -> None:
    box, mail = inbox
    plan(store, clock)
    teller.tell()
    sender = tell.MailSender(mail, timedelta(seconds=5))
    work_off(deliver.Lane(store, sender, Timing(), clock, clock.sleep, clock.monotonic, "test"))

    with store.read() as conn:
        states = {row.state for row in outbox.of_chat(conn, TONIGHT.id) if row.account == outbox.EMAIL}
    assert (states, [letter["To"] for letter in box.letters]) == ({DeliveryState.SENT}, ["ana@example.org"])


# afterwards


def test_answers_that_are_done_with_lose_their_reader_and_their_text(
    teller: tell.Teller, store: Store, clock: FixedClock, garden: FakePlatform
) -> None:
    with store.write() as conn:
        outbox.put_notice(
            conn,
            key="reply/a.test/1",
            account="gardenbot",
            recipient="eve@e.test",
            draft=Draft("You are forgotten"),
            due_at=clock(),
            grace_until=clock() + HOUR,
            kind=outbox.REPLY,
            now=clock(),
        )
    before = teller.tidy()
    work_off(lane(store, garden, clock))
    cleared = teller.tidy()

    assert (before, cleared, teller.tidy()) == (0, 1, 0)
    assert [draft.text for _key, draft in garden.published] == ["@eve@e.test You are forgotten"]
    assert store.path is not None
    stored = b"".join(path.read_bytes() for path in store.path.parent.glob("chat.db*"))
    assert (b"eve@e.test" in stored, b"You are forgotten" in stored) == (False, False)


def test_many_posts_vanishing_at_once_are_told_of_once_a_day(
    store: Store, teller: tell.Teller, clock: FixedClock
) -> None:
    plan(store, clock)
    teller.tell()
    for _ in range(2):
        with store.write() as conn:
            chats.audit(conn, clock(), "verify-doubtful", chat=TONIGHT.id, detail="9 of 12")
        clock.forward(minutes=1)
        teller.tell()

    doubts = [said for said in words(store) if "9 of 12 were not there" in said]
    assert len(doubts) == 1
    assert "nothing was deleted and no new edition was written" in doubts[0]


def test_a_hashtag_that_people_write_amiss_is_suggested_once(store: Store, clock: FixedClock, config: Config) -> None:
    plan(store, clock)
    misses = [(TONIGHT.id, NearMiss("gardenchats", 2))]
    teller = tell.Teller(store, config, Timing(), clock, tell.Ways(near_misses=lambda: misses))
    teller.tell_slowly()
    misses[:] = [(TONIGHT.id, NearMiss("gardenchats", 3))]
    teller.tell_slowly()

    said = [said for said in words(store) if "#gardenchats" in said]
    assert len(said) == 1
    assert said[0].startswith("2 people who answer in ")
    assert said[0].endswith("To collect them as well, answer `also #gardenchats`.")
