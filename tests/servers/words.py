"""Finds hashtags, mentions and links in what somebody wrote, as servers do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal, NamedTuple

import regex

_LINK = r"(?P<link>https?://[^\s<>\"]*[\w/])"
_MENTION = r"(?<![\w/])@(?P<user>\w+)(?:@(?P<host>[\w.:-]*\w))?"
_TAG = r"[#＃](?P<tag>\w*[^\W\d_]\w*)"  # a purely numeric tag is none (A1)
_ANYWHERE = re.compile(rf"{_LINK}|{_MENTION}|(?<![\w&/]){_TAG}")
_AFTER_SPACE = re.compile(rf"{_LINK}|{_MENTION}|(?<!\S){_TAG}")


class Piece(NamedTuple):
    """A piece of a text."""

    kind: Literal["text", "link", "mention", "tag"]
    words: str
    host: str | None = None


def pieces(text: str, *, tags_after_space: bool = False) -> Iterator[Piece]:
    """Cut a text into its pieces; since Mastodon 4.6 only white space may stand before a tag (A1)."""
    end = 0
    for found in (_AFTER_SPACE if tags_after_space else _ANYWHERE).finditer(text):
        if found.start() > end:
            yield Piece("text", text[end : found.start()])
        end = found.end()
        if found["link"]:
            yield Piece("link", found["link"])
        elif found["user"]:
            yield Piece("mention", found["user"], found["host"])
        else:
            yield Piece("tag", found["tag"])
    if end < len(text):
        yield Piece("text", text[end:])


def tag_name(tag: str) -> str:
    """Return a tag's name: NFKC, lower case, folded to ASCII where that is possible (A1)."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", tag).lower())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def length(text: str, warning: str, url_weight: int) -> int:
    """Count as Mastodon does: grapheme clusters, an address at a flat rate, a mention without its host (A1)."""
    total = len(regex.findall(r"\X", warning))
    for piece in pieces(text):
        if piece.kind == "link":
            total += url_weight
        else:
            total += len(regex.findall(r"\X", piece.words)) + (piece.kind in ("mention", "tag"))
    return total
