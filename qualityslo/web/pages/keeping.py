"""The keepers' pages: how the queue stands, how people agree and work, labels out and revoked."""

import json
from collections.abc import Iterator

from starlette.responses import Response, StreamingResponse

from qualityslo.domain.review import Review
from qualityslo.jobs.forms import review_keys
from qualityslo.web.ask import Ask, go
from qualityslo.web.pages.errors import unknown


def queue(ask: Ask) -> Response:
    """Show how the queue stands."""
    return ask.page("queue.html.j2", counts=ask.site.office.counts(), now=ask.site.clock())


def agreement(ask: Ask) -> Response:
    """Show how far people agree, each coefficient with its interval."""
    return ask.page("agreement.html.j2", rows=ask.site.office.agreement())


def reviewers(ask: Ask) -> Response:
    """Show how everybody works: time, missing answers, accuracy on known ones."""
    return ask.page("reviewers.html.j2", rows=ask.site.office.reviewers())


def export(ask: Ask) -> Response:
    """Send every label, one JSON row a line, without holding them all."""

    def lines() -> Iterator[bytes]:
        for row in ask.site.office.export():
            text = json.dumps(row, ensure_ascii=False, allow_nan=False)
            yield text.encode("utf-8", "backslashreplace") + b"\n"

    headers = {"Content-Disposition": 'attachment; filename="labels.jsonl"'}
    return StreamingResponse(lines(), media_type="application/x-ndjson", headers=headers)


def labels(ask: Ask) -> Response:
    """Show the labels of one review, each with a way to revoke it."""
    review_id = ask.query.one("review").strip()
    review = ask.site.office.review(review_id) if review_id else None
    if review_id and review is None:
        return unknown(ask)
    return _labels(ask, review, "")


def revoke(ask: Ask) -> Response:
    """Take labels out of every estimate; the reason is kept with them."""
    reason, review_id = ask.fields.one("reason").strip(), ask.fields.one("review")
    review = ask.site.office.review(review_id)
    if review is None:
        return unknown(ask)
    chosen = ask.fields.all("label")
    theirs = {one.id for one in ask.site.desk.labels(review.id)}
    if not reason or not chosen or not set(chosen) <= theirs:
        return _labels(ask, review, "Choose labels and say why: the reason stays on record.")
    ask.site.desk.revoke(chosen, ask.person.name, reason)
    return go("/labels", review=review.id, said="revoked")


def _labels(ask: Ask, review: Review | None, fault: str) -> Response:
    rows = []
    if review is not None:
        arms = {key: arm for (arm, _), key in review_keys(review).items()}
        rows = [(one, arms.get(one.key, "")) for one in ask.site.desk.labels(review.id)]
    status = 422 if fault else 200
    return ask.page("labels.html.j2", status, review=review, labels=rows, fault=fault)
