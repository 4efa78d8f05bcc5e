"""Rates over many nights of the same items count items, not labels."""

import numpy as np
import pytest

from qualityslo.errors import StatsError
from qualityslo.stats import clopper_pearson, clustered_rate_interval, window_rate_interval
from qualityslo.stats.binomial import beta_limits


def test_28_nights_of_the_same_items_are_nowhere_near_28_times_the_evidence() -> None:
    window = clustered_rate_interval([28] + 199 * [0], 200 * [28])
    naive_low, naive_high = beta_limits(28, 5600, 0.025)
    assert window.high - window.low > 5 * (naive_high - naive_low)


def test_a_fully_labelled_window_is_the_clustered_rate() -> None:
    bad = [28.0, 3.0] + 98 * [0.0]
    window = window_rate_interval(100 * [28.0], bad)
    nights = clustered_rate_interval(bad, 100 * [28])
    assert (window.low, window.high) == pytest.approx((nights.low, nights.high))


def test_items_never_observed_are_left_out() -> None:
    estimate = clustered_rate_interval([1, 0, 0, 0], [2, 2, 2, 0])
    assert (estimate.items, estimate.labelled) == (3, 6)
    assert estimate == clustered_rate_interval([1, 0, 0], [2, 2, 2])


def test_the_effective_sample_is_never_larger_than_the_number_of_nights() -> None:
    estimate = clustered_rate_interval(40 * [1], 40 * [2])
    assert (estimate.low, estimate.high) == pytest.approx(beta_limits(40, 80, 0.025))


def test_a_single_item_says_as_much_as_one_label() -> None:
    estimate = clustered_rate_interval([0], [28])
    assert (estimate.low, estimate.high) == pytest.approx((0.0, 0.975))


def test_all_bad_reaches_one() -> None:
    estimate = window_rate_interval([1.1, 2.2, 0.0], [1.1, 2.2, 0.0])
    assert (estimate.point, estimate.high) == (1.0, 1.0)
    assert estimate.low > 0


def test_nights_without_any_label_leave_everything_possible() -> None:
    for estimate in (
        clustered_rate_interval([0, 0], [0, 0]),
        window_rate_interval([0.0, 0.0], [0.0, 0.0]),
    ):
        assert (estimate.point, estimate.low, estimate.high) == (None, 0.0, 1.0)
        assert (estimate.method, estimate.items) == ("no labels", 2)


def test_the_number_of_labels_and_the_frame_are_recorded() -> None:
    estimate = window_rate_interval(
        [5.0, 5.0, 0.0], [5.0, 0.0, 0.0], labelled=9, frame="golden_set"
    )
    assert (estimate.labelled, estimate.items, estimate.frame) == (9, 3, "golden_set")
    assert window_rate_interval([5.0, 5.0, 0.0], [5.0, 0.0, 0.0]).labelled == 2


def test_more_confidence_is_a_wider_window() -> None:
    usual = window_rate_interval(20 * [3.0], [3.0] + 19 * [0.0])
    careful = window_rate_interval(20 * [3.0], [3.0] + 19 * [0.0], confidence=0.99)
    assert careful.low < usual.low
    assert careful.high > usual.high


@pytest.mark.parametrize(
    ("bad", "valid", "message"),
    [
        pytest.param([1], [2, 2], r"bad has shape \(1,\), valid \(2,\)", id="different lengths"),
        pytest.param([[1]], [[2]], "pass one value for each item", id="a matrix"),
        pytest.param([], [], "valid is empty", id="no items"),
        pytest.param(
            [0, 3], [2, 2], "item 1: bad=3, valid=2; need 0 <= bad <= valid", id="too many"
        ),
        pytest.param([-1], [2], "item 0: bad=-1", id="negative"),
        pytest.param([0.5], [2], "pass whole numbers", id="half a bad night"),
        pytest.param([0], [2.5], "pass whole numbers", id="half a night"),
        pytest.param([float("nan")], [2], "not finite", id="a NaN"),
        pytest.param([0], [float("inf")], "not finite", id="an infinite count"),
    ],
)
def test_impossible_nights_are_refused(bad: list[float], valid: list[float], message: str) -> None:
    with pytest.raises(StatsError, match=message):
        clustered_rate_interval(bad, valid)


def test_a_window_with_more_bad_than_weight_is_refused() -> None:
    with pytest.raises(StatsError, match="item 0: bad_weights=2, weights=1"):
        window_rate_interval([1.0], [2.0])
    assert window_rate_interval([0.1 + 0.2, 1.0], [0.3, 0.0]).point is not None


def test_for_a_gate_every_item_is_one_observation_however_many_nights_it_has() -> None:
    few = clustered_rate_interval([1, 0, 0, 0], [1, 1, 1, 1], for_gate=True)
    many = clustered_rate_interval([28, 0, 0, 0], [28, 7, 1, 28], for_gate=True)
    assert (few.low, few.high) == (many.low, many.high)
    assert (few.low, few.high) == pytest.approx(clopper_pearson(1, 4))
    assert (many.method, many.labelled) == ("cluster, items", 64)


def test_a_gate_never_takes_inconsistent_items_for_many_observations() -> None:
    rng = np.random.default_rng(3)
    bad = rng.binomial(28, 0.1, size=200)
    plain = clustered_rate_interval(bad, 200 * [28])
    gate = clustered_rate_interval(bad, 200 * [28], for_gate=True)
    assert gate.high - gate.low > 1.5 * (plain.high - plain.low)
