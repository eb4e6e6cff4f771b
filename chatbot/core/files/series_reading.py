"""A series and its defaults, from their forms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any

from chatbot.core.errors import Wrong
from chatbot.core.files.forms import Notes, did_you_mean, short
from chatbot.core.files.plan_forms import PersonForm, SeriesForm, SettingsForm
from chatbot.core.files.toml import Path
from chatbot.core.nights import recurrence, rhythm, wording
from chatbot.core.plan import Defaults, Person, Series
from chatbot.core.sorting import moderation
from chatbot.core.value import replace

# What is called alike in the file and in `Defaults`.
_SAME = (
    "late_window",
    "language",
    "consent",
    "names",
    "avatars",
    "introductions",
    "favourite",
    "publish",
    "corrections",
    "index",
    "heads_up",
    "last_call",
    "question_letter",
    "answer_letters",
    "blocked_accounts",
    "blocked_domains",
    "blocked_words",
    "automatic",
)


def series_of(form: SeriesForm, notes: Notes) -> Series:
    """Turn a form into a series."""
    rule = rhythm.read(form.rhythm) if form.rhythm else None
    if rule and rule.needs_first_date and not form.first_date:
        todo = "add first_date, the date of the first chat, for example first_date = 2026-12-01"
        notes.wrong(("series", "rhythm"), "the rule does not say where its counting begins", todo)
    if not form.host:
        todo = "add a [[series.host]] with name and account, so that somebody can stop the bot by message"
        notes.warn(("series",), "the series has no host", todo)
    return Series(
        id=form.short_name,
        name=form.name,
        hashtags=tuple(dict.fromkeys(form.hashtags)),
        zone=form.zone,
        accounts=tuple(dict.fromkeys(form.accounts)),
        hosts=tuple(person(host, notes.document.file) for host in form.host),
        rhythm=form.rhythm,
        start=form.start,
        first_date=form.first_date.isoformat() if form.first_date else None,
        cohosts=tuple(form.cohosts),
        operator=form.operator or "",
        contact=form.contact or "",
        defaults=settings(form.defaults, Defaults(), notes, ("series", "defaults")),
    )


def look_ahead(series: Series, notes: Notes, now: datetime) -> None:
    """Warn when the rule of a series leads to no further chat."""
    if series.rhythm and next_start(series, now) is None:
        todo = "correct the rule, or give each chat a date"
        notes.warn(("series", "rhythm"), "by this rule no further chat will come", todo)


def next_start(series: Series, now: datetime) -> datetime | None:
    """Return when the series comes round next, if it does."""
    if not series.rhythm:
        return None
    try:
        dates = recurrence.occurrences(series.rhythm, series.zone, series.start, series.first_date, now, count=1)
        return next(dates, None)
    except Wrong:  # said already: the counting has no beginning
        return None


def person(form: PersonForm, file: str) -> Person:
    """Turn a form into a person; the picture stands beside the file."""
    return Person(
        name=form.name,
        account=form.account,
        email=form.email,
        introduction=form.introduction or "",
        picture=beside(file, form.picture),
        alt=form.alt or "",
    )


def beside(file: str, name: str | None) -> str | None:
    """Return the path of a file that is named in another."""
    return str(PurePath(file).parent / name) if name else None


def settings(form: SettingsForm, above: Defaults, notes: Notes, path: Path) -> Defaults:
    """Put what a form says on top of what holds already."""
    said: dict[str, Any] = {name: getattr(form, name) for name in _SAME if getattr(form, name) is not None}
    if form.length is not None:
        minutes = form.length.total_seconds() / 60
        if not 1 <= minutes <= 60 * 24 * 62 or minutes % 1:
            notes.wrong((*path, "length"), "`length` cannot be that", 'write whole minutes, hours or days: "60m", "7d"')
        said["minutes"] = int(minutes)
    _note_unknown_rules(form, notes, path)
    if form.wording:
        said["wording"] = tuple({**dict(above.wording), **_wording(form.wording, notes, path)}.items())
    frozen: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
    return replace(above, **frozen)


def _note_unknown_rules(form: SettingsForm, notes: Notes, path: Path) -> None:
    known = [rule.name for rule in moderation.RULES]
    for number, name in enumerate(form.automatic or ()):
        if name not in known:
            todo = did_you_mean(name, known) or f"write one of {', '.join(known)}"
            notes.wrong((*path, "automatic", number), f'there is no rule "{short(name)}"', todo)


def _wording(templates: Mapping[Any, str], notes: Notes, path: Path) -> dict[str, str]:
    """Take a community's own words, each tried for names that nobody knows."""
    for kind, template in templates.items():
        for mistake in wording.template_mistakes([(str(kind), template)]):
            notes.wrong((*path, "wording", str(kind)), mistake.what, mistake.todo)
    return {str(kind): template for kind, template in templates.items()}
