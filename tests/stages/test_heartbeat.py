"""The heart-beat: asked while all is well, silent when not, and never in the way."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from chatbot.core.timing import Timing
from chatbot.stages.tell import Heartbeat
from tests.fakes import FixedClock
from tests.loopback import Loopback

SECRET = "s3cr3t-ch3ck"


class Health:
    def __init__(self) -> None:
        self.is_fine = True

    def __call__(self) -> bool:
        return self.is_fine


@pytest.fixture
def monitor() -> Iterator[Loopback]:
    with Loopback() as server:
        yield server


@pytest.fixture
def health() -> Health:
    return Health()


def beating(address: str, health: Health, clock: FixedClock) -> Heartbeat:
    return Heartbeat(address, health, Timing(request_deadline=timedelta(seconds=2)), clock)


def pass_time(heart: Heartbeat, clock: FixedClock, seconds: int) -> None:
    for _ in range(seconds):
        heart.step()
        clock.forward(seconds=1)


def test_it_is_asked_at_most_once_a_minute(monitor: Loopback, health: Health, clock: FixedClock) -> None:
    pass_time(beating(monitor.url(f"/{SECRET}"), health, clock), clock, 150)

    assert len(monitor.asked) == 3
    assert {(asked.method, asked.path, asked.body) for asked in monitor.asked} == {("GET", f"/{SECRET}", b"")}


def test_it_tells_nothing_but_that_it_is_there(monitor: Loopback, health: Health, clock: FixedClock) -> None:
    beating(monitor.url(), health, clock).step()

    assert {"Host", "User-Agent", "Connection", "Accept-Encoding"} >= set(monitor.asked[0].headers)


def test_while_not_all_is_well_it_is_silent(monitor: Loopback, health: Health, clock: FixedClock) -> None:
    heart = beating(monitor.url(), health, clock)
    health.is_fine = False
    pass_time(heart, clock, 120)
    silent = len(monitor.asked)
    health.is_fine = True
    pass_time(heart, clock, 5)

    assert (silent, len(monitor.asked)) == (0, 1)


def test_what_fails_is_said_once_an_incident_and_without_the_address(
    monitor: Loopback, health: Health, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monitor.answers = [200, 500, 404, 200, 200, 503, 503]
    heart = beating(monitor.url(f"/{SECRET}"), health, clock)
    pass_time(heart, clock, 7 * 60)

    assert [record.getMessage() for record in caplog.records if record.name.startswith("chatbot")] == [
        "heart-beat failed",
        "heart-beat recovered",
        "heart-beat failed",
    ]
    assert [getattr(record, "why", "") for record in caplog.records][:1] == ["it answered 500"]
    assert SECRET not in caplog.text + repr(heart)


@pytest.mark.parametrize(
    "address", [f"http://127.0.0.1:1/{SECRET}", f"http://[/{SECRET}", f"http://a b/{SECRET}", f"nowhere://{SECRET}"]
)
def test_an_address_that_cannot_be_asked_disturbs_nobody(
    address: str, health: Health, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    pass_time(beating(address, health, clock), clock, 3)

    assert [record.getMessage() for record in caplog.records] == ["heart-beat failed"]
    assert SECRET not in "".join(str(record.__dict__) for record in caplog.records)


def test_a_clock_set_back_does_not_stop_the_heart(monitor: Loopback, health: Health, clock: FixedClock) -> None:
    heart = beating(monitor.url(), health, clock)
    heart.step()
    clock.forward(hours=-2)
    heart.step()

    assert len(monitor.asked) == 2
