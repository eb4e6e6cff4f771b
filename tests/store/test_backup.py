"""A copy of a live database is whole, and overwrites nothing but an older copy."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chatbot.store import chats
from chatbot.store.backup import backup
from chatbot.store.engine import Store, StoreError, open_store
from tests.people import garden_series

NOW = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)


def note(store: Store, times: int = 1) -> None:
    for _ in range(times):
        with store.write() as conn:
            chats.audit(conn, NOW, "noted")


def test_a_copy_opens_and_holds_everything(store: Store, tmp_path: Path) -> None:
    with store.write() as conn:
        chats.save_series(conn, garden_series(), file=None, file_hash=None, now=NOW)

    size = backup(store, tmp_path / "copy.db")

    copy = open_store(f"sqlite:///{tmp_path / 'copy.db'}")
    with copy.read() as conn:
        assert garden_series() == chats.find_series(conn, "gardenchat")
    copy.close()
    assert size > 0
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600


def test_a_copy_can_be_made_while_others_write(store: Store, tmp_path: Path) -> None:
    writer = threading.Thread(target=note, args=(store, 60))
    writer.start()
    for _ in range(3):
        backup(store, tmp_path / "copy.db", overwrite=True)
    writer.join()

    assert [file.name for file in tmp_path.iterdir() if "copy" in file.name] == ["copy.db"]


def test_a_reader_who_holds_the_database_does_not_hinder(store: Store, tmp_path: Path) -> None:
    note(store)
    with store.read() as conn:
        conn.exec_driver_sql("SELECT * FROM audit").fetchall()
        assert backup(store, tmp_path / "copy.db") > 0


def test_another_file_is_not_overwritten(store: Store, tmp_path: Path) -> None:
    settings = tmp_path / "chatbot.toml"
    settings.write_text("database = 'chat.db'")

    with pytest.raises(StoreError, match="is no backup, so it was not overwritten"):
        backup(store, settings)
    with pytest.raises(StoreError, match="is the database itself"):
        backup(store, tmp_path / "chat.db")
    with pytest.raises(StoreError, match="is there already"):
        backup(store, tmp_path)

    with pytest.raises(StoreError, match="is no backup, so it was not overwritten"):
        backup(store, settings, overwrite=True)

    assert settings.read_text() == "database = 'chat.db'"


def test_an_older_backup_is_overwritten_only_when_told(store: Store, tmp_path: Path) -> None:
    backup(store, tmp_path / "copy.db")
    before = (tmp_path / "copy.db").stat().st_mtime_ns

    with pytest.raises(StoreError, match=r"left as it is.*--overwrite"):
        backup(store, tmp_path / "copy.db")

    assert (tmp_path / "copy.db").stat().st_mtime_ns == before
    assert backup(store, tmp_path / "copy.db", overwrite=True) > 0


def test_a_folder_that_is_not_there_is_said(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"There is no folder .*nowhere, so nothing was copied\. Make it, or name"):
        backup(store, tmp_path / "nowhere" / "copy.db")


def test_a_name_that_cannot_be_written_is_said_without_numbers_of_the_system(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as raised:
        backup(store, tmp_path / ("x" * 250))

    assert "could not be written (File name too long). Nothing was copied" in str(raised.value)
    assert "older backup" not in str(raised.value)


def test_postgresql_has_its_own_way(postgres: str, tmp_path: Path) -> None:
    server = open_store(postgres)
    with pytest.raises(StoreError, match="pg_dump"):
        backup(server, tmp_path / "copy.db")
    server.close()
