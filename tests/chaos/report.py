"""What the nights were put through, in lines for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.chaos.killing import STATES
from tests.chaos.night import Survived


def lines(survived: Mapping[str, Survived]) -> Iterator[str]:
    """Tell how many kills, posts and faults of each kind were survived."""
    every = list(survived.values())
    kills = sum(one.kills.total() for one in every)
    yield (
        f"{kills} kills in {sum(one.nights for one in every)} nights, {sum(one.cues for one in every)} cues,"
        f" {sum(one.answers for one in every)} public answers, {sum(one.exchanges for one in every)} exchanges,"
        f" {sum(one.faults.total() for one in every)} of them with a fault, {sum(one.seconds for one in every):.0f} s"
    )
    yield f"  {'killed while a cue was':24}" + "".join(f"{state:>9}" for state in STATES)
    for name, one in survived.items():
        yield f"  {name:24}" + "".join(f"{one.states[state]:>9}" for state in STATES)
    yield from _counted("killed", (one.kills for one in every))
    yield from _counted("fault", (one.faults for one in every))


def _counted(what: str, counters: Iterator[Counter[str]]) -> Iterator[str]:
    for name, count in sum(counters, Counter[str]()).most_common():
        yield f"  {count:6}  {what}: {name}"


def failure(kind: str, seed: int, folder: Path, broken: list[str]) -> str:
    """Tell what was broken, and how to see that night once more."""
    log = (folder / "chatbot.log").read_text("utf-8", "replace").splitlines()
    again = f"again: uv run pytest tests/chaos -k {kind} --seed {seed} --kills 20"
    return "\n".join([*broken, again, f"the program said at last ({len(log)} lines in all):", *log[-25:]])
