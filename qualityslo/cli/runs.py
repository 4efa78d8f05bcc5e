"""`qualityslo runs`: what was run, and what it concluded."""

from pathlib import Path
from typing import Annotated

import typer

from qualityslo.cli.common import AS_JSON, CONFIG, open_service, print_json
from qualityslo.errors import ExitCode, UsageError

app = typer.Typer(help="Past runs.", no_args_is_help=True)


@app.command("list")
def list_command(
    config: Annotated[Path, CONFIG], *, as_json: Annotated[bool, AS_JSON] = False
) -> None:
    """Print the runs of a service, the latest last."""
    from qualityslo.domain.jsonable import to_json

    service = open_service(config)
    rows = service.parts.store.runs(service.plan.service)
    if as_json:
        print_json(
            [
                {
                    "run_id": row.run_id,
                    "kind": row.kind,
                    "slot": to_json(row.slot),
                    "attempt": row.attempt,
                    "finished_at": to_json(row.finished_at),
                    "exit_code": row.exit_code,
                    "conclusion": row.conclusion,
                }
                for row in rows
            ]
        )
        return
    for row in rows:
        said = (
            "unfinished" if row.conclusion is None else f"exit {row.exit_code}  {row.conclusion}"
        )
        typer.echo(f"{row.run_id}  {said}")


@app.command("show")
def show_command(
    config: Annotated[Path, CONFIG],
    run_id: Annotated[str, typer.Argument(help="As printed by `runs list`.", show_default=False)],
) -> None:
    """Print everything a run concluded, every conclusion of it, as JSON."""
    service = open_service(config)
    reports = service.parts.store.conclusions(run_id)
    if not reports:
        known = [row.run_id for row in service.parts.store.runs(service.plan.service)]
        raise UsageError(f"no finished run {run_id!r}; known: {', '.join(known) or 'none'}")
    print_json([dict(report) for report in reports])


@app.command("compare")
def compare_command(
    config: Annotated[Path, CONFIG],
    first: Annotated[
        str,
        typer.Argument(help="A run's id, the beginning of it, or `latest`.", show_default=False),
    ],
    second: Annotated[str, typer.Argument(help="The run to hold against it.", show_default=False)],
    *,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Print two runs side by side: figures, items that changed sides, what is not comparable.

    It describes and decides nothing: exit code 0, or 3 where the runs have nothing in common.
    """
    from qualityslo.jobs.find_run import find_run
    from qualityslo.jobs.runs_compare import compare_runs

    service = open_service(config)
    store = service.parts.store
    runs = store.runs(service.plan.service)
    found = compare_runs(service.plan, store, find_run(runs, first), find_run(runs, second))
    if as_json:
        print_json(found.as_json())
    else:
        from qualityslo.cli.compare import print_comparison

        print_comparison(found)
    raise typer.Exit(int(ExitCode.PASS if found.comparable else ExitCode.INCONCLUSIVE))
