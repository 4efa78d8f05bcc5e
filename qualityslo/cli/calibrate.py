"""`qualityslo calibrate`: what the graders' scores mean, by what people said of the same answers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qualityslo.cli.common import AS_JSON, CONFIG, open_service, print_json
from qualityslo.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qualityslo.domain.grader_check import GraderCheck

SCHEMA = "qualityslo.calibration/1"


def calibrate(
    config: Annotated[Path, CONFIG],
    *,
    nights: Annotated[
        int, typer.Option(min=1, help="How many of the last finished nights to learn from.")
    ] = 60,
    restart: Annotated[
        bool,
        typer.Option("--restart", help="Watch drift from these nights on, not from the first."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show; store no calibration.")
    ] = False,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Calibrate every grader of a human criterion on the labels so far, and watch it for drift.

    What is stored is in force for nights that begin later. The exit code is 1 where a grader
    shows no skill or has drifted, else 3 where one has too few labels.
    """
    from qualityslo.bootstrap import system_clock
    from qualityslo.domain.jsonable import instant, to_json
    from qualityslo.jobs import calibrate as job

    service = open_service(config)
    now = system_clock()
    order = job.CalibrationOrder(nights=nights, restart=restart, dry_run=dry_run)
    checks = job.calibrate(service.plan, service.parts, service.calibrations, now, order)
    if as_json:
        document = {"schema": SCHEMA, "service": service.plan.service, "as_of": instant(now)}
        print_json(document | {"graders": to_json(checks)})
    else:
        from qualityslo.cli.calibration_tables import print_checks

        print_checks(checks)
    raise typer.Exit(int(_exit_code(checks)))


def _exit_code(checks: "Sequence[GraderCheck]") -> ExitCode:
    from qualityslo.domain.calibration import Skill

    skills = {one.skill for one in checks}
    drifts = any(one.drift is not None and one.drift.drifts for one in checks)
    if drifts or Skill.NO_SKILL in skills:
        return ExitCode.FINDING
    if not checks or Skill.TOO_FEW_LABELS in skills:
        return ExitCode.INCONCLUSIVE
    return ExitCode.PASS
