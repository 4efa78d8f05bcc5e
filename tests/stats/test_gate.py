"""`pair_exact`: the published vectors, and what a difference on a golden set must keep to."""

import pytest
from hypothesis import given, settings, strategies as st

from bench.exhaustive_pairs import DESIGNS, SIDE, PairDesign, check
from qualityslo.errors import StatsError
from qualityslo.stats import PairedStratum, paired_difference_interval, paired_gate_interval
from qualityslo.stats.gate import GateSample

Counts = tuple[int, int, int, int]

NONE = (0, 0, 0, 0)


def stratum(counts: Counts) -> PairedStratum:
    """Return (x, y, n, M) of the reference as a stratum."""
    first, second, labelled, items = counts
    return PairedStratum(items, labelled, first, second)


@pytest.mark.parametrize(
    ("candidate", "baseline", "agree", "items", "low", "high"),
    [
        pytest.param((10, 0, 15, 60), (0, 10, 15, 60), (0, 0, 70, 880), 1000, -38, 38, id="equal"),
        pytest.param((0, 0, 8, 30), (0, 0, 8, 30), (0, 0, 84, 940), 1000, -38, 38, id="nothing"),
        pytest.param(
            (20, 1, 30, 60), (1, 12, 30, 60), (1, 0, 140, 880), 1000, 1, 48, id="a worse candidate"
        ),
        pytest.param(
            (35, 0, 60, 60), (0, 30, 60, 60), (2, 1, 280, 880), 1000, -3, 21, id="alarms known"
        ),
        pytest.param(
            (5, 0, 10, 20), (0, 2, 10, 20), (0, 0, 40, 160), 200, -5, 17, id="a small set"
        ),
        pytest.param(NONE, NONE, (5, 2, 100, 1000), 1000, -25, 90, id="no grader"),
        pytest.param(NONE, NONE, (0, 0, 60, 400), 400, -22, 22, id="no grader, nothing found"),
        pytest.param((3, 0, 6, 6), (0, 1, 4, 4), (1, 1, 30, 190), 400, -22, 26, id="few alarms"),
    ],
)
def test_the_published_vectors_are_met(
    candidate: Counts, baseline: Counts, agree: Counts, items: int, low: int, high: int
) -> None:
    found = paired_gate_interval(
        stratum(candidate), stratum(baseline), stratum(agree), items=items
    )
    assert found.low == pytest.approx(low / items, abs=1e-6)
    assert found.high == pytest.approx(high / items, abs=1e-6)
    assert (found.method, found.frame) == ("pair_exact", "golden_set")


@pytest.mark.parametrize(
    ("alarms", "agree", "high"),
    [
        pytest.param((22, 60), (150, 880), 19, id="150 labels"),
        pytest.param((10, 60), (75, 880), 40, id="75 labels"),
        pytest.param((40, 60), (300, 880), 8, id="300 labels"),
    ],
)
def test_new_silent_failures_stay_possible_as_far_as_labels_leave_them(
    alarms: tuple[int, int], agree: tuple[int, int], high: int
) -> None:
    """A candidate that fails only where no grader looks breaks Bonett-Price: 21 % misses."""
    alarm = stratum((0, 0, *alarms))
    found = paired_gate_interval(alarm, alarm, stratum((0, 0, *agree)), items=1000)
    assert round(found.high * 1000) == high


@pytest.mark.slow
@pytest.mark.parametrize(
    "design", [one for one in DESIGNS if not one.slow and one.known == (0, 0)], ids=str
)
def test_no_truth_of_a_small_set_is_missed_more_often_than_promised(design: PairDesign) -> None:
    found = check(design)
    assert found.misses.tried > 20
    assert found.misses.side <= SIDE


def _strata(draw: st.DrawFn, items: int) -> PairedStratum:
    total = draw(st.integers(0, items))
    labelled = draw(st.integers(min(1, total), total))
    first = draw(st.integers(0, labelled))
    return PairedStratum(total, labelled, first, draw(st.integers(0, labelled - first)))


@st.composite
def samples(draw: st.DrawFn) -> tuple[PairedStratum, PairedStratum, PairedStratum, int]:
    """Return three labelled strata and how many items there are with the identical answers."""
    found = _strata(draw, 6), _strata(draw, 6), _strata(draw, 14)
    inside = sum(one.items for one in found)
    return *found, inside + draw(st.integers(1 if inside == 0 else 0, 8))


def swapped(one: PairedStratum) -> PairedStratum:
    """Return the stratum with the models in each other's place."""
    return PairedStratum(one.items, one.labelled, one.only_second_bad, one.only_first_bad)


@settings(max_examples=40, deadline=None)
@given(samples())
def test_exchanging_the_models_negates_and_only_a_census_is_certain(
    sample: tuple[PairedStratum, PairedStratum, PairedStratum, int],
) -> None:
    candidate, baseline, agree, items = sample
    found = paired_gate_interval(candidate, baseline, agree, items=items)
    mirrored = paired_gate_interval(
        swapped(baseline), swapped(candidate), swapped(agree), items=items
    )
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low), abs=1e-12)
    known = all(one.labelled == one.items for one in (candidate, baseline, agree))
    assert (found.low == found.high) == known
    assert (found.method == "census") == known


@settings(max_examples=40, deadline=None)
@given(samples(), st.floats(-0.5, 0.5))
def test_the_fast_answer_about_a_margin_is_that_of_the_interval(
    sample: tuple[PairedStratum, PairedStratum, PairedStratum, int], margin: float
) -> None:
    candidate, baseline, agree, items = sample
    asked = GateSample(
        candidate_alarm=candidate, baseline_alarm=baseline, agree=agree, items=items
    )
    assert asked.excludes(margin) == (asked.interval().high < margin)


def test_remembered_pairs_are_a_constant() -> None:
    strata = PairedStratum(20, 8, 3, 0), PairedStratum(20, 8, 0, 2), PairedStratum(150, 40, 0, 0)
    alone = paired_gate_interval(*strata, items=200)
    beside = paired_gate_interval(*strata, items=220, remembered=PairedStratum(20, 20, 5, 1))
    assert beside.low * 220 == pytest.approx(alone.low * 200 + 4)
    assert beside.high * 220 == pytest.approx(alone.high * 200 + 4)


def test_a_much_better_candidate_is_seen_as_closely_as_a_worse_one() -> None:
    found = paired_gate_interval(
        stratum(NONE), PairedStratum(82, 51, 0, 42), stratum(NONE), items=82
    )
    assert found.high < -0.7


def test_it_is_shorter_than_the_interval_of_any_draw() -> None:
    strata = (
        PairedStratum(60, 30, 20, 1),
        PairedStratum(60, 30, 1, 12),
        PairedStratum(880, 140, 1, 0),
    )
    exact = paired_gate_interval(*strata, items=1000)
    plain = paired_difference_interval(strata, frame="golden_set")
    assert exact.high - exact.low < 0.85 * (plain.high - plain.low)


def test_more_items_in_the_strata_than_in_the_set_are_refused() -> None:
    one = PairedStratum(10, 5, 0, 0)
    with pytest.raises(StatsError, match=r"items=20, and 30 in the strata"):
        paired_gate_interval(one, one, one, items=20)
