"""How long a post is, as the server counts: graphemes, an address by its weight, a mention without its host.

Mastodon's `StatusLengthValidator` is the specification (`platforms.md` A1); the content warning counts as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatbot.core import text as texts
from chatbot.core.value import Value


class Room(Value, frozen=True):
    """What one server takes in a post; `url_weight` None means that an address counts in full."""

    characters: int = 500
    url_weight: int | None = 23
    alt_characters: int = 1500
    poll_options: int = 4
    poll_option_characters: int = 50


EVERYWHERE = (Room(),)  # what Mastodon takes unless its administrator changed it

_BRACKETS = r"\([^\s<>()?]*\)"
_ADDRESS = (
    r"(?<![A-Za-z0-9@\uff20$#\uff03])https?://"
    r"(?:\w(?:[\w-]*\w)?\.)+[^\W\d_]{2,}(?::\d+)?"
    rf"(?:/(?:(?:[^\s<>()?]|{_BRACKETS})*(?:[^\s()?!*\"'「」<>;:=,.$%\[\]~&|@]|{_BRACKETS}|/))?)?"
    r"(?:\?[\w!?*'();:&=+$/%#\[\].,~|@^-]*[\w&=#/-])?"
)
_MENTION = r"(?<![=/\w])(?P<name>@[A-Za-z0-9_]+(?:[.-]+[A-Za-z0-9_]+)*)(?:@\w+(?:[.-]+\w+)*)?"
_WEIGHED = re.compile(f"(?P<address>{_ADDRESS})|{_MENTION}", re.IGNORECASE)


def length(text: str, warning: str = "", url_weight: int | None = 23) -> int:
    """Count a post as the server will: `warning` is its content warning, in which nothing is shortened."""
    return texts.graphemes(warning + _WEIGHED.sub(lambda found: _weighed(found, url_weight), text))


def _weighed(found: re.Match[str], url_weight: int | None) -> str:
    if found["address"]:
        return found[0] if url_weight is None else "x" * url_weight
    return found["name"]


def over(text: str, warning: str, rooms: Sequence[Room]) -> int:
    """Return by how many characters a post is too long for the narrowest server; 0 or less means it fits."""
    return max(length(text, warning, room.url_weight) - room.characters for room in rooms)
