"""Event streams as wake-ups: read from raw bytes, ended by silence, by the server, or from outside."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.timing import Timing
from chatbot.platforms.mastodon import Mastodon
from chatbot.platforms.mastodon.events import events_of, lines_of
from chatbot.platforms.port import Deleted, Edited, NotSignedIn, Rejected, Wake
from tests.platforms import small_server
from tests.platforms.small_server import Fault, SmallServer, answers

RAW = b""":)
event: update
data: {"id":"5","content":"A1"}

:thump
event: status.update
data: {"id":"5",
data: "content":"A1 leeks"}

event:delete
data:115001234567890123

event: delete
data: "01M80RWW8G601P8HXQJ4WTHNJB"

event: filters_changed

event: something_new
data: {"a": 1}

event: notification
data: {"id":"9","type":"mention"}

event: delete
data: {"not": "an id"}

event: status.update
data: {broken

"""
HEARD = [
    Wake(),
    Edited("5"),
    Deleted("115001234567890123"),
    Deleted("01M80RWW8G601P8HXQJ4WTHNJB"),
    Wake(),
    Wake(),  # an edit that cannot be read: reading again will tell
]


def test_known_events_are_told_and_all_others_passed_over() -> None:
    assert list(events_of(lines_of([RAW]))) == HEARD


@given(st.lists(st.integers(0, len(RAW)), max_size=30))
def test_where_the_bytes_are_cut_does_not_matter(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(RAW)]
    chunks = [RAW[start:end] for start, end in itertools.pairwise(places)]

    assert list(events_of(lines_of(chunks))) == HEARD


@given(st.sampled_from([b"\n", b"\r\n"]))
def test_either_end_of_a_line_is_one(end: bytes) -> None:
    assert list(events_of(lines_of([RAW.replace(b"\n", end)]))) == HEARD


@given(st.lists(st.binary(max_size=60)))
def test_no_bytes_are_fatal(chunks: list[bytes]) -> None:
    list(events_of(lines_of(chunks)))


def streams(*pieces: bytes, then: float = 0.0) -> Callable[[Any], None]:
    """Send an event stream in pieces, stay silent for a while, and hang up."""

    def act(handler: Any) -> None:
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        try:
            for piece in (b":)\n", *pieces):
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                handler.wfile.flush()
            time.sleep(then)
        except OSError:
            return

    return act


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with small_server.running() as running:
        running.faults.append(
            Fault(
                "/api/v2/instance",
                answers(200, {"domain": "a.test", "configuration": {"urls": {"streaming": running.url}}}),
            )
        )
        yield running


def bot_on(server: SmallServer, silence: float = 5.0) -> Mastodon:
    timing = Timing(stream_silence=timedelta(seconds=silence), tick=timedelta(seconds=0.05))
    return Mastodon("gardenbot", server.url, "bot-token", timing=timing)


def test_events_of_the_account_and_of_every_tag_arrive(server: SmallServer) -> None:
    server.faults.append(Fault("/api/v1/streaming/user", streams(RAW[:60], then=1)))
    server.faults.append(
        Fault("/api/v1/streaming/hashtag?tag=GardenChat", streams(b"event: delete\ndata: 7\n\n", then=1))
    )
    bot, stopped = bot_on(server), threading.Event()

    events = bot.listen(["#GardenChat"], stopped)
    heard = {next(events), next(events)}
    stopped.set()

    assert heard == {Wake(), Deleted("7")}
    assert list(events) == []
    assert {headers.get("Authorization") for _, path, headers, _ in server.asked if "streaming" in path} == {
        "Bearer bot-token"
    }
    bot.close()


def test_listening_ends_when_the_server_hangs_up(server: SmallServer) -> None:
    server.faults.append(Fault("/api/v1/streaming/user", streams(RAW)))
    bot = bot_on(server)

    assert list(bot.listen([], threading.Event())) == HEARD
    bot.close()


def test_listening_ends_when_the_server_falls_silent(server: SmallServer) -> None:
    server.faults.append(Fault("/api/v1/streaming/user", streams(then=20)))
    bot, began = bot_on(server, silence=0.4), time.monotonic()

    assert list(bot.listen([], threading.Event())) == []
    assert time.monotonic() - began < 5
    bot.close()


def test_listening_is_ended_from_outside_at_once(server: SmallServer) -> None:
    server.faults.append(Fault("/api/v1/streaming/user", streams(then=20)))
    bot, stopped = bot_on(server), threading.Event()
    threading.Timer(0.2, stopped.set).start()
    began = time.monotonic()

    assert list(bot.listen([], stopped)) == []
    assert time.monotonic() - began < 3
    bot.close()


@pytest.mark.parametrize(("status", "error"), [(401, NotSignedIn), (404, Rejected)])
def test_a_stream_that_cannot_be_opened_says_why(server: SmallServer, status: int, error: type[Exception]) -> None:
    server.faults.append(Fault("/api/v1/streaming/user", answers(status, {"error": "no"})))
    bot = bot_on(server)

    with pytest.raises(error):
        list(bot.listen([], threading.Event()))
    bot.close()


def test_a_server_without_streams_says_so() -> None:
    with small_server.running() as plain:
        bot = bot_on(plain)

        with pytest.raises(Rejected, match="no event stream"):
            list(bot.listen([], threading.Event()))

        assert not bot.limits.streams
        bot.close()
