"""Reads posts from a file of JSON lines, as other programs can write it, and names every line that is wrong.

Needed on each line: `uri`, `at` (ISO 8601 with a zone), `author` (`user@host` or a profile address), and `text` or
`html`. The rest is optional (`OPTIONAL`); `null` counts as left away. Unknown keys are ignored and named once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from chatbot.core import clocks, text
from chatbot.core.errors import Mistake, Mistakes
from chatbot.core.model import Media, Mention, Post, Span, Visibility
from chatbot.core.privacy import redaction
from chatbot.core.value import Value, replace

NEEDED = ("uri", "at", "author", "text", "html")
OPTIONAL = (
    "name",
    "url",
    "in_reply_to",
    "quote_of",
    "is_repost",
    "language",
    "visibility",
    "boosts",
    "favourites",
    "replies",
    "media",
)
MOST_LINES = 50_000
LONGEST_LINE = 1_000_000
SERVER = "import"  # where such posts were "seen"
_MOST_SHOWN = 20
_MOST_COUNTED = 2**31 - 1


class ImportFile(Value, frozen=True):
    """The posts of a file, and the names of keys that nobody knows."""

    posts: tuple[Post, ...]
    unknown: tuple[str, ...] = ()


class _Wrong(Exception):
    """What is wrong with a line, as `what` and `what to do`."""


def read(lines: Iterable[str | bytes], file: str) -> ImportFile:
    """Read a whole file; raises `Mistakes` naming the lines that are wrong, and then nothing of it counts."""
    posts, unknown, mistakes = list[Post](), dict[str, None](), list[Mistake]()
    for number, line in enumerate(lines, 1):
        if number > MOST_LINES:
            mistakes.append(Mistake(file, number, f"more than {MOST_LINES:,} lines", "split the file"))
            break
        if not line.strip():
            continue
        try:
            values = _values(line)
            unknown.update(dict.fromkeys(key for key in values if key not in NEEDED and key not in OPTIONAL))
            posts.append(_post({key: value for key, value in values.items() if value is not None}))
        except _Wrong as wrong:
            mistakes.append(Mistake(file, number, *map(str, wrong.args)))
    if mistakes:
        raise Mistakes(_bounded(mistakes, file))
    return ImportFile(tuple(posts), tuple(unknown))


def _bounded(mistakes: list[Mistake], file: str) -> list[Mistake]:
    """Name the first lines in full and the rest by number."""
    more = mistakes[_MOST_SHOWN:]
    if not more:
        return mistakes
    numbers = ", ".join(str(mistake.line) for mistake in more[:200])
    return [*mistakes[:_MOST_SHOWN], Mistake(file, None, f"{len(more)} more wrong lines: {numbers}")]


def _values(line: str | bytes) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise _Wrong(f"the line is longer than {LONGEST_LINE:,} characters", "is it one post a line?")
    try:
        values = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise _Wrong(f"not JSON ({str(error).split(':')[0]})", "write one JSON object a line") from error
    if not isinstance(values, dict):
        raise _Wrong("not a JSON object", 'write one object a line: {"uri": …}')
    return values


def _post(values: Mapping[str, Any]) -> Post:
    uri = _address(values, "uri")
    if uri is None:
        raise _Wrong("`uri` is missing", "give the post's canonical address")
    spans, mentions = _text(values)
    author = redaction.author_of(_author(values))
    return Post(
        uri=uri,
        url=_address(values, "url") or uri,
        at=_instant(values),
        author=replace(author, name=_words(values, "name", 500) or author.name),
        spans=spans,
        visibility=_visibility(values),
        server=SERVER,
        local_id=uri,
        parent_uri=_address(values, "in_reply_to"),
        quote_uri=_address(values, "quote_of"),
        language=_words(values, "language", 35) or None,
        media=tuple(_media(item) for item in _list(values, "media")),
        links=text.links(spans),
        mentions=mentions,
        hashtags=tuple(dict.fromkeys(text.normalise_tag(span.text) for span in spans if span.kind == "hashtag")),
        boosts=_count(values, "boosts"),
        favourites=_count(values, "favourites"),
        replies=_count(values, "replies"),
        is_repost=_typed(values, "is_repost", bool, "true or false") or False,
    )


def _text(values: Mapping[str, Any]) -> tuple[tuple[Span, ...], tuple[Mention, ...]]:
    """Return the text; where both forms are given the HTML, which knows its links."""
    html, plain = _typed(values, "html", str, "text"), _typed(values, "text", str, "text")
    if html is None and plain is None:
        raise _Wrong("neither `text` nor `html` is there", "give the post's text in one of them")
    spans = text.spans_from_html(html) if html is not None else text.spans_from_text(plain or "")
    named = (span for span in spans if span.kind == "mention" and "@" in span.text.lstrip("@"))
    return spans, tuple(Mention(span.text.lstrip("@"), span.href or "") for span in named)


def _author(values: Mapping[str, Any]) -> str:
    author = _words(values, "author", 500)
    if not author:
        raise _Wrong("`author` is missing", "give the account (`user@host`) or the address of the profile")
    if "://" in author:
        return _address(values, "author") or ""
    user, _, host = author.lstrip("@").partition("@")
    if not user or "." not in host or any(sign in author for sign in " /\\<>\"'"):
        raise _Wrong("`author` is no account", "write it as `user@host`, or give the address of the profile")
    return author


def _instant(values: Mapping[str, Any]) -> datetime:
    at = _words(values, "at", 50)
    if not at:
        raise _Wrong("`at` is missing", "give the time with its zone, like 2026-12-01T20:05:00Z")
    try:
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is not None and not clocks.EARLIEST <= instant <= clocks.LATEST:
            raise _Wrong(f"`at` is in the year {instant.year}", "give the time at which it was posted")
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _Wrong("`at` is no time", "write it like 2026-12-01T20:05:00Z") from error
    raise _Wrong("`at` has no zone", "add it: Z for UTC, or like +01:00")


def _address(values: Mapping[str, Any], key: str) -> str | None:
    address = _words(values, key, 2000)
    if not address:
        return None
    start, _, rest = address.partition("://")
    if start.lower() not in ("http", "https") or not rest or any(sign.isspace() for sign in address):
        raise _Wrong(f"`{key}` is no web address", "begin it with https://")
    return address


def _visibility(values: Mapping[str, Any]) -> Visibility:
    said = _words(values, "visibility", 20) or "public"
    known = [visibility.value for visibility in Visibility]
    if said not in known:
        raise _Wrong("`visibility` is none that is known", f"use one of {', '.join(known)}")
    return Visibility(said)


def _media(item: Any) -> Media:
    if isinstance(item, str):
        item = {"url": item}
    if not isinstance(item, dict):
        raise _Wrong("an entry of `media` is neither an address nor an object", 'write {"url": …, "alt": …}')
    there = {key: value for key, value in item.items() if value is not None}
    url = _address(there, "url")
    if url is None:
        raise _Wrong("an entry of `media` has no `url`", "give the address of the picture")
    alt = _words(there, "alt", 20_000) or _words(there, "description", 20_000)
    kind = _words(there, "kind", 20) or _words(there, "type", 20)
    return Media(kind or "image", url, alt or None, _address(there, "preview_url"))


def _count(values: Mapping[str, Any], key: str) -> int:
    count = _typed(values, key, int, "a whole number")
    if count is None:
        return 0
    if isinstance(count, bool) or not 0 <= count <= _MOST_COUNTED:
        raise _Wrong(f"`{key}` is no count", "write a whole number, 0 or more")
    return int(count)


def _list(values: Mapping[str, Any], key: str) -> list[Any]:
    return _typed(values, key, list, "a list") or []


def _words(values: Mapping[str, Any], key: str, longest: int) -> str:
    words = _typed(values, key, str, "text") or ""
    if len(words) > longest:
        raise _Wrong(f"`{key}` is longer than {longest} characters", "shorten it")
    if any(ord(sign) < 32 for sign in words):
        raise _Wrong(f"`{key}` holds control characters", "take them out")
    return words.strip()


def _typed(values: Mapping[str, Any], key: str, kind: type, meant: str) -> Any:
    value = values.get(key)
    if value is not None and not isinstance(value, kind):
        raise _Wrong(f"`{key}` is not {meant}", f"write {meant}")
    return value
