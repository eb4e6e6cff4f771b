"""Peers in environments of their own, and interleaved timing that holds when the machine's speed drifts."""

from __future__ import annotations

import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


def installed(requirement: str) -> Path:
    """Install a peer (`name==version`) into an environment of its own, once, and return its folder of commands."""
    home = Path(tempfile.gettempdir()) / "chatbot-bench" / requirement.replace("==", "-")
    if not (home / "ready").exists():
        # our own versions must not bind the peer: no configuration of ours is read
        subprocess.run(["uv", "venv", "--no-config", "--quiet", "--clear", str(home)], check=True)
        install = ["uv", "pip", "install", "--no-config", "--quiet", "--python", str(home), requirement]
        subprocess.run(install, check=True)
        (home / "ready").touch()
    return home / "bin"


def cpu_seconds() -> float:
    """Return the processor's time that this process and its ended children took: what else runs does not blur it."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def interleaved(
    cases: Mapping[str, Callable[[], object]], runs: int = 7, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Run every case in turn, `runs` times after one warm-up, and return the median seconds of each."""
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for turn in range(runs + 1):
        for name, case in cases.items():
            began = clock()
            case()
            if turn:
                seconds[name].append(clock() - began)
    return {name: statistics.median(times) for name, times in seconds.items()}


def quiet(command: Sequence[str | Path]) -> Callable[[], object]:
    """Make a case of a command whose output is not wanted."""
    words = [str(word) for word in command]
    return lambda: subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def report(title: str, medians: Mapping[str, float], ours: str, goals: Mapping[str, str]) -> None:
    """Print every median, and ours as a ratio to each other case with its goal."""
    print(title)
    for name, seconds in medians.items():
        ratio = "" if name == ours else f"   {ours} takes {medians[ours] / seconds:.2f}x of it   {goals.get(name, '')}"
        print(f"  {name:32} {seconds * 1000:9.1f} ms{ratio}")
