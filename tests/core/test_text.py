"""A server's HTML and plain text as spans: real markup, hostile markup, and what stays of each."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core import text
from chatbot.core.model import Link, Mention, Span

ANA = Mention("ana@far.test", "https://far.test/@ana")
TAG = '<a href="https://a.test/tags/gardenchat" class="mention hashtag" rel="tag">#<span>GardenChat</span></a>'
CARD = '<span class="h-card"><a href="https://far.test/@ana" class="u-url mention">@<span>ana</span></a></span>'
LONG = (
    '<a href="https://example.org/tools/a-very-long-name?x=1&amp;y=2" rel="nofollow noopener" target="_blank">'
    '<span class="invisible">https://</span><span class="ellipsis">example.org/tools/a-very-l</span>'
    '<span class="invisible">ong-name?x=1&amp;y=2</span></a>'
)
HASHTAG = Span("hashtag", "#GardenChat", "https://a.test/tags/gardenchat")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("", ()),
        ("<p></p>", ()),
        ("leeks", (Span("text", "leeks"),)),
        ("<p>leeks</p>", (Span("text", "leeks"),)),
        ("<p>one</p><p>two<br>three<br />four</p>", (Span("text", "one\n\ntwo\nthree\nfour"),)),
        ("<p>a</p><br><br><br><br><p>b</p>", (Span("text", "a\n\nb"),)),
        ("<p>a &lt;3 b &amp; c&#39;s &nbsp;d</p>", (Span("text", "a <3 b & c's \xa0d"),)),
        (f"<p>A3 {TAG}</p>", (Span("text", "A3 "), HASHTAG)),
        (f"<p>{CARD} A3</p>", (Span("mention", "@ana@far.test", ANA.url), Span("text", " A3"))),
        (
            f"<p>see {LONG} now</p>",
            (
                Span("text", "see "),
                Span(
                    "link",
                    "example.org/tools/a-very-l\u2026",
                    "https://example.org/tools/a-very-long-name?x=1&y=2",
                ),
                Span("text", " now"),
            ),
        ),
        ("<p>x <b>bold</b> <em>em</em></p>", (Span("text", "x bold em"),)),
        ("<ul><li>one</li><li>two</li></ul>", (Span("text", "\u2022 one\n\u2022 two"),)),
        ("<ol><li><p>one</p></li><li>two</li></ol><p>end</p>", (Span("text", "1. one\n2. two\n\nend"),)),
        (
            "<p>as she said</p><blockquote><p>dig</p></blockquote><p>no</p>",
            (Span("text", "as she said\n\n> dig\n\nno"),),
        ),
        ("<pre><code>a\n  b</code></pre>", (Span("text", "a\n  b"),)),
        ("<p>\n  a\n  b\n</p>", (Span("text", "a b"),)),
        ("<p>:seedling: hi</p>", (Span("text", ":seedling: hi"),)),
        ('<p>hi <img class="emoji" alt=":leaf:" src="https://a.test/x.png"></p>', (Span("text", "hi :leaf:"),)),
        ("<p>a<script>alert('<p>')</script>b<style>p{}</style>c</p>", (Span("text", "abc"),)),
        ("<p>a<script>never closed", (Span("text", "a"),)),
        ("<p>a<!-- <b>no</b> -->b</p>", (Span("text", "ab"),)),
        ("<p>a<!-- never closed", (Span("text", "a"),)),
        ('<p>a <a href="javascript:alert(1)">click</a></p>', (Span("text", "a click"),)),
        ('<p>a <a href="java\nscript:alert(1)">click</a></p>', (Span("text", "a click"),)),
        ('<p>a <a href="data:text/html,x">click</a></p>', (Span("text", "a click"),)),
        (
            '<p>a <a href="https://b.test/\x00\x1b[0m">click</a></p>',
            (Span("text", "a "), Span("link", "click", "https://b.test/[0m")),
        ),
        ('<p onclick="x()">a<a name="b">c</a></p>', (Span("text", "ac"),)),
        ("<p>1 < 2 and 3 > 2</p>", (Span("text", "1 < 2 and 3 > 2"),)),
        ("a <3 b", (Span("text", "a <3 b"),)),
        ("<p>a<b", (Span("text", "a"),)),
        ("\ud800 &#xD800; \x00\x1b[31m", (Span("text", "\ufffd \ufffd [31m"),)),
    ],
)
def test_html_becomes_spans(html: str, expected: tuple[Span, ...]) -> None:
    assert expected == text.spans_from_html(html, (ANA,))


def test_a_quote_line_that_servers_add_is_dropped_unless_it_is_asked_for() -> None:
    html = f'<p class="quote-inline">RE: {LONG}</p><p>so true</p>'

    assert text.plain(text.spans_from_html(html)) == "so true"
    assert "RE: " in text.plain(text.spans_from_html(html, keep_quote=True))
    assert (
        text.plain(text.spans_from_html(f'<p>so true<span class="quote-inline"><br>RE: {LONG}</span></p>')) == "so true"
    )


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>so true {}</p>", "so true #Tag"),
        ("<p>so true</p><p>{}</p>", "so true\n\n#Tag"),
        ('<p>so true <a href="https://other.test">{} there</p>', "so true #Tag there"),
        ('<p>so true <span class="quote-inline">{} hidden {}</span></p>', "so true"),
        ('<p>so true <a class="quote-inline">{} hidden</a></p>', "so true"),
        ("<p>so true <script>{} hidden</script></p>", "so true"),
    ],
)
def test_a_hashtag_link_reads_the_same_wherever_it_stands(html: str, expected: str) -> None:
    link = '<a href="https://b.test/tags/tag" class="mention hashtag" rel="tag">#<span>Tag</span></a>'

    assert expected == text.plain(text.spans_from_html(html.format(link, link)))


def test_a_hashtag_link_that_is_the_line_before_a_quote_is_dropped() -> None:
    assert text.plain(text.spans_from_html('so true <a class="quote-inline">#<span>RE</span></a>')) == "so true"


@pytest.mark.parametrize(
    ("html", "handle"),
    [
        ('<a class="u-url mention" href="https://far.test/@ana">@<span>ana</span></a>', "@ana@far.test"),
        ('<a class="u-url mention" href="https://far.test/users/ana">@ana</a>', "@ana@far.test"),
        ('<a class="u-url mention" href="https://far.test/@ana">@ana@far.test</a>', "@ana@far.test"),
        ('<a href="https://far.test/@ana">@ana</a>', "@ana@far.test"),
        ('<a class="mention" href="https://near.test/@ana">@ana</a>', "@ana@near.test"),
        ('<a class="mention" href="https://near.test/@ben">@ben</a>', "@ben@near.test"),
        ("@ana@far.test", "@ana@far.test"),
        ("@ana", "@ana"),
    ],
)
def test_a_mention_has_its_full_handle(html: str, handle: str) -> None:
    spans = text.spans_from_html(f"<p>{html} hi</p>", (ANA,))

    assert ("mention", handle) == (spans[0].kind, spans[0].text)


def test_a_mention_of_another_person_of_the_same_name_is_not_taken_for_the_one_in_the_list() -> None:
    spans = text.spans_from_html('<p><a class="mention" href="https://near.test/@ana">@ana</a></p>', (ANA,))

    assert (Span("mention", "@ana@near.test", "https://near.test/@ana"),) == spans


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("A1 leeks #GardenChat", [("hashtag", "#GardenChat")]),
        ("see https://example.org/a_(b), ok?", [("link", "https://example.org/a_(b)")]),
        ("(see https://example.org/a)", [("link", "https://example.org/a")]),
        ("https://example.org/x...", [("link", "https://example.org/x")]),
        ("https:// is nothing", []),
        ("@ana @ben@far.test: hi", [("mention", "@ana"), ("mention", "@ben@far.test")]),
        ("mail ana@far.test", []),
        (".@ana hi", [("mention", "@ana")]),
        ("we are #1 and A#1", []),
        ("#Jardín #ガーデン #日本", [("hashtag", "#Jardín"), ("hashtag", "#ガーデン"), ("hashtag", "#日本")]),
        ("javascript:alert(1)", []),
        ("HTTPS://EXAMPLE.ORG", [("link", "HTTPS://EXAMPLE.ORG")]),
    ],
)
def test_plain_text_becomes_spans(words: str, kinds: list[tuple[str, str]]) -> None:
    spans = text.spans_from_text(words)

    assert kinds == [(span.kind, span.text) for span in spans if span.kind != "text"]
    assert words == text.plain(spans)


def test_plain_gives_what_is_read_or_whole_addresses() -> None:
    spans = text.spans_from_html(f"<p>see {LONG}</p>")

    assert text.plain(spans) == "see example.org/tools/a-very-l\u2026"
    assert text.plain(spans, full_links=True) == "see https://example.org/tools/a-very-long-name?x=1&y=2"


def test_links_are_given_once_in_their_order() -> None:
    spans = text.spans_from_text("https://b.test https://a.test https://b.test #x")

    assert (Link("https://b.test"), Link("https://a.test")) == text.links(spans)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("#GardenChat", "gardenchat"),
        ("GARDENCHAT", "gardenchat"),
        ("＃ＧａｒｄｅｎＣｈａｔ", "gardenchat"),
        ("Jardín", "jardin"),
        ("jardi\u0301n", "jardin"),
        ("Gärtnerei", "gartnerei"),
        ("Łódź", "lodz"),
        ("Trädgård", "tradgard"),
        ("ガーデン", "ガーデン"),
        ("حديقة", "حديقة"),
        ("", ""),
    ],
)
def test_hashtags_are_compared_as_servers_do(written: str, expected: str) -> None:
    assert expected == text.normalise_tag(written)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", 0),
        ("abc", 3),
        ("a\r\nb", 3),
        ("\U0001f1f5\U0001f1f9", 1),
        ("👩‍👩‍👧‍👦", 1),
        ("e\u0301", 1),
        ("नमस्ते", 3),
        ("👍🏽!", 2),
    ],
)
def test_characters_are_counted_as_people_see_them(words: str, expected: int) -> None:
    assert expected == text.graphemes(words)


HOSTILE = {
    "open": "<" * 200_000,
    "quotes": '<a "' * 50_000,
    "unclosed": '<a href="x' * 20_000,
    "paragraphs": "<p>" * 66_000,
    "comments": "<!--" * 50_000,
    "entities": "&" * 200_000,
    "anchors": '<a href="https://x"> x' * 9_000,
    "lists": "<ul><li>" * 25_000,
    "addresses": "https://" * 25_000,
    "brackets": "https://a" + ")" * 190_000,
    "both brackets": "https://a" + ")]" * 90_000,
    "mentions": "@a" * 100_000,
    "dots": "@" + "a." * 100_000,
    "tags": "#" * 200_000,
    "skipped": "<script>" * 25_000,
    "attribute": '<p a="' + "b" * 190_000,
    "attributes": "<p " + "a=b " * 50_000 + ">",
    "spaces": "<p>" + " " * 190_000 + "x",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_markup_takes_no_more_time_than_its_length(name: str) -> None:
    started = time.process_time()
    text.spans_from_html(HOSTILE[name])
    text.spans_from_text(HOSTILE[name])

    assert time.process_time() - started < 1.0


@given(st.text(alphabet=st.sampled_from("<>/\"'=&;#@ \n!-apbrsctilk:.h"), max_size=300))
def test_nothing_is_fatal_and_what_comes_out_can_be_stored(html: str) -> None:
    for spans in (text.spans_from_html(html, (ANA,)), text.spans_from_text(html)):
        text.plain(spans).encode()
        assert all(span.text for span in spans)
        assert all(span.href is None or span.href.startswith(("http://", "https://")) for span in spans)


@given(st.text(max_size=200))
def test_any_text_survives_but_for_blanks_at_its_ends(words: str) -> None:
    kept = text.plain(text.spans_from_text(words))

    assert kept == kept.strip()
    kept.encode()
