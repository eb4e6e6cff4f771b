"""Addresses that notifications go to, one a line, as Apprise writes them; before one may stand whom it is for.

    # everything
    ntfy://a-topic-nobody-guesses
    # only what concerns these series
    gardenchat, bookchat = tgram://bot-token/chat-id

Each address is a secret: whoever knows it can write there. So it has a name, by which alone it is stored and logged.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

_LINE = re.compile(r"(?:(?P<series>[\w-]+(?:\s*,\s*[\w-]+)*)\s*=\s*)?(?P<url>[A-Za-z][A-Za-z0-9+.-]*://\S+)")


@dataclass(frozen=True, slots=True)
class NotifyAddress:
    """One address; `series` are the short names of those it is for, all when empty. `line` is where it stands."""

    url: str = field(repr=False)
    series: frozenset[str] = frozenset()
    line: int = 0

    @property
    def name(self) -> str:
        """Name it without giving it away: the service, and a few signs by which it is known again."""
        service = self.url.partition(":")[0].lower()
        return f"{service}-{hashlib.sha256(self.url.encode()).hexdigest()[:8]}"

    def is_for(self, series: str) -> bool:
        """Whether what concerns this series goes here."""
        return not self.series or series in self.series


def read(text: str) -> tuple[tuple[NotifyAddress, ...], tuple[int, ...]]:
    """Return the addresses, each once, and the numbers of the lines that hold none."""
    found: dict[str, NotifyAddress] = {}
    amiss = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        said = line.strip()
        if not said or said.startswith(("#", ";")):
            continue
        match = _LINE.fullmatch(said)
        if match is None:
            amiss.append(number)
            continue
        series = frozenset(re.split(r"\s*,\s*", match["series"])) if match["series"] else frozenset[str]()
        known = found.get(match["url"])
        if known is not None:  # named twice: it gets what either line is for
            series = known.series | series if known.series and series else frozenset[str]()
        found[match["url"]] = NotifyAddress(match["url"], series, known.line if known else number)
    return tuple(found.values()), tuple(amiss)


def of_variable(text: str) -> str:
    """Return the text of an environment variable, where addresses stand between blanks, as lines."""
    return "\n".join(text.split())
