"""`chatbot also`: what a host reads, what is stored, and that a plan file does not undo it in silence."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner

from chatbot.cli import program
from chatbot.store import chats, outbox
from chatbot.store.engine import open_store
from tests.cli.terminal import a_planned_chat, a_running_bot, said
from tests.stages.test_planning import CHAT, NIGHT, SERIES


@pytest.fixture(autouse=True)
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return a_planned_chat(tmp_path, monkeypatch)


@pytest.fixture(autouse=True)
def during() -> object:
    """The chat has begun: it is the first of December, 20:01 in Lisbon."""
    with time_machine.travel("2026-12-01 20:01:00Z", tick=False):
        yield


def stored(house: Path) -> chats.StoredChat:
    store = open_store(f"sqlite:///{house / 'chatbot.db'}")
    with store.read() as conn:
        found = chats.find(conn, NIGHT)
    store.close()
    assert found is not None
    return found


def texts(house: Path, state: str = "waiting") -> list[str]:
    store = open_store(f"sqlite:///{house / 'chatbot.db'}")
    with store.read() as conn:
        found = [row.draft.text for row in outbox.of_chat(conn, NIGHT) if row.kind == "thanks" and row.state == state]
    store.close()
    return found


@pytest.mark.parametrize("tag", ["OtherTag", "#OtherTag"])
def test_a_further_hashtag_is_collected_and_said_where(house: Path, tag: str) -> None:
    a_running_bot(house)
    result = said("also", "gardenchat", tag)

    assert result.exit_code == 0
    assert result.output.startswith("#OtherTag is collected, too, for Garden Chat")
    assert "since 19:30 is read now" in result.output
    assert stored(house).chat.hashtags[-1] == "OtherTag"
    assert "#OtherTag" in texts(house)[0]


def test_without_a_running_bot_it_is_read_later(house: Path) -> None:
    said_now = said("also", "gardenchat", "OtherTag").output

    assert "since 19:30 is read as soon as `chatbot run` runs (it is not running now). " in said_now


def test_what_is_said_of_the_posts_to_come_is_what_they_say(house: Path) -> None:
    output = said("also", "gardenchat", "OtherTag").output

    assert "Questions go on asking for answers with #GardenChat; answers with any of " in output
    assert "thanks and digest, where they are still to come, name it if there is room." in output
    (preview,) = json.loads(said("preview", NIGHT, "--json", "--offline").output)
    naming = {post["kind"] for post in preview["posts"] if "#OtherTag" in post["text"]}
    assert naming == {"announcement", "reminder", "thanks"}


def test_after_the_end_no_post_is_promised_to_name_it(house: Path) -> None:
    with time_machine.travel("2026-12-03 12:00:00Z", tick=False):
        output = said("also", "gardenchat", "OtherTag").output

    assert output.startswith("#OtherTag is collected, too, for ")
    assert "still to come" not in output


def test_saying_it_twice_changes_nothing(house: Path) -> None:
    said("also", "gardenchat", "OtherTag", "--by", "Rita")
    again = said("also", NIGHT, "#othertag")

    assert (again.exit_code, "collected" in again.output, "Nothing was changed" in again.output) == (0, True, True)
    assert stored(house).edited_by == "Rita"


def test_what_would_never_be_read_is_not_promised(house: Path) -> None:
    with time_machine.travel("2027-03-01 12:00:00Z", tick=False):
        late = said("also", NIGHT, "OtherTag")

    assert "took answers until Tuesday 8 December 2026" in " ".join(late.output.split())
    assert "too long ago for anything of it to be read. Nothing was changed." in " ".join(late.output.split())
    assert len(stored(house).chat.hashtags) == 1


def test_a_sign_that_the_shell_took_for_a_comment_is_explained(house: Path) -> None:
    result = said("also", "gardenchat")

    assert result.exit_code == 2
    assert "to most shells a # begins a comment" in result.output


@pytest.mark.parametrize("tag", ["two words", "2026", "#"])
def test_what_is_no_hashtag_is_refused_with_what_to_write(house: Path, tag: str) -> None:
    result = CliRunner().invoke(program, ["also", "gardenchat", tag])

    assert re.search(r"is not a hashtag: write letters, digits and _", str(result.exception))
    assert len(stored(house).chat.hashtags) == 1


def test_a_plan_file_without_it_does_not_take_it_back_in_silence(house: Path) -> None:
    said("also", "gardenchat", "OtherTag", "--by", "Rita")
    (house / "chats" / "garden.toml").write_text((SERIES + CHAT).replace("Winter", "Snow"), encoding="utf-8")

    refused = CliRunner().invoke(program, ["plan", "apply", "chats/garden.toml", "--offline"])

    assert "Rita changed" in str(refused.exception)
    assert "OtherTag" in str(refused.exception)
    forced = said("plan", "apply", "chats/garden.toml", "--offline", "--force")
    assert forced.exit_code == 0
    assert stored(house).chat.hashtags == ("GardenChat",)
