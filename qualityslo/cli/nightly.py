"""`qualityslo nightly`: run the nightly evaluation, or say what it concluded."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qualityslo.cli.common import AS_JSON, CONFIG, parse_instant, print_json, tell_tracker, world

if TYPE_CHECKING:
    from qualityslo.bootstrap import Service
    from qualityslo.domain.report import Report


def nightly(
    config: Annotated[Path, CONFIG],
    *,
    slot: Annotated[
        str | None, typer.Option(help="The scheduled instant to run for; default: the last one.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Run a finished slot once more; supersedes it.")
    ] = False,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Ask both models, grade, draw reviews, estimate, decide, record.

    An unfinished run of the same plan and slot is resumed; a finished one is only told.
    """
    from qualityslo.bootstrap import prepare

    outside = world(quiet=as_json)
    service = prepare(config, outside, slot=parse_instant(slot, "--slot"), again=again)
    if service.finished:
        code = _tell_old(service, as_json=as_json)
        tell_tracker(service)
        raise typer.Exit(code)
    from qualityslo.jobs.nightly import run_nightly

    try:
        report = run_nightly(service.plan, service.parts, outside.clock)
    finally:
        service.parts.close()
    _tell(service, report, as_json=as_json)
    tell_tracker(service)
    raise typer.Exit(int(report.exit_code))


def _tell(service: "Service", report: "Report", *, as_json: bool) -> None:
    if as_json:
        print_json(report.as_json())
        return
    from qualityslo.cli.display import print_report

    print_report(report, _pages(service.parts.folder / report.run_id))
    sys.stdout.flush()


def _pages(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.html")) if folder.is_dir() else []


def _tell_old(service: "Service", *, as_json: bool) -> int:
    """Tell what the finished run concluded at its end, and return its exit code."""
    from datetime import datetime

    from qualityslo.jobs.settle import report_as_of

    run = service.parts.store.run(service.plan.run_id)
    assert run is not None
    assert run.exit_code is not None
    first = service.parts.store.conclusions(run.run_id)[0]
    if as_json:
        print_json(dict(first))
    else:
        as_of = datetime.fromisoformat(str(first["as_of"]))
        _tell(service, report_as_of(service.plan, run, service.parts, as_of), as_json=False)
        typer.echo("this slot was finished before; --again runs it once more", err=True)
    return run.exit_code
