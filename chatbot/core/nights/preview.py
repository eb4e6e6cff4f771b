"""A chat's posts as the host looks them over before the night: when, to whom, how long, how many, and what to mind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from chatbot.core.model import Cue, CueKind, Visibility
from chatbot.core.nights import spacing, timetable, wording
from chatbot.core.nights.wording import Room
from chatbot.core.nights.wording.values import day
from chatbot.core.plan import Chat, Series
from chatbot.core.talk.notices import counted
from chatbot.core.timing import Timing
from chatbot.core.value import Value

MANY_A_DAY = 5  # automated posts; some servers allow no more (`field.md` 6)
_STRICTER = {
    "hachyderm.io": "hachyderm.io allows at most 5 automated posts a day, more on request, and asks bots to use"
    " #hachybots.",
    "toot.wales": "toot.wales forbids bots to copy posts of people who have not agreed to it.",
}
_USUAL = (
    "Many servers allow bots less than a chat needs: some 5 posts a day, some one public post an hour."
    " Ask the moderators before the first night, and note their answer."
)


PLANNED_LATE = "planned too late"  # stands in place of a state: due before the plan was taken in


class Server(Value, frozen=True):
    """What is known of the server of one account; `asked_at` None means that it has never been asked."""

    account: str
    room: Room
    host: str = ""
    software: str = ""
    rules: tuple[str, ...] = ()
    asked_at: datetime | None = None
    trouble: str = ""  # why it could not be asked now


class Length(Value, frozen=True):
    """How long a post is for one account, and how long it may be."""

    account: str
    characters: int
    limit: int


class Planned(Value, frozen=True):
    """One post of the timetable; `states` are where it stands with each account that has it in its outbox."""

    cue: Cue
    local: datetime
    lengths: tuple[Length, ...]
    states: tuple[tuple[str, str], ...] = ()

    @property
    def is_quiet(self) -> bool:
        """Whether it stands in no public timeline of its own."""
        return self.cue.draft.visibility is not Visibility.PUBLIC

    @property
    def is_planned_late(self) -> bool:
        """Whether it goes out nowhere, because its time was over when it was planned."""
        return bool(self.states) and all(state == PLANNED_LATE for _, state in self.states)


class Day(Value, frozen=True):
    """How much an account posts on one local day."""

    name: str
    posts: int
    public: int


class Preview(Value, frozen=True):
    """All of it; `notes` are sentences for the host."""

    series: Series
    chat: Chat
    state: str
    posts: tuple[Planned, ...]
    days: tuple[Day, ...]
    servers: tuple[Server, ...]
    notes: tuple[str, ...]


def preview(
    series: Series,
    chat: Chat,
    state: str,
    timing: Timing,
    servers: Sequence[Server],
    states: Mapping[str, Sequence[tuple[str, str]]],
) -> Preview:
    """Lay out a chat's timetable; `states` are (account, state) by cue key. Raises `Mistakes` of its texts."""
    cues = timetable.run_sheet(series, chat, timing, [server.room for server in servers] or wording.EVERYWHERE)
    zone = ZoneInfo(series.zone)
    posts = tuple(
        Planned(cue, cue.due_at.astimezone(zone), _lengths(cue, servers), tuple(states.get(cue.key, ())))
        for cue in cues
    )
    days = _days([post for post in posts if not post.is_planned_late])
    return Preview(series, chat, state, posts, days, tuple(servers), _notes(chat, timing, posts, days, servers))


def _lengths(cue: Cue, servers: Sequence[Server]) -> tuple[Length, ...]:
    return tuple(
        Length(
            server.account,
            wording.length(cue.draft.text, cue.draft.warning, server.room.url_weight),
            server.room.characters,
        )
        for server in servers
    )


def _days(posts: Sequence[Planned]) -> tuple[Day, ...]:
    total = Counter(post.local.date() for post in posts)
    public = Counter(post.local.date() for post in posts if not post.is_quiet)
    return tuple(Day(day(datetime(d.year, d.month, d.day)), count, public[d]) for d, count in sorted(total.items()))  # noqa: DTZ001


def _notes(
    chat: Chat, timing: Timing, posts: Sequence[Planned], days: Sequence[Day], servers: Sequence[Server]
) -> tuple[str, ...]:
    notes: list[str] = []
    if not posts:
        notes.append(_why_nothing(chat))
    crowded = posts and not any(q.at for q in chat.questions) and spacing.step(chat, timing) < timing.between_questions
    if crowded:
        each = counted(round(spacing.step(chat, timing).total_seconds() / 60), "minute")
        notes.append(f"{len(chat.questions)} questions leave {each} each; people need about nine to answer.")
    notes += [_STRICTER[server.host] for server in servers if server.host in _STRICTER]
    if max((a_day.posts for a_day in days), default=0) > MANY_A_DAY:
        notes.append(_USUAL)
    if posts and not any(post.cue.kind is CueKind.DIGEST for post in posts):
        notes.append("Besides these, one post tells where the digest is, once a host has said `publish`.")
    return tuple(notes)


def _why_nothing(chat: Chat) -> str:
    if chat.is_past:
        return "A past chat posts nothing; it is there to be collected, sorted and published."
    missing = [
        name
        for name, there in (("a theme", chat.theme), ("questions", chat.questions), ("ready = true", chat.ready))
        if not there
    ]
    return f"Nothing will be posted: the chat still needs {' and '.join(missing)}."
