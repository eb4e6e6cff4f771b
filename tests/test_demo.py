"""The demo, run as a newcomer runs it: it checks its own promises, and these tests check that it can tell."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SECONDS = 30


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Run it once."""
    folder = tmp_path_factory.mktemp("demo") / "out"
    command = [sys.executable, "-m", "chatbot", "demo", "--seconds", str(SECONDS), "--out", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=110, encoding="utf-8"), folder


def test_every_promise_is_kept(evening: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    said, _ = evening

    assert said.returncode == 0, said.stdout + said.stderr
    assert "✗" not in said.stdout


def test_every_awkward_post_is_told_of(evening: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    from chatbot.demo.script import SCRIPT

    said, _ = evening
    told = " ".join(said.stdout.split())

    for move in SCRIPT:
        if move.awkward:
            assert move.awkward[1:] in told


def test_the_archive_is_where_it_says(evening: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    _, folder = evening
    published = json.loads(next((folder / "archive").rglob("transcript.json")).read_text("utf-8"))

    assert published["version"] == 1
    assert [question["number"] for question in published["questions"]] == [1, 2, 3, 4, 5, 6]


def test_it_does_not_write_into_a_folder_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")

    said = subprocess.run(
        [sys.executable, "-m", "chatbot", "demo", "--out", str(tmp_path)], capture_output=True, text=True
    )

    assert said.returncode == 1
    assert "is not empty" in said.stderr


def test_a_broken_promise_would_be_seen(evening: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """The byte checks bite: the same words in a file of the folder are found."""
    from chatbot.demo.promises import files_with

    _, folder = evening
    leak = folder / "archive" / "leak.txt"
    leak.write_text("a secret row of celeriac", "utf-8")
    found = list(files_with(folder, ["celeriac"]))
    leak.unlink()

    assert [(leak, "celeriac")] == found
    assert [] == list(files_with(folder, ["celeriac"]))
