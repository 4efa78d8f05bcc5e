"""The same SLI on the items of one slice: post-strata of the same draw, never drawn on their own."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from qualityslo.domain.cells import Mask, cells_of
from qualityslo.domain.estimation import EstimationRule, set_estimate
from qualityslo.domain.evidence import AnswerColumns, Counts, Labelled
from qualityslo.domain.golden import Criterion
from qualityslo.domain.sli import SliceResult
from qualityslo.stats import Estimate


def slice_results(
    columns: AnswerColumns, counts_and_estimate: Callable[[Mask], tuple[Counts, Estimate | None]]
) -> tuple[SliceResult, ...]:
    """Return one result per slice value; slices are post-strata of the same draw."""
    results = []
    for name, values in sorted(columns.slices.items()):
        array = np.array(values, dtype=object)
        for value in sorted({one for one in values if one}):
            counts, estimate = counts_and_estimate(array == value)
            results.append(SliceResult(slice=name, value=value, counts=counts, estimate=estimate))
    return tuple(results)


def criterion_slices(
    columns: AnswerColumns, labelled: Labelled, criterion: Criterion, rule: EstimationRule
) -> tuple[SliceResult, ...]:
    """Return a criterion's estimate on every slice of the set."""
    judged = labelled.judged

    def one(within: Mask) -> tuple[Counts, Estimate | None]:
        cells = cells_of(labelled, within)
        part = replace(judged, valid=judged.valid & within, failed=judged.failed & within).counts(
            labelled=sum(cell.good + cell.bad for cell in cells),
            missing=sum(cell.missing for cell in cells),
            unconfirmed=sum(cell.pending for cell in cells),
        )
        outside = int((~within).sum())
        part = replace(part, planned=part.planned - outside, skipped=part.skipped - outside)
        estimate = set_estimate(labelled, criterion, within, rule)
        return part, estimate

    return slice_results(columns, one)
