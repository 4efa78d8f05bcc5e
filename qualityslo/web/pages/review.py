"""The reviewer's page: one item, its answers blind, one form."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC

from starlette.responses import Response

from qualityslo.domain.label import LabelValue
from qualityslo.domain.review import Review
from qualityslo.errors import LabelError
from qualityslo.ports.desk import Blank, Done, Form, Lease, Outcome, Receipt, Submission
from qualityslo.web.ask import Ask, data, go
from qualityslo.web.fields import MAX_NOTE, SKIP_REASONS, missing, read_form
from qualityslo.web.pages.errors import unknown
from qualityslo.web.pages.keep import lost
from qualityslo.web.views import Look, Opinion, opinions_of, view_of

RECENT = 50
SKEW_S = 2  # between the database's clock and ours


def show(ask: Ask) -> Response:
    """Show the item that the person holds, or the next one."""
    desk, settings = ask.site.desk, ask.site.settings
    lease = desk.claim(ask.site.service, ask.person.name, settings.lease)
    if lease is None:
        return ask.page("nothing.html.j2", progress=ask.site.office.progress(), last=_last(ask))
    form = lease.draft if lease.draft is not None else _agreed(ask, lease)
    return _page(ask, lease, form, Look.read(ask.query))


def act(ask: Ask) -> Response:
    """Do what the button says: hand in, skip, take the last one back, or only look."""
    review = ask.site.office.review(ask.fields.one("review"))
    action = ask.fields.one("action")
    if action == "undo":
        return _undo(ask, review)
    if review is None:
        return unknown(ask)
    if action not in {"submit", "skip"}:
        return _look(ask, review)
    form, faults = read_form(ask.fields, review, skipping=action == "skip")
    wanting = [] if action == "skip" else missing(form, review)
    if wanting:
        faults.append("Say something about every answer; Unsure is an answer too.")
    if faults:
        return _again(ask, review, form, faults, wanting)
    try:
        receipt = ask.site.desk.submit(ask.person.name, _submission(ask, review, form))
    except LabelError as error:
        return _again(ask, review, form, [str(error)], wanting)
    return _after(ask, review, receipt, "skipped" if action == "skip" else "stored")


def late(ask: Ask) -> Response:
    """Store what was filled in under a hold that has run out."""
    review = ask.site.office.review(ask.fields.one("review"))
    if review is None:
        return unknown(ask)
    skipping = ask.fields.one("action") == "skip"
    form, faults = read_form(ask.fields, review, skipping=skipping)
    if faults or (not skipping and missing(form, review)):
        return lost(ask, review, None)
    submission = _submission(ask, review, form)
    receipt = ask.site.desk.submit_late(review.id, ask.person.name, submission)
    return _after(ask, review, receipt, "late")


def draft(ask: Ask) -> Response:
    """Keep a draft for the page's script; say when it was kept."""
    review = ask.site.office.review(ask.fields.one("review"))
    if review is None:
        return data(404, lost=True)
    form, faults = read_form(ask.fields, review)
    saved = ask.site.desk.save(ask.fields.one("lease"), _with_reason(ask, form))
    if saved is None:
        return data(409, lost=True)
    return data(saved=saved.astimezone(UTC).isoformat(), faults=faults)


def beat(ask: Ask) -> Response:
    """Hold the item for longer while the page is looked at."""
    until = ask.site.desk.beat(ask.fields.one("lease"), ask.site.settings.lease)
    if until is None:
        return data(409, lost=True)
    return data(left=max(0, round((until - ask.site.clock()).total_seconds())))


def mine(ask: Ask) -> Response:
    """Show what the person handed in."""
    done = ask.site.desk.done(ask.site.service, ask.person.name, RECENT)
    return ask.page("mine.html.j2", done=done)


def _look(ask: Ask, review: Review) -> Response:
    """Keep what is filled in, and show the page again as asked: a search, a part, a mark."""
    form, faults = read_form(ask.fields, review)
    form = _with_reason(ask, form)
    if ask.site.desk.save(ask.fields.one("lease"), form) is None:
        return lost(ask, review, _handed_in(ask, review))
    if faults:
        return _again(ask, review, form, faults, ())
    look = Look.read(ask.fields)
    return go("/review", said="saved", **look.query_fields)


def _undo(ask: Ask, review: Review | None) -> Response:
    """Take the last submission back; the item at hand keeps its draft and goes back."""
    desk, token = ask.site.desk, ask.fields.one("lease")
    if review is not None and token:
        form, _ = read_form(ask.fields, review)
        desk.save(token, _with_reason(ask, form))
        desk.release(token)
    lease = desk.undo(ask.fields.one("undo"), ask.person.name)
    if lease is not None:
        ask.site.office.moved(-1)
    return go("/review", said="built-on" if lease is None else "undone")


def _after(ask: Ask, review: Review, receipt: Receipt, said: str) -> Response:
    if receipt.outcome is Outcome.LOST:
        return lost(ask, review, _handed_in(ask, review))
    if receipt.outcome is Outcome.KNOWN:
        return go("/review", said="known")
    ask.site.office.moved(1)
    return go("/review", said=said)


def _submission(ask: Ask, review: Review, form: Form) -> Submission:
    return Submission(
        token=ask.fields.one("lease"),
        key=ask.fields.one("key"),
        form=form,
        order=tuple(review.arms),
        client_ms=ask.fields.number("ms"),
        ui_version=ask.site.version,
    )


def _again(
    ask: Ask, review: Review, form: Form, faults: list[str], wanting: Collection[Blank]
) -> Response:
    """Show the same item again with what is wrong, if it is still this person's."""
    desk, settings = ask.site.desk, ask.site.settings
    if desk.beat(ask.fields.one("lease"), settings.lease) is None:
        return lost(ask, review, _handed_in(ask, review))
    lease = desk.claim(ask.site.service, ask.person.name, settings.lease)
    if lease is None or lease.token != ask.fields.one("lease"):
        return lost(ask, review, _handed_in(ask, review))
    look = Look.read(ask.fields)
    return _page(ask, lease, form, look, faults=faults, wanting=wanting)


def _page(
    ask: Ask,
    lease: Lease,
    form: Form,
    look: Look,
    *,
    faults: Collection[str] = (),
    wanting: Collection[Blank] = (),
) -> Response:
    left, review = lease.until - ask.site.clock(), lease.review
    return ask.page(
        "review.html.j2",
        422 if faults else 200,
        view=view_of(review, form, look, wanting=wanting, opinions=_opinions(ask, lease)),
        lease=lease,
        left=max(0, round(left.total_seconds())),
        beat=max(1, round(ask.site.settings.lease.total_seconds() / 3)),
        key=ask.site.mint(),
        shown=int(ask.site.clock().timestamp()),
        faults=faults,
        reasons=SKIP_REASONS,
        progress=ask.site.office.progress(),
        last=_last(ask),
        max_note=MAX_NOTE,
    )


def _agreed(ask: Ask, lease: Lease) -> Form:
    """Return an adjudicator's form with what nobody disputes; an empty one for everybody else."""
    said = {
        place: {one.value for one in some} - {"unsure", "skipped"}
        for place, some in _opinions(ask, lease).items()
    }
    values = {place: LabelValue(*found) for place, found in said.items() if len(found) == 1}
    return Form(values=values)


def _opinions(ask: Ask, lease: Lease) -> dict[Blank, list[Opinion]]:
    """Return what others said, for an adjudicator; everybody else looks blind."""
    if not lease.adjudicates:
        return {}
    labels = ask.site.desk.labels(lease.review.id)
    spans = ask.site.desk.spans([one.id for one in labels])
    return opinions_of(lease.review, labels, spans)


def _with_reason(ask: Ask, form: Form) -> Form:
    """Return a draft with the reason for a skip that is chosen but not sent yet."""
    return replace(form, skipped_because=ask.fields.one("reason") or ask.fields.one("other"))


def _last(ask: Ask) -> Done | None:
    """Return what this person handed in last."""
    return next(iter(ask.site.desk.done(ask.site.service, ask.person.name, 1)), None)


def _handed_in(ask: Ask, review: Review) -> Done | None:
    """Return what this person handed in of an item since the form was shown: from another tab.

    What was handed in before that is another matter: some items are shown twice.
    """
    shown = ask.fields.number("shown")
    done = ask.site.desk.done(ask.site.service, ask.person.name, RECENT)
    mine = (one for one in done if one.review_id == review.id)
    return next((one for one in mine if one.submitted_at.timestamp() > shown - SKEW_S), None)
