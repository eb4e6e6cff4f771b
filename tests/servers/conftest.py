"""One server of each kind, and people on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes import FixedClock
from tests.servers import MASTODON_4_5, PERSONALITIES, Member, Personality, Server


@pytest.fixture(params=PERSONALITIES.values(), ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Personality:
    found: Personality = request.param
    return found


@pytest.fixture
def server(kind: Personality, clock: FixedClock) -> Iterator[Server]:
    """A server of every kind, one after the other, with a clock that a test moves."""
    with Server(kind, "home.test", clock=clock) as running:
        yield running


@pytest.fixture
def home(clock: FixedClock) -> Iterator[Server]:
    """Mastodon 4.5, the best known of all."""
    with Server(MASTODON_4_5, "home.test", clock=clock) as running:
        yield running


@pytest.fixture
def bot(home: Server) -> Member:
    return home.member("bot", bot=True)


@pytest.fixture
def ada(home: Server) -> Member:
    return home.member("ada")
