"""Puts "[someone]" where a post names a person who said no: mentions, links to them and their posts, plain text."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from chatbot.core.model import Author, Media, Post, Span
from chatbot.core.privacy import pointers
from chatbot.core.privacy.pointers import Places
from chatbot.core.value import replace

SOMEONE = "[someone]"


@dataclass(frozen=True)
class Names:
    """Everything by which people who said no can be named: `user@host`, and addresses of profiles and posts."""

    handles: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()  # without scheme, lower case, no slash at the end

    def __bool__(self) -> bool:
        """Say whether there is anybody to leave unnamed."""
        return bool(self.handles or self.addresses)

    @property
    def traces(self) -> tuple[str, ...]:
        """Return short pieces, lower case, one of which stands in every text that names somebody here."""
        before = {f"{sign}{user}" for user in self.users for sign in ("@", "%40", "/")}
        after = {f"{user}@" for user in self.users}
        return tuple(sorted(before | after | self.addresses))

    @cached_property
    def users(self) -> frozenset[str]:
        """Return the first halves of the accounts."""
        return frozenset(handle.partition("@")[0] for handle in self.handles)

    @cached_property
    def _places(self) -> Places:
        return Places.of((address, SOMEONE) for address in self.addresses)

    def has_address(self, href: str | None) -> bool:
        """Say whether an address is that of a person here, or of something below it, on whatever server."""
        if not href:
            return False
        return self._places.find(href) is not None or not self.handles.isdisjoint(pointers.accounts_in(href))

    def has_account(self, handle: str) -> bool:
        """Say whether an account is that of a person here."""
        return pointers.plain_account(handle.lstrip("@")) in self.handles

    def without(self, text: str) -> str:
        """Return a text with "[someone]" wherever it points to one of them."""
        return pointers.swapped(
            text,
            account=lambda handle: SOMEONE if handle in self.handles else None,
            user=lambda user: SOMEONE if user in self.users else None,
            address=lambda address: SOMEONE if self.has_address(address) else None,
        )


def names_of(people: Iterable[Author], posts: Iterable[Post] = ()) -> Names:
    """Return how these people, and these posts of theirs, may be named."""
    people = list(people)
    addresses = {_place(address) for author in people for address in (author.uri, author.url)}
    addresses |= {_place(address) for post in posts for address in (post.uri, post.url)}
    handles = {pointers.plain_account(author.handle) for author in people} | {
        h for a in people if (h := _handle_in(a.uri))
    }
    return Names(frozenset(handles - {""}), frozenset(addresses - {""}))


def names_of_uri(uri: str) -> Names:
    """Return how a person may be named of whom only the canonical address is known."""
    handle = _handle_in(uri)
    if handle is None:
        return Names(addresses=frozenset({_place(uri)} - {""}))
    user, _, host = handle.partition("@")
    return Names(frozenset({handle}), frozenset({_place(uri), f"{host}/@{user}"}))


def names_said(uri: str, handle: str) -> Names:
    """Return how a person may be named of whom only the address and the account are known."""
    return joined([names_of_uri(uri), names_of([Author(uri, handle, "", "")])])


def author_of(given: str) -> Author:
    """Return a person of whom only `user@host` or an address is known; the address is what most servers would use."""
    if "://" not in given:
        user, _, host = given.strip().lstrip("@").partition("@")
        return Author(f"https://{host}/users/{user}", f"{user}@{host}", user, f"https://{host}/@{user}")
    handle = _handle_in(given)
    return author_of(handle) if handle else Author(given, "", given, given)


def joined(names: Iterable[Names]) -> Names:
    """Return all names together."""
    every = list(names)
    return Names(
        frozenset().union(*(one.handles for one in every)), frozenset().union(*(one.addresses for one in every))
    )


def redact(post: Post, names: Names) -> Post:
    """Return a post that names none of them, in no field."""
    if not names:
        return post
    poll = post.poll and replace(post.poll, options=tuple((redact_text(t, names), n) for t, n in post.poll.options))
    return replace(
        post,
        author=_author(post.author, names),
        spans=redact_spans(post.spans, names),
        warning=redact_text(post.warning, names),
        mentions=tuple(m for m in post.mentions if not (names.has_account(m.handle) or _at(m.url, names))),
        links=tuple(replace(link, title=_title(link.title, names)) for link in post.links if not _at(link.url, names)),
        media=tuple(_media(item, names) for item in post.media),
        poll=poll,
    )


def without_targets(post: Post, names: Names, hidden: Callable[[str], str]) -> Post:
    """Return a post whose parent and quoted post are named by a keyed hash where their address tells one of them."""
    parent, quote = post.parent_uri, post.quote_uri
    if not names or not (names.has_address(parent) or names.has_address(quote)):
        return post
    return replace(
        post,
        parent_uri=hidden(parent) if parent and names.has_address(parent) else parent,
        quote_uri=hidden(quote) if quote and names.has_address(quote) else quote,
    )


def accounts_named(post: Post) -> frozenset[str]:
    """Return every `user@host` that a post may name, in any of its fields."""
    hosts = {post.author.handle.rpartition("@")[2], post.server} - {""}
    texts = [
        post.author.name,
        post.warning,
        *(span.text for span in post.spans),
        *(media.alt or "" for media in post.media),
    ]
    texts += [title for title, _votes in post.poll.options] if post.poll else []
    texts += [link.title or "" for link in post.links]
    told = {found for text in texts if pointers.may_point(text) for found in pointers.accounts_of(text, hosts)}
    addresses = {
        post.parent_uri,
        post.quote_uri,
        *(span.href for span in post.spans),
        *(link.url for link in post.links),
    }
    told.update(found for address in addresses if address for found in pointers.accounts_in(address))
    return frozenset(told | {pointers.plain_account(mention.handle) for mention in post.mentions})


def redact_spans(spans: Collection[Span], names: Names) -> tuple[Span, ...]:
    """Return a text that names none of them; the same value where nothing had to go."""
    changed = [_span(span, names) for span in spans]
    return tuple(spans) if changed == list(spans) else _melted(changed)


def redact_text(text: str, names: Names) -> str:
    """Return plain text that names none of them."""
    if not names or ("@" not in text and "." not in text):
        return text
    return names.without(text)


def _span(span: Span, names: Names) -> Span:
    if span.kind == "text":
        return replace(span, text=redact_text(span.text, names))
    named = span.kind == "mention" and names.has_account(span.text)
    if named or _at(span.href, names) or (span.kind == "link" and redact_text(span.text, names) != span.text):
        return Span("text", SOMEONE)
    return span


def _melted(spans: list[Span]) -> tuple[Span, ...]:
    """Join neighbouring texts, so that the result does not tell where a name was cut out."""
    melted: list[Span] = []
    for span in spans:
        if span.kind == "text" and melted and melted[-1].kind == "text":
            melted[-1] = Span("text", melted[-1].text + span.text)
        else:
            melted.append(span)
    return tuple(melted)


def _author(author: Author, names: Names) -> Author:
    """Return a person whose own name names nobody else."""
    name = redact_text(author.name, names)
    return author if name == author.name else replace(author, name=name)


def _media(item: Media, names: Names) -> Media:
    return item if item.alt is None else replace(item, alt=redact_text(item.alt, names))


def _title(title: str | None, names: Names) -> str | None:
    return title if title is None else redact_text(title, names)


def _at(href: str | None, names: Names) -> bool:
    return names.has_address(href)


def _place(address: str) -> str:
    """Return an address as it is compared: host, path and query, lower case, without scheme and last slash."""
    return re.sub(r"^https?://|/*(?:#.*)?$", "", address.strip().lower())


def _handle_in(uri: str) -> str | None:
    """Return `user@host` where an address tells it: `/users/ana` and `/@ana`."""
    found = re.fullmatch(r"https?://([^/]+)/(?:users/|@)([\w.-]+)/?", uri)
    return pointers.plain_account(f"{found[2]}@{found[1]}") if found else None
