"""Who is kept, shown and published: the table of consent, row by row."""

from __future__ import annotations

import pytest

from chatbot.core.model import Author, Post, Span, Visibility, Word
from chatbot.core.plan import Defaults
from chatbot.core.privacy import consent
from chatbot.core.privacy.consent import Consents
from chatbot.core.value import replace
from tests.fakes import person
from tests.people import STARTS, garden_chat, garden_series

ANA = person("@ana@b.test")
NOBOT = person("@ana@b.test", bio="Bees. #NoBot")
OPT_OUT, OPT_IN = Defaults(consent="opt-out"), Defaults(consent="opt-in")


def a_post(author: Author = ANA, visibility: Visibility = Visibility.PUBLIC) -> Post:
    return Post(
        uri="https://b.test/1",
        url="https://b.test/1",
        at=STARTS,
        author=author,
        spans=(Span("text", "A1 Compost"),),
        visibility=visibility,
        server="a.test",
        local_id="1",
    )


@pytest.mark.parametrize(
    ("word", "author", "settings", "collect", "text", "unlisted"),
    [
        (Word.STOP, ANA, OPT_OUT, False, False, False),
        (Word.STOP, ANA, OPT_IN, False, False, False),
        (Word.STOP, NOBOT, OPT_OUT, False, False, False),
        (Word.FORGET, ANA, OPT_OUT, False, False, False),
        (Word.FORGET, NOBOT, OPT_IN, False, False, False),
        (Word.START, ANA, OPT_OUT, True, True, True),
        (Word.START, ANA, OPT_IN, True, True, True),
        (Word.START, NOBOT, OPT_OUT, True, True, True),
        (Word.START, NOBOT, OPT_IN, True, True, True),
        (None, NOBOT, OPT_OUT, False, False, False),
        (None, NOBOT, OPT_IN, False, False, False),
        (None, ANA, OPT_OUT, True, True, False),
        (None, ANA, OPT_IN, False, False, False),
    ],
)
def test_the_table(
    word: Word | None, author: Author, settings: Defaults, collect: bool, text: bool, unlisted: bool
) -> None:
    allowed = consent.consents(author, word, settings)

    assert (collect, text, unlisted) == (allowed.collect, allowed.text, allowed.unlisted)
    assert allowed.why.endswith(".")
    public, quiet = a_post(author), a_post(author, Visibility.UNLISTED)
    assert (collect, text, text) == tuple(
        bool(door(public, allowed)) for door in (consent.may_store, consent.may_show, consent.may_publish)
    )
    assert (collect, unlisted, unlisted) == tuple(
        bool(door(quiet, allowed)) for door in (consent.may_store, consent.may_show, consent.may_publish)
    )


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.DIRECT])
@pytest.mark.parametrize("word", [None, Word.START])
def test_what_few_people_may_read_passes_no_door_even_on_a_yes(visibility: Visibility, word: Word | None) -> None:
    allowed, post = consent.consents(ANA, word, OPT_OUT), a_post(visibility=visibility)

    assert [bool(d(post, allowed)) for d in (consent.may_store, consent.may_show, consent.may_publish)] == [False] * 3
    assert "read for commands only" in consent.may_show(post, allowed).why


@pytest.mark.parametrize(
    ("bio", "words"),
    [
        ("#nobot", ("#nobot",)),
        ("#NoBot", ("#nobot",)),
        ("#NOBOTS please", ("#nobot",)),
        ("nobot", ("#nobot",)),
        ("no-bot, no_index", ("#nobot", "#noindex")),
        ("<p>Bees</p><p><a href='x'>#<span>noarchive</span></a></p>", ("#noarchive",)),
        ("#NoArchiving", ("#noarchive",)),
        ("#no\u200bbot", ("#nobot",)),
        ("\uff03\uff4e\uff4f\uff42\uff4f\uff54", ("#nobot",)),
        ("(#noindex)", ("#noindex",)),
        ("#nobot#noindex", ("#nobot", "#noindex")),
        ("", ()),
        ("I build robots; nobody is perfect", ()),
        ("knobot fan, nobotany", ()),
        ("no bother", ()),
    ],
)
def test_words_in_a_bio_are_found_however_they_are_written(bio: str, words: tuple[str, ...]) -> None:
    assert words == consent.words_in_bio(bio)
    assert words == consent.words_in_bio(" ".join(words))


@pytest.mark.parametrize(
    ("flags", "index"),
    [
        ({"indexable": True, "discoverable": True}, True),
        ({"indexable": False, "discoverable": True}, False),
        ({"indexable": None, "discoverable": True}, False),
        ({"indexable": True, "discoverable": False}, False),
        ({"indexable": True, "discoverable": None}, False),
        ({"indexable": True, "discoverable": True, "noindex": True}, False),
    ],
)
def test_flags_keep_people_out_of_the_search_index_alone(flags: dict[str, bool | None], index: bool) -> None:
    allowed = consent.consents(replace(ANA, **flags), None, OPT_OUT)  # type: ignore[arg-type]

    assert (True, True, index) == (allowed.collect, allowed.text, allowed.index)


def test_a_yes_does_not_put_somebody_who_wrote_noindex_into_the_search() -> None:
    assert not consent.consents(person("@ana@b.test", bio="#noindex"), Word.START, OPT_OUT).index


@pytest.mark.parametrize(
    ("lowered", "expected"),
    [
        ({"text"}, {"text": False, "name": "full", "picture": True, "unlisted": False}),
        ({"name"}, {"text": True, "name": "none", "picture": False, "unlisted": True}),
        ({"picture"}, {"text": True, "name": "full", "picture": False, "unlisted": True}),
    ],
)
def test_a_host_can_lower_what_is_shown(lowered: set[str], expected: dict[str, object]) -> None:
    allowed = consent.consents(ANA, Word.START, replace(OPT_OUT, avatars=True), frozenset(lowered))

    assert expected == {name: getattr(allowed, name) for name in expected}
    assert "A host lowered" in allowed.why


def test_a_host_can_raise_nothing() -> None:
    for lowered in (set(), {"name"}, {"text", "picture"}):
        assert not consent.consents(ANA, Word.STOP, OPT_OUT, frozenset(lowered)).collect


def test_only_a_full_name_goes_with_the_address_of_the_post() -> None:
    for names, link in (("full", True), ("initials", False), ("pseudonyms", False), ("none", False)):
        assert link == consent.consents(ANA, None, replace(OPT_OUT, names=names)).link


def test_hosts_need_no_yes_but_their_no_counts_and_the_chats_own_account_is_always_in() -> None:
    assert consent.consents(ANA, None, OPT_IN, role="host").collect
    assert not consent.consents(ANA, Word.STOP, OPT_IN, role="host").collect
    assert not consent.consents(NOBOT, None, OPT_OUT, role="host").collect
    assert consent.consents(NOBOT, None, OPT_IN, role="bot").collect


def test_hosts_guests_and_cohosts_are_known_by_their_account() -> None:
    hosts = consent.hosts_of(garden_series(cohosts=("@Zoe@C.test",)), garden_chat())

    assert {"rosa@a.test", "amir@b.test", "zoe@c.test"} == hosts
    assert consent.role_of(person("@Zoe@c.test"), hosts, frozenset()) == "host"


def test_an_edit_that_waits_is_shown_to_nobody_outside() -> None:
    allowed: Consents = consent.consents(ANA, Word.START, OPT_OUT)

    assert consent.may_show(a_post(), allowed)
    assert not consent.may_publish(a_post(), allowed, edit_is_held=True)


def test_an_own_no_is_told_from_the_communitys_rule() -> None:
    own = [consent.consents(ANA, word, OPT_IN).own_no for word in (Word.STOP, Word.FORGET, Word.START, None)]

    assert own == [True, True, False, False]
    assert consent.consents(NOBOT, None, OPT_OUT).own_no
    assert not consent.consents(NOBOT, Word.START, OPT_IN).own_no
