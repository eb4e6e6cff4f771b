"""Turns the values of `core` into JSON text and back, so that a plan or a draft is one column.

A field that an older chatbot did not write gets its default; one that a newer chatbot wrote is ignored.
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_decoders: dict[type[Any], msgspec.json.Decoder[Any]] = {}
_making = threading.Lock()


def to_json(value: object) -> str:
    """Write a value as compact JSON; equal values give equal text."""
    return msgspec.json.encode(value).decode()


def from_json(kind: type[T], text: str) -> T:
    """Read a value back from what `to_json` wrote; raises a `ValueError` for what is no such thing."""
    value: T = _decoder(kind).decode(text)
    return value


def _decoder(kind: type[Any]) -> msgspec.json.Decoder[Any]:
    """Return what reads a kind of value, made by one thread at a time.

    msgspec keeps what it found out of a class at the class itself, before it is whole: a second thread that comes
    by then ends the process (seen with 0.22: a lane and the collector, both reading their first plan).
    """
    if kind not in _decoders:
        with _making:
            _decoders[kind] = msgspec.json.Decoder(kind)
    return _decoders[kind]
