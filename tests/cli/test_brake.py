"""The brake at the computer: each command says what will now happen, and it does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import time_machine

from chatbot.store import chats, outbox
from chatbot.store.engine import open_store
from chatbot.wiring import now
from tests.cli.terminal import SETTINGS, a_planned_chat, a_running_bot, said
from tests.stages.test_planning import CHAT, NIGHT, SERIES


@pytest.fixture(autouse=True)
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return a_planned_chat(tmp_path, monkeypatch)


@pytest.fixture(autouse=True)
def during() -> object:
    """The chat has begun: it is the first of December, 20:01 in Lisbon."""
    with time_machine.travel("2026-12-01 20:01:00Z", tick=False):
        yield


def state(house: Path) -> str:
    store = open_store(f"sqlite:///{house / 'chatbot.db'}")
    with store.read() as conn:
        found = chats.find(conn, NIGHT)
    store.close()
    assert found is not None
    return found.state


def waiting(house: Path) -> list[outbox.Row]:
    store = open_store(f"sqlite:///{house / 'chatbot.db'}")
    with store.read() as conn:
        found = [row for row in outbox.of_chat(conn, NIGHT) if row.is_cue and row.state == "waiting"]
    store.close()
    return found


def test_pause_says_what_was_due_and_how_to_go_on(house: Path) -> None:
    output = said("pause", "gardenchat").output

    assert output.startswith("Paused. ")
    assert output.endswith("Nothing goes out until you run `chatbot resume gardenchat`.\n")
    assert state(house) == "paused"


def test_pausing_twice_is_no_mistake(house: Path) -> None:
    said("pause", "gardenchat")

    assert said("pause", NIGHT).output.startswith("Garden Chat is paused already.")


def test_nobody_is_invited_to_a_chat_that_began_while_it_was_paused(house: Path) -> None:
    with time_machine.travel("2026-11-29 12:00:00Z", tick=False):
        said("pause", "gardenchat")
    a_running_bot(house)

    output = said("resume", "gardenchat").output

    in_time = [row.kind for row in waiting(house) if row.grace_until > row.due_at and row.grace_until >= now()]
    assert output.startswith("Resumed; 2 posts waited and will go out in order. The welcome goes out now.")
    assert in_time == ["welcome", "so-far", "question", "question", "question", "thanks"]


def test_a_post_on_two_accounts_is_one_post_to_a_host(house: Path) -> None:
    (house / "chatbot.toml").write_text(SETTINGS + SETTINGS.replace("gardenbot", "second"), encoding="utf-8")
    both = SERIES.replace('["gardenbot"]', '["gardenbot", "second"]')
    (house / "chats" / "garden.toml").write_text(both + CHAT, encoding="utf-8")
    said("plan", "apply", "chats/garden.toml", "--offline")

    said("pause", "gardenchat")

    assert said("resume", "gardenchat").output.startswith("Resumed; 2 posts waited")
    assert re.findall(r"(\d+) posts", said("stop", "gardenchat", answer="y").output) == ["8", "8"]


def test_a_night_that_is_out_cannot_be_stopped_any_more(house: Path) -> None:
    store = open_store(f"sqlite:///{house / 'chatbot.db'}")
    with store.write() as conn:
        conn.exec_driver_sql("UPDATE outbox SET state = 'sent'")
    store.close()

    assert "is left to go out, so there is nothing to stop." in said("stop", "gardenchat").output
    assert state(house) == "ready"


def test_a_chat_that_is_not_ready_can_be_called_off(house: Path) -> None:
    plan = house / "chats" / "garden.toml"
    plan.write_text((SERIES + CHAT).replace("ready = true", "ready = false"), encoding="utf-8")
    said("plan", "apply", "chats/garden.toml", "--offline")

    output = said("stop", "gardenchat").output

    assert output.startswith("Stopped. Garden Chat “Winter gardens” is cancelled, and stays so")
    assert state(house) == "cancelled"


def test_resume_says_what_comes_next(house: Path) -> None:
    said("pause", "gardenchat")
    output = said("resume", "gardenchat").output

    assert output.startswith("Resumed")
    assert state(house) == "ready"


def test_next_calls_the_next_question(house: Path) -> None:
    a_running_bot(house)
    output = said("next", "gardenchat").output

    assert output.startswith("Q1 goes out now. It was planned for ")
    assert [row.question for row in waiting(house) if row.at_once] == ["q1"]


def test_without_a_running_bot_nothing_is_said_to_go_out_now(house: Path) -> None:
    called = said("next", "gardenchat").output
    said("pause", "gardenchat")
    resumed = said("resume", "gardenchat").output

    assert called.startswith("Q1 goes out as soon as `chatbot run` runs (it is not running now). It was planned for ")
    assert " goes out as soon as `chatbot run` runs (it is not running now)." in resumed


def test_next_in_a_paused_chat_changes_nothing(house: Path) -> None:
    said("pause", "gardenchat")

    assert "First run `chatbot resume gardenchat`" in said("next", "gardenchat").output
    assert not any(row.at_once for row in waiting(house))


def test_skip_drops_one_question_for_good(house: Path) -> None:
    before = [row.question for row in waiting(house) if row.is_question]
    output = said("skip", "gardenchat").output

    assert "is dropped for good" in output
    assert [row.question for row in waiting(house) if row.is_question] == before[1:]


def test_stop_asks_once_and_a_no_changes_nothing(house: Path) -> None:
    refused = said("stop", "gardenchat", answer="n\n")

    assert (refused.exit_code, state(house)) == (1, "ready")
    assert "Cancel what is not out yet of Garden Chat" in refused.output
    assert refused.output.endswith("[y/N]: n\nNothing was changed.\n")


@pytest.mark.parametrize(("arguments", "answer"), [((), "y\n"), (("--yes",), None)])
def test_stop_cancels_everything_that_is_not_out(house: Path, arguments: tuple[str, ...], answer: str | None) -> None:
    output = said("stop", "gardenchat", *arguments, answer=answer).output

    assert "will not go out; what is out stays" in output
    assert (state(house), waiting(house)) == ("cancelled", [])


def test_a_cancelled_chat_says_so(house: Path) -> None:
    said("stop", NIGHT, "--yes")

    for command in ("pause", "resume", "next", "skip"):
        assert "is cancelled: nothing goes out, and nothing was changed." in said(command, NIGHT).output


@pytest.mark.parametrize("command", ["pause", "resume", "next", "skip", "stop"])
def test_a_name_nobody_knows_is_answered_with_those_there_are(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    from chatbot.cli import main

    with pytest.raises(SystemExit) as raised:
        main([command, "gardenchta"])

    assert raised.value.code == 2
    assert capsys.readouterr().err == (
        'There is no chat “gardenchta”, so nothing was done. Did you mean "gardenchat"?'
        " `chatbot chats` lists every chat; the name of a series (gardenchat) means its next one.\n"
    )
