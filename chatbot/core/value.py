"""What is made by the thousand: values as frozen as a frozen dataclass, which C builds in a third of the time.

A frozen dataclass sets field after field through `object.__setattr__`, and of all that storing a post takes before the
database a fifth was that (`tests/bench/ingest.py`). What a night has few of stays a dataclass.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import msgspec


class _Fields:
    """A value's fields where `dataclasses` looks for them, so that `replace`, `fields` and `asdict` take it."""

    def __get__(self, value: object, kind: type[msgspec.Struct]) -> dict[str, dataclasses.Field[Any]]:
        return _fields_of(kind)


class Value(msgspec.Struct, frozen=True):
    """A frozen value with slots; a subclass lists its fields as a dataclass does."""

    __dataclass_fields__ = _Fields()


@cache
def _fields_of(kind: type[msgspec.Struct]) -> dict[str, dataclasses.Field[Any]]:
    listed: list[Any] = []
    for field in msgspec.structs.fields(kind):
        is_needed = field.default is msgspec.NODEFAULT
        listed.append((field.name, field.type) if is_needed else (field.name, field.type, field.default))
    alike: Any = dataclasses.make_dataclass(kind.__name__, listed)
    return {field.name: field for field in dataclasses.fields(alike)}
