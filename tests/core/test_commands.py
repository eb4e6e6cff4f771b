"""The whole-text rule, as a table of commands and of traps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.model import Author, Span
from chatbot.core.talk.commands import HostCommand, PersonWord, account_of, host_command, person_word, whole_text

MENTION = Span("mention", "@gardenbot@a.test", "https://a.test/@gardenbot")
HASHTAG = Span("hashtag", "#GardenChat", "https://a.test/tags/GardenChat")


def text(said: str) -> tuple[Span, ...]:
    return (Span("text", said),)


SAID = [
    ("stop", PersonWord.STOP),
    ("Stop", PersonWord.STOP),
    ("STOP!!!", PersonWord.STOP),
    ("stop.", PersonWord.STOP),
    ("stop…", PersonWord.STOP),
    ("“Stop”", PersonWord.STOP),
    ("`stop`", PersonWord.STOP),
    ("**stop**", PersonWord.STOP),
    ("/stop", PersonWord.STOP),
    ("stop 🛑", PersonWord.STOP),
    ("stop 🙏🏽", PersonWord.STOP),
    ("stop ❤️", PersonWord.STOP),
    ("stop :blobcat_sad:", PersonWord.STOP),
    (":ms_bye: stop", PersonWord.STOP),
    ("stop :blobcat::100:", PersonWord.STOP),
    ("stop <3", PersonWord.STOP),
    ("\u202bstop\u202c", PersonWord.STOP),
    ("stop\u061c", PersonWord.STOP),
    ("sto\u034fp", PersonWord.STOP),
    ("stop \U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", PersonWord.STOP),  # England
    ("  stop \n", PersonWord.STOP),
    ("s\u200btop", PersonWord.STOP),
    ("ｓｔｏｐ", PersonWord.STOP),
    ("#GardenChat @gardenbot stop", PersonWord.STOP),
    ("@gardenbot@a.test, stop #GardenChat #garten", PersonWord.STOP),
    ("@gardenbot: stop", PersonWord.STOP),
    ("Start", PersonWord.START),
    ("start!", PersonWord.START),
    ("Forget me", PersonWord.FORGET),
    ("forget\nme!", PersonWord.FORGET),
    ("forget  me.", PersonWord.FORGET),
    ("what do you have", PersonWord.HELD),
    ("What do you have?", PersonWord.HELD),
    ("What do you have about me ?", PersonWord.HELD),
    ("“what do you have on me?”", PersonWord.HELD),
]

TRAPS = [
    "",
    "   ",
    "!",
    "?",
    "Stop digging!",
    "stop, please",
    "please stop",
    "Stop?",
    "stop?!",
    "¿stop",
    "Start with compost",
    "start?",
    "Skip the roses",
    "next question please?",
    "next question",
    "Next!?",
    "forget me not",
    "Forget-me-nots",
    "forget-me-not!",
    "forget me?",
    "forgetme",
    "don't stop",
    "non-stop",
    "~~stop~~",
    "s̶t̶o̶p̶",
    "≠ stop",
    "stop stop",
    "A1 stop",
    "A1: Stop",
    "stop 2",
    "2 stop",
    "stop https://example.org",
    "stop :blobcat_sad: digging",
    "st:blobcat:op",
    ":stop:",
    "stop 10:30:00",
    "stop <32",
    "#stop",
    "#stop #forgetme",
    "@stop",
    "@stop@a.test",
    "stopp",
    "st op",
    "what do you have in your garden?",
    "What do you have??? Roses!",
    "publish and be damned",
    "yes",
    "yes stop it",
    "no stop",
]

ORDERED = [
    ("pause", HostCommand.PAUSE),
    ("`pause`", HostCommand.PAUSE),
    ("Pause!", HostCommand.PAUSE),
    ("resume", HostCommand.RESUME),
    ("stop", HostCommand.STOP),
    ("Stop.", HostCommand.STOP),
    ("yes stop", HostCommand.YES_STOP),
    ("Yes, stop!", HostCommand.YES_STOP),
    ("next", HostCommand.NEXT),
    ("Next!", HostCommand.NEXT),
    ("skip", HostCommand.SKIP),
    ("publish", HostCommand.PUBLISH),
    ("Publish 🎉", HostCommand.PUBLISH),
    ("forget me", HostCommand.FORGET),
]


@pytest.mark.parametrize(("said", "word"), SAID)
def test_a_post_that_is_nothing_but_the_word_says_it(said: str, word: PersonWord) -> None:
    assert word is person_word(text(said))


@pytest.mark.parametrize(("said", "command"), ORDERED)
def test_a_message_that_is_nothing_but_the_command_orders_it(said: str, command: HostCommand) -> None:
    assert command is host_command(text(said))


@pytest.mark.parametrize("said", TRAPS)
def test_a_word_in_a_sentence_is_no_command(said: str) -> None:
    assert (person_word(text(said)), host_command(text(said))) == (None, None)


@pytest.mark.parametrize("said", ["what do you have", "start"])
def test_participants_words_are_no_host_commands(said: str) -> None:
    assert host_command(text(said)) is None


@pytest.mark.parametrize("said", ["pause", "resume", "next", "skip", "publish", "yes stop"])
def test_host_commands_are_no_participants_words(said: str) -> None:
    assert person_word(text(said)) is None


def test_marked_up_mentions_and_hashtags_do_not_count() -> None:
    spans = (HASHTAG, Span("text", " "), MENTION, Span("text", " stop\n\n"), HASHTAG)

    assert person_word(spans) is PersonWord.STOP


def test_a_mention_between_two_letters_does_not_join_them() -> None:
    spans = (Span("text", "st"), MENTION, Span("text", "op"))

    assert person_word(spans) is None


def test_a_link_is_part_of_the_text() -> None:
    spans = (Span("text", "stop "), Span("link", "example.org", "https://example.org"))

    assert person_word(spans) is None


def test_an_address_with_an_at_sign_is_no_mention() -> None:
    assert whole_text(text("write to me@a.test")) == "write to me@a.test"


@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1))
def test_any_further_word_makes_it_no_command(word: str) -> None:
    assert person_word(text(f"stop {word}")) is None
    assert host_command(text(f"{word} pause")) is None


@given(st.text())
def test_no_text_breaks_the_rule(said: str) -> None:
    assert whole_text(text(said)).strip() == whole_text(text(said))


@pytest.mark.parametrize(
    ("handle", "uri", "account"),
    [
        ("ana@a.test", "https://a.test/users/ana", "ana@a.test"),
        ("@Ana@A.Test", "https://a.test/users/ana", "ana@a.test"),
        ("ana@a.test", "https://social.a.test/users/ana", "ana@a.test"),
        ("ana@grün.test", "https://xn--grn-ioa.test/users/ana", "ana@xn--grn-ioa.test"),
        ("ana@a.test", "https://evil.test/users/ana", None),
        ("ana@a.test", "https://evil-a.test/users/ana", None),
        ("ana@a.test", "https://a.test.evil.test/users/ana", None),
        ("ana@a.test", "https://a.test@evil.test/users/ana", None),
        ("ana@social.a.test", "https://a.test/users/ana", None),
        ("ana@test", "https://a.test/users/ana", None),
        ("ana", "https://a.test/users/ana", None),
        ("@a.test", "https://a.test/users/ana", None),
        ("ana@", "https://a.test/users/ana", None),
        ("", "", None),
        ("ana@a..test", "https://a..test/users/ana", None),
    ],
)
def test_only_a_persons_own_server_vouches_for_an_address(handle: str, uri: str, account: str | None) -> None:
    assert account == account_of(Author(uri, handle, "Ana", uri))
