"""`chatbot lower`: a host shows less of a person, to the last byte of the page, and can take it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine

from chatbot.store import tables
from chatbot.store.engine import open_store
from tests.cli.terminal import said
from tests.stages.changing import SERIES

CHAT = "gardenchat-2026-11-03"
PAST = """
[series.defaults]
avatars = true

[[chat]]
theme = "Teachers"
date = 2026-11-03
[[chat.question]]
text = "Who taught you to garden?"
asked_at = ["20:03"]
uris = ["https://a.test/@gardenbot/601"]
"""
SETTINGS = """
[accounts.gardenbot]
server = "http://127.0.0.1:9"
"""
POSTS = (
    {"author": "ana@b.test", "name": "Ana Prado", "text": "A1 My neighbour, with a spare fork"},
    {"author": "ben@c.test", "name": "Ben Okri", "text": "A1 Nobody, and it shows"},
)


@pytest.fixture(autouse=True)
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A past chat with two answers, published."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chatbot.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "past.toml").write_text(SERIES + PAST, encoding="utf-8")
    lines = [
        json.dumps({"uri": f"https://b.test/{n}", "at": f"2026-11-03T20:0{4 + n}:00Z", **post})
        for n, post in enumerate(POSTS)
    ]
    (tmp_path / "old.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with time_machine.travel("2026-11-28 12:00:00Z", tick=False):
        for arguments in (
            ("plan", "apply", "past.toml", "--offline"),
            ("import", CHAT, "old.jsonl"),
            ("publish", CHAT),
        ):
            assert said(*arguments).exit_code == 0
        yield tmp_path


def published(house: Path) -> bytes:
    return b"\n".join(file.read_bytes() for file in sorted((house / "archive").rglob("*")) if file.is_file())


def test_a_lowered_name_is_in_no_byte_of_the_pages_and_the_words_stay(house: Path) -> None:
    assert b"Ana Prado" in published(house)

    out = said("lower", "@ana@b.test", "name").output

    assert "ana@b.test is shown without a name now, in every chat." in out
    assert "To undo: chatbot lower @ana@b.test name --undo" in out
    assert "The published pages are written anew." in out
    page = published(house)
    assert b"My neighbour, with a spare fork" in page
    assert b"Ana Prado" not in page
    assert b"ana@b.test" not in page
    assert b"Ben Okri" in page


def test_a_lowered_text_is_in_no_byte_of_the_pages(house: Path) -> None:
    said("lower", "https://b.test/@ana", "text")
    said("lower", "ana@b.test", "text")

    page = published(house)
    assert b"My neighbour" not in page
    assert b"Nobody, and it shows" in page


def test_a_page_says_that_a_host_lowered_a_text_and_not_that_its_author_asked(house: Path) -> None:
    said("lower", "ana@b.test", "text")

    page = published(house)
    assert b"asked not to be in the archive" not in page
    assert b"By people of whom a host shows no text: 1 post." in page
    exported = json.loads(said("export", CHAT, "--format", "json").output)
    assert exported["missing"]["lowered"]["count"] == 1


def test_lowering_is_taken_back_to_what_the_person_allows(house: Path) -> None:
    before = published(house)
    said("lower", "ana@b.test", "name")

    out = said("lower", "ana@b.test", "name", "--undo").output

    assert "Taken back" in out
    assert before == published(house)


def test_lowering_twice_changes_nothing_and_each_change_is_logged_without_a_name(house: Path) -> None:
    said("lower", "ana@b.test", "picture")

    assert (
        "The picture of ana@b.test was lowered before; nothing changed.\n"
        == said("lower", "ana@b.test", "picture").output
    )
    assert "was not lowered; nothing changed" in said("lower", "ana@b.test", "text", "--undo").output
    store = open_store("sqlite:///chatbot.db")
    with store.read() as conn:
        logged = [(row.event, row.detail) for row in conn.execute(tables.audit.select()) if "lowered" in row.event]
    store.close()
    assert [("person-lowered", "picture")] == logged


def test_a_slip_in_a_name_lowers_nobody() -> None:
    refused = said("lower", "anna@b.test", "name")

    assert "Nothing of “anna@b.test” is kept" in str(refused.exception)


@pytest.mark.parametrize(("name", "hint"), [("ana", " Do you mean ana@b.test?"), ("@anna", "")])
def test_a_name_without_its_server_is_asked_for_it(name: str, hint: str) -> None:
    refused = str(said("lower", name, "name").exception)

    assert f"“{name}” is no address, as its server is missing, so nothing was changed.{hint} Name the" in refused
