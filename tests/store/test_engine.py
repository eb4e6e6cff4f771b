"""A database that cannot be used is told in a sentence, and left as it was."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from chatbot.store import chats, tables
from chatbot.store.engine import Store, StoreError, open_store

NOW = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)


def test_a_new_database_and_its_journals_can_be_read_by_their_owner_alone(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'new' / 'chat.db'}")
    with store.write() as conn:
        chats.audit(conn, NOW, "noted")
    modes = {file.name: file.stat().st_mode & 0o777 for file in (tmp_path / "new").iterdir()}
    store.close()

    assert modes == dict.fromkeys(("chat.db", "chat.db-wal", "chat.db-shm"), 0o600)


def test_an_older_schema_is_brought_up_to_date_and_keeps_what_it_holds(each_store: Store) -> None:
    with each_store.write() as conn:
        chats.audit(conn, NOW, "noted")
        tables.refusal.drop(conn)
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")

    upgraded = open_store(each_store.url.render_as_string(hide_password=False))

    with upgraded.read() as conn:
        assert conn.scalar(sa.select(tables.audit.c.event)) == "noted"
        assert conn.scalar(sa.text("SELECT version_num FROM alembic_version")) == tables.SCHEMA_VERSION
        assert sa.inspect(conn).get_pk_constraint("refusal")["constrained_columns"] == ["chat", "person"]
    upgraded.close()


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "chat.db"
    open_store(f"sqlite:///{file}").close()
    with sqlite3.connect(file) as conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreError, match=r"written by a newer chatbot \(schema 9999"):
        open_store(f"sqlite:///{file}")

    assert sqlite3.connect(file).execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


def test_a_file_that_is_no_database_is_said_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "chat.db"
    file.write_text("the minutes of our last meeting")

    with pytest.raises(StoreError, match=r"cannot be opened \(file is not a database\).*restore the newest backup"):
        open_store(f"sqlite:///{file}")

    assert file.read_text() == "the minutes of our last meeting"


def test_another_programs_database_is_not_written_into(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as conn:
        conn.execute("CREATE TABLE outbox (id INTEGER)")

    with pytest.raises(StoreError, match="not made by chatbot"):
        open_store(f"sqlite:///{file}")


def test_a_database_in_no_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match="Check that the folder exists"):
        open_store(f"sqlite:///{tmp_path / 'file' / 'chat.db'}")


@pytest.mark.parametrize("url", ["nonsense://", "mysql://u:secret@h/x", "://", "postgresql://u:secret@h:port/x"])
def test_an_address_of_no_database_is_said_without_its_password(url: str) -> None:
    with pytest.raises(StoreError, match="is not the address of a database") as raised:
        open_store(url)

    assert "secret" not in str(raised.value)


def test_a_postgresql_that_does_not_answer_is_said_without_its_password() -> None:
    with pytest.raises(StoreError, match="Check that the server runs") as raised:
        open_store("postgres://u:secret@127.0.0.1:1/x")

    assert "secret" not in str(raised.value)


def test_on_a_full_disk_nothing_is_half_stored_and_it_goes_on_when_there_is_room(store: Store) -> None:
    with store.write() as conn:
        chats.audit(conn, NOW, "before")
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
    room = {"pages": pages}
    sa.event.listen(
        store.engine, "checkout", lambda dbapi, *_: dbapi.execute(f"PRAGMA max_page_count={room['pages']}").fetchall()
    )

    with pytest.raises(StoreError, match="The disk is full, so nothing of this step was stored"):
        _note_much(store)
    room["pages"] = pages + 1000
    with store.write() as conn:
        chats.audit(conn, NOW, "after")

    with store.read() as conn:
        assert [row[0] for row in conn.exec_driver_sql("SELECT event FROM audit ORDER BY id")] == ["before", "after"]


def _note_much(store: Store) -> None:
    with store.write() as conn:
        for _ in range(2000):
            chats.audit(conn, NOW, "during", detail="x" * 200)
