"""From what a file says to checked values: pydantic finds all that is wrong, this tells a person, with the line."""

from __future__ import annotations

import difflib
import re
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from chatbot.core.errors import Mistake, Wrong
from chatbot.core.toml import Document


class Form(BaseModel):
    """A table of a file: what it may hold, and nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


_Form = TypeVar("_Form", bound=Form)


def fill(form: type[_Form], document: Document) -> tuple[_Form | None, tuple[Mistake, ...]]:
    """Read a document as a form; the mistakes hold those of the document too, one a line, in the order of the file."""
    filled, mistakes = None, list(document.mistakes)
    try:
        filled = form.model_validate(document.values)
    except ValidationError as error:
        told = {mistake.line for mistake in mistakes}
        found = [_mistake(form, document, detail) for detail in error.errors(include_url=False)]
        mistakes += [mistake for mistake in found if mistake.line not in told]
    return filled, in_order(mistakes)


def in_order(mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
    """Put mistakes in the order of the file, each once."""
    return tuple(sorted(dict.fromkeys(mistakes), key=lambda mistake: (mistake.file, mistake.line or 0)))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `did you mean "start"?` when a known word is like this one, else nothing."""
    by_fold = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return f'did you mean "{by_fold[near[0]]}"?' if near else ""


def _mistake(form: type[Form], document: Document, detail: ErrorDetails) -> Mistake:
    path = detail["loc"]
    name = next((step for step in reversed(path) if isinstance(step, str)), "")
    kind = detail["type"]
    if kind == "extra_forbidden":
        known = _fields_at(form, path[:-1])
        todo = did_you_mean(name, known) or f"this part may hold {', '.join(known)}"
        return document.mistake(path, f"`{short(name)}` is not known here", todo)
    if kind == "missing":
        what = f"`{name}` is missing"
        return document.mistake(path[:-1], what, _example(form, path))
    cause = detail.get("ctx", {}).get("error")
    if isinstance(cause, Wrong):
        return document.mistake(path, f"`{name}`: {cause.what}" if name else cause.what, cause.todo)
    what, todo = _EXPLAINED.get(kind, _unexplained)(detail)
    return document.mistake(path, f"`{name}` {what}", todo or _example(form, path))


def short(value: object) -> str:
    """Return a value as text, cut where it gets long."""
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "…"


def _fields_at(form: type[Form], path: Sequence[str | int]) -> list[str]:
    """Name the fields of the form at a path, as they stand in the file."""
    found = _form_at(form, path)
    return [field.alias or name for name, field in found.model_fields.items()] if found else []


def _form_at(form: type[Form], path: Sequence[str | int]) -> type[Form] | None:
    at: type[Form] | None = form
    for step in path:
        if isinstance(step, int) or at is None:
            continue
        field = next((f for name, f in at.model_fields.items() if step in (name, f.alias)), None)
        if field is not None:
            at = _form_in(field.annotation) or at
    return at


def _form_in(annotation: Any) -> type[Form] | None:
    if isinstance(annotation, type) and issubclass(annotation, Form):
        return annotation
    return next((form for part in typing.get_args(annotation) if (form := _form_in(part))), None)


def _example(form: type[Form], path: Sequence[str | int]) -> str:
    """Say what to write, from the examples that the forms (and their schemas) carry."""
    at = _form_at(form, path[:-1])
    name = next((step for step in reversed(path) if isinstance(step, str)), "")
    field = next((f for n, f in at.model_fields.items() if name in (n, f.alias)), None) if at else None
    if field is None or not field.examples:
        return ""
    return f"write for example {name} = {field.examples[0]}"


def _unexplained(detail: ErrorDetails) -> tuple[str, str]:
    return f"cannot be used ({detail['msg'].lower()})", ""


def _choice(detail: ErrorDetails) -> tuple[str, str]:
    known = re.findall(r"'([^']+)'", str(detail.get("ctx", {}).get("expected", "")))
    said = str(detail["input"])
    return f'cannot be "{short(said)}"', did_you_mean(said, known) or f"write one of {', '.join(known)}"


def _needs(noun: str, todo: str = "") -> Callable[[ErrorDetails], tuple[str, str]]:
    return lambda detail: (f"needs {noun}, not {_kind(detail['input'])}", todo)


def _limit(words: str, bound: str) -> Callable[[ErrorDetails], tuple[str, str]]:
    return lambda detail: (words.format(detail.get("ctx", {}).get(bound, "")), "")


def _kind(value: object) -> str:
    kinds: Mapping[type, str] = {
        bool: str(value).lower(),
        int: f"the number {short(value)}",
        float: f"the number {short(value)}",
        str: f'the text "{short(value)}"',
        list: "a list in [ ]",
        dict: "a part of its own",
        date: "a date",
        datetime: "a date and time",
        time: "a time",
    }
    return kinds.get(type(value), "this")


_EXPLAINED: Mapping[str, Callable[[ErrorDetails], tuple[str, str]]] = {
    "literal_error": _choice,
    "enum": _choice,
    "string_type": _needs("a text in quotes"),
    "int_type": _needs("a whole number"),
    "int_from_float": _needs("a whole number"),
    "bool_type": _needs("true or false", "write true or false, without quotes"),
    "list_type": _needs("a list", 'write it in brackets: ["…"]'),
    "tuple_type": _needs("a list", 'write it in brackets: ["…"]'),
    "dict_type": _needs("a part of its own"),
    "model_type": _needs("a part of its own"),
    "date_type": _needs("a date"),
    "time_delta_type": _needs("a length of time", 'write it in quotes: "7d", "24h", "90m"'),
    "string_too_short": lambda detail: ("is empty", ""),
    "string_too_long": _limit("is longer than {} characters", "max_length"),
    "too_short": _limit("needs at least {}", "min_length"),
    "too_long": _limit("may hold at most {}", "max_length"),
    "greater_than_equal": _limit("is less than {}", "ge"),
    "less_than_equal": _limit("is more than {}", "le"),
}
