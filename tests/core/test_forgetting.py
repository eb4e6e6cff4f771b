"""A forgotten person is recognised without being remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chatbot.core.privacy import forgetting
from tests.fakes import person

SECRET, OTHER = b"k" * 32, b"o" * 32
ANA = person("@Ana@b.test")
NOW = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)
KEYS = forgetting.person_keys(SECRET, ANA.uri, ANA.handle)


def test_a_forgotten_person_is_found_whole_by_address_and_by_account() -> None:
    listed = forgetting.read_list(SECRET, forgetting.line("forget", KEYS, NOW))

    assert [listed.has(ANA), listed.has(ANA.uri), listed.has("@ana@b.test")][:3] == [True] * 3
    assert not listed.has(person("@ben@b.test"))
    assert listed.since(ANA) == NOW


def test_a_forgotten_account_is_found_however_its_host_is_written() -> None:
    keys = forgetting.person_keys(SECRET, "https://xn--bcher-kva.test/users/ana", "ana@b\u00fccher.test")
    listed = forgetting.read_list(SECRET, forgetting.line("forget", keys, NOW))

    assert all(listed.has(handle) for handle in ("@Ana@xn--bcher-kva.test", "ana@B\u00dcCHER.test"))


def test_without_the_secret_nobody_is_found_and_nothing_can_be_read() -> None:
    line = forgetting.line("forget", KEYS, NOW)

    assert not forgetting.read_list(OTHER, line).has(ANA)
    assert "ana" not in line.lower()


def test_whoever_comes_back_is_off_the_list_and_can_go_again() -> None:
    lines = [
        forgetting.line(turn, KEYS, NOW + timedelta(hours=n)) for n, turn in enumerate(("forget", "back", "forget"))
    ]

    assert [forgetting.read_list(SECRET, "".join(lines[:n])).has(ANA) for n in (1, 2, 3)] == [True, False, True]


def test_a_line_cut_by_a_power_failure_is_passed_over() -> None:
    line = forgetting.line("forget", KEYS, NOW)

    for cut in range(len(line)):
        assert not forgetting.read_list(SECRET, line[:cut]).has(ANA)
        assert forgetting.read_list(SECRET, line + line[:cut]).has(ANA)


def test_keys_of_posts_ids_and_people_never_meet() -> None:
    same = "https://b.test/1"
    keys = {
        forgetting.hidden_uri(SECRET, same),
        forgetting.hidden_id(SECRET, "", same),
        f"empty:{forgetting.person_keys(SECRET, same)[0]}",
    }

    assert len(keys) == 3
