"""What is shipped beside the code works: the container's commands, the compose file, the systemd unit."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def _instructions(dockerfile: str) -> list[str]:
    joined = re.sub(r"\\\n\s*", " ", dockerfile)
    return [line for line in joined.splitlines() if line and not line.startswith("#")]


def _value(instructions: list[str], word: str) -> str:
    return next(line.split(" ", 1)[1] for line in instructions if line.startswith(f"{word} "))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the container's own install command, in a copy of just what the container gets."""
    if shutil.which("uv") is None:
        pytest.skip("uv is not installed, so the container's install command cannot be tried")
    source, target = tmp_path_factory.mktemp("src"), tmp_path_factory.mktemp("image") / "app"
    instructions = _instructions((ROOT / "Dockerfile").read_text("utf-8"))
    for line in instructions:
        if line.startswith("COPY ") and "--from" not in line:
            *names, _ = line.split()[1:]
            for name in names:
                origin = ROOT / name
                shutil.copytree(origin, source / name) if origin.is_dir() else shutil.copy(origin, source / name)
    install = next(line[4:] for line in instructions if line.startswith("RUN uv venv"))
    environment = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH")}
    subprocess.run(
        ["sh", "-c", install.replace("/app", str(target))], cwd=source, env=environment, check=True, capture_output=True
    )
    return target


def test_the_containers_install_and_entry_commands_work_in_a_clean_environment(installed: Path, tmp_path: Path) -> None:
    entry = _value(_instructions((ROOT / "Dockerfile").read_text("utf-8")), "ENTRYPOINT")
    environment = {"PATH": f"{installed}/bin:/usr/bin:/bin", "HOME": str(tmp_path)}

    said = subprocess.run(
        [*json.loads(entry), "--version"], env=environment, cwd=tmp_path, check=True, capture_output=True, text=True
    )

    assert said.stdout.startswith("chatbot, version ")


def test_the_containers_health_check_says_no_in_one_sentence_when_nothing_runs(installed: Path, tmp_path: Path) -> None:
    environment = {"PATH": f"{installed}/bin:/usr/bin:/bin", "HOME": str(tmp_path), "CHATBOT_STATE": str(tmp_path)}

    said = subprocess.run(["chatbot", "health"], env=environment, cwd=tmp_path, capture_output=True, text=True)

    assert said.returncode == 1
    assert len((said.stdout + said.stderr).strip().splitlines()) == 1


def test_the_container_runs_as_nobody_special_with_one_volume() -> None:
    instructions = _instructions((ROOT / "Dockerfile").read_text("utf-8"))

    assert _value(instructions, "USER") == "10001"
    assert _value(instructions, "VOLUME") == "/data"
    assert sum(line.startswith("FROM ") for line in instructions) == 2
    assert any(line.startswith("HEALTHCHECK ") for line in instructions)


def test_the_compose_file_has_one_service_with_its_data_outside() -> None:
    yaml = pytest.importorskip("yaml", reason="pyyaml is in the ci group (uv sync --group ci)")

    compose = yaml.safe_load((ROOT / "config" / "compose.yaml").read_text("utf-8"))

    assert list(compose["services"]) == ["chatbot"]
    assert compose["services"]["chatbot"]["volumes"] == ["./data:/data"]


def test_the_systemd_unit_is_one_that_systemd_accepts() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (Debian package systemd)")

    said = subprocess.run(
        ["systemd-analyze", "verify", str(ROOT / "config" / "chatbot.service")], capture_output=True, text=True
    )

    assert (said.returncode, said.stderr) == (0, "")
