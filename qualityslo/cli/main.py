"""The command line. Each command is a file: parse, call one use case, print, exit."""

import sys
import traceback

import typer

from qualityslo.cli import (
    calibrate,
    database,
    gate,
    golden,
    nightly,
    plan,
    report,
    review,
    runs,
    schema,
    settle,
    simulate,
)
from qualityslo.errors import ExitCode, QualitySloError

app = typer.Typer(
    name="qualityslo",
    help="Service level objectives for the quality of LLM services.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("nightly")(nightly.nightly)
app.command("settle")(settle.settle)
app.command("gate")(gate.gate)
app.command("calibrate")(calibrate.calibrate)
app.add_typer(review.app, name="review")
app.add_typer(golden.app, name="golden")
app.add_typer(runs.app, name="runs")
app.command("report")(report.report)
app.add_typer(plan.app, name="plan")
app.add_typer(database.app, name="db")
app.command("simulate")(simulate.simulate)
app.command("schema")(schema.schema)


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"qualityslo {version('qualityslo')}")
        raise typer.Exit


@app.callback()
def main(
    *,
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    """Service level objectives for the quality of LLM services.

    Exit codes: 0 pass, 1 a finding, 2 a mistake in the input, 3 inconclusive, 4 infrastructure
    failed (run again to resume), 130 interrupted (run again to resume).
    """


def run() -> None:
    """Run the command line; every ending has its documented exit code."""
    try:
        app()
    except QualitySloError as error:
        sys.stderr.write(f"qualityslo: {error}\n")
        sys.exit(int(error.exit_code))
    except KeyboardInterrupt:
        sys.stderr.write("qualityslo: interrupted; the same command resumes\n")
        sys.exit(int(ExitCode.INTERRUPTED))
    except Exception:  # noqa: BLE001 - a bug must not read as exit code 1, "a finding"
        traceback.print_exc()
        sys.stderr.write(
            "qualityslo: this is a bug; committed facts are safe, the same command resumes\n"
        )
        sys.exit(int(ExitCode.INFRASTRUCTURE))


if __name__ == "__main__":
    run()
