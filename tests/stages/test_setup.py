"""Keeping a token, trying a private post, remembering how far a set-up came."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from chatbot.config import load
from chatbot.core.errors import ChatbotError
from chatbot.core.model import Draft, Visibility
from chatbot.platforms.errors import Unavailable
from chatbot.platforms.port import PostRef
from chatbot.stages import setup
from tests.fakes import FakePlatform, FixedClock


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_token_can_be_read_by_its_owner_alone(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        setup.store_token(tmp_path / "state" / "bot.token", "secret")
    finally:
        os.umask(before)

    assert mode(tmp_path / "state" / "bot.token") == 0o600
    assert mode(tmp_path / "state") & 0o077 == 0
    assert (tmp_path / "state" / "bot.token").read_text() == "secret\n"


def test_a_looser_file_of_that_name_lends_no_rights(tmp_path: Path) -> None:
    file = tmp_path / "bot.token"
    file.write_text("old\n")
    file.chmod(0o644)

    setup.store_token(file, "new")

    assert (mode(file), file.read_text()) == (0o600, "new\n")
    assert list(tmp_path.iterdir()) == [file]


def test_a_token_is_not_written_through_a_link(tmp_path: Path) -> None:
    target = tmp_path / "shared"
    target.write_text("mine\n")
    (tmp_path / "bot.token").symlink_to(target)

    setup.store_token(tmp_path / "bot.token", "secret")

    assert target.read_text() == "mine\n"
    assert not (tmp_path / "bot.token").is_symlink()


def test_a_token_that_cannot_be_written_is_told_without_it(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a folder should be")

    with pytest.raises(ChatbotError, match="not signed in") as caught:
        setup.store_token(tmp_path / "state" / "bot.token", "s3cr3t")

    assert "s3cr3t" not in str(caught.value)


def test_windows_is_told_what_protects_the_token() -> None:
    assert "Windows" in setup.what_protects(posix=False)
    assert "Only this user" in setup.what_protects(posix=True)


def test_settings_that_are_written_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "chatbot.toml"
    setup.write_settings(file, "gardenbot", "https://a.test")
    setup.add_account(file, "second-bot", "http://127.0.0.1:3911")

    accounts = load(str(file), {}).accounts

    assert {name: account.server for name, account in accounts.items()} == {
        "gardenbot": "https://a.test",
        "second-bot": "http://127.0.0.1:3911",
    }


def test_settings_that_are_there_are_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "chatbot.toml"
    file.write_text("# mine\n")

    with pytest.raises(ChatbotError):
        setup.write_settings(file, "gardenbot", "https://a.test")

    assert file.read_text() == "# mine\n"


def test_a_rehearsal_posts_privately_to_itself_and_leaves_nothing(garden: FakePlatform) -> None:
    rehearsal = setup.rehearse(garden)

    ((_, draft),) = garden.published
    assert (rehearsal.went_well, rehearsal.removed, garden.posts) == (True, True, {})
    assert draft.visibility is Visibility.DIRECT
    assert draft.text.startswith("@gardenbot@a.test ")


def test_a_rehearsal_to_a_host_stands_until_they_have_looked(garden: FakePlatform) -> None:
    seen: list[int] = []

    def has_come() -> bool:
        seen.append(len(garden.posts))
        return True

    rehearsal = setup.rehearse(garden, "rita@b.test", has_come)

    assert rehearsal.went_well

    ((_, draft),) = garden.published
    assert (seen, garden.posts) == ([1], {})
    assert draft.text.startswith("@rita@b.test ")


class Widening(FakePlatform):
    """A server that makes private posts public."""

    def publish(self, draft: Draft, key: str) -> PostRef:
        return super().publish(Draft(draft.text), key)


def test_a_rehearsal_that_became_public_is_told_loudly_and_taken_away() -> None:
    network = Widening(FixedClock())

    rehearsal = setup.rehearse(network)

    assert (rehearsal.went_well, network.posts) == (False, {})
    assert "Don't use this account" in rehearsal.says


def test_a_rehearsal_that_did_not_reach_its_host_did_not_go_well(garden: FakePlatform) -> None:
    rehearsal = setup.rehearse(garden, "rita@b.test", lambda: False)

    assert (rehearsal.went_well, rehearsal.removed, garden.posts) == (False, True, {})
    assert rehearsal.says == "The bot can post, but its message has not reached you."


def test_a_rehearsal_whose_removal_fails_says_so(garden: FakePlatform) -> None:
    garden.next_read("delete", Unavailable("later"))

    assert not setup.rehearse(garden).removed


def test_progress_is_remembered(tmp_path: Path) -> None:
    setup.Progress.of(tmp_path / "state").finish("sign-in", {"account": "gardenbot"})
    setup.Progress.of(tmp_path / "state").finish("test-post")
    again = setup.Progress.of(tmp_path / "state")

    assert (again.answer("sign-in", "account"), again.answer("plan", "file")) == ("gardenbot", "")
    assert "test-post" in again.done


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"plan": 7}', b"\xff"])
def test_progress_that_cannot_be_read_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / setup.PROGRESS).write_bytes(content)

    assert setup.Progress.of(tmp_path).done == {}
