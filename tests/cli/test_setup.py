"""`chatbot login` and `chatbot init` as a newcomer meets them, against a real server over HTTP."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from mastodon_mock.testing import MockServer

from chatbot import config
from chatbot.cli import program
from chatbot.core.errors import ChatbotError
from chatbot.platforms.mastodon import Mastodon

QUESTIONS = """1. What grows in your garden?
2) What failed,
   and why?

Wrap up: what will you try next?
"""


@pytest.fixture(scope="module")
def mock_server() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


@pytest.fixture
def server(mock_server: MockServer) -> str:
    mock_server.reset()
    return mock_server.base_url


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "Europe/Lisbon")
    return tmp_path


def run(*arguments: str, typed: list[str]) -> Result:
    return CliRunner().invoke(program, list(arguments), input="".join(f"{line}\n" for line in typed))


def walk(server: str, *, ready: str = "n") -> list[str]:
    """What a newcomer types."""
    return [
        server,
        "mockcode_alice",
        "Rita Fontes",
        "@rita@b.test",
        *("y", "y", "y"),  # the bot flag; a bio; that bio
        "y",  # the test post
        *("Garden Chat", "", "", "2031-12-02", "20:00", "1", ""),
        "Soil",
        *QUESTIONS.splitlines(),
        ".",
        "y",
        ready,
    ]


def test_login_writes_settings_and_a_token_of_its_owner_alone(home: Path, server: str) -> None:
    result = run("login", server, typed=["mockcode_alice", "n", "n"])

    assert result.exit_code == 0, result.output
    assert "/oauth/authorize?" in result.output
    assert "Signed in as @alice@mock.local." in result.output
    assert "Only this user can read it." in result.output
    assert stat.S_IMODE((home / "state/alice.token").stat().st_mode) == 0o600
    account = config.load(None, {}).accounts["alice"]
    bot = Mastodon("alice", account.server, account.token)
    assert bot.me().handle == "alice@mock.local"
    bot.close()


def test_the_token_is_neither_shown_nor_in_the_settings(home: Path, server: str) -> None:
    result = run("login", server, typed=["mockcode_alice", "n", "n"])
    token = (home / "state/alice.token").read_text().strip()

    assert token not in result.output
    assert token not in (home / "chatbot.toml").read_text()


def test_login_again_names_the_account_and_replaces_its_token(home: Path, server: str) -> None:
    run("login", server, typed=["mockcode_alice", "n", "n"])
    settings, token = (home / "chatbot.toml").read_text(), (home / "state/alice.token").read_text()

    result = run("login", "alice", typed=["mockcode_alice", "n", "n"])

    assert result.exit_code == 0, result.output
    assert (home / "chatbot.toml").read_text() == settings
    assert (home / "state/alice.token").read_text() != token


def test_a_second_account_is_added_to_the_settings(home: Path, server: str) -> None:
    run("login", server, typed=["mockcode_alice", "n", "n"])
    result = run("login", server, typed=["mockcode_bob", "n", "n"])

    assert "Added [accounts.bob] to chatbot.toml." in result.output
    assert list(config.load(None, {}).accounts) == ["alice", "bob"]


def test_what_is_wrong_about_the_account_is_mended_on_a_yes(home: Path, server: str) -> None:
    own_words = "Run by Rita, r@b.test. Write me stop."
    typed = ["mockcode_alice", "y", "y", "Rita Fontes", "@rita@b.test", "n", own_words]

    result = run("login", server, typed=typed)

    assert "✗ The account is not marked as automated" in result.output
    assert "✓ The account is marked as automated." in result.output
    assert "✓ The bio says who runs this, whom to write to, and how to stay out." in result.output


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("http://127.0.0.1:9", "cannot be reached"),
        ("two words", "is no server"),
        ("nowhere.invalid", "Is the name right?"),
    ],
)
def test_a_server_that_cannot_be_used_is_told_and_leaves_nothing(home: Path, named: str, says: str) -> None:
    result = run("login", named, typed=[])

    assert isinstance(result.exception, ChatbotError)
    assert result.exception.exit_code == 2
    assert says in str(result.exception)
    assert list(home.iterdir()) == []


def test_a_wrong_code_is_told_and_leaves_nothing(home: Path, server: str) -> None:
    result = run("login", server, typed=["nonsense"])

    assert isinstance(result.exception, ChatbotError)
    assert "did not take the code" in str(result.exception)
    assert list(home.iterdir()) == []


def test_init_leads_from_nothing_to_a_chat_one_can_look_over(home: Path, server: str) -> None:
    result = run("init", typed=walk(server))

    assert result.exit_code == 0, result.output
    for step in ("1/6  Sign in", "2/6  Look", "3/6  A private", "4/6  The chat", "5/6  The questions", "6/6  A look"):
        assert step in result.output
    assert "The bot can post, and read what it posted." in result.output
    assert "Q2  What failed, and why?" in result.output
    assert "Q1 What grows in your garden?" in result.output.partition("6/6")[2]
    plan = (home / "chats/gardenchat.toml").read_text()
    assert 'rhythm = "FREQ=MONTHLY;BYDAY=1TU"' in plan
    assert 'zone = "Europe/Lisbon"' in plan
    assert 'account = "rita@b.test"' in plan
    assert "ready = false" in plan


def test_editors_find_the_schemas_that_the_new_files_name(home: Path, server: str) -> None:
    run("init", typed=walk(server))

    for file in (home / "chatbot.toml", home / "chats/gardenchat.toml"):
        named = file.read_text("utf-8").splitlines()[0].removeprefix("#:schema ")
        assert json.loads((file.parent / named).read_text("utf-8"))["$schema"]


def test_init_leaves_nothing_behind_on_the_network(home: Path, server: str) -> None:
    run("init", typed=walk(server))
    account = config.load(None, {}).accounts["alice"]
    bot = Mastodon("alice", account.server, account.token)

    assert list(bot.own_posts()) == []
    bot.close()


def test_init_makes_a_chat_ready_on_a_yes(home: Path, server: str) -> None:
    run("init", typed=walk(server, ready="y"))

    assert "ready = true" in (home / "chats/gardenchat.toml").read_text()
    assert re.search(r"gardenchat-2031-12-02.*ready", run("chats", typed=[]).output)


@pytest.mark.parametrize(
    ("typed", "remembered"),
    [(2, 2), (4, 2), (7, 7), (8, 8), (11, 8), (15, 15), (16, 15), (20, 15)],
    ids=[
        "signed in",
        "in the account",
        "account done",
        "test post done",
        "in the chat",
        "chat and date done",
        "in the theme",
        "in the questions",
    ],
)
def test_init_goes_on_where_it_was_left(home: Path, server: str, typed: int, remembered: int) -> None:
    everything = walk(server)
    left = run("init", typed=everything[:typed])

    result = run("init", typed=everything[remembered:])

    assert left.exit_code == 1
    assert result.exit_code == 0, result.output
    assert "Done before: as alice on" in result.output
    assert "6/6  A look at every post" in result.output


def test_init_again_after_all_is_done_shows_the_posts_again(home: Path, server: str) -> None:
    run("init", typed=walk(server, ready="y"))
    plan = (home / "chats/gardenchat.toml").read_text()

    result = run("init", typed=[])

    assert result.exit_code == 0, result.output
    assert result.output.count("Done before:") == 5
    assert (home / "chats/gardenchat.toml").read_text() == plan


def test_answers_that_cannot_be_used_are_asked_again(home: Path, server: str) -> None:
    everything = walk(server)
    series = ["Garden Chat", "two words", "", "Lisbon", "", "tomorrow", "1999-01-01", "2031-12-02"]
    everything[8:15] = [*series, "25:00", "20:00", "9", "1", "rita", ""]

    result = run("init", typed=everything)

    assert result.exit_code == 0, result.output
    for mistake in ("is not a hashtag", "did you mean", "not a date", "is not a time of day", "1<=x<=4"):
        assert mistake in result.output


def test_a_paste_without_questions_is_asked_for_again(home: Path, server: str) -> None:
    everything = walk(server)
    everything[16:16] = [".", "y"]

    result = run("init", typed=everything)

    assert "There are no questions in that." in result.output
    assert result.exit_code == 0, result.output
