"""A chat as it happened: every stored fact about one chat in one value, from which all else is computed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chatbot.core.model import Asking, CueKind, Decision, EmptyNode, Post
from chatbot.core.plan import Chat, Series
from chatbot.core.privacy.words import Words
from chatbot.core.value import Value, field


class OwnPost(Value, frozen=True):
    """A post of the chat's own accounts: which cue it was, and for which question."""

    uri: str
    url: str
    at: datetime
    kind: CueKind
    account: str
    question: str | None = None
    adopted: bool = False  # a host posted it by hand
    text: str = ""  # of a question: the plan's words when it was asked


class Missed(Value, frozen=True):
    """A cue that did not go out, with the reason that was written down."""

    kind: CueKind
    question: str | None
    account: str
    state: str
    reason: str


class Record(Value, frozen=True):
    """Every stored fact about one chat. `posts` are in time order (then by uri) and hold no tombstones.

    Late answers may still come when the next chat with one of the hashtags has begun, which is at `next_at`;
    `elsewhere` are posts of other chats' own accounts that posts here hang on.

    `host_handles` are the accounts (`user@host`, lower case) of hosts, guests and co-hosts; `bot_handles` the
    chat's own accounts. `lowered` is keyed by the author's uri. `first_timers` are authors that no
    earlier chat of the series saw. `held_edits` are uris of posts whose edit waits for a host.
    """

    series: Series
    chat: Chat
    asked: Mapping[str, tuple[Asking, ...]]  # question id -> each time it was asked
    own_posts: tuple[OwnPost, ...] = ()
    missed: tuple[Missed, ...] = ()
    to_come: frozenset[str] = frozenset()  # ids of questions that wait for their time
    posts: tuple[Post, ...] = ()
    empty: tuple[EmptyNode, ...] = ()
    gone: int = 0  # posts their authors deleted
    decisions: tuple[Decision, ...] = ()
    words: Words = field(default_factory=Words)
    lowered: Mapping[str, frozenset[str]] = field(default_factory=dict)
    host_handles: frozenset[str] = frozenset()
    bot_handles: frozenset[str] = frozenset()
    first_timers: frozenset[str] = frozenset()
    held_edits: frozenset[str] = frozenset()
    pseudonyms: Mapping[str, str] = field(default_factory=dict)  # by author's uri, of this chat only
    refusing: frozenset[str] = frozenset()  # accounts and addresses of people named here who refuse
    approved_by: str | None = None
    approved_at: datetime | None = None
    final_at: datetime | None = None
    elsewhere: frozenset[str] = frozenset()
    next_at: datetime | None = None
    collected_at: datetime | None = None  # the newest reading that the record rests on
