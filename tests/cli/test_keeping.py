"""What a host sees of `import`, `forget` and `backup`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result

from chatbot.cli import program
from chatbot.core.errors import ChatbotError, Mistakes

SAMPLES = Path(__file__).parents[2] / "config"
CHAT = "gardenchat-2026-12-01"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a host the samples, applied, in the folder the commands are typed in."""
    shutil.copytree(SAMPLES, tmp_path / "config", ignore=shutil.ignore_patterns("chatbot.db*", "state", "archive"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHATBOT_CONFIG", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert said("plan", "apply", "config/chats/gardenchat.toml").exit_code == 0
    return tmp_path


@pytest.fixture(autouse=True)
def _december() -> Iterator[None]:
    with time_machine.travel("2026-12-02 12:00:00Z", tick=False):
        yield


def said(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(program, arguments, input=answer)


def a_line(number: int, **changes: object) -> str:
    known = {"uri": f"https://b.test/{number}", "at": "2026-12-01T20:05:00Z", "author": "ana@b.test", "text": "A1 Bees"}
    return json.dumps({**known, **changes})


def write(house: Path, *lines: str) -> str:
    (house / "old.jsonl").write_text("\n".join(lines), "utf-8")
    return "old.jsonl"


def test_an_import_says_what_came_in_what_was_ignored_and_what_is_next(house: Path) -> None:
    file = write(house, a_line(1, mood="good"), a_line(2, author="ben@c.test"), a_line(3, visibility="direct"))

    result = said("import", CHAT, file)

    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "note: unknown keys were ignored: mood",
        f"{CHAT}: 2 posts new, 0 changed, 0 known already.",
        "Not taken: 1 post written to few people.",
        f"Nothing is published yet. To do so: chatbot publish {CHAT}",
    ]


def test_wrong_lines_are_named_and_nothing_is_stored(house: Path) -> None:
    file = write(house, a_line(1), "{", a_line(2, at="noon"))

    refused = said("import", CHAT, file)

    assert isinstance(refused.exception, Mistakes)
    assert str(refused.exception).splitlines() == [
        "old.jsonl:2: not JSON (unexpected end of data): write one JSON object a line",
        "old.jsonl:3: `at` is no time: write it like 2026-12-01T20:05:00Z",
        "Nothing was imported, and what was there before stands.",
    ]
    assert "0 known already" in said("import", CHAT, write(house, a_line(1))).output


def test_a_chat_that_is_not_there_is_said(house: Path) -> None:
    refused = said("import", "beechat", write(house, a_line(1)))

    assert isinstance(refused.exception, ChatbotError)
    assert "beechat" in str(refused.exception)


def test_forgetting_asks_first_and_says_what_remains_to_be_done(house: Path) -> None:
    said("import", CHAT, write(house, a_line(1), a_line(2, author="ben@c.test", text="as @ana@b.test says")))

    refused = said("forget", "@ana@b.test", answer="n\n")
    assert refused.exit_code == 1
    assert refused.output.endswith("Nothing was changed.\n")
    result = said("forget", "@ana@b.test", answer="y\n")

    assert "Erase everything kept of ana@b.test? It cannot be undone" in result.output
    assert "Forgotten: 1 post erased, the name taken out of 1 post of others." in result.output
    assert "Backups made before still hold them" in result.output
    again = said("import", CHAT, write(house, a_line(3)))
    assert "Of 1 post only the place is kept: their authors said no" in again.output


def test_who_is_forgotten_leaves_the_pages_at_once(house: Path) -> None:
    said("import", CHAT, write(house, a_line(1), a_line(2, author="ben@c.test", text="as @ana@b.test says")))
    said("publish", CHAT)
    page = next(house.rglob(f"{CHAT}/index.html"))
    assert "ana@b.test" in page.read_text("utf-8")

    result = said("forget", "@ana@b.test", answer="y\n")

    assert "The pages are written anew without them" in result.output
    assert "ana@b.test" not in page.read_text("utf-8")


def test_forgetting_somebody_unknown_says_so_and_keeps_them_out_all_the_same(house: Path) -> None:
    result = said("forget", "--yes", "ana@b.test")

    assert result.output.splitlines() == [
        "No post by or about ana@b.test was found, so none was erased. Is the name right?",
        "It is on the forget list now: nothing new of this person will be kept.",
    ]
    assert "Of 1 post only the place is kept" in said("import", CHAT, write(house, a_line(1))).output


@pytest.mark.parametrize("typed", ["ana", "@ana", "ana@", "@b.test", "Ana Reis", "https://b.test"])
def test_a_name_that_is_no_address_forgets_nobody_and_says_so(house: Path, typed: str) -> None:
    refused = said("forget", "--yes", typed)

    assert isinstance(refused.exception, ChatbotError)
    assert f"Nobody called “{typed}” is known" in str(refused.exception)


def test_an_import_before_the_end_says_when_it_can_be_published(house: Path) -> None:
    with time_machine.travel("2026-12-01 20:10:00Z", tick=False):
        result = said("import", CHAT, write(house, a_line(1)))

    assert "To do so when the chat is over (2026-12-01 21:00 UTC): chatbot publish" in result.output


def test_an_older_backup_is_replaced_only_when_told(house: Path) -> None:
    said("backup", "copy.db")

    assert "--overwrite" in str(said("backup", "copy.db").exception)
    assert said("backup", "copy.db", "--overwrite").exit_code == 0


def test_a_backup_says_its_size_and_what_to_keep_beside_it(house: Path) -> None:
    result = said("backup", "copy.db")

    first, second = result.output.splitlines()
    assert first == f"copy.db: {(house / 'copy.db').stat().st_size:,} bytes."
    assert "keep people forgotten" in second


def test_a_backup_over_the_settings_is_refused(house: Path) -> None:
    refused = said("backup", "config/chatbot.toml")

    assert isinstance(refused.exception, ChatbotError)
    assert "was not overwritten" in str(refused.exception)


def test_a_restored_backup_forgets_again_before_any_command(house: Path) -> None:
    said("import", CHAT, write(house, a_line(1)))
    said("backup", "copy.db")
    said("forget", "--yes", "ana@b.test")
    (database,) = house.rglob("chatbot.db")
    (house / "copy.db").replace(database)

    said("chats")

    assert not any(b"ana@b.test" in file.read_bytes() for file in house.rglob("chatbot.db*"))
