"""Where a text points to a person: `user@host`, `@user`, and addresses, also inside other addresses.

A web client, a translator or a web archive puts an address into its own (`elk.test/c.test/@nora`,
`archive.test/web/2026/https://c.test/@nora`, `?u=https%3A%2F%2Fc.test%2F%40nora`), so an address is looked at part by
part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

_POINTER = re.compile(
    r"(?P<schemed>https?://[^\s<>\"]+)"
    r"|(?<![\w.@/-])@?(?P<account>\w(?:[\w.-]*\w)?@\w(?:[\w.-]*\w)?)"
    r"|(?<![\w.@/-])@(?P<user>\w(?:[\w.-]*\w)?)"
    r"|(?<![\w.@/-])(?P<address>\w[\w-]*(?:\.[\w-]+)+(?::\d+)?(?:/[^\s<>\"]*)?)",
    re.IGNORECASE,
)
_CLOSING = ".,;:!?)]}'\u2019\u201d\u2026*_"
_BETWEEN = re.compile(r"[/?#&=\\]+")
_SCHEMES = ("http:", "https:")
_ACCOUNT = re.compile(r"(?<![\w.-])[\w.-]+@[\w.-]+")
_BEFORE_USER = ("users", "profile", "u", "user")

Swap = Callable[[str], str | None]


@dataclass(frozen=True)
class Places:
    """Addresses of people and posts with what stands for each; one is found inside any other address as well."""

    stand_ins: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    depths: tuple[int, ...] = ()

    @classmethod
    def of(cls, addresses: Iterable[tuple[str, str]]) -> Places:
        """Know addresses, each with what stands for it."""
        known = {place: words for address, words in addresses if (place := place_of(address))}
        return cls(known, tuple(sorted({len(place) for place in known})))

    def find(self, address: str) -> str | None:
        """Return what stands for an address that is, or lies below, or wraps one of these."""
        parts = parts_of(address) if self.stand_ins else ()
        for start in range(len(parts)):
            for depth in self.depths:
                if (found := self.stand_ins.get(parts[start : start + depth])) is not None:
                    return found
        return None


def parts_of(address: str) -> tuple[str, ...]:
    """Return the parts of an address in lower case, what was escaped in them read."""
    plain = unquote(address) if "%" in address else address
    return tuple(part for part in _BETWEEN.split(plain.strip().lower()) if part)


def place_of(address: str) -> tuple[str, ...]:
    """Return the parts of an address without its scheme."""
    parts = parts_of(address)
    return parts[1:] if parts[:1] and parts[0] in _SCHEMES else parts


def accounts_in(address: str) -> Iterator[str]:
    """Yield each `user@host` that an address tells: `/@ana`, `/users/ana`, and `/@ana@b.test` on another server."""
    parts = parts_of(address)
    for nth, part in enumerate(parts):
        if "@" in part[1:] and (found := _ACCOUNT.search(part)):
            yield found[0].strip(".-")
        elif nth and part.startswith("@"):
            yield f"{part[1:]}@{parts[nth - 1]}"
        elif nth > 1 and parts[nth - 1] in _BEFORE_USER:
            yield f"{part}@{parts[nth - 2]}"


def may_point(text: str) -> bool:
    """Say quickly whether a text may point to anybody."""
    return "@" in text or "/" in text or "%40" in text


def swapped(text: str, account: Swap, user: Swap, address: Swap) -> str:
    """Return a text with every pointer replaced by what its function returns; None lets it stand."""

    def swap(found: re.Match[str]) -> str:
        kind, piece = found.lastgroup, found[0]
        if kind == "account":
            instead = account(found["account"].lower())
        elif kind == "user":
            instead = user(found["user"].lower())
        else:
            bare = piece.rstrip(_CLOSING)
            instead = address(bare)
            return piece if instead is None else instead + piece[len(bare) :]
        return piece if instead is None else instead

    return _POINTER.sub(swap, text)


def accounts_of(text: str, hosts: Iterable[str]) -> Iterator[str]:
    """Yield every `user@host` that a text may point to; `hosts` are where an account without a server may live."""
    for found in _POINTER.finditer(text):
        if found.lastgroup == "account":
            yield found["account"].lower()
        elif found.lastgroup == "user":
            yield from (f"{found['user'].lower()}@{host}" for host in hosts)
        else:
            yield from accounts_in(found[0].rstrip(_CLOSING))
