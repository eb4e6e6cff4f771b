"""When each question is asked: where the host set no time, as real chats do.

Measured chats (`field.md` 2, 7) ask six questions at +3, 12, 21, 30, 39, 48 minutes of an hour and five from +5 every
ten; the last leaves about ten minutes. Everything follows from `Timing` and the chat's length, so that a chat shrunk to
a minute is spread the same way. Over days it is one question a day, or a week, at the same local time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from chatbot.core.plan import Chat
from chatbot.core.timing import Timing

FEW = 5  # questions
_DAY = timedelta(days=1)
# Steps are rounded down to what a person would write: (from this length on, to multiples of this).
_NEAT = ((timedelta(hours=2), timedelta(minutes=15)), (timedelta(minutes=2), timedelta(minutes=1)))


def spread(chat: Chat, timing: Timing, zone: str) -> tuple[datetime, ...]:
    """Return the instant of each question, in the plan's order; given times stay as they are."""
    given = [question.at for question in chat.questions]
    if not any(given):
        return _even(chat, timing, zone)
    return tuple(_between(given, chat, timing))


def step(chat: Chat, timing: Timing) -> timedelta:
    """Return how far apart questions without a time are."""
    count = len(chat.questions)
    length = chat.ends_at - chat.starts_at
    if length / count >= _DAY:
        return _DAY * (length // count // _DAY)
    first, last = _edges(chat, timing)
    return _neat(min((last - first) / max(count - 1, 1), (length - first) / count))


def _even(chat: Chat, timing: Timing, zone: str) -> tuple[datetime, ...]:
    first = chat.starts_at + _edges(chat, timing)[0]
    apart = step(chat, timing)
    if apart < _DAY:
        return tuple(first + apart * place for place in range(len(chat.questions)))
    local = first.astimezone(ZoneInfo(zone))  # the same hour of every day, whatever the clocks do meanwhile
    return tuple((local + apart * place).astimezone(UTC) for place in range(len(chat.questions)))


def _edges(chat: Chat, timing: Timing) -> tuple[timedelta, timedelta]:
    """Return the offsets of the first question and of the latest that still leaves time to answer."""
    length = chat.ends_at - chat.starts_at
    few = len(chat.questions) <= FEW
    first = timing.first_of_few_after if few else timing.first_question_after
    return min(first, length / 10), length - min(timing.last_question_before_end, length / 5)


def _between(given: Sequence[datetime | None], chat: Chat, timing: Timing) -> list[datetime]:
    """Fill gaps between given times evenly; before the first and after the last, up to the chat's edges."""
    first, last = (chat.starts_at + edge for edge in _edges(chat, timing))
    times = list(given)
    for start, end in _gaps(given):
        count = end - start
        before = times[start - 1] if start else None
        after = given[end] if end < len(given) else None
        if before is not None and after is not None:
            low, apart = before, (after - before) / (count + 1)
        elif after is not None:
            low, apart = _before(after, first, chat.starts_at, count)
        else:
            assert before is not None
            low, apart = before, _after(before, last, chat.ends_at, count)
        apart = _neat(apart)
        times[start:end] = [low + apart * place for place in range(1, count + 1)]
    return [at for at in times if at is not None]


def _before(after: datetime, first: datetime, starts_at: datetime, count: int) -> tuple[datetime, timedelta]:
    """Return where to count from, and how far apart, for questions that come before the first given time."""
    low = first if first < after else min(starts_at, after)
    apart = _neat((after - low) / count)
    return low - apart, apart


def _after(before: datetime, last: datetime, ends_at: datetime, count: int) -> timedelta:
    """Return how far apart questions are that come after the last given time."""
    if before < last:
        return (last - before) / count
    return max(timedelta(), ends_at - before) / (count + 1)


def _gaps(given: Sequence[datetime | None]) -> list[tuple[int, int]]:
    """Return the runs of questions without a time, as (from, up to)."""
    gaps: list[tuple[int, int]] = []
    for place, at in enumerate(given):
        if at is None and gaps and gaps[-1][1] == place:
            gaps[-1] = (gaps[-1][0], place + 1)
        elif at is None:
            gaps.append((place, place + 1))
    return gaps


def _neat(length: timedelta) -> timedelta:
    """Round a step down to whole minutes, or quarters of an hour; shrunk chats keep their fractions."""
    for at_least, unit in _NEAT:
        if length >= at_least:
            return unit * (length // unit)
    return length
