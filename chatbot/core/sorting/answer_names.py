"""Reads replies out of names, for old archives that kept the posts of a chat and not what each one replied to.

Somebody who begins with the name of whoever asked the last question, and with no participant's, while the asker had
not written to them yet, is replying to that question: in real chats that held for about nine posts in ten.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from datetime import datetime

from chatbot.core.model import Post
from chatbot.core.sorting.chatroom import Room

_NAME = re.compile(r"[.\s]*@(\w[\w.-]*(?:@[\w.:-]+)?)[:,]?")
_COURTESY = re.compile(r"\W*(?:thanks?|thx|cheers|sorry|congratulations|well done|looking forward)\b", re.I)


class Names:
    """Whom posts address, in a past chat without a single reply; of any other chat nothing is read."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._is_needed = room.chat.is_past and not any(map(room.is_reply, room.posts))
        asked = [(room.by_uri[uri], question) for uri, question in room.asked_at.items() if uri in room.by_uri]
        self._asked = sorted({(post.at, post.uri, question) for post, question in asked}) if self._is_needed else []
        self._hosts = frozenset(name for handle in room.hosts for name in (handle, handle.partition("@")[0]))
        self._written_to = self._first_words() if self._is_needed else {}

    def question_replied_to(self, post: Post, words: str) -> str | None:
        """Return the question that a post replies to by its asker's name, or None."""
        place = bisect_left(self._asked, (post.at, ""))
        if place == 0 or post.at > self._room.chat.ends_at:
            return None
        _, asking, question = self._asked[place - 1]
        names, rest = _names_first(words)
        asker = self._room.by_uri[asking].author
        if not names or names[0] not in _names_of(asker.handle) or not self._hosts.issuperset(names):
            return None
        if _COURTESY.match(rest) or self._has_written_to(asker.uri, post):
            return None
        return question

    def _has_written_to(self, asker: str, post: Post) -> bool:
        first = [self._written_to.get((asker, name)) for name in _names_of(post.author.handle)]
        return any(at is not None and at < post.at for at in first)

    def _first_words(self) -> Mapping[tuple[str, str], datetime]:
        """Return when each host first named each person."""
        found: dict[tuple[str, str], datetime] = {}
        for post in self._room.posts:
            if self._room.is_host(post):
                for span in post.spans:
                    if span.kind == "mention":
                        found.setdefault((post.author.uri, span.text[1:].lower()), post.at)
        return found


def _names_of(handle: str) -> Iterable[str]:
    return (handle.lower(), handle.lower().partition("@")[0])


def _names_first(words: str) -> tuple[list[str], str]:
    """Return the names a post begins with, and what comes after them."""
    names, at = [], 0
    while match := _NAME.match(words, at):
        names.append(match[1].lower().rstrip("."))
        at = match.end()
    return names, words[at:]
