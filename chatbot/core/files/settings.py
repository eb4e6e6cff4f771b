"""What `chatbot.toml` says, as plain values: `chatbot.config` turns them into paths and adds the secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chatbot.core.plan import Person


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """An account the bot posts with, as written: the token is in a file of its own or in the environment."""

    server: str
    network: str = "mastodon"
    token_file: str | None = None


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How e-mail to hosts is sent, as written."""

    server: str
    sender: str
    port: int = 587
    user: str | None = None
    password_file: str | None = None
    tls: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """All of `chatbot.toml`; folders and files are as written, relative to it."""

    accounts: Mapping[str, AccountSettings]
    people: tuple[Person, ...] = ()
    mail: MailSettings | None = None
    archive_title: str = "Chat archive"
    archive_folder: str = "archive"
    public_url: str | None = None
    database: str = "sqlite:///chatbot.db"
    chats: str = "chats"
    state: str = "state"
    schema: str = field(default="./chatbot.schema.json", compare=False)
