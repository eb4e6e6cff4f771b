"""What the nights were put through, in lines for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tests.chaos.killing import STATES
from tests.chaos.night import Survived

LEAST = 5  # kills in every state on every kind of server, in a run of the whole folder


def lines(survived: Mapping[str, Survived]) -> Iterator[str]:
    """Tell how many kills, posts and faults of each kind were survived."""
    every = sum(survived.values(), Survived())
    yield (
        f"{every.kills.total()} kills in {every.nights} nights, {every.cues} cues, {every.answers} public answers,"
        f" {every.exchanges} exchanges, {every.faults.total()} of them with a fault, {every.seconds:.0f} s of nights"
    )
    yield f"  {'killed while a cue was':24}" + "".join(f"{state:>9}" for state in STATES)
    for name, one in survived.items():
        yield f"  {name:24}" + "".join(f"{one.states[state]:>9}" for state in STATES)
    yield from _counted("killed", every.kills)
    yield from _counted("fault", every.faults)


def too_few(survived: Iterable[Survived]) -> bool:
    """Whether some state was met by fewer kills than it should be, in nights that were to meet them all."""
    return any(one.nights >= 3 and min(one.states.values()) < LEAST for one in survived)


def _counted(what: str, counted: Counter[str]) -> Iterator[str]:
    for name, count in counted.most_common():
        yield f"  {count:6}  {what}: {name}"


def failure(kind: str, seed: int, folder: Path, broken: list[str]) -> str:
    """Tell what was broken, and how to see that night once more."""
    log = (folder / "chatbot.log").read_text("utf-8", "replace").splitlines()
    again = f"again: uv run pytest tests/chaos -k {kind} --seed {seed} --kills 100"
    return "\n".join([*broken, again, f"the program said at last ({len(log)} lines in all):", *log[-25:]])
