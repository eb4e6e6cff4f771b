"""Plain SQL for the hot path, written once for SQLite and PostgreSQL.

`?` is a parameter; `IN ?` takes a list. A statement with a fixed text is prepared once by either driver, however
long its list is, which is worth a third of the time of saving posts (`tests/bench/bench_ingest.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa


def rows(conn: sa.Connection, sql: str, *values: Any) -> Sequence[Any]:
    """Run a query and return all its rows."""
    return conn.exec_driver_sql(_for(conn.dialect.name, sql), _given(conn, values)).fetchall()


def run(conn: sa.Connection, sql: str, *values: Any) -> int:
    """Run one change and return how many rows it touched."""
    return conn.exec_driver_sql(_for(conn.dialect.name, sql), _given(conn, values)).rowcount


def run_all(conn: sa.Connection, sql: str, many: Sequence[tuple[Any, ...]]) -> None:
    """Run one change with each of many rows of values."""
    if many:
        conn.exec_driver_sql(_for(conn.dialect.name, sql), list(many))


def new_ids(conn: sa.Connection, table: str, count: int) -> range | Sequence[int]:
    """Return ids for rows about to be inserted; the caller holds the only writer."""
    if conn.dialect.name == "sqlite":
        first = rows(conn, f"SELECT coalesce(max(id), 0) + 1 FROM {table}")[0][0]
        return range(first, first + count)
    drawn = rows(conn, f"SELECT nextval(pg_get_serial_sequence('{table}', 'id')) FROM generate_series(1, ?)", count)
    return [row[0] for row in drawn]


@cache
def _for(dialect: str, sql: str) -> str:
    if dialect == "sqlite":
        return sql.replace("IN ?", "IN (SELECT value FROM json_each(?))")
    return sql.replace("IN ?", "= ANY(?)").replace("%", "%%").replace("?", "%s")


def _given(conn: sa.Connection, values: tuple[Any, ...]) -> tuple[Any, ...]:
    if conn.dialect.name != "sqlite":
        return values
    return tuple(orjson.dumps(value).decode() if isinstance(value, list) else value for value in values)
