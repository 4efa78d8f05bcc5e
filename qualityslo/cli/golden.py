"""`qualityslo golden`: is a golden set sound, what is in it, and what can it show?"""

from pathlib import Path
from typing import Annotated, Any

import typer

from qualityslo.cli.common import AS_JSON, print_json
from qualityslo.domain.jsonable import to_json
from qualityslo.errors import ExitCode

app = typer.Typer(help="Golden sets.", no_args_is_help=True)

_SET = typer.Argument(
    help="A folder, a .jsonl or .parquet file, or hf:<id>@<revision>.", show_default=False
)


@app.command("lint")
def lint_command(
    location: Annotated[str, _SET], *, as_json: Annotated[bool, AS_JSON] = False
) -> None:
    """Check a set; exit 0 clean, 1 with findings, 2 unusable. Says what bad rate it can rule out."""
    from qualityslo.golden.lint import lint
    from qualityslo.golden.source import open_source

    report = lint(open_source(location, root=Path.cwd()))
    if as_json:
        document: Any = to_json(report)
        print_json(document)
    else:
        for one in report.findings:
            items = (
                f" [{', '.join(one.item_ids[:5])}{', ...' if len(one.item_ids) > 5 else ''}]"
                if one.item_ids
                else ""
            )
            typer.echo(f"{one.severity}: {one.code}: {one.detail}{items}")
        golden = report.golden
        typer.echo(f"{golden.name}: {golden.items} items, digest {golden.digest[:12]}")
    raise typer.Exit(int(ExitCode.PASS if report.clean else ExitCode.FINDING))


@app.command("stats")
def stats_command(
    location: Annotated[str, _SET], *, as_json: Annotated[bool, AS_JSON] = False
) -> None:
    """Print how many items there are of each slice and kind, and how long they are."""
    from qualityslo.golden.lint import stats_of
    from qualityslo.golden.source import open_source

    figures = stats_of(open_source(location, root=Path.cwd()))
    if as_json:
        print_json(dict(figures))
        return
    for name, value in figures.items():
        typer.echo(f"{name}: {_flat(value)}")


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(
            f"{key} {f'({_flat(one)})' if isinstance(one, dict) else _flat(one)}"
            for key, one in value.items()
        )
    return f"{value:.3g}" if isinstance(value, float) else str(value)
