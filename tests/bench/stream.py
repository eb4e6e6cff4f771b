"""From a status published on a stream to a committed row, against a bare reader and Mastodon.py's.

    uv run python -m tests.bench.stream [--events 1000] [--every-ms 50] [--runs 3]

Every case is a process of its own with a server of its own in another, on the same clock; cases take turns. First one
event every so often: how long each was on its way. Then as fast as the server sends: how many arrive a second. The
bare reader cuts raw bytes and parses JSON; Mastodon.py, in an environment of its own, calls its listener; chatbot goes
the whole way of `chatbot run`: understood, asked about consent, one transaction for what waits, committed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench import statuses
from tests.bench.peers import installed

_PEER = "mastodon.py==2.3.3"
_FIRST_ID = 115000000000000000
_PATIENCE = 120  # seconds until whatever has not arrived is lost

Arrived = dict[int, float]  # the number of an event -> when it was there


# the cases


def bare(url: str, count: int) -> Arrived:
    """Read the raw bytes with requests and parse the JSON, nothing else."""
    import orjson
    import requests

    arrived, rest = Arrived(), b""
    with requests.get(f"{url}/api/v1/streaming/hashtag", {"tag": "gardenchat"}, stream=True, timeout=60) as response:
        while len(arrived) < count:
            *events, rest = (rest + response.raw.read1(65536)).split(b"\n\n")
            for event in events:
                status = orjson.loads(event.partition(b"data: ")[2])
                arrived[int(status["id"]) - _FIRST_ID] = time.monotonic()
    return arrived


def read(url: str, count: int) -> Arrived:
    """Listen as the program does, and store nothing."""
    from chatbot.platforms.mastodon import Mastodon
    from chatbot.platforms.port import Posted

    arrived, bot = Arrived(), Mastodon("bot", url, "a-token")
    for batch in bot.listen(["GardenChat"], threading.Event()):
        at = time.monotonic()
        arrived.update((int(one.post.local_id) - _FIRST_ID, at) for one in batch if isinstance(one, Posted))
        if len(arrived) == count:
            break
    bot.close()
    return arrived


def committed(url: str, count: int) -> Arrived:
    """Listen and store as `chatbot run` does; an event has arrived when its transaction is committed."""
    from chatbot.platforms.mastodon import Mastodon
    from chatbot.platforms.port import Posted
    from chatbot.stages.schedule import Guard, Stream
    from chatbot.stages.schedule.streams import Streams

    arrived, done = Arrived(), threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        bot = Mastodon("bot", url, "a-token")
        collector, stored = _collector(bot, Path(folder))

        def heard(batch: Sequence[Any]) -> None:
            collector.arrived("bot", ["garden-2026-12-01"], batch)
            at = time.monotonic()
            arrived.update((int(one.post.local_id) - _FIRST_ID, at) for one in batch if isinstance(one, Posted))
            if len(arrived) == count:
                done.set()

        streams = Streams(collector.timing, Guard(collector.timing))
        streams.keep([Stream("stream", "bot", partial(bot.listen, ["GardenChat"]), heard)])
        done.wait(_PATIENCE)
        streams.end(5)
        bot.close()
        if stored() != count:
            raise SystemExit(f"{stored()} of {count} posts are in the database")
    return arrived


def _collector(bot: Any, folder: Path) -> tuple[Any, Callable[[], int]]:
    """Put together what stores, with a chat that goes on and was read once; and what counts its posts."""
    from chatbot.config import Account, Archive, Config
    from chatbot.core.plan import Chat, Series
    from chatbot.stages.collect import Collector
    from chatbot.store import chats, posts
    from chatbot.store.engine import open_store

    starts, hour = statuses.STARTS, timedelta(hours=1)
    series = Series("garden", "GardenChat", ("GardenChat",), "UTC", ("bot",), ())
    chat = Chat(
        *("garden-2026-12-01", "garden", starts, starts + hour, starts + 9 * hour, "Compost", ()),
        ready=True,
        hashtags=("GardenChat",),
    )
    config = Config(
        file=folder / "chatbot.toml",
        database=f"sqlite:///{folder}/bench.db",
        archive=Archive(folder / "archive"),
        accounts={"bot": Account("bot", "mastodon", "https://home.test")},
        chats=folder,
        state=folder,
    )
    store = open_store(config.database)
    with store.write() as conn:
        chats.save_series(conn, series, file=None, file_hash=None, now=starts)
        chats.save_chat(conn, chat, state="ready", file=None, file_hash=None, now=starts)
    collector = Collector(store, {"bot": bot}, config, lambda: starts)
    collector.collect(chat.id)

    def stored() -> int:
        with store.read() as conn:
            return len(posts.of_chat(conn, chat.id).posts)

    return collector, stored


_PEER_SCRIPT = """
import json, sys, time
import mastodon
url, count, first = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
arrived = {}
class Listener(mastodon.StreamListener):
    def on_update(self, status):
        arrived[int(status["id"]) - first] = time.monotonic()
client = mastodon.Mastodon(access_token="a-token", api_base_url=url)
handle = client.stream_hashtag("gardenchat", Listener(), run_async=True)
give_up = time.monotonic() + 120
while len(arrived) < count and time.monotonic() < give_up:
    time.sleep(0.02)
print(json.dumps(arrived))
"""
_OURS: dict[str, Callable[[str, int], Arrived]] = {
    "requests, bare": bare,
    "chatbot, read": read,
    "chatbot, committed": committed,
}
_THEIRS = "Mastodon.py, read"
_CASES = (*_OURS, _THEIRS)


# timing


def _run(case: str, count: int, each_ms: float) -> tuple[list[float], Arrived]:
    """Run a case against a server of its own; returns when events were published and when they were there."""
    server = [sys.executable, "-m", "tests.bench.publishing", str(count), str(each_ms)]
    with subprocess.Popen(server, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as publishing:
        assert publishing.stdout is not None
        url = f"http://127.0.0.1:{publishing.stdout.readline().strip()}"
        command = [sys.executable, "-m", "tests.bench.stream", "--case", case, url, str(count)]
        if case == _THEIRS:
            command = [str(installed(_PEER) / "python"), "-c", _PEER_SCRIPT, url, str(count), str(_FIRST_ID)]
        said = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        published: list[float] = json.loads(publishing.communicate()[0])
    arrived = {int(number): at for number, at in said.items()}
    if len(arrived) != count:
        raise SystemExit(f"{case}: {len(arrived)} of {count} events arrived")
    return published, arrived


def _paced(count: int, each_ms: float, runs: int) -> None:
    print(f"{count:,} events, one every {each_ms:g} ms: milliseconds from published to there")
    late: dict[str, list[float]] = {case: [] for case in _CASES}
    for _ in range(runs):
        for case in _CASES:
            published, arrived = _run(case, count, each_ms)
            late[case] += [(arrived[number] - at) * 1000 for number, at in enumerate(published)]
    for case, found in late.items():
        found.sort()
        p50, p99 = found[len(found) // 2], found[len(found) * 99 // 100]
        goal = "   (goal: p99 at most 25 ms)" if case == "chatbot, committed" else ""
        print(f"  {case:20} p50 {p50:7.2f}  p99 {p99:7.2f}  longest {found[-1]:7.2f}{goal}")


def _fast(count: int, runs: int) -> None:
    print(f"{count:,} events as fast as they are sent")
    rates: dict[str, list[float]] = {case: [] for case in _CASES}
    for _ in range(runs):
        for case in _CASES:
            published, arrived = _run(case, count, 0)
            rates[case].append(count / (max(arrived.values()) - published[0]))
    medians = {case: statistics.median(found) for case, found in rates.items()}
    goals = {"chatbot, read": " (goal: at least 60x)"}
    for case, rate in medians.items():
        ratio = "" if case == _THEIRS else f"   {rate / medians[_THEIRS]:6.1f}x Mastodon.py{goals.get(case, '')}"
        print(f"  {case:20} {rate:9,.0f} events/s{ratio}")


def main() -> None:
    """Print how long events are on their way, and how many arrive a second, in every case."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--events", type=int, default=1000)
    asked.add_argument("--every-ms", type=float, default=50)
    asked.add_argument("--runs", type=int, default=3)
    asked.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.case:
        case, url, count = given.case
        print(json.dumps(_OURS[case](url, int(count))))
        return
    _paced(given.events, given.every_ms, given.runs)
    _fast(given.events, given.runs)


if __name__ == "__main__":
    main()
