"""Numbered steps from each released schema to the next; append-only, and a fresh schema equals a migrated one."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa


def upgrade(conn: sa.Connection) -> None:
    """Run every step the database has not seen yet, inside the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    settings.attributes["connection"] = conn
    command.upgrade(settings, "head")
