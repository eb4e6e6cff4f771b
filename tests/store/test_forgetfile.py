"""The secret and the forget list: made once, on the disk, readable by their owner alone."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chatbot.core.errors import ChatbotError
from chatbot.core.privacy import forgetting
from chatbot.store import forgetfile
from tests.fakes import person

NOW = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)
ANA = person("@ana@b.test")


def forget_ana(folder: Path) -> None:
    keys = forgetting.person_keys(forgetfile.secret(folder), ANA.uri, ANA.handle)
    forgetfile.write(folder, "forget", keys, NOW)


def test_the_secret_is_made_once_and_belongs_to_its_owner(tmp_path: Path) -> None:
    state = tmp_path / "state"

    first, again = forgetfile.secret(state), forgetfile.secret(state)

    assert (first, 32) == (again, len(first))
    assert (state / "secret").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in state.iterdir()] == ["secret"]


def test_processes_that_start_together_make_one_secret(tmp_path: Path) -> None:
    made: list[bytes] = []
    threads = [threading.Thread(target=lambda: made.append(forgetfile.secret(tmp_path / "s"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(made), len(set(made))) == (8, 1)


def test_the_list_is_kept_and_names_nobody(tmp_path: Path) -> None:
    assert not forgetfile.read(tmp_path).has(ANA)

    forget_ana(tmp_path)

    assert forgetfile.read(tmp_path).has(ANA)
    assert "ana" not in (tmp_path / "forgotten").read_text()
    assert (tmp_path / "forgotten").stat().st_mode & 0o777 == 0o600


def test_a_list_cut_by_a_power_failure_takes_new_lines(tmp_path: Path) -> None:
    forgetfile.secret(tmp_path)
    (tmp_path / "forgotten").write_text("forget 2026-12-01T20:00:00+00:00 abc")

    forget_ana(tmp_path)

    assert forgetfile.read(tmp_path).has(ANA)


def test_a_lost_secret_is_not_replaced_while_a_list_is_there(tmp_path: Path) -> None:
    forget_ana(tmp_path)
    (tmp_path / "secret").unlink()

    with pytest.raises(ChatbotError, match="Bring the file back from your backup"):
        forgetfile.read(tmp_path)


@pytest.mark.parametrize("damaged", ["", "abc", "zz" * 32, "ab" * 16])
def test_a_damaged_secret_is_said_and_never_shown(tmp_path: Path, damaged: str) -> None:
    (tmp_path / "secret").write_text(damaged)

    with pytest.raises(ChatbotError) as caught:
        forgetfile.secret(tmp_path)

    assert "nothing is collected" in str(caught.value)
    assert not damaged or damaged not in str(caught.value)
