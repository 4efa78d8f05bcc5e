"""One stratum: published exact limits, McNemar, and what a failure-free set still allows."""

import math

import pytest

from qualityslo.errors import StatsError
from qualityslo.stats import (
    clopper_pearson,
    hypergeometric_interval,
    mcnemar_exact,
    zero_failure_upper,
)


@pytest.mark.parametrize(
    ("bad", "labelled", "low", "high"),
    [
        (0, 5, 0.0, 0.521824),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0, 0.1684),
        (1, 29, 0.0009, 0.1776),
        (81, 263, 0.2527, 0.3676),
        (7, 7, 1 - 0.4096, 1.0),
    ],
    ids=["0 of 5", "15 of 148", "0 of 20", "1 of 29", "81 of 263", "7 of 7"],
)
def test_clopper_pearson_gives_the_published_limits(
    bad: int, labelled: int, low: float, high: float
) -> None:
    digits = 6 if labelled == 5 else 4
    assert clopper_pearson(bad, labelled) == pytest.approx((low, high), abs=0.51 * 10**-digits)


def test_the_hypergeometric_limits_are_the_first_and_last_totals_not_too_unlikely() -> None:
    low, high = hypergeometric_interval(2, 10, 40)

    def at_most(bad: int, total: int) -> float:
        ways = sum(math.comb(total, x) * math.comb(40 - total, 10 - x) for x in range(bad + 1))
        return ways / math.comb(40, 10)

    assert round(40 * high) == max(b for b in range(41) if at_most(2, b) >= 0.025)
    assert round(40 * low) == min(b for b in range(41) if 1 - at_most(1, b) >= 0.025)


def test_a_fully_labelled_set_has_no_width() -> None:
    assert hypergeometric_interval(3, 12, 12) == (0.25, 0.25)


def test_a_huge_set_is_as_good_as_an_endless_one() -> None:
    assert hypergeometric_interval(3, 50, 10**12) == clopper_pearson(3, 50)
    assert hypergeometric_interval(3, 50, 10**7) == pytest.approx(clopper_pearson(3, 50), abs=1e-5)


def test_mcnemar_agrees_with_the_direct_sum_of_coin_tosses() -> None:
    for first in range(12):
        for second in range(12):
            tosses = first + second
            tail = sum(math.comb(tosses, k) for k in range(min(first, second) + 1)) / 2**tosses
            assert mcnemar_exact(first, second) == pytest.approx(min(1.0, 2 * tail))


def test_mcnemar_of_fourteen_against_four() -> None:
    assert mcnemar_exact(14, 4) == pytest.approx(0.030884, abs=5e-7)


def test_mcnemar_of_a_large_published_table() -> None:
    assert mcnemar_exact(121, 59) == pytest.approx(4.434e-06, abs=5e-10)


def test_mcnemar_without_disagreement_shows_nothing() -> None:
    assert mcnemar_exact(0, 0) == 1.0


def test_a_set_of_120_items_without_failure_still_allows_three_percent() -> None:
    assert f"{zero_failure_upper(120):.1%}" == "3.0%"
    assert zero_failure_upper(120) == pytest.approx(clopper_pearson(0, 120)[1])


def test_one_item_allows_almost_everything() -> None:
    assert zero_failure_upper(1) == pytest.approx(0.975)


def test_impossible_numbers_are_refused() -> None:
    with pytest.raises(StatsError, match="bad=6 exceeds labelled=5"):
        clopper_pearson(6, 5)
    with pytest.raises(StatsError, match="labelled=0"):
        clopper_pearson(0, 0)
    with pytest.raises(StatsError, match="labelled=20 exceeds items=10"):
        hypergeometric_interval(1, 20, 10)
    with pytest.raises(StatsError, match="labelled=0"):
        hypergeometric_interval(0, 0, 10)
    with pytest.raises(StatsError, match="counts start at 0"):
        mcnemar_exact(-1, 3)
    with pytest.raises(StatsError, match="items=0: at least one item"):
        zero_failure_upper(0)
