"""A host's folder with a plan in it, and a terminal to type commands into."""

from __future__ import annotations

from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result

from chatbot import health
from chatbot.cli import program
from chatbot.core.errors import ChatbotError
from chatbot.wiring import now
from tests.stages.test_planning import CHAT, SERIES

SETTINGS = """
[accounts.gardenbot]
server = "http://127.0.0.1:9"
"""


def said(*arguments: str, answer: str | None = None) -> Result:
    """Type a command, and what it asks for; an error that is no sentence for people is raised."""
    result = CliRunner().invoke(program, arguments, input=answer)
    if result.exception and not isinstance(result.exception, SystemExit | ChatbotError):
        raise result.exception
    return result


def a_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sit down in a folder with settings and a plan of one chat."""
    monkeypatch.chdir(folder)
    (folder / "chats").mkdir()
    (folder / "chatbot.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "chats" / "garden.toml").write_text(SERIES + CHAT, encoding="utf-8")
    return folder


def a_running_bot(folder: Path) -> None:
    """Let the folder look as if `chatbot run` worked in it at this very moment."""
    (folder / "state").mkdir(exist_ok=True)
    health.write(folder / "state", health.Beat(tick=now().isoformat(), pid=7))


def a_planned_chat(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sit down in a folder whose plan was applied nine days before its chat."""
    a_folder(folder, monkeypatch)
    with time_machine.travel("2026-11-22 12:00:00Z", tick=False):
        said("plan", "apply", "chats/garden.toml", "--offline")
    return folder
