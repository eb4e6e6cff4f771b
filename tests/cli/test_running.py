"""`run`, `status` and `health` as a person at a terminal meets them: real processes, real signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import time_machine

from chatbot import health
from chatbot.store import claims, cursors, outbox
from chatbot.store.engine import open_store
from chatbot.wiring import now
from tests.cli.terminal import said
from tests.stages.test_planning import CHAT, NIGHT, SERIES

TOKEN = "a-token-that-nobody-may-see-0123456789"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chats").mkdir()
    (tmp_path / "state").mkdir()
    settle(tmp_path, "http://127.0.0.1:9")
    (tmp_path / "chats" / "garden.toml").write_text(SERIES + CHAT, encoding="utf-8")
    return tmp_path


def settle(house: Path, server: str) -> None:
    (house / "chatbot.toml").write_text(f'[accounts.gardenbot]\nserver = "{server}"\n', encoding="utf-8")
    token = house / "state" / "gardenbot.token"
    token.write_text(TOKEN, encoding="utf-8")
    token.chmod(0o600)


class Process:
    """A `chatbot` of its own, and the lines it writes."""

    def __init__(self, house: Path, *arguments: str) -> None:
        self.lines: list[str] = []
        command = [sys.executable, "-c", "from chatbot.cli import main; main()", *arguments]
        self.process = subprocess.Popen(command, cwd=house, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)

    def says(self, words: str, seconds: float = 20, times: int = 1) -> str:
        """Wait until it has said these words so often, and return the last line with them."""
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            found = [line for line in list(self.lines) if words in line]
            if len(found) >= times:
                return found[-1]
            time.sleep(0.02)
        raise AssertionError(f"{words!r} was not said in: {''.join(self.lines)}")

    def end(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(with_signal)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(timeout=30)
        self._reader.join(timeout=5)
        return code


@pytest.fixture
def begin(house: Path) -> Iterator[object]:
    begun: list[Process] = []

    def start(*arguments: str) -> Process:
        begun.append(Process(house, *arguments))
        return begun[-1]

    yield start
    for one in begun:
        if one.process.poll() is None:
            one.process.kill()
            one.wait()
        for pipe in (one.process.stdout, one.process.stderr):
            if pipe is not None:
                pipe.close()


class Server:
    """A server that answers everything with one status."""

    def __init__(self, status: int) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = b'{"error": "The access token is invalid"}'
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


# run


def test_without_a_network_it_waits_says_so_and_ends_cleanly(house: Path, begin: object) -> None:
    running = begin("run")  # type: ignore[operator]
    line = running.says("waiting for the server")
    give_up = time.monotonic() + 10
    while not (house / "state" / health.FILE).exists() and time.monotonic() < give_up:
        time.sleep(0.05)
    verdict = said("health")
    code = running.end()
    afterwards = said("health")

    assert "account=gardenbot" in line
    assert (verdict.exit_code, verdict.output.split(":")[0]) == (0, "Running")
    assert (afterwards.exit_code, afterwards.output.split(" ago")[1]) == (1, ". Start it with `chatbot run`.\n")
    assert afterwards.output.startswith("Not running: it was ended ")
    assert code == 0
    running.says("event=ended")
    assert TOKEN not in "".join(running.lines)


def test_ctrl_c_ends_it_cleanly_too(begin: object) -> None:
    running = begin("run", "--json")  # type: ignore[operator]
    started = json.loads(running.says('"started"'))

    assert started["accounts"] == 1
    assert running.end(signal.SIGINT) == 0


def test_a_killed_one_holds_nothing(house: Path, begin: object) -> None:
    first = begin("run")  # type: ignore[operator]
    first.says("event=started")

    first.process.kill()
    first.wait()
    third = begin("run")  # type: ignore[operator]
    third.says("event=started")
    assert third.end() == 0


def test_a_wrong_token_ends_it_with_clear_words(house: Path, begin: object) -> None:
    server = Server(401)
    settle(house, server.url)
    running = begin("run")  # type: ignore[operator]
    line = running.says("No account can sign in")
    code = running.wait()
    server.close()

    assert code == 2
    assert "Run `chatbot login gardenbot`, then start again." in line
    assert TOKEN not in "".join(running.lines)


def test_once_with_a_wrong_token_is_the_same(house: Path, begin: object) -> None:
    server = Server(401)
    settle(house, server.url)
    running = begin("run", "--once")  # type: ignore[operator]
    code = running.wait()
    server.close()

    assert code == 2
    assert "No account can sign in" in "".join(running.lines)


def test_a_server_in_trouble_is_waited_for(house: Path, begin: object) -> None:
    server = Server(503)
    settle(house, server.url)
    running = begin("run")  # type: ignore[operator]
    running.says("waiting for the server")
    code = running.end()
    server.close()

    assert code == 0


def test_settings_that_are_wrong_stop_it_before_anything_is_touched(house: Path, begin: object) -> None:
    (house / "chatbot.toml").write_text("[accounts.gardenbot]\nsrever = 1\n", encoding="utf-8")
    running = begin("run")  # type: ignore[operator]

    assert running.wait() == 1
    assert not (house / "chatbot.db").exists()


# health


def test_health_needs_neither_sound_settings_nor_a_database(house: Path) -> None:
    (house / "chatbot.toml").write_text("database = 7 # broken")
    verdict = said("health")

    assert verdict.exit_code == 1
    assert verdict.output == "Not running: no chatbot has written here yet. Start it with `chatbot run`.\n"


def test_health_loads_nothing_heavy() -> None:
    script = (
        "import sys\nfrom chatbot.cli import main\n"
        "try:\n    main(['health'])\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('sqlalchemy', 'pydantic', 'mastodon', 'requests', 'structlog', 'apscheduler')"
        " if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert found.stdout.strip().endswith("[]")


# status


def flat(output: str) -> str:
    """Undo the wrapping of lines."""
    return " ".join(output.split())


@pytest.fixture
def planned(house: Path) -> Iterator[Path]:
    with time_machine.travel("2026-11-22 12:00:00Z", tick=False):
        said("plan", "apply", "chats/garden.toml", "--offline")
        yield house


def test_status_of_nothing_says_how_to_begin(house: Path) -> None:
    assert "No chat is planned. `chatbot new`" in said("status").output


def test_status_counts_down_to_the_next_post(planned: Path) -> None:
    lines = said("status").output.splitlines()

    assert lines[0].startswith("Not running:")
    assert lines[2:] == [
        f"Garden Chat “Winter gardens”  ({NIGHT})",
        "  begins     Tuesday 1 December, 20:00; to come",
        "  next       the announcement, Monday 30 November, 20:00, in 8 d 8 h",
        "  posts      none out, 8 to go",
    ]


def test_status_says_calmly_what_was_due_before_the_bot_started(planned: Path) -> None:
    store = open_store(f"sqlite:///{planned / 'chatbot.db'}")
    with store.write() as conn:
        claims.doubt(conn, "gardenbot", now() + timedelta(days=9))
    store.close()
    output = said("status").output

    assert "NOT SURE" not in output
    assert "looking    whether it is out already: the announcement on gardenbot" in output
    assert "it was due before the bot started" in flat(output)


def test_status_names_what_was_planned_too_late(house: Path) -> None:
    with time_machine.travel("2026-12-01 19:30:00Z", tick=False):
        said("plan", "apply", "chats/garden.toml")
        output = said("status").output

    assert "\n  not posted the announcement: planned too late\n" in output


def test_status_tells_what_is_not_sure_failed_dropped_and_held(planned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(f"sqlite:///{planned / 'chatbot.db'}")
    with store.write() as conn:
        rows = [row for row in outbox.of_chat(conn, NIGHT) if row.is_cue]
        welcome, q1, q2, q3 = (rows[index] for index in (2, 4, 5, 6))
        claim = claims.Claim("me", now(), welcome.draft)
        claims.claim(conn, welcome, claim, now())
        claims.lose(conn, welcome.id, "me", now())
        claims.claim(conn, q1, claims.Claim("me", now(), q1.draft), now())
        claims.fail(conn, q1.id, "me", "The server refused the post.", now())
        claims.late(conn, q2, "no-room", now())
        outbox.hold(conn, q3.id, now())
        cursors.note(conn, NIGHT, "gardenbot", "thread:1", now())
        cursors.note(conn, NIGHT, "gardenbot", "thread:2", now(), note="The server did not answer.")
        cursors.note(conn, NIGHT, "", cursors.READ, now())
    store.close()
    monkeypatch.setenv("COLUMNS", "80")
    output = said("status").output

    assert "NOT SURE   the welcome on gardenbot" in output
    assert "the server did not answer" in flat(output)
    assert "FAILED     Q1 on gardenbot" in output
    assert ": The server refused the post" in flat(output)
    assert "dropped    Q2 on gardenbot" in output
    assert "held       Q3 on gardenbot" in output
    assert "collected  no posts of people, last read 0 s ago\n             gardenbot\n" in output
    assert "threads                          0  read 0 s ago\n" in output
    assert "failed last: The server did not answer\n" in output
    assert max(map(len, output.splitlines())) <= 80


def test_status_as_json_holds_the_same(planned: Path) -> None:
    said("pause", "gardenchat")
    body = json.loads(said("status", "--json").output)

    chat = body["chats"][0]
    assert (body["version"], chat["chat"], chat["state"], chat["waiting"]) == (1, NIGHT, "paused", 8)
    assert chat["next"]["name"] == "the announcement"
    assert not body["running"]["is_healthy"]
