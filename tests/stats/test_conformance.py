"""Published figures of standard methods (statistics-survey.md, section 3), for those we ship."""

from collections.abc import Sequence

import numpy as np
import pytest

from qualityslo.stats import (
    ScoreEstimate,
    agreement,
    benjamini_hochberg,
    clopper_pearson,
    hypergeometric_interval,
    mcnemar_exact,
    ppi_mean,
    rate_interval,
    zero_failure_upper,
)
from qualityslo.stats.strata import Stratum

_: None = None
# The example of the package `krippendorff`: three coders, fifteen units.
CODERS = [
    [_, _, _, _, _, 3, 4, 1, 2, 1, 1, 3, 3, _, 3],
    [1, _, 2, 1, 3, 3, 4, 3, _, _, _, _, _, _, _],
    [_, _, 2, 1, 3, 4, 4, _, 2, 1, 1, 3, 3, _, 4],
]


@pytest.mark.parametrize(
    ("bad", "labelled", "low", "high"),
    [
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0, 0.1684),
        (1, 29, 0.0009, 0.1776),
        (81, 263, 0.2527, 0.3676),
    ],
    ids=["15 of 148", "0 of 20", "1 of 29", "81 of 263"],
)
def test_clopper_pearson_is_the_exact_interval_of_newcombe(
    bad: int, labelled: int, low: float, high: float
) -> None:
    assert clopper_pearson(bad, labelled) == pytest.approx((low, high), abs=5.1e-5)
    traffic = rate_interval([Stratum(10**9, labelled, bad)], frame="traffic")
    assert (traffic.low, traffic.high) == pytest.approx((low, high), abs=5.1e-5)


def test_mcnemar_exact() -> None:
    assert mcnemar_exact(121, 59) == pytest.approx(4.434e-06, abs=5e-10)


def test_benjamini_hochberg() -> None:
    found = benjamini_hochberg([0.001, 0.01, 0.03, 0.2, 0.5])
    assert found.tolist() == pytest.approx([0.005, 0.025, 0.05, 0.25, 0.5])


def test_no_failure_allows_what_the_rule_of_three_says_for_two_sides() -> None:
    assert zero_failure_upper(120) == pytest.approx(clopper_pearson(0, 120)[1])
    assert zero_failure_upper(10_000) == pytest.approx(3.7 / 10_000, rel=0.01)


def test_a_small_sample_of_a_large_set_is_a_binomial_one() -> None:
    finite = hypergeometric_interval(15, 148, 5_000_000)
    assert finite == pytest.approx(clopper_pearson(15, 148), abs=1e-5)


def ppi_example() -> tuple[list[float], list[float], list[float]]:
    """Return the labels, the grader's scores of them, and those of the rest."""
    rng = np.random.default_rng(0)
    truth = np.less(rng.random(100), 0.1).astype(float)
    score = truth.copy()
    score[:5] = 1 - score[:5]
    return truth.tolist(), score.tolist(), np.less(rng.random(1900), 0.1).astype(float).tolist()


@pytest.mark.parametrize(
    ("tuned", "low", "high"),
    [(True, 0.05570696, 0.13771583), (False, 0.04935773, 0.14116859)],
    ids=["power-tuned", "weight 1"],
)
def test_prediction_powered_inference_is_that_of_ppi_py(
    *, tuned: bool, low: float, high: float
) -> None:
    found = ppi_mean(*ppi_example(), power_tuning=tuned)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-8)


def points(ratings: Sequence[Sequence[int | None]]) -> tuple[float, float, float]:
    """Return raw agreement, alpha and AC1."""
    found = agreement(ratings, rng=np.random.default_rng(1), resamples=50)
    values = []
    for one in (found.raw, found.alpha, found.ac1):
        assert isinstance(one, ScoreEstimate)
        values.append(one.point)
    return values[0], values[1], values[2]


def test_krippendorff_alpha_of_its_own_example() -> None:
    assert points(CODERS)[1] == pytest.approx(0.691358, abs=5e-7)


def test_the_kappa_paradox_does_not_touch_ac1() -> None:
    first, second = [1] * 3 + [0] * 97, [0] * 3 + [1] * 2 + [0] * 95
    raw, alpha, ac1 = points([first, second])
    assert raw == pytest.approx(0.95)
    assert ac1 == pytest.approx(0.9474, abs=5e-5)
    assert alpha < 0
    found = agreement([first, second], rng=np.random.default_rng(1)).ac1
    assert isinstance(found, ScoreEstimate)
    # The published limits are normal ones, hence as far below as above: .8995 to .9954.
    assert (found.low, found.high) == pytest.approx((0.8995, 0.9954), abs=0.012)
