"""Which seed, and what was survived; tests may run in processes of their own, so each tells it with its report."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.chaos import report
from tests.chaos.night import Survived

_TOLD = "survived"


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    told: int | None = request.config.getoption("--seed")
    return random.randrange(1_000_000) if told is None else told


@pytest.fixture
def survived(request: pytest.FixtureRequest) -> Iterator[Survived]:
    """What the night of one test was put through."""
    mine = Survived()
    yield mine
    kind = request.node.callspec.params["kind"].name
    request.node.user_properties.append((_TOLD, json.dumps({"kind": kind, **vars(mine)})))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was survived."""
    survived = _added_up(terminalreporter.stats)
    for line in report.lines(survived) if survived else ():
        terminalreporter.write_line(line)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A whole run that met some state too seldom proves too little."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and exitstatus == 0 and report.too_few(_added_up(reporter.stats).values()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line(f"Some state was met by fewer than {report.LEAST} kills.")


def _added_up(stats: dict[str, list[Any]]) -> dict[str, Survived]:
    survived: dict[str, Survived] = {}
    ended = [one for reports in stats.values() for one in reports if getattr(one, "when", "") == "teardown"]
    for told in (value for one in ended for name, value in one.user_properties if name == _TOLD):
        found = json.loads(told)
        kind = found.pop("kind")
        night = Survived(
            **{name: Counter(value) if isinstance(value, dict) else value for name, value in found.items()}
        )
        survived[kind] = survived.get(kind, Survived()) + night
    return survived
