"""What the intervals promise, by exact sums over all outcomes: no side misses more than 2.5 %.

The checks are those of `bench/coverage.py`, here on its smaller designs and with a short search;
the full run and its figures are in docs/coverage.md. Below them stand the three ways in which
usual intervals fail: ours must survive where each of them does not.
"""

import math

import numpy as np
import pytest

from bench.promises.checks import Check, every_check
from bench.promises.designs import WEIGHT
from bench.promises.parts import FloatArray
from qualityslo.stats import (
    PairedStratum,
    Stratum,
    clustered_rate_interval,
    paired_difference_interval,
    rate_interval,
)
from qualityslo.stats.sampled import fixed_sample_limits
from qualityslo.stats.score import score_high

SIDE = 0.025 + 1e-9
Z = 1.959964


# Those by enumeration and by search that take a second or two.
EXACT = [one for one in every_check() if one.kind != "simulation" and not one.slow]


def binomial(labelled: int, rate: float) -> FloatArray:
    """Return P(X = 0), ..., P(X = labelled)."""
    chances = [
        math.comb(labelled, bad) * rate**bad * (1 - rate) ** (labelled - bad)
        for bad in range(labelled + 1)
    ]
    return np.array(chances)


@pytest.mark.slow
@pytest.mark.parametrize("check", EXACT, ids=lambda check: check.name)
def test_no_side_misses_more_than_promised(check: Check) -> None:
    found = check.run(check.generator(seed=5), full=False)
    assert found.tried > 40
    assert check.holds(found), found


def test_sets_of_every_shape_are_enumerated() -> None:
    proofs = [one for one in EXACT if one.promise == "rate of the set"]
    strata = [one.design.partition(" labels")[0].count("+") + 1 for one in proofs]
    assert strata.count(2) >= 9
    assert strata.count(3) >= 2


def test_collapsed_strata_hold_where_one_is_all_bad_and_the_other_all_good() -> None:
    items, labelled = (900, 40, 35), (60, 8, 7)
    low, high = np.zeros(61), np.zeros(61)
    for first in range(61):
        sample = [Stratum(m, n, x) for m, n, x in zip(items, labelled, (first, 0, 7), strict=True)]
        found = fixed_sample_limits(sample, 0.025)
        assert found.method == "exact2 and strict, 3 strata collapsed to 2"
        low[first], high[first] = found.low, found.high
    chances, rate = binomial(60, 0.0519), (900 * 0.0519 + 35) / 975
    assert chances[high < rate].sum() <= SIDE
    assert chances[low > rate].sum() <= SIDE


def test_the_interval_holds_where_the_score_limit_alone_misses_eighteen_percent() -> None:
    labelled, weights = (198, 2), np.array([0.95, 0.05])
    chances, rate = binomial(2, 0.9055), 0.05 * 0.9055
    found = []
    for bad in range(3):
        sample = [Stratum(950_000_000, 198, 0), Stratum(50_000_000, 2, bad)]
        found.append(rate_interval(sample, frame="traffic"))
    outcomes = np.array([[0, 0, 0], [0, 1, 2]], dtype=np.float64)
    score = score_high(outcomes, np.array(labelled, dtype=np.float64), weights, Z)
    assert chances[score < rate].sum() > 0.17
    assert chances[[estimate.high < rate for estimate in found]].sum() <= SIDE
    assert chances[[estimate.low > rate for estimate in found]].sum() <= SIDE


def bonett_price_high(counts: tuple[int, int], weights: FloatArray, labelled: FloatArray) -> float:
    """Return the stratified Bonett-Price upper limit, a quarter added to each count.

    The counts of disagreement are those of the last stratum; the others have none.
    """
    first, second = np.full(len(labelled), 0.25), np.full(len(labelled), 0.25)
    first[-1] += counts[0]
    second[-1] += counts[1]
    sizes = labelled + 0.5
    net, both = (first - second) / sizes, (first + second) / sizes
    variance = weights**2 @ ((both - net**2) / sizes)
    return float(weights @ net + Z * math.sqrt(variance))


@pytest.mark.parametrize("swapped", [False, True], ids=["second is worse", "first is worse"])
def test_the_paired_interval_holds_where_silent_failures_break_bonett_price(
    *,
    swapped: bool,
) -> None:
    weights, labelled, rate = np.array([0.03, 0.03, 0.03, 0.91]), (10, 10, 10, 30), 0.05
    truth = (1 if swapped else -1) * 0.91 * rate
    over = under = broken = 0.0
    for count, chance in enumerate(binomial(30, rate).tolist()):
        counts = (count, 0) if swapped else (0, count)
        sample = [PairedStratum(round(w * WEIGHT), 10, 0, 0) for w in weights[:3]]
        sample.append(PairedStratum(round(weights[3] * WEIGHT), 30, *counts))
        estimate = paired_difference_interval(sample)
        over += chance * (estimate.high < truth)
        under += chance * (estimate.low > truth)
        usual = bonett_price_high((count, 0), weights, np.array(labelled, dtype=np.float64))
        broken += chance * (usual < 0.91 * rate)
    assert broken > 0.2
    assert max(over, under) <= SIDE


def test_the_clustered_rate_holds_where_nights_taken_as_independent_miss_half_of_the_time() -> (
    None
):
    """Items that are always bad or never: 28 nights say as much as one."""
    items, nights, rate = 60, 28, 0.05
    chances = binomial(items, rate)
    usual, ours = [], []
    for bad in range(items + 1):
        independent = [Stratum(WEIGHT, items * nights, bad * nights)]
        usual.append(rate_interval(independent, frame="traffic"))
        ours.append(
            clustered_rate_interval(bad * [nights] + (items - bad) * [0], items * [nights])
        )
    missed = [
        chances[[not one.low <= rate <= one.high for one in found]].sum()
        for found in (usual, ours)
    ]
    assert missed[0] > 0.5
    assert missed[1] <= 2 * SIDE
