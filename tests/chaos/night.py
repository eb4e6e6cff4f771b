"""A night: a server and another, a proxy, a database, a chat of eight questions, and what becomes of it."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chatbot.core.files import planfile
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.stages import planning
from chatbot.store import chats
from chatbot.store.engine import open_store
from tests.chaos import promises
from tests.chaos.faults import Weather
from tests.chaos.folk import Folk
from tests.chaos.killing import STATES, Killer
from tests.chaos.program import TIMING, Program
from tests.chaos.proxy import Proxy, Waits
from tests.servers import MASTODON_4_5, Personality, Server

_STARTS_IN = timedelta(seconds=5)
_CALM = 60.0  # seconds that a night may take to settle once nothing goes wrong any more


@dataclass(frozen=True)
class Size:
    """How much is to happen in a night."""

    kills: int
    questions: int

    @property
    def lasts(self) -> timedelta:
        """How long the chat goes on by its plan."""
        return timedelta(seconds=3 * self.questions)


WHOLE, SHORT = Size(20, 8), Size(8, 3)


def no_kills() -> Counter[str]:
    """Count kills by the state of the cue in hand, beginning with none of each."""
    return Counter(dict.fromkeys(STATES, 0))


@dataclass
class Survived:
    """What a night was put through, or several, added up."""

    kills: Counter[str] = field(default_factory=Counter)  # by what happened just then
    states: Counter[str] = field(default_factory=no_kills)
    faults: Counter[str] = field(default_factory=Counter)
    nights: int = 0
    cues: int = 0
    answers: int = 0
    exchanges: int = 0
    seconds: float = 0.0

    def __add__(self, other: Survived) -> Survived:
        """Add two up."""
        return Survived(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


def spend(kind: Personality, folder: Path, seed: int, size: Size, survived: Survived) -> list[str]:
    """Live through one night and return every promise that was broken."""
    began, chance = time.monotonic(), random.Random(seed)
    weather = Weather(random.Random(chance.random()))
    with Server(kind, "home.test") as home, Server(MASTODON_4_5, "far.test") as far:
        home.follows(far, delay=0.3)
        bot = home.member("gardenbot", bot=True)
        home.settings.own_timeline_lag = timedelta(seconds=chance.choice([0, 0, 0.5]))
        waits = Waits(request=TIMING["settle_after"] * 0.8, answer=TIMING["request_deadline"] * 1.2)
        with Proxy(home.port, weather, waits) as proxy, Folk(home, far, bot, random.Random(chance.random())) as folk:
            home.settings.address = proxy.url
            chat = _planned(folder, proxy.url, bot.token, size)
            program = Program(folder, with_stand_by=chance.random() < 0.5)
            killer = Killer(program, home, random.Random(chance.random()), survived.states)
            try:
                killer.run(size.kills)
                weather.is_calm = True
                _until(lambda: _has_run_to_the_end(program, folder), _CALM)
                folk.fall_silent()
                night = promises.Night(home, far, bot, folk, folder)
                _until(lambda: not promises.unstored(night), _CALM)
            finally:
                program.end()
            _publish(folder, chat)
            survived.exchanges += proxy.exchanges
    survived.kills += killer.by
    survived.faults += weather.seen
    survived.nights += 1
    survived.cues += len(promises.cues(folder))
    survived.answers += len(folk.said)
    survived.seconds += time.monotonic() - began
    return promises.broken(night) + [f"a process ended by itself with {code}" for code in program.ended_by_itself]


def _until(is_so: Callable[[], object], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not is_so() and time.monotonic() < ends:
        time.sleep(0.1)


def _has_run_to_the_end(program: Program, folder: Path) -> bool:
    program.keep_running()
    return _is_over(folder)


def _is_over(folder: Path) -> bool:
    """Whether every cue has come to its end, the announcement of the digest too."""
    every = promises.cues(folder)
    return (
        every[-1].kind == "digest" and not any(cue.state in promises.OPEN for cue in every) and not _is_watched(folder)
    )


def _is_watched(folder: Path) -> bool:
    """Whether doubles are still looked for."""
    with closing(sqlite3.connect(folder / "chatbot.db")) as conn:
        return bool(conn.execute("SELECT count(*) FROM outbox WHERE doubles_until IS NOT NULL").fetchone()[0])


def _publish(folder: Path, chat: str) -> None:
    command = [sys.executable, "-m", "chatbot", "--config", str(folder / "chatbot.toml"), "publish", chat]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "CHATBOT_TIMING": json.dumps(TIMING)})


def _planned(folder: Path, server: str, token: str, size: Size) -> str:
    """Write what a host writes, and plan the chat for now."""
    (folder / "chats").mkdir(parents=True)
    (folder / "state").mkdir(mode=0o700)
    (folder / "state" / "gardenbot.token").write_text(token + "\n")
    (folder / "state" / "gardenbot.token").chmod(0o600)
    (folder / "chatbot.toml").write_text(_SETTINGS.format(server=server), "utf-8")
    now = datetime.now(UTC)
    plan = planfile.read_plan(_PLAN.format(date=f"{now:%Y-%m-%d}"), "gardenchat.toml", {}, now)
    assert plan.series is not None
    starts = now + _STARTS_IN
    chat = replace(
        plan.chats[0],
        questions=plan.chats[0].questions[: size.questions],
        starts_at=starts,
        ends_at=starts + size.lasts,
        late_until=starts + size.lasts + timedelta(minutes=3),
        is_past=False,
    )
    store = open_store(f"sqlite:///{folder / 'chatbot.db'}")
    with store.write() as conn:
        chats.save_series(conn, plan.series, file=None, file_hash=None, now=now)
        chats.save_chat(conn, chat, state="ready", file=None, file_hash=None, now=now)
    planning.refresh(store, chat.id, Timing.in_seconds(TIMING), now)
    store.close()
    return chat.id


_SETTINGS = """\
database = "sqlite:///chatbot.db"
chats = "chats"
state = "state"

[archive]
folder = "archive"
public_url = "https://gardenchat.example"

[accounts.gardenbot]
server = "{server}"
token_file = "state/gardenbot.token"

[[people]]
name = "Rosa Field"
account = "rosa@home.test"
"""

_PLAN = """\
[series]
name = "Garden Chat"
short_name = "gardenchat"
hashtags = ["GardenChat"]
zone = "UTC"
start = "20:00"
accounts = ["gardenbot"]
operator = "Rosa Field"
contact = "rosa@home.test"

[[series.host]]
name = "Rosa Field"
account = "rosa@home.test"

[series.defaults]
publish = "automatic"

[[chat]]
theme = "A garden through the winter"
date = "{date}"
ready = true
""" + "".join(
    f'\n[[chat.question]]\ntext = "{text}"\n'
    for text in (
        "What is still growing in your garden?",
        "What do you cover, and with what?",
        "Which tool would you not lend to anybody?",
        "What did the slugs leave you? See https://slugs.example/a-long-address/about-slugs",
        "Leaves: rake them, or let them lie?",
        "What do you sow first, and when?",
        "Whom do you ask when something ails?",
        "What will you never plant again?",
    )
)
