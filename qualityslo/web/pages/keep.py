"""A form that could not be stored: whatever happens, what a person typed is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from qualityslo.domain.review import Review
from qualityslo.ports.desk import Done, Form
from qualityslo.web.ask import Ask
from qualityslo.web.fields import blanks
from qualityslo.web.views import Look, view_of

_OURS = ("csrf", "action")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A form to send again: where to, by which button, what it says, and what it still wants.

    `wanting` are blanks without a value, by field and in words; `wants_reason` says that it skips
    without saying why.
    """

    path: str
    button: str
    fields: Sequence[tuple[str, str]]
    said: Sequence[tuple[str, str]]
    note: str
    wanting: Sequence[tuple[str, str]] = ()
    wants_reason: bool = False


def keep(ask: Ask, path: str, button: str, review: Review | None = None) -> Kept:
    """Return the form of a request, to be sent again."""
    given, action = ask.fields, ask.fields.one("action")
    fields = [
        (name, value)
        for name, values in given.values.items()
        if name not in _OURS
        for value in values
        if value
    ]
    if action:
        fields.append(("action", action))
    kept = Kept(path=path, button=button, fields=fields, said=(), note=given.one("note"))
    return kept if review is None else replace(kept, **_told(ask, review, skips=action == "skip"))


def _told(ask: Ask, review: Review, *, skips: bool) -> dict[str, Any]:
    """Return what a form about a review says, and what it still wants."""
    given = ask.fields
    words = {
        f"v.{name}": f"Answer {arm}, {criterion}"
        for name, (arm, criterion) in blanks(review).items()
    }
    said = [(what, given.one(name)) for name, what in words.items() if given.one(name)]
    marks, reason = len(given.all("mark")), given.one("reason") or given.one("other")
    if marks:
        said.append(("Marked pieces", str(marks)))
    if skips and reason:
        said.append(("Skipped because", reason))
    empty = [] if skips else [(name, what) for name, what in words.items() if not given.one(name)]
    return {"said": said, "wanting": empty, "wants_reason": skips and not reason}


def lost(ask: Ask, review: Review, done: Done | None) -> Response:
    """Return the page of a hold that ran out, or of an item that is handed in already."""
    if done is not None:
        kept = None
    else:
        kept = keep(ask, "/review/late", "Claim again and submit", review)
    shown = kept or keep(ask, "/review", "", review)
    view = view_of(review, Form(), Look(parts={}))
    return ask.page("lost.html.j2", 409, kept=kept, shown=shown, done=done, view=view)
