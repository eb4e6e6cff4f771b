"""Event streams over real connections: opened by the way the server has, read at once, ended by whatever ends them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from chatbot.core.timing import Timing
from chatbot.platforms.errors import NoStream, NotSignedIn, Unavailable
from chatbot.platforms.mastodon import Mastodon
from chatbot.platforms.port import Deleted, Event, Posted, Wake
from tests.platforms import small_server
from tests.platforms.small_server import Fault, SmallServer, answers
from tests.platforms.test_events import STATUS
from tests.servers import websocket

UPDATE = b"event: update\ndata: " + json.dumps(STATUS).encode() + b"\n\n"
DELETE = b"event: delete\ndata: 7\n\n"


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


def names_its_stream(server: SmallServer, address: str) -> None:
    said = {"domain": "a.test", "configuration": {"urls": {"streaming": address}}}
    server.faults.append(Fault("/api/v2/instance", answers(200, said)))


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with small_server.running() as running:
        names_its_stream(running, running.url)
        yield running


@pytest.fixture
def bot(server: SmallServer) -> Iterator[Mastodon]:
    made = bot_on(server)
    yield made
    made.close()


def bot_on(server: SmallServer, silence: float = 5.0) -> Mastodon:
    return Mastodon("gardenbot", server.url, "bot-token", timing=Timing(stream_silence=timedelta(seconds=silence)))


def all_of(batches: Iterator[Sequence[Event]]) -> list[Event]:
    return [event for batch in batches for event in batch]


def first(batches: Iterator[Sequence[Event]], count: int) -> list[Event]:
    """Read until so many events came."""
    heard: list[Event] = []
    while len(heard) < count:
        heard.extend(next(batches))
    return heard


def come(what: Callable[[], object], within: float = 10) -> None:
    give_up = time.monotonic() + within
    while not what():
        assert time.monotonic() < give_up, "it did not come"
        time.sleep(0.02)


def asked_streams(server: SmallServer) -> list[str]:
    return [path for path in server.paths() if "streaming" in path]


# server-sent events


def test_events_of_the_account_and_of_every_tag_arrive(server: SmallServer, bot: Mastodon) -> None:
    server.faults.append(Fault("/api/v1/streaming/user", streams(UPDATE, then=2)))
    server.faults.append(Fault("/api/v1/streaming/hashtag?tag=Gar%C3%A7a", streams(DELETE, then=2)))
    stopped = threading.Event()

    events = bot.listen(["#Garça"], stopped)
    heard = first(events, 4)
    stopped.set()

    assert heard.count(Wake()) == 2
    assert [event.post.uri for event in heard if isinstance(event, Posted)] == [STATUS["uri"]]
    assert Deleted("7") in heard
    assert all_of(events) == []
    assert {h.get("Authorization") for _, path, h, _ in server.asked if "streaming" in path} == {"Bearer bot-token"}


def test_each_connection_begins_with_a_wake_up(server: SmallServer, bot: Mastodon) -> None:
    for _ in range(2):
        server.faults.append(Fault("/api/v1/streaming/user", streams(DELETE)))

        assert all_of(bot.listen([], threading.Event())) == [Wake(), Deleted("7")]


def test_what_waits_comes_together_and_heartbeats_are_signs_of_life(server: SmallServer, bot: Mastodon) -> None:
    server.faults.append(Fault("/api/v1/streaming/user", streams(DELETE * 100, b":thump\n", then=1)))
    stopped = threading.Event()

    events = bot.listen([], stopped)
    time.sleep(0.1)
    batches = [next(events)]
    time.sleep(0.3)
    while sum(map(len, batches)) < 101:
        batches.append(next(events))
    stopped.set()

    assert len(batches) < 10
    assert max(map(len, batches)) <= 40


def test_half_an_event_and_nonsense_before_the_end_are_nothing(server: SmallServer, bot: Mastodon) -> None:
    server.faults.append(Fault("/api/v1/streaming/user", streams(b"\xff\xfe\r\r{}\n\nevent: x\n\n", DELETE[:-1])))

    assert all_of(bot.listen([], threading.Event())) == [Wake()]


def test_listening_ends_when_the_server_falls_silent(server: SmallServer) -> None:
    server.faults.append(Fault("/api/v1/streaming/user", streams(then=20)))
    bot, began = bot_on(server, silence=0.4), time.monotonic()

    assert all_of(bot.listen([], threading.Event())) == [Wake()]
    assert time.monotonic() - began < 3
    bot.close()


@pytest.mark.parametrize("open_first", [True, False])
def test_listening_is_ended_from_outside_at_once(server: SmallServer, bot: Mastodon, open_first: bool) -> None:
    slow = streams(then=20) if open_first else lambda handler: time.sleep(20)
    server.faults.append(Fault("/api/v1/streaming/user", slow))
    stopped = threading.Event()
    threading.Timer(0.3, stopped.set).start()
    began = time.monotonic()

    assert all_of(bot.listen([], stopped)) == [Wake()] * open_first
    assert time.monotonic() - began < 1.3


def test_a_hashtag_that_the_server_refuses_is_missed_and_the_rest_is_heard(server: SmallServer, bot: Mastodon) -> None:
    server.faults.append(Fault("/api/v1/streaming/hashtag", answers(404, {"error": "no"})))
    server.faults.append(Fault("/api/v1/streaming/user", streams(b":thump\n", DELETE, then=0.5)))

    assert all_of(bot.listen(["GardenChat"], threading.Event())) == [Wake(), Deleted("7")]


def test_a_token_that_does_not_serve_is_told_and_no_other_way_is_tried(server: SmallServer, bot: Mastodon) -> None:
    server.faults.append(Fault("/api/v1/streaming/user", answers(401, {"error": "no"})))

    with pytest.raises(NotSignedIn):
        all_of(bot.listen([], threading.Event()))

    assert asked_streams(server) == ["GET /api/v1/streaming/user"]


# servers without


@pytest.mark.parametrize("status", [400, 404, 405, 426])
def test_a_server_that_has_neither_way_says_so(server: SmallServer, bot: Mastodon, status: int) -> None:
    server.faults.append(Fault("/api/v1/streaming", answers(status, {"error": "no"}), times=9))

    with pytest.raises(NoStream, match="offers no event stream"):
        all_of(bot.listen(["GardenChat"], threading.Event()))

    assert not any("access_token" in path for path in server.paths()) or status == 400


def test_a_page_in_place_of_a_stream_is_none(server: SmallServer, bot: Mastodon) -> None:
    page = answers(200, b"<html>", {"Content-Type": "text/html"})
    server.faults.append(Fault("/api/v1/streaming", page, times=9))

    with pytest.raises(NoStream):
        all_of(bot.listen([], threading.Event()))


def test_a_server_that_is_away_has_perhaps_a_stream(server: SmallServer, bot: Mastodon) -> None:
    server.faults.append(Fault("/api/v1/streaming", answers(502, b"<html>"), times=9))

    with pytest.raises(Unavailable):
        all_of(bot.listen([], threading.Event()))


def test_a_server_that_names_no_stream_is_not_asked() -> None:
    with small_server.running() as plain:
        bot = bot_on(plain)

        with pytest.raises(NoStream):
            all_of(bot.listen([], threading.Event()))

        assert asked_streams(plain) == []
        bot.close()


# WebSockets


class Socket:
    """A server that has WebSockets alone; `sees_header` is whether it looks for the token in the header."""

    def __init__(self, sees_header: bool = True, sends: Sequence[str | bytes] = (), then: float = 5.0) -> None:
        self.sees_header, self.sends, self.then = sees_header, sends, then
        self.asked: list[Request] = []
        self.subscribed: list[dict[str, str]] = []

    def gate(self, connection: ServerConnection, request: Request) -> Response | None:
        self.asked.append(request)
        if "Upgrade" not in request.headers:
            return connection.respond(HTTPStatus.NOT_FOUND, '{"error": "Record not found"}')
        seen = request.headers.get("Authorization") if self.sees_header else None
        if seen == "Bearer bot-token" or "access_token=bot-token" in request.path:
            return None
        return connection.respond(HTTPStatus.UNAUTHORIZED, "Unauthorized")

    def talk(self, connection: ServerConnection) -> None:
        threading.Thread(target=self._listen, args=(connection,), daemon=True).start()
        for frame in self.sends:
            connection.send(frame)
        self.over.wait(self.then)

    def _listen(self, connection: ServerConnection) -> None:
        try:
            for frame in connection:
                self.subscribed.append(json.loads(frame))
        except ConnectionClosed:
            return

    @contextmanager
    def running(self, server: SmallServer) -> Iterator[Socket]:
        self.over = threading.Event()
        with serve(self.talk, "127.0.0.1", 0, process_request=self.gate) as running:
            thread = threading.Thread(target=running.serve_forever)
            thread.start()
            server.faults.clear()
            names_its_stream(server, f"ws://127.0.0.1:{running.socket.getsockname()[1]}")
            yield self
            self.over.set()
            running.shutdown()
            thread.join()


def frame(name: str, payload: str | None = None) -> str:
    return json.dumps({"stream": ["user"], "event": name, "payload": payload})


def test_one_socket_carries_the_account_and_every_tag(server: SmallServer, bot: Mastodon) -> None:
    sends = [frame("update", json.dumps(STATUS)), frame("delete", "01M80RWW8G601P8HXQJ4WTHNJB")]
    with Socket(sends=sends).running(server) as socket:
        stopped = threading.Event()
        events = bot.listen(["GardenChat", "#Compost"], stopped)
        heard = first(events, 3)
        come(lambda: len(socket.subscribed) == 2)
        stopped.set()

        assert all_of(events) == []
        assert heard[0] == Wake()
        assert isinstance(heard[1], Posted)
        assert heard[2] == Deleted("01M80RWW8G601P8HXQJ4WTHNJB")
        assert socket.subscribed == [
            {"type": "subscribe", "stream": "hashtag", "tag": "GardenChat"},
            {"type": "subscribe", "stream": "hashtag", "tag": "Compost"},
        ]
        assert socket.asked[-1].path == "/api/v1/streaming?stream=user"


def test_the_way_that_served_is_tried_first_the_next_time(server: SmallServer, bot: Mastodon) -> None:
    with Socket(sends=[frame("delete", "7")], then=0).running(server) as socket:
        for _ in range(2):
            assert all_of(bot.listen([], threading.Event())) == [Wake(), Deleted("7")]

        assert [request.path for request in socket.asked] == [
            "/api/v1/streaming/user",
            "/api/v1/streaming?stream=user",
            "/api/v1/streaming?stream=user",
        ]


def test_a_server_that_looks_for_the_token_in_the_address_finds_it_there(server: SmallServer, bot: Mastodon) -> None:
    with Socket(sees_header=False, then=0).running(server) as socket:
        for _ in range(2):
            assert all_of(bot.listen([], threading.Event())) == [Wake()]

        assert [request.path.rpartition("&")[2] for request in socket.asked[2:]] == ["access_token=bot-token"] * 2


def test_odd_frames_are_passed_over_and_large_ones_read(server: SmallServer, bot: Mastodon) -> None:
    large = json.dumps({**STATUS, "content": "x" * 1_000_000})
    odd = ["", "7", "[]", "{", b"\xff\x00", '{"error":"no such stream"}', frame("pleroma:respond"), "x" * 9999]
    with Socket(sends=[*odd, frame("update", large), frame("update", "{broken")], then=0).running(server):
        heard = all_of(bot.listen([], threading.Event()))

    assert [type(event) for event in heard] == [Wake, Posted, Wake]


def test_what_is_larger_than_any_event_ends_the_connection_and_nothing_else(server: SmallServer, bot: Mastodon) -> None:
    with Socket(sends=["x" * 5_000_000]).running(server):
        assert all_of(bot.listen([], threading.Event())) == [Wake()]


def test_a_socket_that_answers_no_ping_is_given_up(server: SmallServer) -> None:
    def is_deaf(handler: Any) -> None:
        handler.close_connection = True
        handler.send_response(101)
        handler.send_header("Upgrade", "websocket")
        handler.send_header("Connection", "Upgrade")
        handler.send_header("Sec-WebSocket-Accept", websocket.accept(handler.headers["Sec-WebSocket-Key"]))
        handler.end_headers()
        handler.wfile.flush()
        time.sleep(20)

    server.faults.append(Fault("/api/v1/streaming?stream=user", is_deaf))
    bot, began = bot_on(server, silence=0.6), time.monotonic()

    assert all_of(bot.listen([], threading.Event())) == [Wake()]
    assert time.monotonic() - began < 3
    bot.close()


def test_a_socket_that_only_answers_pings_lives(server: SmallServer) -> None:
    with Socket().running(server):
        bot, stopped = bot_on(server, silence=0.6), threading.Event()
        threading.Timer(1.5, stopped.set).start()
        batches = list(bot.listen([], stopped))

        assert list(batches[0]) == [Wake()]
        assert 3 <= batches[1:].count([]) <= 10
        bot.close()


def test_a_stream_is_never_opened_without_tls_where_the_server_has_it() -> None:
    with small_server.running() as plain:
        bot = Mastodon(
            "gardenbot", "https://127.0.0.1:1", "bot-token", timing=Timing(request_deadline=timedelta(seconds=1))
        )
        bot._instance = {"configuration": {"urls": {"streaming": plain.url.replace("http", "ws")}}}

        with pytest.raises(Unavailable):
            all_of(bot.listen([], threading.Event()))

        assert plain.asked == []
        bot.close()
