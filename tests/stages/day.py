"""Eight communities on eight servers, and one program that serves them for a day, stepped by hand.

day = Day(tmp_path)
day.until("2026-12-01 12:00")
assert day.is_complete(3)
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chatbot import wiring
from chatbot.config import Account, Archive, Config
from chatbot.core.model import Post, Visibility
from chatbot.core.nights import timetable
from chatbot.core.plan import Chat, Defaults, Person, Question, Series
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.evening import Evening
from chatbot.stages.schedule import Guard
from chatbot.store import chats, outbox, posts, tables
from chatbot.store.engine import open_store
from tests.fakes import FakePlatform, FixedClock
from tests.machine.computer import Computer

DAWN = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)
HOURS = (9, 9, 9, 9, 19, 19, 19, 19)  # at which the chats begin
QUESTIONS, PEOPLE, ANSWERS = 3, 12, 40
LIVE, QUIET = timedelta(minutes=6), timedelta(minutes=45)  # between two steps
TIMING = replace(Timing(), collect_every=LIVE / 2)


@dataclass
class Community:
    """A series, its chat, its account, and what people will have said by the end of the day, in order."""

    number: int
    series: Series
    chat: Chat
    server: FakePlatform
    to_come: list[Post] = field(default_factory=list)

    def answer(self, said: random.Random) -> None:
        """Think of everything that people will post; none of it is there yet."""
        for nth in range(ANSWERS):
            who = f"@p{said.randrange(PEOPLE)}@far{said.randrange(3)}.test"
            at = self.chat.starts_at + timedelta(minutes=6 + 60 * nth / ANSWERS)
            text = f"A{1 + nth * QUESTIONS // ANSWERS} It grows, {nth} of them! #{self.chat.hashtags[0]}"
            post = self.server.post(who, text, at=at)
            del self.server.posts[post.local_id]
            self.to_come.append(post)

    def said_by(self, now: datetime) -> None:
        """Let those posts be there whose time has come."""
        while self.to_come and self.to_come[0].at <= now:
            post = self.to_come.pop(0)
            self.server.posts[post.local_id] = post


class Day:
    """The program with its clock; `until` lets time pass."""

    def __init__(self, folder: Path) -> None:
        self.computer = Computer(FixedClock(DAWN))
        self.communities = [self._community(number, hour) for number, hour in enumerate(HOURS)]
        state = folder / "state"
        state.mkdir()
        accounts = {
            c.server.name: Account(c.server.name, "mastodon", f"https://{c.server.server}") for c in self.communities
        }
        config = Config(
            file=folder / "chatbot.toml",
            database="sqlite:///:memory:",
            archive=Archive(folder / "archive", public_url="https://chats.test"),
            accounts=accounts,
            chats=folder / "chats",
            state=state,
            timing=TIMING,
        )
        self.store = open_store(config.database)
        self._plan()
        computer = self.computer
        self.parts = wiring.Parts(
            config,
            self.store,
            computer.wall,
            sleep=computer.sleep,
            monotonic=computer.monotonic,
            _platforms={c.server.name: c.server for c in self.communities},
        )
        self.evening = Evening(self.parts, wiring.collector(self.parts))
        self.work = self.evening.work()
        self.guard = Guard(TIMING, computer.monotonic)
        self._done_at: dict[str, float] = {}

    def _community(self, number: int, hour: int) -> Community:
        name, tag = f"bot{number}", f"Chat{number}"
        people = (Person("Ana", f"ana@s{number}.test"),)
        usual = Defaults(publish="automatic")
        series = Series(f"chat{number}", tag, (tag,), "UTC", (name,), people, operator="Ana", defaults=usual)
        starts = DAWN.replace(hour=hour)
        asked = tuple(Question(f"q{n}", n, f"Question {n}?") for n in range(1, QUESTIONS + 1))
        chat = Chat(
            id=f"chat{number}-2026-12-01",
            series=series.id,
            starts_at=starts,
            ends_at=starts + timedelta(hours=1),
            late_until=starts + timedelta(days=7),
            theme="Winter",
            questions=asked,
            ready=True,
            hashtags=(tag,),
            settings=usual,
        )
        community = Community(number, series, chat, FakePlatform(self.computer.time, name, f"s{number}.test"))
        community.answer(random.Random(number))
        return community

    def _plan(self) -> None:
        now = self.computer.wall()
        with self.store.write() as conn:
            for one in self.communities:
                chats.save_series(conn, one.series, file=None, file_hash=None, now=now)
                chats.save_chat(conn, one.chat, state="ready", file=None, file_hash=None, now=now)
                sheet = timetable.run_sheet(one.series, one.chat, TIMING)
                outbox.replace_unsent(conn, one.chat.id, sheet, one.series.accounts, now)

    # time

    def until(self, at: str) -> int:
        """Let the program do its work until then; returns how many steps that took."""
        end, steps = datetime.fromisoformat(at).replace(tzinfo=UTC), 0
        while self.computer.time() < end:
            self.step()
            self.computer.pass_by(min(self._until_next(), (end - self.computer.time()).total_seconds()))
            steps += 1
        return steps

    def step(self) -> None:
        """Do what one tick of the clock does, and let each lane work until it rests."""
        for one in self.communities:
            one.said_by(self.computer.time())
        for name, lane in self.work.lanes.items():
            while not self.guard.rest(f"lane/{name}") and self.guard.run(f"lane/{name}", lane) is not None:
                pass
        for chat in self.guard.run("due", self.work.due_chats) or ():
            self.guard.run(f"collect/{chat}", lambda chat=chat: self.work.collect(chat))  # type: ignore[misc]
        now = self.computer.monotonic()
        for chore in (*self.work.words, *self.work.chores, *self.work.errands):
            if now - self._done_at.get(chore.name, float("-inf")) >= chore.every.total_seconds():
                self.guard.run(chore.name, chore.do)
                self._done_at[chore.name] = now
        self.guard.run("beat", lambda: self.work.beat(self.guard.failures))

    def _until_next(self) -> float:
        """Return for how many seconds nothing has to be looked at: a step may be as long as a short tea break."""
        now = self.computer.wall()
        is_on = any(abs(now - one.chat.starts_at) < timedelta(minutes=90) for one in self.communities)
        due = self.work.next_due()
        nap = LIVE if is_on else QUIET
        return max((min(now + nap, due or now + nap) - now).total_seconds(), 1)

    # what came of it

    def states(self, community: Community) -> dict[str, str]:
        with self.store.read() as conn:
            rows = outbox.of_chat(conn, community.chat.id)
        return {row.question or row.kind: row.state.value for row in rows if row.is_cue}

    def posted(self, community: Community) -> list[str]:
        """Return what the bot posted publicly, by its first word."""
        own = [post for post in community.server.posts.values() if post.author.uri == community.server.account.uri]
        return [post.spans[0].text.split()[0] for post in own if post.visibility is not Visibility.DIRECT]

    def stored(self, community: Community) -> int:
        """Return how many people's posts are in the database."""
        with self.store.read() as conn:
            found = posts.of_chat(conn, community.chat.id).posts
        return sum(post.author.uri != community.server.account.uri for post in found)

    def sizes(self) -> dict[str, int]:
        """Return how many rows each table has."""
        with self.store.read() as conn:
            names = [table.name for table in tables.metadata.sorted_tables]
            return {name: conn.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in names}

    def address_of(self, community: Community) -> str:
        """Return where the transcript of a chat is read."""
        return f"https://chats.test/{community.series.id}/{community.chat.id}/"

    def editions(self) -> list[str]:
        """Name the chats of which the archive has a page."""
        pages = self.parts.config.archive.folder.rglob("index.html")
        return sorted(page.parent.name for page in pages if page.parent.name.endswith("2026-12-01"))
