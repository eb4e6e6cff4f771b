"""The two files beside the database that keep a person forgotten: a secret, and the list made with it.

They are no part of a backup of the database, so that a restored backup is cleaned with the newest list first.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from chatbot.core.errors import ChatbotError
from chatbot.core.privacy import forgetting
from chatbot.core.privacy.forgetting import ForgetList, Turn

SECRET, LIST = "secret", "forgotten"  # file names in the state folder


def secret(folder: Path) -> bytes:
    """Return the secret; the first call makes it, readable by its owner alone."""
    file = folder / SECRET
    try:
        if not file.exists():
            _make(folder, file)
        stored = bytes.fromhex(file.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise ChatbotError(
            f"The secret in {file} cannot be read or made ({error.__class__.__name__}). Without it people who asked to"
            " be forgotten cannot be recognised, so nothing is collected. See that the folder belongs to this user and"
            " has room, or bring the file back from your backup."
        ) from error
    if len(stored) != forgetting.SECRET_BYTES:
        raise ChatbotError(
            f"The secret in {file} is damaged. Without it people who asked to be forgotten cannot be recognised, so"
            " nothing is collected. Bring the file back from your backup."
        )
    return stored


def read(folder: Path) -> ForgetList:
    """Return the forget list as it stands."""
    file = folder / LIST
    return forgetting.read_list(secret(folder), file.read_text("ascii") if file.exists() else "")


def write(folder: Path, turn: Turn, keys: Iterable[str], now: datetime) -> None:
    """Add a line to the forget list; it is on the disk when this returns."""
    secret(folder)
    written = os.open(folder / LIST, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        whole = forgetting.line(turn, keys, now).encode()
        os.write(written, whole if _ends_whole(folder / LIST) else b"\n" + whole)
        os.fsync(written)
    finally:
        os.close(written)
    _sync_folder(folder)


def _make(folder: Path, file: Path) -> None:
    """Make the secret whole or not at all, and never in the place of another."""
    if (folder / LIST).exists():
        raise ChatbotError(
            f"{file} is missing, but there is a list of people who asked to be forgotten beside it. A new secret could"
            " not recognise them, so nothing is collected. Bring the file back from your backup."
        )
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{SECRET}-{secrets.token_hex(8)}"
    written = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(written, secrets.token_hex(forgetting.SECRET_BYTES).encode() + b"\n")
        os.fsync(written)
    finally:
        os.close(written)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass  # another process was first; its secret counts
    finally:
        draft.unlink()
    _sync_folder(folder)


def _ends_whole(file: Path) -> bool:
    """Say whether the list's last line was written to its end; a power failure may have cut it."""
    size = file.stat().st_size
    if size == 0:
        return True
    with file.open("rb") as opened:
        opened.seek(size - 1)
        return opened.read(1) == b"\n"


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # a folder cannot be opened there, and needs no sync
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
