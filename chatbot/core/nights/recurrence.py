"""When a series comes round, as UTC instants: one a local date, whatever the clocks do in between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from chatbot.core.errors import Wrong
from chatbot.core.nights import rhythm

EARLIEST, LATEST = date(2000, 1, 1), rhythm.LATEST
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def read_date(text: str) -> date:
    """Read a date such as `2026-12-01`, within the years a chat can have."""
    try:
        if not _DATE.fullmatch(text.strip()):
            raise ValueError(text)
        day = date.fromisoformat(text.strip())
    except ValueError:
        what = f'"{text[:40]}" is not a date of the calendar'
        raise Wrong(what, 'write year, month and day, for example "2026-12-01"') from None
    if not EARLIEST <= day <= LATEST:
        raise Wrong(f'"{text.strip()}" is too far away', f"write a date from {EARLIEST.year} to {LATEST.year}")
    return day


def read_clock(text: str) -> time:
    """Read a time of day such as `20:00`."""
    match = _CLOCK.fullmatch(text.strip())
    if not match:
        raise Wrong(f'"{text[:40]}" is not a time of day', 'write hours and minutes, for example "20:00"')
    return time(int(match[1]), int(match[2]))


def local_instant(day: date, clock: str, zone: str) -> datetime:
    """Return the instant of a wall-clock time: one that the clocks skip is later, one they repeat is the first."""
    # With fold=0 Python reckons a skipped time by the offset before the jump, which lands after it.
    return datetime.combine(day, read_clock(clock), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def is_skipped(day: date, clock: str, zone: str) -> bool:
    """Say whether the clocks jump over this wall-clock time, so that it does not exist."""
    at = local_instant(day, clock, zone).astimezone(ZoneInfo(zone))
    return (at.date(), at.time()) != (day, read_clock(clock))


def local_date(at: datetime, zone: str) -> date:
    """Return the date that people in the zone have at an instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def occurrences(
    rule: str,
    zone: str,
    start: str,
    first_date: str | date | None,
    after: datetime,
    count: int | None = None,
    until: datetime | None = None,
) -> Iterator[datetime]:
    """Yield the instants after `after`, in order, one a local date, at most `count` and none after `until`.

    Never further than the rule's horizon: 400 days for a daily rule, some years for a monthly or yearly one.
    """
    read = rhythm.read(rule)
    first = read_date(first_date) if isinstance(first_date, str) else first_date
    if first is None and read.needs_first_date:
        raise Wrong("the rule does not say where its counting begins", "add `first_date`, the date of the first chat")
    seen: date | None = None
    left = count
    for day in rhythm.dates(read, first, local_date(after, zone)):
        at = local_instant(day, start, zone)
        if left == 0 or (until and at > until) or _is_over(read.until, day, at):
            return
        lands_on = local_date(at, zone)  # a zone may skip a whole day (Samoa in 2011)
        if at <= after or lands_on == seen:
            continue
        yield at
        seen, left = lands_on, None if left is None else left - 1


def _is_over(until: date | datetime | None, day: date, at: datetime) -> bool:
    if until is None:
        return False
    return at > until if isinstance(until, datetime) else day > until
