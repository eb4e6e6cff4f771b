"""Opens the database and hands out transactions: many readers, one writer, nothing lost when the power goes.

SQLite runs in WAL mode with `BEGIN IMMEDIATE` for writes (its driver's default loses updates silently, `stack.md`
3.11) and `secure_delete`, so that what is erased leaves no byte. PostgreSQL needs none of it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from chatbot.core.errors import ChatbotError
from chatbot.store import tables

Connection = sa.Connection  # what stages call it, which do not import sqlalchemy

_VERSION = sa.Table("alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True))


class StoreError(ChatbotError):
    """The database cannot be used; the message says why and what to do."""


class Store:
    """A database. `read()` and `write()` are transactions; hold none of them during network I/O.

    `write(durable=True)` is for the outbox, decisions and consent: the commit is on the disk before it returns.
    Bulk posts use `durable=False`: a power cut may lose the last of them, which the next reading brings again.
    """

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(normal_url(url))
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer = threading.RLock()
        options: dict[str, Any] = {"pool_pre_ping": not self.is_sqlite, "hide_parameters": True}  # errors are logged
        if self.is_sqlite:
            options["connect_args"] = {"timeout": 10}
        self.engine = sa.create_engine(self.url, **options)
        if self.is_sqlite:
            sa.event.listen(self.engine, "connect", _prepare_sqlite)

    @property
    def path(self) -> Path | None:
        """The database file, or None where there is no file."""
        name = self.url.database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Yield a connection that sees one moment of the database."""
        with self.engine.connect() as conn:
            if self.is_sqlite:
                conn.exec_driver_sql("BEGIN")
            yield conn
            conn.rollback()

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[sa.Connection]:
        """Yield a connection for changes; all of them are stored when the block ends, none if it raises."""
        with self._writer if self.is_sqlite else _no_lock(), self.engine.connect() as conn:
            if self.is_sqlite:
                _begin_writing(conn, "FULL" if durable else "NORMAL")
            try:
                yield conn
                conn.commit()
            except BaseException as error:
                conn.rollback()
                if _is_full(error):
                    raise StoreError(_FULL) from error
                raise

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def open_store(url: str) -> Store:
    """Open a database, create or upgrade its tables, and return it.

    Raises `StoreError` when it cannot be read or was written by a newer chatbot.
    """
    store = _made(url)
    try:
        if store.path is not None:
            _make_private(store.path)
        with store.write() as conn:
            _bring_up_to_date(conn)
    except (sa.exc.DBAPIError, OSError) as error:
        store.close()
        raise StoreError(
            f"The database {store.url.render_as_string(hide_password=True)} cannot be opened"
            f" ({_cause(error)}). Nothing can be posted or collected until it can. {_REMEDY[store.is_sqlite]}"
        ) from error
    except StoreError:
        store.close()
        raise
    return store


def _make_private(file: Path) -> None:
    """Make a new database's file one that its owner alone reads; SQLite gives its journals the same rights."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _made(url: str) -> Store:
    """Return a store that is not opened yet; the address may come from the environment and say anything."""
    try:
        if sa.make_url(normal_url(url)).get_backend_name() in ("sqlite", "postgresql"):
            return Store(url)
    except ModuleNotFoundError:
        raise StoreError(
            "For PostgreSQL one more package is needed, so the database was not opened and nothing was changed."
            " Install it: pip install 'chatbot[postgres]'."
        ) from None
    except (sa.exc.ArgumentError, ValueError):
        pass
    raise StoreError(
        "`database` in the settings, or DATABASE_URL, is not the address of a database that chatbot knows, so nothing"
        ' was opened. Write "sqlite:///chatbot.db" or "postgresql://user@host/name".'
    )


_REMEDY = {
    True: "Check that the folder exists, belongs to this user and has room, or restore the newest backup.",
    False: "Check that the server runs, and that name, user and password are right; then start again.",
}
_FULL = (
    "The disk is full, so nothing of this step was stored; what was stored before is whole. Questions that are due"
    " cannot go out until there is room: free some on the disk that holds the database, it then goes on by itself."
)


def _is_full(error: BaseException) -> bool:
    """Say whether an error means that there is no room left."""
    said = str(getattr(error, "orig", error)).lower()
    is_ours = isinstance(error, sa.exc.DBAPIError | sqlite3.Error)  # `store.sql` asks SQLite's driver directly
    return is_ours and ("is full" in said or "no space left" in said)


def _cause(error: Exception) -> str:
    """Say what the driver said, without the statement."""
    original = getattr(error, "orig", None)
    return str(original or error).strip().splitlines()[0]


def _bring_up_to_date(conn: sa.Connection) -> None:
    inspector = sa.inspect(conn)
    if not inspector.has_table("alembic_version"):
        if inspector.has_table("outbox"):
            raise StoreError("This database was not made by chatbot: it has no version. Choose another file.")
        tables.metadata.create_all(conn)
        _VERSION.create(conn)
        conn.execute(_VERSION.insert().values(version_num=tables.SCHEMA_VERSION))
        return
    stored = conn.scalar(sa.select(_VERSION.c.version_num)) or ""
    if stored > tables.SCHEMA_VERSION:
        raise StoreError(
            f"This database was written by a newer chatbot (schema {stored}, this one knows {tables.SCHEMA_VERSION})."
            " Nothing was changed. Install the newer version again, or use a backup from before the upgrade."
        )
    if stored < tables.SCHEMA_VERSION:
        from chatbot.store.migrations import upgrade  # alembic is loaded only when it is needed

        upgrade(conn)


_PRAGMAS = ("journal_mode=WAL", "wal_autocheckpoint=4000", "foreign_keys=ON", "busy_timeout=10000", "secure_delete=ON")


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_writing(conn: sa.Connection, synchronous: str) -> None:
    """Begin a change on SQLite; the pragma lasts as long as the connection and is said only where it differs."""
    if conn.info.get("synchronous") != synchronous:
        conn.exec_driver_sql(f"PRAGMA synchronous={synchronous}")
        conn.info["synchronous"] = synchronous
    conn.exec_driver_sql("BEGIN IMMEDIATE")


def is_postgresql(url: str) -> bool:
    """Whether an address is that of a PostgreSQL database, however it is written."""
    return url.startswith(("postgres://", "postgresql://", "postgresql+"))


def normal_url(url: str) -> str:
    """Accept `postgres://`, as many hosts hand out, and a bare file name."""
    if url.startswith(("postgres://", "postgresql://")):
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    return url if "://" in url else f"sqlite:///{url}"


@contextmanager
def _no_lock() -> Iterator[None]:
    yield
