"""Seeded simulations: the intervals cover the truth of generated traffic as often as they say."""

import math

import numpy as np
from numpy.typing import NDArray

from qualityslo.stats import (
    PairedStratum,
    Stratum,
    clustered_rate_interval,
    paired_difference_interval,
    rate_interval,
    window_rate_interval,
)

Mask = NDArray[np.bool_]


def enough(covered: list[bool], confidence: float = 0.95) -> bool:
    """Tell whether the share covered is no more than four standard errors below the promise."""
    error = math.sqrt(confidence * (1 - confidence) / len(covered))
    return float(np.mean(covered)) >= confidence - 4 * error


def flags(bad: Mask, rng: np.random.Generator) -> Mask:
    """Return the alarms of a grader that sees 90 % of bad answers and flags 3 % of good ones."""
    return rng.random(len(bad)) < np.where(bad, 0.9, 0.03)


def labelled(mask: Mask, bad: Mask, count: int, rng: np.random.Generator) -> Stratum:
    """Return the stratum of a mask with `count` labels drawn from it."""
    members = np.flatnonzero(mask)
    drawn = rng.choice(members, size=min(count, len(members)), replace=False)
    return Stratum(len(members), len(drawn), int(bad[drawn].sum()))


def test_set_and_traffic_rates_are_covered_beside_remembered_labels() -> None:
    rng, rate, items = np.random.default_rng(20), 0.05, 400
    of_set, of_traffic = [], []
    for _ in range(300):
        bad = rng.random(items) < rate
        known = rng.permutation(items) < 80
        alarm = flags(bad, rng) & ~known
        strata = [
            labelled(known, bad, items, rng),
            labelled(alarm, bad, 8, rng),
            labelled(~alarm & ~known, bad, 32, rng),
        ]
        golden, traffic = rate_interval(strata), rate_interval(strata, frame="traffic")
        of_set.append(golden.low <= bad.mean() <= golden.high)
        of_traffic.append(traffic.low <= rate <= traffic.high)
    assert enough(of_set)
    assert enough(of_traffic)


def test_a_new_failure_of_one_model_is_covered() -> None:
    rng, items = np.random.default_rng(21), 500
    covered = []
    for _ in range(500):
        first = rng.random(items) < 0.06
        second = rng.random(items) < 0.02
        alarm = flags(first | second, rng)
        strata = []
        for mask, count in ((alarm, 25), (~alarm, 75)):
            members = np.flatnonzero(mask)
            drawn = rng.choice(members, size=min(count, len(members)), replace=False)
            only = [
                int((a[drawn] & ~b[drawn]).sum()) for a, b in ((first, second), (second, first))
            ]
            strata.append(PairedStratum(len(members), len(drawn), *only))
        estimate = paired_difference_interval(strata)
        covered.append(estimate.low <= 0.04 <= estimate.high)
    assert enough(covered)


def test_many_nights_of_the_same_items_are_covered_where_independent_nights_would_not() -> None:
    rng, rate, items, nights = np.random.default_rng(22), 0.05, 200, 28
    clustered, window, naive = [], [], []
    for _ in range(600):
        own = rng.beta(rate, 1 - rate, size=items)
        answers = rng.random((nights, items)) < own
        estimate = clustered_rate_interval(answers.sum(axis=0), items * [nights])
        clustered.append(estimate.low <= rate <= estimate.high)
        asked = rng.random((nights, items)).argsort(axis=1) < 40
        weights = asked.sum(axis=0) * items / 40
        estimate = window_rate_interval(weights, (asked & answers).sum(axis=0) * items / 40)
        window.append(estimate.low <= rate <= estimate.high)
        independent = rate_interval(
            [Stratum(10**9, 28 * items, int(answers.sum()))], frame="traffic"
        )
        naive.append(independent.low <= rate <= independent.high)
    assert enough(clustered)
    assert enough(window)
    assert np.mean(naive) < 0.6
