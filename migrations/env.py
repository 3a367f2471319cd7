"""Alembic's entry: always online, on the connection that the caller hands over."""

from alembic import context

from migrations import included, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata(),
    include_object=included,
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()
