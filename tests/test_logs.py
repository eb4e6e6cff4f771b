"""What `run` writes: one line a unit of work, and never a secret or a message that might hold somebody's words."""

from __future__ import annotations

import io
import json
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatbot import logs
from chatbot.config import Account, Archive, Config, Mail, Notify, Vantage
from chatbot.core.files.notify_list import NotifyAddress
from chatbot.core.timing import Timing
from chatbot.platforms.errors import Unavailable
from chatbot.stages.schedule import Guard

TOKEN, PASSWORD = "tok3n-0123456789", "open-sesame-7"
FAR_TOKEN, ROOM, CHECK = "f4r-t0k3n-987", "ntfy://a-t0p1c-nobody-guesses", "https://hc.test/ch3ck-123"
SECRETS = (TOKEN, PASSWORD, FAR_TOKEN, ROOM, CHECK)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    others = (Vantage("https://far.test", FAR_TOKEN),)
    account = Account("gardenbot", "mastodon", "https://a.test", TOKEN, vantage=others)
    notify = Notify((NotifyAddress(ROOM),), CHECK)
    mail = Mail("smtp.example.org", 587, "bot@example.org", "bot", PASSWORD)
    accounts = {"gardenbot": account}
    return Config(tmp_path / "c.toml", "", Archive(tmp_path), accounts, tmp_path, tmp_path, mail=mail, notify=notify)


@pytest.fixture
def written(config: Config) -> Iterator[Callable[[bool], io.StringIO]]:
    root = logging.getLogger()
    named = [root, *map(logging.getLogger, ("chatbot", *logs.QUIET))]
    handlers, levels = root.handlers[:], [logger.level for logger in named]

    def start(as_json: bool) -> io.StringIO:
        stream = io.StringIO()
        logs.set_up(config, as_json=as_json, stream=stream)
        return stream

    yield start
    root.handlers[:] = handlers
    for logger, level in zip(named, levels, strict=True):
        logger.setLevel(level)


def test_a_line_is_keys_and_values(written: Callable[[bool], io.StringIO]) -> None:
    stream = written(False)
    logging.getLogger("chatbot.deliver").info("sent", extra={"row": 3, "chat": "gardenchat-2026-12-01"})

    line = stream.getvalue()
    assert line.count("\n") == 1
    assert "level=info logger=chatbot.deliver event=sent chat=gardenchat-2026-12-01 row=3" in line


def test_what_has_no_value_is_left_out(written: Callable[[bool], io.StringIO]) -> None:
    stream = written(False)
    logging.getLogger("chatbot.deliver").info("sent", extra={"row": 3, "chat": None})

    assert stream.getvalue().endswith("event=sent row=3\n")


def test_a_line_may_be_json(written: Callable[[bool], io.StringIO]) -> None:
    stream = written(True)
    logging.getLogger("chatbot.deliver").info("sent", extra={"row": 3})

    line = json.loads(stream.getvalue())
    assert (line["event"], line["row"], line["logger"]) == ("sent", 3, "chatbot.deliver")


@pytest.mark.parametrize("as_json", [False, True])
def test_no_secret_gets_through_whatever_carries_it(written: Callable[[bool], io.StringIO], as_json: bool) -> None:
    stream = written(as_json)
    log = logging.getLogger("chatbot.x")
    log.info("asked", extra={"why": f"Authorization: Bearer {TOKEN}", "my_token": "abc", "deep": {"Password": "abc"}})
    logging.getLogger("urllib3").error("gave up %s", f"https://a.test/?access_token={TOKEN}")
    log.info(f"signed in with {PASSWORD}", extra={"listed": [TOKEN, {"x": PASSWORD}]})
    log.info("told", extra={"why": f"{ROOM} took it, and so did {FAR_TOKEN}", "at": [CHECK]})

    assert [secret for secret in (*SECRETS, "abc") if secret in stream.getvalue()] == []
    assert stream.getvalue().count(logs.HIDDEN) >= 6


@pytest.mark.parametrize("as_json", [False, True])
def test_an_exception_is_told_by_type_and_place_only(written: Callable[[bool], io.StringIO], as_json: bool) -> None:
    stream = written(as_json)
    try:
        raise ValueError("INSERT INTO post VALUES ('what Eve wrote')")
    except ValueError:
        logging.getLogger("apscheduler").exception("job failed")

    assert "Eve" not in stream.getvalue()
    assert "ValueError" in stream.getvalue()
    assert "test_logs.py" in stream.getvalue()
    assert stream.getvalue().count("\n") == 1


def test_a_value_cannot_forge_a_second_line(written: Callable[[bool], io.StringIO]) -> None:
    stream = written(False)
    logging.getLogger("chatbot.x").info("failed", extra={"why": "no\nlevel=info event=sent\r\n"})

    assert stream.getvalue().count("\n") == 1


def test_chatter_of_libraries_is_left_out(written: Callable[[bool], io.StringIO]) -> None:
    logging.getLogger("urllib3").setLevel(logging.DEBUG)  # as somebody else in this process may have left it
    stream = written(False)
    logging.getLogger("urllib3").debug("Starting new connection")
    logging.getLogger("urllib3.connectionpool").warning("Retrying after connection broken: /api/v1/statuses/1")
    logging.getLogger("apscheduler").info("Added job")

    assert stream.getvalue() == ""


def test_what_is_logged_while_a_chat_is_worked_on_carries_it(written: Callable[[bool], io.StringIO]) -> None:
    stream, guard = written(False), Guard(Timing())

    def work() -> None:
        logging.getLogger("chatbot.mastodon").warning("skipped malformed statuses", extra={"count": 2})
        logging.getLogger("chatbot.x").info("of another", extra={"chat": "bookchat-1"})
        raise Unavailable("The server did not answer.")

    guard.run("collect/gardenchat-1", work, "gardenchat-1")
    logging.getLogger("chatbot.x").info("of none")

    chats = [line.partition(" chat=")[2].partition(" ")[0] for line in stream.getvalue().splitlines()]
    assert chats == ["gardenchat-1", "bookchat-1", "gardenchat-1", ""]


def test_the_journal_gets_lines_with_their_priority_and_without_a_time(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: Callable[[bool], io.StringIO]
) -> None:
    written(False)  # puts loggers back at the end
    with (tmp_path / "journal").open("w+", encoding="utf-8") as stream:
        place = os.fstat(stream.fileno())
        for named in ("", f"{place.st_dev}:{place.st_ino}"):
            monkeypatch.setenv("JOURNAL_STREAM", named)
            logs.set_up(config, stream=stream)
            logging.getLogger("chatbot.deliver").info("posted", extra={"chat": "gardenchat-1"})
            logging.getLogger("chatbot.collect").warning("reading failed")
        logs.set_up(config, as_json=True, stream=stream)
        logging.getLogger("chatbot.deliver").info("posted")
        stream.seek(0)
        plain, _, ranked, warning, as_json = stream.read().splitlines()

    assert plain.startswith("timestamp=")
    assert ranked == "<6>level=info logger=chatbot.deliver event=posted chat=gardenchat-1"
    assert warning == '<4>level=warning logger=chatbot.collect event="reading failed"'
    assert json.loads(as_json)["event"] == "posted"
