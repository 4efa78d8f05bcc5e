"""A confidence sequence holds at every look; a fixed interval looked at every night does not."""

import math
from functools import cache

import numpy as np
import pytest

from qualityslo.errors import StatsError
from qualityslo.stats import clopper_pearson, confidence_sequence


@pytest.mark.parametrize(
    ("bad", "labelled", "confidence"),
    [(3, 100, 0.95), (0, 20, 0.95), (20, 20, 0.95), (40, 560, 0.99), (1, 1, 0.5)],
    ids=["some bad", "none bad", "all bad", "28 nights", "one label"],
)
def test_the_limits_are_where_the_mixture_reaches_its_level(
    bad: int, labelled: int, confidence: float
) -> None:
    from scipy.special import betaln

    estimate = confidence_sequence(bad, labelled, confidence=confidence)
    mixture = betaln(0.5 + bad, 0.5 + labelled - bad) - betaln(0.5, 0.5)
    rates = np.linspace(0, 1, 200_001)[1:-1]
    evidence = mixture - bad * np.log(rates) - (labelled - bad) * np.log(1 - rates)
    inside = rates[evidence < math.log(1 / (1 - confidence))]
    low, high = (inside.min(), inside.max())
    assert estimate.low == pytest.approx(low if bad else 0, abs=6e-6)
    assert estimate.high == pytest.approx(high if bad < labelled else 1, abs=6e-6)
    assert estimate.point == bad / labelled
    assert (estimate.frame, estimate.method) == ("traffic", "beta_binomial_sequence")
    assert (estimate.labelled, estimate.items) == (labelled, labelled)


def test_before_the_first_label_everything_is_possible() -> None:
    estimate = confidence_sequence(0, 0)
    assert (estimate.low, estimate.point, estimate.high) == (0, None, 1)


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.3])
def test_28_looks_exclude_the_truth_in_few_series_where_a_fixed_interval_does_in_many(
    rate: float,
) -> None:
    sequence, fixed = cache(confidence_sequence), cache(clopper_pearson)
    rng, series, each = np.random.default_rng(13), 1000, 20
    lost = np.zeros(2)
    for nights in rng.binomial(each, rate, size=(series, 28)).cumsum(axis=1).tolist():
        looks = [(bad, each * night) for night, bad in enumerate(nights, start=1)]
        estimates = [sequence(*look) for look in looks]
        lost[0] += not all(one.low <= rate <= one.high for one in estimates)
        limits = [fixed(*look) for look in looks]
        lost[1] += not all(low <= rate <= high for low, high in limits)
    assert lost[0] / series <= 0.05
    assert lost[1] / series > 0.1


@pytest.mark.parametrize(
    ("bad", "labelled", "confidence", "message"),
    [
        pytest.param(4, 3, 0.95, "exceeds labelled", id="more bad than labelled"),
        pytest.param(-1, 3, 0.95, "negative", id="a negative count"),
        pytest.param(1, 3, 95, "write 95 % as 0.95", id="a percentage"),
    ],
)
def test_impossible_counts_are_refused(
    bad: int, labelled: int, confidence: float, message: str
) -> None:
    with pytest.raises(StatsError, match=message):
        confidence_sequence(bad, labelled, confidence=confidence)
