"""What a server's `robots.txt` allows us, read as RFC 9309 says. Pure.

The standard library's reader knows no `*` and `$` in rules and lets the first rule win, not the longest, so that
"Disallow: /*" would count for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote

LARGEST = 512 * 1024  # characters that are read; the RFC asks for 500 KiB
_UNRESERVED = "/*$?&=:;@!'(),+~%"


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules for us: (path, allowed); and the seconds between requests that the file asks for."""

    rules: tuple[tuple[str, bool], ...] = ()
    delay: float | None = None

    def allows(self, path: str) -> bool:
        """Say whether a path may be asked for: the longest rule that fits decides, of two alike the kinder one."""
        wanted = _normal(path)
        fitting = [(len(rule), allowed) for rule, allowed in self.rules if _fits(rule, wanted)]
        return max(fitting, default=(0, True))[1]


def read(text: str, agent: str) -> Robots:
    """Read the groups that name us, or else those for everybody."""
    ours, everybodys = _Group(), _Group()
    for names, key, value in _lines(text[:LARGEST]):
        for group, name in ((ours, agent.lower()), (everybodys, "*")):
            if name in names:
                group.take(key, value)
    chosen = ours if ours.is_named else everybodys
    return Robots(tuple(chosen.rules), chosen.delay)


class _Group:
    def __init__(self) -> None:
        self.rules: list[tuple[str, bool]] = []
        self.delay: float | None = None
        self.is_named = False

    def take(self, key: str, value: str) -> None:
        self.is_named = True
        if key in ("allow", "disallow") and value:
            self.rules.append((_normal(value), key == "allow"))
        elif key == "crawl-delay" and re.fullmatch(r"\d{1,6}(\.\d+)?", value):
            self.delay = float(value)


def _lines(text: str) -> Iterator[tuple[frozenset[str], str, str]]:
    """Yield each line of a group with the names the group is for; a name begins a new group after a rule."""
    names: set[str] = set()
    in_rules = False
    for line in text.removeprefix("\ufeff").splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if not colon:
            continue
        if key == "user-agent":
            names = {_token(value)} if in_rules else {*names, _token(value)}
            in_rules = False
        elif key in ("allow", "disallow", "crawl-delay"):
            in_rules = True
        yield frozenset(names), key, value


def _token(value: str) -> str:
    """Return the name of a program without its version, as it is compared."""
    return value.partition("/")[0].strip().lower()


def _fits(rule: str, path: str) -> bool:
    """Say whether a rule fits a path from its beginning; `*` stands for anything, `$` for the end."""
    parts = rule.removesuffix("$").split("*")
    first, *others = parts
    if not path.startswith(first):
        return False
    at = len(first)
    for part in others:
        at = path.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return not rule.endswith("$") or at == len(path) or (bool(others) and path.endswith(parts[-1]))


def _normal(path: str) -> str:
    """Write a path with the same letters escaped however it came."""
    return quote(unquote(path), safe=_UNRESERVED)
