"""Reads a server's HTML into runs of words, each with the anchor it stood in; everything else of the markup ends here.

The HTML is cut at its tags by one expression that never looks past the next `<`, so the time is linear whatever is
sent, and nothing is fatal: what is no tag is text, what is unclosed ends with the post.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from typing import NamedTuple

# A tag; or, as one piece, a whole link as Mastodon writes it, to a hashtag or a person or with its address cut short.
_TAG = re.compile(
    r"""<(a (?:[^<>"']|"[^"<>]*")*+>(?:[#@]<span>[^<>&\s]++</span>"""
    r"""|<span class="invisible">[^<>]*+</span><span class="(?:ellipsis)?">[^<>&\s]++</span>"""
    r"""<span class="invisible">[^<>]*+</span>)</a"""
    r"""|/?[a-zA-Z!?](?:[^<>"']++|"[^"<]*"|'[^'<]*')*+)>"""
)
_SHOWN = re.compile(r'<span class="invisible">[^<>]*+</span>|<[^<>]*+>?')  # of a whole link, what is not shown of it
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_BROKEN_TAG = re.compile(r"<[a-zA-Z/!?].*", re.DOTALL)
_BLANK = re.compile(r"[ \t\r\n\f]+")

_LISTS = frozenset(("ul", "ol"))
_PARAGRAPHS = _LISTS | {"p", "div", "blockquote", "dl", "pre", "table", "section", "article", "header", "footer"}
_PARAGRAPHS |= {"h1", "h2", "h3", "h4", "h5", "h6"}
_LINES = frozenset(("li", "tr", "dt", "dd", "hr"))
_DROPPED = frozenset(("script", "style", "template", "iframe", "object", "svg", "math", "head", "title", "noembed"))
_DROPPED |= {"noframes", "xmp", "textarea"}
_QUOTE = frozenset(("quote-inline",))
_DEEPEST = 100  # of anything nested; real posts have three levels


class Tag(NamedTuple):
    """A tag as read; `href` is None where there is none, or where it leads anywhere but the web.

    `words` are those of a whole link that was read as one piece.
    """

    name: str
    closes: bool
    href: str | None = None
    classes: frozenset[str] = frozenset()
    rel: str = ""
    alt: str = ""
    words: str = ""


Run = tuple[str, Tag | None]  # words that stood in one anchor, or in none


def runs(html: str, *, keep_quote: bool = False) -> list[Run]:
    """Read HTML; paragraphs are two newlines, `keep_quote` keeps the "RE: link" before a quoting post."""
    reader = _Reader(keep_quote)
    for number, piece in enumerate(_TAG.split(_without_comments(html))):
        if number & 1:
            reader.tag(_read_tag(piece))
        elif piece:
            reader.text(piece)
    return reader.finish()


def usual_runs(html: str) -> list[Run] | None:
    """Read the post that nearly everybody writes, in a third of the time that `runs` takes; None where it is another.

    Paragraphs, line breaks, words without odd characters, and whole links as Mastodon writes them: of these it says
    what `runs` says, which a test holds it to.
    """
    if not html.isprintable() or "  " in html:
        return None
    found: list[Run] = []
    words = ""
    breaks = 0  # newlines due before the next word
    for number, piece in enumerate(_TAG.split(html)):
        if not number & 1:
            if not piece:
                continue
            if "<" in piece:
                return None
            if "&" in piece:
                piece = unescape(piece)
            if breaks or not (words or found):  # at the beginning of a line
                piece = piece.lstrip(" ")
                if piece:
                    words += "\n" * breaks if words or found else ""
                    breaks = 0
            words += piece
        elif piece == "p" or piece == "/p":
            breaks = 2
        elif piece == "br" or piece == "br /":
            breaks = min(breaks + 1, 2)
        elif "<" in piece and not (link := _read_tag(piece)).classes & _QUOTE:
            words += "\n" * breaks if words or found else ""
            if words:
                found.append((words, None))
            found.append((link.words, link))
            words, breaks = "", 0
        else:
            return None
    if words:
        found.append((words, None))
    return found


def web_address(href: str) -> str | None:
    """Return an http or https address fit for a page, or None."""
    address = href.strip().replace(" ", "%20")
    if not address[:8].lower().startswith(("http://", "https://")) or not address.isprintable():
        return None
    return address


def _without_comments(html: str) -> str:
    if "!" not in html or "<!--" not in html:  # one character is found much faster than four
        return html
    first, *rest = html.split("<!--")
    return first + "".join(piece.partition("-->")[2] for piece in rest)


@lru_cache(maxsize=8192)
def _read_tag(piece: str) -> Tag:
    """Read what stands between `<` and `>`; the tags of a night are the same few, so they are remembered."""
    if "<" in piece:
        opening, link = piece.split(">", 1)
        shown = _SHOWN.sub("", link)
        return _read_tag(opening)._replace(words=shown + "\u2026" if 'class="ellipsis"' in link else shown)
    closes = piece.startswith("/")
    head, *rest = piece.lstrip("/").split(None, 1)
    name = head.rstrip("/").lower()
    if closes or not rest:
        return Tag(name, closes)
    found = {key.lower(): unescape(a or b or c) for key, a, b, c in reversed(_ATTRIBUTE.findall(rest[0]))}
    classes = frozenset(found.get("class", "").split())
    alt = found.get("alt", "")[:200] if name == "img" else ""
    return Tag(name, False, web_address(found.get("href", "")), classes, found.get("rel", ""), alt)


class _Reader:
    """Takes a post's tags and texts in order and builds its runs."""

    __slots__ = ("_anchor", "_breaks", "_cut", "_keep_quote", "_lists", "_marked", "_pre", "_runs", "_skip", "_words")

    def __init__(self, keep_quote: bool) -> None:
        self._keep_quote = keep_quote
        self._runs: list[Run] = []
        self._words: list[str] = []  # of the run that is being read
        self._anchor: Tag | None = None
        self._cut = False  # the anchor shows only the beginning of its address
        self._breaks = 0  # newlines due before the next word
        self._skip: list[str] = []  # the dropped element we are in, once for each depth
        self._lists: list[int] = []  # of each open list the last item's number, -1 for bullets
        self._pre = False
        self._marked = False  # only the sign before an item was said

    def text(self, piece: str) -> None:
        """Take what stands between two tags."""
        if self._skip:
            return
        if "<" in piece:
            piece = _BROKEN_TAG.sub("", piece)
        if not self._pre and ("  " in piece or not piece.isprintable()):
            piece = _BLANK.sub(" ", piece)
        self._say(unescape(piece) if "&" in piece else piece)

    def tag(self, tag: Tag) -> None:
        """Take a tag; one that is not known is as if it were not there."""
        name = tag.name
        if self._skip:
            self._skip_on(tag)
        elif tag.classes & _QUOTE and not self._keep_quote:
            self._skip = [] if tag.words else [name]
        elif tag.words:
            self._whole_link(tag)
        elif name in _PARAGRAPHS:
            self._paragraph(tag)
        elif name == "span":
            if tag.classes and self._anchor is not None:
                self._span_of_link(tag)
        elif name == "a":
            self._turn(None if tag.closes else tag)
        elif name == "br":
            self._breaks = min(self._breaks + 1, 2)
        elif name in _LINES:
            self._line(tag)
        elif name in _DROPPED:
            self._skip = [] if tag.closes else [name]
        elif tag.alt:
            self._say(tag.alt)

    def finish(self) -> list[Run]:
        """Return the runs; whatever is still open ends here."""
        self._turn(None)
        return self._runs

    def _say(self, piece: str) -> None:
        is_first = not (self._words or self._runs)
        if self._breaks or is_first:  # at the beginning of a line
            if not self._pre:
                piece = piece.lstrip(" ")
            if not piece:
                return
            if self._breaks and not is_first:
                piece = "\n" * self._breaks + piece
            self._breaks = 0
        if piece:
            self._words.append(piece)
        self._marked = False

    def _turn(self, anchor: Tag | None) -> None:
        """End the run being read and begin one in `anchor`."""
        if self._words:
            if anchor is not None and self._breaks and self._anchor is None:
                self._words.append("\n" * self._breaks)
                self._breaks = 0
            words = "".join(self._words)
            self._runs.append((words + "\u2026" if self._cut else words, self._anchor))
            self._words = []
        self._anchor, self._cut = anchor, False
        if anchor is not None and self._breaks and self._runs:  # the newline belongs before the link, not into it
            self._runs.append(("\n" * self._breaks, None))
            self._breaks = 0

    def _whole_link(self, link: Tag) -> None:
        self._turn(link)
        self._runs.append((link.words, link))
        self._anchor, self._breaks, self._marked = None, 0, False

    def _span_of_link(self, tag: Tag) -> None:
        if "invisible" in tag.classes:
            self._skip = ["span"]
        elif "ellipsis" in tag.classes:
            self._cut = True

    def _skip_on(self, tag: Tag) -> None:
        if tag.name == self._skip[0] and not tag.words:
            if tag.closes:
                self._skip.pop()
            elif len(self._skip) < _DEEPEST:
                self._skip.append(tag.name)

    def _paragraph(self, tag: Tag) -> None:
        if self._anchor is not None:
            self._turn(None)
        if tag.name in _LISTS:
            self._list(tag)
        if tag.closes or not self._marked:
            self._breaks = 1 if self._lists else 2
        if tag.name == "pre":
            self._pre = not tag.closes
        elif tag.name == "blockquote" and not tag.closes:
            self._mark("> ")

    def _list(self, tag: Tag) -> None:
        if tag.closes:
            del self._lists[-1:]
        elif len(self._lists) < _DEEPEST:
            self._lists.append(0 if tag.name == "ol" else -1)

    def _line(self, tag: Tag) -> None:
        self._breaks = max(self._breaks, 1)
        if tag.name != "li" or tag.closes:
            return
        if self._lists and self._lists[-1] >= 0:
            self._lists[-1] += 1
            self._mark(f"{self._lists[-1]}. ")
        else:
            self._mark("\u2022 ")

    def _mark(self, sign: str) -> None:
        """Say the sign before an item or a quotation; the paragraph inside it begins on the same line."""
        self._say(sign)
        self._marked = True
