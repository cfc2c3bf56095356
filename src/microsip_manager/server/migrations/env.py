"""Alembic runs this at the start of the server, inside the connection `SqlStore` gives it."""

from alembic import context

from microsip_manager.server.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
