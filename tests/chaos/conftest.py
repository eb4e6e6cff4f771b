"""How many kills, which seed, and what was survived."""

from __future__ import annotations

import random

import pytest

from tests.chaos import report
from tests.chaos.night import Survived

_WHOLE, _SHORT = 300, 30
_SURVIVED: dict[str, Survived] = {}


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    """300 where this folder alone is asked for, a few as part of all tests."""
    told: int | None = request.config.getoption("--kills")
    is_asked_for = any("chaos" in argument for argument in request.config.args)
    return told or (_WHOLE if is_asked_for else _SHORT)


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
