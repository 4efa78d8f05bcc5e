"""`qualityslo gate`: may the candidate be released?"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qualityslo.cli.common import AS_JSON, CONFIG, open_service, print_json
from qualityslo.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from qualityslo.bootstrap import Service
    from qualityslo.domain.report import Report


def gate(
    config: Annotated[Path, CONFIG],
    *,
    labels: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Ask people about so many pairs of answers of each golden set (100 to 400 tell "
            "something), then decide by them: about this set, exactly.",
        ),
    ] = None,
    selftest: Annotated[
        bool,
        typer.Option(
            "--selftest", help="Compare a model with itself, on the last run, many times."
        ),
    ] = False,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Say whether the candidate is not worse than the baseline: pass, fail or inconclusive.

    Without options by the labels of the last night. The exit code is the gate's alone.
    """
    if labels is not None and selftest:
        raise UsageError("--labels and --selftest: give one of them")
    service = open_service(config, quiet=as_json)
    if selftest:
        _self_test(service, as_json=as_json)
        return
    report = _last_night(service) if labels is None else _release(service, labels)
    if as_json:
        print_json(report.decision_json())
    else:
        _tell(report)
    code = ExitCode.INCONCLUSIVE if report.gate is None else _code(report)
    raise typer.Exit(int(code))


def _code(report: "Report") -> ExitCode:
    from qualityslo.domain.wording import gate_exit_code

    assert report.gate is not None
    return gate_exit_code(report.gate)


def _last_night(service: "Service") -> "Report":
    from qualityslo.bootstrap import system_clock
    from qualityslo.jobs.settle import check_same_rules, latest_run, report_as_of

    now = system_clock()
    run = latest_run(service.plan, service.parts, now)
    if run is None:
        raise UsageError(
            f"no finished run of {service.plan.service!r}: run `qualityslo nightly` first"
        )
    check_same_rules(service.plan, run)
    return report_as_of(service.plan, run, service.parts, now)


def _release(service: "Service", labels: int) -> "Report":
    from qualityslo.bootstrap import system_clock
    from qualityslo.jobs.release import conclude_release, order_release

    now = system_clock()
    release = order_release(service.plan, service.parts, labels, now)
    return conclude_release(service.plan, service.parts, release, now)


def _tell(report: "Report") -> None:
    from qualityslo.domain.wording import gate_conclusion

    if report.gate is None:
        typer.echo("Inconclusive: no candidate was compared with the baseline.")
        return
    for one in report.reviews if report.kind == "release" else ():
        typer.echo(
            f"{one.golden}: {one.drawn} pairs drawn ({one.alarm_items} with different verdicts, "
            f"{one.quiet_items} with the same), {one.answered} looked at"
        )
    for reason in report.gate.reasons:
        typer.echo(f"  {reason.detail}")
    typer.echo(gate_conclusion(report.gate))
    if report.kind == "release" and report.next_step:
        typer.echo(report.next_step)


def _self_test(service: "Service", *, as_json: bool) -> None:
    from qualityslo.bootstrap import system_clock
    from qualityslo.domain.jsonable import to_json
    from qualityslo.jobs.selftest import self_tests

    results = self_tests(service.plan, service.parts, system_clock())
    if as_json:
        print_json([{**_row(to_json(one)), "holds": one.holds} for one in results])
    else:
        for one in results:
            typer.echo(one.in_words())
    sys.stdout.flush()
    raise typer.Exit(int(ExitCode.PASS if all(one.holds for one in results) else ExitCode.FINDING))


def _row(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value
