"""The books of a service's desk: what the use cases say, for the keepers' pages."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from threading import Lock

import numpy as np

from qualityslo.domain.golden import Json
from qualityslo.domain.plan import Plan
from qualityslo.domain.review import Review
from qualityslo.domain.span import Span
from qualityslo.jobs.desk import desk_of
from qualityslo.jobs.labels import label_row
from qualityslo.jobs.parts import Parts
from qualityslo.jobs.reviewers import (
    CriterionAgreement,
    ReviewerFigures,
    reviewer_agreement,
    reviewer_figures,
)
from qualityslo.ports.desk import DeskCounts
from qualityslo.web.seams import Progress

RECOUNT = timedelta(seconds=30)


class Books:
    """Satisfies `seams.Office` over the parts of a service."""

    def __init__(self, plan: Plan, parts: Parts, clock: Callable[[], datetime]) -> None:
        """Keep the books of a service.

        Args:
            plan: its rules.
            parts: its adapters, with a desk.
            clock: tells the present instant.
        """
        self._plan = plan
        self._parts = parts
        self._desk = desk_of(parts)
        self._clock = clock
        self._lock = Lock()
        self._counted: tuple[datetime, Progress] | None = None

    def review(self, review_id: str) -> Review | None:
        """Return a review of this service."""
        found = self._desk.review(review_id)
        return found if found is not None and found.service == self._plan.service else None

    def counts(self) -> DeskCounts:
        """Return how the desk stands, and what came in today, in UTC."""
        midnight = self._clock().replace(hour=0, minute=0, second=0, microsecond=0)
        return self._desk.counts(self._plan.service, midnight)

    def progress(self) -> Progress:
        """Return how far today is.

        Checks count like everything else: they would show if they did not. Counting looks at
        every seat, so it is done anew only now and then; in between forms move the number.
        """
        now = self._clock()
        with self._lock:
            if self._counted is not None:
                at, known = self._counted
                if now - RECOUNT < at <= now and at.date() == now.date():
                    return known
            counts = self.counts()
            done, waiting = counts.done_since, counts.open + counts.leased
            found = Progress(done=done, of=done + waiting)
            self._counted = (now, found)
        return found

    def moved(self, forms: int) -> None:
        """Note forms that came in, or were taken back; they were waiting, or wait again."""
        with self._lock:
            if self._counted is not None:
                at, known = self._counted
                done = min(max(known.done + forms, 0), known.of)
                self._counted = (at, Progress(done=done, of=known.of))

    def reviewers(self) -> list[ReviewerFigures]:
        """Return how everybody works."""
        return reviewer_figures(self._plan, self._parts, self._clock())

    def agreement(self) -> list[CriterionAgreement]:
        """Return how far people agree; the same labels give the same intervals."""
        rng = np.random.default_rng(self._plan.seed)
        return reviewer_agreement(self._plan, self._parts, self._clock(), rng)

    def export(self) -> Iterator[dict[str, Json]]:
        """Yield the labels that stand, the reviews of one run at a time in memory."""
        for run in self._parts.store.runs(self._plan.service):
            reviews = {one.id: one for one in self._parts.queue.reviews(run_id=run.run_id)}
            labels = self._parts.queue.labels_of(list(reviews))
            spans = self._desk.spans([one.id for one in labels])
            for label in labels:
                row = label_row(label, reviews.get(label.review_id or ""))
                yield {**row, "spans": [_span_row(one) for one in spans.get(label.id, ())]}


def _span_row(span: Span) -> dict[str, Json]:
    return {
        "start": span.start,
        "end": span.end,
        "quote": span.quote,
        "kind": span.kind.value,
    }
