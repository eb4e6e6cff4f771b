"""From raw pages of statuses to committed rows, against bare sqlite3 and mastodon-to-sqlite, in one interleaved run.

    uv run python -m tests.bench.ingest [--posts 10000] [--runs 5]

Every case is a fresh process that reads the same file; the cases take turns, so that none has the quieter machine.
Ours reads JSON, makes posts, asks consent, and saves; the peer and the bare upsert store less of each post. Beside
posts a second stands the ratio of what the processes computed themselves, which other work disturbs less.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.bench.peers import installed
from tests.bench.statuses import PAGE, pages

_PEER = "mastodon-to-sqlite==0.2.1"
_PEER_SCRIPT = """
import json, pathlib, resource, sys, time
from itertools import islice
from mastodon_to_sqlite import service
database = service.open_database(pathlib.Path(sys.argv[3]) / "peer.db")
began, computed = time.perf_counter(), time.process_time()
with open(sys.argv[1], "rb") as lines:
    while pages := list(islice(lines, int(sys.argv[2]) // 40)):
        batch = [status for page in pages for status in json.loads(page)]
        service.save_accounts(database, [status["account"] for status in batch])
        service.save_statuses(database, batch)
took = time.perf_counter() - began, time.process_time() - computed
print(*took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
_NAMES = ("chatbot", "chatbot, again", "sqlite3", "mastodon-to-sqlite")
_GOALS = {"sqlite3": 0.6, "mastodon-to-sqlite": 2.2}


@dataclass(frozen=True)
class _Took:
    """What one case took: seconds on the wall, seconds it computed, megabytes."""

    seconds: float
    computed: float
    memory: int


def _case(name: str, raw: Path, rows: int) -> _Took:
    """Run one case in a fresh folder and a fresh process."""
    with tempfile.TemporaryDirectory(prefix="ingest-") as folder:
        words = [str(raw), str(rows), folder]
        if name == "mastodon-to-sqlite":
            command = [str(installed(_PEER) / "python"), "-c", _PEER_SCRIPT, *words]
        else:
            command = [sys.executable, "-m", "tests.bench.ingest_case", name, *words]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        return _Took(float(said[0]), float(said[1]), int(said[2]))


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
    """Let the cases take turns, the first to warm the machine up, and tell the medians."""
    taken: dict[str, list[_Took]] = {name: [] for name in _NAMES}
    for turn in range(runs + 1):
        for name in _NAMES:
            took = _case(name, raw, rows)
            if turn:
                taken[name].append(took)
    print(f"{count:,} posts, {rows} in a transaction")
    wall = {name: statistics.median(took.seconds for took in turns) for name, turns in taken.items()}
    computed = {name: statistics.median(took.computed for took in turns) for name, turns in taken.items()}
    for name in _NAMES:
        memory = max(took.memory for took in taken[name])
        print(f"  {name:20} {count / wall[name]:9,.0f} posts/s {memory:6} MB", end="")
        if name == "chatbot":
            print()
        elif name == "chatbot, again":
            print(f"   takes {wall[name] / wall['chatbot']:.2f}x of the first time (goal: at most 1.1x)")
        else:
            ratios = (
                f"{wall[name] / wall['chatbot']:.2f}x, by processor time {computed[name] / computed['chatbot']:.2f}x"
            )
            print(f"   chatbot stores {ratios} (goal: at least {_GOALS[name]}x)")


if __name__ == "__main__":
    main()
