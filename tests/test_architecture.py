"""The shape of the house, checked: who may import whom, what a start may load, how long a file may grow."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chatbot.store import chats
from chatbot.store.engine import open_store
from tests import people

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "chatbot").rglob("*.py"))


def test_the_arrows_run_one_way() -> None:
    if shutil.which("lint-imports") is None:
        pytest.skip("import-linter is in the ci group (uv sync --group ci)")

    said = subprocess.run(["lint-imports"], cwd=ROOT, capture_output=True, text=True)

    assert said.returncode == 0, said.stdout


def loaded_by(arguments: list[str], folder: Path, heavy: set[str]) -> str:
    """Run a command in a process of its own and name those of the heavy modules that it loaded."""
    program = (
        "import sys, contextlib\n"
        "from chatbot.cli import main\n"
        "try:\n"
        "    with contextlib.redirect_stdout(None):\n"
        f"        main({arguments!r})\n"
        "except SystemExit as ended:\n"
        "    assert ended.code != 2\n"  # it was done
        f"print(*sorted({heavy!r} & set(sys.modules)))\n"
    )
    said = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)
    return said.stdout.strip()


NEVER_AT_START = {"mastodon", "apscheduler", "requests", "pydantic", "rich", "structlog", "alembic", "PIL"}


EXPORT = ["export", "gardenchat", "--format", "html", "--out", "page.html"]


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["health"]])
def test_a_light_command_loads_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    assert loaded_by(arguments, tmp_path, NEVER_AT_START | {"sqlalchemy", "jinja2"}) == ""


@pytest.mark.parametrize("arguments", [["status"], ["chats"], ["queue", "gardenchat"], EXPORT])
def test_a_command_that_only_reads_the_database_loads_no_more_than_it_needs(
    arguments: list[str], tmp_path: Path
) -> None:
    (tmp_path / "chatbot.toml").write_text('[accounts.gardenbot]\nserver = "https://a.test"\n', "utf-8")
    store = open_store(f"sqlite:///{tmp_path / 'chatbot.db'}")
    with store.write() as conn:
        chats.save_series(conn, people.garden_series(), file=None, file_hash=None, now=people.STARTS)
        chats.save_chat(conn, people.garden_chat(), state="ready", file=None, file_hash=None, now=people.STARTS)
    store.close()

    assert loaded_by(arguments, tmp_path, NEVER_AT_START) == ""


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_has_to_be_scrolled_for_long(source: Path) -> None:
    assert len(source.read_text("utf-8").splitlines()) <= 350


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is(source: Path) -> None:
    assert source.read_text("utf-8").startswith('"""')


def test_nothing_outside_wiring_reads_the_real_clock_but_health_which_may_not_load_it() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if "datetime.now(" in path.read_text("utf-8") and path.name not in ("wiring.py", "health.py")
    ]

    assert readers == []
