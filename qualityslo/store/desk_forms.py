"""Forms as JSON and back, and what a form says of each answer and criterion."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qualityslo.domain.golden import Json
from qualityslo.domain.label import AnswerKey, Label, LabelValue
from qualityslo.domain.review import Review
from qualityslo.domain.span import Span, SpanKind
from qualityslo.errors import LabelError
from qualityslo.jobs.forms import review_keys
from qualityslo.ports.desk import Blank, Form


def form_json(form: Form) -> dict[str, Json]:
    """Return a form as JSON, whole or not."""
    spans: list[Json] = []
    for (arm, criterion), marked in form.spans.items():
        pieces: list[Json] = [[one.start, one.end, one.quote, one.kind.value] for one in marked]
        spans.append([arm, criterion, pieces])
    values: list[Json] = [[*place, value.value] for place, value in form.values.items()]
    return {
        "values": values,
        "spans": spans,
        "note": form.note,
        "skipped_because": form.skipped_because,
        "flagged": form.flagged,
    }


def form_of(stored: Mapping[str, Any]) -> Form:
    """Return the form that JSON holds."""
    return Form(
        values={(arm, name): LabelValue(value) for arm, name, value in stored["values"]},
        spans={
            (arm, name): tuple(
                Span(start=start, end=end, quote=quote, kind=SpanKind(kind))
                for start, end, quote, kind in pieces
            )
            for arm, name, pieces in stored["spans"]
        },
        note=stored["note"],
        skipped_because=stored["skipped_because"],
        flagged=stored["flagged"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a form says of one answer and criterion."""

    blank: Blank
    key: AnswerKey
    value: LabelValue
    spans: tuple[Span, ...]

    @property
    def spans_json(self) -> list[Json]:
        """The marked pieces as rows of JSON."""
        return [
            {"start": one.start, "end": one.end, "quote": one.quote, "kind": one.kind.value}
            for one in self.spans
        ]


def said(review: Review, form: Form) -> list[Said]:
    """Return what a whole form says, a row a blank of its review.

    Raises:
        LabelError: a blank that the review does not have, one without a value though nothing is
            skipped, or a marked piece that does not quote its answer.
    """
    keys = review_keys(review)
    unknown = (form.values.keys() | form.spans.keys()) - keys.keys()
    if unknown:
        raise LabelError(f"review {review.id}: it has no blanks {sorted(unknown)!r}")
    empty = [blank for blank in keys if blank not in form.values]
    if empty and not form.skipped_because:
        raise LabelError(
            f"review {review.id}: nothing is said of {sorted(empty)!r}: fill them in, or skip "
            "the review and say why"
        )
    rows = []
    for blank, key in keys.items():
        spans = tuple(form.spans.get(blank, ()))
        for span in spans:
            span.check(review.arms[blank[0]])
        value = form.values.get(blank, LabelValue.SKIPPED)
        rows.append(Said(blank=blank, key=key, value=value, spans=spans))
    return rows


def label_for(one: Said, form: Form, key: str, reviewer: str, at: datetime) -> Label:
    """Return the label that a row of a form becomes, as yet without its review.

    Its id follows from the form's key, so that a form handed in twice cannot become two labels.
    """
    parts = (key, one.key.answer_hash, one.key.criterion)
    identity = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    reason = f"skipped: {form.skipped_because}" if form.skipped_because else ""
    return Label(
        id=hashlib.sha256(identity).hexdigest()[:24],
        key=one.key,
        value=one.value,
        reviewer=reviewer,
        recorded_at=at,
        note="; ".join(part for part in (reason, form.note) if part),
    )
