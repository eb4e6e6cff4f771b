"""What keeps a person forgotten without remembering them: keyed hashes, and the list made of them.

A keyed hash can be compared but not read back, and without the secret not even guessed; the secret and the list are
files outside the database (`stages.keep`), so that a restored backup is cleaned before anything else happens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Literal

from chatbot.core.model import Author

HIDDEN = "empty:"  # how the uri and the local id of an empty node begin
SECRET_BYTES = 32


def hidden_uri(secret: bytes, uri: str) -> str:
    """Return what stands for a post's address once its author said no."""
    return HIDDEN + _keyed(secret, b"post", uri)


def hidden_id(secret: bytes, server: str, local_id: str) -> str:
    """Return what stands for a post's id on a server once its author said no."""
    return HIDDEN + _keyed(secret, b"sighting", f"{server}\n{local_id}")


def person_keys(secret: bytes, uri: str, handle: str = "") -> tuple[str, ...]:
    """Return what the forget list keeps of a person: keyed hashes of the address and of the handle."""
    keys = (_keyed(secret, b"person", uri),)
    return (*keys, _keyed(secret, b"handle", handle.lower())) if handle else keys


def _keyed(secret: bytes, kind: bytes, text: str) -> str:
    return blake2b(text.encode(), key=secret, person=kind, digest_size=16).hexdigest()


Turn = Literal["forget", "back"]


@dataclass(frozen=True, slots=True)
class ForgetList:
    """Who asked to be forgotten, as keyed hashes; somebody who came back by their own word is not in it."""

    secret: bytes = field(repr=False)
    keys: frozenset[str] = frozenset()

    def has(self, author: Author | str) -> bool:
        """Say whether a person, given whole, by address or by `user@host`, is to stay forgotten."""
        if not self.keys:
            return False
        if isinstance(author, Author):
            return not self.keys.isdisjoint(person_keys(self.secret, author.uri, author.handle))
        return not self.keys.isdisjoint(person_keys(self.secret, author, author.lstrip("@")))


def line(turn: Turn, keys: Iterable[str], at: datetime) -> str:
    """Return one line of the forget list's file; later lines outrank earlier ones."""
    return f"{turn} {at.isoformat(timespec='seconds')} {' '.join(keys)}\n"


def read_list(secret: bytes, text: str) -> ForgetList:
    """Read the forget list's file; a line cut short by a power failure is passed over."""
    standing: set[str] = set()
    for turn, _at, *keys in (parts for parts in map(str.split, text.splitlines()) if len(parts) > 2):
        if turn == "forget":
            standing.update(keys)
        elif turn == "back":
            standing.difference_update(keys)
    return ForgetList(secret, frozenset(standing))
