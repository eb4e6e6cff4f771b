"""What a host sees of `plan apply --correct`, `cancel` and `ask-again`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine

from chatbot.store import outbox, tables
from chatbot.store.engine import open_store
from tests.cli.terminal import a_running_bot, said
from tests.stages.changing import CHAT, NIGHT, SERIES

PLAN = SERIES + '[[series.host]]\nname = "Rita"\naccount = "rita@a.test"\n' + CHAT
BOOSTED = "changes it in place; people who boosted it are told by their server"
FILE = "chats/garden.toml"
SETTINGS = """
[accounts.gardenbot]
server = "http://127.0.0.1:9"
"""


@pytest.fixture(autouse=True)
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A chat that is announced, and whose Q1 and Q2 are out, on the night, at 20:30."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USER", "rita")
    monkeypatch.setenv("LOGNAME", "rita")
    (tmp_path / "chats").mkdir()
    (tmp_path / "chatbot.toml").write_text(SETTINGS, encoding="utf-8")
    with time_machine.travel("2026-11-22 12:00:00Z", tick=False):
        said("plan", "apply", write(PLAN), "--offline")
    let_out("announcement", "reminder", "q1", "q2")
    with time_machine.travel("2026-12-01 20:30:00Z", tick=False):
        yield tmp_path


def write(text: str) -> str:
    Path(FILE).write_text(text, encoding="utf-8")
    return FILE


def database(work: Any) -> Any:
    store = open_store("sqlite:///chatbot.db")
    try:
        with store.write() as conn:
            return work(conn)
    finally:
        store.close()


def let_out(*names: str) -> None:
    def sent(conn: Any) -> None:
        for row in outbox.of_chat(conn, NIGHT):
            if (row.question or row.kind) in names:
                place = f"https://a.test/@gardenbot/{row.id}"
                values = {"state": "sent", "attempts": 1, "posted_at": row.due_at, "local_id": str(row.id)}
                update = tables.outbox.update().where(tables.outbox.c.id == row.id)
                conn.execute(update.values(**values, server="a.test", uri=place, url=place))

    database(sent)


def waiting(kind: str) -> list[outbox.Row]:
    rows: list[outbox.Row] = database(lambda conn: outbox.of_chat(conn, NIGHT))
    return [row for row in rows if row.kind == kind and row.state.value == "waiting"]


def apply(text: str, *more: str) -> str:
    return said("plan", "apply", write(text), "--offline", *more).output


THEME = PLAN.replace("Winter gardens", "Frost")


def test_what_is_untrue_is_listed_with_every_choice() -> None:
    lines = apply(THEME).splitlines()

    assert [
        "Out already, and not true any more:",
        f"  {NIGHT}: the announcement (the theme)",
        f"  {NIGHT}: the reminder (the theme)",
        "Nothing is done about that until you choose:",
        f"  chatbot plan apply {FILE} --correct edit   {BOOSTED}",
        f"  chatbot plan apply {FILE} --correct reply  posts a correction below it",
        f"  chatbot plan apply {FILE} --correct none   lets it stand as it is",
    ] == lines[2:]
    assert [] == waiting("edit") + waiting("correction")


def test_a_choice_is_told_and_put() -> None:
    apply(THEME)

    assert [
        f"{NIGHT}: a quiet public correction will be posted below the announcement (the theme)",
        f"{NIGHT}: a correction will be posted below the reminder (the theme)",
    ] == apply(THEME, "--correct", "reply").splitlines()
    assert 2 == len(waiting("correction"))
    assert f"{FILE}: nothing changed.\n" == apply(THEME)


def test_letting_it_stand_ends_the_asking() -> None:
    apply(THEME, "--correct", "none")

    assert f"{FILE}: nothing changed.\n" == apply(THEME)
    assert [] == waiting("edit") + waiting("correction")


def test_a_reworded_question_is_told_in_one_line() -> None:
    out = apply(PLAN.replace("against slugs", "about snails"))

    assert f"{NIGHT}: Q2 is out and will be edited (the words)" in out
    assert "Nothing is done" not in out


def test_a_question_taken_out_is_noted() -> None:
    out = apply(PLAN.replace('[[chat.question]]\ntext = "What do you do against slugs?"\n', ""))

    assert f"note: {NIGHT}: Q2 is not in the file any more, but it was asked: it stays" in out


def test_cancelling_asks_first_and_tells_what_is_out() -> None:
    refused = said("cancel", NIGHT, answer="n\n")
    assert refused.exit_code == 1
    assert refused.output.endswith("Nothing was changed.\n")
    assert waiting("thanks")

    out = said("cancel", NIGHT, "--correct", "reply", answer="y\n").output
    assert "Cancel Garden Chat “Winter gardens”, tonight 20:00?" in out
    assert "Cancelled Garden Chat “Winter gardens”; 4 posts taken back." in out
    assert "a correction will be posted below the reminder (that it takes place)" in out
    assert [] == waiting("thanks")
    assert "Garden Chat “Winter gardens” was cancelled before.\n" == said("cancel", NIGHT).output
    assert "cancelled" in said("chats").output


def test_the_file_says_so_too_or_is_asked() -> None:
    said("cancel", NIGHT, "--yes", "--correct", "none")

    assert "rita changed" in str(said("plan", "apply", FILE, "--offline").exception)
    assert said("plan", "apply", write(PLAN.replace("ready", "cancelled = true\nready")), "--offline").exit_code == 0


def test_a_chat_that_is_over_cannot_be_cancelled() -> None:
    for at, ended in (("2026-12-01 21:05", "tonight 21:00"), ("2027-01-05 12:00", "Tuesday 1 December 2026, 21:00")):
        with time_machine.travel(f"{at}:00Z", tick=False):
            refused = said("cancel", NIGHT)
            assert f"is over (it ended {ended}), so it cannot be cancelled any more" in str(refused.exception)
            assert refused.output == ""


def test_asking_again_shows_what_goes_out() -> None:
    out = said("ask-again", NIGHT, "q1").output

    first, *words = out.splitlines()
    assert f"Q1 of {NIGHT} is asked again as soon as `chatbot run` runs (it is not running now):" == first
    assert "  Q1 What do you plant first?" == words[0]
    assert "https://a.test/@gardenbot/" in out
    assert [2] == [row.nth for row in waiting("question") if row.question == "q1"]
    assert f"Q1 of {NIGHT} is on its way already; nothing was changed.\n" == said("ask-again", NIGHT, "1").output


def test_asking_again_after_a_minute_is_asked_about() -> None:
    with time_machine.travel("2026-12-01 20:25:00Z", tick=False):
        refused = said("ask-again", NIGHT, "2", answer="n\n")
        assert refused.exit_code == 1
        assert refused.output.endswith("Nothing was changed.\n")
        assert "Q2 was asked at 20:23, only minutes ago. Ask it again all the same?" in refused.output
        a_running_bot(Path())
        assert f"Q2 of {NIGHT} is asked again now:" in said("ask-again", NIGHT, "2", "--yes").output


@pytest.mark.parametrize("state", ["pause", "stop"])
def test_a_chat_that_may_not_post_asks_nothing_again(state: str) -> None:
    said(state, NIGHT, *(["--yes"] if state == "stop" else []))

    assert "was not asked again" in str(said("ask-again", NIGHT, "1").exception)
