"""The settings of one installation: `chatbot.toml` and the secrets it names, read into one frozen value.

Every mistake is found at once, each with its file, its line, and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chatbot.core.model import Timing
from chatbot.core.plan import Person


@dataclass(frozen=True, slots=True)
class Account:
    """An account the bot posts with. The token is read from `token_file` or the environment, never shown."""

    name: str
    network: str
    server: str  # the address of the server, with its scheme
    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Archive:
    """Where the archive is written and how it is known; without `public_url` nothing announces it."""

    folder: Path
    title: str = "Chat archive"
    public_url: str | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """How e-mail to hosts is sent."""

    server: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = True


@dataclass(frozen=True, slots=True)
class Config:
    """Everything `chatbot` is told from outside; paths are absolute."""

    file: Path
    database: str
    archive: Archive
    accounts: Mapping[str, Account]
    chats: Path  # the folder of plan files
    state: Path  # the folder for alive.json, the secret and the forget list
    people: tuple[Person, ...] = ()
    mail: Mail | None = None
    timing: Timing = field(default_factory=Timing)


def load(file: str | None) -> Config:
    """Read the settings from `file`, or from where they are looked for (`design.md` 5)."""
    raise FileNotFoundError(file)
