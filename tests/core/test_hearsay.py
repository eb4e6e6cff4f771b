"""What another server says of a post is believed only where it is plausible."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.model import Author, Visibility
from chatbot.core.privacy import hearsay
from chatbot.core.value import replace
from tests.fakes import FakePlatform, FixedClock, person

OURS, STEERING = {"a.test"}, {"rosa@a.test", "amir@b.test", "gardenbot@a.test"}
FAR = FakePlatform(FixedClock(), server="far.test")
POST = FAR.post("@ana@b.test", "A1 Compost! #GardenChat")


def named(handle: str) -> Author:
    return replace(person("@ana@b.test"), handle=handle)


TOLD, OWN_WORD = hearsay.route_of("far.test"), FAR.post("@ana@far.test", "A1 Compost!")


def test_what_a_server_shows_of_its_own_people_is_no_hearsay() -> None:
    assert hearsay.is_hearsay(POST, TOLD)
    assert not hearsay.is_hearsay(OWN_WORD, TOLD)
    assert not hearsay.is_hearsay(replace(POST, server="a.test"), TOLD)  # our own server fetched it
    assert not hearsay.is_hearsay(POST, "tag")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"visibility": Visibility.UNLISTED}, True),
        ({"visibility": Visibility.PRIVATE}, False),
        ({"visibility": Visibility.DIRECT}, False),
        ({"is_repost": True}, False),
        ({"uri": "https://a.test/users/ana/statuses/1"}, False),
        ({"uri": "https://A.TEST/users/ana/statuses/1"}, False),
        ({"uri": "https://c.test/users/ana/statuses/1"}, False),
        ({"uri": "https://[/users/ana"}, False),
        ({"author": person("@amir@b.test")}, False),
        ({"author": person("@Amir@b.test")}, False),
        ({"author": named("rosa@a.test")}, False),
        ({"author": named("ana@c.test")}, False),
        ({"author": named("ana")}, False),
        ({"author": person("@ana@b.test", uri="https://c.test/users/ana")}, False),
    ],
)
def test_hearsay_is_believed_when_it_is_plausible(changes: dict[str, Any], expected: bool) -> None:
    assert hearsay.is_plausible(replace(POST, **changes), OURS, STEERING) is expected


def test_a_handle_may_be_of_the_domain_that_a_server_is_part_of() -> None:
    author = replace(person("@ana@social.b.test"), handle="ana@b.test")
    told = replace(POST, uri="https://social.b.test/users/ana/statuses/1", author=author)

    assert hearsay.is_plausible(told, OURS, STEERING)


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=20))
def test_no_address_breaks_the_rule(uri: str, author_uri: str, handle: str) -> None:
    told = replace(POST, uri=uri, author=replace(named(handle), uri=author_uri))

    assert hearsay.is_plausible(told, OURS, STEERING) in (True, False)
