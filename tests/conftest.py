"""Named people and places that every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.store.engine import Store, open_store
from tests.fakes import FakePlatform, FixedClock


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
