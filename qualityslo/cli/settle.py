"""`qualityslo settle`: turn labels that arrived later into revised conclusions."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qualityslo.cli.common import (
    AS_JSON,
    CONFIG,
    open_service,
    parse_instant,
    print_json,
    tell_tracker,
)
from qualityslo.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from qualityslo.bootstrap import Service
    from qualityslo.domain.report import Report


def settle(
    config: Annotated[Path, CONFIG],
    *,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="Tell what was known at that instant; nothing is stored."),
    ] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Conclude again every night whose labels could still arrive, and say what changed."""
    from qualityslo.bootstrap import system_clock
    from qualityslo.cli.display import print_report
    from qualityslo.jobs import settle as job

    service = open_service(config)
    instant = parse_instant(as_of, "--as-of")
    if instant is not None:
        report = _then(service, instant)
        if as_json:
            print_json(report.as_json())
        else:
            print_report(report)
        raise typer.Exit(int(report.exit_code))
    results = job.settle(service.plan, service.parts, system_clock())
    if not results:
        raise UsageError(f"{config}: no finished run of {service.plan.service!r} to settle")
    if as_json:
        print_json([{"changes": list(one.changes), **one.report.as_json()} for one in results])
    else:
        for one in results:
            for line in one.changes or ("nothing changed",):
                typer.echo(f"{one.report.run_id}: {line}", err=True)
        print_report(results[-1].report)
    tell_tracker(service)
    raise typer.Exit(int(results[-1].report.exit_code))


def _then(service: "Service", instant: datetime) -> "Report":
    from qualityslo.jobs.settle import latest_run, report_as_of

    run = latest_run(service.plan, service.parts, instant)
    if run is None:
        typer.echo(
            f"no run of {service.plan.service!r} had finished by {instant:%Y-%m-%d %H:%M:%S} UTC",
            err=True,
        )
        raise typer.Exit(int(ExitCode.INCONCLUSIVE))
    return report_as_of(service.plan, run, service.parts, instant)
