"""What holds for every design: order, mirror, monotony, and no certainty without a census."""

import math

import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.stats import (
    Estimate,
    Frame,
    PairedStratum,
    Stratum,
    clustered_rate_interval,
    paired_difference_interval,
    rate_interval,
)

TOLERANCE = 1e-8
FRAMES = st.sampled_from(["golden_set", "traffic"])
QUICK = settings(max_examples=60, deadline=None, derandomize=True)


@st.composite
def one_stratum(draw: st.DrawFn, least: int = 0) -> Stratum:
    """Draw a stratum with up to 15 labels."""
    items = draw(st.integers(1, 60))
    labelled = draw(st.integers(min(least, items), min(items, 15)))
    return Stratum(items, labelled, draw(st.integers(0, labelled)))


@st.composite
def paired_stratum(draw: st.DrawFn) -> PairedStratum:
    """Draw a paired stratum with up to 30 labels."""
    items = draw(st.integers(1, 200))
    labelled = draw(st.integers(0, min(items, 30)))
    first = draw(st.integers(0, labelled))
    return PairedStratum(items, labelled, first, draw(st.integers(0, labelled - first)))


ANY_STRATA = st.lists(one_stratum(), min_size=1, max_size=2)
LABELLED_STRATA = st.lists(one_stratum(least=1), min_size=1, max_size=2)
PAIRED_STRATA = st.lists(paired_stratum(), min_size=1, max_size=4)


def is_sound(estimate: Estimate) -> bool:
    """Tell whether all numbers are finite and in order, and zero width is kept for a census."""
    numbers = [estimate.low, estimate.high, *([] if estimate.point is None else [estimate.point])]
    ordered = estimate.low <= (estimate.low if estimate.point is None else estimate.point)
    exact = estimate.low == estimate.high
    return all(map(math.isfinite, numbers)) and ordered and exact == (estimate.method == "census")


def flipped(stratum: Stratum) -> Stratum:
    """Return the stratum with good and bad exchanged."""
    return Stratum(stratum.items, stratum.labelled, stratum.labelled - stratum.bad)


@QUICK
@given(ANY_STRATA, FRAMES)
def test_a_rate_holds_its_point_and_only_a_census_is_certain(
    strata: list[Stratum], frame: Frame
) -> None:
    estimate = rate_interval(strata, frame=frame)
    assert is_sound(estimate)
    assert 0 <= estimate.low <= estimate.high <= 1
    assert (estimate.point is None) == (estimate.labelled == 0)
    assert (estimate.method == "census") == (
        frame == "golden_set" and all(one.labelled == one.items for one in strata)
    )


@QUICK
@given(ANY_STRATA, FRAMES)
def test_exchanging_good_and_bad_mirrors_the_interval(strata: list[Stratum], frame: Frame) -> None:
    estimate = rate_interval(strata, frame=frame)
    mirrored = rate_interval([flipped(one) for one in strata], frame=frame)
    assert mirrored.low == pytest.approx(1 - estimate.high, abs=TOLERANCE)
    assert mirrored.high == pytest.approx(1 - estimate.low, abs=TOLERANCE)


@QUICK
@given(LABELLED_STRATA)
def test_one_more_bad_item_never_lowers_a_limit_of_the_set(strata: list[Stratum]) -> None:
    estimate = rate_interval(strata)
    for at, one in enumerate(strata):
        if one.bad < one.labelled:
            more = [*strata[:at], Stratum(one.items, one.labelled, one.bad + 1), *strata[at + 1 :]]
            worse = rate_interval(more)
            assert worse.low >= estimate.low - TOLERANCE
            assert worse.high >= estimate.high - TOLERANCE


@QUICK
@given(st.lists(one_stratum(least=1), min_size=2, max_size=2))
def test_one_more_bad_item_never_lowers_a_limit_for_fixed_weights(strata: list[Stratum]) -> None:
    def scaled(sample: list[Stratum]) -> list[Stratum]:
        return [Stratum(one.items * 10**9, one.labelled, one.bad) for one in sample]

    estimate = rate_interval(scaled(strata), frame="traffic")
    for at, one in enumerate(strata):
        if one.bad < one.labelled:
            more = [*strata[:at], Stratum(one.items, one.labelled, one.bad + 1), *strata[at + 1 :]]
            worse = rate_interval(scaled(more), frame="traffic")
            assert worse.low >= estimate.low - 1e-6
            assert worse.high >= estimate.high - 1e-6


@QUICK
@given(ANY_STRATA, FRAMES)
def test_the_order_of_the_strata_does_not_matter(strata: list[Stratum], frame: Frame) -> None:
    assert rate_interval(strata, frame=frame) == rate_interval(strata[::-1], frame=frame)


@QUICK
@given(PAIRED_STRATA, FRAMES)
def test_a_difference_holds_its_point_and_only_a_census_is_certain(
    strata: list[PairedStratum], frame: Frame
) -> None:
    estimate = paired_difference_interval(strata, frame=frame)
    assert is_sound(estimate)
    assert -1 <= estimate.low <= estimate.high <= 1


@QUICK
@given(PAIRED_STRATA, FRAMES)
def test_exchanging_the_models_negates_the_interval(
    strata: list[PairedStratum], frame: Frame
) -> None:
    estimate = paired_difference_interval(strata, frame=frame)
    exchanged = paired_difference_interval(
        [
            PairedStratum(one.items, one.labelled, one.only_second_bad, one.only_first_bad)
            for one in strata
        ],
        frame=frame,
    )
    assert exchanged.low == pytest.approx(-estimate.high, abs=TOLERANCE)
    assert exchanged.high == pytest.approx(-estimate.low, abs=TOLERANCE)


@QUICK
@given(st.lists(st.tuples(st.integers(0, 28), st.integers(0, 28)), min_size=1, max_size=30))
def test_nights_of_the_same_items_never_look_certain(nights: list[tuple[int, int]]) -> None:
    bad, valid = [min(pair) for pair in nights], [max(pair) for pair in nights]
    estimate = clustered_rate_interval(bad, valid)
    assert is_sound(estimate)
    mirrored = clustered_rate_interval([v - b for b, v in zip(bad, valid, strict=True)], valid)
    assert mirrored.low == pytest.approx(1 - estimate.high, abs=TOLERANCE)
