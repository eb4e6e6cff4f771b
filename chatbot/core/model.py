"""The words of a chat as frozen values: what was seen on a network, what the bot is to post, and every duration.

Times are aware UTC datetimes everywhere; durations are timedeltas and stand in `core.timing` alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from chatbot.core.value import Value, field

QuestionNumber = int | Literal["wrap"] | None


class Visibility(StrEnum):
    """Who may see a post, in the words of the Mastodon API; hosts read "quiet public" for `UNLISTED`."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    PRIVATE = "private"  # followers only
    DIRECT = "direct"


SpanKind = Literal["text", "link", "mention", "hashtag"]


class Span(Value, frozen=True, gc=False):
    """A piece of a post's text; line breaks are newlines inside `text` spans, a paragraph is two of them.

    `text` is what is read: a link's address as shown, a mention as `@user@host`, a hashtag as `#Name`.
    `href` is the link's full address, or the mentioned person's profile address.
    """

    kind: SpanKind
    text: str
    href: str | None = None


class Media(Value, frozen=True, gc=False):
    """A picture, video or sound of a post; `alt` is None when the author gave no description."""

    kind: str
    url: str
    alt: str | None = None
    preview_url: str | None = None
    width: int | None = None
    height: int | None = None


class Poll(Value, frozen=True):
    """A poll as last seen; `options` are (title, votes or None)."""

    options: tuple[tuple[str, int | None], ...]
    multiple: bool = False
    closes_at: datetime | None = None


class Link(Value, frozen=True, gc=False):
    """An address a post points to, with the title its preview card gives."""

    url: str
    title: str | None = None


class Mention(Value, frozen=True, gc=False):
    """A person named in a post: `handle` is `user@host`, `url` the profile address."""

    handle: str
    url: str


class Author(Value, frozen=True):
    """Who wrote a post, with everything that consent is read from.

    `uri` is the person's canonical address and identity; flags are None where a server does not say.
    """

    uri: str
    handle: str
    name: str
    url: str
    avatar: str | None = None
    bot: bool = False
    bio: str = ""
    indexable: bool | None = None
    discoverable: bool | None = None
    noindex: bool | None = None


class Post(Value, frozen=True):
    """A post as one server showed it.

    `uri` is canonical over all servers and the key; `server` and `local_id` say in whose view it was seen.
    A parent or quoted post is named by the same server's id until its `uri` is known (`store.posts` joins them).
    """

    uri: str
    url: str
    at: datetime
    author: Author
    spans: tuple[Span, ...]
    visibility: Visibility
    server: str
    local_id: str
    parent_local_id: str | None = None
    quote_local_id: str | None = None
    parent_uri: str | None = None
    quote_uri: str | None = None
    language: str | None = None
    warning: str = ""
    sensitive: bool = False
    media: tuple[Media, ...] = ()
    poll: Poll | None = None
    links: tuple[Link, ...] = ()
    mentions: tuple[Mention, ...] = ()
    hashtags: tuple[str, ...] = ()  # normalised names, without the sign
    edited_at: datetime | None = None
    boosts: int = 0
    favourites: int = 0
    replies: int = 0
    is_repost: bool = False
    came_at: datetime | None = None  # when it reached the server that shows it, as far as that tells; not stored


class EmptyNode(Value, frozen=True):
    """What is kept of a post whose author said no: a keyed hash as `uri`, its place in the thread, and its time."""

    uri: str
    parent_uri: str | None
    at: datetime


class CueKind(StrEnum):
    """What a post of the bot is for; the order is that of a night."""

    ANNOUNCEMENT = "announcement"
    REMINDER = "reminder"
    WELCOME = "welcome"
    SO_FAR = "so-far"  # "Tonight so far": one post, edited as questions go out
    HEADS_UP = "heads-up"
    QUESTION = "question"
    LAST_CALL = "last-call"
    THANKS = "thanks"
    CORRECTION = "correction"  # a reply to a post of ours that is out and no longer true
    DIGEST = "digest"


INVITATIONS = (CueKind.ANNOUNCEMENT, CueKind.REMINDER)  # nonsense once the chat has begun


class Lateness(StrEnum):
    """What happens to a cue that cannot go out at its time."""

    POST_LATE = "post-late"  # inside its grace, at the next moment possible
    SKIP = "skip"  # recorded as skipped
    ASK = "ask"  # the host is asked


class PollDraft(Value, frozen=True):
    """A poll to be posted: 2 to 4 options on most servers."""

    options: tuple[str, ...]
    open_for: timedelta = timedelta(days=1)
    multiple: bool = False


class Draft(Value, frozen=True):
    """A post to be made. `reply_to` is a post's id on the same server; `picture` a file with its `alt` text."""

    text: str
    visibility: Visibility = Visibility.PUBLIC
    reply_to: str | None = None
    warning: str = ""
    language: str | None = None
    picture: str | None = None
    alt: str = ""
    poll: PollDraft | None = None


Facts = tuple[tuple[str, str], ...]  # what a post tells: (name, value) each


class Cue(Value, frozen=True):
    """One post the bot is to make at a time, for every account of the series.

    `key` is `chat/kind/question-id/nth-asking` and never changes with the wording. `reply_to` is another cue's key:
    its post on the same account becomes the parent. `notice` tells that the text carries the notice of collection.
    `says` are the facts its text tells (`core.nights.facts`), by which a later plan finds out what became untrue.
    """

    key: str
    chat: str
    kind: CueKind
    due_at: datetime
    draft: Draft
    grace: timedelta
    lateness: Lateness
    question: str | None = None
    nth: int = 1
    reply_to: str | None = None
    notice: bool = False
    says: Facts = ()


class DeliveryState(StrEnum):
    """Where a row of the outbox stands; the arrows are in `store.outbox`."""

    WAITING = "waiting"
    SENDING = "sending"  # claimed; the request may be on its way
    SENT = "sent"
    UNKNOWN = "unknown"  # the answer was lost: settled only by looking
    FAILED = "failed"
    SKIPPED = "skipped"


class Evidence(StrEnum):
    """Why an answer stands where it stands, strongest first."""

    PERSON = "person"
    NUMBER = "number"
    THREAD = "thread"
    QUOTE = "quote"
    NONE = "none"


class DecisionKind(StrEnum):
    """What a person may decide about a post; `UNDO` takes the last one back."""

    INCLUDE = "include"
    LEAVE_OUT = "leave-out"
    ASSIGN = "assign"
    FEATURE = "feature"
    UNDO = "undo"


class Decision(Value, frozen=True):
    """What a person decided about one post; append-only. `value` of an assignment is a question's id or `none`."""

    post_uri: str
    kind: DecisionKind
    by: str
    at: datetime
    reason: str = ""
    value: str | None = None
    id: int | None = None


class Word(StrEnum):
    """A participant's own word to the bot; the latest wins."""

    STOP = "stop"
    START = "start"
    FORGET = "forget me"


class Asking(Value, frozen=True):
    """One time a question was asked: the post that asked it, when, by which account, and in which words of the plan."""

    uri: str
    at: datetime
    account: str
    local_id: str | None = None
    text: str = ""  # nothing where the words were a host's own


class Placement(Value, frozen=True):
    """Where a post stands in the transcript and why.

    `answers` are question ids; `under` is the uri of the post it stands below; `role` says what it is;
    `why` is one sentence a reader understands ("because it says A3").
    """

    uri: str
    role: Literal[
        "answer", "talk", "also_said", "queued", "question", "host", "repost", "introduction", "elsewhere", "word"
    ]
    answers: tuple[str, ...] = ()
    evidence: Evidence = Evidence.NONE
    under: str | None = None
    why: str = ""
    is_late: bool = False
    continues: str | None = field(default=None)  # uri of the post this one is a further part of
