"""What there is to be done while the program runs, handed in as callables: the database is where stages meet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event


@dataclass(frozen=True, slots=True)
class Chore:
    """Something that is done every so often, one at a time; nothing happens twice side by side under one name."""

    name: str
    every: timedelta
    do: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Stream:
    """A connection that should be open now: its name, whose it is, how it is opened, what becomes of what comes.

    `listen` yields what came, all that waits at once, and an empty sequence as a sign of life. `chats` are those for
    which it is open.
    """

    name: str
    account: str
    listen: Callable[[Event], Iterable[Sequence[object]]]
    heard: Callable[[Sequence[object]], object]
    chats: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """Everything that `run` drives.

    A lane's step does one thing and returns None when nothing is to be done. `due_chats` names chats to be read now,
    `shares` what each takes a share of; `streams` what should be listened to now, `next_due` the instant at which
    lanes are to look again.
    """

    lanes: Mapping[str, Callable[[], object | None]]
    due_chats: Callable[[], Sequence[str]] = tuple
    collect: Callable[[str], object] = str
    shares: Callable[[str], Collection[str]] = lambda chat: ()
    words: Sequence[Chore] = ()  # from people and to them: nothing else may hold them up
    chores: Sequence[Chore] = ()
    errands: Sequence[Chore] = ()  # to other people's servers, which may take their time
    streams: Callable[[], Sequence[Stream]] = tuple
    next_due: Callable[[], datetime | None] = lambda: None
    beat: Callable[[int], object] = field(default=lambda failures: None)
