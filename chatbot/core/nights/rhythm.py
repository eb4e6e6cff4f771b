"""The rule a series comes round by: the part of RFC 5545 that chats need, read and expanded into plain dates.

Rules come from strangers. Libraries follow some of them for seconds (30 February, every second); this expansion walks
from one period to the next and never past a horizon, so that no rule can hold anything up. The tests hold it against
`dateutil`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count, islice

from chatbot.core.errors import Wrong
from chatbot.core.value import Value

LONGEST = 200  # characters; a real rule has about thirty
MOST_COUNTED = 1000
LATEST = date(2199, 12, 31)


class _Frequency(Value, frozen=True):
    longest: int  # days in one period
    longest_interval: int
    horizon: timedelta  # at least one whole interval, and a 29 February


_FREQUENCIES = {
    "DAILY": _Frequency(1, 366, timedelta(days=400)),
    "WEEKLY": _Frequency(7, 104, timedelta(days=800)),
    "MONTHLY": _Frequency(31, 36, timedelta(days=1500)),
    "YEARLY": _Frequency(366, 8, timedelta(days=9 * 366)),
}
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,4}", re.ASCII)
_UNTIL = re.compile(r"(\d{8})(T\d{6}Z?)?", re.ASCII)
_RANGES = {"BYMONTHDAY": 31, "BYMONTH": 12, "BYSETPOS": 366}
_KNOWN = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *_RANGES)
_EXAMPLE = 'write for example "FREQ=MONTHLY;BYDAY=1TU" (first Tuesday) or "FREQ=WEEKLY;BYDAY=TH"'


class Rule(Value, frozen=True):
    """A rule that has been let in. `until` is the last local date, or the last instant when the rule names one."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    week_start: int = 0  # Monday
    days: tuple[tuple[int, int], ...] = ()  # (the nth or 0 for every, weekday from Monday = 0)
    month_days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()

    @property
    def needs_first_date(self) -> bool:
        """Say whether the dates depend on where the counting begins."""
        if self.interval > 1 or self.count:
            return True
        return self.frequency != "DAILY" and not (self.days or self.month_days)


def read(text: str) -> Rule:
    """Read a rule, or say in one sentence why it cannot be used."""
    parts = _parts(text)
    frequency = parts.get("FREQ", "")
    if frequency not in _FREQUENCIES:
        said = f"the rule says FREQ={frequency[:20]}" if frequency else "the rule has no FREQ="
        raise Wrong(said, f"only DAILY, WEEKLY, MONTHLY and YEARLY are possible; {_EXAMPLE}")
    rule = Rule(
        frequency,
        interval=_number(parts, "INTERVAL", _FREQUENCIES[frequency].longest_interval) or 1,
        count=_number(parts, "COUNT", MOST_COUNTED),
        until=_until(parts["UNTIL"]) if "UNTIL" in parts else None,
        week_start=_week_start(parts.get("WKST", "MO")),
        days=_weekdays(parts["BYDAY"], frequency) if "BYDAY" in parts else (),
        month_days=_numbers(parts, "BYMONTHDAY"),
        months=_numbers(parts, "BYMONTH"),
        positions=_numbers(parts, "BYSETPOS"),
    )
    _refuse_contradictions(rule)
    return rule


def _parts(text: str) -> dict[str, str]:
    if len(text) > LONGEST:
        raise Wrong(f"the rule is {len(text)} characters long", f"write at most {LONGEST}; {_EXAMPLE}")
    stated = text.strip().upper().removeprefix("RRULE:").strip(";")
    parts: dict[str, str] = {}
    for part in stated.split(";"):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if not (name and value):
            raise Wrong(f'"{part.strip()[:40]}" is not a part of a rule' if part else "the rule is empty", _EXAMPLE)
        if name in parts:
            raise Wrong(f"{name} is in the rule twice", "keep one of them")
        if name in ("BYHOUR", "BYMINUTE", "BYSECOND"):
            raise Wrong(f"{name} is in the rule", "take it out: `start` says the time of day")
        if name not in _KNOWN:
            raise Wrong(f'"{name[:30]}" is not possible in a rule here', f"a rule may have {', '.join(_KNOWN)}")
        parts[name] = value
    return parts


def _number(parts: dict[str, str], name: str, most: int) -> int | None:
    if name not in parts:
        return None
    number = int(parts[name]) if _NUMBER.fullmatch(parts[name]) else 0
    if not 1 <= number <= most:
        raise Wrong(f"{name}={parts[name]} in the rule", f"write a number from 1 to {most}")
    return number


def _numbers(parts: dict[str, str], name: str) -> tuple[int, ...]:
    most = _RANGES[name]
    pieces = parts[name].split(",") if name in parts else []
    numbers = tuple(int(piece) if _NUMBER.fullmatch(piece.strip()) else 0 for piece in pieces)
    if any(not 1 <= abs(number) <= most or (name == "BYMONTH" and number < 0) for number in numbers):
        raise Wrong(f"{name}={parts[name]} in the rule", f"write numbers from 1 to {most}, with commas between")
    return numbers


def _weekdays(text: str, frequency: str) -> tuple[tuple[int, int], ...]:
    found = [_DAY.fullmatch(piece.strip()) for piece in text.split(",")]
    days = tuple((int(match[1] or 0), _DAYS.index(match[2])) for match in found if match)
    if not all(found) or any(match and match[1] and not int(match[1]) for match in found):
        raise Wrong(f"BYDAY={text} in the rule", "write MO TU WE TH FR SA SU, for the nth with a number: 1TU, -1FR")
    if frequency in ("DAILY", "WEEKLY") and any(nth for nth, _ in days):
        raise Wrong(f"BYDAY={text} counts the weeks of a month", f"use FREQ=MONTHLY instead of FREQ={frequency}")
    most = 5 if frequency == "MONTHLY" else 53
    if any(abs(nth) > most for nth, _ in days):
        raise Wrong(f"BYDAY={text} in the rule", f"write a number up to {most} before the day")
    return days


def _week_start(text: str) -> int:
    if text not in _DAYS:
        raise Wrong(f"WKST={text} in the rule", f"write one of {' '.join(_DAYS)}")
    return _DAYS.index(text)


def _until(text: str) -> date | datetime:
    day, _, clock = text.removesuffix("Z").partition("T")
    try:
        if not _UNTIL.fullmatch(text):
            raise ValueError(text)
        moment = datetime.strptime(day + (clock or "235959"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise Wrong(f"UNTIL={text} in the rule", "write a date of the calendar, such as UNTIL=20271231") from None
    return moment if text.endswith("Z") else moment.date()


def _refuse_contradictions(rule: Rule) -> None:
    if rule.count and rule.until:
        raise Wrong("the rule has both COUNT and UNTIL", "keep one of them")
    if rule.positions and not (rule.days or rule.month_days or rule.months):
        raise Wrong("BYSETPOS chooses from days, and the rule names none", "add BYDAY, for example BYDAY=TU")
    if rule.month_days and rule.frequency == "WEEKLY":
        raise Wrong("a WEEKLY rule cannot name days of the month", "use FREQ=MONTHLY, or BYDAY instead of BYMONTHDAY")


def dates(rule: Rule, first: date | None, today: date) -> Iterator[date]:
    """Yield the dates in order, from some periods before `today` (all of them where the rule counts) to the horizon."""
    frequency = _FREQUENCIES[rule.frequency]
    begin = first or today - timedelta(days=1)
    horizon = min(max(today, begin) + frequency.horizon, LATEST)
    # Periods that are long over need no walking through, unless they count.
    over = 0 if rule.count else max((today - begin).days // (rule.interval * frequency.longest) - 2, 0)
    return islice(_walk(rule, begin, horizon, over), rule.count)


def _walk(rule: Rule, begin: date, horizon: date, over: int) -> Iterator[date]:
    for number in count(over):
        period = _period(rule, begin, number * rule.interval)
        if not period or period[0] > horizon:
            return
        named = [day for day in period if _is_named(rule, begin, day)]
        yield from (day for day in _chosen(rule.positions, named) if begin <= day <= horizon)


def _period(rule: Rule, begin: date, later: int) -> list[date]:
    """Return the days of the day, week, month or year that is so many later than the one of `begin`."""
    if rule.frequency == "DAILY":
        first, length = begin + timedelta(days=later), 1
    elif rule.frequency == "WEEKLY":
        week = begin - timedelta(days=(begin.weekday() - rule.week_start) % 7)
        first, length = week + timedelta(weeks=later), 7
    elif rule.frequency == "MONTHLY":
        year, month = divmod(begin.year * 12 + begin.month - 1 + later, 12)
        first, length = date(year, month + 1, 1), monthrange(year, month + 1)[1]
    else:
        first = date(begin.year + later, 1, 1)
        length = (date(first.year + 1, 1, 1) - first).days
    return [first + timedelta(days=number) for number in range(length)]


def _is_named(rule: Rule, begin: date, day: date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    if not (rule.days or rule.month_days):
        return _is_like(rule, begin, day)
    if rule.month_days:
        length = monthrange(day.year, day.month)[1]
        if day.day not in rule.month_days and day.day - length - 1 not in rule.month_days:
            return False
    return not rule.days or any(_is_nth(rule, nth, day) for nth, weekday in rule.days if weekday == day.weekday())


def _is_like(rule: Rule, begin: date, day: date) -> bool:
    """Say whether a day is that of `begin`, in a rule that names no days."""
    if rule.frequency == "WEEKLY":
        return day.weekday() == begin.weekday()
    if rule.frequency == "MONTHLY" or (rule.frequency == "YEARLY" and rule.months):
        return day.day == begin.day
    return rule.frequency == "DAILY" or (day.month, day.day) == (begin.month, begin.day)


def _is_nth(rule: Rule, nth: int, day: date) -> bool:
    """Say whether a day is the nth of its weekday in the month, or in the year where a yearly rule names no months."""
    if rule.frequency == "YEARLY" and not rule.months:
        before, length = day.timetuple().tm_yday, (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days
    else:
        before, length = day.day, monthrange(day.year, day.month)[1]
    return nth in (0, (before - 1) // 7 + 1, -((length - before) // 7 + 1))


def _chosen(positions: Sequence[int], days: list[date]) -> list[date]:
    if not positions:
        return days
    places = {place - 1 if place > 0 else len(days) + place for place in positions}
    return [day for place, day in enumerate(days) if place in places]
