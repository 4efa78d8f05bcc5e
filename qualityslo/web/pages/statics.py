"""The few files that pages load."""

from starlette.responses import Response

from qualityslo.web.ask import Ask
from qualityslo.web.pages.errors import unknown
from qualityslo.web.templating import static_files


def file(ask: Ask) -> Response:
    """Return a file by its name; a name is a key here, never a path."""
    found = static_files().get(ask.path["name"])
    if found is None:
        return unknown(ask)
    content, kind = found
    # the address changes with the content
    return Response(content, media_type=kind, headers={"Cache-Control": "private, max-age=86400"})
