"""Which seed, and what was survived."""

from __future__ import annotations

import random

import pytest

from tests.chaos import report
from tests.chaos.night import Survived

_SURVIVED: dict[str, Survived] = {}


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    told: int | None = request.config.getoption("--seed")
    return random.randrange(1_000_000) if told is None else told


@pytest.fixture(scope="session")
def survived() -> dict[str, Survived]:
    return _SURVIVED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was survived."""
    for line in report.lines(_SURVIVED) if _SURVIVED else ():
        terminalreporter.write_line(line)
