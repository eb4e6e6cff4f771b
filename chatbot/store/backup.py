"""A safe copy of a live database: one moment of it, whole, without the traces of what was erased."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import sqlalchemy as sa

from chatbot.store.engine import Store, StoreError

_MAGIC = b"SQLite format 3\x00"


def backup(store: Store, file: Path, *, overwrite: bool = False) -> int:
    """Copy the database to a file and return its size; with `overwrite` a whole new copy replaces an older one."""
    if not store.is_sqlite:
        raise StoreError(
            "This database is on a PostgreSQL server, which has its own way: run `pg_dump --format=custom --file"
            f" {file} YOUR_DATABASE`. Nothing was copied; tonight's chat is not touched by it."
        )
    _refuse_other_files(store, file, overwrite)
    draft = file.with_name(f".{file.name}-{secrets.token_hex(4)}")
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _copy(store, draft)
        size = draft.stat().st_size
        os.replace(draft, file)
    except (OSError, sa.exc.DBAPIError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "orig", None) or error
        older = ", and the older backup of that name is still there" if file.exists() else ""
        raise StoreError(
            f"The backup {file} could not be written ({reason}). Nothing was copied; the database is not touched by"
            f" it{older}. See that there is room in {file.parent}, and that you may write there."
        ) from error
    finally:
        with suppress(OSError):
            draft.unlink()
    return size


def _copy(store: Store, draft: Path) -> None:
    with store.engine.connect() as conn:
        conn.exec_driver_sql("VACUUM INTO ?", (str(draft),))
    with closing(sqlite3.connect(draft)) as copied:
        found = copied.execute("PRAGMA quick_check").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(f"the copy is damaged: {found}")
    with draft.open("rb+") as written:
        os.fsync(written.fileno())


def _refuse_other_files(store: Store, file: Path, overwrite: bool) -> None:
    if not file.parent.is_dir():
        raise StoreError(f"There is no folder {file.parent}, so nothing was copied. Make it, or name another file.")
    if store.path is not None and file.exists() and file.samefile(store.path):
        raise StoreError(f"{file} is the database itself. Name another file for the backup.")
    if file.is_dir() or (file.exists() and not _is_replaceable(file)):
        raise StoreError(f"{file} is there already and is no backup, so it was not overwritten. Name another file.")
    if file.exists() and not overwrite:
        raise StoreError(f"{file} is there already and was left as it is. Name another file, or say --overwrite.")


def _is_replaceable(file: Path) -> bool:
    with file.open("rb") as opened:
        start = opened.read(len(_MAGIC))
    return start in (b"", _MAGIC)
