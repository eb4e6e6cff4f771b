"""What the stages ask of a network: one small protocol, and optional abilities as protocols of their own.

Nothing else crosses the port but the errors of `platforms.errors`.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from chatbot.core.model import Author, Draft, Post, Visibility
from chatbot.core.value import Value


class PostRef(Value, frozen=True):
    """A post as one server knows it; `visibility` and `at` are what the server gave back."""

    server: str
    local_id: str
    uri: str
    url: str
    at: datetime | None = None
    visibility: Visibility | None = None


class Limits(Value, frozen=True):
    """What a server allows and can do, found at start and never guessed from its name."""

    characters: int = 500
    url_weight: int | None = 23  # None: an address counts in full
    alt_characters: int = 1500
    pictures: int = 4
    poll_options: int = 4
    poll_option_characters: int = 50
    edits: bool = True
    streams: bool = True
    look_up_at_once: int = 20
    rules: tuple[str, ...] = ()
    software: str = ""


class Found(Value, frozen=True):
    """A post that is there, as it is now."""

    post: Post


class Gone(Value, frozen=True):
    """A confirmed 404 or 410: not there, or not for us; one alone is not yet a deletion."""


class Unsure(Value, frozen=True):
    """The server could not say (401, 403, 5xx, no answer): never a deletion; `answered` tells that it said anything."""

    why: str
    answered: bool = True


def is_silent(looks: Collection[Found | Gone | Unsure]) -> bool:
    """Say whether a look-up brought no answer at all."""
    return bool(looks) and all(isinstance(look, Unsure) and not look.answered for look in looks)


class Platform(Protocol):
    """One account on one network. Iterators read on as they are consumed and raise the port's errors."""

    name: str  # the account's name in the settings
    server: str  # the server's host name

    @property
    def limits(self) -> Limits:
        """What the server allows."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...

    def me(self) -> Author:
        """Return who we are; raises `NotSignedIn` when the token does not serve."""
        ...

    def publish(self, draft: Draft, key: str) -> PostRef:
        """Make a post once; `key` goes along as an idempotency key, which is an extra and never a proof."""
        ...

    def own_posts(self, after: PostRef | None = None) -> Iterator[Post]:
        """Yield our own posts, newest first, of every visibility, back to `after` (included) or to the end."""
        ...

    def tag_timeline(self, tag: str, back_to: datetime) -> Iterator[Post]:
        """Yield public posts with the tag, walking back until a whole page is older than `back_to`."""
        ...

    def thread(self, ref: PostRef) -> Iterator[Post]:
        """Yield everything below a post."""
        ...

    def mentions(self, back_to: datetime) -> Iterator[Post]:
        """Yield posts that mention us, private and filtered ones included, newest first, back to an instant."""
        ...

    def posts_of(self, account: str, back_to: datetime) -> Iterator[Post]:
        """Yield the public posts of `user@host`, newest first, back to an instant."""
        ...

    def look_up(self, refs: Sequence[PostRef]) -> Mapping[str, Found | Gone | Unsure]:
        """Look posts up again; the result is keyed by each ref's `local_id`."""
        ...


class Wake(Value, frozen=True):
    """Something may have happened that was not told; read again."""


class Posted(Value, frozen=True):
    """A post came in or was edited; this is the whole of it. `mentions_us` is the server's word, by a notification."""

    post: Post
    mentions_us: bool = False


class Deleted(Value, frozen=True):
    """A post was deleted."""

    local_id: str


Event = Wake | Posted | Deleted


class Vantage(Protocol):
    """Another server whose view of a hashtag is asked: it is only read, politely, and often without a token.

    What it says of its own people's posts is first-hand; of anybody else's it is hearsay (`core.privacy.hearsay`).
    """

    server: str  # its host name

    @property
    def limits(self) -> Limits:
        """What the server allows."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...

    def sees(self) -> str:
        """Say in a sentence what the server shows us; raises `NotShown` when that is nothing."""
        ...

    def tag_timeline(self, tag: str, back_to: datetime) -> Iterator[Post]:
        """Yield public posts with the tag as this server knows them, walking back to an instant."""
        ...

    def thread(self, ref: PostRef) -> Iterator[Post]:
        """Yield what hangs below a post there; without a token a server shows only so much of it."""
        ...

    def look_up(self, refs: Sequence[PostRef]) -> Mapping[str, Found | Gone | Unsure]:
        """Look posts up again; the result is keyed by each ref's `local_id`."""
        ...


@runtime_checkable
class Streaming(Protocol):
    """Servers that push."""

    def listen(self, tags: Sequence[str], stopped: threading.Event) -> Iterator[Sequence[Event]]:
        """Yield what came, all that is waiting at once, until the connection ends; `stopped` ends it from outside.

        Nothing that was missed is ever sent again, so each connection begins with a `Wake`. An empty sequence is a
        sign of life. Raises `NoStream` when the server has none.
        """
        ...


@runtime_checkable
class Preparing(Protocol):
    """Networks where a post's picture may be brought before the post is due."""

    def prepare(self, draft: Draft) -> None:
        """Upload the draft's picture, so that it is ready in time; raises the port's errors."""
        ...


@runtime_checkable
class Editing(Protocol):
    """Networks where a post may be edited in place."""

    def edit(self, ref: PostRef, draft: Draft) -> PostRef:
        """Replace a post's text, keeping everything the draft does not speak of."""
        ...


@runtime_checkable
class Deleting(Protocol):
    """Networks where the bot may delete its own post (used for a proven double alone)."""

    def delete(self, ref: PostRef) -> None:
        """Delete one of our own posts."""
        ...


@runtime_checkable
class Resolving(Protocol):
    """Networks that turn an address copied from any app into a post."""

    def resolve(self, address: str) -> Post | None:
        """Find the post behind an address, fetching it from its server if need be."""
        ...


@runtime_checkable
class Blocking(Protocol):
    """Networks that tell who does not want to have anything to do with the bot."""

    def is_blocked_by(self, account: str) -> bool:
        """Say whether `user@host` blocks the bot's account; raises `NotFound` when the server does not know them."""
        ...


class AccountFinding(Value, frozen=True):
    """One thing about the bot's account that is right, wrong or unknown.

    `name` is stable ("bot-flag"); `mend` says what a person does, `can_mend` whether `AccountCare.mend` can do it.
    """

    name: str
    state: Literal["fine", "wrong", "unknown"]
    says: str
    mend: str = ""
    can_mend: bool = False


@runtime_checkable
class AccountCare(Protocol):
    """Networks where the account's own settings can be looked at and mended."""

    def findings(self) -> Sequence[AccountFinding]:
        """Look at the bot flag, bio, filters, language filter, automatic deletion and scopes."""
        ...

    def mend(self, name: str, value: str = "") -> AccountFinding:
        """Mend one finding and look again; `value` is the new text where one is needed (the bio)."""
        ...


@runtime_checkable
class Favouring(Protocol):
    """Networks where a post can be marked as a favourite; marking it twice does no harm."""

    def favourite(self, ref: PostRef) -> None:
        """Mark a post."""
        ...


@runtime_checkable
class Reports(Protocol):
    """Networks where a post can be reported to the server's moderators."""

    def report(self, ref: PostRef, comment: str) -> None:
        """Report a post."""
        ...
