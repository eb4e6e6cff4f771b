"""The first schema."""

from alembic import op

from chatbot.store import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table of version 0001."""
    tables.metadata.create_all(op.get_bind())
