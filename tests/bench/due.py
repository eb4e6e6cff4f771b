"""How long after its due instant the first byte of a post's request reaches the server, and that it is never early.

    uv run python -m tests.bench.due [--cues 1000] [--every-ms 100]

Every case is a process of its own, with a server of its own in another: a bare timer (a thread that sleeps until the
instant and writes a request that lies ready to a connection that is open), a lane of the program, and both once more
while 1,000 posts a second are stored by another thread of the same process, a page of forty a
transaction, as in a live chat. At last, how long a process that begins needs until it knows, of 10,000
pending cues, which is the next.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.bench import statuses

if TYPE_CHECKING:
    from chatbot.store.engine import Store

CASES = ("bare timer", "chatbot", "bare timer, storing", "chatbot, storing")
_CUES_A_CHAT = 12  # the default night
_POSTS_A_SECOND = 1000
_PENDING = 10_000
_LEAD = timedelta(seconds=20)  # to put the cues into the outbox, and for the program to begin


def main() -> None:
    """Print the lateness of every case, and ours as a ratio to the bare timer's."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--cues", type=int, default=1000)
    asked.add_argument("--every-ms", type=int, default=100)
    asked.add_argument("--case", help=argparse.SUPPRESS)
    given = asked.parse_args()
    every = timedelta(milliseconds=given.every_ms)
    if given.case:
        print(json.dumps(_lateness(given.case, given.cues, every)))
        return
    own = [sys.executable, "-m", "tests.bench.due", "--cues", str(given.cues), "--every-ms", str(given.every_ms)]
    found = {case: _said(subprocess.run([*own, "--case", case], check=True, stdout=subprocess.PIPE)) for case in CASES}
    print(f"{given.cues:,} cues, one every {given.every_ms} ms: due instant to first byte at the server")
    for case, late in found.items():
        _tell(case, late, found)
    armed = _said(subprocess.run([*own, "--case", "pending"], check=True, stdout=subprocess.PIPE))
    print(f"  {_PENDING:,} pending cues re-armed at start in {armed[0]:.1f} ms (goal: at most 100)")


def _said(done: subprocess.CompletedProcess[bytes]) -> list[float]:
    said: list[float] = json.loads(done.stdout)
    return said


def _tell(case: str, late: Sequence[float], all_cases: dict[str, list[float]]) -> None:
    p50, p99, early = _at(late, 0.5), _at(late, 0.99), sum(1 for ms in late if ms < 0)
    line = f"  {case:20} p50 {p50:6.2f}  p99 {p99:6.2f}  longest {max(late):6.2f} ms  early {early}"
    if case == "chatbot":
        line += "   (goal: p99 at most 5 ms)"
    if case == "chatbot, storing":
        ratio = p99 / _at(all_cases["bare timer, storing"], 0.99)
        line += f"   p99 {ratio:.1f}x of the bare timer (goal: at most 15 ms, or 3x)"
    print(line)


def _at(late: Sequence[float], share: float) -> float:
    return sorted(late)[min(int(len(late) * share), len(late) - 1)]


# one case, in a process of its own


def _lateness(case: str, cues: int, every: timedelta) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/bench.db"
        if case == "pending":
            return [_re_arming(database)]
        seconds = int(cues * every.total_seconds() + _LEAD.total_seconds()) if case.endswith("storing") else 0
        pages = list(statuses.pages(seconds * _POSTS_A_SECOND))
        first = datetime.now(UTC) + _LEAD
        due = {str(number): first + number * every for number in range(cues)}
        with _server() as (port, instants), _storing(pages, database):
            (_ours if case.startswith("chatbot") else _bare)(port, due, database)
        found = instants()
    if len(found) != cues:
        raise SystemExit(f"{case}: {len(found)} of {cues} cues arrived")
    return [(found[number] - at.timestamp()) * 1000 for number, at in due.items()]


@contextmanager
def _server() -> Iterator[tuple[int, Callable[[], dict[str, float]]]]:
    """Yield the port of a server, and what returns the instants it noted once it has ended."""
    command = [sys.executable, "-m", "tests.bench.stamping"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said: list[str] = []
        try:
            yield int(process.stdout.readline()), lambda: json.loads(said[0])
        finally:
            said.append(process.communicate()[0])


def _bare(port: int, due: dict[str, datetime], database: str) -> None:
    """Sleep until each instant and write a request that lies ready."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number, at in due.items():
            body = f"status={number}+is+the+next"
            request = f"POST /api/v1/statuses HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
            while (left := at.timestamp() - time.time()) > 0:
                time.sleep(left)
            connection.sendall(request)
            connection.recv(65536)


def _ours(port: int, due: dict[str, datetime], database: str) -> None:
    """Let a lane deliver cues of many chats, driven by the loop of `chatbot run`."""
    from chatbot.core.timing import Timing
    from chatbot.platforms.mastodon import Mastodon
    from chatbot.stages import schedule
    from chatbot.stages.deliver import Lane
    from chatbot.store.engine import open_store

    store, timing, stopped = open_store(database), Timing(), threading.Event()
    _put(store, due)
    bot = Mastodon("bot", f"http://127.0.0.1:{port}", "a-token", timing=timing)
    lane = Lane(store, bot, timing, lambda: datetime.now(UTC), time.sleep, time.monotonic, "bench", stopped)
    sent: list[int] = []

    def step() -> object:
        done = lane.step()
        if done is not None and done.what == "sent":
            sent.append(done.row)
        if len(sent) == len(due) or datetime.now(UTC) > max(due.values()) + timedelta(seconds=10):
            stopped.set()
        return done

    schedule.run(schedule.Work({"bot": step}), timing, stopped)
    bot.close()
    store.close()


def _put(store: Store, due: dict[str, datetime]) -> None:
    from chatbot.core.model import Cue, CueKind, Draft, Lateness
    from chatbot.store import outbox

    with store.write() as conn:
        for number, at in due.items():
            chat = f"chat-{int(number) // _CUES_A_CHAT}"
            cue = Cue(
                key=f"{chat}/{CueKind.HEADS_UP.value}/{number}",
                chat=chat,
                kind=CueKind.HEADS_UP,
                due_at=at,
                draft=Draft(f"{number} is the next of many #GardenChat"),
                grace=timedelta(minutes=15),
                lateness=Lateness.POST_LATE,
            )
            outbox.put_cue(conn, cue, ["bot"], at)


@contextmanager
def _storing(pages: list[bytes], database: str) -> Iterator[None]:
    """Store 1,000 posts a second in a thread, as long as there are pages."""
    ended = threading.Event()
    thread = threading.Thread(target=_store, args=(pages, database, ended))
    if pages:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        if pages:
            thread.join()


def _store(pages: list[bytes], database: str, ended: threading.Event) -> None:
    from chatbot.platforms.mastodon import to_post, wire
    from chatbot.store import posts
    from chatbot.store.engine import open_store

    store, began = open_store(database), time.monotonic()
    for number, page in enumerate(pages):
        if ended.wait(max(began + number * statuses.PAGE / _POSTS_A_SECOND - time.monotonic(), 0)):
            break
        seen, _malformed = to_post.to_posts(wire.page(page), "home.test", "home.test")
        with store.write(durable=False) as conn:
            posts.save(
                conn,
                seen,
                chat="garden",
                route="tag",
                now=datetime.now(UTC),
                secret=b"s" * 32,
                refuses=lambda post: False,
            )
    store.close()


def _re_arming(database: str) -> float:
    """Return how many ms a lane that begins needs to find that nothing is due, and the clock to find what will be."""
    from chatbot.core.timing import Timing
    from chatbot.platforms.mastodon import Mastodon
    from chatbot.stages.deliver import Lane
    from chatbot.store import incidents
    from chatbot.store.engine import open_store

    soon = datetime.now(UTC) + timedelta(hours=1)
    store = open_store(database)
    _put(store, {str(number): soon + number * timedelta(seconds=1) for number in range(_PENDING)})
    store.close()
    store = open_store(database)
    bot = Mastodon("bot", "http://127.0.0.1:9", "a-token")
    began = time.perf_counter()
    lane = Lane(store, bot, Timing(), lambda: datetime.now(UTC), time.sleep, time.monotonic, "bench")
    while lane.step() is not None:
        pass
    with store.read() as conn:
        pulse = incidents.pulse(conn, datetime.now(UTC), datetime.now(UTC))
    took = time.perf_counter() - began
    if pulse.next_due != soon:
        raise SystemExit("the next cue is not the one that is due first")
    store.close()
    return took * 1000


if __name__ == "__main__":
    main()
