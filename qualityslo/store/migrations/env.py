"""Where Alembic starts: runs the migrations on the connection that it is handed.

The connection comes with its transaction, so that an upgrade is all or nothing.
"""

from qualityslo.store.schema import VERSION_TABLE, schema


def run() -> None:
    """Run the migrations that Alembic has been asked for."""
    from alembic import context

    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=schema().metadata,
        version_table=VERSION_TABLE,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # Alembic's name for this file; under another it is only being read
    run()
