"""What several commands share: the world, instants, JSON on stdout."""

import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from qualityslo.errors import UsageError

if TYPE_CHECKING:
    from qualityslo.bootstrap import Service, World

CONFIG = typer.Argument(help="The spec of the service, a YAML file.", show_default=False)
AS_JSON = typer.Option("--json", help="Print one JSON document on stdout and nothing else.")


def parse_instant(text: str | None, option: str) -> datetime | None:
    """Return the instant of an option in UTC; a text without a zone is read as UTC."""
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{option} is {text!r}: write an instant such as 2026-11-25T00:00:00Z"
        ) from None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def world(*, quiet: bool) -> "World":
    """Return the world as this process sees it."""
    from qualityslo.bootstrap import World, system_clock
    from qualityslo.cli.display import make_progress

    return World(
        clock=system_clock,
        environ=os.environ,
        root=Path.cwd(),
        progress=make_progress(quiet=quiet),
    )


def open_service(config: Path, *, quiet: bool = True) -> "Service":
    """Return the service of a spec, for commands that only read or settle."""
    from qualityslo.bootstrap import prepare

    return prepare(config, world(quiet=quiet))


def print_json(document: Mapping[str, Any] | list[Any]) -> None:
    """Print one JSON document on stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def tell_tracker(service: "Service") -> None:
    """Tell the tracker what waits; whatever happens there, the conclusion stands."""
    from qualityslo.jobs.publish import drain
    from qualityslo.jobs.tell_labels import tell_labels

    labelled = 0
    runs, error = drain(service.parts)
    if error is None:
        labelled, error = tell_labels(service.plan.service, service.parts)
    if error is not None:
        typer.echo(f"not recorded in MLflow yet, the next run tries again: {error}", err=True)
        return
    if runs:
        typer.echo(f"recorded in MLflow ({runs})", err=True)
    if labelled:
        typer.echo(f"labels recorded in MLflow ({labelled})", err=True)
