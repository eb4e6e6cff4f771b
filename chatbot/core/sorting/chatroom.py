"""Who and what a record's posts are: which post asked which question, who hosts, who wrote what before.

Lookups alone; where a post belongs is decided in `answers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from chatbot.core.model import CueKind, Post
from chatbot.core.plan import Chat
from chatbot.core.record import Record
from chatbot.core.sorting.answer_number import Number

_LOOK_BACK = 100  # posts of one author


class Room:
    """A record, looked up by address, by author and by number. Nothing depends on the order of its posts."""

    def __init__(self, record: Record) -> None:
        chat = record.chat
        self.chat = chat
        self.record = record
        self.questions = {question.id: question for question in chat.questions}
        self.numbers = _numbers(chat)
        self.posts = sorted({post.uri: post for post in record.posts}.values(), key=lambda post: (post.at, post.uri))
        self.by_uri = {post.uri: post for post in self.posts}
        self.empty = frozenset(node.uri for node in record.empty)
        self.asked_at = _asked_at(record, self.by_uri)
        self.own = {post.uri: post.kind for post in record.own_posts}
        self.bots = record.bot_handles
        guests = _handles(guest.account for guest in chat.guests)
        self.hosts = record.host_handles - guests | _handles(host.account for host in record.series.hosts)
        self.at_home = self.hosts | guests | self.bots
        self._at_place = {(post.server, post.local_id): post.uri for post in self.posts}
        self.earlier = _earlier(self.posts)
        asked = [asking.at for askings in record.asked.values() for asking in askings]
        self.first_question_at = min(asked, default=None)
        welcomes = [post.at for post in record.own_posts if post.kind is CueKind.WELCOME]
        self.opened_at: datetime = min(welcomes, default=chat.starts_at)

    def is_host(self, post: Post) -> bool:
        """Tell whether its author may ask questions here; a guest only answers them."""
        return post.author.handle.lower() in self.hosts

    def is_bot(self, post: Post) -> bool:
        """Tell whether the chat's own account made it."""
        return post.author.handle.lower() in self.bots or (post.uri in self.own and not self.is_host(post))

    def is_to_bot(self, post: Post) -> bool:
        """Tell whether a post is said to the chat's own account: it mentions it, or replies to a post of the chat's."""
        return self.calls_bot(post) or self.parent_of(post) in self.own

    def calls_bot(self, post: Post) -> bool:
        """Tell whether a post mentions the chat's own account."""
        return any(mention.handle.lower() in self.bots for mention in post.mentions)

    def before(self, uri: str) -> Iterator[Post]:
        """Yield what the author of a post wrote before it, the latest first, as far back as anybody would look."""
        for _ in range(_LOOK_BACK):
            earlier = self.earlier.get(uri)
            if earlier is None:
                return
            yield self.by_uri[earlier]
            uri = earlier

    def is_known(self, uri: str) -> bool:
        """Tell whether a post is one of this chat, as far as anybody can tell from its address alone."""
        return uri in self.own or uri in self.asked_at or uri in self.empty

    def parent_of(self, post: Post) -> str | None:
        """Return the uri of what a post replies to, where it is known."""
        if post.parent_uri is not None or post.parent_local_id is None:
            return post.parent_uri
        return self._at_place.get((post.server, post.parent_local_id))

    def quoted_by(self, post: Post) -> str | None:
        """Return the uri of what a post quotes: by the network's own means, else a question its words link to."""
        if post.quote_uri is not None:
            return post.quote_uri
        if post.quote_local_id is not None and (quoted := self._at_place.get((post.server, post.quote_local_id))):
            return quoted
        for span in post.spans:
            if span.kind == "link" and span.href and span.href.rstrip("/") in self.asked_at:
                return span.href.rstrip("/")
        return None

    def is_reply(self, post: Post) -> bool:
        """Tell whether a post replies to anything, seen or not."""
        return post.parent_uri is not None or post.parent_local_id is not None

    def question_called(self, value: str) -> str | None:
        """Return the question that a decision names, by its id, its number, or "wrap"."""
        if value in self.questions:
            return value
        return (
            self.numbers.get("wrap" if value == "wrap" else int(value)) if value.isdigit() or value == "wrap" else None
        )

    def wordings_of(self, question_id: str) -> tuple[str, ...]:
        """Return a question's words, and those it was asked in before it was reworded."""
        asked = (asking.text for asking in self.record.asked.get(question_id, ()) if asking.text)
        return tuple(dict.fromkeys((self.questions[question_id].text, *asked)))

    def name_of(self, question_id: str) -> str:
        """Return what a reader calls a question."""
        question = self.questions.get(question_id)
        return (question.label if question else "") or "the question"


def _numbers(chat: Chat) -> Mapping[Number, str]:
    """Return questions by number; where no question has one, people count them in their order."""
    numbered = {question.number: question.id for question in chat.questions if question.number is not None}
    return numbered or {place: question.id for place, question in enumerate(chat.questions, start=1)}


def _asked_at(record: Record, posts: Mapping[str, Post]) -> Mapping[str, str]:
    """Return question ids by every address of a post that asked them."""
    found: dict[str, str] = {}
    for question in record.chat.questions:
        found.update(dict.fromkeys(question.uris, question.id))
        found.update((asking.uri, question.id) for asking in record.asked.get(question.id, ()))
    for own in record.own_posts:
        if own.kind in (CueKind.QUESTION, CueKind.CORRECTION) and own.question is not None:
            found[own.uri] = found[own.url] = own.question  # a reply to a question's correction answers it, too
    found.update((posts[uri].url, question) for uri, question in list(found.items()) if uri in posts)
    return found


def _earlier(posts: Iterable[Post]) -> Mapping[str, str]:
    """Return for each post the one its author wrote before it; reposts are nobody's words."""
    last: dict[str, str] = {}
    found: dict[str, str] = {}
    for post in posts:
        if post.author.uri in last:
            found[post.uri] = last[post.author.uri]
        if not post.is_repost:
            last[post.author.uri] = post.uri
    return found


def _handles(accounts: Iterable[str | None]) -> frozenset[str]:
    return frozenset(account.lstrip("@").lower() for account in accounts if account)
