"""The real adapter on one server of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chatbot.core.timing import Timing
from chatbot.platforms.mastodon import Mastodon
from tests.servers import (
    PERSONALITIES,
    Member,
    Personality,
    Server,
)

TIMING = Timing(request_deadline=timedelta(seconds=2))


@pytest.fixture(params=PERSONALITIES.values(), ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Personality:
    found: Personality = request.param
    return found


@pytest.fixture
def home(kind: Personality) -> Iterator[Server]:
    with Server(kind, "home.test") as running:
        yield running


@pytest.fixture
def member(home: Server) -> Member:
    return home.member("gardenbot", bot=True)


@pytest.fixture
def bot(home: Server, member: Member) -> Iterator[Mastodon]:
    adapter = Mastodon("gardenbot", home.url, member.token, TIMING)
    yield adapter
    adapter.close()
