"""From raw pages of statuses to committed rows, against bare sqlite3 and mastodon-to-sqlite, in one interleaved run.

    uv run python -m tests.bench.ingest [--posts 10000] [--runs 5]

Every case is a fresh process that reads the same file; the cases take turns, so that none has the quieter machine.
Ours reads JSON, makes posts, asks consent, and saves; the peer and the bare upsert store less of each post.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.peers import installed
from tests.bench.statuses import PAGE, pages

_PEER = "mastodon-to-sqlite==0.2.1"
_PEER_SCRIPT = """
import json, pathlib, resource, sys, time
from itertools import islice
from mastodon_to_sqlite import service
database = service.open_database(pathlib.Path(sys.argv[3]) / "peer.db")
began = time.perf_counter()
with open(sys.argv[1], "rb") as lines:
    while pages := list(islice(lines, int(sys.argv[2]) // 40)):
        batch = [status for page in pages for status in json.loads(page)]
        service.save_accounts(database, [status["account"] for status in batch])
        service.save_statuses(database, batch)
print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
_NAMES = ("chatbot", "chatbot, again", "sqlite3", "mastodon-to-sqlite")
_GOALS = {
    "chatbot, again": "(goal: at least 0.9x)",
    "sqlite3": "(goal: at least 0.6x)",
    "mastodon-to-sqlite": "(goal: at least 2.2x)",
}


def _case(name: str, raw: Path, rows: int) -> tuple[float, int]:
    """Run one case in a fresh folder and a fresh process; return its seconds and its megabytes."""
    with tempfile.TemporaryDirectory(prefix="ingest-") as folder:
        words = [str(raw), str(rows), folder]
        if name == "mastodon-to-sqlite":
            command = [str(installed(_PEER) / "python"), "-c", _PEER_SCRIPT, *words]
        else:
            command = [sys.executable, "-m", "tests.bench.ingest_case", name, *words]
        took, memory = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        return float(took), int(memory)


def main() -> None:
    """Print posts per second of every case, and ours as a ratio to each."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--posts", type=int, default=10_000)
    asked.add_argument("--runs", type=int, default=5)
    given = asked.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="ingest-"))
    try:
        raw = folder / "pages.ndjson"
        with raw.open("wb") as file:
            file.writelines(page + b"\n" for page in pages(given.posts))
        for rows in (PAGE, 1000):
            _compare(raw, given.posts, rows, given.runs)
    finally:
        shutil.rmtree(folder)


def _compare(raw: Path, count: int, rows: int, runs: int) -> None:
    seconds: dict[str, list[float]] = {name: [] for name in _NAMES}
    memory = dict.fromkeys(_NAMES, 0)
    for turn in range(runs + 1):
        for name in _NAMES:
            took, megabytes = _case(name, raw, rows)
            if turn:  # the first warms the machine up
                seconds[name].append(took)
            memory[name] = max(memory[name], megabytes)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    print(f"{count:,} posts, {rows} in a transaction")
    for name, median in medians.items():
        ratio = f"chatbot stores {median / medians['chatbot']:.2f}x {_GOALS[name]}" if name in _GOALS else ""
        print(f"  {name:20} {count / median:9,.0f} posts/s {memory[name]:6} MB   {ratio}")


if __name__ == "__main__":
    main()
