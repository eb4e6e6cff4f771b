"""`SIGKILL` between any two steps of a real process, run again until all is settled: each post is there once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chatbot.core.model import CueKind
from chatbot.core.value import replace
from chatbot.store import chats, outbox
from chatbot.store.engine import open_store
from tests.kill.worker import ACCOUNT, TOKEN
from tests.servers import GOTOSOCIAL, HANG_UP, Answer, Request, Server
from tests.stages.nights import CHAT, a_chat, a_cue, a_series

ROOT = Path(__file__).parents[2]
LATE = 0.5  # seconds; less than the lane's `settle_after`
TEXTS = ["Welcome, gardeners", "Q1 What grew", "Q2 What ate it", "Q3 Which tool", "Thank you"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(110)]


class Poster:
    """The worker process, started again whenever it was killed."""

    def __init__(self, database: str, server: str) -> None:
        self.command = [sys.executable, "-m", "tests.kill.worker", database, server]
        self.process: subprocess.Popen[bytes] | None = None
        self.deaths = 0

    def kill(self) -> None:
        """End the process now, wherever it is."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)

    def run_until_settled(self, naps: Sequence[float] = ()) -> None:
        """Run it, kill it after each nap, and let the last one finish by itself."""
        remaining = list(naps)
        while True:
            self.process = subprocess.Popen(self.command, cwd=ROOT)
            timer = threading.Timer(remaining.pop(0), self.kill) if remaining else None
            if timer is not None:
                timer.start()
            code = self.process.wait()
            if timer is not None:
                timer.cancel()
            if code == 0:
                return
            assert code == -signal.SIGKILL
            self.deaths += 1


def plan(database: str) -> None:
    """Put a night of five posts into a new database, the first due in two seconds."""
    store = open_store(database)
    now = datetime.now(UTC)
    chat = a_chat(3, start=now + timedelta(seconds=2))
    kinds = [(CueKind.WELCOME, None), *((CueKind.QUESTION, f"q{n}") for n in (1, 2, 3)), (CueKind.THANKS, None)]
    cues = [
        a_cue(kind, chat.starts_at + timedelta(seconds=0.5 * n), text, question=question, grace=timedelta(minutes=5))
        for n, ((kind, question), text) in enumerate(zip(kinds, TEXTS, strict=True))
    ]
    cues[-1] = replace(cues[-1], reply_to=cues[0].key)
    earlier = now - timedelta(hours=1)  # what fails follows a plan that is new, and this one has other words
    with store.write() as conn:
        chats.save_series(conn, replace(a_series(), hosts=()), file=None, file_hash=None, now=earlier)
        chats.save_chat(conn, chat, state="ready", file=None, file_hash=None, now=earlier)
        outbox.replace_unsent(conn, CHAT, cues, [ACCOUNT], now)
    store.close()


class Faults:
    """What each posting meets on the server, one after the other.

    kill-on-arrival     the poster is killed when its request arrives; the request is carried out all the same
    kill-late           the same, and it is carried out only a while later
    kill-refused        the poster is killed when its request arrives; nothing is carried out
    kill-when-stored    the poster is killed when the post is made, before a byte of the answer
    kill-half-answer    the poster is killed in the middle of the answer
    lose                the post is made, the connection is closed without an answer
    lose-late           the same, and the post is made only a while later
    500-after, 500-before    the answer is a 500, the post made or not
    429                 not now
    """

    def __init__(self, server: Server, faults: Sequence[str], kill: Callable[[], None]) -> None:
        self.coming = list(faults)
        self.now = ""
        self.kill = kill
        for moment, do in (
            ("request received", self.arrived),
            ("post stored", self.stored),
            ("answer half sent", self.half_sent),
        ):
            server.when(moment, do, method="POST", path="/api/v1/statuses")

    def arrived(self, _: Request) -> Answer | None:
        self.now = self.coming.pop(0) if self.coming else ""
        if self.now in ("kill-on-arrival", "kill-late", "kill-refused"):
            self.kill()
        if self.now.endswith("late"):
            time.sleep(LATE)
        return {"429": Answer(429), "500-before": Answer(500), "kill-refused": HANG_UP}.get(self.now)

    def stored(self, _: Request) -> Answer | None:
        if self.now == "kill-when-stored":
            self.kill()
        return {"lose": HANG_UP, "lose-late": HANG_UP, "500-after": Answer(500)}.get(self.now)

    def half_sent(self, _: Request) -> Answer | None:
        if self.now == "kill-half-answer":
            self.kill()
        return None


def night(folder: Path, faults: Sequence[str], naps: Sequence[float] = ()) -> tuple[list[str], Poster]:
    """Live through one night with these faults; returns what a visitor sees afterwards, in order."""
    database = f"sqlite:///{folder / 'chat.db'}"
    plan(database)
    with Server(GOTOSOCIAL, "garden.test") as server:
        bot = server.member("bot", token=TOKEN)
        poster = Poster(database, server.url)
        Faults(server, faults, poster.kill)
        poster.run_until_settled(naps)
    store = open_store(database)
    with store.read() as conn:
        rows = outbox.of_chat(conn, CHAT)
    store.close()

    assert {row.state.value for row in rows} == {"sent"}
    assert [row.local_id for row in rows] == [post.local_id for post in server.posts_of(bot)]
    return [post.text for post in server.posts_of(bot)], poster


@pytest.mark.parametrize(
    "faults",
    [
        ["kill-on-arrival", "kill-when-stored", "kill-half-answer"],
        ["", "kill-late", "kill-refused", "kill-when-stored"],
    ],
    ids=["around the post", "before it, and late"],
)
def test_killed_while_a_request_is_on_its_way(tmp_path: Path, faults: list[str]) -> None:
    texts, poster = night(tmp_path, faults)

    assert texts == TEXTS
    assert poster.deaths == len([fault for fault in faults if fault])


def test_killed_at_any_time(tmp_path: Path) -> None:
    chance = random.Random(os.environ.get("CHATBOT_SEED", "garden"))  # other seeds: other times
    naps = [chance.uniform(0.2, 4.5) for _ in range(4)]
    texts, _ = night(tmp_path, ["", "lose"], naps)

    assert texts == TEXTS


def test_a_server_that_lies_about_what_it_did(tmp_path: Path) -> None:
    texts, _ = night(tmp_path, ["500-after", "lose-late", "500-before", "429", "lose"])

    assert texts == TEXTS
