"""Our own post is known again whatever the server did to its text, and no other post is taken for it."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core import text
from chatbot.core.delivery import matching
from chatbot.core.delivery.matching import Anchor
from chatbot.core.model import Draft, Mention, Post, Span, Visibility
from chatbot.core.value import replace
from tests.fakes import person

BOT = person("@gardenbot@a.test")
AT = datetime(2026, 12, 1, 20, 12, tzinfo=UTC)
ADDRESS = "https://example.org/a/rather/long/path?page=2&lang=pt"


def a_post(said: str | tuple[Span, ...], local_id: str = "1", **changes: object) -> Post:
    spans = (Span("text", said),) if isinstance(said, str) else said
    made = Post(
        uri=f"https://a.test/{local_id}",
        url=f"https://a.test/{local_id}",
        at=AT,
        author=BOT,
        spans=spans,
        visibility=Visibility.PUBLIC,
        server="a.test",
        local_id=local_id,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def as_mastodon(words: str) -> tuple[Span, ...]:
    """Return what a draft becomes: Mastodon's HTML, read back into spans."""
    pieces = []
    for span in text.spans_from_text(words):
        shown = html.escape(span.text)
        if span.kind == "link":
            address = span.href or ""
            bare = address.partition("://")[2]
            pieces.append(
                f'<a href="{html.escape(address)}" rel="nofollow"><span class="invisible">https://</span>'
                f'<span class="ellipsis">{html.escape(bare[:30])}</span>'
                f'<span class="invisible">{html.escape(bare[30:])}</span></a>'
            )
        elif span.kind == "mention":
            user = span.text.lstrip("@").split("@")[0]
            anchor = f'<a href="https://b.test/@{user}" class="u-url mention">@<span>{user}</span></a>'
            pieces.append(f'<span class="h-card">{anchor}</span>')
        elif span.kind == "hashtag":
            tag = span.text.lstrip("#").lower()
            pieces.append(
                f'<a href="https://a.test/tags/{tag}" class="mention hashtag" rel="tag">#<span>{tag}</span></a>'
            )
        else:
            pieces.append(shown.replace("\n\n", "</p><p>").replace("\n", "<br>"))
    return text.spans_from_html(f"<p>{''.join(pieces)}</p>", [Mention("ana@b.test", "https://b.test/@ana")])


WORDS = st.sampled_from(
    [
        "Compost?",
        "“Slugs”",
        "it's",
        "árvore",
        "#GardenChat",
        "#Jardín",
        "@ana@b.test",
        ADDRESS,
        "1.",
        "–",
        "🌱",
        "中文",
        "شتاء",
        "A3",
    ]
)
TEXTS = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)


@given(TEXTS)
def test_a_text_is_known_again_after_mastodon_made_html_of_it(words: str) -> None:
    assert matching.same([a_post(as_mastodon(words))], Draft(words)) != ()


@given(TEXTS)
def test_a_text_is_known_again_from_a_server_that_marks_nothing_up(words: str) -> None:
    assert matching.same([a_post(words)], Draft(words)) != ()


@given(TEXTS, TEXTS)
def test_another_text_is_not_taken_for_it(words: str, other: str) -> None:
    folded = [w for w in words.casefold().split() if w not in ("–", "🌱")]
    if folded != [w for w in other.casefold().split() if w not in ("–", "🌱")]:
        assert matching.same([a_post(as_mastodon(other))], Draft(words)) == ()


@pytest.mark.parametrize(
    ("draft", "given_back"),
    [
        ("Read https://example.org", (Span("text", "Read "), Span("link", "example.org", "https://example.org/"))),
        ("Read example.org", (Span("text", "Read "), Span("link", "example.org", "http://example.org"))),
        ("https://pt.test/Jardim_Botânico", (Span("link", "pt.test/…", f"https://pt.test/{quote('Jardim_Botânico')}"),)),
        ("https://bücher.example/a", (Span("link", "bücher.example", "https://xn--bcher-kva.example/a"),)),
        ("It's \"late\" - go on...", (Span("text", "It’s “late” – go on…"),)),
        ("Hello @ana@b.test", (Span("text", "Hello "), Span("mention", "@ana@b.test", "https://b.test/@ana"))),
        ("Hello @ana", (Span("text", "Hello "), Span("mention", "@ana@a.test", "https://a.test/@ana"))),
        ("a\r\n\r\nb", (Span("text", "a\n\nb"),)),
        ("🌱❤️", (Span("text", "🌱❤"),)),
    ],
    ids=["slash", "bare domain", "percent", "punycode", "typography", "mention", "local mention", "lines", "emoji"],
)  # fmt: skip
def test_what_servers_do_to_texts(draft: str, given_back: tuple[Span, ...]) -> None:
    assert matching.same([a_post(given_back)], Draft(draft)) != ()


@pytest.mark.parametrize(
    ("changes", "is_it"),
    [
        ({"visibility": Visibility.UNLISTED}, True),
        ({"visibility": Visibility.DIRECT}, False),
        ({"parent_local_id": "9"}, True),
        ({"parent_local_id": None}, True),
        ({"parent_local_id": "8"}, False),
        ({"is_repost": True}, False),
        ({"warning": "slugs"}, False),
        ({"language": "pt"}, True),
    ],
)
def test_place_and_audience_count_and_the_language_does_not(changes: dict[str, object], is_it: bool) -> None:
    found = matching.same([a_post("Q1 Slugs?", **changes)], Draft("Q1 Slugs?", reply_to="9", language="en"))

    assert bool(found) is is_it


def test_the_earliest_comes_first_even_within_one_second() -> None:
    later, earlier = a_post("Q1", "12"), a_post("Q1", "11")

    assert [p.local_id for p in matching.same([later, earlier], Draft("Q1"))] == ["11", "12"]


def test_an_edited_post_is_found_but_never_counts_as_the_same() -> None:
    mended = a_post("Q1 What grows in your winter garden? #GardenChat", edited_at=AT)
    draft = Draft("Q1 What grows in you're winter garden? #GardenChat")

    assert matching.same([mended], draft) == ()
    assert matching.same_or_edited([mended], draft) == (mended,)
    assert matching.same_or_edited([replace(mended, edited_at=None)], draft) == ()


def test_a_rewritten_reply_is_known_by_how_it_begins_and_else_by_its_place() -> None:
    quiet = {"edited_at": AT, "parent_local_id": "5", "visibility": Visibility.UNLISTED}
    rewritten = a_post("Garden Chat so far:\n\nQ1 Slugs? https://a.test/2", **quiet)
    other = a_post("No, just bring a cup of tea.", **quiet)
    draft = Draft("Joining late?", Visibility.UNLISTED, reply_to="5")
    opening = "Garden Chat so far:\n\n"

    assert matching.rewritten([other, rewritten], draft, opening, "5") == (rewritten,)
    assert matching.rewritten([replace(rewritten, parent_local_id="6")], draft, opening, "5") == ()
    assert matching.rewritten([replace(rewritten, visibility=Visibility.PUBLIC)], draft, opening, "5") == ()
    assert matching.rewritten([rewritten], draft, "", "5") == (rewritten,)
    assert matching.rewritten([rewritten], draft, "", "6") == ()
    assert matching.rewritten([rewritten], draft, "", None) == ()


@given(st.integers(1, 12), st.integers(0, 13), st.booleans())
def test_reading_goes_back_past_the_anchor_and_no_further(count: int, anchored: int, is_gone: bool) -> None:
    posts = [a_post(f"Q{n}", str(n), at=AT + timedelta(minutes=n)) for n in range(count, 0, -1)]
    anchor = Anchor(str(anchored), AT + timedelta(minutes=anchored))
    shown = [post for post in posts if not (is_gone and post.local_id == str(anchored))]
    reading = matching.read_back(iter(shown), anchor)

    assert [int(post.local_id) for post in reading.posts] == list(range(count, anchored, -1))
    assert (reading.reached == "end") == (not any(int(post.local_id) <= anchored for post in shown))
    assert reading.newest == (shown[0] if shown else None)


def test_a_boost_that_bears_the_time_of_what_it_boosts_ends_no_reading() -> None:
    boost = a_post("old", "8", at=AT - timedelta(days=300), is_repost=True)
    reading = matching.read_back([boost, a_post("Q1", "7")], Anchor("6", AT - timedelta(minutes=1)))

    assert [post.local_id for post in reading.posts] == ["8", "7"]
