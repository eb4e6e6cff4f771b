"""Plain SQL for the hot path, written once for SQLite and PostgreSQL.

`?` is a parameter; `IN ?` takes a list. A statement with a fixed text is prepared once by either driver, however long
its list is; and SQLite's driver is asked directly, because SQLAlchemy's bookkeeping costs more there than a short
statement does (`tests/bench/ingest.py`). The transaction stays SQLAlchemy's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa


def rows(conn: sa.Connection, sql: str, *values: Any) -> Sequence[Any]:
    """Run a query and return all its rows."""
    found: Sequence[Any] = _run(conn, sql, values).fetchall()
    return found


def run(conn: sa.Connection, sql: str, *values: Any) -> int:
    """Run one change and return how many rows it touched."""
    touched: int = _run(conn, sql, values).rowcount
    return touched


def run_all(conn: sa.Connection, sql: str, many: Sequence[tuple[Any, ...]]) -> None:
    """Run one change with each of many rows of values."""
    if not many:
        return
    if conn.dialect.name == "sqlite":
        _driver(conn).executemany(_for_sqlite(sql), many)
    else:
        conn.exec_driver_sql(_for_postgresql(sql), list(many))


def write_alone(conn: sa.Connection) -> None:
    """Let no other transaction that calls this go on before ours ends; SQLite has one writer by itself.

    Whoever stores posts reads first who refuses, and whoever erases writes that down first: neither may slip between.
    """
    if conn.dialect.name == "postgresql":
        run(conn, "SELECT pg_advisory_xact_lock(7235191)")


def new_ids(conn: sa.Connection, table: str, count: int) -> range | Sequence[int]:
    """Return ids for rows about to be inserted; the caller holds the only writer."""
    if conn.dialect.name == "sqlite":
        first = rows(conn, f"SELECT coalesce(max(id), 0) + 1 FROM {table}")[0][0]
        return range(first, first + count)
    drawn = rows(conn, f"SELECT nextval(pg_get_serial_sequence('{table}', 'id')) FROM generate_series(1, ?)", count)
    return [row[0] for row in drawn]


def _run(conn: sa.Connection, sql: str, values: tuple[Any, ...]) -> Any:
    if conn.dialect.name == "sqlite":
        given = [orjson.dumps(value).decode() if isinstance(value, list) else value for value in values]
        return _driver(conn).execute(_for_sqlite(sql), given)
    return conn.exec_driver_sql(_for_postgresql(sql), values)


def _driver(conn: sa.Connection) -> Any:
    return conn.connection.driver_connection


@cache
def _for_sqlite(sql: str) -> str:
    return sql.replace("IN ?", "IN (SELECT value FROM json_each(?))")


@cache
def _for_postgresql(sql: str) -> str:
    return sql.replace("IN ?", "= ANY(?)").replace("%", "%%").replace("?", "%s")


def clock_ahead(conn: sa.Connection, now: datetime) -> timedelta:
    """Return how far the database's own clock is ahead of ours; a file has none."""
    if conn.dialect.name != "postgresql":
        return timedelta()
    theirs: datetime = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return theirs - now
