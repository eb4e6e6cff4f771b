"""A post's text as spans: read from a server's HTML or from plain text, and turned back into words.

What comes out is text, links (http and https alone), mentions and hashtags; no markup goes further than this.
"""

from __future__ import annotations

import importlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from chatbot.core import markup
from chatbot.core.model import Link, Mention, Span

LONGEST = 200_000  # characters of one post that are read; servers allow from some hundreds to some ten thousands

_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")  # for a database or a page
_ZERO_WIDTH = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")

# What plain text may hold: a hashtag stands after a blank and is no mere number, `a@b.c` is no mention.
_MARK = re.compile(
    r"(?P<link>https?://[^\s<>\"\u201c\u201d]+)"
    r"|(?<![\w@/])@(?P<mention>\w(?:[\w.-]{0,99}\w)?(?:@\w[\w.-]{0,251}\w(?::\d{1,5})?)?)"
    r"|(?<![^\s(\[\u00a1\u00bf])[#\uff03](?P<hashtag>(?!\d+\b)\w{1,200})",
    re.IGNORECASE,
)


def spans_from_html(html: str, mentions: Sequence[Mention] = (), *, keep_quote: bool = False) -> tuple[Span, ...]:
    """Read a status' `content`; nothing in it is fatal, whatever a server sends.

    `mentions` (the status' own list) give mention anchors their full handle. The "RE: link" that servers put before
    a quoting post is dropped, unless `keep_quote` asks for it because the quote is not known otherwise.
    """
    known = _known(mentions) if mentions else {}
    spans: list[Span] = []
    html = html[:LONGEST]
    runs = markup.usual_runs(html)
    for words, anchor in markup.runs(_fit(html), keep_quote=keep_quote) if runs is None else runs:
        if anchor is None:
            _add_text(spans, words, known)
        else:
            _add_anchor(spans, words, anchor, known)
    return _trimmed(spans)


def spans_from_text(text: str, mentions: Sequence[Mention] = ()) -> tuple[Span, ...]:
    """Read plain text, finding its addresses, mentions and hashtags."""
    spans: list[Span] = []
    _add_text(spans, _fit(text).replace("\r\n", "\n").replace("\r", "\n"), _known(mentions))
    return _trimmed(spans)


def plain(spans: Iterable[Span], *, full_links: bool = False) -> str:
    """Return the words as read; `full_links` gives each link's whole address in place of the part shown."""
    if full_links:
        return "".join([span.href if span.kind == "link" and span.href else span.text for span in spans])
    return "".join([span.text for span in spans])


def links(spans: Iterable[Span]) -> tuple[Link, ...]:
    """Return each address the text points to, once, in order."""
    found = dict.fromkeys([span.href for span in spans if span.kind == "link" and span.href])
    return tuple([Link(href) for href in found])


def readable(text: str) -> str:
    """Return text as rules read it: NFKC, without zero-width and direction characters."""
    return text if text.isascii() else _ZERO_WIDTH.sub("", unicodedata.normalize("NFKC", text))


@lru_cache(maxsize=4096)
def normalise_tag(tag: str) -> str:
    """Return a hashtag as servers compare them: NFKC, lower case, Latin letters without accents, no sign.

    Mastodon's `HashtagNormalizer` does the same, so that `#Jardín` and `#jardin` are one tag.
    """
    name = unicodedata.normalize("NFKC", tag.strip()).lstrip("#").lower()
    if name.isascii():
        return name
    return "".join(_without_accent(letter) for letter in unicodedata.normalize("NFC", name))


_UNDECOMPOSED = {"đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ĸ": "k", "ł": "l", "ŋ": "n", "ø": "o", "ŧ": "t", "ŉ": "n"}


def _without_accent(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() else _UNDECOMPOSED.get(letter, letter)


def graphemes(text: str) -> int:
    """Count characters as people and servers do: a flag or a family emoji is one."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    return len(_grapheme().findall(text))


@lru_cache(maxsize=1)
def _grapheme() -> Any:
    regex = importlib.import_module("regex")  # slow to load, and needed for other scripts alone
    return regex.compile(r"\X")


def _fit(text: str) -> str:
    """Cut what is too long and replace what no database or page may hold."""
    text = text[:LONGEST]
    return text if text.isprintable() else _UNFIT.sub(lambda bad: "\ufffd" if bad[0] >= "\ud800" else "", text)


def _known(mentions: Sequence[Mention]) -> Mapping[str, Mention]:
    """Return the people named, by profile address, by handle, and by their name alone where it is one person's."""
    known: dict[str, Mention] = {}
    for mention in reversed(mentions):
        known[mention.handle.lower()] = mention
        known[mention.handle.partition("@")[0].lower()] = mention
        known[mention.url] = mention
    return known


def _add_text(spans: list[Span], words: str, known: Mapping[str, Mention]) -> None:
    """Append text, cutting out the addresses, mentions and hashtags in it."""
    start = 0
    if "@" in words or "#" in words or ":" in words or "\uff03" in words:  # single characters are found fastest
        for mark in _MARK.finditer(words):
            span = _marked(mark, known)
            if span is not None:
                _append(spans, words[start : mark.start()])
                spans.append(span)
                start = mark.start() + len(span.text)
    _append(spans, words[start:] if start else words)


def _marked(mark: re.Match[str], known: Mapping[str, Mention]) -> Span | None:
    shown = mark[0]
    if mark.lastgroup == "mention":
        mention = known.get(shown[1:].lower())
        return Span("mention", shown, mention.url if mention else None)
    if mark.lastgroup == "hashtag":
        return Span("hashtag", shown)
    shown = _without_closing(shown)
    href = markup.web_address(shown)
    return Span("link", shown, href) if href and len(shown) > len("https://") else None


_CLOSING = ".,;:!?'\u2019\u2026*_"


def _without_closing(address: str) -> str:
    """Leave the punctuation that ends a sentence, and a bracket that was opened before, outside an address."""
    address = address.rstrip(_CLOSING)
    for opening, closing in ("()", "[]"):
        extra = address.count(closing) - address.count(opening)
        while extra > 0 and address.endswith(closing):
            bare = address.rstrip(closing)
            address = address[: max(len(bare), len(address) - extra)].rstrip(_CLOSING)
            extra = address.count(closing) - address.count(opening)
    return address


def _add_anchor(spans: list[Span], words: str, anchor: markup.Tag, known: Mapping[str, Mention]) -> None:
    """Append what an anchor shows: a hashtag, a mention, or a link."""
    shown = words.strip()
    before, _, after = words.partition(shown) if shown else (words, "", "")
    _append(spans, before)
    if shown.startswith(("#", "\uff03")) and ("hashtag" in anchor.classes or "tag" in anchor.rel.split()):
        spans.append(_hashtag(shown, anchor.href))
    elif shown.startswith("@") and (mention := _mention(shown, anchor, known)):
        spans.append(mention)
    elif anchor.href is None:
        _append(spans, shown)
    elif shown:
        spans.append(Span("link", shown, anchor.href))
    _append(spans, after)


@lru_cache(maxsize=1024)
def _hashtag(shown: str, href: str | None) -> Span:
    return Span("hashtag", shown, href)  # every post of a night has it


def _mention(shown: str, anchor: markup.Tag, known: Mapping[str, Mention]) -> Span | None:
    """Return the person an anchor names: found in the status' list, else read from the profile's address."""
    handle = shown[1:]
    mention = known.get(anchor.href or "") or known.get(handle.lower())
    host = urlsplit(anchor.href).netloc if anchor.href else ""
    if mention is not None and mention.url != anchor.href and host and host not in mention.url + "@" + mention.handle:
        mention = None  # another person of the same name
    if mention is not None:
        return Span("mention", f"@{mention.handle}", mention.url)
    if "mention" not in anchor.classes:
        return None
    return Span("mention", shown if "@" in handle or not host else f"{shown}@{host}", anchor.href)


def _append(spans: list[Span], words: str) -> None:
    """Append text, joining it to text before it."""
    if not words:
        return
    if spans and spans[-1].kind == "text":
        spans[-1] = Span("text", spans[-1].text + words)
    else:
        spans.append(Span("text", words))


def _trimmed(spans: list[Span]) -> tuple[Span, ...]:
    """Return the spans without blanks at either end."""
    while spans and spans[-1].kind == "text" and spans[-1].text[-1].isspace():
        if last := spans.pop().text.rstrip():
            spans.append(Span("text", last))
    while spans and spans[0].kind == "text" and spans[0].text[0].isspace():
        if first := spans.pop(0).text.lstrip():
            spans.insert(0, Span("text", first))
    return tuple(spans)
