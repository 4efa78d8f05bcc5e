"""Alembic's migrations of the store; they come with the package."""
