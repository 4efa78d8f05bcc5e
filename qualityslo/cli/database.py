"""`qualityslo db`: the schema of the fact store."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The fact store.", no_args_is_help=True)


@app.callback()
def database() -> None:
    """The fact store."""


@app.command("upgrade")
def upgrade_command(
    store: Annotated[
        str, typer.Argument(help="A SQLite file, or a database URL.", show_default=False)
    ],
) -> None:
    """Bring a store to this version's schema; its facts stay."""
    from qualityslo.store.upgrade import upgrade

    upgrade(store if "://" in store else f"sqlite:///{Path(store)}")
    typer.echo(f"{store}: at this version's schema")
