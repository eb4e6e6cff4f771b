"""What people said to the bot about themselves, found by their address or by their account. Pure.

Servers do not agree on a person's address: GoToSocial tells none, and it is guessed (`platforms.mastodon.to_post`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chatbot.core.model import Author, Word
from chatbot.core.value import Value, field


class Words(Value, frozen=True):
    """Everybody's latest own word; `said` holds it by address and by account, after its place among all words."""

    said: Mapping[str, tuple[int, Word]] = field(default_factory=dict)

    def of(self, author: Author) -> Word | None:
        """Return a person's latest own word, whether they said it under this address or by this account."""
        found = [self.said[way] for way in _ways(author.uri, author.handle) if way in self.said]
        return max(found)[1] if found else None


def in_order(sayings: Iterable[tuple[str, str, Word]]) -> Words:
    """Return the latest words of people, given address, account (or nothing) and word in the order of writing."""
    said = {}
    for place, (uri, handle, word) in enumerate(sayings):
        said.update(dict.fromkeys(_ways(uri, handle), (place, word)))
    return Words(said)


def _ways(uri: str, handle: str) -> tuple[str, ...]:
    account = handle.lstrip("@").lower()
    return (uri, account) if account else (uri,)
