"""Named people and places that every test may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.store.engine import Store, open_store
from tests.fakes import FakePlatform, FixedClock


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update` writes the kept files of `tests/replays` anew; look at what changed before you commit it.

    `--kills` and `--seed` are for `tests/chaos`.
    """
    parser.addoption("--update", action="store_true", help="write the kept files of replays anew")
    parser.addoption("--kills", type=int, help="how often `tests/chaos` kills the program in all")
    parser.addoption("--seed", type=int, help="the night of `tests/chaos` that is to be seen once more")


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands print as into a pipe, however wide the terminal is in which the tests run."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'chat.db'}")
    yield opened
    opened.close()


@pytest.fixture
def garden(clock: FixedClock) -> FakePlatform:
    return FakePlatform(clock)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what was not tried and why."""
    skipped = terminalreporter.stats.get("skipped", [])
    terminalreporter.write_line(
        f"{len(skipped)} tests were skipped; the reasons stand above." if skipped else "No test was skipped."
    )


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A missing tool is an excuse on a laptop, not in CI."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and exitstatus == 0 and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
