"""A chat's night in memory: the run sheet of a garden chat, its lane, and a clock that jumps to what comes next.

night = Night(store, clock, garden).plan(questions=3)
night.run("2026-12-01 21:30")
assert night.asked() == ["Q1", "Q2", "Q3"]
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from chatbot.core.model import Cue, CueKind, DeliveryState, Draft, Lateness, Post, Visibility
from chatbot.core.nights import wording
from chatbot.core.plan import Chat, Person, Question, Series
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.stages.deliver import Done, Lane
from chatbot.stages.deliver.desk import Mail
from chatbot.store import chats, outbox
from chatbot.store.engine import Store
from chatbot.store.rows import Row
from tests.fakes import FakePlatform, FixedClock

CHAT = "gardenchat-2026-12-01"
START = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)
TEXTS = (
    "What grew well?",
    "What ate your beans?",
    "Which tool do you love?",
    "Who taught you?",
    "Any frost?",
    "Plans?",
)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def a_series() -> Series:
    return Series(
        id="gardenchat",
        name="Garden Chat",
        hashtags=("GardenChat",),
        zone="Europe/Lisbon",
        accounts=("gardenbot",),
        hosts=(Person("Ana", "ana@a.test"),),
        operator="Ana",
    )


def a_chat(questions: int = 3, start: datetime = START) -> Chat:
    return Chat(
        id=CHAT,
        series="gardenchat",
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        late_until=start + timedelta(days=7),
        theme="Winter",
        questions=tuple(Question(f"q{n}", n, TEXTS[n - 1]) for n in range(1, questions + 1)),
        ready=True,
        hashtags=("GardenChat",),
    )


def a_cue(kind: CueKind, at: datetime, text: str, *, question: str | None = None, **changes: object) -> Cue:
    made = Cue(
        key=f"{CHAT}/{kind.value}/{question or ''}/1",
        chat=CHAT,
        kind=kind,
        due_at=at,
        draft=Draft(text, language="en"),
        grace=timedelta(minutes=15),
        lateness=Lateness.POST_LATE,
        question=question,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def run_sheet(chat: Chat, first: int = 3, every: float = 9) -> list[Cue]:
    """Welcome, "Tonight so far", the questions, thanks."""
    welcome = a_cue(CueKind.WELCOME, chat.starts_at - timedelta(minutes=5), "Welcome to #GardenChat! Ana runs this.")
    quiet = Draft(wording.so_far(a_series(), chat, []), Visibility.UNLISTED)
    so_far = a_cue(CueKind.SO_FAR, chat.starts_at - timedelta(minutes=2), "", draft=quiet, reply_to=welcome.key)
    asked = [
        a_cue(
            CueKind.QUESTION,
            chat.starts_at + timedelta(minutes=first + every * index),
            f"Q{question.number} {question.text} Answer with A{question.number} #GardenChat",
            question=question.id,
        )
        for index, question in enumerate(chat.questions)
    ]
    thanks = a_cue(CueKind.THANKS, chat.ends_at, "Thank you all! #GardenChat", reply_to=welcome.key)
    return [welcome, so_far, *asked, thanks]


class Night:
    """One chat on one account; `lane` is the process, made anew by `restart`."""

    def __init__(self, store: Store, clock: FixedClock, garden: FakePlatform, timing: Timing | None = None) -> None:
        self.store = store
        self.clock = clock
        self.garden = garden
        self.timing = timing or Timing()
        self.lane = self.restart()

    def plan(self, questions: int = 3, cues: Sequence[Cue] | None = None, every: float = 9) -> Night:
        chat = a_chat(questions)
        with self.store.write() as conn:
            now = self.clock()
            chats.save_series(conn, a_series(), file=None, file_hash=None, now=now)
            chats.save_chat(conn, chat, state="ready", file=None, file_hash=None, now=now)
            outbox.replace_unsent(conn, CHAT, cues or run_sheet(chat, every=every), [self.garden.name], now)
        return self

    def restart(self, platform: FakePlatform | Mail | None = None) -> Lane:
        clock = self.clock
        network = platform or self.garden
        self.lane = Lane(self.store, network, self.timing, clock, clock.sleep, clock.monotonic, "test")
        return self.lane

    def run(self, until: str | datetime, steps: int = 3000) -> list[Done]:
        """Step the lane until then, jumping over the time in which nothing happens."""
        end = instant(until) if isinstance(until, str) else until
        happened = []
        for _ in range(steps):
            if self.clock() >= end:
                return happened
            done = self.lane.step()
            if done is not None:
                happened.append(done)
            else:
                self.clock.to(min(end, self._next()))
        raise AssertionError("the lane never came to rest")

    def _next(self) -> datetime:
        now = self.clock()
        with self.store.read() as conn:
            moving = outbox.in_state(conn, self.garden.name, DeliveryState.SENDING, DeliveryState.UNKNOWN)
            waiting = outbox.in_state(conn, self.garden.name, DeliveryState.WAITING)
            watched = outbox.to_watch(conn, self.garden.name)
        if any(row.due_at <= now for row in waiting):
            return now + timedelta(seconds=5)
        if moving:
            return now + timedelta(seconds=10)
        ahead = [row.due_at - timedelta(seconds=1) for row in waiting if row.due_at > now]
        nap = timedelta(seconds=30) if watched else timedelta(minutes=10)
        return max(min([*ahead, now + nap]), now + timedelta(milliseconds=500))

    # what came of it

    def rows(self) -> list[Row]:
        with self.store.read() as conn:
            return outbox.of_chat(conn, CHAT)

    def row(self, place: str) -> Row:
        """Find a row by its question's id, or by its kind."""
        return next(row for row in self.rows() if place in (row.question, row.kind))

    def states(self) -> dict[str, str]:
        return {row.question or row.kind: row.state.value for row in self.rows() if row.is_cue}

    def own(self) -> list[Post]:
        """Return the bot's posts as the server has them, in order."""
        mine = [post for post in self.garden.posts.values() if post.author.uri == self.garden.account.uri]
        return sorted(mine, key=lambda post: (post.at, int(post.local_id)))

    def asked(self) -> list[str]:
        """Return the first word of each question that is visible, in order."""
        return [word for post in self.own() if (word := post.spans[0].text.split()[0]).startswith("Q")]

    def told(self) -> list[str]:
        """Return what the audit log says, in order."""
        from chatbot.store import tables

        with self.store.read() as conn:
            return [row.event for row in conn.execute(tables.audit.select().order_by(tables.audit.c.id))]
