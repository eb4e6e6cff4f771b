"""The README is run: every console block, line by line, in one folder, against an embedded server.

`uv run pytest tests/test_readme.py --update` writes the real output back into the README.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner

from chatbot.cli import COMMANDS
from chatbot.cli import program as chatbot_program
from chatbot.core.errors import ChatbotError

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
SHOWN_SERVER = "https://example.social"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Example:
    """A command of the README and the output printed below it."""

    command: str
    output: str


def examples(block: str) -> Iterator[Example]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield Example(command, output)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A host's folder: the samples of `config/`, on a server where the bot has its account."""
    from mastodon_mock.config import DatabaseConfig, MastodonMockConfig, SeedAccount, SeedConfig
    from mastodon_mock.testing import MockServer

    bot = SeedAccount(username="gardenbot", display_name="Garden Chat", note="", bot=True, access_token="readme-token")
    rita = SeedAccount(username="rita", display_name="Rita Fontes", access_token="rita-token")
    settings = MastodonMockConfig(database=DatabaseConfig(path=":memory:"), seed=SeedConfig(accounts=[bot, rita]))
    place = tmp_path_factory.mktemp("host")
    shutil.copytree(ROOT / "config", place, dirs_exist_ok=True)
    shutil.copytree(ROOT / "tests" / "samples" / "readme", place, dirs_exist_ok=True)
    with MockServer(config=settings) as server:
        toml = place / "chatbot.toml"
        toml.write_text(toml.read_text("utf-8").replace(SHOWN_SERVER, server.base_url), "utf-8")
        (place / "server.txt").write_text(server.base_url)
        token = place / "state" / "gardenbot.token"
        token.parent.mkdir(exist_ok=True)
        token.write_text("readme-token\n")
        token.chmod(0o600)
        yield place


def run(command: str, folder: Path) -> str:
    words = shlex.split(command)
    stdin = (folder / words[words.index("<") + 1]).read_text("utf-8") if "<" in words else None
    arguments = words[1 : words.index("<")] if "<" in words else words[1:]
    result = CliRunner().invoke(chatbot_program, arguments, input=stdin, prog_name="chatbot")
    said = result.output
    if isinstance(result.exception, ChatbotError):
        said += f"{result.exception}\n"
    elif result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    server = (folder / "server.txt").read_text()
    said = said.replace(server, SHOWN_SERVER).replace(server.removeprefix("http://"), "example.social")
    return said.replace(str(folder), "~/gardenchat")


def test_every_example_prints_what_the_readme_says(
    folder: Path, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "88")
    monkeypatch.setenv("USER", "rita")
    text = README.read_text("utf-8")
    real = text
    with time_machine.travel("2026-11-28T09:40:00+00:00", tick=True):
        for block in BLOCK.findall(text):
            printed = "".join(f"$ {e.command}\n{tidy(run(e.command, folder))}" for e in examples(block))
            real = real.replace(f"```console\n{block}```", f"```console\n{printed}```")
    if pytestconfig.getoption("--update"):
        README.write_text(real, "utf-8")

    assert real == text


def tidy(output: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in output.rstrip().splitlines())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert re.search(rf"chatbot {command}\b", README.read_text("utf-8"))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    said = CliRunner().invoke(chatbot_program, [command, "--help"])

    assert said.exit_code == 0, said.output
    assert len(said.output.splitlines()) >= 5


@pytest.mark.parametrize("name", ["november.toml", "november.jsonl"])
def test_what_the_readme_shows_of_a_file_stands_in_it(name: str) -> None:
    shown = re.search(rf"`{name}`[^\n]*:\n\n```\w+\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    sample = (ROOT / "tests" / "samples" / "readme" / name).read_text("utf-8")

    assert shown is not None
    assert shown[1] in sample


def test_the_readme_names_no_file_that_is_not_there() -> None:
    named = re.findall(r"`((?:chatbot|config|tests)/[\w./-]+)`", README.read_text("utf-8"))

    assert [name for name in named if not (ROOT / name).exists()] == []
