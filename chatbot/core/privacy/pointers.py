"""Where a text points to a person: `user@host`, `@user`, and addresses, also inside other addresses.

A web client, a translator or a web archive puts an address into its own (`elk.test/c.test/@nora`,
`archive.test/web/2026/https://c.test/@nora`, `?u=https%3A%2F%2Fc.test%2F%40nora`), so an address is looked at part by
part.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from urllib.parse import unquote

_NAME = r"\w(?:[\w.\uff0e-]*\w)?"
_POINTER = re.compile(
    r"(?P<schemed>https?://[^\s<>\"]+)"
    rf"|(?P<before>(?<![\w.@-])[.-]*@?|@)(?P<account>{_NAME}(?:@{_NAME})+)"
    rf"|(?<![\w@])@(?P<user>{_NAME})"
    r"|(?<![\w.@-])(?P<address>\w[\w-]*(?:\.[\w-]+)+(?::\d+)?(?:/[^\s<>\"]*)?)",
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
    return tuple(plain_account(part) if "." in part else part for part in _BETWEEN.split(plain.strip().lower()) if part)


def plain_account(handle: str) -> str:
    """Return `user@host`, or a host alone, as it is compared: one form of what servers and people write in several."""
    user, at, host = handle.lower().rpartition("@")
    return f"{user}{at}{_plain_host(host)}"


def _plain_host(host: str) -> str:
    """Return a host without what makes no difference: the usual port, `www.`, and how foreign letters are written."""
    host = unicodedata.normalize("NFKC", host).lower() if not host.isascii() else host
    host = host.removesuffix(":443").removesuffix(":80").removeprefix("www.").strip(".")
    return ".".join(map(_decoded, host.split("."))) if "xn--" in host else host


def _decoded(label: str) -> str:
    try:
        return label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label
    except ValueError:
        return label


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
            instead = next((words for one in _accounts(found["account"]) if (words := account(one)) is not None), None)
            return piece if instead is None else found["before"].removesuffix("@") + instead
        if kind == "user":
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
            yield from _accounts(found["account"])
        elif found.lastgroup == "user":
            yield from (plain_account(f"{found['user']}@{host}") for host in hosts)
        else:
            yield from accounts_in(found[0].rstrip(_CLOSING))


def _accounts(written: str) -> Iterator[str]:
    """Yield each account in a piece like `ana@b.test`; with what stands around it it may have grown together."""
    for user, host in pairwise(written.split("@")):
        yield plain_account(f"{user}@{host.rstrip('_')}")
