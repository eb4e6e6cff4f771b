"""When an edit of a post that readers already saw waits for a host: it could be a bait and switch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from chatbot.core.model import Span

SAME_ENOUGH = 0.5  # of the words


def why_hold(before: Sequence[Span], after: Sequence[Span]) -> str | None:
    """Say why an edit of a published or featured post must be looked at first, or None when it need not be."""
    if _named(after, "link") - _named(before, "link"):
        return "the edit adds a link"
    if _named(after, "mention") - _named(before, "mention"):
        return "the edit adds a mention"
    if _likeness(_words(before), _words(after)) < SAME_ENOUGH:
        return "the edit changes most of it"
    return None


def _named(spans: Sequence[Span], kind: str) -> set[str]:
    return {(span.href or span.text).rstrip("/").lower() for span in spans if span.kind == kind}


def _words(spans: Sequence[Span]) -> list[str]:
    return "".join(span.text for span in spans).casefold().split()


def _likeness(before: list[str], after: list[str]) -> float:
    """Return how much of the longer version both share: 1 for the same words, 0 for another post."""
    if not before and not after:
        return 1.0
    return (Counter(before) & Counter(after)).total() / max(len(before), len(after))
