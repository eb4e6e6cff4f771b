"""The shape of the house, checked: who may import whom, what a start may load, how long a file may grow."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "chatbot").rglob("*.py"))


def test_the_arrows_run_one_way() -> None:
    if shutil.which("lint-imports") is None:
        pytest.skip("import-linter is in the ci group (uv sync --group ci)")

    said = subprocess.run(["lint-imports"], cwd=ROOT, capture_output=True, text=True)

    assert said.returncode == 0, said.stdout


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["health"]])
def test_a_light_command_loads_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    program = (
        "import sys, contextlib\n"
        "from chatbot.cli import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(None):\n"
        f"    main({arguments!r})\n"
        "heavy = {'sqlalchemy', 'mastodon', 'apscheduler', 'jinja2', 'requests', 'pydantic', 'rich', 'structlog'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    said = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)

    assert said.returncode == 0, f"loaded at start: {said.stderr}"


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
