"""The token stands in no log, no error and no repr, whatever a server answers."""

from __future__ import annotations

import http.client
import io
import logging
import pickle
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chatbot.core.model import Draft, PollDraft
from chatbot.core.timing import Timing
from chatbot.platforms.errors import PlatformError
from chatbot.platforms.mastodon import Mastodon, sign_in
from chatbot.platforms.port import PostRef
from tests.platforms import small_server
from tests.platforms.small_server import Fault, SmallServer, answers, cut_short, drips, hangs_up
from tests.servers import websocket

TOKEN = "s3cr3t-t0k3n-0f-th3-b0t"
CODE = "c0d3-0f-4n4"
REF = PostRef("", "01A", "https://garden.test/1", "https://garden.test/1")
AGO = datetime(2026, 12, 1, tzinfo=UTC)


def listening(bot: Mastodon) -> None:
    list(bot.listen(["GardenChat"], threading.Event()))


EVERYTHING: dict[str, Callable[[Mastodon, str], object]] = {
    "me": lambda bot, _: bot.me(),
    "limits": lambda bot, _: bot.limits,
    "publish": lambda bot, _: bot.publish(Draft("Q1", poll=PollDraft(("a", "b"))), "q1"),
    "picture": lambda bot, picture: bot.publish(Draft("Q1", picture=picture, alt="x"), "q1"),
    "own posts": lambda bot, _: list(bot.own_posts()),
    "timeline": lambda bot, _: list(bot.tag_timeline("GardenChat", AGO)),
    "thread": lambda bot, _: list(bot.thread(REF)),
    "mentions": lambda bot, _: list(bot.mentions(AGO)),
    "posts of": lambda bot, _: list(bot.posts_of("ana@b.test", AGO)),
    "look up": lambda bot, _: bot.look_up([PostRef(bot.server, "1", "", ""), PostRef(bot.server, "2", "", "")]),
    "resolve": lambda bot, _: bot.resolve("https://b.test/@ana/12345"),
    "edit": lambda bot, _: bot.edit(REF, Draft("Q1")),
    "delete": lambda bot, _: bot.delete(REF),
    "report": lambda bot, _: bot.report(REF, "advertising"),
    "findings": lambda bot, _: bot.findings(),
    "mend": lambda bot, _: (bot.mend("bot-flag"), bot.mend("mentions")),
    "listen": lambda bot, _: listening(bot),
}
ECHO = {"error": f"the token {TOKEN} is not valid", "error_description": f"Bearer {TOKEN}"}
TROUBLE: dict[str, Callable[[Any], None]] = {
    "hangs up": hangs_up,
    "401 with the token in it": answers(401, ECHO),
    "403": answers(403, {"error": "This action is outside the authorized scopes"}),
    "404": answers(404, {"error": "Record not found"}),
    "422": answers(422, ECHO),
    "429": answers(429, {"error": "Too many requests"}),
    "500": answers(500, b"<html>" + TOKEN.encode()),
    "a web page": answers(200, b"<html>"),
    "cut short": cut_short(b'{"id'),
    "drips": drips(0.03),
    "odd JSON": answers(200, {"id": {"a": [1]}, "account": 7}),
    "elsewhere": answers(302, b"", {"Location": "http://127.0.0.1:9/"}),
}


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with small_server.running() as running:
        yield running


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything that is logged by anybody, printed, or printed by http.client at its most talkative."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    root = logging.getLogger()
    loggers = [root, *map(logging.getLogger, ("urllib3", "requests", "mastodon", "websockets", "chatbot"))]
    before = [logger.level for logger in loggers]
    root.addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    with redirect_stdout(out), redirect_stderr(out):
        yield out
    root.removeHandler(handler)
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)
    assert http.client.HTTPConnection.debuglevel == 0


@pytest.fixture
def picture(tmp_path: Path) -> str:
    file = tmp_path / "leeks.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n")
    return str(file)


@pytest.mark.parametrize("trouble", TROUBLE)
def test_no_method_tells_the_token_in_any_trouble(
    server: SmallServer, heard: io.StringIO, picture: str, trouble: str
) -> None:
    seconds = 0.1 if trouble == "drips" else 3
    hasty = Timing(request_deadline=timedelta(seconds=seconds), tick=timedelta(seconds=0.05))
    streaming = {"domain": "a.test", "configuration": {"urls": {"streaming": server.url}}}
    for name, call in EVERYTHING.items():
        bot = Mastodon("gardenbot", server.url, TOKEN, timing=hasty)
        try:
            server.faults = [Fault("/api/v2/instance", answers(200, streaming))]
            _ = bot.limits if name != "limits" else None
            server.faults = [Fault("/", TROUBLE[trouble], times=99)]
            call(bot, picture)
        except PlatformError as error:
            heard.write("".join(traceback.format_exception(error)))
            heard.write(f"{error!r} {error.args} {error.__cause__!r} {error.__context__!r}")
        heard.write(repr(bot))
        server.faults = []
        bot.close()

    assert len(server.asked) > len(EVERYTHING)
    assert any(TOKEN in headers.get("Authorization", "") for _, _, headers, _ in server.asked)
    assert TOKEN not in heard.getvalue()


def upgrades(then: bytes) -> Callable[[Any], None]:
    """Open a WebSocket, say something, and hang up."""

    def act(handler: Any) -> None:
        handler.close_connection = True
        handler.send_response(101)
        handler.send_header("Upgrade", "websocket")
        handler.send_header("Connection", "Upgrade")
        handler.send_header("Sec-WebSocket-Accept", websocket.accept(handler.headers["Sec-WebSocket-Key"]))
        handler.end_headers()
        handler.wfile.write(then)

    return act


@pytest.mark.parametrize(
    "trouble",
    [
        *TROUBLE.values(),
        upgrades(b""),
        upgrades(websocket.frame(b'{"error":"' + TOKEN.encode() + b'","status":401}')),
        upgrades(b"\xff" + TOKEN.encode()),
        answers(101, TOKEN.encode()),
        answers(302, b"", {"Location": f"/elsewhere?access_token={TOKEN}"}),
    ],
)
def test_a_socket_that_wants_the_token_in_its_address_does_not_spread_it(
    server: SmallServer, heard: io.StringIO, trouble: Callable[[Any], None]
) -> None:
    hasty = Timing(request_deadline=timedelta(seconds=1), stream_silence=timedelta(seconds=1))
    bot = Mastodon("gardenbot", server.url, TOKEN, timing=hasty)
    for address in (server.url.replace("http", "ws"), "ws://[no", f"ws://127.0.0.1:1/{TOKEN}"):
        server.faults = [
            Fault("/api/v2/instance", answers(200, {"configuration": {"urls": {"streaming": address}}})),
            Fault("/api/v1/streaming?stream=user&access_token", trouble, times=9),
            Fault("/api/v1/streaming?", answers(401, ECHO), times=9),
            Fault("/api/v1/streaming", answers(404, ECHO), times=9),
        ]
        bot._instance = None
        try:
            heard.write(repr(list(bot.listen(["GardenChat"], threading.Event()))))
        except PlatformError as error:
            heard.write("".join(traceback.format_exception(error)))
            heard.write(f"{error!r} {error.args} {error.__cause__!r} {error.__context__!r}")
            heard.write(repr(pickle.dumps(error)))
    bot.close()

    assert any(f"&access_token={TOKEN}" in path for _, path, _, _ in server.asked)
    assert TOKEN not in heard.getvalue()


def test_an_error_carries_no_request_with_it(server: SmallServer) -> None:
    bot = Mastodon("gardenbot", server.url, TOKEN)
    server.faults = [Fault("/", hangs_up, times=9)]

    with pytest.raises(PlatformError) as caught:
        bot.me()
    bot.close()

    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert TOKEN.encode() not in pickle.dumps(caught.value)


def test_signing_in_tells_neither_code_nor_secret_nor_token(server: SmallServer, heard: io.StringIO) -> None:
    app = {"client_id": "public", "client_secret": "s3cr3t-0f-th3-4pp"}
    server.faults.append(Fault("/api/v1/apps", answers(200, app)))
    server.faults.append(Fault("/oauth/token", answers(400, {"error": f"invalid_grant s3cr3t-0f-th3-4pp {CODE}"})))
    server.faults.append(Fault("/oauth/token", answers(200, {"access_token": TOKEN, "scope": "read write"})))
    begun = sign_in.begin(server.url)

    with pytest.raises(PlatformError) as caught:
        begun.token(CODE)
    begun.token(CODE)
    heard.write("".join(traceback.format_exception(caught.value)) + repr(begun))
    begun.close()

    for secret in (TOKEN, "s3cr3t-0f-th3-4pp", CODE):
        assert secret not in heard.getvalue()
