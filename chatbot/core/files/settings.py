"""What `chatbot.toml` says, as plain values: `chatbot.config` turns them into paths and adds the secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from chatbot.core.plan import Person


@dataclass(frozen=True, slots=True)
class VantageSettings:
    """Another server whose view of the hashtag is asked, as written; a token is not needed."""

    server: str
    token_file: str | None = None


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """An account the bot posts with, as written: the token is in a file of its own or in the environment."""

    server: str
    network: str = "mastodon"
    token_file: str | None = None
    vantage: tuple[VantageSettings, ...] = ()


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
class NotifySettings:
    """How hosts are told besides, as written; both hold secrets, and may be in the environment instead."""

    addresses_file: str | None = None
    heartbeat: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """All of `chatbot.toml`; folders and files are as written, relative to it."""

    accounts: Mapping[str, AccountSettings]
    people: tuple[Person, ...] = ()
    mail: MailSettings | None = None
    notify: NotifySettings = field(default_factory=NotifySettings)
    archive_title: str = "Chat archive"
    archive_folder: str = "archive"
    public_url: str | None = None
    database: str = "sqlite:///chatbot.db"
    chats: str = "chats"
    state: str = "state"
    schema: str = field(default="./chatbot.schema.json", compare=False)


LANES = ("email", "notify", "heartbeat")  # what else takes its turn beside accounts, by names of their kind


def token_variable(name: str) -> str:
    """Return the name of the environment variable that an account's token may be in."""
    return f"CHATBOT_TOKEN_{re.sub(r'[^A-Z0-9]', '_', name.upper())}"


def vantage_variable(host: str) -> str:
    """Return the name of the environment variable that the token for another server may be in."""
    return f"CHATBOT_VANTAGE_{re.sub(r'[^A-Z0-9]', '_', host.upper())}"


def host_of(server: str) -> str:
    """Return the host of a server's address, with its port where it has one of its own, as they are compared."""
    return urlsplit(server).netloc.lower()


def settings_of(file: Any) -> Settings:
    """Turn what was read into settings; `file` has the tables and the names of `chatbot.toml`."""
    mail, notify = file.mail, file.notify
    return Settings(
        accounts={
            name: AccountSettings(account.server, account.network, account.token_file, _vantage(account))
            for name, account in file.accounts.items()
        },
        people=tuple(Person(person.name, account=person.account, email=person.email) for person in file.people),
        mail=mail and MailSettings(mail.server, mail.sender, mail.port, mail.user, mail.password_file, mail.tls),
        notify=NotifySettings(notify.addresses_file, notify.heartbeat),
        archive_title=file.archive.title,
        archive_folder=file.archive.folder,
        public_url=file.archive.public_url,
        database=file.database,
        chats=file.chats,
        state=file.state,
    )


def _vantage(account: Any) -> tuple[VantageSettings, ...]:
    """Return the servers an account asks besides its own; they are rare, and not among what is plainly right."""
    return tuple(VantageSettings(one.server, one.token_file) for one in getattr(account, "vantage", ()))
