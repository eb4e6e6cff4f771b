"""Messages wrapped to a terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatbot.cli.wrapping import fitted

TEXT = (
    "There are no settings here, so nothing was done. Run `chatbot init` in a new folder, or name them:"
    " https://example.social/a-long-address/of-a-page-that-goes-on-and-on"
)


def test_a_message_breaks_between_words_and_in_no_command_or_address() -> None:
    assert fitted(TEXT, 60).splitlines() == [
        "There are no settings here, so nothing was done. Run",
        "`chatbot init` in a new folder, or name them:",
        "https://example.social/a-long-address/of-a-page-that-goes-on-and-on",
    ]


def test_what_stands_below_a_mistake_keeps_its_indent() -> None:
    assert fitted("a.toml:9: `databse` is not known\n    9 | databse = 1", 24).splitlines() == [
        "a.toml:9: `databse` is",
        "not known",
        "    9 | databse = 1",
    ]


def test_a_command_wider_than_the_terminal_is_broken_at_a_word() -> None:
    assert fitted("Run `chatbot plan apply chats/garden.toml` now", 20).splitlines() == [
        "Run `chatbot plan",
        "apply",
        "chats/garden.toml`",
        "now",
    ]


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.sampled_from(" `\n"), max_size=200))
def test_no_word_is_lost_or_broken(words: str) -> None:
    assert fitted(words, 40).split() == words.split()
