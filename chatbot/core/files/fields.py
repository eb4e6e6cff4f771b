"""The kinds of value that a file may hold, each with what is said of one that will not do."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, TypeGuard, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema

from chatbot.core.errors import Wrong
from chatbot.core.files.forms import short
from chatbot.core.nights import recurrence, rhythm
from chatbot.core.sorting import hashtags

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def _clean(text: str) -> str:
    control = _CONTROLS.search(text)
    if control:
        what = f"a control character (number {ord(control.group())}) that no text has"
        raise Wrong(what, "delete it, or type the text again")
    if not text.strip():
        raise Wrong("nothing is written there", "write something, or take the line out")
    return text.strip()


def _one_line(text: str) -> str:
    if "\n" in text.strip():
        raise Wrong("goes over several lines", "write it in one")
    return _clean(text)


def _address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+[^\s]*", _clean(text)):
        raise Wrong(
            f'"{short(text)}" is not a web address', 'begin it with https://, for example "https://example.org"'
        )
    return text


_ACCOUNT = re.compile(r"[\w.-]+@\w[\w-]*(\.\w[\w-]*)*(:\d{1,5})?")


def _account(text: str) -> str:
    bare = text.removeprefix("@")
    if not _ACCOUNT.fullmatch(bare):
        what = f'"{short(text)}" is not the address of an account'
        raise Wrong(what, 'write user and server, for example "rita@example.social"')
    return bare


def _email(text: str) -> str:
    if not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", _clean(text)):
        raise Wrong(f'"{short(text)}" is not an e-mail address', 'write for example "rita@example.org"')
    return text


def _reach(text: str) -> str:
    if not re.fullmatch(r"@?[\w.+-]+@\w[\w.-]*(:\d{1,5})?|https?://\S+", _one_line(text)):
        todo = "write for example @rita@example.social, rita@example.org, or an address that begins with https://"
        raise Wrong(f"nobody can be reached at “{short(text)}”", todo)
    return text.strip()


_DURATION = re.compile(r"(?:(\d{1,4})d)?\s*(?:(\d{1,5})h)?\s*(?:(\d{1,6})m)?\s*(?:(\d{1,7})s)?", re.ASCII)


def read_duration(text: str) -> timedelta:
    """Read `90m`, `24h`, `7d`, or several of them: `1h 30m`."""
    match = _DURATION.fullmatch(text.strip()) if text.strip() else None
    if not match:
        what = f'"{short(text)}" is not a length of time'
        raise Wrong(what, 'write days, hours, minutes: "7d", "24h", "90m"')
    days, hours, minutes, seconds = (int(number or 0) for number in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def duration_text(length: timedelta) -> str:
    """Write a duration as `read_duration` reads it."""
    seconds = round(length.total_seconds())
    if seconds and not seconds % 86400:
        return f"{seconds // 86400}d"
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = [f"{number}{unit}" for number, unit in ((hours, "h"), (minutes, "m"), (seconds, "s")) if number]
    return " ".join(parts) or "0m"


def _date(value: object) -> object:
    if isinstance(value, datetime):
        raise Wrong(f'"{value}" has a time of day', "write only the date, for example 2026-12-01")
    return recurrence.read_date(value.isoformat() if isinstance(value, date) else value) if _is_day(value) else value


def _is_day(value: object) -> TypeGuard[str | date]:
    return isinstance(value, str | date)


def _clock(value: object) -> object:
    return value.strftime("%H:%M") if isinstance(value, time) else value


def _checked_clock(text: str) -> str:
    return recurrence.read_clock(text).strftime("%H:%M")


def _duration(value: object) -> object:
    return read_duration(value) if isinstance(value, str) else value


def _hashtag(text: str) -> str:
    return hashtags.bare(text)


def _language(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", text):
        raise Wrong(f'"{short(text)}" is not the code of a language', 'write two letters, for example "en" or "pt"')
    return text


Line = Annotated[str, Field(max_length=500), AfterValidator(_one_line)]
Text = Annotated[str, Field(max_length=10_000), AfterValidator(_clean)]
Address = Annotated[str, Field(max_length=2000), AfterValidator(_address)]
Account = Annotated[str, Field(max_length=300), AfterValidator(_account)]
Email = Annotated[str, Field(max_length=300), AfterValidator(_email)]
Reach = Annotated[str, Field(max_length=300), AfterValidator(_reach)]
Hashtag = Annotated[str, Field(max_length=100), AfterValidator(_hashtag)]
Language = Annotated[str, Field(max_length=35), AfterValidator(_language)]
Date = Annotated[date, BeforeValidator(_date)]
Clock = Annotated[
    str,
    BeforeValidator(_clock),
    AfterValidator(_checked_clock),
    WithJsonSchema({"type": "string", "pattern": r"^([01]?\d|2[0-3]):[0-5]\d$"}),
]
Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": r"^\s*(\d+[dhms]\s*)+$"}),
]


SHORT_NAME = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*", re.ASCII)
QUESTION_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
OFFSET = re.compile(r"\+[\d dhms]+|(?:(\d{4}-\d{2}-\d{2})[ T])?(\d{1,2}:\d{2})", re.ASCII)


def _short_name(text: str) -> str:
    if not SHORT_NAME.fullmatch(text):
        raise Wrong(f'"{text[:40]}" cannot be a short name', 'use small letters and digits, for example "gardenchat"')
    return text


def _question_id(text: str) -> str:
    if not QUESTION_ID.fullmatch(text):
        raise Wrong(f'"{text[:40]}" cannot be an id', 'use small letters, digits and hyphens, for example "q3"')
    return text


def _rule(text: str) -> str:
    rhythm.read(text)
    return text


def _listed(value: object) -> object:
    """Take `[chat]` for the only `[[chat]]` of a file."""
    return [value] if isinstance(value, dict) else value


def _number(value: object) -> object:
    if value in ("wrap", "none") or (type(value) is int and 0 <= value <= 999):
        return value
    raise Wrong(f'"{short(value)}" cannot be the number of a question', 'write a number, "wrap", or "none"')


def _offset(text: str) -> str:
    if not OFFSET.fullmatch(text.strip()):
        what = f'"{short(text)}" is not a time within a chat'
        raise Wrong(what, 'write "+12m" (after the start), "20:12" (local time) or "2026-12-01 20:12"')
    return text.strip()


def _moment(value: object) -> object:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"[\d:T.Z+ -]{4,35}", value.strip(), re.ASCII):
        return value.strip()
    raise Wrong(f'"{short(value)}" is not a time', 'write "20:05" (local time) or 2026-01-06T20:05:00Z')


_Item = TypeVar("_Item")
Several = Annotated[list[_Item], BeforeValidator(_listed)]
ShortName = Annotated[str, Field(max_length=40), AfterValidator(_short_name)]
QuestionId = Annotated[str, Field(max_length=40), AfterValidator(_question_id)]
Number = Annotated[
    int | Literal["wrap", "none"],
    PlainValidator(_number, json_schema_input_type=Annotated[int, Field(ge=0, le=999)] | Literal["wrap", "none"]),
]
Offset = Annotated[Line, AfterValidator(_offset)]
Moment = Annotated[datetime | str, PlainValidator(_moment, json_schema_input_type=str)]
Letter = Annotated[str, Field(min_length=1, max_length=3)]
Rule = Annotated[str, AfterValidator(_rule)]
