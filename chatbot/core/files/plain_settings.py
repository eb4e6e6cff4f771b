"""Reads a `chatbot.toml` that is plainly right without the forms, whose making takes longer than most commands.

Plainly right means: each value is one that the forms would take as it is, and warn of nothing. Anything else, be it
wrong, odd or merely rare, is left to `core.files.settings_reading`, which says all that there is to say.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, ValidationError, convert

from chatbot.core.files import toml
from chatbot.core.files.settings import LANES, Settings, settings_of, token_variable
from chatbot.core.files.toml import Document

_VISIBLE = r"[^\s\x00-\x1f\x7f-\x9f]"
_LINE = r"(?!\s)[^\x00-\x1f\x7f-\x9f]+(?<!\s)\Z"
_HOST = r"[A-Za-z0-9_.-]+(:[0-9]{1,5})?"

Line = Annotated[str, Meta(pattern=rf"\A{_LINE}", max_length=500)]
Name = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]+\Z")]
Server = Annotated[
    str, Meta(pattern=rf"\A(https://{_HOST}|http://(localhost|127\.0\.0\.1)(:[0-9]{{1,5}})?)\Z", max_length=300)
]
Database = Annotated[
    str, Meta(pattern=rf"\A(?=sqlite:///|postgresql(\+psycopg)?://|postgres://){_LINE}", max_length=500)
]
Address = Annotated[str, Meta(pattern=rf"\Ahttps?://(?![/?#]){_VISIBLE}+\Z", max_length=2000)]
Heartbeat = Annotated[str, Meta(pattern=rf"\Ahttps?://(?![/?#]){_VISIBLE}+\Z", max_length=500)]
Email = Annotated[str, Meta(pattern=r"\A[^\s@<>,;\x00-\x1f\x7f-\x9f]+@[^\s@<>,;\x00-\x1f\x7f-\x9f]+\Z", max_length=300)]
Account = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_.-]+@[A-Za-z0-9_]+([.-][A-Za-z0-9_]+)*\Z", max_length=300)]


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file: what it may hold, and nothing else."""


class _Account(_Table, frozen=True):
    server: Server
    network: Literal["mastodon"] = "mastodon"
    token_file: Line | None = None


class _Recipient(_Table, frozen=True):
    name: Line
    email: Email | None = None
    account: Account | None = None


class _Archive(_Table, frozen=True):
    title: Line = "Chat archive"
    folder: Line = "archive"
    public_url: Address | None = None


class _Mail(_Table, frozen=True):
    server: Line
    sender: Email
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    user: Line | None = None
    password_file: Line | None = None
    tls: bool = True


class _Notify(_Table, frozen=True):
    addresses_file: Line | None = None
    heartbeat: Heartbeat | None = None


class _File(_Table, frozen=True):
    accounts: Annotated[dict[Name, _Account], Meta(min_length=1)]
    database: Database = "sqlite:///chatbot.db"
    chats: Line = "chats"
    state: Line = "state"
    archive: _Archive = _Archive()
    people: list[_Recipient] = []
    mail: _Mail | None = None
    notify: _Notify = _Notify()


def read(text: str, file: str) -> tuple[Settings, Document] | None:
    """Return the settings, and the document for the lines of later mistakes; None unless they are plainly right."""
    document = toml.read(text, file)
    if document.mistakes:
        return None
    try:
        found = convert(document.values, _File)
    except ValidationError:
        return None
    if len(set(map(token_variable, found.accounts))) < len(found.accounts) or set(LANES) & set(found.accounts):
        return None
    return settings_of(found), document
