"""At least 300 kills over five kinds of servers, and not one promise broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import report
from tests.chaos.night import SHORT, WHOLE, Size, Survived, spend
from tests.servers import GOTOSOCIAL, MASTODON_4_6, PERSONALITIES, Personality

_LEAST_A_STATE = 5


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every kind of server, and as many nights as the kills take; a short night on two of them among all tests."""
    kills = metafunc.config.getoption("--kills")
    is_asked_for = any("chaos" in argument for argument in metafunc.config.args)
    kinds = list(PERSONALITIES.values()) if is_asked_for else [MASTODON_4_6, GOTOSOCIAL]
    size = WHOLE if is_asked_for else SHORT
    nights = -(-(kills or 300) // (len(kinds) * size.kills)) if is_asked_for else 1
    metafunc.parametrize("kind", kinds, ids=lambda kind: kind.name)
    metafunc.parametrize(("size", "nights"), [(size, nights)], ids=["short" if size is SHORT else f"{nights}-nights"])


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_no_promise_is_broken_however_often_it_is_killed(
    kind: Personality, size: Size, nights: int, tmp_path: Path, seed: int, survived: dict[str, Survived]
) -> None:
    mine = survived.setdefault(kind.name, Survived())
    for number in range(nights):
        broken = spend(kind, tmp_path / str(number), seed + number, size, mine)
        assert not broken, report.failure(kind.name, seed + number, tmp_path / str(number), broken)
    assert size is SHORT or nights < 3 or min(mine.states.values()) >= _LEAST_A_STATE, f"too few of {mine.states}"
