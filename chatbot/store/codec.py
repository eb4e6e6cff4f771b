"""Turns the frozen dataclasses of `core` into JSON text and back, so that a plan or a draft is one column.

A field that an older chatbot did not write gets its default; one that a newer chatbot wrote is ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")


def to_json(value: object) -> str:
    """Write a dataclass as compact JSON; equal values give equal text."""
    return _adapter(type(value)).dump_json(value).decode()


def from_json(kind: type[T], text: str) -> T:
    """Read a dataclass back from what `to_json` wrote."""
    value: T = _adapter(kind).validate_json(text)
    return value


_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    if kind not in _adapters:
        from pydantic import TypeAdapter  # loaded when the first plan or draft is read, not at start

        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]
