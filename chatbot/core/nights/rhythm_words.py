"""A rhythm as a host says it: "first Tuesday of every month"."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.core.nights.rhythm import Rule

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NTHS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last", -2: "last but one"}
_PERIODS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month"}


def in_words(rule: Rule) -> str:
    """Say when a rule comes round, or nothing where words would be longer than its dates."""
    period = _PERIODS.get(rule.frequency)
    if period is None or rule.months or rule.positions or (rule.days and rule.month_days):
        return ""
    every = f"every {period}" if rule.interval == 1 else f"every {rule.interval} {period}s"
    if rule.frequency == "MONTHLY":
        days = _days_of_month(rule)
        return f"{days} of {every}" if days else ""
    return f"{every} on {_listed([_DAYS[day] for _, day in rule.days])}" if rule.days else every


def _days_of_month(rule: Rule) -> str:
    if rule.month_days:
        return f"day {_listed([str(day) for day in rule.month_days])}" if min(rule.month_days) > 0 else ""
    if not all(nth in _NTHS for nth, _ in rule.days):
        return ""
    return _listed([f"{_NTHS[nth]} {_DAYS[day]}" for nth, day in rule.days])


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
