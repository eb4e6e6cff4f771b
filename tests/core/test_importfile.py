"""Posts from files: what is read, and every way a line can be wrong, named by its number."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.errors import Mistakes
from chatbot.core.files import importfile
from chatbot.core.model import Media, Span, Visibility

GOOD: dict[str, object] = {
    "uri": "https://b.test/1",
    "at": "2026-12-01T20:05:00Z",
    "author": "ana@b.test",
    "text": "A1 Compost! #Jardín https://x.test",
}


def line(**changes: object) -> str:
    return json.dumps({**GOOD, **changes})


def test_a_line_with_only_what_is_needed() -> None:
    (post,) = importfile.read([line()], "old.jsonl").posts

    assert ("https://b.test/1", "https://b.test/1", datetime(2026, 12, 1, 20, 5, tzinfo=UTC)) == (
        post.uri,
        post.url,
        post.at,
    )
    assert (post.author.handle, post.author.uri, post.author.name) == ("ana@b.test", "https://b.test/users/ana", "ana")
    assert (post.visibility, post.hashtags) == (Visibility.PUBLIC, ("jardin",))
    assert [link.url for link in post.links] == ["https://x.test"]


def test_a_line_with_everything() -> None:
    full = line(
        at="2026-12-01T21:05:00+01:00",
        author="https://b.test/@ana",
        name="Ana 🌱",
        url="https://b.test/@ana/1",
        text=None,
        html="<p>A1 <b>Compost</b><script>alert(1)</script></p>",
        in_reply_to="https://a.test/q1",
        quote_of="https://c.test/9",
        is_repost=True,
        language="pt",
        visibility="unlisted",
        boosts=1,
        favourites=2,
        replies=3,
        media=["https://b.test/1.png", {"url": "https://b.test/2.mp4", "type": "video", "description": "a heap"}],
    )

    (post,) = importfile.read([full], "old.jsonl").posts

    assert (post.author.name, post.author.handle, post.language, post.is_repost) == ("Ana 🌱", "ana@b.test", "pt", True)
    assert (post.parent_uri, post.quote_uri) == ("https://a.test/q1", "https://c.test/9")
    assert (post.boosts, post.favourites, post.replies, post.visibility) == (1, 2, 3, Visibility.UNLISTED)
    assert (Media("image", "https://b.test/1.png"), Media("video", "https://b.test/2.mp4", "a heap")) == post.media
    assert datetime(2026, 12, 1, 20, 5, tzinfo=UTC) == post.at
    assert (Span("text", "A1 Compost"),) == post.spans


def test_unknown_keys_are_named_once_each_and_empty_lines_passed_by() -> None:
    read = importfile.read([line(mood="good", id=1), "", line(uri="https://b.test/2", mood="bad"), "  \n"], "f")

    assert (read.unknown, len(read.posts)) == (("mood", "id"), 2)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ("null", "not a JSON object"),
        (b'{"uri": "\xff"}', "not JSON"),
        ('{"uri": "\\ud800"}', "not JSON"),
        (line(uri=None), "`uri` is missing"),
        (line(uri="urn:x"), "`uri` is no web address"),
        (line(uri="javascript://alert"), "`uri` is no web address"),
        (line(uri="https://b.test/1 2"), "`uri` is no web address"),
        (line(uri=7), "`uri` is not text"),
        (line(uri="https://b.test/\x00"), "control characters"),
        (line(at=None), "`at` is missing"),
        (line(at="yesterday"), "`at` is no time"),
        (line(at="2026-13-01T20:00:00Z"), "`at` is no time"),
        (line(at="2026-12-01T20:00:00"), "`at` has no zone"),
        (line(at="0001-01-01T00:00:00+14:00"), "`at` is in the year 1"),
        (line(at="9999-12-31T23:59:59Z"), "`at` is in the year 9999"),
        (line(at=1764619500), "`at` is not text"),
        (line(author=None), "`author` is missing"),
        (line(author="ana"), "`author` is no account"),
        (line(author="ana@b.test<script>"), "`author` is no account"),
        (line(author="ftp://b.test/ana"), "`author` is no web address"),
        (line(text=None), "neither `text` nor `html`"),
        (line(text=["A1"]), "`text` is not text"),
        (line(visibility="everybody"), "`visibility` is none that is known"),
        (line(boosts=-1), "`boosts` is no count"),
        (line(boosts=1.5), "`boosts` is not a whole number"),
        (line(replies=True), "`replies` is no count"),
        (line(favourites=2**40), "`favourites` is no count"),
        (line(is_repost="yes"), "`is_repost` is not true or false"),
        (line(media="x.png"), "`media` is not a list"),
        (line(media=[7]), "an entry of `media`"),
        (line(media=[{}]), "no `url`"),
        (line(name="x" * 501), "longer than 500"),
        (line(text="x" * 1_000_001), "the line is longer"),
    ],
)
def test_a_wrong_line_is_named_by_its_number(wrong: str | bytes, says: str) -> None:
    with pytest.raises(Mistakes) as caught:
        importfile.read([line(), "", wrong, line()], "old.jsonl")

    (mistake,) = caught.value.mistakes
    assert (mistake.file, mistake.line) == ("old.jsonl", 3)
    assert says in mistake.what


def test_all_wrong_lines_are_named_the_first_in_full() -> None:
    with pytest.raises(Mistakes) as caught:
        importfile.read(["{"] * 30, "f")

    assert len(caught.value.mistakes) == 21
    assert "10 more wrong lines: 21, 22" in str(caught.value)


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60)))
def test_whatever_a_line_holds_the_answer_is_posts_or_mistakes(garbage: str | bytes) -> None:
    with suppress(Mistakes):
        importfile.read([garbage], "f")


@given(
    st.dictionaries(
        st.sampled_from([*importfile.NEEDED, *importfile.OPTIONAL]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["url", "alt", "kind"]), inner),
        ),
    )
)
def test_whatever_the_values_are_the_answer_is_posts_or_mistakes(values: dict[str, object]) -> None:
    with suppress(Mistakes):
        importfile.read([json.dumps({**GOOD, **values})], "f")
