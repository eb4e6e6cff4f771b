"""Who is called what on a page: names as the community decided, "[someone]" for people who refuse, in every text.

A person is found by account, by profile address and by the address of any post, so that neither a mention nor a link
in somebody else's post tells who they are.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from chatbot.core.model import Author, Post, Span
from chatbot.core.pages.shown import PersonShown
from chatbot.core.privacy import consent, pointers
from chatbot.core.privacy import names as calling
from chatbot.core.privacy.pointers import Places
from chatbot.core.privacy.redaction import SOMEONE
from chatbot.core.record import Record
from chatbot.core.value import replace

_EMOJI_CODE = re.compile(r":[a-zA-Z0-9_]{2,}:")
_UNSEEN = re.compile("[\x00-\x1f\x7f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True)
class Names:
    """What everybody in a chat is called.

    `people` are by the author's uri. `called` gives, by lower-case account or address, what stands in place of a person
    who is not named; `known` are accounts whose mention stays although strangers are hidden.
    """

    people: Mapping[str, PersonShown]
    called: Mapping[str, str] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    hides_strangers: bool = False

    def redact(self, spans: tuple[Span, ...]) -> tuple[Span, ...]:
        """Return a text in which nobody is named who is not to be."""
        if not self.called and not self.hides_strangers:
            return spans
        return tuple(_joined(self._span(span) for span in spans))

    def redact_text(self, text: str) -> str:
        """Return plain words in which nobody is named who is not to be."""
        if not (self.called or self.hides_strangers) or not pointers.may_point(text):
            return text
        return pointers.swapped(text, self._stand_in, lambda user: self._stand_in(f"@{user}"), self.instead_of)

    def instead_of(self, address: str) -> str | None:
        """Return what stands in place of an address that leads to a hidden person, or None if it may stand."""
        found = self._places.find(address)
        if found is not None:
            return found
        stand_ins = (self._stand_in(account) for account in pointers.accounts_in(address))
        return next((words for words in stand_ins if words is not None), None)

    def refuses(self, account: str) -> bool:
        """Say whether the person of an account is to be named nowhere."""
        return self.called.get(pointers.plain_account(account.lstrip("@"))) == SOMEONE

    @cached_property
    def _places(self) -> Places:
        return Places.of((way, words) for way, words in self.called.items() if "/" in way)

    def _span(self, span: Span) -> Span:
        if span.kind == "mention":
            words = self._mention(span)
        elif span.kind == "link":
            words = self.instead_of(span.href or span.text)
            if words is None and self.redact_text(span.text) != span.text:
                words = SOMEONE
        elif span.kind == "text":
            words = self.redact_text(span.text)
        else:
            return span
        return span if words is None or (words == span.text) else Span("text", words)

    def _mention(self, span: Span) -> str | None:
        account = pointers.plain_account(span.text.lstrip("@"))
        by_address = self.instead_of(span.href) if span.href else None
        if by_address is not None or "@" in account:
            return by_address or self._stand_in(account)
        told = pointers.accounts_in(span.href or "")
        return self._stand_in(next(told, f"@{account}"))

    def _stand_in(self, account: str) -> str | None:
        """Return what stands for an account; one without a server is hidden if any hidden person bears the name."""
        if account in self.called:
            return self.called[account]
        return SOMEONE if self.hides_strangers and account not in self.known else None


def names(record: Record, posts: Iterable[Post], faces: Mapping[str, str] | None = None) -> Names:
    """Name everybody who wrote one of `posts`; hide everybody else that the record says to hide.

    `faces` are files of copied avatars by address.
    """
    shown = {post.author.uri for post in posts}
    people: dict[str, PersonShown] = {}
    called: dict[str, str] = {}
    hidden: dict[str, str] = {}
    for author in {post.author.uri: post.author for post in record.posts}.values():
        allowed = consent.of(record, author)
        if not allowed.text:
            hidden[author.uri] = SOMEONE
        elif author.uri in shown:
            person = people[author.uri] = _person(record, author, allowed, len(people) + 1, faces or {})
            if person.handle is None:
                hidden[author.uri] = person.name
        if author.uri in hidden:
            called.update(dict.fromkeys(_ways_to_name(author), hidden[author.uri]))
    for post in record.posts:
        if post.author.uri in hidden:
            called.update(dict.fromkeys((post.uri.lower(), post.url.lower()), hidden[post.author.uri]))
    called.update(_refusing_elsewhere(record))
    known = frozenset(map(pointers.plain_account, record.host_handles | record.bot_handles))
    made = Names(people, called, known - called.keys(), hides_strangers=record.chat.settings.names != "full")
    return dataclasses.replace(made, people={uri: _naming_none(person, made) for uri, person in people.items()})


def _naming_none(person: PersonShown, names: Names) -> PersonShown:
    """Return a person whose own name names nobody who is not to be."""
    name = person.name if person.handle is None else names.redact_text(person.name)
    return person if name == person.name else replace(person, name=name, initials=monogram(name))


def display_name(author: Author) -> str:
    """Return a name fit for a page: no emoji codes, nothing unseen, the account's name where nothing is left."""
    name = " ".join(_UNSEEN.sub("", _EMOJI_CODE.sub(" ", author.name)).split())
    return name[:100] or author.handle.partition("@")[0]


def _refusing_elsewhere(record: Record) -> Iterator[tuple[str, str]]:
    mentions = (mention for post in record.posts for mention in post.mentions) if record.refusing else ()
    named = {pointers.plain_account(mention.handle) for mention in mentions}
    for way in (given.lower() if "/" in given else pointers.plain_account(given) for given in record.refusing):
        yield way, SOMEONE
        if way in named:
            yield "@" + way.partition("@")[0], SOMEONE


def _ways_to_name(author: Author) -> tuple[str, ...]:
    handle = pointers.plain_account(author.handle)
    return handle, "@" + handle.partition("@")[0], author.uri.lower(), author.url.lower()


def _person(
    record: Record, author: Author, allowed: consent.Consents, nth: int, faces: Mapping[str, str]
) -> PersonShown:
    full = allowed.name == "full"
    pseudonym = record.pseudonyms.get(author.uri, f"Participant {nth}")
    name = display_name(author) if full else calling.shown(author, allowed, pseudonym)
    return PersonShown(
        key=f"person-{nth}",
        name=name,
        handle=author.handle if full else None,
        url=author.url if full else None,
        initials=monogram(name),
        role=_role(record, author),
        indexable=full and allowed.index,
        avatar=faces.get(author.avatar or "") if full and allowed.picture else None,
    )


def _role(record: Record, author: Author) -> Literal["host", "guest", "participant"]:
    handle = author.handle.lower()
    if handle not in record.host_handles:
        return "participant"
    guests = {person.account.lstrip("@").lower() for person in record.chat.guests if person.account}
    return "guest" if handle in guests else "host"


def monogram(name: str) -> str:
    """Return one or two letters for the circle beside a post; of a nameless person a dot."""
    words = [] if name == calling.NOBODY else re.findall(r"[^\W\d_]", " ".join(w[:1] for w in name.split()))
    return "".join((words[:1] + words[-1:])[: len(words)]).upper() or "·"


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield spans with text that has become adjacent joined into one."""
    last: Span | None = None
    for span in spans:
        if last is not None and last.kind == span.kind == "text":
            last = Span("text", last.text + span.text)
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last
