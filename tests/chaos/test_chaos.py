"""At least 300 kills over five kinds of servers, and not one promise broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import report
from tests.chaos.night import SHORT, WHOLE, Size, Survived, spend
from tests.servers import GOTOSOCIAL, MASTODON_4_6, PERSONALITIES, Personality

_KILLS = 300


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every kind of server, and as many nights as the kills take; a short night on two of them among all tests."""
    kills = metafunc.config.getoption("--kills") or _KILLS
    is_whole = any("chaos" in argument for argument in metafunc.config.args)
    kinds, size = (tuple(PERSONALITIES.values()), WHOLE) if is_whole else ((MASTODON_4_6, GOTOSOCIAL), SHORT)
    nights = -(-kills // (len(kinds) * size.kills)) if is_whole else 1
    metafunc.parametrize("kind", kinds, ids=lambda kind: kind.name)
    metafunc.parametrize("number", range(nights))
    metafunc.parametrize("size", [size], ids=[f"{size.kills}-kills"])


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_no_promise_is_broken_however_often_it_is_killed(
    kind: Personality, number: int, size: Size, tmp_path: Path, seed: int, survived: Survived
) -> None:
    broken = spend(kind, tmp_path / "night", seed, size, survived)
    assert not broken, report.failure(kind.name, seed, tmp_path / "night", broken)
