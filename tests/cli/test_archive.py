"""What a host sees of `render`, `publish` and `export`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result

from chatbot.cli import program
from chatbot.cli.archive import FORMATS
from chatbot.core.errors import ChatbotError
from chatbot.core.model import Post
from chatbot.core.timing import Timing
from chatbot.render.formats import WRITERS
from chatbot.stages import planning
from chatbot.store import chats, posts
from chatbot.store.engine import open_store
from tests import people
from tests.fakes import FakePlatform, FixedClock

CHAT = "gardenchat-2025-12-02"

SETTINGS = """
database = "sqlite:///chat.db"
state = "state"

[archive]
folder = "site"
title = "Garden chats"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a chat that is long over, with one answer."""
    (tmp_path / "chatbot.toml").write_text(SETTINGS)
    clock = FixedClock("2025-12-02 20:05")
    chat = people.garden_chat(id=CHAT, starts_at=clock.to("2025-12-02 20:00"))
    store = open_store(f"sqlite:///{tmp_path / 'chat.db'}")
    with store.write() as conn:
        chats.save_series(conn, people.garden_series(), file=None, file_hash=None, now=clock())
        chats.save_chat(conn, chat, state="ready", file=None, file_hash=None, now=clock())
        posts.save(conn, [answer(clock)], chat=CHAT, route="tag", now=clock(), secret=b"s", refuses=lambda post: False)
    store.close()
    return tmp_path


def answer(clock: FixedClock) -> Post:
    clock.forward(minutes=5)
    return FakePlatform(clock).post("@ana@b.test", "A1 Broad beans, always, and patience #GardenChat")


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(program, ["--config", str(home / "chatbot.toml"), *arguments], catch_exceptions=False)


def test_rendering_a_chat_nobody_published_makes_a_private_preview_and_says_so(home: Path) -> None:
    result = run(home, "render", CHAT)

    assert "Not published yet: a private preview is in" in result.output
    assert result.output.endswith(f"Look it over, then publish it: chatbot publish {CHAT}\n")
    assert not (home / "site").exists()


def test_a_preview_of_a_chat_to_come_says_when_it_can_be_published(home: Path) -> None:
    with time_machine.travel("2025-12-02 19:00Z", tick=False):
        result = run(home, "render", CHAT)

    assert result.output.endswith(
        f"It can be published when the chat is over (tonight 21:00): chatbot publish {CHAT}\n"
    )


def test_an_export_of_a_chat_to_come_says_that_its_questions_are_still_to_be_asked(home: Path) -> None:
    store = open_store(f"sqlite:///{home / 'chat.db'}")
    with time_machine.travel("2025-12-02 19:00Z", tick=False):
        planning.refresh(store, CHAT, Timing(), datetime.now(UTC))
        store.close()
        told = run(home, "export", CHAT, "--format", "txt").output

    assert "It is still to be asked." in told
    assert "Q1 is still to be asked." in told
    assert "not asked" not in told


def test_publishing_writes_the_archive_and_says_where(home: Path) -> None:
    result = run(home, "publish", CHAT)

    assert f"{home / 'site' / 'index.html'}: 1 chat, 1 post." in result.output
    assert "without `public_url`" in result.output
    assert "Broad beans" in (home / "site" / "gardenchat" / CHAT / "index.html").read_text("utf-8")


def test_rendering_without_a_chat_writes_what_is_published(home: Path) -> None:
    before = run(home, "render").output
    run(home, "publish", "gardenchat")

    assert "0 chats, 0 posts" in before
    assert "1 chat, 1 post" in run(home, "render").output


@pytest.mark.parametrize("form", FORMATS)
def test_a_chat_is_exported_in_every_form(home: Path, form: str) -> None:
    result = run(home, "export", CHAT, "--format", form, "--out", str(home / f"chat.{form}"))

    assert result.output.startswith(f"{home / f'chat.{form}'}: ")
    assert (form == "ics") or b"Broad beans" in (home / f"chat.{form}").read_bytes()


def test_every_writer_can_be_asked_for() -> None:
    assert tuple(WRITERS) == FORMATS


def test_an_export_goes_to_standard_output_byte_for_byte(home: Path) -> None:
    told = json.loads(run(home, "export", CHAT, "--format", "json").stdout_bytes)

    assert [(post["answers"], post["state"]) for post in told["posts"]] == [([1], "shown")]


def test_an_unknown_chat_is_answered_with_the_known_ones(home: Path) -> None:
    with pytest.raises(ChatbotError, match="There is no chat “rosechat”"):
        run(home, "export", "rosechat", "--format", "md")


def test_a_file_that_cannot_be_written_is_named(home: Path) -> None:
    with pytest.raises(ChatbotError, match="could not be written"):
        run(home, "export", CHAT, "--format", "md", "--out", str(home / "nowhere" / "chat.md"))
