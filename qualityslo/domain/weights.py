"""What one slot adds to a window (design 5.5): a weight an item, and how much of it is bad."""

from typing import Literal

import numpy as np

from qualityslo.domain.cells import cells_of, known_part, nobody_looked
from qualityslo.domain.estimation import EstimationRule
from qualityslo.domain.evidence import Code, Judged, Labelled
from qualityslo.domain.golden import Criterion
from qualityslo.domain.sli import ItemWeights


def item_weights(labelled: Labelled, criterion: Criterion, rule: EstimationRule) -> ItemWeights:
    """Return what this slot adds to a window.

    A slot whose labels estimate nothing (none at all, none in a stratum, or too many looks
    without opinion) is not complete; `act_on_uncorrected` lets the graders' word stand in where
    there is no label at all.
    """
    judged = labelled.judged
    if not criterion.needs_people:
        return _by_graders(judged, "definition")
    everything = np.ones(len(judged.valid), dtype=np.bool_)
    if rule.act_on_uncorrected and nobody_looked(labelled, everything):
        return _by_graders(judged, "uncorrected")
    return _by_people(labelled)


def _by_graders(judged: Judged, method: Literal["definition", "uncorrected"]) -> ItemWeights:
    bad = judged.valid & (judged.verdict == Code.BAD)
    unknown = judged.valid & (judged.verdict == Code.UNKNOWN)
    some = bool(judged.valid.any())
    return ItemWeights(
        item_digests=judged.item_digests,
        weight=judged.valid.astype(np.float64),
        bad=bad.astype(np.float64),
        worst=(bad | unknown).astype(np.float64),
        complete=some,
        census=some,
        method=method,
    )


def _by_people(labelled: Labelled) -> ItemWeights:
    judged, tonight = labelled.judged, labelled.tonight
    known, known_bad = known_part(labelled)
    weight, bad = known.astype(np.float64), known_bad.astype(np.float64)
    worst = bad.copy()
    still_open = judged.valid & ~known
    everything = np.ones(len(judged.valid), dtype=np.bool_)
    cells = cells_of(labelled, everything)
    complete = bool(cells) and not any(cell.too_many_missing for cell in cells)
    for _, mask in labelled.sample.strata:
        here = still_open & mask
        seen = here & labelled.seen()
        if not seen.any():
            complete = complete and not here.any()
            continue
        share = here.sum() / seen.sum()
        weight[seen] = share
        bad[seen & (tonight == Code.BAD)] = share
        worst[seen & (tonight != Code.GOOD)] = share
    return ItemWeights(
        item_digests=judged.item_digests,
        weight=weight,
        bad=bad,
        worst=worst,
        complete=complete,
        census=complete and not still_open.any(),
        method="census",
    )
