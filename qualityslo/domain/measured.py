"""Estimates of what is read off the answers: every answer is measured, nobody is asked."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.cells import Mask
from qualityslo.domain.columns import Coded
from qualityslo.domain.estimation import EstimationRule, Where, bounds
from qualityslo.domain.events import Standing, measured_standing
from qualityslo.domain.evidence import AnswerColumns, Counts
from qualityslo.domain.reason import against
from qualityslo.domain.sli import ItemWeights, Sli, SliResult
from qualityslo.stats import Stratum, quantile_interval, rate_interval


def measured_result(
    columns: AnswerColumns, sli: Sli, where: Where, rule: EstimationRule
) -> tuple[SliResult, ItemWeights]:
    """Estimate an SLI that is read off the answers: availability, truncation, latency, ...

    Every answer is measured, so the set's own rate has no width; the population's is
    Clopper-Pearson, a percentile's interval is that of the order statistics.
    """
    assert sli.measure is not None
    values = columns.measures.get(sli.measure.value)
    endings = Coded.of(columns.endings)
    stands = Coded(
        [measured_standing(sli.measure.value, one) for one in endings.values], endings.codes
    )
    failed = stands.where(lambda one: one is Standing.FAILED)
    valid = ~failed & stands.where(lambda one: one is not Standing.SKIPPED)
    bad = stands.where(lambda one: one is Standing.BAD)
    if sli.measure.needs_threshold:
        observed = np.full(len(columns), np.nan) if values is None else values
        valid &= ~np.isnan(observed)
        bad = valid & ~sli.is_good(observed)
        values = observed[valid]
    return census_result(columns.item_digests, valid, failed, bad, (sli, where, rule, values))


def census_result(
    item_digests: Sequence[str],
    valid: Mask,
    failed: Mask,
    bad: Mask,
    about: tuple[Sli, Where, EstimationRule, NDArray[np.float64] | None],
) -> tuple[SliResult, ItemWeights]:
    """Estimate an SLI whose every valid item is known to be good or bad.

    `about` carries the SLI, the place, the rule, and the measured values of the valid items
    where a percentile is asked for.
    """
    sli, where, rule, values = about
    count, bad_count, failures = int(valid.sum()), int((valid & bad).sum()), int(failed.sum())
    counts = Counts(
        planned=len(valid),
        valid=count,
        failed=failures,
        skipped=len(valid) - count - failures,
        bad=bad_count,
        labelled=count,
    )
    stratum = Stratum(items=count, labelled=count, bad=bad_count) if count else None
    result = SliResult(
        sli=sli.name,
        golden=where.golden,
        role=where.role,
        slot=where.slot,
        counts=counts,
        estimate=None if stratum is None else bounds(bad_count, 0, count, rule, "definition"),
        population=None
        if stratum is None
        else rate_interval([stratum], confidence=rule.confidence, frame="traffic"),
        quantile=None
        if sli.percentile is None or values is None or not count
        else quantile_interval(values, sli.percentile, confidence=rule.confidence),
        concludes=stratum is not None,
        reasons=() if count else (against("no_events", _nothing(sli, counts)),),
    )
    return result, _weights(item_digests, valid, valid & bad)


def _weights(item_digests: Sequence[str], valid: Mask, bad: Mask) -> ItemWeights:
    lost, some = bad.astype(np.float64), bool(valid.any())
    return ItemWeights(
        item_digests=item_digests,
        weight=valid.astype(np.float64),
        bad=lost,
        worst=lost,
        complete=some,
        census=some,
    )


def _nothing(sli: Sli, counts: Counts) -> str:
    what = sli.measure.value if sli.measure else sli.name
    return f"{what} was not observed on any of {counts.planned} planned items"


def drift_result(
    item_digests: Sequence[str],
    cosines: NDArray[np.float64],
    failed: Mask,
    sli: Sli,
    about: tuple[Where, EstimationRule],
) -> tuple[SliResult, ItemWeights]:
    """Estimate the share of items whose two answers stay similar enough.

    `cosines` is NaN where no cosine is defined (a text is empty); those items are skipped.
    """
    where, rule = about
    valid = ~failed & ~np.isnan(cosines)
    bad = valid & ~sli.is_good(cosines)
    return census_result(item_digests, valid, failed, bad, (sli, where, rule, cosines[valid]))
