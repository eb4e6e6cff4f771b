"""Who said no in which chat is remembered by keyed hash."""

from alembic import op

from chatbot.store import tables

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table; the step before makes all that are known today, this one among them."""
    tables.refusal.create(op.get_bind(), checkfirst=True)
