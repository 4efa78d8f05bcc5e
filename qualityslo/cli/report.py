"""`qualityslo report`: write the page of a stored run again."""

from pathlib import Path
from typing import Annotated

import typer

from qualityslo.cli.common import AS_JSON, CONFIG, open_service, parse_instant, print_json


def report(
    config: Annotated[Path, CONFIG],
    run: Annotated[
        str, typer.Argument(help="A run's id, the beginning of it, or `latest`.")
    ] = "latest",
    *,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="What it had concluded by that instant.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder to write into; default: the run's own."),
    ] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Write the HTML report of a run as it was concluded last, and print where it is.

    Nothing is asked, graded or concluded again. Exit code 0 where the page was written.
    """
    from qualityslo.domain.jsonable import instant
    from qualityslo.exports.html import HtmlReport
    from qualityslo.jobs.find_run import find_run, last_report

    service = open_service(config)
    store = service.parts.store
    row = find_run(store.runs(service.plan.service), run)
    document = last_report(store, row, parse_instant(as_of, "--as-of"))
    page = HtmlReport().export(document, output or service.parts.folder / row.run_id)
    if as_json:
        print_json(
            {
                "run_id": row.run_id,
                "as_of": instant(document.as_of),
                "path": str(page),
                "bytes": page.stat().st_size,
            }
        )
        return
    typer.echo(str(page))
