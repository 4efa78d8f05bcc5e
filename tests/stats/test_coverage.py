"""Seeded simulations: the intervals cover the truth of generated traffic as often as they say.

The cells are those of `bench/coverage.py`, every fifth of them with 200 draws.
"""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.promises.checks import Check, every_check
from bench.promises.simulations import EXCHANGEABLE, GOOD, TwoModels, missed
from qualityslo.stats import Stratum, rate_interval

Mask = NDArray[np.bool_]

SIMULATED = [one for one in every_check() if one.kind == "simulation" and not one.slow]


@pytest.mark.slow
@pytest.mark.parametrize("check", SIMULATED, ids=lambda check: check.name)
def test_the_truth_is_covered_as_often_as_promised(check: Check) -> None:
    found = check.run(check.generator(seed=20), full=False)
    assert check.holds(found), found


@pytest.mark.slow
@pytest.mark.parametrize("cell", EXCHANGEABLE, ids=str)
def test_exchangeable_models_are_told_apart_no_more_often_than_promised(cell: TwoModels) -> None:
    """A/A: neither model is called worse in more than 2.5 % of draws, up to four errors."""
    found = missed(cell, np.random.default_rng(21), 400)
    assert found.side <= 0.025 + 4 * math.sqrt(0.025 * 0.975 / 400)


def labelled(mask: Mask, bad: Mask, count: int, rng: np.random.Generator) -> Stratum:
    """Return the stratum of a mask with `count` labels drawn from it."""
    members = np.flatnonzero(mask)
    drawn = rng.choice(members, size=min(count, len(members)), replace=False)
    return Stratum(len(members), len(drawn), int(bad[drawn].sum()))


def test_the_rate_of_a_set_is_covered_and_is_not_that_of_its_traffic_beside_many_remembered() -> (
    None
):
    """The two frames are different rates: the narrow one is no interval of the other."""
    rng, rate, items = np.random.default_rng(20), 0.05, 400
    of_set, of_traffic = [], []
    for _ in range(300):
        bad = rng.random(items) < rate
        known = rng.permutation(items) < 320
        alarm = GOOD.flags(bad, rng) & ~known
        strata = [
            labelled(known, bad, items, rng),
            labelled(alarm, bad, 5, rng),
            labelled(~alarm & ~known, bad, 20, rng),
        ]
        golden = rate_interval(strata)
        of_set.append(golden.low <= bad.mean() <= golden.high)
        of_traffic.append(golden.low <= rate <= golden.high)
    assert np.mean(of_set) >= 0.95 - 4 * math.sqrt(0.95 * 0.05 / 300)
    assert np.mean(of_traffic) < 0.9
