"""At least 300 kills over five kinds of servers, and not one promise broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import report
from tests.chaos.night import Survived, spend
from tests.servers import PERSONALITIES, Personality

_A_NIGHT = 20  # kills
_LEAST_A_STATE = 5


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", PERSONALITIES.values(), ids=lambda kind: kind.name)
def test_no_promise_is_broken_however_often_it_is_killed(
    kind: Personality, tmp_path: Path, kills: int, seed: int, survived: dict[str, Survived]
) -> None:
    mine = survived.setdefault(kind.name, Survived())
    for number in range(max(round(kills / len(PERSONALITIES) / _A_NIGHT), 1)):
        broken = spend(kind, tmp_path / str(number), seed + number, min(_A_NIGHT, kills // len(PERSONALITIES)), mine)
        assert not broken, report.failure(kind.name, seed + number, tmp_path / str(number), broken)
    is_whole_run = kills >= 300
    assert not is_whole_run or min(mine.states.values()) >= _LEAST_A_STATE, f"too few kills in a state: {mine.states}"
