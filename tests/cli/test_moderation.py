"""What a host sees who leaves posts out, puts them under questions, changes their mind, or looks into the queue."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chatbot.cli import program
from chatbot.store import chats, posts
from chatbot.store.engine import open_store
from tests.fakes import FakePlatform, FixedClock
from tests.people import garden_chat, garden_series

POST = "https://far.test/@ana/1001"
STRAY = "https://far.test/@olaf/1002"


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A settings file without accounts, and a database with one answer and one stray post."""
    file = tmp_path / "chatbot.toml"
    file.write_text('database = "sqlite:///chat.db"\n\n[archive]\nfolder = "site"\n', encoding="utf-8")
    clock = FixedClock("2026-12-01 20:14")
    garden = FakePlatform(clock)
    said = [
        garden.post("@ana@far.test", "A1 leeks \x1b[31mred #GardenChat"),
        garden.post("@olaf@far.test", "Lovely light on the lawn #GardenChat"),
    ]
    store = open_store(f"sqlite:///{tmp_path / 'chat.db'}")
    with store.write() as conn:
        chats.save_series(conn, garden_series(), file=None, file_hash=None, now=clock())
        chats.save_chat(conn, garden_chat(), state="ready", file=None, file_hash=None, now=clock())
        where = {"chat": "gardenchat-2026-12-01", "route": "tag", "now": clock(), "secret": b"s"}
        posts.save(conn, said, refuses=lambda _: False, **where)
    store.close()
    return file


def run(settings: Path, *arguments: str) -> Result:
    return CliRunner().invoke(program, ["--config", str(settings), *arguments], standalone_mode=False)


def test_leaving_out_says_what_was_left_out_and_how_to_undo_it(settings: Path) -> None:
    said = run(settings, "leave-out", POST, "--because", "advertising", "--by", "rosa")

    assert said.output.splitlines() == [
        "Left out of the archive; still visible on its network (gardenchat-2026-12-01):",
        "  2026-12-01 20:14 Ana (@ana@far.test): A1 leeks [31mred #GardenChat",
        f"  To undo: chatbot undo {POST}",
    ]


def test_undo_says_what_it_took_back_and_whose_it_was(settings: Path) -> None:
    run(settings, "leave-out", POST, "--by", "rosa")
    said = run(settings, "undo", POST)

    assert said.output.startswith("Undone: leave-out, by rosa at ")


def test_whoever_types_the_command_decides_unless_told_otherwise(settings: Path) -> None:
    run(settings, "leave-out", POST)
    said = run(settings, "leave-out", POST)

    assert said.exit_code == 2
    assert said.output.startswith(f"{getpass.getuser()} left it out at ")
    assert "already, so nothing changed." in said.output


def test_another_reason_for_what_stands_is_not_dropped_in_silence(settings: Path) -> None:
    run(settings, "leave-out", POST, "--because", "advertising")

    again = run(settings, "leave-out", POST, "--because", "spam").output
    same = run(settings, "leave-out", POST, "--because", "advertising").output

    assert again.endswith("The other reason is not kept: to give it, undo that decision and decide anew.\n")
    assert same.endswith("already, so nothing changed.\n")


@pytest.mark.parametrize(
    ("question", "expected"),
    [("3", "Put under Q3"), ("none", "Put under no question"), ("9", "has no question “9”"), ("wrap", "no question")],
)
def test_assigning_names_the_question(settings: Path, question: str, expected: str) -> None:
    assert expected in run(settings, "assign", POST, question).output


def test_overruling_somebody_says_so(settings: Path) -> None:
    run(settings, "leave-out", POST, "--by", "rosa")
    said = run(settings, "include", POST, "--by", "amir")

    assert "Included in the archive" in said.output
    assert "  Before that: leave-out, by rosa at " in said.output


def test_one_post_that_cannot_be_found_stops_no_other(settings: Path) -> None:
    said = run(settings, "feature", "https://far.test/@ana/9999", POST)

    assert said.exit_code == 2
    assert "No post at https://far.test/@ana/9999 is kept for any chat" in said.output
    assert "Chosen for the digest" in said.output


def test_the_queue_shows_each_post_with_its_reason_and_what_to_do(settings: Path) -> None:
    said = run(settings, "queue", "gardenchat")

    assert said.output.splitlines() == [
        "1 post waits in gardenchat-2026-12-01; until you decide, it is not shown.",
        "",
        "2026-12-01 20:14 Olaf (@olaf@far.test): Lovely light on the lawn #GardenChat",
        "  because it has the hashtag, and nothing else says that it takes part",
        f"  {STRAY}",
        "",
        "To decide: chatbot include POST, chatbot assign POST 3, or chatbot leave-out POST.",
    ]


def test_an_empty_queue_says_so(settings: Path) -> None:
    run(settings, "leave-out", STRAY)

    assert run(settings, "queue", "gardenchat").output == "Nothing waits in gardenchat-2026-12-01.\n"
