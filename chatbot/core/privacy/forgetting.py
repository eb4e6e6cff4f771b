"""What keeps a person forgotten without remembering them: keyed hashes, and the list made of them.

A keyed hash can be compared but not read back, and without the secret not even guessed; the secret and the list are
files outside the database (`stages.keep`), so that a restored backup is cleaned before anything else happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Literal

from chatbot.core.model import Author
from chatbot.core.privacy import pointers

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
    keys = (_keyed(secret, b"person", uri),)  # one half alone is found, too: people may be met by either
    return (*keys, _keyed(secret, b"handle", pointers.plain_account(handle))) if handle else keys


def keys_of(secret: bytes, author: Author | str) -> tuple[str, ...]:
    """Return the keys of a person who is given whole, by address or by `user@host`."""
    if isinstance(author, Author):
        return person_keys(secret, author.uri, author.handle)
    return person_keys(secret, author, author.lstrip("@"))


def _keyed(secret: bytes, kind: bytes, text: str) -> str:
    return blake2b(text.encode(), key=secret, person=kind, digest_size=16).hexdigest()


Turn = Literal["forget", "back"]


@dataclass(frozen=True, slots=True)
class ForgetList:
    """Who asked to be forgotten, as keyed hashes with the instant; who came back by their own word is not in it."""

    secret: bytes = field(repr=False)
    keys: Mapping[str, datetime] = field(default_factory=dict)

    def has(self, author: Author | str) -> bool:
        """Say whether a person, given whole, by address or by `user@host`, is to stay forgotten."""
        return self.since(author) is not None

    def since(self, author: Author | str) -> datetime | None:
        """Return when a person asked to be forgotten, or None if they are not to be."""
        if not self.keys:
            return None
        return next((self.keys[key] for key in keys_of(self.secret, author) if key in self.keys), None)


@dataclass(frozen=True, slots=True)
class Unnamed:
    """People who are to be named nowhere, as keyed hashes alone."""

    secret: bytes = field(repr=False)
    keys: frozenset[str] = frozenset()

    def has(self, author: Author | str) -> bool:
        """Say whether a person, given whole, by address or by `user@host`, is among them."""
        return bool(self.keys) and not self.keys.isdisjoint(keys_of(self.secret, author))


def line(turn: Turn, keys: Iterable[str], at: datetime) -> str:
    """Return one line of the forget list's file; later lines outrank earlier ones."""
    return f"{turn} {at.isoformat(timespec='seconds')} {' '.join(keys)}\n"


def read_list(secret: bytes, text: str) -> ForgetList:
    """Read the forget list's file; a line cut short by a power failure is passed over."""
    standing: dict[str, datetime] = {}
    for written in text.splitlines(keepends=True):
        turn, at, keys = _parts(written)
        if turn == "forget":
            standing.update(dict.fromkeys(keys, at))
        elif turn == "back":
            standing = {key: since for key, since in standing.items() if key not in keys}
    return ForgetList(secret, standing)


def _parts(written: str) -> tuple[str, datetime, list[str]]:
    turn, _, rest = written.partition(" ")
    at, _, keys = rest.partition(" ")
    try:
        return (turn if written.endswith("\n") else ""), datetime.fromisoformat(at), keys.split()
    except ValueError:
        return "", datetime.min.replace(tzinfo=UTC), []
