"""Rules that series come round by: held against dateutil, and bounded whatever they say."""

from __future__ import annotations

import time
from datetime import date, datetime
from itertools import islice

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.core.errors import Wrong
from chatbot.core.nights import rhythm, rhythm_words

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
firsts = st.dates(date(2000, 1, 1), date(2040, 12, 31))
intervals = st.integers(1, 5)


def joined(values: list[int]) -> str:
    return ",".join(str(value) for value in values)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Draw a rule whose meaning dateutil and the standard agree on."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(intervals)}"]
    if draw(st.booleans()):
        nths = ["", "1", "2", "-1"] if frequency in ("MONTHLY", "YEARLY") else [""]
        nth = draw(st.sampled_from(nths))  # all counted or none: dateutil reads a mixture as no day at all
        days = draw(st.lists(st.sampled_from(DAYS), min_size=1, max_size=3, unique=True))
        parts.append("BYDAY=" + ",".join(nth + day for day in days))
    if frequency != "WEEKLY" and draw(st.booleans()):
        parts.append("BYMONTHDAY=" + joined(draw(st.lists(st.sampled_from([1, 2, 13, 29, 31, -1, -2]), min_size=1))))
    if draw(st.booleans()):
        parts.append("BYMONTH=" + joined(draw(st.lists(st.integers(1, 12), min_size=1, unique=True))))
    # dateutil chooses from what is left of the first week; the standard from the whole of it
    if len(parts) > 2 and frequency != "WEEKLY" and draw(st.booleans()):
        parts.append("BYSETPOS=" + joined(draw(st.lists(st.sampled_from([1, 2, -1]), min_size=1, unique=True))))
    if frequency == "WEEKLY":
        parts.append(f"WKST={draw(st.sampled_from(DAYS))}")
    return ";".join(parts)


@given(rules(), firsts)
@settings(max_examples=150, deadline=None)
def test_dates_are_those_of_the_standard(rule: str, first: date) -> None:
    ours = list(islice(rhythm.dates(rhythm.read(rule), first, first), 40))
    midnight = datetime.combine(first, datetime.min.time())

    # dateutil is asked for no more than there is: after the last date it would look on until the year 9999
    assert [at.date() for at in islice(rrulestr(rule, dtstart=midnight), len(ours))] == ours


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=MONTHLY;BYDAY=1TU", ["2026-12-01", "2027-01-05", "2027-02-02"]),
        ("FREQ=MONTHLY;BYDAY=-1FR", ["2026-11-27", "2026-12-25", "2027-01-29"]),
        ("FREQ=MONTHLY;BYDAY=1MO,3MO", ["2026-12-07", "2026-12-21", "2027-01-04"]),
        ("FREQ=WEEKLY;BYDAY=TU,TH", ["2026-11-24", "2026-11-26", "2026-12-01"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["2026-11-30", "2026-12-31", "2027-01-29"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["2028-02-29", "2032-02-29"]),
        ("RRULE:FREQ=MONTHLY;BYMONTHDAY=31;", ["2026-12-31", "2027-01-31", "2027-03-31"]),
        (" freq=weekly;byday=mo ", ["2026-11-23", "2026-11-30", "2026-12-07"]),
        ("FREQ=MONTHLY;BYMONTHDAY=30;BYMONTH=2", []),
        ("FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=20", []),
    ],
)
def test_a_rule_leads_to_its_dates(rule: str, expected: list[str]) -> None:
    found = rhythm.dates(rhythm.read(rule), None, date(2026, 11, 22))

    assert expected == [day.isoformat() for day in islice(found, 3)]


def test_what_is_long_over_does_not_move_the_beat() -> None:
    rule = rhythm.read("FREQ=WEEKLY;INTERVAL=2")

    assert date(2026, 12, 1) in list(rhythm.dates(rule, date(2000, 1, 4), date(2026, 11, 22)))
    assert date(2026, 11, 24) not in list(rhythm.dates(rule, date(2000, 1, 4), date(2026, 11, 22)))


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("", "the rule is empty"),
        ("every Tuesday", '"EVERY TUESDAY" is not a part of a rule'),
        ("BYDAY=TU", "the rule has no FREQ="),
        ("FREQ=SECONDLY", "only DAILY, WEEKLY, MONTHLY and YEARLY"),
        ("FREQ=HOURLY;BYDAY=MO", "only DAILY, WEEKLY, MONTHLY and YEARLY"),
        ("FREQ=DAILY;INTERVAL=0", "write a number from 1 to 366"),
        ("FREQ=DAILY;INTERVAL=-1", "write a number from 1 to 366"),
        ("FREQ=DAILY;INTERVAL=99999999999999999999", "write a number from 1 to 366"),
        ("FREQ=DAILY;COUNT=1000000", "write a number from 1 to 1000"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20271231", "keep one of them"),
        ("FREQ=DAILY;UNTIL=20270230", "write a date of the calendar"),
        ("FREQ=DAILY;UNTIL=tomorrow", "write a date of the calendar"),
        ("FREQ=DAILY;BYHOUR=20", "`start` says the time of day"),
        ("FREQ=DAILY;BYEASTER=1", '"BYEASTER" is not possible'),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ is in the rule twice"),
        ("DTSTART:20260101\nRRULE:FREQ=DAILY", "is not possible in a rule here"),
        ("FREQ=WEEKLY;BYDAY=1TU", "use FREQ=MONTHLY"),
        ("FREQ=MONTHLY;BYDAY=6TU", "a number up to 5"),
        ("FREQ=MONTHLY;BYDAY=0TU", "write MO TU WE TH FR SA SU"),
        ("FREQ=MONTHLY;BYDAY=Tuesday", "write MO TU WE TH FR SA SU"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "numbers from 1 to 31"),
        ("FREQ=MONTHLY;BYMONTHDAY=٣", "numbers from 1 to 31"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "cannot name days of the month"),
        ("FREQ=YEARLY;BYMONTH=-1", "numbers from 1 to 12"),
        ("FREQ=YEARLY;BYSETPOS=1", "names none"),
        ("FREQ=WEEKLY;WKST=XX", "write one of MO TU"),
        ("FREQ=DAILY;" + "BYDAY=MO," * 100, "characters long"),
    ],
)
def test_a_rule_that_cannot_be_used_says_so_in_one_sentence(rule: str, sentence: str) -> None:
    with pytest.raises(Wrong) as refused:
        rhythm.read(rule)

    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=DAILY;COUNT=1000",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5",
        "FREQ=DAILY;BYDAY=MO;BYSETPOS=2",
        "FREQ=WEEKLY;COUNT=1000",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2;COUNT=1000",
        "FREQ=YEARLY;BYDAY=53MO,-53MO;BYMONTHDAY=15;COUNT=1000",
        "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=" + joined(list(range(1, 40))),
    ],
)
def test_no_rule_holds_anything_up(rule: str) -> None:
    began = time.process_time()
    list(rhythm.dates(rhythm.read(rule), date(2000, 1, 1), date(2026, 11, 22)))

    assert time.process_time() - began < 0.05


@given(st.text(st.sampled_from("FREQDAILYWKSTBMONTH=;,:0123456789-+Z \0"), max_size=60))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    try:
        rule = rhythm.read(text)
    except Wrong:
        return

    assert len(list(rhythm.dates(rule, date(2026, 1, 1), date(2026, 11, 22)))) < 1500


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=MONTHLY;BYDAY=1TU", "first Tuesday of every month"),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR", "last Friday of every 2 months"),
        ("FREQ=MONTHLY;BYDAY=1TU,3TU", "first Tuesday and third Tuesday of every month"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,11,21", "day 1, 11 and 21 of every month"),
        ("FREQ=WEEKLY;BYDAY=TU,TH", "every week on Tuesday and Thursday"),
        ("FREQ=WEEKLY;INTERVAL=2", "every 2 weeks"),
        ("FREQ=DAILY", "every day"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", ""),
        ("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=1", ""),
        ("FREQ=YEARLY;BYMONTH=2;BYDAY=1TU", ""),
    ],
)
def test_a_rhythm_is_said_as_a_host_says_it(rule: str, expected: str) -> None:
    assert rhythm_words.in_words(rhythm.read(rule)) == expected
