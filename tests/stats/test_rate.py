"""Which method `rate_interval` chooses, and what it says where labels are missing."""

from typing import Any, cast

import numpy as np
import pytest

from qualityslo.errors import StatsError
from qualityslo.stats import (
    Frame,
    Stratum,
    clopper_pearson,
    hypergeometric_interval,
    rate_interval,
)

QUIET, ALARM = Stratum(100, 12, 0), Stratum(30, 8, 3)
KNOWN = Stratum(80, 80, 3)


@pytest.mark.parametrize(
    ("strata", "frame", "method"),
    [
        pytest.param([KNOWN], "golden_set", "census", id="everything is labelled"),
        pytest.param([QUIET], "golden_set", "hypergeometric", id="one sampled stratum"),
        pytest.param([QUIET, ALARM], "golden_set", "finite2", id="two sampled strata"),
        pytest.param([QUIET, ALARM, KNOWN], "golden_set", "finite2", id="labels are remembered"),
        pytest.param([QUIET, ALARM, Stratum(9, 2, 0)], "golden_set", "finite3", id="three strata"),
        pytest.param(
            [Stratum(5000, 40, 1), ALARM],
            "golden_set",
            "exact2, fixed weights",
            id="the set is too large to enumerate",
        ),
        pytest.param(
            [Stratum(2 * 10**7, 40, 1)],
            "golden_set",
            "clopper_pearson, fixed weights",
            id="one stratum of twenty million",
        ),
        pytest.param(
            [Stratum(900, 90, 1), Stratum(60, 12, 0), Stratum(40, 8, 0), Stratum(20, 4, 1)],
            "golden_set",
            "exact2 and strict, 4 strata collapsed to 2, fixed weights",
            id="four strata with two sampling fractions",
        ),
        pytest.param(
            [Stratum(900, 90, 1), Stratum(60, 12, 0), Stratum(40, 8, 0)],
            "traffic",
            "super, exact2 and strict, 3 strata collapsed to 2",
            id="three strata of traffic with two sampling fractions",
        ),
        pytest.param(
            [Stratum(100, 10, 1), Stratum(60, 6, 0), Stratum(40, 4, 0)],
            "traffic",
            "super, clopper_pearson and strict, 3 strata collapsed to 1",
            id="three strata of traffic with one sampling fraction",
        ),
        pytest.param(
            [Stratum(900, 60, 1), Stratum(60, 9, 0), Stratum(40, 4, 0)],
            "traffic",
            "super, strict",
            id="three strata with three sampling fractions",
        ),
        pytest.param(
            [Stratum(3000, 900, 1), Stratum(1000, 500, 0)],
            "traffic",
            "super, strict",
            id="too many labels to rank the outcomes",
        ),
        pytest.param([QUIET], "traffic", "clopper_pearson", id="one stratum of traffic"),
        pytest.param([KNOWN], "traffic", "clopper_pearson", id="traffic labelled in full"),
        pytest.param([QUIET, ALARM], "traffic", "super2", id="two strata of traffic"),
        pytest.param(
            [QUIET, KNOWN], "traffic", "super, clopper_pearson", id="traffic partly remembered"
        ),
        pytest.param(
            [QUIET, Stratum(7, 0, 0)],
            "golden_set",
            "hypergeometric, 7 items in strata without labels",
            id="a stratum without labels",
        ),
        pytest.param([Stratum(7, 0, 0)], "golden_set", "no labels", id="no labels at all"),
    ],
)
def test_the_method_follows_from_the_design(
    strata: list[Stratum], frame: Frame, method: str
) -> None:
    assert rate_interval(strata, frame=frame).method == method


def test_a_census_of_the_set_is_exact() -> None:
    estimate = rate_interval([KNOWN, Stratum(20, 20, 2)])
    assert estimate.low == estimate.point == estimate.high == 5 / 100
    assert (estimate.labelled, estimate.items) == (100, 100)


def test_fully_labelled_strata_of_traffic_are_one_binomial_sample() -> None:
    estimate = rate_interval([KNOWN, Stratum(20, 20, 2)], frame="traffic")
    assert (estimate.low, estimate.high) == clopper_pearson(5, 100)


def test_one_sampled_stratum_beside_remembered_items_is_exact_plus_an_offset() -> None:
    low, high = hypergeometric_interval(1, 20, 120)
    estimate = rate_interval([Stratum(120, 20, 1), KNOWN])
    assert estimate.low == pytest.approx((120 * low + 3) / 200)
    assert estimate.high == pytest.approx((120 * high + 3) / 200)


@pytest.mark.parametrize("frame", ["golden_set", "traffic"])
def test_a_stratum_without_labels_widens_both_limits_by_its_share(frame: Frame) -> None:
    without = rate_interval([Stratum(100, 20, 2)], frame=frame)
    estimate = rate_interval([Stratum(100, 20, 2), Stratum(25, 0, 0)], frame=frame)
    assert estimate.low <= without.low * 0.8 + 1e-12
    assert estimate.high >= without.high * 0.8 + 0.2 - 1e-12
    assert estimate.point == 0.1
    assert (estimate.labelled, estimate.items) == (20, 125)


def test_known_items_beside_unlabelled_ones_leave_exactly_the_unlabelled_open() -> None:
    estimate = rate_interval([KNOWN, Stratum(20, 0, 0)])
    assert (estimate.low, estimate.high) == (3 / 100, 23 / 100)


@pytest.mark.parametrize("frame", ["golden_set", "traffic"])
def test_without_any_label_every_rate_is_possible_and_there_is_no_point(frame: Frame) -> None:
    estimate = rate_interval([Stratum(40, 0, 0), Stratum(2, 0, 0)], frame=frame)
    assert (estimate.point, estimate.low, estimate.high) == (None, 0.0, 1.0)


def test_one_unseen_item_of_a_hundred_may_still_be_either() -> None:
    assert rate_interval([Stratum(100, 99, 0)]).high == 1 / 100
    assert rate_interval([Stratum(100, 99, 99)]).low == 99 / 100


def test_what_was_seen_bounds_every_method() -> None:
    estimate = rate_interval([Stratum(5001, 5000, 10), Stratum(50, 49, 20)])
    assert estimate.method == "exact2, fixed weights"
    assert (estimate.low, estimate.high) == (30 / 5051, 32 / 5051)


def test_strata_without_items_change_nothing() -> None:
    assert rate_interval([QUIET, Stratum(0, 0, 0), ALARM]) == rate_interval([ALARM, QUIET])


def test_remembered_labels_narrow_the_set_rate_but_much_less_the_traffic_rate() -> None:
    strata = [Stratum(100, 20, 1), Stratum(300, 300, 9)]
    finite, traffic = rate_interval(strata), rate_interval(strata, frame="traffic")
    assert finite.high - finite.low < 0.06
    assert traffic.low < finite.low
    assert traffic.high > finite.high


def test_a_mostly_bad_traffic_mirrors_a_mostly_good_one() -> None:
    good = rate_interval([Stratum(300, 40, 1), Stratum(80, 80, 3)], frame="traffic")
    bad = rate_interval([Stratum(300, 40, 39), Stratum(80, 80, 77)], frame="traffic")
    assert bad.low == pytest.approx(1 - good.high, abs=1e-9)
    assert bad.high == pytest.approx(1 - good.low, abs=1e-9)


def test_an_estimate_of_exactly_one_half_is_symmetrical() -> None:
    estimate = rate_interval([Stratum(300, 40, 20), Stratum(80, 80, 40)], frame="traffic")
    assert estimate.low == pytest.approx(1 - estimate.high, abs=1e-9)


def test_more_confidence_is_a_wider_interval() -> None:
    usual, careful = rate_interval([QUIET, ALARM]), rate_interval([QUIET, ALARM], confidence=0.998)
    assert careful.low <= usual.low
    assert careful.high > usual.high


def test_an_alarm_stratum_worse_labelled_than_its_share_is_refused_with_a_remedy() -> None:
    strata = [Stratum(900, 60, 1), Stratum(60, 9, 0), Stratum(140, 3, 0)]
    with pytest.raises(StatsError, match=r"has 3 labels where 6\.4 are needed.*label more of it"):
        rate_interval(strata, frame="traffic")


def test_a_handful_of_labels_over_many_strata_is_refused() -> None:
    strata = [Stratum(90, 6, 1), Stratum(60, 2, 0), Stratum(40, 4, 0)]
    with pytest.raises(StatsError, match="are needed for an interval over 3 sampled strata"):
        rate_interval(strata, frame="traffic")


@pytest.mark.parametrize("strata", [[], [Stratum(0, 0, 0)]], ids=["no strata", "no items"])
def test_nothing_to_estimate_is_an_error(strata: list[Stratum]) -> None:
    with pytest.raises(StatsError, match="no items in any stratum"):
        rate_interval(strata)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0, -0.5, float("nan"), 1 - 1e-12])
def test_a_confidence_that_is_no_probability_is_refused(confidence: float) -> None:
    with pytest.raises(StatsError, match=r"confidence=.*write 95 % as 0\.95"):
        rate_interval([QUIET], confidence=confidence)


def test_an_unknown_frame_is_refused() -> None:
    with pytest.raises(StatsError, match="frame='set'; known: 'golden_set', 'traffic'"):
        rate_interval([QUIET], frame=cast("Any", "set"))


def test_counts_may_be_numpy_integers_of_any_size() -> None:
    big = Stratum(np.int64(9 * 10**11), np.int64(90), np.int64(1))  # type: ignore[arg-type]  # on purpose
    small = Stratum(np.int64(10**11), np.int64(30), np.int64(2))  # type: ignore[arg-type]  # on purpose
    assert type(big.items) is int
    scaled = rate_interval([Stratum(9 * 10**9, 90, 1), Stratum(10**9, 30, 2)], frame="traffic")
    estimate = rate_interval([big, small], frame="traffic")
    assert estimate.high == pytest.approx(scaled.high, abs=1e-8)


def test_hopeless_samples_still_give_limits_between_nothing_and_everything() -> None:
    estimate = rate_interval([Stratum(900, 1, 1), Stratum(30, 1, 0)])
    assert 0 < estimate.low < 0.1
    assert estimate.high == 929 / 930
