"""From what a file says to checked values: pydantic finds all that is wrong, this tells a person, with the line."""

from __future__ import annotations

import difflib
import re
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from chatbot.core.errors import Mistake, Mistakes, Wrong
from chatbot.core.files import toml
from chatbot.core.files.toml import Document, Path


class Form(BaseModel):
    """A table of a file: what it may hold, and nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


_Form = TypeVar("_Form", bound=Form)


@dataclass(slots=True)
class Notes:
    """What is found while a document is read: mistakes, and warnings that stop nothing."""

    document: Document
    mistakes: list[Mistake] = field(default_factory=list)
    warnings: list[Mistake] = field(default_factory=list)

    def wrong(self, path: Path, what: str, todo: str = "") -> None:
        """Write down a mistake, unless its line is not even in form: then its value may be a guess."""
        mistake = self.document.mistake(path, what, todo)
        if mistake.line is None or all(fault.line != mistake.line for fault in self.document.mistakes):
            self.mistakes.append(mistake)

    def refused(self, path: Path, wrong: Wrong) -> None:
        """Write down a value that cannot be used."""
        name = wrong.at or _name(path)
        self.wrong((*path, wrong.at) if wrong.at else path, f"`{name}`: {wrong.what}", wrong.todo)

    def warn(self, path: Path, what: str, todo: str = "") -> None:
        """Write down something that a host should know of."""
        self.warnings.append(self.document.mistake(path, what, todo))

    def raise_mistakes(self) -> None:
        """Raise everything that is wrong, in the order of the file."""
        if self.mistakes:
            raise Mistakes(in_order(self.mistakes))


def open_notes(text: str, file: str) -> Notes:
    """Read a file's TOML; slips of its form are the first mistakes."""
    document = toml.read(text, file)
    return Notes(document, list(document.mistakes))


def fill(form: type[_Form], notes: Notes, value: object, path: Path = ()) -> _Form | None:
    """Check the value at a path against a form; None when something is wrong with it."""
    try:
        return form.model_validate(value)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _note(form, notes, path, detail)
        return None


def in_order(mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
    """Put mistakes in the order of the file, each once."""
    return tuple(sorted(dict.fromkeys(mistakes), key=lambda mistake: (mistake.file, mistake.line or 0)))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `did you mean "start"?` when a known word is like this one, else nothing."""
    by_fold = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return f'did you mean "{by_fold[near[0]]}"?' if near else ""


def _note(form: type[Form], notes: Notes, above: Path, detail: ErrorDetails) -> None:
    path = (*above, *detail["loc"])
    name, kind = _name(path), detail["type"]
    cause = detail.get("ctx", {}).get("error")
    if kind == "extra_forbidden":
        known = _fields_at(form, detail["loc"][:-1])
        todo = did_you_mean(name, known) or f"here may stand {', '.join(known)}"
        notes.wrong(path, f"`{short(name)}` is not known here", todo)
    elif kind == "missing":
        notes.wrong(path[:-1], f"`{name}` is missing", _example(form, detail["loc"]))
    elif isinstance(cause, Wrong):
        notes.refused(path, cause)
    else:
        what, todo = _EXPLAINED.get(kind, _unexplained)(detail)
        notes.wrong(path, f"`{name}` {what}", todo or _example(form, detail["loc"]))


def explained(detail: ErrorDetails) -> str:
    """Say what is wrong with a single value that stands in no file."""
    what, todo = _EXPLAINED.get(detail["type"], _unexplained)(detail)
    return f"this {what}: {todo}" if todo else f"this {what}"


def _name(path: Path) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "")


def short(value: object) -> str:
    """Return a value as text, cut where it gets long."""
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "…"


def _fields_at(form: type[Form], path: Sequence[str | int]) -> list[str]:
    """Name the fields of the form at a path, as they stand in the file."""
    found = _form_at(form, path)
    return list(found.model_fields) if found else []


def _form_at(form: type[Form], path: Sequence[str | int]) -> type[Form] | None:
    at: type[Form] | None = form
    for step in path:
        if isinstance(step, int) or at is None:
            continue
        if step in at.model_fields:
            at = _form_in(at.model_fields[step].annotation) or at
    return at


def _form_in(annotation: Any) -> type[Form] | None:
    if isinstance(annotation, type) and issubclass(annotation, Form):
        return annotation
    return next((form for part in typing.get_args(annotation) if (form := _form_in(part))), None)


def _example(form: type[Form], path: Sequence[str | int]) -> str:
    """Say what to write, from the examples that the forms (and their schemas) carry."""
    at = _form_at(form, path[:-1])
    name = _name(tuple(path))
    known = at.model_fields.get(name) if at else None
    return f"write for example {name} = {known.examples[0]}" if known and known.examples else ""


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
