"""Time zones by their IANA names, with what is said of a name that is none."""

from __future__ import annotations

import difflib
import re
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator

from chatbot.core.errors import Wrong

_EXAMPLE = 'write a continent and a city, for example "Europe/Lisbon"'


@cache
def names() -> frozenset[str]:
    """Return every name: continent and city, and UTC; the old abbreviations do not know of summer time."""
    return frozenset(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")) | {"UTC"}


def check(name: str) -> str:
    """Return the name of a zone, or raise `Wrong` with what was probably meant."""
    if name in names():
        return name
    raise Wrong(f'"{name[:40]}" is not a time zone', _meant(name) or _EXAMPLE)


def _meant(name: str) -> str:
    """Guess at a zone: another case, a city alone, a slip of the pen."""
    wanted = re.sub(r"\s+", "_", name.strip()).casefold()
    for known in sorted(names()):
        if wanted in (known.casefold(), known.casefold().rpartition("/")[2]):
            return f'did you mean "{known}"?'
    folded = {known.casefold(): known for known in sorted(names())}
    near = difflib.get_close_matches(wanted[:60], folded, n=1, cutoff=0.75)
    return f'did you mean "{folded[near[0]]}"?' if near else ""


Zone = Annotated[str, AfterValidator(check)]
