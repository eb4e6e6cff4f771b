"""The short ways of reading a server's HTML say what the long way says."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.core import markup

HASHTAG = '<a href="https://h.test/tags/x" class="mention hashtag" rel="tag">#<span>X</span></a>'
QUOTE = '<a class="quote-inline" href="https://h.test/1">@<span>x</span></a>'
CUT = (
    '<a href="https://x.test/abc" rel="nofollow"><span class="invisible">https://</span>'
    '<span class="ellipsis">x.test/a</span><span class="invisible">bc</span></a>'
)
WHOLE = CUT.replace("ellipsis", "").replace("bc</span>", "</span>").replace("x.test/abc", "x.test/a")
LINKS = (HASHTAG, QUOTE, CUT, WHOLE)
TAGS = ("<p>", "</p>", "<br>", "<br />", "<br/>", "<P>", "<b>", "<a>", "</a>", "<span>", "</span>", "<ul><li>", "</ul>")
NASTY = ("<", "<x", "<!--", "-->", "&lt;script&gt;", "<script>", "</script>", "<pre>", "<a href='https://y.test'>", '"')
WORDS = ("a", "b c", " ", "  ", "\n", "\t", "\u00a0", "\u200b", "&amp;", "&nbsp;", "&#10;", "&#32;", "")
html = st.lists(st.sampled_from(LINKS + TAGS + NASTY + WORDS), max_size=12).map("".join)
usual = st.lists(st.sampled_from(("<p>", "</p>", "<br>", "<br />", HASHTAG, CUT, WHOLE, *WORDS)), max_size=12)


@settings(deadline=None, max_examples=300)
@given(html | usual.map("".join), st.booleans())
def test_the_usual_post_is_read_as_every_other(html: str, keep_quote: bool) -> None:
    short = markup.usual_runs(html)

    assert short is None or short == markup.runs(html, keep_quote=keep_quote)


@settings(deadline=None, max_examples=300)
@given(html, st.booleans())
def test_a_link_that_is_read_as_one_piece_says_what_its_tags_say(html: str, keep_quote: bool) -> None:
    in_pieces = html.replace("<span>", "<span >").replace('<span class="invisible">', '<span  class="invisible">')

    assert _said(in_pieces, keep_quote) == _said(html, keep_quote)


def test_the_post_that_nearly_everybody_writes_goes_the_short_way() -> None:
    post = f"<p>A1 leeks &amp; garlic<br />and {CUT}</p><p>{HASHTAG}</p>"

    said = markup.usual_runs(post)

    assert said is not None
    assert ["A1 leeks & garlic\nand ", "x.test/a\u2026", "\n\n", "#X"] == [words for words, _ in said]


def _said(html: str, keep_quote: bool) -> list[tuple[str, str | None]]:
    """Return words and where they lead, runs of plain words joined."""
    said: list[tuple[str, str | None]] = []
    for words, anchor in markup.runs(html, keep_quote=keep_quote):
        href = anchor.href if anchor else None
        if said and said[-1][1] == href and anchor is None:
            said[-1] = (said[-1][0] + words, href)
        elif words:
            said.append((words, href))
    return said
