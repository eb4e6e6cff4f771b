"""`alive.json`, as a container's health check meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chatbot import health

NOW = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)


def beat(**changes: object) -> health.Beat:
    return health.Beat(**{"tick": NOW.isoformat(), "pid": 7, **changes})  # type: ignore[arg-type]


def test_a_fresh_tick_is_healthy(tmp_path: Path) -> None:
    health.write(tmp_path, beat())

    verdict = health.check(tmp_path, NOW + timedelta(seconds=2))

    assert verdict == health.Verdict(True, "Running: the last tick was 2 s ago.")


def test_counts_are_said_and_do_not_make_it_ill(tmp_path: Path) -> None:
    health.write(tmp_path, beat(unknown=1, failed=2))

    verdict = health.check(tmp_path, NOW)

    assert verdict == health.Verdict(
        True, "Running: the last tick was 0 s ago, 1 not sure to have gone out and 2 failed."
    )


def test_an_old_tick_is_ill(tmp_path: Path) -> None:
    health.write(tmp_path, beat())

    verdict = health.check(tmp_path, NOW + timedelta(hours=1, minutes=3, seconds=5))

    assert verdict == health.Verdict(False, "Not running: the last tick was 1 h 3 min ago. Restart `chatbot run`.")


def test_one_that_ended_is_not_running_at_once(tmp_path: Path) -> None:
    health.write(tmp_path, beat())
    assert health.is_running(tmp_path, NOW)
    health.end(tmp_path, 8, NOW)  # another process
    assert health.is_running(tmp_path, NOW)

    health.end(tmp_path, 7, NOW)

    verdict = health.check(tmp_path, NOW + timedelta(seconds=2))
    assert verdict == health.Verdict(False, "Not running: it was ended 2 s ago. Start it with `chatbot run`.")
    assert not health.is_running(tmp_path, NOW)


def test_a_stand_by_takes_over_from_one_that_ended(tmp_path: Path) -> None:
    health.write(tmp_path, beat())
    health.stand_by(tmp_path, sign(waits_for=7))
    health.end(tmp_path, 7, NOW)

    assert health.check(tmp_path, NOW).says.startswith("Standing by: ")
    assert health.is_running(tmp_path, NOW)


def test_a_post_overdue_for_long_is_ill(tmp_path: Path) -> None:
    health.write(tmp_path, beat(overdue_since=(NOW - timedelta(minutes=9)).isoformat(), unknown=1))

    verdict = health.check(tmp_path, NOW)

    assert not verdict.is_healthy
    assert "due for 9 min, 1 not sure" in verdict.says


def test_a_post_a_little_overdue_is_well(tmp_path: Path) -> None:
    health.write(tmp_path, beat(overdue_since=(NOW - timedelta(minutes=2)).isoformat()))

    assert health.check(tmp_path, NOW).is_healthy


def test_the_limits_of_the_writer_count(tmp_path: Path) -> None:
    health.write(tmp_path, beat(stale_after=1.0))

    assert not health.check(tmp_path, NOW + timedelta(seconds=2)).is_healthy


@pytest.mark.parametrize(
    "found", [None, "", "{", "[]", "{}", "null", '{"tick": 1, "pid": 2}', '{"tick": "x", "pid": 2}']
)
def test_a_missing_or_broken_file_is_ill_and_said(tmp_path: Path, found: str | None) -> None:
    if found is not None:
        (tmp_path / health.FILE).write_text(found, encoding="utf-8")

    verdict = health.check(tmp_path, NOW)

    assert not verdict.is_healthy
    assert verdict.says


def test_a_newer_writer_with_more_to_say_is_understood(tmp_path: Path) -> None:
    (tmp_path / health.FILE).write_text(json.dumps({"tick": NOW.isoformat(), "pid": 2, "mood": "fine"}))

    assert health.check(tmp_path, NOW).is_healthy


def test_a_clock_set_back_is_no_illness(tmp_path: Path) -> None:
    health.write(tmp_path, beat())

    assert health.check(tmp_path, NOW - timedelta(hours=1)).is_healthy


def test_the_state_folder_is_found_by_environment_then_settings(tmp_path: Path) -> None:
    settings = tmp_path / "chatbot.toml"
    settings.write_text('state = "kept"\n', encoding="utf-8")

    assert Path("/elsewhere") == health.state_folder(str(settings), {"CHATBOT_STATE": "/elsewhere"})
    assert (tmp_path / "kept").resolve() == health.state_folder(None, {"CHATBOT_CONFIG": str(settings)})
    assert (tmp_path / "kept").resolve() == health.state_folder(str(settings), {})


def test_where_there_are_no_settings_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert "There are no settings here: no chatbot.toml or config/chatbot.toml." in health.look(None, {}).says
    assert "no file other.toml" in health.look("other.toml", {}).says
    assert "Not running" in health.look(None, {"CHATBOT_STATE": str(tmp_path)}).says
    (tmp_path / "chatbot.toml").write_text("")
    assert "Not running" in health.look(None, {}).says


@pytest.mark.parametrize("written", ["", "state = 3", "state = [", "\x00"])
def test_settings_that_cannot_be_read_leave_the_usual_folder(tmp_path: Path, written: str) -> None:
    (tmp_path / "chatbot.toml").write_text(written, encoding="utf-8")

    assert (tmp_path / "state").resolve() == health.state_folder(str(tmp_path / "chatbot.toml"), {})


def test_it_imports_nothing_but_the_standard_library() -> None:
    script = (
        "import sys, chatbot.health; "
        "print([m for m in sys.modules if m.split('.')[0] not in sys.stdlib_module_names"
        " and m not in ('chatbot', 'chatbot.health', '__main__') and not m.startswith('_')])"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"


def sign(**changes: object) -> health.StandBy:
    return health.StandBy(**{"tick": NOW.isoformat(), "pid": 8, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("running", [None, beat(tick="2026-12-01T19:00:00+00:00")])
def test_one_that_stands_by_for_another_machine_is_healthy(tmp_path: Path, running: health.Beat | None) -> None:
    if running is not None:
        health.write(tmp_path, running)
    health.stand_by(tmp_path, sign())

    verdict = health.check(tmp_path, NOW + timedelta(seconds=2))

    assert verdict.is_healthy
    assert verdict.says == "Standing by: another chatbot runs on this database; this one takes over when it ends."


def test_one_that_runs_here_is_told_of_with_its_stand_by(tmp_path: Path) -> None:
    health.write(tmp_path, beat())
    health.stand_by(tmp_path, sign(waits_for=7))

    verdict = health.check(tmp_path, NOW)

    assert verdict == health.Verdict(True, "Running: the last tick was 0 s ago; another one stands by.")


def test_a_stand_by_makes_no_silent_process_well_that_still_has_the_lock(tmp_path: Path) -> None:
    health.write(tmp_path, beat())
    later = NOW + timedelta(minutes=5)
    health.stand_by(tmp_path, sign(tick=later.isoformat(), waits_for=7))

    verdict = health.check(tmp_path, later)

    assert verdict == health.Verdict(False, "Not running: the last tick was 5 min ago. Restart `chatbot run`.")


def test_an_old_sign_of_a_stand_by_says_nothing(tmp_path: Path) -> None:
    health.stand_by(tmp_path, sign())

    assert not health.check(tmp_path, NOW + timedelta(minutes=5)).is_healthy


def test_a_sign_is_taken_away_by_whoever_left_it(tmp_path: Path) -> None:
    health.stand_by(tmp_path, sign())
    health.stands_by_no_more(tmp_path, 9)
    assert (tmp_path / health.STAND_BY).exists()

    health.stands_by_no_more(tmp_path, 8)
    assert not (tmp_path / health.STAND_BY).exists()
    health.stands_by_no_more(tmp_path, 8)
