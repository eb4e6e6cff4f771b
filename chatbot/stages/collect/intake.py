"""Takes posts of one chat through the first door into the database.

Each portion of at most 40 posts is one transaction, so that a due question never waits behind a bulk. In it:

1. words and forget list are read again, so that a word said a moment ago counts
2. who refuses is found out: by their word, their bio, the community's rule, or the forget list
3. other people's posts lose the names of those who refuse, also where such a post was stored before
4. posts are saved, of those who refuse empty nodes

Who refuses is known by name only as long as this process lives; a restart leaves keyed hashes of them, and whoever is
named in a post is compared with these as with the forget list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from chatbot.core import clocks
from chatbot.core.model import Author, Post, Word
from chatbot.core.plan import Chat
from chatbot.core.privacy import consent, forgetting, hearsay, redaction
from chatbot.core.privacy.forgetting import ForgetList, Unnamed
from chatbot.core.privacy.redaction import Names
from chatbot.core.privacy.words import Words
from chatbot.core.value import replace
from chatbot.store import decisions, erasing, forgetfile, posts, refusals, sightings
from chatbot.store.engine import Connection, Store

ROWS = 40


@dataclass(slots=True)
class Intake:
    """The first door of one chat; `refusing` are the people it met who may not be stored or named."""

    store: Store
    state: Path
    chat: Chat
    hosts: frozenset[str]
    bots: frozenset[str]
    clock: Callable[[], datetime]
    refusing: dict[str, Author] = field(default_factory=dict)
    places: set[str] = field(default_factory=set)  # addresses of their posts that do not tell whose they are
    _words: Words = field(default_factory=Words)
    _forgotten: ForgetList = field(default_factory=lambda: ForgetList(b""))
    _names: Names = field(default_factory=Names)
    _unnamed_keys: Unnamed = field(default_factory=lambda: Unnamed(b""))

    def take(self, seen: Sequence[Post], route: str) -> posts.Saved:
        """Save posts as one route brought them."""
        saved = posts.Saved()
        for start in range(0, len(seen), ROWS):
            with self.store.write(durable=False) as conn:
                saved += self._take(conn, seen[start : start + ROWS], route)
        return saved

    def _take(self, conn: Connection, seen: Sequence[Post], route: str) -> posts.Saved:
        posts.write_alone(conn)
        self._words, self._forgotten = decisions.words(conn), forgetfile.read(self.state)
        now = self.clock()
        seen = self._as_known(conn, [clocks.believable(post, now) for post in seen], route)
        self._remember(conn, seen, route)
        self._meet(conn, seen)
        return posts.save(
            conn,
            [self._unnamed(post) for post in seen],
            chat=self.chat.id,
            route=route,
            now=now,
            secret=self._forgotten.secret,
            refuses=lambda post: consent.refusal(post, self._allowed(post.author)),
        )

    def _as_known(self, conn: Connection, seen: Sequence[Post], route: str) -> Sequence[Post]:
        """Let people who were seen first-hand, or said no, be as they were then, whatever another server tells of them.

        A no that it tells counts for what is new: better an answer too few than one against a person's will.
        """
        told = [post for post in seen if hearsay.is_hearsay(post, route)]
        if not told:
            return seen
        people = sightings.known_people(conn, {post.author.uri for post in told})
        new = sightings.unknown(conn, {post.uri for post in told}, self._forgotten.secret)

        def as_known(post: Post) -> Post:
            if not hearsay.is_hearsay(post, route):
                return post
            known = self.refusing.get(post.author.uri) or people.get(post.author.uri)
            says_no = post.uri in new and not self._allowed(post.author).collect
            return post if known is None or says_no else replace(post, author=known)

        return [as_known(post) for post in seen]

    def _allowed(self, author: Author) -> consent.Consents:
        role = consent.role_of(author, self.hosts, self.bots)
        return consent.consents(author, self._word(author), self.chat.settings, role=role)

    def _word(self, author: Author) -> Word | None:
        return Word.FORGET if self._forgotten.has(author) else self._words.of(author)

    def _remember(self, conn: Connection, seen: Sequence[Post], route: str) -> None:
        """Write down who refuses without a word, as keyed hashes; hearsay of a yes takes nobody out again."""
        before = refusals.of_chat(conn, self.chat.id)
        told = {post.author.uri for post in seen if hearsay.is_hearsay(post, route)}
        no, yes = set[str](), set[str]()
        for uri, author in {post.author.uri: post.author for post in seen}.items():
            is_in = self._allowed(author).collect
            if is_in and before and uri not in told:
                yes.update(forgetting.keys_of(self._forgotten.secret, author))
            elif not is_in and self._word(author) is None:
                no.update(forgetting.keys_of(self._forgotten.secret, author))
        refusals.note(conn, self.chat.id, sorted(no - before))
        if gone := (yes - no) & before:
            refusals.drop(conn, sorted(gone), self.chat.id)
        kept = (before | no) - gone
        self._unnamed_keys = Unnamed(self._forgotten.secret, kept.union(self._forgotten.keys))

    def _meet(self, conn: Connection, seen: Sequence[Post]) -> None:
        """Note who refuses, and take their names out of what this chat stored before they were met."""
        met = []
        for uri, author in {post.author.uri: post.author for post in seen}.items():
            if self._allowed(author).collect:
                self.refusing.pop(uri, None)
            elif uri not in self.refusing:
                met.append(author)
        self.refusing.update((author.uri, author) for author in met)
        new = redaction.joined([redaction.names_of(met), self._addresses(seen)])
        if new:
            erasing.redact(conn, new, self.chat.id)
        stopped = (redaction.names_said(uri, handle) for uri, handle in decisions.stopped(conn))
        names = redaction.joined(
            [redaction.names_of(self.refusing.values()), Names(addresses=frozenset(self.places)), *stopped]
        )
        self._names = self._names if names == self._names else names  # the older one has its pattern ready

    def _addresses(self, seen: Sequence[Post]) -> Names:
        """Return the addresses of posts of people who refuse that do not tell by themselves whose they are."""
        theirs = [post for post in seen if post.author.uri in self.refusing]
        by_person = redaction.names_of(self.refusing.values()) if theirs else Names()
        odd = [post for post in theirs if not (by_person.has_address(post.uri) and by_person.has_address(post.url))]
        new = redaction.names_of((), odd).addresses - self.places
        self.places.update(new)
        return Names(addresses=new)

    def _unnamed(self, post: Post) -> Post:
        """Return a post in which nobody is named who refuses."""
        names = self._names
        if self._unnamed_keys.keys:
            handles = {handle for handle in redaction.accounts_named(post) if self._unnamed_keys.has(handle)}
            named = Names(frozenset(handles))
            places = [redaction.names_of_uri(m.url) for m in post.mentions if named.has_account(m.handle)]
            names = redaction.joined([names, named, *places]) if handles else names
        post = redaction.without_targets(post, names, partial(forgetting.hidden_uri, self._forgotten.secret))
        return redaction.redact(post, names)
