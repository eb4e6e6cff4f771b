"""What a host sees of `plan apply`, `chats` and `preview`, in eighty columns and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner

from chatbot.cli import main, program
from tests.cli.terminal import a_folder, said
from tests.stages.test_planning import CHAT, NIGHT, SERIES


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return a_folder(tmp_path, monkeypatch)


@pytest.fixture(autouse=True)
def _november() -> object:
    with time_machine.travel("2026-11-22 12:00:00Z", tick=False):
        yield


def exits(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str]:
    with pytest.raises(SystemExit) as raised:
        main(list(arguments))
    return raised.value.code, capsys.readouterr().err


def test_applying_a_plan_says_what_changed_and_a_second_time_that_nothing_did(house: Path) -> None:
    expected = f"series gardenchat: new\n{NIGHT}: new\n{NIGHT}: posts: 8 new\n"

    assert said("plan", "apply", "chats/garden.toml", "--offline").output == expected
    assert said("plan", "apply", "chats/garden.toml", "--offline").output == "chats/garden.toml: nothing changed.\n"


def test_applying_without_network_says_what_it_reckons_with_and_goes_on(house: Path) -> None:
    applied = said("plan", "apply", "chats/garden.toml")

    assert applied.exit_code == 0
    assert "posts: 8 new" in applied.stdout
    assert applied.stderr.startswith("note: gardenbot: ")
    assert "Reckoned with 500 characters a post." in applied.stderr


def test_mistakes_exit_with_1_and_name_file_and_line(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (house / "chats" / "garden.toml").write_text(SERIES + CHAT.replace("slugs", "s" * 500), encoding="utf-8")

    code, error = exits(capsys, "plan", "apply", "chats/garden.toml", "--offline")
    assert code == 1
    assert error.startswith("chats/garden.toml:")
    assert "the question q2 is" in error


def test_what_cannot_be_done_exits_with_2(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exits(capsys, "plan", "apply", "chats/moon.toml")[0] == 2
    code, error = exits(capsys, "preview", "moonchat", "--offline")
    assert code == 2
    assert "There is no chat “moonchat”" in error


def test_chats_are_listed_with_when_they_are_and_where_they_stand(house: Path) -> None:
    assert "There is no chat yet." in said("chats").output
    said("plan", "apply", "chats/garden.toml", "--offline")

    assert f"{NIGHT}  2026-12-01 20:00  ready, in 9 days       Winter gardens\n" == said("chats").output


@pytest.mark.parametrize(
    ("at", "standing"),
    [
        ("2026-12-01 20:30", "live now"),
        ("2026-12-02 09:00", "late until 08 Dec"),
        ("2026-12-20 09:00", "closed"),
        ("2026-12-01 19:50", "ready, in 9 minutes"),
        ("2026-12-01 19:56", "live now"),
        ("2026-12-01 21:05", "live now"),
    ],
)
def test_where_a_chat_stands_comes_from_the_clock(house: Path, at: str, standing: str) -> None:
    said("plan", "apply", "chats/garden.toml", "--offline")
    with time_machine.travel(f"{at}:30Z", tick=False):
        assert f"  {standing}  " in said("chats").output


def test_chats_are_listed_as_json(house: Path) -> None:
    said("plan", "apply", "chats/garden.toml", "--offline")

    (chat,) = json.loads(said("chats", "--json").output)
    assert (
        chat["chat"],
        chat["starts_at"],
        chat["state"],
        chat["phase"],
        chat["questions"],
    ) == (NIGHT, "2026-12-01T20:00:00Z", "ready", "upcoming", 3)


PREVIEW = """
Garden Chat: Winter gardens
Tuesday 1 December 2026, 20:00–21:00 Lisbon time (20:00 UTC)
gardenchat-2026-12-01, ready

Monday 30 November

20:00  20:00 UTC  announcement  public                                   152/500
                  Garden Chat: Winter gardens
"""


def test_a_preview_shows_the_night_in_eighty_columns(house: Path) -> None:
    said("plan", "apply", "chats/garden.toml", "--offline")
    shown = said("preview", "gardenchat", "--offline").output

    assert shown.startswith(PREVIEW)
    assert "20:05  20:05 UTC  Q1  public" in shown
    assert "Answer with A2 and #GardenChat" in shown
    assert "20:58  " not in shown.split("tonight so far")[1]
    assert "Tuesday 1 December: 7 posts per account, 6 of them public" in shown
    assert "is not known yet" in shown
    assert "Many servers allow bots less" in shown
    assert all(len(line) <= 80 and line == line.rstrip() for line in shown.splitlines())
    assert "\x1b" not in shown


def test_a_preview_without_network_says_so_and_goes_on(house: Path) -> None:
    said("plan", "apply", "chats/garden.toml", "--offline")
    shown = said("preview", "gardenchat")

    assert shown.exit_code == 0
    assert "! offline: " in shown.output


def test_a_plan_file_can_be_looked_over_before_it_is_applied(house: Path) -> None:
    shown = said("preview", "chats/garden.toml", "--offline").output

    assert f"{NIGHT}, not applied" in shown
    assert "There is no chat yet." in said("chats").output


def test_a_plan_file_that_was_applied_shows_where_its_posts_stand(house: Path) -> None:
    said("plan", "apply", "chats/garden.toml", "--offline")
    as_applied = said("preview", "chats/garden.toml", "--offline").output
    by_name = said("preview", NIGHT, "--offline").output
    (house / "chats" / "garden.toml").write_text(SERIES + CHAT.replace("slugs", "snails"), encoding="utf-8")

    assert f"{NIGHT}, ready\n" in as_applied
    assert as_applied == by_name
    assert f"{NIGHT}, changed and not applied\n" in said("preview", "chats/garden.toml", "--offline").output


def test_what_is_planned_too_late_is_shown_as_such_before_and_after_it_is_applied(house: Path) -> None:
    with time_machine.travel("2026-12-01 19:40:00Z", tick=False):
        before = said("preview", "chats/garden.toml", "--offline").output
        said("plan", "apply", "chats/garden.toml", "--offline")
        after = said("preview", "chats/garden.toml", "--offline").output

    for shown in (before, after):
        assert shown.count("planned too late to be posted: it does not go out") == 2
        assert "planned too late" not in shown.partition("19:55")[2]
        assert "Monday 30 November: " not in shown
    assert (", not applied\n" in before, ", ready\n" in after) == (True, True)


def test_a_draft_says_what_it_needs(house: Path) -> None:
    (house / "chats" / "garden.toml").write_text(SERIES + CHAT.replace("ready = true", ""), encoding="utf-8")

    shown = said("preview", "chats/garden.toml", "--offline").output
    assert "Nothing will be posted: the chat still needs ready = true." in shown


def test_a_preview_as_json_holds_every_post(house: Path) -> None:
    said("plan", "apply", "chats/garden.toml", "--offline")
    (shown,) = json.loads(said("preview", NIGHT, "--json", "--offline").output)

    assert (shown["version"], shown["chat"], len(shown["posts"])) == (1, NIGHT, 8)
    question = next(post for post in shown["posts"] if post["question"] == "q2")
    expected = {
        "key": f"{NIGHT}/question/q2/1",
        "at": "2026-12-01T20:23:00Z",
        "local": "2026-12-01T20:23:00+00:00",
        "visibility": "public",
        "notice": True,
        "lengths": [{"account": "gardenbot", "characters": 181, "limit": 500}],
        "states": {"gardenbot": "waiting"},
    }
    assert expected == {name: question[name] for name in expected}


def test_hostile_words_cannot_upset_a_terminal(house: Path) -> None:
    hostile = CHAT.replace("Winter gardens", "\\u001b[31mRed\\u0007").replace(
        "plant first", "[bold]plant[/bold] \\u202efirst"
    )
    (house / "chats" / "garden.toml").write_text(SERIES + hostile, encoding="utf-8")
    shown = CliRunner().invoke(program, ["preview", "chats/garden.toml", "--offline"]).output

    assert "\x1b" not in shown
    assert "\x07" not in shown
