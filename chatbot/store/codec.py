"""Turns the frozen dataclasses of `core` into JSON text and back, so that a plan or a draft is one column.

A field that an older chatbot did not write gets its default; one that a newer chatbot wrote is ignored.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

T = TypeVar("T")


def to_json(value: object) -> str:
    """Write a dataclass as compact JSON; equal values give equal text."""
    return msgspec.json.encode(value).decode()


def from_json(kind: type[T], text: str) -> T:
    """Read a dataclass back from what `to_json` wrote; raises a `ValueError` for what is no such thing."""
    return msgspec.json.decode(text, type=kind)
