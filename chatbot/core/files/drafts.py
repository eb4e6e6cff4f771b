"""A chat that somebody begins to plan: questions, a date, and whatever else is known already."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from chatbot.core.files.series_reading import next_start
from chatbot.core.nights import recurrence
from chatbot.core.plan import Chat, Question, Series


def new_chat(
    series: Series,
    day: date,
    questions: Sequence[Question],
    *,
    theme: str = "",
    start: str | None = None,
    taken: Collection[str] = (),
) -> Chat:
    """Return a chat on that local date, not ready yet; `taken` are the names of chats there are."""
    starts_at = recurrence.local_instant(day, start or series.start, series.zone)
    ends_at = starts_at + timedelta(minutes=series.defaults.minutes)
    return Chat(
        id=_free_name(f"{series.id}-{day}", taken),
        series=series.id,
        starts_at=starts_at,
        ends_at=ends_at,
        late_until=ends_at + series.defaults.late_window,
        theme=theme,
        questions=tuple(questions),
        hashtags=series.hashtags,
        settings=series.defaults,
    )


def next_date(series: Series, now: datetime, taken: Collection[str] = ()) -> date | None:
    """Return the next local date of the series that has no chat yet."""
    at = next_start(series, now)
    while at is not None:
        day = recurrence.local_date(at, series.zone)
        if f"{series.id}-{day}" not in taken:
            return day
        at = next_start(series, at)
    return None


def is_over(series: Series, day: date, now: datetime) -> bool:
    """Whether a chat of that local date has ended, so that it could only be one that was held."""
    return new_chat(series, day, ()).ends_at <= now


def _free_name(name: str, taken: Collection[str]) -> str:
    session = 2
    free = name
    while free in taken:
        free, session = f"{name}-{session}", session + 1
    return free
