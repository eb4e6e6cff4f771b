"""A whole evening: the same program as `chatbot run`, on the real clock, with its hours shrunk to seconds."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

from chatbot import evening, logs, wiring
from chatbot.config import Config, load
from chatbot.core.files import planfile
from chatbot.core.model import DecisionKind
from chatbot.core.plan import Chat
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.demo import board, promises, show
from chatbot.demo.community import Community
from chatbot.demo.people import BOT, BY_USER, HOST
from chatbot.demo.script import QUESTIONS
from chatbot.demo.server import DemoServer
from chatbot.stages import moderate, planning, publish
from chatbot.store import chats, outbox, records
from chatbot.store.engine import Store, open_store

# The evening in shares of its length; an hour of chat becomes 34 of 60 seconds.
STARTS, LENGTH, LATE_UNTIL, FIRST, LAST = 7 / 60, 34 / 60, 50 / 60, 1 / 60, 6 / 60


@dataclasses.dataclass(frozen=True, slots=True)
class Night:
    """How long the demo takes, and where its files go."""

    seconds: float
    folder: Path

    def part(self, share: float, at_least: float = 0.0) -> timedelta:
        """Turn a share of the night into a duration."""
        return timedelta(seconds=max(self.seconds * share, at_least))

    @property
    def spacing(self) -> timedelta:
        """The time between two questions."""
        return self.part((LENGTH - FIRST - LAST) / (len(QUESTIONS) - 1))

    @property
    def timing(self) -> Timing:
        """Every duration of the program, shrunk; what depends on the machine and not on the clock has a floor."""
        deadline = self.part(1.2 / 60, 0.8)
        return Timing().scaled(
            self.seconds * LENGTH / 3600,
            tick=timedelta(seconds=0.2),
            claim_ahead=timedelta(seconds=0.3),
            request_deadline=deadline,
            settle_after=deadline * 2,
            between_looks=timedelta(seconds=0.3),
            lease=deadline * 6,
            retry_after=timedelta(seconds=0.3),
            unknown_holds_up=self.part(4 / 60, 3),
            between_questions=self.part(2 / 60),
            past_the_end=self.part(4 / 60),
            grace_question=self.part(9 / 60, 6),
            announcement_before=self.part(6 / 60),
            reminder_before=self.part(5 / 60),
            welcome_before=self.part(3 / 60),
            so_far_before=self.part(1.5 / 60),
            first_question_after=self.part(FIRST),
            first_of_few_after=self.part(FIRST),
            last_question_before_end=self.part(LAST),
            collect_every=self.part(1.2 / 60, 0.5),
            collect_every_late=self.part(1.5 / 60, 0.5),
            mentions_every=timedelta(seconds=0.7),
            gone_confirmed_after=self.part(1.5 / 60, 0.5),
            edition_after=self.part(4 / 60),
            command_valid=Timing().command_valid,
            stale_after=Timing().stale_after,
            stream_silence=timedelta(seconds=10),
            stream_backoff=timedelta(seconds=0.5),
            backoff_limit=timedelta(seconds=3),
        )


def stamp() -> str:
    """Name this moment, for a folder."""
    return f"{wiring.now():%Y-%m-%d-%H%M%S}"


def page(folder: Path) -> Path:
    """Find the page of the chat."""
    return next((folder / "archive").rglob("transcript.json")).parent / "index.html"


def run(folder: Path, seconds: float) -> bool:
    """Run the evening and its checks; returns whether every promise was kept."""
    night = Night(seconds, folder)
    with DemoServer() as server:
        config = _settings(night, server.url)
        parts = wiring.Parts(config, open_store(config.database))
        try:
            with (folder / "chatbot.log").open("w", encoding="utf-8") as log:
                logs.set_up(config, stream=log)
                seen = _live(night, server, parts)
                made_again = promises.made_again(
                    folder, lambda: publish.write(parts.store, config, None, parts.clock())
                )
        finally:
            parts.close()
        checks, told = [*promises.check(seen), made_again], promises.accounts(seen)
        odd = promises.unexpected(seen)
    show.closing(told, checks, odd)
    return all(check.kept for check in checks) and all(account.as_expected for account in told) and not odd


def _live(night: Night, server: DemoServer, parts: wiring.Parts) -> promises.Evening:
    chat = _plan(night, parts)
    server.weather.ahead[QUESTIONS[1]] = ("lose the answer", timedelta())
    server.weather.ahead[QUESTIONS[3]] = ("slow", night.timing.request_deadline * 1.3)
    community = Community(server.url, night.spacing.total_seconds(), host_leaves_out=_rosa(parts))
    stopped, over = parts.stopped, parts.clock() + night.part(1)
    with ThreadPoolExecutor(2) as at_work:
        people = at_work.submit(community.run, stopped)
        bot = at_work.submit(evening.run, parts)
        try:
            with show.best_show() as screen:
                while parts.clock() < over and not _is_over(parts.store, chat, community):
                    screen.update(_board(parts, chat))
                    stopped.wait(0.3)
                screen.update(_board(parts, chat))
        finally:
            stopped.set()
    people.result()
    bot.result()
    return promises.Evening(server.url, community, night.folder)


def _settings(night: Night, server: str) -> Config:
    """Write the same files a host would write, and read them as `run` does."""
    folder = night.folder
    (folder / "chats").mkdir(parents=True, exist_ok=True)
    (folder / "state").mkdir(mode=0o700, exist_ok=True)
    token = folder / "state" / f"{BOT}.token"
    with os.fdopen(os.open(token, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(BY_USER[BOT].token + "\n")
    (folder / "chatbot.toml").write_text(SETTINGS.format(server=server), "utf-8")
    return dataclasses.replace(load(str(folder / "chatbot.toml")), timing=night.timing)


def _plan(night: Night, parts: wiring.Parts) -> Chat:
    """Write the plan as a host would, read it as `plan apply` does, and move the chat to now."""
    now = parts.clock()
    questions = "".join(f'\n[[chat.question]]\ntext = "{text}"\n' for text in QUESTIONS)
    text = PLAN.format(date=f"{now:%Y-%m-%d}", questions=questions)
    (night.folder / "chats" / "gardenchat.toml").write_text(text, "utf-8")
    plan = planfile.read_plan(text, "gardenchat.toml", {}, now)
    assert plan.series is not None
    chat = _moved_to_now(night, plan.chats[0], now)
    with parts.store.write() as conn:
        chats.save_series(conn, plan.series, file=None, file_hash=None, now=now)
        chats.save_chat(conn, chat, state="ready", file=None, file_hash=None, now=now)
    planning.refresh(parts.store, chat.id, night.timing, now)
    return chat


def _moved_to_now(night: Night, chat: Chat, now: datetime) -> Chat:
    starts = now + night.part(STARTS)
    return replace(
        chat,
        starts_at=starts,
        ends_at=starts + night.part(LENGTH),
        late_until=now + night.part(LATE_UNTIL),
        is_past=False,
    )


def _rosa(parts: wiring.Parts) -> Callable[[str], None]:
    """Rosa at her desk: she leaves a post out, as `chatbot leave-out` does."""
    order = moderate.Order(DecisionKind.LEAVE_OUT, by=BY_USER[HOST].name, reason="advertising")

    def leave_out(address: str) -> None:
        moderate.decide(parts.store, [parts.platform(BOT)], address, order, parts.clock())

    return leave_out


def _is_over(store: Store, chat: Chat, community: Community) -> bool:
    with store.read() as conn:
        stored = chats.find(conn, chat.id)
    return stored is not None and stored.final_at is not None and not community.left


def _board(parts: wiring.Parts, chat: Chat) -> board.Board:
    with parts.store.read() as conn:
        record = records.load(conn, chat.id)
        due = [row.due_at for row in outbox.of_chat(conn, chat.id)]
    return board.read(record, parts.clock(), due)


SETTINGS = """\
# The settings of the demo, as `chatbot init` would write them.
database = "sqlite:///chatbot.db"
chats = "chats"
state = "state"

[archive]
title = "Garden Chat archive"
folder = "archive"
public_url = "https://gardenchat.example"

[accounts.gardenbot]
server = "{server}"
token_file = "state/gardenbot.token"

[[people]]
name = "Rosa Field"
account = "rosa@mock.local"
"""

PLAN = """\
# The plan of the demo: a series, and its chat of tonight. Its hour was shrunk to seconds when it was applied.
[series]
name = "Garden Chat"
short_name = "gardenchat"
hashtags = ["GardenChat"]
zone = "UTC"
start = "20:00"
accounts = ["gardenbot"]
operator = "Rosa Field"
contact = "rosa@mock.local"

[[series.host]]
name = "Rosa Field"
account = "rosa@mock.local"

[series.defaults]
publish = "automatic"

[[chat]]
theme = "A garden through the winter"
date = "{date}"
ready = true
framing = "The beds are bare and the catalogues have not come yet: the best month to talk about what lasts."

[[chat.guest]]
name = "Ibrahim Haddad"
account = "ibrahim@olive.example"
introduction = "Ibrahim grows citrus where he should not, and writes about it."

[[chat.reading]]
title = "A year of moss"
url = "https://moss.example/year"
{questions}"""
