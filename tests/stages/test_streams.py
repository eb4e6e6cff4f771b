"""Threads that listen: what comes is handed on, every end is followed by a new beginning, and none is in a hurry."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise

import pytest

from chatbot.core.timing import Timing
from chatbot.platforms.errors import NoStream, Unavailable
from chatbot.stages.schedule import Guard, Stream
from chatbot.stages.schedule.streams import Streams

QUICK = Timing(
    stream_backoff=timedelta(seconds=0.04),
    backoff_limit=timedelta(seconds=0.8),
    stream_stable=timedelta(seconds=0.15),
    retry_after=timedelta(seconds=0.01),
)

Batches = Iterable[Sequence[object]]


class Listened:
    """A stream that remembers when it was opened and what was heard."""

    def __init__(self, connect: Callable[[threading.Event], Batches]) -> None:
        self.connect = connect
        self.opened: list[float] = []
        self.heard: list[object] = []
        self.stream = Stream("stream/gardenbot", "gardenbot", self.listen, self.heard.extend)

    def listen(self, ended: threading.Event) -> Batches:
        self.opened.append(time.monotonic())
        return self.connect(ended)

    def pauses(self) -> list[float]:
        return [later - earlier for earlier, later in pairwise(self.opened)]


@contextmanager
def kept(*listened: Listened) -> Iterator[Streams]:
    streams = Streams(QUICK, Guard(QUICK))
    streams.keep([one.stream for one in listened])
    try:
        yield streams
    finally:
        streams.end(5)
        assert [t for t in threading.enumerate() if t.name.startswith("stream/")] == []


def wait_until(come: Callable[[], object], seconds: float = 8) -> None:
    give_up = time.monotonic() + seconds
    while not come():
        assert time.monotonic() < give_up, "it did not come"
        time.sleep(0.01)


def hangs_up(ended: threading.Event) -> Batches:
    yield ["wake"]


def cannot_be_opened(ended: threading.Event) -> Batches:
    raise Unavailable("the connection was refused")


def breaks(ended: threading.Event) -> Batches:
    yield ["wake"]
    raise RuntimeError("something nobody thought of")


def falls_silent(ended: threading.Event) -> Batches:
    """No heartbeat, and so its end comes long after the last sign of life."""
    yield ["wake"]
    ended.wait(0.3)


def lives(ended: threading.Event) -> Batches:
    yield ["wake"]
    for _ in range(4):
        ended.wait(0.05)
        yield []


def test_what_comes_is_handed_on_and_signs_of_life_are_not() -> None:
    def connect(ended: threading.Event) -> Batches:
        yield ["wake"]
        yield []
        yield ["a", "b"]
        ended.wait(5)

    listened = Listened(connect)
    with kept(listened):
        wait_until(lambda: len(listened.heard) == 3)

    assert listened.heard == ["wake", "a", "b"]


@pytest.mark.parametrize("connect", [hangs_up, cannot_be_opened, breaks, falls_silent])
def test_a_stream_that_is_no_good_is_opened_again_ever_later(connect: Callable[[threading.Event], Batches]) -> None:
    listened = Listened(connect)
    with kept(listened):
        wait_until(lambda: len(listened.opened) == 6)

    pauses = listened.pauses()
    assert pauses[0] >= 0.02
    assert max(pauses[3:]) > max(pauses[0], 0.15)


def test_after_a_good_connection_the_pause_is_short_again() -> None:
    listened = Listened(lambda ended: lives(ended) if len(listened.opened) > 5 else hangs_up(ended))
    with kept(listened):
        wait_until(lambda: len(listened.opened) == 9)

    assert max(listened.pauses()[6:]) < 0.2 + 0.06 + 0.2
    assert listened.pauses()[4] > 0.3


def test_a_handler_that_fails_costs_the_connection_and_nothing_else() -> None:
    listened = Listened(hangs_up)

    def fails(batch: Sequence[object]) -> None:
        listened.heard.append(batch)
        raise Unavailable("the disk is full")

    listened.stream = Stream("stream/gardenbot", "gardenbot", listened.listen, fails)
    with kept(listened):
        wait_until(lambda: len(listened.heard) == 3)


def test_a_server_without_streams_is_said_once_and_asked_seldom(caplog: pytest.LogCaptureFixture) -> None:
    def none(ended: threading.Event) -> Batches:
        raise NoStream("a.test offers no event stream")

    listened = Listened(none)
    with caplog.at_level(logging.INFO, "chatbot"), kept(listened):
        wait_until(lambda: len(listened.opened) == 3)

    assert [record.message for record in caplog.records] == ["stream not offered"]
    assert min(listened.pauses()) >= 0.4


def test_a_stream_that_is_wanted_no_more_is_ended() -> None:
    ended_by = threading.Event()

    def connect(ended: threading.Event) -> Batches:
        ended.wait(5)
        if ended.is_set():
            ended_by.set()
        return iter(())

    with kept(Listened(connect)) as streams:
        streams.keep([])

        assert ended_by.wait(3)


def test_the_end_is_quick_also_in_a_long_pause() -> None:
    listened = Listened(cannot_be_opened)
    with kept(listened):
        wait_until(lambda: len(listened.opened) == 5)
        began = time.monotonic()

    assert time.monotonic() - began < 0.5
