"""What the intervals promise, checked against every outcome: no side misses more than 2.5 %."""

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from qualityslo.stats import (
    PairedStratum,
    Stratum,
    hypergeometric_interval,
    paired_difference_interval,
    rate_interval,
)
from qualityslo.stats.sampled import fixed_sample_limits
from qualityslo.stats.score import score_high

FloatArray = NDArray[np.float64]

SIDE = 0.025 + 1e-9
BOTH = 0.0497
FIXED = 10**9
EDGE = 1e-9


def hypergeometric(bad: int, labelled: int, items: int, total: int) -> float:
    """Return P(X = bad) of a sample from `items` with `total` bad, by whole numbers."""
    ways = math.comb(total, bad) * math.comb(items - total, labelled - bad)
    return ways / math.comb(items, labelled)


def binomial(labelled: int, rate: float) -> FloatArray:
    """Return P(X = 0), ..., P(X = labelled)."""
    chances = [
        math.comb(labelled, bad) * rate**bad * (1 - rate) ** (labelled - bad)
        for bad in range(labelled + 1)
    ]
    return np.array(chances)


def joint(chances: Sequence[FloatArray]) -> FloatArray:
    """Return the joint probabilities of independent counts, one axis for each."""
    product = np.ones(())
    for one in chances:
        product = np.multiply.outer(product, one)
    return product


@pytest.mark.parametrize(
    ("items", "labelled"), [(30, 10), (41, 40), (60, 7)], ids=["10 of 30", "40 of 41", "7 of 60"]
)
def test_no_side_of_the_hypergeometric_interval_misses_more_than_promised(
    items: int, labelled: int
) -> None:
    limits = [hypergeometric_interval(bad, labelled, items) for bad in range(labelled + 1)]
    for total in range(items + 1):
        chances = [hypergeometric(bad, labelled, items, total) for bad in range(labelled + 1)]
        over = sum(
            p for p, (_, high) in zip(chances, limits, strict=True) if total > high * items + EDGE
        )
        under = sum(
            p for p, (low, _) in zip(chances, limits, strict=True) if total < low * items - EDGE
        )
        assert max(over, under) <= SIDE


@pytest.mark.parametrize(
    ("items", "labelled"),
    [
        ((40, 8), (10, 3)),
        ((60, 8), (12, 7)),
        ((30, 30), (6, 6)),
        ((25, 20), (5, 12)),
        ((80, 5), (15, 2)),
        ((30, 8, 4), (8, 3, 2)),
    ],
    ids=lambda counts: " and ".join(map(str, counts)),
)
def test_no_side_of_the_finite_interval_misses_more_than_promised_whatever_the_truth(
    items: tuple[int, ...], labelled: tuple[int, ...]
) -> None:
    shape = [size + 1 for size in labelled]
    low, high = np.zeros(shape), np.zeros(shape)
    for bad in np.ndindex(*shape):
        estimate = rate_interval(
            [Stratum(m, n, x) for m, n, x in zip(items, labelled, bad, strict=True)]
        )
        low[bad], high[bad] = estimate.low, estimate.high
        assert estimate.method == f"finite{len(items)}"
    tables = [
        [
            np.array([hypergeometric(bad, n, m, total) for bad in range(n + 1)])
            for total in range(m + 1)
        ]
        for m, n in zip(items, labelled, strict=True)
    ]
    for totals in itertools.product(*(range(size + 1) for size in items)):
        chances = joint([table[total] for table, total in zip(tables, totals, strict=True)])
        rate = sum(totals) / sum(items)
        over, under = chances[high < rate - EDGE].sum(), chances[low > rate + EDGE].sum()
        assert max(over, under) <= SIDE
        assert over + under <= BOTH


Misses = Callable[[FloatArray], tuple[float, float]]


def worst_side(misses: Misses, strata: int, rng: np.random.Generator) -> tuple[float, float]:
    """Search the bad rates for the largest miss of one side, and of both together."""
    worst = np.zeros(3)
    for goal in range(3):
        for scale in (0.03, 0.1, 0.3, 1.0, 1.0):
            rates = rng.random(strata) * scale
            best = 0.0
            for _ in range(150):
                step = rng.choice([0.3, 0.03]) * np.maximum(rates, 0.02)
                moved = np.clip(rates + rng.normal(size=strata) * step, 0.0, 1.0)
                over, under = misses(moved)
                value = (over, under, over + under)[goal]
                if value > best:
                    rates, best = moved, value
            worst[goal] = max(worst[goal], best)
    return float(worst[:2].max()), float(worst[2])


def misses_of(
    limits: Callable[[tuple[int, ...]], tuple[float, float]],
    labelled: Sequence[int],
    weights: Sequence[float],
) -> Misses:
    """Return the exact probabilities that the limits of a design miss, as a function of rates."""
    shape = [size + 1 for size in labelled]
    low, high = np.zeros(shape), np.zeros(shape)
    for bad in np.ndindex(*shape):
        low[bad], high[bad] = limits(bad)

    def misses(rates: FloatArray) -> tuple[float, float]:
        chances = joint(
            [binomial(n, rate) for n, rate in zip(labelled, rates.tolist(), strict=True)]
        )
        rate = float(np.array(weights) @ rates)
        return float(chances[high < rate - EDGE].sum()), float(chances[low > rate + EDGE].sum())

    return misses


@pytest.mark.parametrize(
    ("weights", "labelled"),
    [
        ((0.95, 0.05), (30, 3)),
        ((0.9, 0.1), (40, 6)),
        ((0.7, 0.3), (25, 12)),
        ((0.97, 0.03), (50, 5)),
    ],
    ids=lambda counts: " and ".join(map(str, counts)),
)
def test_an_adversary_finds_no_rates_at_which_exact2_misses_more_than_promised(
    weights: tuple[float, ...], labelled: tuple[int, ...]
) -> None:
    items = [round(weight * FIXED) for weight in weights]

    def limits(bad: tuple[int, ...]) -> tuple[float, float]:
        sample = [Stratum(m, n, x) for m, n, x in zip(items, labelled, bad, strict=True)]
        found = fixed_sample_limits(sample, 0.025)
        assert found.method == "exact2"
        return found.low, found.high

    side, both = worst_side(
        misses_of(limits, labelled, weights), len(weights), np.random.default_rng(5)
    )
    assert side <= SIDE
    assert both <= BOTH


def test_collapsed_strata_hold_where_one_is_all_bad_and_the_other_all_good() -> None:
    items, labelled = (900, 40, 35), (60, 8, 7)
    weights = np.array(items) / sum(items)

    def limits(bad: tuple[int, ...]) -> tuple[float, float]:
        sample = [Stratum(m, n, x) for m, n, x in zip(items, labelled, bad, strict=True)]
        found = fixed_sample_limits(sample, 0.025)
        assert found.method == "exact2 and strict, 3 strata collapsed to 2"
        return found.low, found.high

    shape = [size + 1 for size in labelled]
    low, high = np.zeros(shape), np.zeros(shape)
    for first in range(shape[0]):
        low[first, 0, 7], high[first, 0, 7] = limits((first, 0, 7))
    chances = binomial(60, 0.0519)
    rate = float(weights @ [0.0519, 0.0, 1.0])
    assert chances[high[:, 0, 7] < rate].sum() <= SIDE
    assert chances[low[:, 0, 7] > rate].sum() <= SIDE


def test_the_interval_holds_where_the_score_limit_alone_misses_eighteen_percent() -> None:
    labelled, weights = (198, 2), np.array([0.95, 0.05])
    chances, rate = binomial(2, 0.9055), 0.05 * 0.9055
    found = []
    for bad in range(3):
        sample = [Stratum(950_000_000, 198, 0), Stratum(50_000_000, 2, bad)]
        found.append(rate_interval(sample, frame="traffic"))
    outcomes = np.array([[0, 0, 0], [0, 1, 2]], dtype=np.float64)
    score = score_high(outcomes, np.array(labelled, dtype=np.float64), weights, 1.96)
    assert chances[score < rate].sum() > 0.17
    assert chances[[estimate.high < rate for estimate in found]].sum() <= SIDE
    assert chances[[estimate.low > rate for estimate in found]].sum() <= SIDE


@pytest.mark.parametrize("swapped", [False, True], ids=["second is worse", "first is worse"])
def test_the_paired_interval_holds_where_silent_failures_break_bonett_price(
    *,
    swapped: bool,
) -> None:
    weights, labelled, rate = (0.03, 0.03, 0.03, 0.91), (10, 10, 10, 30), 0.05
    truth = (1 if swapped else -1) * 0.91 * rate
    over = under = 0.0
    for count, chance in enumerate(binomial(30, rate).tolist()):
        counts = (count, 0) if swapped else (0, count)
        quiet = PairedStratum(round(weights[3] * FIXED), labelled[3], *counts)
        alarms = [
            PairedStratum(round(w * FIXED), n, 0, 0)
            for w, n in zip(weights[:3], labelled[:3], strict=True)
        ]
        estimate = paired_difference_interval([*alarms, quiet])
        over += chance * (estimate.high < truth)
        under += chance * (estimate.low > truth)
    assert max(over, under) <= SIDE
