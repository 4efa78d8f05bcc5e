"""Every address of the site, and who may use it. What is not in this table does not exist."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from qualityslo.web.access import Access
from qualityslo.web.ask import Ask
from qualityslo.web.pages import door, keeping, review, statics


@dataclass(frozen=True, slots=True)
class Route:
    """An address, who may use it, and the page that answers."""

    method: str
    path: str
    access: Access
    page: Callable[[Ask], Response]


ROUTES = (
    Route("GET", "/", Access.SIGNED_IN, door.home),
    Route("GET", "/enter", Access.PUBLIC, door.show),
    Route("POST", "/enter", Access.PUBLIC, door.enter),
    Route("POST", "/leave", Access.SIGNED_IN, door.leave),
    Route("GET", "/static/{name}", Access.PUBLIC, statics.file),
    Route("GET", "/review", Access.REVIEW, review.show),
    Route("POST", "/review", Access.REVIEW, review.act),
    Route("POST", "/review/draft", Access.REVIEW, review.draft),
    Route("POST", "/review/beat", Access.REVIEW, review.beat),
    Route("POST", "/review/late", Access.REVIEW, review.late),
    Route("GET", "/mine", Access.REVIEW, review.mine),
    Route("GET", "/queue", Access.READ, keeping.queue),
    Route("GET", "/agreement", Access.READ, keeping.agreement),
    Route("GET", "/reviewers", Access.READ, keeping.reviewers),
    Route("GET", "/labels.jsonl", Access.READ, keeping.export),
    Route("GET", "/labels", Access.MANAGE, keeping.labels),
    Route("POST", "/labels/revoke", Access.MANAGE, keeping.revoke),
)
