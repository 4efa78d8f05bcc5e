"""What holds for every design: order, mirror, monotony, and no certainty without a census."""

import math
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import assume, given, settings, strategies as st

from qualityslo.stats import (
    Estimate,
    Frame,
    PairedStratum,
    Stratum,
    clustered_rate_interval,
    paired_difference_interval,
    rate_interval,
    window_rate_interval,
)

TOLERANCE = 1e-8
FRAMES = st.sampled_from(["golden_set", "traffic"])
QUICK = settings(max_examples=60, deadline=None, derandomize=True)


@st.composite
def one_stratum(draw: st.DrawFn, least: int = 0, most: int = 15) -> Stratum:
    """Draw a stratum with `least` to `most` labels."""
    items = draw(st.integers(1, 60))
    labelled = draw(st.integers(min(least, items), min(items, most)))
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
THREE_STRATA = st.lists(one_stratum(least=1, most=5), min_size=3, max_size=3)
NIGHTS = st.lists(st.tuples(st.integers(0, 28), st.integers(0, 28)), min_size=1, max_size=30)
CONFIDENCES = st.sampled_from([(0.5, 0.8), (0.8, 0.95), (0.95, 0.99), (0.99, 0.999)])


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
@given(THREE_STRATA)
def test_three_strata_of_a_set_are_mirrored_ordered_and_monotone_too(
    strata: list[Stratum],
) -> None:
    estimate = rate_interval(strata)
    mirrored = rate_interval([flipped(one) for one in strata])
    assert mirrored.low == pytest.approx(1 - estimate.high, abs=TOLERANCE)
    assert mirrored.high == pytest.approx(1 - estimate.low, abs=TOLERANCE)
    assert rate_interval([*strata[1:], strata[0]]) == estimate
    for at, one in enumerate(strata):
        if one.bad < one.labelled:
            more = [*strata[:at], Stratum(one.items, one.labelled, one.bad + 1), *strata[at + 1 :]]
            worse = rate_interval(more)
            assert worse.low >= estimate.low - TOLERANCE
            assert worse.high >= estimate.high - TOLERANCE


@QUICK
@given(ANY_STRATA, PAIRED_STRATA, FRAMES, CONFIDENCES)
def test_more_confidence_is_never_a_narrower_interval(
    strata: list[Stratum], pairs: list[PairedStratum], frame: Frame, levels: tuple[float, float]
) -> None:
    rates = [rate_interval(strata, frame=frame, confidence=level) for level in levels]
    differences = [
        paired_difference_interval(pairs, frame=frame, confidence=level) for level in levels
    ]
    for narrow, wide in (rates, differences):
        assert wide.low <= narrow.low + TOLERANCE
        assert wide.high >= narrow.high - TOLERANCE


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
@given(PAIRED_STRATA, FRAMES)
def test_the_order_of_paired_strata_does_not_matter(
    strata: list[PairedStratum], frame: Frame
) -> None:
    estimate = paired_difference_interval(strata, frame=frame)
    turned = paired_difference_interval(strata[::-1], frame=frame)
    assert (turned.low, turned.high) == pytest.approx((estimate.low, estimate.high), abs=TOLERANCE)


def mostly_alike(one: PairedStratum) -> bool:
    """Tell whether the two models agree on at least half of a stratum's labels."""
    return 2 * (one.only_first_bad + one.only_second_bad) <= one.labelled


def one_worse(strata: list[PairedStratum]) -> Iterator[list[PairedStratum]]:
    """Yield the strata with one answer of the first model worse, of the second better, or both."""
    for at, one in enumerate(strata):
        for first, second in ((1, 0), (0, -1), (1, -1)):
            counts = one.only_first_bad + first, one.only_second_bad + second
            if min(counts) >= 0 and sum(counts) <= one.labelled:
                changed = PairedStratum(one.items, one.labelled, *counts)
                yield [*strata[:at], changed, *strata[at + 1 :]]


@QUICK
@given(st.lists(paired_stratum(), min_size=1, max_size=3))
def test_a_worse_first_model_never_lowers_a_limit_where_models_mostly_agree(
    strata: list[PairedStratum],
) -> None:
    """Where models hardly ever agree the limits may step back by up to 3 points."""
    assume(all(map(mostly_alike, strata)))
    estimate = paired_difference_interval(strata, frame="golden_set")
    for changed in one_worse(strata):
        if all(map(mostly_alike, changed)):
            worse = paired_difference_interval(changed, frame="golden_set")
            assert worse.low >= estimate.low - TOLERANCE
            assert worse.high >= estimate.high - TOLERANCE


@QUICK
@given(NIGHTS, st.randoms(use_true_random=False))
def test_the_order_of_the_items_of_a_window_does_not_matter(
    nights: list[tuple[int, int]], random: Random
) -> None:
    shuffled = random.sample(nights, len(nights))
    for interval in (clustered, windowed):
        one, other = interval(nights), interval(shuffled)
        assert (other.low, other.high) == pytest.approx((one.low, one.high), abs=TOLERANCE)


@QUICK
@given(NIGHTS)
def test_a_window_holds_its_point_mirrors_and_never_looks_certain(
    nights: list[tuple[int, int]],
) -> None:
    good = [(max(pair) - min(pair), max(pair)) for pair in nights]
    for interval in (clustered, windowed):
        estimate = interval(nights)
        assert is_sound(estimate)
        mirrored = interval(good)
        assert mirrored.low == pytest.approx(1 - estimate.high, abs=TOLERANCE)
        assert mirrored.high == pytest.approx(1 - estimate.low, abs=TOLERANCE)


def clustered(nights: list[tuple[int, int]]) -> Estimate:
    """Return the clustered rate of items, the smaller of two counts being the bad nights."""
    return clustered_rate_interval([min(pair) for pair in nights], [max(pair) for pair in nights])


def windowed(nights: list[tuple[int, int]]) -> Estimate:
    """Return the window's rate with these counts as weights, some of them fractions."""
    weights = [max(pair) / 3 for pair in nights]
    return window_rate_interval(weights, [min(pair) / 3 for pair in nights])
