"""The ids that servers give: each kind makes one from a time and a running number, and says how two are ordered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class IdScheme:
    """One kind of id; `key` puts ids in the server's own order."""

    name: str
    make: Callable[[datetime, int], str]
    key: Callable[[str], Any] = str


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _digits(number: int, alphabet: str, length: int) -> str:
    letters = []
    for _ in range(length):
        number, digit = divmod(number, len(alphabet))
        letters.append(alphabet[digit])
    return "".join(reversed(letters))


def _snowflake(at: datetime, number: int) -> str:
    return str((_milliseconds(at) << 16) + number % 65536)


def _ulid(at: datetime, number: int) -> str:
    return _digits((_milliseconds(at) << 80) + number, _CROCKFORD, 26)


def _flake(at: datetime, number: int) -> str:
    return _digits((_milliseconds(at) << 64) + number, _BASE62, 18)


def _uuid7(at: datetime, number: int) -> str:
    return str(UUID(int=(_milliseconds(at) << 80) + (7 << 76) + (2 << 62) + number))


def _number(local_id: str) -> int:
    return int(local_id) if local_id.isdecimal() else -1


SNOWFLAKE = IdScheme("snowflake", _snowflake, _number)  # Mastodon: milliseconds << 16 (A2)
ULID = IdScheme("ulid", _ulid)  # GoToSocial: 26 letters (C)
FLAKE = IdScheme("flake", _flake)  # Pleroma: "base62-like, lexically sortable" (C)
UUID7 = IdScheme("uuid7", _uuid7)  # Hollo (C)
