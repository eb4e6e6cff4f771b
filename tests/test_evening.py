"""The whole of `run` in this process, on the real clock shrunk to seconds, with a network in memory."""

from __future__ import annotations

import dataclasses
import io
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from chatbot import evening, health, logs, wiring
from chatbot.config import Account, Archive, Config, Notify
from chatbot.core.model import Visibility
from chatbot.core.nights import timetable
from chatbot.core.plan import Chat, Person, Question, Series
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.platforms.errors import NotSignedIn, Unavailable
from chatbot.store import chats, outbox
from chatbot.store.engine import Store
from tests.fakes import FakePlatform
from tests.loopback import Loopback


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


QUICK = Timing().scaled(
    1 / 1000,
    tick=seconds(0.05),
    claim_ahead=seconds(0.1),
    request_deadline=seconds(1),
    lease=seconds(5),
    settle_after=seconds(0.3),
    between_looks=seconds(0.1),
    mentions_every=seconds(0.1),
    collect_every=seconds(0.1),
    retry_after=seconds(0.05),
    window_before=seconds(30),
    overlap=seconds(30),
    grace_question=seconds(20),
    grace_other=seconds(20),
    grace_welcome=seconds(20),
    grace_notice=seconds(60),
    between_questions=seconds(0.2),
    unknown_holds_up=seconds(10),  # of a busy machine no question is to overtake another
    past_the_end=seconds(10),
    welcome_before=seconds(0.1),
    so_far_before=seconds(0.05),
    first_question_after=seconds(1),
    first_of_few_after=seconds(1),
    command_valid=seconds(30),
    late_told_after=seconds(30),
    late_after=seconds(20),
    stale_after=seconds(30),
    overdue_limit=seconds(30),
)
SERIES = Series(
    "gardenchat", "GardenChat", ("GardenChat",), "UTC", ("gardenbot",), (Person("Ana", "ana@a.test"),), operator="Ana"
)


@dataclass
class Night:
    """A chat that begins at once, its network, and the program when it runs."""

    parts: wiring.Parts
    garden: FakePlatform
    chat: Chat

    def texts(self) -> list[str]:
        return [draft.text for _key, draft in list(self.garden.published)]

    def asked(self) -> list[str]:
        return [text.partition("\n")[0] for text in self.texts() if text.startswith("Q")]

    def privately(self, text: str) -> None:
        self.garden.post("@ana@a.test", f"@gardenbot@a.test {text}", visibility=Visibility.DIRECT)

    def start(self) -> Callable[[], None]:
        parts = dataclasses.replace(self.parts, stopped=threading.Event())
        thread = threading.Thread(target=evening.run, args=(parts,))
        thread.start()

        def end() -> None:
            parts.stopped.set()
            thread.join(timeout=20)
            assert not thread.is_alive()

        return end


def come(what: Callable[[], object], within: float = 15) -> None:
    give_up = time.monotonic() + within
    while not what():
        assert time.monotonic() < give_up, "it did not come"
        time.sleep(0.02)


@pytest.fixture
def night(store: Store, tmp_path: Path) -> Night:
    now = wiring.now()
    garden = FakePlatform(wiring.now)  # type: ignore[arg-type]
    questions = tuple(Question(f"q{n}", n, f"Question {n}?", at=now + seconds(n)) for n in (1, 2, 3))
    chat = Chat(
        "gardenchat-x",
        "gardenchat",
        now,
        now + seconds(30),
        now + timedelta(days=7),
        "Compost",
        questions,
        ready=True,
        hashtags=("GardenChat",),
    )
    state = tmp_path / "state"
    state.mkdir()
    accounts = {"gardenbot": Account("gardenbot", "mastodon", "https://a.test")}
    config = Config(
        tmp_path / "c.toml", "", Archive(tmp_path / "archive"), accounts, tmp_path / "chats", state, timing=QUICK
    )
    with store.write() as conn:
        chats.save_series(conn, SERIES, file=None, file_hash=None, now=now)
        chats.save_chat(conn, chat, state="ready", file=None, file_hash=None, now=now)
        outbox.replace_unsent(conn, chat.id, timetable.run_sheet(SERIES, chat, QUICK), SERIES.accounts, now)
    return Night(wiring.Parts(config, store, _platforms={"gardenbot": garden}), garden, chat)


def test_a_night_runs_is_held_goes_on_and_survives_a_restart(night: Night) -> None:
    end = night.start()
    come(lambda: night.asked() == ["Q1 Question 1?"])
    night.privately("pause")
    come(lambda: any("Nothing goes out until" in text for text in night.texts()))
    held = night.asked()
    time.sleep(1.5)
    assert night.asked() == held
    end()

    end = night.start()
    night.privately("Resume!")
    come(lambda: len(night.asked()) == 3)
    while_it_runs = health.check(night.parts.config.state)
    end()

    assert night.asked() == ["Q1 Question 1?", "Q2 Question 2?", "Q3 Question 3?"]
    assert while_it_runs.is_healthy
    assert health.check(night.parts.config.state).says.startswith("Not running: it was ended ")


def test_what_people_answer_is_read_and_their_word_is_heard(night: Night) -> None:
    end = night.start()
    come(night.asked)
    night.garden.post("@eve@e.test", "A1 Clay #GardenChat")
    night.garden.post("@bo@b.test", "@gardenbot@a.test forget me")
    come(lambda: any(text.startswith("@bo@b.test You are forgotten") for text in night.texts()))

    def stored() -> int:
        with night.parts.store.read() as conn:
            return conn.exec_driver_sql("SELECT count(*) FROM post WHERE uri LIKE '%e.test%'").scalar_one()

    come(stored)
    come(lambda: b"bo@b.test" not in _bytes(night.parts.store))
    end()


def test_a_server_that_is_away_at_the_start_is_waited_for(night: Night) -> None:
    for _ in range(3):
        night.garden.next_read("me", Unavailable("no network"))
        night.garden.next_read("own_posts", Unavailable("no network"))
        night.garden.next_read("mentions", Unavailable("no network"))
    end = night.start()
    come(night.asked)
    end()


def test_a_refused_token_ends_the_program_with_the_reason(night: Night) -> None:
    for _ in range(50):
        night.garden.next_read("me", NotSignedIn("The token is not valid any more."))

    with pytest.raises(NotSignedIn) as raised:
        evening.run(night.parts)

    assert "gardenbot: The token is not valid any more. Run `chatbot login gardenbot`" in str(raised.value)


def test_once_posts_what_is_due_and_ends(night: Night) -> None:
    failures = evening.run_once(night.parts)

    assert failures == 0
    assert health.read(night.parts.config.state) is not None


def _bytes(store: Store) -> bytes:
    assert store.path is not None
    return b"".join(path.read_bytes() for path in store.path.parent.glob("chat.db*"))


# its log


@pytest.fixture
def log(night: Night) -> Iterator[io.StringIO]:
    """Everything that `run` would write to its log."""
    root = logging.getLogger()
    named = [root, *map(logging.getLogger, ("chatbot", *logs.QUIET))]
    handlers, levels = root.handlers[:], [logger.level for logger in named]
    stream = io.StringIO()
    logs.set_up(night.parts.config, stream=stream)
    yield stream
    root.handlers[:] = handlers
    for logger, level in zip(named, levels, strict=True):
        logger.setLevel(level)


def shorten(night: Night, seconds_long: float) -> None:
    """Let the chat end soon, and be published without anybody's word."""
    settings = replace(night.chat.settings, publish="automatic")
    chat = replace(night.chat, ends_at=night.chat.starts_at + seconds(seconds_long), settings=settings)
    now = wiring.now()
    with night.parts.store.write() as conn:
        chats.save_chat(conn, chat, state="ready", file=None, file_hash=None, now=now)
        sheet = timetable.run_sheet(SERIES, chat, QUICK)
        outbox.replace_unsent(conn, chat.id, sheet, SERIES.accounts, now)


def in_order(wanted: Sequence[str], lines: Sequence[str]) -> list[str]:
    """Return those of the wanted words that do not follow one another in these lines."""
    rest = iter(lines)
    return [words for words in wanted if not any(words in line for line in rest)]


def test_grep_for_a_chat_tells_its_whole_story_and_nobodys_words(night: Night, log: io.StringIO) -> None:
    shorten(night, 5)
    night.garden.next_publish(loses_the_answer=True)
    night.garden.next_read("tag_timeline", Unavailable("The server did not answer."))
    night.garden.silenced = True  # for its first post: of that hosts are told
    end = night.start()
    come(lambda: night.garden.published)
    night.garden.silenced = False
    come(night.asked)
    night.garden.post("@eve@e.test", "A1 Clay and worms #GardenChat")
    night.garden.post("@bo@b.test", "#GardenChat is what my neighbour says")
    night.privately("pause")
    come(lambda: "command=pause" in log.getvalue())
    night.privately("resume")
    come(lambda: 'event="edition written"' in log.getvalue(), within=30)
    end()

    told = log.getvalue()
    story = [line for line in told.splitlines() if "chat=gardenchat-x" in line]
    assert (
        in_order(
            [
                'event="taken up" chat=gardenchat-x state=ready',
                "event=posted",
                "kind=question question=q1",
                'event="command answered" chat=gardenchat-x command=pause',
                'event="command answered" chat=gardenchat-x command=resume',
                "kind=question question=q3",
                'event="edition written" chat=gardenchat-x',
            ],
            story,
        )
        == []
    )
    for event in ('"outcome unknown"', "found", '"reading failed"', '"reading recovered"', "collected", "told", "sent"):
        assert any(f"event={event} " in line for line in story), event
    written = next(line for line in story if 'event="edition written"' in line)
    assert "answers=1" in written
    assert "queued=1" in written
    assert [word for word in ("@", "a.test", "e.test", "https:", "Clay", "neighbour", "Question") if word in told] == []


def test_a_line_about_no_chat_names_none_and_each_other_one_its_own(night: Night, log: io.StringIO) -> None:
    end = night.start()
    come(lambda: len(night.asked()) == 3)
    end()

    of_the_house = ("event=started", "event=ended", 'event="signed in"')
    without = [line for line in log.getvalue().splitlines() if " chat=" not in line]
    assert [line for line in without if not any(event in line for event in of_the_house)] == []


# its heart-beat, and what status can see of it


def test_somebody_else_hears_that_all_is_well_until_a_post_is_overdue(night: Night) -> None:
    with Loopback() as monitor:
        settings = dataclasses.replace(night.parts.config, notify=Notify(heartbeat=monitor.url("/check")))
        hasty = replace(QUICK, overdue_limit=seconds(0.3), heartbeat_every=seconds(0.1))
        night.parts = dataclasses.replace(night.parts, config=dataclasses.replace(settings, timing=hasty))
        for _ in range(2000):
            night.garden.next_read("own_posts", Unavailable("no network"))  # so that nothing can be sent
        end = night.start()
        come(lambda: not health.check(settings.state).is_healthy)
        time.sleep(0.3)
        heard = len(monitor.asked)
        time.sleep(1)
        silent = len(monitor.asked)
        end()

    assert silent == heard
    beat = health.read(settings.state)
    assert beat is not None
    assert beat.since is not None
    assert beat.overdue_since is not None


def test_a_heart_beats_while_the_evening_goes_well(night: Night) -> None:
    with Loopback() as monitor:
        settings = dataclasses.replace(night.parts.config, notify=Notify(heartbeat=monitor.url("/check")))
        night.parts = dataclasses.replace(night.parts, config=settings)
        end = night.start()
        come(lambda: len(monitor.asked) >= 3)
        end()

    assert {(asked.method, asked.path) for asked in monitor.asked} == {("GET", "/check")}
