"""Stepping in at a moment of a request, and what a server does when it is cut off."""

from __future__ import annotations

import http.client
import threading
from typing import get_args

import pytest

from tests.servers import HANG_UP, Answer, Member, Request, Server
from tests.servers.asking import ask, posts
from tests.servers.hooks import Moment


def test_the_moments_of_a_posting_come_in_order(home: Server, bot: Member) -> None:
    met: list[tuple[str, int]] = []
    for moment in get_args(Moment):

        def note(request: Request, moment: Moment = moment) -> None:
            met.append((moment, len(home.posts)))

        home.when(moment, note, method="POST")
    home.when("answer sent", lambda _: sent.set())
    sent = threading.Event()
    posts(bot, "Q1", "k")

    assert sent.wait(5)
    assert [
        ("request received", 0),
        ("key looked up", 0),
        ("post stored", 1),
        ("answer ready", 1),
        ("answer half sent", 1),
        ("answer sent", 1),
    ] == met


def test_a_lost_request_does_nothing(home: Server, bot: Member) -> None:
    home.when("request received", lambda _: HANG_UP, method="POST", times=1)
    with pytest.raises(http.client.RemoteDisconnected):
        posts(bot, "Q1")

    assert () == home.posts


@pytest.mark.parametrize("moment", ["post stored", "answer ready"])
def test_a_lost_answer_leaves_the_post(home: Server, bot: Member, moment: str) -> None:
    home.when(moment, lambda _: HANG_UP, path="/api/v1/statuses", times=1)  # type: ignore[arg-type]
    with pytest.raises(http.client.RemoteDisconnected):
        posts(bot, "Q1")

    assert 1 == len(home.posts)


def test_half_an_answer_is_half_an_answer(home: Server, bot: Member) -> None:
    home.when("answer half sent", lambda _: HANG_UP, method="POST", times=1)
    with pytest.raises(http.client.IncompleteRead):
        posts(bot, "Q1")

    assert 1 == len(home.posts)


def test_an_error_after_the_post_was_made(home: Server, bot: Member) -> None:
    home.when("answer ready", lambda _: Answer(500, raw=b"<html>"), method="POST", times=1)

    assert [500, 200] == [posts(bot, "Q1").status for _ in range(2)]
    assert 2 == len(home.posts)


@pytest.mark.parametrize(
    "answer", [Answer(200, ["x" * 50], cut=True), Answer(200, ["x" * 50], drip=0.001)], ids=["cut", "slow"]
)
def test_answers_may_be_cut_or_slow(home: Server, bot: Member, answer: Answer) -> None:
    home.when("request received", lambda _: answer, times=1)
    try:
        assert ["x" * 50] == ask(bot, "/api/v2/instance").json
        assert not answer.cut
    except http.client.IncompleteRead:
        assert answer.cut


def test_a_hook_can_be_taken_away(home: Server, bot: Member) -> None:
    hook = home.when("request received", lambda _: Answer(503))
    assert 503 == ask(bot, "/api/v2/instance").status

    home.hooks.remove(hook)

    assert 200 == ask(bot, "/api/v2/instance").status


def test_every_request_is_written_down(home: Server, bot: Member) -> None:
    posts(bot, "Q1", "k")
    ask(home, "/api/v1/notifications")

    assert [("POST", "/api/v1/statuses", bot, 200), ("GET", "/api/v1/notifications", None, 401)] == [
        (request.method, request.path, request.member, request.status) for request in home.requests
    ]
    assert ("k", "Q1") == (home.requests[0].key, home.requests[0].form["status"])


def test_a_connection_is_kept_for_many_requests(home: Server, bot: Member) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", home.port, timeout=5)
    ports = set()
    for _ in range(3):
        connection.request("GET", "/api/v2/instance")
        connection.getresponse().read()
        ports.add(connection.sock.getsockname()[1])
    connection.close()

    assert 1 == len(ports)


def test_many_threads_post_at_once_and_nothing_is_lost(home: Server) -> None:
    people = [home.member(f"person{number}") for number in range(8)]

    def talks(member: Member) -> None:
        for number in range(10):
            posts(member, f"A{number} #GardenChat", f"{member.name}/{number}")

    threads = [threading.Thread(target=talks, args=(member,)) for member in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 80 == len({post.local_id for post in home.posts})


def test_closing_ends_connections_that_wait(bot: Member, home: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", home.port, timeout=5)
    connection.request("GET", "/api/v2/instance")
    connection.getresponse().read()
    home.__exit__()

    assert b"" == connection.sock.recv(1)
    connection.close()
