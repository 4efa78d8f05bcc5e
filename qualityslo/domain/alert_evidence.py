"""What an alert looks at, from what a night has found: strata as counts, burn over look-backs."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from qualityslo.domain.alert_watch import SlotResult
from qualityslo.domain.budget import Spread, burn_of
from qualityslo.domain.cells import cells_of
from qualityslo.domain.evidence import Labelled
from qualityslo.domain.sli import ItemWeights, SliResult
from qualityslo.domain.window import WindowSlot, inside, window_result
from qualityslo.stats import Estimate, Stratum


def strata_of(labelled: Labelled) -> tuple[Stratum, ...]:
    """Return a criterion's strata in one slot, with what is not settled taken as good.

    An alert asks how bad it is at least: unconfirmed bad labels, answers that the defining grader
    could not grade, and, above 10 % of a stratum, looks without opinion make nothing ring.
    """
    cells = cells_of(labelled, np.ones(len(labelled.judged.valid), dtype=np.bool_))
    with_missing = any(cell.too_many_missing for cell in cells)
    return tuple(cell.as_stratum(worst=False, with_missing=with_missing) for cell in cells)


def measured_strata(weights: ItemWeights) -> tuple[Stratum, ...]:
    """Return the one stratum of an SLI that is read off the answers: every item known.

    Raises:
        ValueError: some of it is a sample; that is what `strata_of` is for.
    """
    if not weights.census:
        raise ValueError("the slot is no census: its strata are those of its labels")
    items, bad = int(weights.weight.sum()), int(weights.bad.sum())
    return (Stratum(items=items, labelled=items, bad=bad),)


def slot_result(
    result: SliResult, strata: tuple[Stratum, ...], window: Estimate | None = None
) -> SlotResult | None:
    """Return what alerts may rest on; None where the slot concludes nothing.

    Args:
        result: the SLI in the slot; `concludes` decides.
        strata: its counts.
        window: the window that ends with the slot, at `WINDOW_CONFIDENCE`.
    """
    if not result.concludes:
        return None
    return SlotResult(strata=strata, window_low=None if window is None else window.low)


def lookback_burn(
    slots: Sequence[WindowSlot],
    *,
    end: datetime,
    lookback: timedelta,
    target: float,
    confidence: float = 0.95,
) -> Spread | None:
    """Return the burn rate over [end - lookback, end) with its interval; None without a rate.

    The look-back is a short window: the same mean of slots, the same interval by items.
    """
    kept = [one for one in slots if inside(one.slot, end=end, length=lookback)]
    found = window_result(kept, missing=0, confidence=confidence).estimate
    return None if found is None else burn_of(found, target)
