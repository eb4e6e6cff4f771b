"""The errors a network may raise; each says whether something was done, and whether to try again.

    PlatformError
    ├── Rejected          the server said no and will say no again; never retry
    │   ├── NotSignedIn   the token is missing, wrong or revoked
    │   │   └── NotAllowed    the token serves, and yet the server does not let the account do this
    │   ├── NotFound      the post or person is not there, or not for us
    │   ├── NoStream      the server pushes nothing; it has to be asked every so often
    │   └── NotShown      a server that is not ours shows this to nobody like us; ask again in some hours
    ├── Unavailable       nothing was done; try again later
    │   ├── NoAnswer      the same, and asking for something else at once is of no use either
    │   ├── RateLimited   the same, and `until` says when
    │   └── NoPicture     the same: a post's picture is not ready
    └── OutcomeUnknown    something may have been done; look before anything else

A client library's errors stop inside the adapter. Each message is a sentence that says what happened, without a token,
a handle or a post's text.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chatbot.core.errors import ChatbotError


class PlatformError(ChatbotError):
    """Something a network did or would not do."""


class Rejected(PlatformError):
    """The server refused for good; the same request will be refused again."""


class NotSignedIn(Rejected):
    """The token is missing, wrong, revoked, or lacks a scope, or the account is locked; a person can mend it.

    `what` is the message without what to do.
    """

    def __init__(self, what: str, todo: str = "") -> None:
        super().__init__(f"{what} {todo}" if todo else what)
        self.what = what


class NotAllowed(NotSignedIn):
    """The account may not do this: because of what it is or, where others may decide that, because of this one post."""


class NotFound(Rejected):
    """The post or person is not there, or not visible to this account.

    `said` are the server's own words; there are none where something else answered in its place.
    """

    def __init__(self, message: str, said: str = "") -> None:
        super().__init__(message)
        self.said = said


class NoStream(Rejected):
    """The server offers no event stream that could be opened."""


class NotShown(Rejected):
    """Another server shows this only to its own people, or asks programs to leave it alone."""


class Unavailable(PlatformError):
    """The request was certainly not carried out; it may be tried again."""


class NoAnswer(Unavailable):
    """The server was not reached, or said nothing in time: whatever else is asked now would wait as long."""


class RateLimited(Unavailable):
    """Too many requests; `until` is when the server's window opens again, if it said so.

    `after` is how long that is by the server's own clock, which need not be ours.
    """

    def __init__(self, message: str, until: datetime | None = None, after: timedelta | None = None) -> None:
        super().__init__(message)
        self.until, self.after = until, after


class NoPicture(Unavailable):
    """The post was not made, because its picture is not there yet: not uploaded, or still being worked on."""


class OutcomeUnknown(PlatformError):
    """The request may have been carried out: the answer was lost, late, or a 5xx (`platforms.md` A1).

    `answered` tells that there was an answer, an error: one server keeps it and gives it again to the same key.
    """

    def __init__(self, message: str, answered: bool = False) -> None:
        super().__init__(message)
        self.answered = answered
