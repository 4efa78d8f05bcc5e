"""`qualityslo review`: reviews out, labels in."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from qualityslo.cli.common import AS_JSON, CONFIG, open_service, print_json
from qualityslo.errors import LabelError

app = typer.Typer(help="Reviews out, labels in.", no_args_is_help=True)

_REVIEWER = typer.Option("--reviewer", help="Leave out what this person has looked at already.")


@app.command("export")
def export_command(
    config: Annotated[Path, CONFIG],
    *,
    out: Annotated[Path | None, typer.Option("--out", help="A file; default: stdout.")] = None,
    reviewer: Annotated[str | None, _REVIEWER] = None,
) -> None:
    """Write the reviews that wait, in their order, one JSON row each, blind.

    Fill `reviewer` and the blanks under `labels` (good, bad, unsure, skipped), then import.
    """
    from qualityslo.bootstrap import system_clock
    from qualityslo.jobs.labels import review_row
    from qualityslo.jobs.review import waiting_for_labels

    service = open_service(config)
    waiting = waiting_for_labels(service.plan, service.parts, system_clock(), reviewer=reviewer)
    lines = [
        json.dumps({**review_row(one), "reviewer": reviewer}, ensure_ascii=False)
        for one in waiting
    ]
    text = "".join(f"{line}\n" for line in lines)
    if out is None:
        sys.stdout.write(text)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    where = "" if out is None else f" in {out}"
    typer.echo(f"{len(waiting)} reviews wait{where}", err=True)


@app.command("import")
def import_command(
    config: Annotated[Path, CONFIG],
    file: Annotated[
        Path, typer.Argument(help="Filled reviews or labels, JSONL.", show_default=False)
    ],
    *,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Store the labels of filled reviews, all or none; `qualityslo settle` then concludes again."""
    from qualityslo.bootstrap import system_clock
    from qualityslo.jobs.labels import import_labels

    service = open_service(config)
    rows = list(_rows(file))
    new, known = import_labels(rows, service.parts.queue, service.plan.service, system_clock())
    if as_json:
        print_json({"new": new, "known": known})
    else:
        typer.echo(f"{new} labels stored, {known} known before; now: qualityslo settle {config}")


@app.command("stats")
def stats_command(
    config: Annotated[Path, CONFIG], *, as_json: Annotated[bool, AS_JSON] = False
) -> None:
    """Print how many reviews were drawn, answered and still wait, by golden set and slot."""
    from qualityslo.bootstrap import system_clock
    from qualityslo.jobs.review import review_stats

    service = open_service(config)
    rows = review_stats(service.plan, service.parts, system_clock())
    if as_json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(
            f"{row['slot']} {row['golden']}: {row['drawn']} drawn, {row['looked_at']} looked at, "
            f"{row['waiting']} wait, {row['labels']} labels by {row['reviewers']} people"
        )


def _rows(file: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every row with its place.

    Raises:
        LabelError: the file cannot be read, or a line is no JSON object; names every such line.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LabelError(f"{file}: cannot be read: {error}") from error
    faults = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            faults.append(f"{file}:{number}: not JSON: {error}")
            continue
        if isinstance(row, dict):
            yield f"{file}:{number}", row
        else:
            faults.append(f"{file}:{number}: {line[:60]!r}: expected a JSON object")
    if faults:
        raise LabelError("no label was stored:\n" + "\n".join(faults))
