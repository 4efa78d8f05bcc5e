"""The paired difference in its two frames."""

from typing import Any, cast

import pytest

from qualityslo.errors import StatsError
from qualityslo.stats import Frame, PairedStratum, paired_difference_interval

SAMPLED = PairedStratum(100, 20, 3, 1)
KNOWN = PairedStratum(60, 60, 4, 2)


def test_a_fully_labelled_set_is_a_census() -> None:
    estimate = paired_difference_interval([KNOWN, PairedStratum(40, 40, 0, 1)], frame="golden_set")
    assert estimate.method == "census"
    assert estimate.low == estimate.point == estimate.high == 1 / 100


def test_a_fully_labelled_sample_of_traffic_has_width() -> None:
    estimate = paired_difference_interval([KNOWN, PairedStratum(40, 40, 0, 1)])
    assert estimate.method == "paired"
    assert estimate.low < 0 < estimate.high
    assert estimate == paired_difference_interval([PairedStratum(100, 100, 4, 3)])


def test_in_the_set_known_items_are_a_constant() -> None:
    alone = paired_difference_interval([SAMPLED], frame="golden_set")
    beside = paired_difference_interval([SAMPLED, KNOWN], frame="golden_set")
    assert beside.low == pytest.approx((100 * alone.low + 2) / 160)
    assert beside.high == pytest.approx((100 * alone.high + 2) / 160)


def test_the_traffic_rate_is_less_certain_than_the_set_rate() -> None:
    traffic = paired_difference_interval([SAMPLED, KNOWN])
    golden = paired_difference_interval([SAMPLED, KNOWN], frame="golden_set")
    assert traffic.low < golden.low
    assert traffic.high > golden.high
    assert traffic.point == golden.point == pytest.approx(12 / 160)


def test_items_with_identical_answers_shrink_the_difference() -> None:
    alone = paired_difference_interval([SAMPLED])
    diluted = paired_difference_interval([SAMPLED, PairedStratum(100, 100, 0, 0)])
    assert diluted.high < alone.high


def test_what_was_seen_bounds_the_difference_in_the_set() -> None:
    estimate = paired_difference_interval([PairedStratum(50, 49, 5, 0)], frame="golden_set")
    assert (estimate.low, estimate.high) == (4 / 50, 6 / 50)


@pytest.mark.parametrize("frame", ["golden_set", "traffic"])
def test_a_stratum_without_labels_may_go_either_way(frame: Frame) -> None:
    without = paired_difference_interval([SAMPLED], frame=frame)
    estimate = paired_difference_interval([SAMPLED, PairedStratum(25, 0, 0, 0)], frame=frame)
    assert estimate.high >= without.high * 0.8 + 0.2 - 1e-12
    assert estimate.low <= without.low * 0.8 - 0.2 + 1e-12
    assert estimate.method == "paired, 25 items in strata without labels"
    assert estimate.point == pytest.approx(0.1)


@pytest.mark.parametrize("frame", ["golden_set", "traffic"])
def test_without_any_label_every_difference_is_possible(frame: Frame) -> None:
    estimate = paired_difference_interval([PairedStratum(25, 0, 0, 0)], frame=frame)
    assert (estimate.point, estimate.low, estimate.high) == (None, -1.0, 1.0)
    assert estimate.method == "no labels"


def test_certain_disagreement_keeps_its_arm() -> None:
    estimate = paired_difference_interval([PairedStratum(10**9, 20, 20, 0)])
    assert estimate.high == 1.0
    assert 0.6 < estimate.low < 0.9


def test_nothing_to_compare_is_an_error() -> None:
    with pytest.raises(StatsError, match="no items in any stratum"):
        paired_difference_interval([PairedStratum(0, 0, 0, 0)])


def test_an_unknown_frame_is_refused() -> None:
    with pytest.raises(StatsError, match="frame='set'"):
        paired_difference_interval([SAMPLED], frame=cast("Any", "set"))
