"""The template engine of the pages, and the files that go with them."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from qualityslo.exports import formats
from qualityslo.web.texts import seen

if TYPE_CHECKING:
    from jinja2 import Environment

_FILES = {
    "review.css": "text/css; charset=utf-8",
    "review.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


def render(template: str, **values: Any) -> str:
    """Return a page; everything in it is escaped by the engine."""
    return _environment().get_template(template).render(**values)


@cache
def static_files() -> Mapping[str, tuple[bytes, str]]:
    """Return content and media type of every file that may be asked for, by its name."""
    return {
        name: (files("qualityslo.web").joinpath("static", name).read_bytes(), kind)
        for name, kind in _FILES.items()
    }


@cache
def static_version() -> str:
    """Return a name for the present state of the files, so that browsers may keep them."""
    digest = hashlib.sha256()
    for content, _ in static_files().values():
        digest.update(content)
    return digest.hexdigest()[:12]


@cache
def _environment() -> "Environment":
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("qualityslo.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["files"] = static_version()
    environment.filters.update(
        seen=seen,
        percent=formats.percent,
        moment=formats.moment,
        count_of="{:,}".format,
        time=_time,
        span_of=_span_of,
        stamp=_stamp,
    )
    return environment


def _time(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%H:%M:%S} UTC"


def _span_of(period: timedelta) -> str:
    """Return how long something waits, in the one unit that matters."""
    minutes = round(period.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()
