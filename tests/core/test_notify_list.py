"""The file of addresses that notifications go to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.files import notify_list

WRITTEN = """\
# Rita's phone
ntfy://a-topic-nobody-guesses?priority=high

gardenchat, bookchat = tgram://123:abc/456
gardenchat=json://user:pass@host/x=y
"""


def test_addresses_stand_one_a_line_and_may_say_what_they_are_for() -> None:
    found, amiss = notify_list.read(WRITTEN)

    assert amiss == ()
    assert [(one.url, sorted(one.series), one.line) for one in found] == [
        ("ntfy://a-topic-nobody-guesses?priority=high", [], 2),
        ("tgram://123:abc/456", ["bookchat", "gardenchat"], 4),
        ("json://user:pass@host/x=y", ["gardenchat"], 5),
    ]
    assert [one.is_for("gardenchat") for one in found] == [True, True, True]
    assert [one.is_for("nursechat") for one in found] == [True, False, False]


def test_a_line_that_is_no_address_is_named_by_its_number() -> None:
    found, amiss = notify_list.read("ntfy://a\n\nrita@a.test\n= ntfy://b\n://x\nntfy:// c\n")

    assert [one.url for one in found] == ["ntfy://a"]
    assert amiss == (3, 4, 5, 6)


def test_an_address_named_twice_is_told_once_of_all_that_either_line_says() -> None:
    both, _ = notify_list.read("a = ntfy://x\nb = ntfy://x\n")
    every, _ = notify_list.read("a = ntfy://x\nntfy://x\n")

    assert [one.series for one in both] == [{"a", "b"}]
    assert [one.series for one in every] == [frozenset()]


def test_a_name_tells_the_service_and_not_the_address() -> None:
    (one,), _ = notify_list.read("tgram://123:abc/456")

    assert one.name == "tgram-" + one.name[-8:]
    assert "abc" not in f"{one.name} {one!r}"
    assert one.name == notify_list.read("# moved\nchat = tgram://123:abc/456")[0][0].name


def test_in_the_environment_blanks_part_addresses() -> None:
    found, amiss = notify_list.read(notify_list.of_variable(" ntfy://a  gardenchat=ntfy://b\nntfy://c "))

    assert amiss == ()
    assert [one.url for one in found] == ["ntfy://a", "ntfy://b", "ntfy://c"]


@given(st.text())
def test_whatever_stands_there_every_line_is_an_address_amiss_or_left_out(text: str) -> None:
    found, amiss = notify_list.read(text)

    lines = len(text.lstrip("\ufeff").splitlines())
    assert len(found) + len(amiss) <= lines
    assert all(1 <= number <= lines for number in (*amiss, *(one.line for one in found)))
