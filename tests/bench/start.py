"""How long a command takes to say its version, against toot: `uv run python -m tests.bench.start`."""

from __future__ import annotations

import shutil
import sys

from tests.bench.peers import installed, interleaved, quiet, report


def main() -> None:
    """Print the medians and the ratio."""
    ours = shutil.which("chatbot") or sys.exit("chatbot is not installed here: uv sync")
    medians = interleaved(
        {
            "chatbot --version": quiet([ours, "--version"]),
            "toot --version": quiet([installed("toot==0.52.1") / "toot", "--version"]),
        },
        runs=15,
    )
    report("Start-up, whole process", medians, "chatbot --version", {"toot --version": "(goal: at most 0.5x)"})


if __name__ == "__main__":
    main()
