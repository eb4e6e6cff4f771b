"""A server that loses answers, acts late, shows late, forgets to show, and counts requests; it never acts or shows
later than `settle_after` after an attempt ended, which is what the promise rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chatbot.core.model import Draft, Post
from chatbot.core.timing import Timing
from chatbot.platforms.errors import NotSignedIn, OutcomeUnknown, PlatformError, RateLimited, Rejected, Unavailable
from chatbot.platforms.port import PostRef
from tests.fakes import FakePlatform
from tests.machine.computer import Computer

TIMING = Timing()
DEADLINE = TIMING.request_deadline.total_seconds()
NEVER = datetime.min.replace(tzinfo=UTC)
SETTLES = TIMING.settle_after.total_seconds()


@dataclass(frozen=True)
class Fault:
    """What becomes of one request to post: after how long it is done, if ever; when it shows; what is answered."""

    answer: PlatformError | None = None
    is_done: bool = True
    takes: float = 0  # seconds until the answer, or until nobody waits for it any more
    done_after: float = 0  # seconds after that until it is done
    shows_after: float = 0  # and until our own timeline shows it


class Server(FakePlatform):
    """One account; `asked` is told of each request to post before it leaves, `done` of each post it made."""

    def __init__(self, computer: Computer) -> None:
        super().__init__(computer.time)
        self.computer = computer
        computer.passes = self.catch_up
        self.faults: list[Fault] = []
        self.reads: list[Callable[[list[Post]], Iterator[Post]]] = []
        self.under_way: Callable[[], object] | None = None  # once, while a request is on its way
        self.asked: Callable[[Draft], object] = lambda draft: None
        self.done: Callable[[Any, Post], object] = lambda asked, post: None
        self.hosts_read_at = NEVER  # when the process that runs last succeeded in that
        self._later: list[tuple[datetime, Draft, str, object, timedelta]] = []
        self._shows_at: dict[str, datetime] = {}

    # posting

    def publish(self, draft: Draft, key: str) -> PostRef:
        self.computer.touch()
        asked = self.asked(draft)
        self.computer.touch()
        fault = self.faults.pop(0) if self.faults else Fault()
        shows_after = timedelta(seconds=fault.shows_after)
        answers_at = self.clock() + timedelta(seconds=fault.takes)
        if fault.is_done and not fault.done_after:
            ref = self._make(draft, key, asked, shows_after + timedelta(seconds=fault.takes))
        elif fault.is_done:
            done_at = answers_at + timedelta(seconds=fault.done_after)
            self._later.append((done_at, draft, key, asked, shows_after))
        act, self.under_way = self.under_way, None
        if act is not None:
            act()
        self.computer.pass_by((answers_at - self.clock()).total_seconds())
        self.computer.touch()
        if fault.answer is not None:
            raise fault.answer
        return ref

    def _make(self, draft: Draft, key: str, asked: object, shows_after: timedelta) -> PostRef:
        ref = super().publish(draft, key)
        self._shows_at[ref.local_id] = self.clock() + shows_after
        self.done(asked, self.posts[ref.local_id])
        return ref

    def catch_up(self) -> None:
        """Do what was asked for earlier and is done only now."""
        due = [one for one in self._later if one[0] <= self.clock()]
        self._later = [one for one in self._later if one[0] > self.clock()]
        for _, draft, key, asked, shows_after in due:
            if draft.reply_to is None or draft.reply_to in self.posts:
                self._make(draft, key, asked, shows_after)

    # reading

    def own_posts(self, after: PostRef | None = None) -> Iterator[Post]:
        self.computer.touch()
        now = self.clock()
        shown = [post for post in super().own_posts(after) if self._shows_at.get(post.local_id, now) <= now]
        yield from self.reads.pop(0)(shown) if self.reads else iter(shown)

    def posts_of(self, account: str, back_to: datetime) -> Iterator[Post]:
        yield from super().posts_of(account, back_to)
        self.hosts_read_at = self.clock()

    def edit(self, ref: PostRef, draft: Draft) -> PostRef:
        self.computer.touch()
        edited = super().edit(ref, draft)
        self.computer.touch()
        return edited

    def delete(self, ref: PostRef) -> None:
        self.computer.touch()
        super().delete(ref)
        self.computer.touch()


def breaks_off(shown: list[Post]) -> Iterator[Post]:
    """Show a part of what there is, and then fail."""
    yield from shown[:1]
    raise Unavailable("503")


def shows_nothing(shown: list[Post]) -> Iterator[Post]:
    """Show an empty list, as servers do when a part of them is down."""
    return iter(())


def refuses(shown: list[Post]) -> Iterator[Post]:
    """Show nothing and say so."""
    raise RateLimited("Too many.")
    yield


def lost(*, is_done: bool, done_after: float = 0, shows_after: float = 0, answered: bool = False) -> Fault:
    """Nobody learns what became of the request; or the server says that it failed, which need not be so."""
    takes = 1 if answered else DEADLINE
    return Fault(OutcomeUnknown("lost", answered=answered), is_done, takes, done_after, shows_after)


def refused(why: str, until: datetime | None = None) -> Fault:
    """The server does nothing and says so."""
    errors = {
        "429": RateLimited("Too many.", until),
        "503": Unavailable("Not now."),
        "422": Rejected("No."),
        "401": NotSignedIn("The token does not serve.", "Sign in."),
    }
    return Fault(errors[why], is_done=False, takes=1)
