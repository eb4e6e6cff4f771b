"""`chatbot.toml` -> `Settings`, or every mistake in it at once."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from chatbot.core.errors import Mistake, Wrong
from chatbot.core.files.fields import Account, Address, Email, Line, Several
from chatbot.core.files.forms import Form, Notes, fill, in_order, open_notes, short
from chatbot.core.files.settings import LANES, Settings, host_of, settings_of, token_variable
from chatbot.core.files.toml import Document

VANTAGES = 8  # a few large servers see nearly all there is
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _server(text: str) -> str:
    """Take an address with or without its scheme, and nothing after the name of the server."""
    whole = text.strip() if "://" in text else f"https://{text.strip()}"
    if not re.fullmatch(r"https?://(\[[0-9a-fA-F:]+\]|[\w.-]+)(:\d{1,5})?/?", whole, re.ASCII):
        what = f'"{short(text)}" is not the address of a server'
        raise Wrong(what, 'write for example "https://example.social"')
    return whole.rstrip("/")


def _database(text: str) -> str:
    if not text.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://", "postgres://")):
        todo = 'write "sqlite:///chatbot.db", or "postgresql://user@host/name"'
        raise Wrong("this is not the address of a database", todo)  # not shown: it may hold a password
    return text


Server = Annotated[str, Field(max_length=300), AfterValidator(_server)]
Database = Annotated[Line, AfterValidator(_database)]


class VantageForm(Form):
    """Another server whose view of the hashtag is asked."""

    server: Server = Field(examples=['"far.example"'])
    """Its address."""
    token_file: Line | None = None
    """The file with the token of an account there; many servers show hashtags without one."""


def _vantage(value: object) -> object:
    """Take the address alone for a server that is asked without a token."""
    return {"server": value} if isinstance(value, str) else value


Vantage = Annotated[VantageForm, BeforeValidator(_vantage, json_schema_input_type=str | VantageForm)]


class AccountForm(Form):
    """An account the bot posts with; its token is never written here."""

    server: Server = Field(examples=['"https://example.social"'])
    """The address of its server."""
    network: Literal["mastodon"] = "mastodon"
    """The kind of network."""
    token_file: Line | None = None
    """The file that holds its token; `chatbot login` writes it. In the state folder when left out."""
    vantage: Annotated[list[Vantage], Field(max_length=VANTAGES)] = Field(
        default_factory=list, examples=['["far.example"]']
    )
    """Other servers that are asked what they see of the hashtag: posts that never reached the account's own."""


class RecipientForm(Form):
    """Somebody who is told when something needs a person."""

    name: Line = Field(examples=['"Rita Fontes"'])
    """The name to write to."""
    email: Email | None = None
    """The e-mail address."""
    account: Account | None = None
    """The account: user@server."""


class ArchiveForm(Form):
    """Where the archive is written and how it is known."""

    title: Line = "Chat archive"
    """The name over the archive."""
    folder: Line = "archive"
    """The folder it is written to."""
    public_url: Address | None = None
    """Where readers find that folder; without it nothing announces the archive."""


class MailForm(Form):
    """How e-mail is sent."""

    server: Line = Field(examples=['"smtp.example.org"'])
    """The mail server."""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    """Its port."""
    sender: Email = Field(examples=['"chatbot@example.org"'])
    """The address that mails come from."""
    user: Line | None = None
    """The name to sign in with."""
    password_file: Line | None = None
    """The file that holds the password; CHATBOT_MAIL_PASSWORD in the environment wins."""
    tls: bool = True
    """Encrypt the way to the server."""


def _heartbeat(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+\S*", text):
        todo = 'write "https://…", as the service shows it'
        raise Wrong("this is not an address that could be asked every minute", todo)  # not shown: it is a secret
    return text


class NotifyForm(Form):
    """How hosts are told besides, and who is told every minute that all is well."""

    addresses_file: Line | None = Field(default=None, examples=['"state/notify"'])
    """The file of addresses that notifications go to, as Apprise writes them, one a line; CHATBOT_NOTIFY wins."""
    heartbeat: Annotated[Line, AfterValidator(_heartbeat)] | None = None
    """The address that is asked every minute while all is well; CHATBOT_HEARTBEAT in the environment wins."""


class SettingsFile(Form):
    """The settings of one chatbot."""

    database: Database = "sqlite:///chatbot.db"
    """Where everything is kept; DATABASE_URL in the environment wins."""
    chats: Line = "chats"
    """The folder of plan files."""
    state: Line = "state"
    """The folder for what the program writes down for itself: tokens, the forget list, alive.json."""
    archive: ArchiveForm = ArchiveForm()
    """The archive that readers find."""
    accounts: dict[str, AccountForm] = Field(default_factory=dict)
    """The accounts the bot posts with, by the names that series use."""
    people: Several[RecipientForm] = Field(default_factory=list)
    """Who is told when something needs a person."""
    mail: MailForm | None = None
    """How e-mail is sent."""
    notify: NotifyForm = NotifyForm()
    """Notifications to phones and chat rooms, and the heart-beat."""


def read_settings(text: str, file: str) -> tuple[Settings, tuple[Mistake, ...], Document]:
    """Read the settings; return them with warnings, and the document for the lines of later mistakes."""
    notes = open_notes(text, file)
    form = fill(SettingsFile, notes, notes.document.values)
    if form is not None:
        _note_account_names(form, notes)
    notes.raise_mistakes()
    assert form is not None  # a form that could not be filled has left a mistake
    return settings_of(form), in_order(notes.warnings), notes.document


def _note_account_names(form: SettingsFile, notes: Notes) -> None:
    variables: dict[str, str] = {}
    for name, account in form.accounts.items():
        path = ("accounts", name)
        variable = token_variable(name)
        if not re.fullmatch(r"[\w-]+", name, re.ASCII):
            todo = "use letters, digits, _ and -, for example [accounts.gardenbot]"
            notes.wrong(path, f'"{short(name)}" cannot be the name of an account', todo)
        elif name in LANES:
            todo = "give it another name, for example [accounts.gardenbot]"
            notes.wrong(path, f'"{name}" cannot be the name of an account; the program itself uses it', todo)
        elif variable in variables:
            what = f'the accounts "{variables[variable]}" and "{name}" would take their tokens from the same {variable}'
            notes.wrong(path, what, "give one of them another name")
        variables[variable] = name
        address = urlsplit(account.server)
        if address.scheme == "http" and address.hostname not in _LOOPBACK:
            todo = "write https:// unless the server is in your own network"
            notes.warn((*path, "server"), "the token goes to this server unencrypted", todo)
        _note_vantages(account, notes, path)
    if not form.accounts:
        todo = 'add [accounts.gardenbot] with server = "https://…", or run chatbot init'
        notes.warn((), "there is no account, so nothing can be posted", todo)


def _note_vantages(account: AccountForm, notes: Notes, path: tuple[str, ...]) -> None:
    """Find servers that are named twice, and the account's own, which is asked anyway."""
    seen = {host_of(account.server): "is the account's own server, which is asked anyway"}
    for number, vantage in enumerate(account.vantage):
        host = host_of(vantage.server)
        if host in seen:
            notes.wrong((*path, "vantage", number), f'"{short(host)}" {seen[host]}', "take it out of the list")
        seen[host] = "stands in the list twice"
