"""The settings of one installation: `chatbot.toml` and the secrets it names, read into one frozen value.

Every mistake is found at once, each with its file, its line, and what to do.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.core.errors import ChatbotError, Mistake, Mistakes
from chatbot.core.plan import Person
from chatbot.core.timing import Timing
from chatbot.core.value import Value

if TYPE_CHECKING:
    from chatbot.core.files.notify_list import NotifyAddress
    from chatbot.core.files.settings import (
        AccountSettings,
        MailSettings,
        NotifySettings,
        Settings,
        VantageSettings,
    )
    from chatbot.core.files.toml import Document

PLACES = (Path("chatbot.toml"), Path("config") / "chatbot.toml")
TIMING = "CHATBOT_TIMING"  # in the environment; for tests and rehearsals


class NoSettings(ChatbotError):
    """There is no settings file, or it cannot be opened."""


@dataclass(frozen=True, slots=True)
class Vantage:
    """Another server that is asked what it sees of the hashtag; a token is not needed."""

    server: str  # its address, with its scheme
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """An account the bot posts with. The token is read from `token_file` or the environment, never shown."""

    name: str
    network: str
    server: str  # the address of the server, with its scheme
    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None  # where `login` puts it
    vantage: tuple[Vantage, ...] = ()


class Archive(Value, frozen=True):
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
class Notify:
    """Where else hosts are told, and the address that is asked every minute while all is well; both are secret.

    `file` is where the addresses came from, None if that was the environment.
    """

    addresses: tuple[NotifyAddress, ...] = ()
    heartbeat: str | None = field(default=None, repr=False)
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """Everything `chatbot` is told from outside; paths are absolute."""

    file: Path
    database: str = field(repr=False)  # its address may hold a password
    archive: Archive
    accounts: Mapping[str, Account]
    chats: Path  # the folder of plan files
    state: Path  # the folder for alive.json, the secret and the forget list
    people: tuple[Person, ...] = ()
    mail: Mail | None = None
    notify: Notify = field(default_factory=Notify)
    timing: Timing = field(default_factory=Timing)
    warnings: tuple[Mistake, ...] = ()  # nothing that stops the program, but `check` tells it


class _Surroundings(Value, frozen=True):
    """Where secrets may come from besides files that the settings name."""

    environment: Mapping[str, str]
    run_secrets: Path = Path("/run/secrets")

    def find(self, variable: str, file: Path | None) -> tuple[str | None, Path | None]:
        """Return a secret and the file it came from: environment, systemd, containers, then its own file."""
        if self.environment.get(variable, "").strip():
            return self.environment[variable].strip(), None
        credentials = self.environment.get("CREDENTIALS_DIRECTORY")
        folders = [Path(credentials)] if credentials else []
        named = [folder / name for folder in (*folders, self.run_secrets) for name in (variable, variable.lower())]
        for candidate in [*named, *([file] if file else [])]:
            if candidate.is_file():
                return candidate.read_text(encoding="utf-8-sig").strip() or None, candidate
        return None, None


def find(file: str | None = None, environment: Mapping[str, str] | None = None) -> Path:
    """Return the settings file: the one named, CHATBOT_CONFIG, ./chatbot.toml, ./config/chatbot.toml."""
    environment = os.environ if environment is None else environment
    named = file or environment.get("CHATBOT_CONFIG")
    if named:
        if Path(named).is_file():
            return Path(named).absolute()
        origin = "--config" if file else "CHATBOT_CONFIG"
        raise NoSettings(f"There is no file {named}, which {origin} names. Correct the name, or run `chatbot init`.")
    for place in PLACES:
        if place.is_file():
            return place.absolute()
    places = " or ".join(str(place) for place in PLACES)
    raise NoSettings(f"There are no settings here: no {places}. Run `chatbot init`, or name the file with --config.")


def load(
    file: str | None = None, environment: Mapping[str, str] | None = None, run_secrets: Path = Path("/run/secrets")
) -> Config:
    """Read the settings and the secrets they name; raise every mistake at once."""
    from chatbot.core.files import toml

    environment = os.environ if environment is None else environment
    path = find(file, environment)
    shown = shown_name(path)
    try:
        text = toml.decode(path.read_bytes(), shown)
    except OSError as error:
        raise NoSettings(f"{shown} cannot be read ({error.strerror}). Give this user the right to read it.") from None
    settings, warnings, document = _read(text, shown)
    return _Reading(path, settings, document, _Surroundings(environment, run_secrets), list(warnings)).config()


def _read(text: str, file: str) -> tuple[Settings, tuple[Mistake, ...], Document]:
    """Read the settings; the forms, which find all that is wrong, are loaded only for what is not plainly right."""
    from chatbot.core.files import plain_settings

    plain = plain_settings.read(text, file)
    if plain is not None:
        return plain[0], (), plain[1]
    from chatbot.core.files.settings_reading import read_settings

    return read_settings(text, file)


def token_now(account: Account, environment: Mapping[str, str] | None = None) -> str | None:
    """Return an account's token as it is at this moment: somebody may have signed it in again meanwhile."""
    from chatbot.core.files.settings import token_variable

    surroundings = _Surroundings(os.environ if environment is None else environment)
    try:
        token, _origin = surroundings.find(token_variable(account.name), account.token_file)
    except (OSError, UnicodeDecodeError):
        return None
    return token if token and token.isascii() and token.isprintable() and " " not in token else None


def _timing(told: str) -> Timing:
    """Read durations in seconds by name, as JSON: nights of tests and rehearsals are shorter than real ones."""
    try:
        return Timing.in_seconds(json.loads(told or "{}"))
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise NoSettings(f"{TIMING} is not understood ({error}), so nothing was started. Leave it out.") from None


def shown_name(path: Path) -> str:
    """Return a file's name as a person at this prompt would type it."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


@dataclass(slots=True)
class _Reading:
    """Turns settings into a `Config`: paths become absolute, secrets are found."""

    file: Path
    settings: Settings
    document: Document
    surroundings: _Surroundings
    warnings: list[Mistake]
    mistakes: list[Mistake] = field(default_factory=list)

    def config(self) -> Config:
        settings = self.settings
        accounts = {name: self._account(name, account) for name, account in settings.accounts.items()}
        mail = self._mail(settings.mail) if settings.mail else None
        notify = self._notify(settings.notify)
        database = self.surroundings.environment.get("DATABASE_URL", "").strip() or settings.database
        if self.mistakes:
            raise Mistakes(self.mistakes)
        return Config(
            file=self.file,
            database=self._database(database),
            archive=Archive(self._path(settings.archive_folder), settings.archive_title, settings.public_url),
            accounts=accounts,
            chats=self._path(settings.chats),
            state=self._path(settings.state),
            people=settings.people,
            mail=mail,
            notify=notify,
            timing=_timing(self.surroundings.environment.get(TIMING, "")),
            warnings=tuple(self.warnings),
        )

    def _path(self, name: str) -> Path:
        return Path(os.path.normpath(self.file.parent / Path(name).expanduser()))

    def _database(self, url: str) -> str:
        """Make a SQLite file's path absolute: it is relative to the settings, not to where a command is typed."""
        name = url.removeprefix("sqlite:///")
        if name == url or name.startswith((":memory:", "file:")) or not name:
            return url
        return f"sqlite:///{self._path(name)}"

    def _account(self, name: str, account: AccountSettings) -> Account:
        from chatbot.core.files.settings import token_variable

        file = self._path(account.token_file or f"{self.settings.state}/{name}.token")
        token = self._secret(token_variable(name), file, ("accounts", name, "token_file"), "token")
        vantage = tuple(self._vantage(name, number, one) for number, one in enumerate(account.vantage))
        return Account(name, account.network, account.server, token, file, vantage)

    def _vantage(self, account: str, number: int, vantage: VantageSettings) -> Vantage:
        """Read the token for another server, if there is one; without it is asked what everybody may ask."""
        from chatbot.core.files.settings import host_of, vantage_variable

        host, place = host_of(vantage.server), ("accounts", account, "vantage", number, "token_file")
        file = self._path(vantage.token_file) if vantage.token_file else None
        token = self._secret(vantage_variable(host), file, place, "token")
        if file is not None and token is None:
            what = f"there is no token in {shown_name(file)}, so {host} is asked without one"
            self.warnings.append(self.document.mistake(place, what, "put the token there, or take `token_file` out"))
        return Vantage(vantage.server, token)

    def _mail(self, mail: MailSettings) -> Mail:
        file = self._path(mail.password_file) if mail.password_file else None
        password = self._secret("CHATBOT_MAIL_PASSWORD", file, ("mail", "password_file"), "password")
        return Mail(mail.server, mail.port, mail.sender, mail.user, password, mail.tls)

    def _notify(self, notify: NotifySettings) -> Notify:
        """Read the addresses that notifications go to, and the heart-beat's."""
        place = ("notify", "addresses_file")
        file = self._path(notify.addresses_file) if notify.addresses_file else None
        found = self._found("CHATBOT_NOTIFY", file, place, "addresses")
        heartbeat = self._secret("CHATBOT_HEARTBEAT", None, ("notify", "heartbeat"), "address") or notify.heartbeat
        if heartbeat and not heartbeat.startswith(("https://", "http://")):
            what = "the address in CHATBOT_HEARTBEAT is none that could be asked"
            self.mistakes.append(self.document.mistake(("notify",), what, "begin it with https://"))
        if found is None:
            if file is not None:
                what = f"there is no address in {shown_name(file)}, so no notification is sent"
                todo = "write one a line there, or take `addresses_file` out"
                self.warnings.append(self.document.mistake(place, what, todo))
            return Notify(heartbeat=heartbeat)
        from chatbot.core.files import notify_list

        text, origin = found
        addresses, amiss = notify_list.read(text if origin else notify_list.of_variable(text))
        shown = shown_name(origin) if origin else "CHATBOT_NOTIFY"
        self.mistakes += [
            Mistake(shown, number, "this is not an address", 'write one a line, for example "ntfy://topic"')
            for number in amiss
        ]
        return Notify(addresses, heartbeat, origin)

    def _secret(self, variable: str, file: Path | None, path: tuple[str | int, ...], noun: str) -> str | None:
        """Read a secret; whatever is wrong with it, it is never shown itself."""
        found = self._found(variable, file, path, noun)
        if found is None:
            return None
        secret = found[0]
        if not (secret.isascii() and secret.isprintable() and (noun == "password" or " " not in secret)):
            what = f"the {noun} has characters that no {noun} has"
            self.mistakes.append(self.document.mistake(path, what, f"put the {noun} alone into its file"))
            return None
        return secret

    def _found(
        self, variable: str, file: Path | None, path: tuple[str | int, ...], noun: str
    ) -> tuple[str, Path | None] | None:
        """Return what is secret and the file it came from, None for the environment; warn of whom else may read it."""
        try:
            secret, origin = self.surroundings.find(variable, file)
        except (OSError, UnicodeDecodeError):
            what = f"the file with the {noun} cannot be read"
            self.mistakes.append(self.document.mistake(path, what, "give this user the right to read it"))
            return None
        if secret and origin is not None and origin == file and _others_may_read(origin):
            what = f"other users of this computer can read the {noun} in {shown_name(origin)}"
            self.warnings.append(self.document.mistake(path, what, f"run: chmod 600 {shown_name(origin)}"))
        return (secret, origin) if secret else None


def _others_may_read(file: Path) -> bool:
    return os.name == "posix" and bool(file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
