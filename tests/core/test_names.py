"""What people are called where a community does not show full names."""

from __future__ import annotations

import pytest

from chatbot.core.plan import Defaults
from chatbot.core.privacy import consent, names
from tests.fakes import person


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Ana de Sousa", "A. S."),
        ("ana", "A."),
        ("Ana 🌱 :verified: Sousa", "A. S."),
        ("🌱", "A participant"),
        (":bee:", "A participant"),
        ("", "A participant"),
        ("«élodie» (she/her)", "É. S."),
        ("e\u0301lodie", "É."),
        ("عمر حداد", "ع. ح."),
        ("李 小龙", "李. 小."),
        ("1 2 3", "A participant"),
    ],
)
def test_initials(name: str, initials: str) -> None:
    assert initials == names.initials(person("@a@b.test", name=name))


def test_a_pseudonym_stays_the_same_within_a_chat_and_differs_between_chats() -> None:
    people = [f"https://b.test/users/p{n}" for n in range(300)]
    first, again = (names.pseudonyms(b"k", "gardenchat-2026-12-01", people) for _ in range(2))
    other = names.pseudonyms(b"k", "gardenchat-2027-01-05", people)

    assert first == again
    assert len(set(first.values())) == 300
    assert first != other
    assert first != names.pseudonyms(b"x", "gardenchat-2026-12-01", people)


def test_somebody_who_comes_late_changes_nobodys_pseudonym() -> None:
    people = [f"https://b.test/users/p{n}" for n in range(50)]

    before, after = (names.pseudonyms(b"k", "chat", people[:n]) for n in (49, 50))

    assert dict(before) == {uri: after[uri] for uri in before}


@pytest.mark.parametrize(
    ("shown_as", "expected"),
    [("full", "Ana"), ("initials", "A."), ("pseudonyms", "Clover"), ("none", "A participant")],
)
def test_the_community_decides_what_people_are_called(shown_as: str, expected: str) -> None:
    ana = person("@ana@b.test")

    assert expected == names.shown(ana, consent.consents(ana, None, Defaults(names=shown_as)), "Clover")
