"""What a host's command did, as a value, and the sentences for it; the same for a terminal and a private message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from chatbot.core.nights.phases import Phase, phase
from chatbot.core.plan import Chat, Series
from chatbot.core.talk import notices
from chatbot.core.talk.commands import HostCommand
from chatbot.core.timing import Timing
from chatbot.core.value import Value


class Result(StrEnum):
    """How a command ended."""

    DONE = "done"
    ALREADY = "already"  # it was so before, or the thing meant is out
    NOTHING = "nothing"  # there was nothing left that it could act on
    EARLY = "early"  # the chat has not begun
    PAUSED = "paused"  # the chat is paused, so it would have no effect
    CANCELLED = "cancelled"
    DRAFT = "draft"  # the chat was never ready
    UNREAD = "unread"  # nothing of the chat is read, or not any more
    UNASKED = "unasked"  # `yes stop` with no `stop` before it, `also` without a hashtag


class Outcome(Value, frozen=True):
    """What a command did to a chat: the post it was about (the next one, or the one dropped), and how many."""

    command: HostCommand
    result: Result
    kind: str | None = None
    question: str | None = None
    due_at: datetime | None = None
    count: int = 0
    hashtags: tuple[str, ...] = ()


class Spoken(Value, frozen=True):
    """How a command is given where the sentence is read, and when what is to happen now does happen."""

    command: Callable[[HostCommand], str]
    now: str = "now"


def is_on(chat: Chat, now: datetime, timing: Timing) -> bool:
    """Tell whether a chat has begun, from its welcome on, and may still be asked questions."""
    return phase(chat, now, timing) is Phase.LIVE


BY_MESSAGE = Spoken(lambda command: f"answer `{command}`")  # heard by the bot, which therefore runs
NOT_RUNNING = "as soon as `chatbot run` runs (it is not running now)"


def on_terminal(chat_id: str, *, is_running: bool) -> Spoken:
    """Name a command as it is typed; without a running bot nothing happens at once."""
    return Spoken(lambda command: f"run `chatbot {command} {chat_id}`", "now" if is_running else NOT_RUNNING)


def sentence(series: Series, chat: Chat, outcome: Outcome, spoken: Spoken, now: datetime) -> str:
    """Say what happened and what will happen now, as it is `spoken` where it is read."""
    said = _REFUSED.get(outcome.result)
    if said is not None:
        return said(series, chat, outcome, spoken, now)
    return _SAID[outcome.command](series, chat, outcome, spoken, now)


_Words = Callable[[Series, Chat, Outcome, Spoken, datetime], str]


def _paused(series: Series, chat: Chat, outcome: Outcome, spoken: Spoken, now: datetime) -> str:
    head = "Paused." if outcome.result is Result.DONE else f"{series.name} is paused already."
    was = _was_due(series, chat, outcome, now)
    return f"{head} {was}Nothing goes out until you {spoken.command(HostCommand.RESUME)}."


def _resumed(series: Series, chat: Chat, outcome: Outcome, spoken: Spoken, now: datetime) -> str:
    if outcome.result is Result.ALREADY:
        head = f"{series.name} is not paused."
    else:
        head = "Resumed." if not outcome.count else f"Resumed; {_posts(outcome)} waited and will go out in order."
    if outcome.due_at is None:
        return f"{head} Nothing is left to go out."
    return f"{head} {_next_is(series, chat, outcome, spoken, now)}"


def _stop_asked(series: Series, chat: Chat, outcome: Outcome, spoken: Spoken, now: datetime) -> str:
    if outcome.result is Result.NOTHING:
        return _nothing_to_stop(series, chat)
    return (
        f"Paused {notices.title(series, chat)} ({notices.when(chat.starts_at, series.zone, now)}): nothing goes out."
        f" To cancel what is not out yet ({_posts(outcome)}) for good, {spoken.command(HostCommand.YES_STOP)}."
        f" To go on, {spoken.command(HostCommand.RESUME)}."
    )


def _stopped(series: Series, chat: Chat, outcome: Outcome, spoken: Spoken, now: datetime) -> str:
    if outcome.result is Result.UNASKED:
        how = spoken.command(HostCommand.STOP)
        return f"There is nothing to confirm, and nothing was cancelled. To stop the chat, {how}."
    if outcome.result is Result.NOTHING:
        return _nothing_to_stop(series, chat)
    if not outcome.count:
        return f"Stopped. {notices.title(series, chat)} is cancelled, and stays so whatever its plan file says later."
    return (
        f"Stopped. {_posts(outcome)} of {notices.title(series, chat)} will not go out; what is out"
        " stays, and answers are still collected."
    )


def _nothing_to_stop(series: Series, chat: Chat) -> str:
    return f"Nothing of {notices.title(series, chat)} is left to go out, so there is nothing to stop."


def _next_called(series: Series, chat: Chat, outcome: Outcome, spoken: Spoken, now: datetime) -> str:
    name = _name(chat, outcome)
    if outcome.result is Result.ALREADY:
        return f"{name} is on its way or just out, so nothing was changed. For the one after it, ask again in a moment."
    if outcome.result is Result.NOTHING:
        return f"No question of {series.name} is left, so nothing was changed."
    planned = (
        "" if outcome.due_at is None else f" It was planned for {notices.clock_time(outcome.due_at, series.zone)}."
    )
    return f"{name} goes out {spoken.now}.{planned} The others keep their times, with room between them."


def _next_dropped(series: Series, chat: Chat, outcome: Outcome, spoken: Spoken, now: datetime) -> str:
    name = _name(chat, outcome)
    if outcome.result is Result.ALREADY:
        return f"{name} is on its way or just out and cannot be dropped any more. Nothing was changed."
    if outcome.result is Result.NOTHING:
        return f"No question of {series.name} is left, so nothing was changed."
    at = "" if outcome.due_at is None else f", due {notices.when(outcome.due_at, series.zone, now)},"
    return f"{name}{at} is dropped for good. The other questions keep their times and numbers."


def _published(series: Series, chat: Chat, outcome: Outcome, spoken: Spoken, now: datetime) -> str:
    if outcome.result is Result.ALREADY:
        return f"{notices.title(series, chat)} was published before. Late answers are added until it is final."
    if outcome.result is not Result.DONE:
        return f"No chat of {series.name} is over and waiting to be published. Nothing was changed."
    return f"{notices.title(series, chat)} will be published in a moment. Late answers are added for a while."


def _also(series: Series, chat: Chat, outcome: Outcome, spoken: Spoken, now: datetime) -> str:
    name = f"{notices.title(series, chat)} ({notices.when(chat.starts_at, series.zone, now)})"
    if outcome.result is Result.UNASKED:
        return f"Which hashtag? To collect another one for {name}, answer `also #OtherTag`."
    if outcome.result is Result.ALREADY:
        return f"{_tags(chat.hashtags)} {_is_or_are(chat.hashtags)} collected for {name} already. Nothing was changed."
    if outcome.result is Result.NOTHING:
        return f"{name} has {len(chat.hashtags)} hashtags already, and no more can be read. Nothing was changed."
    if outcome.result is Result.UNREAD:
        return f"{name} {_why_unread(series, chat, now)} Nothing was changed."
    opens = outcome.due_at or chat.starts_at
    since = notices.clock_time(opens, series.zone)
    what = f"from {since} on" if now < opens else f"what was posted with it since {since} is read {spoken.now}"
    said = f"{_tags(outcome.hashtags)} {_is_or_are(outcome.hashtags)} collected, too, for {name}: {what}."
    return said if now >= chat.ends_at else f"{said} {_where_it_is_named(series, chat, outcome)}"


def _where_it_is_named(series: Series, chat: Chat, outcome: Outcome) -> str:
    """Say which posts to come name a further hashtag: a question says how to answer, with one hashtag alone."""
    first = (chat.hashtags or series.hashtags)[0]
    return (
        f"Questions go on asking for answers with #{first}; answers with any of the chat's hashtags count."
        " Announcement, reminder, thanks and digest, where they are still to come, name"
        f" {'it' if len(outcome.hashtags) == 1 else 'them'} if there is room."
    )


def _why_unread(series: Series, chat: Chat, now: datetime) -> str:
    if chat.is_past:
        return "was over before it was known here, so nothing of it is read; `chatbot import` brings in what you have."
    ended = notices.when(chat.late_until, series.zone, now)
    return f"took answers until {ended}; that is too long ago for anything of it to be read."


def _tags(names: tuple[str, ...]) -> str:
    return " and ".join(f"#{name}" for name in names)


def _is_or_are(names: tuple[str, ...]) -> str:
    return "is" if len(names) == 1 else "are"


def _too_early(series: Series, chat: Chat, outcome: Outcome, spoken: Spoken, now: datetime) -> str:
    start = notices.when(chat.starts_at, series.zone, now)
    return f"{series.name} starts {start}; `{outcome.command}` works from its welcome on. Nothing was changed."


def _is_paused(series: Series, chat: Chat, outcome: Outcome, spoken: Spoken, now: datetime) -> str:
    return (
        f"{series.name} is paused, so nothing can go out now and nothing was changed."
        f" First {spoken.command(HostCommand.RESUME)}."
    )


def _is_cancelled(series: Series, chat: Chat, outcome: Outcome, spoken: Spoken, now: datetime) -> str:
    return f"{notices.title(series, chat)} is cancelled: nothing goes out, and nothing was changed."


def _is_draft(series: Series, chat: Chat, outcome: Outcome, spoken: Spoken, now: datetime) -> str:
    start = notices.when(chat.starts_at, series.zone, now)
    return f"{series.name}, {start}, is not ready yet: nothing goes out as it stands, and nothing was changed."


_SAID: dict[HostCommand, _Words] = {
    HostCommand.PAUSE: _paused,
    HostCommand.RESUME: _resumed,
    HostCommand.STOP: _stop_asked,
    HostCommand.YES_STOP: _stopped,
    HostCommand.NEXT: _next_called,
    HostCommand.SKIP: _next_dropped,
    HostCommand.PUBLISH: _published,
    HostCommand.ALSO: _also,
}
_REFUSED: dict[Result, _Words] = {
    Result.EARLY: _too_early,
    Result.PAUSED: _is_paused,
    Result.CANCELLED: _is_cancelled,
    Result.DRAFT: _is_draft,
}


def _was_due(series: Series, chat: Chat, outcome: Outcome, now: datetime) -> str:
    if outcome.due_at is None:
        return ""
    verb = "is" if outcome.due_at > now else "was"
    return f"{_name(chat, outcome)} {verb} due {notices.when(outcome.due_at, series.zone, now)}. "


def _next_is(series: Series, chat: Chat, outcome: Outcome, spoken: Spoken, now: datetime) -> str:
    if outcome.due_at is None or outcome.due_at <= now:
        return f"{_name(chat, outcome)} goes out {spoken.now}."
    name = notices.label(chat, outcome.kind or "", outcome.question)
    return f"Next is {name}, {notices.when(outcome.due_at, series.zone, now)}."


def _name(chat: Chat, outcome: Outcome) -> str:
    name = notices.label(chat, outcome.kind or "", outcome.question)
    return name[:1].upper() + name[1:]


def _posts(outcome: Outcome) -> str:
    return notices.counted(outcome.count, "post")
