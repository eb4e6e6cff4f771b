"""`chatbot publish` while servers answer, do not answer, or show that something was deleted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner

from chatbot.cli import program
from chatbot.store.engine import Store, open_store
from tests.fakes import FixedClock
from tests.servers import MASTODON_4_5
from tests.stages.towns import CHAT, Town

SETTINGS = """
database = "sqlite:///{folder}/chat.db"
state = "state"

[archive]
folder = "site"

[accounts.gardenbot]
server = "{server}"
token_file = "token"
"""


@pytest.fixture
def town(tmp_path: Path, clock: FixedClock) -> Iterator[Town]:
    """A chat that is over, in the database of an installation."""
    store: Store = open_store(f"sqlite:///{tmp_path / 'chat.db'}")
    with Town(MASTODON_4_5, store, clock, tmp_path) as town:
        (tmp_path / "chatbot.toml").write_text(SETTINGS.format(folder=tmp_path, server=town.home.url))
        (tmp_path / "token").write_text(town.bot.token)
        (tmp_path / "token").chmod(0o600)
        yield town
    store.close()


def publish(town: Town, folder: Path) -> str:
    town.clock.to(town.chat.ends_at + timedelta(hours=1))
    with time_machine.travel(town.clock(), tick=False):
        result = CliRunner().invoke(program, ["--config", str(folder / "chatbot.toml"), "publish", CHAT])
    assert result.exception is None, result.exception
    return result.output


def page(folder: Path) -> str:
    file = folder / "site" / "gardenchat" / CHAT / "index.html"
    return file.read_text("utf-8") if file.exists() else ""


def test_what_was_deleted_or_came_late_is_so_on_the_first_page_already(town: Town, tmp_path: Path) -> None:
    town.ada.says("A1 rhubarb #GardenChat")
    gone = town.ada.says("A1 nettles #GardenChat")
    town.collect()
    town.ada.deletes(gone)
    town.ada.says("A2 hyssop #GardenChat")

    said = publish(town, tmp_path)

    assert "1 chat" in said
    assert ("rhubarb" in page(tmp_path), "hyssop" in page(tmp_path), "nettles" in page(tmp_path)) == (True, True, False)


def test_while_no_server_answers_nothing_is_written_and_it_is_said_what_happens(town: Town, tmp_path: Path) -> None:
    town.ada.says("A1 rhubarb #GardenChat")
    town.collect()
    town.home.__exit__()

    said = publish(town, tmp_path)

    assert "nothing is written yet" in said
    assert "no server answers for 3 posts" in said
    assert page(tmp_path) == ""
    with time_machine.travel(town.clock(), tick=False):
        CliRunner().invoke(program, ["--config", str(tmp_path / "chatbot.toml"), "render"], catch_exceptions=False)
    assert "rhubarb" in page(tmp_path)
