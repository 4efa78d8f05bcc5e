"""What a page is asked, and the answers it can give."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from qualityslo.domain.person import Person
from qualityslo.web.access import Access, Visitor
from qualityslo.web.fields import Fields
from qualityslo.web.site import Site
from qualityslo.web.templating import render

NOTICES = {
    "stored": "Stored.",
    "skipped": "Skipped.",
    "known": "Stored before; nothing was counted twice.",
    "late": "Stored, though the hold on the item had run out.",
    "undone": "Taken back: change it and submit again.",
    "built-on": "That can no longer be taken back.",
    "saved": "Draft saved.",
    "revoked": "Revoked: from now on it counts in no estimate.",
}
_NO_FIELDS = Fields()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request: who asks for what, with the fields of the form and those of the address."""

    site: Site
    visitor: Visitor
    path: Mapping[str, str]
    fields: Fields = _NO_FIELDS
    query: Fields = _NO_FIELDS

    @property
    def person(self) -> Person:
        """Who asks; only for addresses that are not public."""
        assert self.visitor.person is not None
        return self.visitor.person

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """Return a page, with what every page shows."""
        text = render(
            template,
            service=self.site.service,
            version=self.site.version,
            person=self.visitor.person,
            csrf=self.visitor.csrf,
            may_leave=bool(self.visitor.session),
            may={one.name: one.admits(self.visitor.person) for one in Access},
            notice=NOTICES.get(self.query.one("said"), ""),
            **values,
        )
        # a lone surrogate becomes a reference that browsers show as a replacement character
        return Response(text.encode("utf-8", "xmlcharrefreplace"), status, media_type="text/html")

    def error(self, status: int, title: str, text: str) -> Response:
        """Return a page that says what is wrong."""
        return self.page("error.html.j2", status, title=title, text=text)


def go(path: str, **query: str | list[str]) -> Response:
    """Send the browser on to one of our own pages, after a form."""
    given = {name: value for name, value in query.items() if value}
    target = f"{path}?{urlencode(given, doseq=True)}" if given else path
    return RedirectResponse(target, status_code=303)


def data(status: int = 200, **values: Any) -> Response:
    """Answer the page's script."""
    return Response(
        json.dumps(values, allow_nan=False), status, media_type="application/json; charset=utf-8"
    )
