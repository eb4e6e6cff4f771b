"""A page decoded straight into what is declared says the same as one read through plain JSON."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.platforms.mastodon import wire
from chatbot.platforms.mastodon.to_post import to_posts
from tests.platforms.test_to_post import ANSWER, SAMPLES, changed, sample

STATUSES = [
    path.relative_to(SAMPLES).as_posix()
    for path in sorted(SAMPLES.glob("*/*.json"))
    if isinstance(read := json.loads(path.read_text("utf-8")), dict) and "account" in read and "visibility" in read
]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(sorted(ANSWER)), inner, max_size=5),
    max_leaves=12,
)


def read_directly(page: list[Any]) -> Any:
    return to_posts(wire.page(orjson.dumps(page)), "b.test", "b.test")


def read_through_json(page: list[Any]) -> Any:
    return to_posts(json.loads(orjson.dumps(page)), "b.test", "b.test")


@pytest.mark.parametrize("name", STATUSES)
def test_a_real_status_is_read_directly_and_says_the_same(name: str) -> None:
    page = wire.page(orjson.dumps([sample(name)]))

    assert isinstance(page[0], wire.Status)
    assert to_posts([sample(name)], "b.test", "b.test") == to_posts(page, "b.test", "b.test")


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(sorted(ANSWER)), json_values, max_size=4), max_size=3))
def test_whatever_a_page_holds_both_ways_say_the_same(odd: list[dict[str, Any]]) -> None:
    page = [ANSWER, *(changed(**fields) for fields in odd)]

    assert read_through_json(page) == read_directly(page)


@settings(deadline=None)
@given(st.lists(json_values, max_size=4))
def test_what_is_no_status_is_counted_and_costs_its_neighbours_nothing(odd: list[Any]) -> None:
    posts, malformed = read_directly([ANSWER, *odd, ANSWER])

    assert (2, len(odd)) == (len(posts), malformed)


@pytest.mark.parametrize("name", sorted(set(ANSWER) - {"id", "uri", "created_at", "visibility", "account"}))
@pytest.mark.parametrize("value", [7, "word", [], {}, True, 1.5, 10**30])
def test_one_status_with_another_type_leaves_its_page_readable(name: str, value: object) -> None:
    page = json.dumps([ANSWER, changed(**{name: value})]).encode()

    posts, malformed = to_posts(wire.page(page), "b.test", "b.test")

    assert (2, 0) == (len(posts), malformed)


@pytest.mark.parametrize("body", [b"<html>", b"", b"[", b"[" * 100_000, b'[{"id": "\\ud800"}]', b'[{"id": "\xff"}]'])
def test_what_is_no_json_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        wire.page(body)


@pytest.mark.parametrize("field", ["account", "tags", "card", "unknown"])
@pytest.mark.parametrize("value", [b'"\xff"', b'{"a": "\\ud800"}', b"[" * 900 + b"]" * 900])
def test_broken_text_deep_in_one_status_is_not_fatal(field: str, value: bytes) -> None:
    rest = orjson.dumps({name: said for name, said in ANSWER.items() if name != field})[:-1]
    body = b"[%b,%b,%b:%b}]" % (orjson.dumps(ANSWER), rest, orjson.dumps(field), value)

    try:
        statuses = wire.page(body)
    except ValueError:
        return  # the whole answer counts as broken, and is read again later

    assert to_posts(statuses, "b.test", "b.test")[0]


def test_what_is_no_list_is_handed_on_as_it_is() -> None:
    assert {"error": "no"} == wire.page(b'{"error": "no"}')
