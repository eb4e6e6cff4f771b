"""Instants of a series: the wall clock stays, whatever the clocks do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.core.errors import Wrong
from chatbot.core.files import zones
from chatbot.core.nights import recurrence

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
days = st.dates(date(2000, 1, 1), date(2100, 12, 31))
clocks = st.builds(lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.integers(0, 59))
zone_names = st.sampled_from(sorted(zones.names()))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "clock", "zone", "expected"),
    [
        ("2026-12-01", "20:00", "Europe/Lisbon", "2026-12-01 20:00"),
        ("2026-07-07", "20:00", "Europe/Lisbon", "2026-07-07 19:00"),
        ("2026-03-29", "02:30", "Europe/Berlin", "2026-03-29 01:30"),  # skipped: 03:30 by the clock
        ("2026-10-25", "02:30", "Europe/Berlin", "2026-10-25 00:30"),  # repeated: the first
        ("2026-03-08", "02:30", "America/New_York", "2026-03-08 07:30"),
        ("2026-10-04", "02:15", "Australia/Lord_Howe", "2026-10-03 15:45"),  # half an hour is skipped
        ("2011-12-30", "20:00", "Pacific/Apia", "2011-12-31 06:00"),  # a whole day is skipped
        ("2026-12-01", "9:05", "Asia/Kathmandu", "2026-12-01 03:20"),
    ],
)
def test_a_wall_clock_time_is_one_instant(day: str, clock: str, zone: str, expected: str) -> None:
    assert utc(expected) == recurrence.local_instant(date.fromisoformat(day), clock, zone)


@given(days, clocks, zone_names)
@settings(max_examples=300)
def test_a_time_that_exists_is_kept_and_one_that_does_not_is_later(day: date, clock: str, zone: str) -> None:
    at = recurrence.local_instant(day, clock, zone)
    local = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    wanted = datetime.combine(day, recurrence.read_clock(clock))

    if recurrence.is_skipped(day, clock, zone):
        assert local > wanted
    else:
        assert local == wanted


@given(days, clocks, zone_names)
def test_a_time_that_comes_twice_is_the_first(day: date, clock: str, zone: str) -> None:
    at = recurrence.local_instant(day, clock, zone)
    again = datetime.combine(day, recurrence.read_clock(clock), tzinfo=ZoneInfo(zone)).replace(fold=1)

    if not recurrence.is_skipped(day, clock, zone):
        assert at <= again.astimezone(UTC)


rules = st.sampled_from(
    [
        ("FREQ=DAILY", None),
        ("FREQ=WEEKLY;BYDAY=SU", None),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU", "2024-01-07"),
        ("FREQ=MONTHLY;BYDAY=-1SU", None),
    ]
)


@given(rules, zone_names, clocks, st.datetimes(datetime(2005, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
@settings(max_examples=150, deadline=None)
def test_occurrences_are_in_order_one_a_local_date_and_after_the_moment_asked(
    rule: tuple[str, str | None], zone: str, clock: str, after: datetime
) -> None:
    found = list(recurrence.occurrences(rule[0], zone, clock, rule[1], after, count=40))
    dates = [recurrence.local_date(at, zone) for at in found]

    assert found
    assert all(at > after for at in found)
    assert sorted(set(dates)) == dates
    assert sorted(found) == found


def test_the_wall_clock_stays_through_winter_and_summer() -> None:
    found = recurrence.occurrences("FREQ=MONTHLY;BYDAY=1TU", "Europe/Lisbon", "20:00", None, NOW, count=6)

    assert [f"{at:%Y-%m-%dT%H:%M}" for at in found] == [
        "2026-12-01T20:00", "2027-01-05T20:00", "2027-02-02T20:00", "2027-03-02T20:00", "2027-04-06T19:00",
        "2027-05-04T19:00",
    ]  # fmt: skip


def test_a_day_that_a_zone_skipped_is_no_second_chat() -> None:
    after = utc("2011-12-28 12:00")
    found = list(recurrence.occurrences("FREQ=DAILY", "Pacific/Apia", "20:00", None, after, count=4))

    assert [str(recurrence.local_date(at, "Pacific/Apia")) for at in found] == [
        "2011-12-28",
        "2011-12-29",
        "2011-12-31",
        "2012-01-01",
    ]


def occurs(
    rule: str, *, first: str | None = None, until: datetime | None = None, count: int | None = None
) -> list[str]:
    found = recurrence.occurrences(rule, "Europe/Lisbon", "20:00", first, NOW, count, until)
    return [f"{at:%m-%d}" for at in found]


def test_the_rule_itself_may_come_to_an_end() -> None:
    assert occurs("FREQ=WEEKLY;BYDAY=TU;UNTIL=20261201") == ["11-24", "12-01"]
    assert occurs("FREQ=WEEKLY;BYDAY=TU;UNTIL=20261201T195959Z") == ["11-24"]
    assert occurs("FREQ=WEEKLY;COUNT=3", first="2026-11-17") == ["11-24", "12-01"]
    assert occurs("FREQ=WEEKLY;COUNT=3", first="2020-11-17") == []


def test_one_may_ask_for_a_few_or_up_to_a_moment() -> None:
    assert occurs("FREQ=WEEKLY;BYDAY=TU", count=1) == ["11-24"]
    assert occurs("FREQ=WEEKLY;BYDAY=TU", count=0) == []
    assert occurs("FREQ=WEEKLY;BYDAY=TU", until=NOW + timedelta(days=7)) == ["11-24"]


def test_a_rule_that_needs_a_beginning_says_so() -> None:
    with pytest.raises(Wrong, match="add `first_date`"):
        occurs("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU")


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (recurrence.read_date, "2026-02-30"),
        (recurrence.read_date, "1.12.2026"),
        (recurrence.read_date, "20261201"),
        (recurrence.read_date, "٢٠٢٦-12-01"),
        (recurrence.read_date, "1999-12-31"),
        (recurrence.read_date, ""),
        (recurrence.read_clock, "24:00"),
        (recurrence.read_clock, "8pm"),
        (recurrence.read_clock, "20.00"),
        (recurrence.read_clock, "20:00:00"),
    ],
)
def test_what_is_no_date_or_time_is_refused(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(Wrong):
        read(text)
