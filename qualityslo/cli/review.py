"""`qualityslo review`: the reviewers' page, reviews out, labels in."""

import getpass
import secrets
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from qualityslo.cli.common import AS_JSON, CONFIG, open_service, print_json, world
from qualityslo.domain.person import Role
from qualityslo.errors import UsageError
from qualityslo.exports.label_format import LabelFormat

app = typer.Typer(help="The reviewers' page; reviews out, labels in.", no_args_is_help=True)

_REVIEWER = typer.Option("--reviewer", help="Leave out what this person has looked at already.")
_HOST = typer.Option("--host", help="The address to listen on.")
_PORT = typer.Option("--port", min=0, max=65535, help="The port; 0 takes one that is free.")
_PERSON = typer.Option("--reviewer", help="Whom the printed link lets in; default: your login.")
_NAMES = typer.Option("--name", help="A name that people call the server by; may come again.")
_PROXIES = typer.Option(
    "--proxy", help="The address of a proxy that has signed people in; may come again."
)
_PROXY_HEADER = typer.Option("--proxy-header", help="In which the proxy names the person.")
_HTTPS = typer.Option("--https", help="People come by https, through a proxy.")
_LEASE = typer.Option("--hold", min=1, max=1440, help="Minutes that an item is held for a person.")
_FORMAT = typer.Option("--format", help="The file's format.")
_CONFIG_OUT = typer.Option("--config-out", help="Write Label Studio's configuration here.")
_WHO = typer.Option("--person", help="ID=NAME: who is behind another tool's id; may come again.")
_ROLES = typer.Option("--role", help="What the person may do; may come again.")


@app.command("serve")
def serve_command(  # noqa: PLR0913 - every option of a command is an argument
    config: Annotated[Path, CONFIG],
    *,
    host: Annotated[str, _HOST] = "127.0.0.1",
    port: Annotated[int, _PORT] = 8765,
    reviewer: Annotated[str | None, _PERSON] = None,
    name: Annotated[list[str] | None, _NAMES] = None,
    proxy: Annotated[list[str] | None, _PROXIES] = None,
    proxy_header: Annotated[str, _PROXY_HEADER] = "X-Remote-User",
    https: Annotated[bool, _HTTPS] = False,
    hold: Annotated[int, _LEASE] = 15,
) -> None:
    """Serve the reviewers' page; print a link that lets one person in, once.

    Only this machine can reach it unless `--host` says otherwise. The link's person has every
    role; `review invite` makes links for others.
    """
    from qualityslo.bootstrap import open_people, system_clock
    from qualityslo.web import serve as web
    from qualityslo.web.site import Settings

    service = open_service(config)
    people = open_people(config, world(quiet=True))
    with web.bind(host, port) as listening:
        hosts = web.hosts_of(host, listening.getsockname()[1], name or [])
        settings = Settings(
            hosts=hosts,
            https=https,
            proxies=frozenset(proxy or ()),
            proxy_header=proxy_header.lower(),
            lease=timedelta(minutes=hold),
        )
        token = people.invite(reviewer or getpass.getuser(), frozenset(Role))
        site = web.site_of(service, people, settings, system_clock, secrets.token_urlsafe)
        with web.Refresher(service, system_clock, lambda text: typer.echo(text, err=True)):
            typer.echo(f"open once: {settings.address}/enter?token={token}")
            typer.echo("stop with Ctrl+C; nothing that was submitted is lost", err=True)
            sys.stdout.flush()
            web.serve(site, listening)


@app.command("invite")
def invite_command(
    config: Annotated[Path, CONFIG],
    person: Annotated[str, typer.Argument(help="The name on their labels.", show_default=False)],
    *,
    role: Annotated[list[Role] | None, _ROLES] = None,
) -> None:
    """Let a person in at the reviewers' page, with these roles; print their one-time token.

    Without `--role` they review. Inviting somebody again changes their roles at once.
    """
    from qualityslo.bootstrap import open_people

    people = open_people(config, world(quiet=True))
    token = people.invite(person, frozenset(role or (Role.REVIEWER,)))
    typer.echo(f"token for {person}, once, at the server's /enter: {token}")


@app.command("dismiss")
def dismiss_command(
    config: Annotated[Path, CONFIG],
    person: Annotated[str, typer.Argument(help="The name on their labels.", show_default=False)],
) -> None:
    """Let a person in no more, at once; their labels stay."""
    from qualityslo.bootstrap import open_people

    open_people(config, world(quiet=True)).remove(person)
    typer.echo(f"{person} is not let in any more; their labels stay")


@app.command("export")
def export_command(
    config: Annotated[Path, CONFIG],
    *,
    out: Annotated[Path | None, typer.Option("--out", help="A file; default: stdout.")] = None,
    reviewer: Annotated[str | None, _REVIEWER] = None,
    form: Annotated[LabelFormat, _FORMAT] = LabelFormat.JSONL,
    config_out: Annotated[Path | None, _CONFIG_OUT] = None,
) -> None:
    """Write the reviews that wait, in their order, blind.

    In JSONL fill `reviewer` and the blanks under `labels` (good, bad, unsure, skipped), then
    import; docs/review-formats.md has the other formats.
    """
    from qualityslo.bootstrap import system_clock
    from qualityslo.exports.label_formats import reviews_as
    from qualityslo.exports.label_studio import config as labelling_config
    from qualityslo.jobs.review import waiting_for_labels

    if config_out is not None and form is not LabelFormat.LABEL_STUDIO:
        raise UsageError(f"--config-out belongs to --format label-studio, not to {form.value}")
    service = open_service(config)
    waiting = waiting_for_labels(service.plan, service.parts, system_clock(), reviewer=reviewer)
    if config_out is not None:
        _write(config_out, labelling_config(waiting).encode())
    _write(out, reviews_as(form, waiting, reviewer))
    where = "" if out is None else f" in {out}"
    typer.echo(f"{len(waiting)} reviews wait{where}", err=True)


def _write(out: Path | None, data: bytes) -> None:
    if out is None:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(data)


@app.command("import")
def import_command(
    config: Annotated[Path, CONFIG],
    file: Annotated[Path, typer.Argument(help="Filled reviews or labels.", show_default=False)],
    *,
    form: Annotated[LabelFormat, _FORMAT] = LabelFormat.JSONL,
    person: Annotated[list[str] | None, _WHO] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Store the labels of filled reviews, all or none; `qualityslo settle` then concludes again."""
    from qualityslo.bootstrap import system_clock
    from qualityslo.exports.label_formats import read_labels
    from qualityslo.jobs.labels import import_labels

    service = open_service(config)
    queue, name = service.parts.queue, service.plan.service
    reviews = [] if form is LabelFormat.JSONL else queue.reviews(name)
    rows = read_labels(form, file, reviews, _people(person or []))
    new, known = import_labels(rows, queue, name, system_clock())
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


def _people(said: list[str]) -> dict[str, str]:
    """Return who is behind which id.

    Raises:
        UsageError: an option does not say both, or an id comes twice.
    """
    people: dict[str, str] = {}
    for one in said:
        their_id, sign, name = one.partition("=")
        if not (sign and their_id and name.strip()) or their_id in people:
            raise UsageError(f"--person {one!r}: write ID=NAME, each id once")
        people[their_id] = name
    return people
