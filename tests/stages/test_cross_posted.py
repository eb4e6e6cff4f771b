"""One chat on two accounts of two servers: what happens on one of them never stops the evening on the other."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from chatbot.config import Archive, Config
from chatbot.core.model import DeliveryState, Post, Visibility
from chatbot.core.talk.braking import Outcome, Result
from chatbot.core.talk.commands import HostCommand
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.platforms.errors import RateLimited, Rejected
from chatbot.stages import obey
from chatbot.stages.deliver import Lane
from chatbot.stages.tell import Teller, Ways
from chatbot.store import brake, chats, outbox
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock
from tests.stages.nights import CHAT, a_chat, a_series, instant, run_sheet

_OPEN = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN)
END = "2026-12-01 22:30"


class Two:
    """The chat on gardenbot and seedbot, a lane each."""

    def __init__(self, store: Store, clock: FixedClock, garden: FakePlatform) -> None:
        self.store, self.clock = store, clock
        self.garden, self.seeds = garden, FakePlatform(clock, "seedbot", "b.test")
        self.obeyed: list[str] = []
        self.ear = obey.Ear(store, Timing(), clock, self._wishes())
        series, chat, now = replace(a_series(), accounts=("gardenbot", "seedbot")), a_chat(3), clock()
        with store.write() as conn:
            chats.save_series(conn, series, file=None, file_hash=None, now=now)
            chats.save_chat(conn, chat, state="ready", file=None, file_hash=None, now=now)
            outbox.replace_unsent(conn, CHAT, run_sheet(chat), series.accounts, now)
        self.lanes = [
            Lane(store, one, Timing(), clock, clock.sleep, clock.monotonic, "test") for one in (self.garden, self.seeds)
        ]

    def _wishes(self) -> obey.Wishes:
        return obey.Wishes(
            say=lambda author, word, at: self.obeyed.append(word.value),
            forget=lambda author: self.obeyed.append("forget"),
            held=lambda author: "nothing",
            publish=lambda chat, by, at: self.obeyed.append("publish"),
            also=lambda chat, tags, by, at: Outcome(HostCommand.ALSO, Result.DONE),
        )

    def run(self, until: str) -> None:
        """Step both lanes until then, jumping over the time in which nothing happens."""
        while self.clock() < instant(until):
            done = [lane.step() for lane in self.lanes]
            if not any(done):
                self.clock.to(min(instant(until), self._next()))

    def _next(self) -> datetime:
        now = self.clock()
        open_ = [row for row in self.rows() if row.state in _OPEN]
        if any(row.due_at <= now for row in open_):
            return now + timedelta(seconds=5)
        ahead = [row.due_at - timedelta(seconds=1) for row in open_]
        return max(min([*ahead, now + timedelta(minutes=10)]), now + timedelta(seconds=1))

    def command(self, what: str) -> Outcome:
        with self.store.write() as conn:
            stored = chats.find(conn, CHAT)
            assert stored is not None
            if what == "next":
                return brake.next_question(conn, stored, Timing(), self.clock())
            return brake.skip_question(conn, stored, "ana", Timing(), self.clock())

    def says(self, who: str, text: str) -> Post:
        """Let somebody write to both accounts, privately."""
        return self.garden.post(who, f"@gardenbot@a.test @seedbot@b.test {text}", visibility=Visibility.DIRECT)

    def hear(self, post: Post, platform: FakePlatform) -> None:
        """Let one account read a post as its own server shows it."""
        on_its_server = {self.garden.name: post, self.seeds.name: replace(post, server="b.test", local_id="77")}
        self.ear.hear(on_its_server[platform.name], platform)

    def both_hear(self, who: str, text: str) -> None:
        said = self.says(who, text)
        self.hear(said, self.garden)
        self.clock.forward(seconds=5)
        self.hear(said, self.seeds)

    def seeds_refuse(self, until: str) -> None:
        """Let the second server take nothing until then."""
        self.seeds.next_publish(refuses=RateLimited("Too many.", until=instant(until)))

    def rows(self) -> list[outbox.Row]:
        with self.store.read() as conn:
            return outbox.of_chat(conn, CHAT)

    def answers(self) -> list[outbox.Row]:
        with self.store.read() as conn:
            states = list(DeliveryState)
            found = [outbox.in_state(conn, name, *states) for name in (self.garden.name, self.seeds.name)]
        return [row for rows in found for row in rows if row.kind == outbox.REPLY]

    def skipped(self) -> set[str | None]:
        return {row.question for row in self.rows() if row.state is DeliveryState.SKIPPED}


def asked(platform: FakePlatform) -> list[str]:
    """Return the first word of each question that is visible there, in order."""
    mine = [post for post in platform.posts.values() if post.author.uri == platform.account.uri]
    first = [post.spans[0].text.split()[0] for post in sorted(mine, key=lambda post: (post.at, int(post.local_id)))]
    return [word for word in first if word.startswith("Q")]


@pytest.fixture
def two(store: Store, clock: FixedClock, garden: FakePlatform) -> Two:
    return Two(store, clock, garden)


# the brake


@pytest.mark.parametrize("what", ["next", "skip"])
def test_what_is_out_on_one_account_is_not_the_next_question(two: Two, what: str) -> None:
    two.run("2026-12-01 20:02")
    two.seeds_refuse(until="2026-12-01 20:30")
    two.run("2026-12-01 20:08")  # Q1 is out on gardenbot since 20:03

    assert two.command(what).question == "q2"


def test_next_goes_on_although_a_second_account_fails(two: Two) -> None:
    two.run("2026-12-01 20:05")
    two.seeds_refuse(until="2026-12-01 20:30")
    two.command("next")  # Q2: out on gardenbot
    two.run("2026-12-01 20:10")
    again = two.command("next")

    assert (again.question, again.result) == ("q3", "done")


def test_a_question_on_its_way_everywhere_is_not_called_twice(two: Two) -> None:
    two.run("2026-12-01 20:05")
    two.command("next")

    assert two.command("next").result == "already"


def test_an_account_that_lags_behind_asks_in_order_and_leaves_out_nothing(two: Two) -> None:
    two.run("2026-12-01 20:02")
    two.seeds_refuse(until="2026-12-01 20:10")
    two.run("2026-12-01 20:08")
    two.command("next")
    two.run("2026-12-01 20:09")
    assert (asked(two.garden), asked(two.seeds)) == (["Q1", "Q2"], [])
    two.run(END)

    assert asked(two.garden) == asked(two.seeds) == ["Q1", "Q2", "Q3"]


def test_a_question_dropped_while_an_account_lags_behind_is_dropped_there_too(two: Two) -> None:
    two.run("2026-12-01 20:02")
    two.seeds_refuse(until="2026-12-01 20:10")
    two.run("2026-12-01 20:08")
    two.command("skip")
    two.run(END)

    assert asked(two.garden) == asked(two.seeds) == ["Q1", "Q3"]


def test_when_nothing_else_is_left_next_means_what_lags_behind(two: Two) -> None:
    two.run("2026-12-01 20:20")
    two.seeds_refuse(until="2026-12-01 20:30")
    two.run("2026-12-01 20:26")  # all is out on gardenbot, and Q3 waits on seedbot

    assert (two.command("next").question, two.command("next").result) == ("q3", "already")
    two.run("2026-12-01 20:31")
    assert asked(two.seeds) == ["Q1", "Q2", "Q3"]


# one word to both accounts


def test_one_private_skip_to_both_accounts_drops_one_question(two: Two) -> None:
    two.run("2026-12-01 20:05")
    two.both_hear("@ana@a.test", "skip")

    assert two.skipped() == {"q2"}
    assert len(two.answers()) == 1


def test_one_private_next_to_both_accounts_calls_one_question(two: Two) -> None:
    two.run("2026-12-01 20:05")
    said = two.says("@ana@a.test", "next")
    two.hear(said, two.garden)
    two.run("2026-12-01 20:06")
    two.hear(said, two.seeds)
    two.run("2026-12-01 20:07")

    assert asked(two.garden) == asked(two.seeds) == ["Q1", "Q2"]


def test_a_word_of_a_person_that_was_read_late_on_the_other_server_is_passed_by(two: Two) -> None:
    before = two.says("@cleo@c.test", "forget me")
    two.hear(before, two.garden)
    two.hear(two.says("@cleo@c.test", "start"), two.garden)
    two.hear(before, two.seeds)

    assert two.obeyed == ["forget", "start"]
    assert len(two.answers()) == 2


def test_a_word_that_one_account_only_helps_with_is_obeyed_by_the_other(two: Two) -> None:
    series = replace(a_series(), id="seedchat", name="Seed Chat", hashtags=("SeedChat",), accounts=("seedbot",))
    with two.store.write() as conn:  # from now on, garden chat is on gardenbot alone
        chats.save_series(conn, a_series(), file=None, file_hash=None, now=two.clock())
        chats.save_series(conn, replace(series, hosts=()), file=None, file_hash=None, now=two.clock())
    two.run("2026-12-01 20:05")
    said = two.says("@ana@a.test", "skip")
    two.hear(said, two.seeds)  # where Ana is no host
    assert two.skipped() == set()
    two.hear(said, two.garden)

    assert two.skipped() == {"q2"}


# what hosts are told


def test_hosts_are_told_on_which_account_a_question_did_not_go_out(two: Two, tmp_path: Path) -> None:
    config = Config(tmp_path / "c.toml", "", Archive(tmp_path), {}, tmp_path, tmp_path)
    teller = Teller(two.store, config, Timing(), two.clock, Ways())
    teller.tell()
    two.run("2026-12-01 20:02")
    two.seeds.next_publish(refuses=Rejected("No."))
    two.run("2026-12-01 20:05")
    teller.tell()

    told = [row.draft.text for row in two.rows() if row.kind == outbox.NOTICE and "Q1" in row.draft.text]
    assert [text[:59] for text in told] == ["Q1 of Garden Chat on seedbot, due 20:03, did not go out and"]
