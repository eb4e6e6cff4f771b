"""What a host sees who asked a question by hand and says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result

from chatbot.cli import program
from chatbot.core.errors import ChatbotError
from chatbot.core.plan import Person
from chatbot.store import chats, outbox
from chatbot.store.engine import open_store
from tests.people import STARTS, garden_chat, garden_series
from tests.servers import MASTODON_4_5, Server

CHAT = "gardenchat-2026-12-01"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(MASTODON_4_5, "garden.test") as running:
        running.member("rosa").says("Q3 What do you do against slugs?")
        yield running


@pytest.fixture
def settings(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings with one account on a small server, and a chat that is ready."""
    file = tmp_path / "chatbot.toml"
    (tmp_path / "token").write_text(server.member("gardenbot").token, encoding="utf-8")
    file.write_text(
        'database = "sqlite:///chat.db"\n\n[archive]\nfolder = "site"\n\n'
        f'[accounts.gardenbot]\nserver = "{server.url}"\ntoken_file = "token"\n',
        encoding="utf-8",
    )
    (tmp_path / "token").chmod(0o600)
    store = open_store(f"sqlite:///{tmp_path / 'chat.db'}")
    with store.write() as conn:
        rosa = Person("Rosa Marques", "rosa@garden.test")
        chats.save_series(conn, garden_series(hosts=(rosa,)), file=None, file_hash=None, now=STARTS)
        chats.save_chat(conn, garden_chat(), state="ready", file=None, file_hash=None, now=STARTS)
    store.close()
    return file


def run(settings: Path, *arguments: str) -> Result:
    return CliRunner().invoke(program, ["--config", str(settings), "adopt", *arguments], standalone_mode=False)


def test_adopt_says_which_post_is_now_the_question(settings: Path, server: Server) -> None:
    address = server.posts[0].url
    said = run(settings, CHAT, "3", address)

    assert said.output == f"{address} is now Q3 of {CHAT}: the bot will not ask it; answers below it are collected.\n"
    store = open_store(f"sqlite:///{settings.parent / 'chat.db'}")
    with store.read() as conn:
        (row,) = outbox.of_chat(conn, CHAT)
    store.close()
    assert (row.question, row.state.value, row.adopted, row.url) == ("q3", "sent", True, address)


def test_adopting_again_changes_nothing_and_says_so(settings: Path, server: Server) -> None:
    address = server.posts[0].url
    run(settings, CHAT, "3", address)

    assert "already; nothing changed" in run(settings, CHAT, "Q3", address).output


def test_an_adoption_is_taken_back_and_said_so(settings: Path, server: Server) -> None:
    address = server.posts[0].url
    run(settings, CHAT, "3", address)

    with time_machine.travel("2026-11-22 12:00:00Z", tick=False):
        said = run(settings, CHAT, "3", address, "--undo").output

    planned = "the bot asks Q3 itself, planned for Tuesday 1 December, 20:"
    assert said.startswith(f"Taken back: {address} is not Q3 of {CHAT} any more; {planned}")
    assert "is now Q2" in run(settings, CHAT, "2", address).output


def test_an_answer_is_no_question(settings: Path, server: Server) -> None:
    server.member("ana").says("A3 Beer traps!")
    refused = run(settings, CHAT, "3", server.posts[-1].url)

    assert "was written by @ana@garden.test, who is no host of this chat, so nothing was changed." in str(
        refused.exception
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nochat", "3", "https://a.test/@ana/123456"), "There is no chat “nochat”"),
        ((CHAT, "12", "https://a.test/@ana/123456"), "has no question “12”"),
        ((CHAT, "3", "not an address"), "finds no post behind this address"),
        ((CHAT, "3", "https://a.test/@ana/123456", "--account", "rosebot"), "does not use an account “rosebot”"),
    ],
)
def test_what_cannot_be_adopted_is_said_in_one_sentence(settings: Path, arguments: tuple[str, ...], words: str) -> None:
    failed = run(settings, *arguments)

    assert isinstance(failed.exception, ChatbotError)
    assert words in str(failed.exception)
    assert "nothing was" in str(failed.exception)
