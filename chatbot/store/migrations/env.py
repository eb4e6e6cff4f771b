"""What alembic runs for each upgrade: it uses the connection it is given and commits nothing itself."""

from alembic import context

from chatbot.store import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    render_as_batch=True,
    transactional_ddl=False,
)
context.run_migrations()
