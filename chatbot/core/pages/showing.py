"""What is shown of one post: its text without those who refuse, its pictures, poll and quote, and a lasting anchor."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import blake2b

from chatbot.core.model import Media, Poll, Post, Span
from chatbot.core.pages.naming import Names
from chatbot.core.pages.shown import MediaShown, PostShown, QuoteShown
from chatbot.core.pages.sifting import Sifted
from chatbot.core.privacy.forgetting import HIDDEN
from chatbot.core.privacy.redaction import SOMEONE
from chatbot.core.record import Record
from chatbot.core.value import replace

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")


class Shower:
    """Shows posts of one chat; `copies` are files of copied pictures by their address."""

    def __init__(self, record: Record, names: Names, sifted: Mapping[str, Sifted], copies: Mapping[str, str]) -> None:
        self._record = record
        self._names = names
        self._sifted = sifted
        self.copies = copies
        self._empty = frozenset(node.uri for node in record.empty)
        self.anchors = _anchors(record, names, [item.post for item in sifted.values() if item.fate == "shown"])

    def post(self, item: Sifted) -> PostShown:
        """Return what is shown of a post."""
        post, names = item.post, self._names
        person = names.people[post.author.uri]
        named = person.handle is not None
        return PostShown(
            anchor=self.anchors[post.uri],
            uri=post.uri if named else None,
            url=web_address(post.url) if named else None,
            at=post.at,
            person=person,
            spans=names.redact(tuple(map(_safe, post.spans))),
            language=post.language if post.language and _LANGUAGE.fullmatch(post.language) else None,
            warning=names.redact_text(post.warning),
            sensitive=post.sensitive,
            media=tuple(self._media(media, named) for media in post.media),
            poll=self._poll(post.poll),
            quote=self._quote(post.quote_uri),
            edited_at=post.edited_at,
            is_late=item.placement.is_late,
            is_first_time=post.author.uri in self._record.first_timers,
            is_flagged=item.is_flagged,
            boosts=post.boosts,
            favourites=post.favourites,
            replies=post.replies,
        )

    def words(self, text: str) -> str:
        """Return words of the plan in which nobody is named who is not to be."""
        return self._names.redact_text(text)

    def may_lead_to(self, address: str) -> bool:
        """Say whether an address may be given: it leads to nobody who is not to be named."""
        return self._names.instead_of(address) is None

    def name_of(self, uri: str) -> str:
        """Return how the author of a post is called on the page."""
        item = self._sifted.get(uri)
        return self._names.people[item.post.author.uri].name if item is not None and uri in self.anchors else SOMEONE

    def _media(self, media: Media, named: bool) -> MediaShown:
        alt = None if media.alt is None or not media.alt.strip() else self._names.redact_text(media.alt)
        url = (web_address(media.url) or "") if named else ""
        return MediaShown(media.kind, url, alt, self.copies.get(media.url), media.width, media.height)

    def _poll(self, poll: Poll | None) -> Poll | None:
        if poll is None:
            return None
        return replace(poll, options=tuple((self._names.redact_text(title), votes) for title, votes in poll.options))

    def _quote(self, uri: str | None) -> QuoteShown | None:
        if uri is None:
            return None
        if uri in self.anchors:
            return QuoteShown(self._names.people[self._sifted[uri].post.author.uri].name, self.anchors[uri])
        outside = self._names.instead_of(uri) is None and not self._names.hides_strangers
        if uri in self._sifted or uri in self._empty or uri.startswith(HIDDEN) or not outside:
            return QuoteShown(SOMEONE)
        return QuoteShown("a post outside this chat", url=web_address(uri))


def web_address(address: str | None) -> str | None:
    """Return an address that may be followed from a page, or None."""
    return address if address and address[:8].lower().startswith(("http://", "https://")) else None


def _safe(span: Span) -> Span:
    return span if span.href is None or web_address(span.href) else Span("text", span.text)


def _anchors(record: Record, names: Names, posts: Iterable[Post]) -> dict[str, str]:
    """Return an anchor for each post that stays the same in every edition.

    It is made of the post's address; where its author is not named, of the instant alone, so that nobody can find the
    person by hashing addresses.
    """
    at_once: Counter[str] = Counter()
    anchors: dict[str, str] = {}
    for post in posts:
        if names.people[post.author.uri].handle is not None:
            made_of = post.uri
        else:
            instant = post.at.isoformat()
            at_once[instant] += 1
            made_of = f"{record.chat.id} {instant} {at_once[instant]}"
        anchors[post.uri] = "p-" + blake2b(made_of.encode(), digest_size=6).hexdigest()
    return anchors
