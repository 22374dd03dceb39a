"""Alembic runs the revisions in `versions/` on the connection that the Store hands over."""

from alembic import context
from sqlmodel import SQLModel

import knowledge.registers  # noqa: F401  registers the tables

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
