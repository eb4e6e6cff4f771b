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
        *("y", "y"),  # the test message; it came
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


def test_login_to_an_account_the_settings_lack_names_those_they_have(home: Path, server: str) -> None:
    run("login", server, typed=["mockcode_alice", "n", "n"])

    refused = run("login", "alcie", typed=[])

    assert str(refused.exception) == (
        'there is no account "alcie": did you mean "alice"? known: alice;'
        " for a new account write its server, as example.social"
    )


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
    assert "note: lines were joined into one question: Q2." in result.output
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
    [(2, 2), (4, 2), (7, 7), (9, 9), (12, 9), (16, 16), (17, 16), (21, 16)],
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
    assert "gardenchat-2031-12-02, ready\n" in result.output
    assert (home / "chats/gardenchat.toml").read_text() == plan


def test_the_test_message_goes_to_the_host_and_is_looked_for_there(home: Path, server: str) -> None:
    everything = walk(server)
    everything[8] = "n"

    result = run("init", typed=everything)

    assert "Send a private message from the bot to @rita@b.test and delete it again?" in result.output
    assert "would not reach you either" in " ".join(result.output.split())
    assert "The next chatbot init tries it again." in result.output


def test_a_test_message_that_did_not_come_is_tried_again_by_the_next_run(home: Path, server: str) -> None:
    everything = walk(server)
    everything[8] = "n"
    run("init", typed=everything)

    again = run("init", typed=["y", "y", "n"])
    after = run("init", typed=["n"])

    assert "Has it reached you?" in again.output
    assert "3/6  A private test message\nDone before: it went well." in after.output


def test_without_an_account_of_the_host_the_bot_writes_to_itself_and_says_so(home: Path, server: str) -> None:
    everything = walk(server)
    everything[3] = "rita@b.test"
    del everything[8]
    everything[14] = "-"

    result = run("init", typed=everything)

    assert result.exit_code == 0, result.output
    assert "from the bot to itself, as you gave no account of yours," in result.output


@pytest.mark.parametrize("contact", ["rita", "2026-11-22", "rita at b.test", "@rita", "https://"])
def test_a_contact_that_reaches_nobody_is_asked_again(home: Path, server: str, contact: str) -> None:
    everything = walk(server)
    everything[3:3] = [contact]

    result = run("init", typed=everything)

    assert result.exit_code == 0, result.output
    assert f"nobody can be reached at “{contact}”" in result.output


def test_a_server_that_does_not_answer_is_asked_for_again(home: Path, server: str) -> None:
    result = run("init", typed=["two words", "127.0.0.1:9", *walk(server)])

    assert result.exit_code == 0, result.output
    assert "is no server" in result.output
    assert "http://127.0.0.1:9" in result.output


def test_login_does_not_ask_what_a_plan_says_already(home: Path, server: str) -> None:
    run("init", typed=walk(server))
    account = config.load(None, {}).accounts["alice"]
    bot = Mastodon("alice", account.server, account.token)
    bot.mend("bio", "Leeks.")
    bot.close()

    result = run("login", "alice", typed=["mockcode_alice", "y", "y"])

    assert result.exit_code == 0, result.output
    assert "Who runs this bot?" not in result.output
    assert "Run by Rita Fontes, @rita@b.test." in " ".join(result.output.split())


def test_own_words_that_lack_something_are_looked_at_before_they_are_written(home: Path, server: str) -> None:
    typed = [
        "mockcode_alice",
        "n",
        "y",
        "Rita Fontes",
        "@rita@b.test",
        "n",
        "I love leeks.",
        "n",
        "Run by R, r@b.test. stop",
    ]

    result = run("login", server, typed=typed)

    assert result.exit_code == 0, result.output
    assert result.output.count("✗ The bio does not say") == 1
    assert "✓ The bio says who runs this" in result.output


def test_answers_that_cannot_be_used_are_asked_again(home: Path, server: str) -> None:
    everything = walk(server)
    series = ["Garden Chat", "two words", "", "Lisbon", "", "tomorrow", "1999-01-01", "2031-12-02"]
    everything[9:16] = [*series, "25:00", "20:00", "9", "1", "rita", ""]

    result = run("init", typed=everything)

    assert result.exit_code == 0, result.output
    for mistake in ("is not a hashtag", "did you mean", "not a date", "is not a time of day", "1<=x<=4"):
        assert mistake in result.output


def test_a_paste_without_questions_is_asked_for_again(home: Path, server: str) -> None:
    everything = walk(server)
    everything[17:17] = [".", "y"]

    result = run("init", typed=everything)

    assert "There are no questions in that." in result.output
    assert result.exit_code == 0, result.output
