"""Two `chatbot run` on one database: the second stands by, and takes over when the first dies. Real processes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from chatbot import health
from chatbot.core.model import CueKind
from chatbot.store import chats, outbox
from chatbot.store.engine import normal_url, open_store
from chatbot.wiring import now
from tests.cli.test_running import Process, said, settle
from tests.platforms.small_server import SmallServer, running
from tests.stages.nights import CHAT, a_chat, a_cue, a_series
from tests.store.conftest import postgres

__all__ = ["postgres"]

WAITS = "another chatbot runs on this database (since "
pytestmark = [pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX"), pytest.mark.timeout(90)]

Begin = Callable[..., Process]


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with running() as small:
        yield small


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: SmallServer) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "state").mkdir()
    settle(tmp_path, server.url)
    (tmp_path / "state" / "gardenbot.token").write_text("bot-token", encoding="utf-8")
    return tmp_path


@pytest.fixture
def begin(house: Path) -> Iterator[Begin]:
    begun: list[Process] = []

    def start(*arguments: str) -> Process:
        begun.append(Process(house, *arguments))
        return begun[-1]

    yield start
    for one in begun:
        one.process.kill()
        one.wait()
        for pipe in (one.process.stdout, one.process.stderr):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def database(house: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{house / 'chatbot.db'}"
    address = str(request.getfixturevalue("postgres"))
    name = f"night_{uuid4().hex[:12]}"
    engine = sa.create_engine(normal_url(address), isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    url = sa.make_url(normal_url(address)).set(database=name).render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url)
    return url


def plan(database: str, number: int) -> None:
    """Put a question into the database that is due in a moment."""
    store = open_store(database)
    at = now()
    cue = a_cue(CueKind.QUESTION, at + timedelta(seconds=1), f"Q{number} What grew?", question=f"q{number}")
    with store.write() as conn:
        if chats.find(conn, CHAT) is None:
            chats.save_series(conn, a_series(), file=None, file_hash=None, now=at)
            chats.save_chat(conn, a_chat(2, start=at), state="ready", file=None, file_hash=None, now=at)
        outbox.put_cue(conn, cue, ["gardenbot"], at)
    store.close()


def asked(server: SmallServer) -> list[str]:
    return sorted(str(status["content"])[3:5] for status in list(server.statuses.values()))


def come(what: Callable[[], object], *telling: Process, seconds: float = 20) -> None:
    give_up = time.monotonic() + seconds
    while not what():
        said = "\n".join("".join(process.lines) for process in telling)
        assert time.monotonic() < give_up, f"it did not come; they said:\n{said}"
        time.sleep(0.02)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_the_second_stands_by_and_takes_over_within_seconds(database: str, begin: Begin, server: SmallServer) -> None:
    first = begin("run")
    first.says("event=started")
    second = begin("run")
    line = second.says(WAITS)
    assert f'holder="process {first.process.pid}"' in line
    plan(database, 1)
    come(lambda: asked(server) == ["Q1"], first)

    first.process.kill()
    died = time.monotonic()
    second.says("taking over")
    assert time.monotonic() - died < 5
    second.says("event=started")
    plan(database, 2)
    come(lambda: asked(server) == ["Q1", "Q2"], first, second)

    assert [row.state.value for row in rows(database)] == ["sent", "sent"]
    assert "".join(second.lines).count(WAITS) == 1
    assert second.end() == 0


def rows(database: str) -> list[outbox.Row]:
    """Wait until nothing is on its way, and return the questions."""
    store = open_store(database)
    try:
        for _ in range(100):
            with store.read() as conn:
                found = [row for row in outbox.of_chat(conn, CHAT) if row.is_cue]
            if all(row.state.value == "sent" for row in found):
                break
            time.sleep(0.05)
        return found
    finally:
        store.close()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_whoever_loses_its_connection_stops_and_is_one_among_others(database: str, begin: Begin) -> None:
    first = begin("run")
    first.says("event=started")
    engine = sa.create_engine(normal_url(database), isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.exec_driver_sql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted")
    engine.dispose()

    first.says("lock was lost")
    first.says("event=ended")
    first.says("event=started", times=2)
    assert first.end() == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_stand_by_is_healthy_and_ends_at_once(database: str, begin: Begin, house: Path) -> None:
    first = begin("run")
    first.says("event=started")
    second = begin("run")
    second.says(WAITS)
    come(lambda: (house / "state" / health.STAND_BY).exists())
    come(lambda: (house / "state" / health.FILE).exists())
    both = said("health")
    asked_at = time.monotonic()

    assert second.end(signal.SIGTERM) == 0
    assert time.monotonic() - asked_at < 2
    assert both.exit_code == 0
    assert both.output.startswith("Running: ")
    assert both.output.endswith("; another one stands by.\n")
    assert not (house / "state" / health.STAND_BY).exists()
    assert first.end() == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_who_does_not_want_to_wait_is_told_who_runs(database: str, begin: Begin) -> None:
    first = begin("run")
    first.says("event=started")
    others = [begin("run", "--no-wait"), begin("run", "--once")]
    for other in others:
        refused = other.says("A chatbot runs on this database already")
        assert other.wait() == 2
        assert f"(process {first.process.pid}, since " in refused
    assert first.end() == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_lock_file_that_somebody_removed_ends_the_first_ones_turn(database: str, begin: Begin, house: Path) -> None:
    first = begin("run")
    first.says("event=started")
    (house / "chatbot.db.lock").unlink()

    first.says("lock was lost")
    first.says("event=started", times=2)
    assert first.end() == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("accounts = 3 [\n", "the settings cannot be read any more, so those read at the start go on"),
        ('database = "sqlite:///other.db"\n', "the settings name another database now"),
    ],
    ids=["broken", "another database"],
)
def test_settings_that_cannot_be_taken_up_are_told_and_the_chats_go_on(
    database: str, begin: Begin, house: Path, written: str, told: str
) -> None:
    first = begin("run")
    first.says("event=started")
    second = begin("run")
    second.says(WAITS)
    settings = house / "chatbot.toml"
    settings.write_text(written + settings.read_text(encoding="utf-8"), encoding="utf-8")
    first.process.kill()

    second.says(told)
    second.says("event=started")
    assert second.end() == 0
    assert not (house / "other.db").exists()
