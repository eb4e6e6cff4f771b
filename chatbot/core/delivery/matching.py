"""Recognises our own post again: is this the one that a draft would have made?

A server never gives back what it was given: text becomes HTML, links are shown shortened or re-encoded, mentions lose
their host, hashtags their capitals, straight quotes their straightness, public posts become unlisted, a reply whose
parent was deleted stands alone, the language is the server's guess. So letters and digits are compared, the warning,
the parent and whether it is private; the caller bounds the time. Too strict would post a question twice.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal
from urllib.parse import unquote

from chatbot.core import text
from chatbot.core.model import Draft, Post, Span, Visibility
from chatbot.core.value import Value

KEPT = 0.6  # of the words of a draft, in a post edited since

_LOUDNESS = {Visibility.DIRECT: 0, Visibility.PRIVATE: 1, Visibility.UNLISTED: 2, Visibility.PUBLIC: 3}
_SCHEME = re.compile(r"^https?://", re.IGNORECASE)
_INVISIBLE = re.compile("[\ufe0e\ufe0f\u200b-\u200f\u2060\ufeff\\s]")


class Anchor(Value, frozen=True):
    """Where reading our own posts may stop: at a post known before the attempt, or at one older than `at`."""

    local_id: str | None
    at: datetime


class Reading(Value, frozen=True):
    """Our own posts since an anchor, newest first; `newest` is the newest of all, even if it is the anchor itself.

    `reached` is "end" when the list ended without showing the anchor or anything as old.
    """

    posts: tuple[Post, ...]
    newest: Post | None
    reached: Literal["anchor", "older", "end"]


def read_back(posts: Iterable[Post], anchor: Anchor) -> Reading:
    """Read our own posts, newest first, until the anchor is passed."""
    seen: list[Post] = []
    newest: Post | None = None
    for post in posts:
        newest = newest or post
        if post.local_id == anchor.local_id:
            return Reading(tuple(seen), newest, "anchor")
        if post.at < anchor.at and not post.is_repost:  # some servers give a boost the time of what it boosts
            return Reading(tuple(seen), newest, "older")
        seen.append(post)
    return Reading(tuple(seen), newest, "end")


def same(posts: Iterable[Post], draft: Draft, *, any_parent: bool = False) -> tuple[Post, ...]:
    """Return which of our own posts, given newest first, the draft would have made; the earliest comes first.

    `any_parent` is for a cue whose parent's post is not known (any more), as after a restored backup.
    """
    words = fingerprint(text.spans_from_text(draft.text)), fingerprint(text.spans_from_text(draft.warning))
    said = (post for post in posts if words == (fingerprint(post.spans), _warning(post)))
    return _fitting(said, draft, any_parent)


def same_or_edited(posts: Iterable[Post], draft: Draft, *, any_parent: bool = False) -> tuple[Post, ...]:
    """Return the same, and after them posts edited since that keep most of the draft's words.

    Hosts mend typing mistakes. Good for not posting twice; never for deleting.
    """
    seen = tuple(posts)
    words = _words(text.spans_from_text(draft.text))
    edited = [post for post in seen if post.edited_at is not None]
    kept = [post for post in edited if len(words & _words(post.spans)) >= KEPT * len(words)]
    exact = same(seen, draft, any_parent=any_parent)
    return tuple(dict.fromkeys((*exact, *_fitting(kept, draft, any_parent))))


def rewritten(
    posts: Iterable[Post], draft: Draft, opening: str, welcome: str | None, *, any_parent: bool = False
) -> tuple[Post, ...]:
    """Return which quiet replies edited since are "Tonight so far": it begins with `opening` and changes wholly.

    Where it has no opening, it is known by its place alone, right below the welcome (its local id). Hosts write quiet
    replies from the same account too, so either has to be there. Good for not posting twice; never for deleting.
    """
    begins = fingerprint(text.spans_from_text(opening))
    quiet = [post for post in posts if post.edited_at is not None and post.visibility is not Visibility.PUBLIC]
    replies = [post for post in quiet if post.parent_local_id is not None]
    if begins:
        kept = [post for post in replies if fingerprint(post.spans).startswith(begins)]
    else:
        kept = [post for post in replies if post.parent_local_id == welcome]
    return _fitting(kept, draft, any_parent)


def _fitting(posts: Iterable[Post], draft: Draft, any_parent: bool) -> tuple[Post, ...]:
    parents = {None, draft.reply_to}
    found = [
        post
        for post in posts
        if not post.is_repost and (any_parent or post.parent_local_id in parents) and _is_for(post, draft.visibility)
    ]
    found.reverse()
    return tuple(sorted(found, key=lambda post: post.at))


def _is_for(post: Post, visibility: Visibility) -> bool:
    """Whether both are private or neither is: a rehearsal in private is not the question, a quiet public post is."""
    return (post.visibility is Visibility.DIRECT) == (visibility is Visibility.DIRECT)


def is_quieter(shown: Visibility | None, asked: Visibility) -> bool:
    """Whether a server shows a post to fewer people than was asked; None is a server that does not say."""
    return shown is not None and _LOUDNESS[shown] < _LOUDNESS[asked]


def fingerprint(spans: Iterable[Span]) -> str:
    """Return what stays of a text whatever a server does to it: its letters and digits, with each link in full."""
    words = "".join(_canonical(spans))
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", words).casefold())
    kept = "".join(letter for letter in folded if letter.isalnum())
    return kept or _INVISIBLE.sub("", words)  # of a text without any letter, its signs


def _warning(post: Post) -> str:
    return fingerprint(text.spans_from_text(post.warning))


def _words(spans: Iterable[Span]) -> frozenset[str]:
    pieces = "".join(_canonical(spans)).split()
    return frozenset(fingerprint((Span("text", piece),)) for piece in pieces)


def _canonical(spans: Iterable[Span]) -> Iterator[str]:
    for span in spans:
        pieces = text.spans_from_text(span.text) if span.kind == "text" else (span,)
        for piece in pieces:
            if piece.kind == "link":
                yield _address(piece.href or piece.text)
            elif piece.kind == "mention":
                yield piece.text.lstrip("@").partition("@")[0]
            else:
                yield piece.text


def _address(href: str) -> str:
    """Return an address without scheme, percent signs and punycode: servers differ in all three."""
    host, slash, path = _SCHEME.sub("", href).partition("/")
    with contextlib.suppress(UnicodeError):  # when it is written in its own script already
        host = host.encode("ascii").decode("idna")
    return host + slash + unquote(path)
