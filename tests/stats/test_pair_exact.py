"""`pair_exact` against plain enumeration, and what the gate's interval does at its edges."""

import itertools
import math
from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
import pytest

from bench.promises.parts import DIFFERENCE, Part, drawn
from qualityslo.errors import StatsError
from qualityslo.stats import GateSample, PairedStratum, paired_gate_interval
from qualityslo.stats.binomial import hypergeometric_limits
from qualityslo.stats.pair_exact import (
    NOTHING,
    PairedStrata,
    can_enumerate,
    net_high,
    net_possible,
    swapped,
)
from qualityslo.stats.pair_order import pair_ranks
from qualityslo.stats.pair_tables import Spending

TAIL = 0.025
Sizes = tuple[tuple[int, int], ...]  # (items, labels) of each stratum


def outcomes(labelled: int) -> list[tuple[int, int]]:
    """Return every (only candidate bad, only baseline bad) of a sample."""
    return [(x, y) for x in range(labelled + 1) for y in range(labelled + 1 - x)]


class Enumeration:
    """The definition of the limit, in full arrays, and with probabilities from whole numbers.

    It shares the order of the outcomes and the exact limits of the box with the package, and
    nothing of its search: no cut outcomes, no pruning, no levels, no single precision.
    """

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        parts = [Part(items=items, labelled=n, values=DIFFERENCE) for items, n in sizes]
        self._tables = [drawn(part) for part in parts]
        self._outcomes = [part.outcomes[:, :2].tolist() for part in parts]
        self._truths = [part.truths for part in parts]
        ranks = [pair_ranks(n, items, 0.4 * TAIL) for items, n in sizes]
        self._net, self._square = np.zeros(()), np.zeros(())
        for place, (one, pairs) in enumerate(zip(ranks, self._outcomes, strict=True)):
            used = [(x, y if place else 0) for x, y in pairs]
            self._net = np.add.outer(self._net, [one.net[pair] for pair in used])
            self._square = np.add.outer(self._square, [one.square[pair] for pair in used])
        self._rank = self._net + np.sqrt(self._square)

    def net_high(self, counts: Sequence[tuple[int, int]]) -> int:
        """Return the largest net of a truth in the box with J >= level."""
        at = tuple(
            pairs.index(list(seen)) for pairs, seen in zip(self._outcomes, counts, strict=True)
        )
        chance = (self._rank <= self._rank[at] + 1e-9).astype(np.float64)
        for table in self._tables:
            chance = np.tensordot(chance, table, axes=(0, 0))
        possible = chance >= (1 - 0.036 - 0.0008) * TAIL
        nets = np.zeros((), dtype=np.int64)
        for place, truths in enumerate(self._truths):
            inside, net = self._box(place, counts[place])
            shape = [-1 if one == place else 1 for one in range(len(self._sizes))]
            possible &= inside.reshape(shape)
            nets = np.add.outer(nets, net)
            assert len(net) == len(truths)
        return int(nets[possible].max())

    def _box(self, place: int, seen: tuple[int, int]) -> tuple[Any, Any]:
        """Return which truths of a stratum lie in the box, and their nets."""
        (items, labelled), truths = self._sizes[place], self._truths[place]
        limits = 2 * (self._sizes[0][0] > 0) + 4 * sum(size > 0 for size, _ in self._sizes[1:])
        share = 0.036 * TAIL / limits
        low, high = hypergeometric_limits(seen[0], labelled, items, share)
        b, c = truths[:, 0], truths[:, 1]
        if place == 0:
            return (b >= low) & (b <= high) & (c == 0), b
        least, most = hypergeometric_limits(seen[1], labelled, items, share)
        inside = (b >= low) & (b <= high) & (c >= least) & (c <= most)
        return inside & (b + c <= items - labelled + sum(seen)), b - c


def draw_of(sizes: Sizes, counts: Sequence[tuple[int, int]]) -> PairedStrata:
    """Return the four strata of a draw; those that are not given have no items."""
    strata = [
        PairedStratum(items, labelled, *seen)
        for (items, labelled), seen in zip(sizes, counts, strict=True)
    ]
    return (*strata, *(4 - len(strata)) * [NOTHING])


SMALL: list[Sizes] = [
    ((5, 3), (5, 3), (15, 7)),
    ((8, 2), (7, 2), (12, 8)),
    ((0, 0), (0, 0), (40, 15)),
    ((12, 4), (0, 0), (0, 0)),
    ((0, 0), (9, 4), (10, 4)),
    ((4, 2), (3, 1), (8, 3), (4, 2)),
    ((4, 2), (0, 0), (8, 3), (5, 2)),
]


@pytest.mark.slow
@pytest.mark.parametrize("sizes", SMALL, ids=str)
def test_the_search_finds_what_plain_enumeration_finds(sizes: Sizes) -> None:
    plain = Enumeration(sizes)
    every = list(itertools.product(*(outcomes(labelled) for _, labelled in sizes)))
    for counts in Random(7).sample(every, min(len(every), 60)):
        draw = draw_of(sizes, counts)
        high = plain.net_high(counts)
        assert net_high(draw, TAIL) == high, counts
        assert net_possible(draw, TAIL, high), counts
        assert not net_possible(draw, TAIL, high + 1), counts


@pytest.mark.parametrize("empty", range(5), ids=lambda place: f"all but {place}")
def test_no_more_than_the_tail_is_spent(empty: int) -> None:
    sizes = [(40, 8) if place != empty else (0, 0) for place in range(4)]
    binomial, *others = draw_of(tuple(sizes), 4 * [(0, 0)])
    spent = Spending.of(TAIL, binomial, others)
    trinomial = sum(one.items > 0 for one in others)
    limits = 2 * (binomial.items > 0) + 4 * trinomial  # low and high of b, and of c
    assert limits * spent.limit + 4 * trinomial * spent.cut + spent.level <= TAIL * (1 + 1e-12)
    assert limits * spent.limit == pytest.approx(0.036 * TAIL)


@pytest.mark.parametrize(("labelled", "items"), [(1, 3), (2, 8), (7, 15), (40, 880)])
def test_one_more_bad_answer_of_the_candidate_never_ranks_lower(labelled: int, items: int) -> None:
    ranks = pair_ranks(labelled, items, 0.01)
    rank = ranks.net + np.sqrt(ranks.square)
    for x, y in outcomes(labelled):
        if x + y < labelled:
            assert rank[x + 1, y] >= rank[x, y] - 1e-9
            assert rank[x, y + 1] <= rank[x, y] + 1e-9


@pytest.mark.slow
@pytest.mark.parametrize(
    "sizes", [((6, 3), (4, 2), (14, 6)), ((7, 2), (4, 3), (16, 5))], ids=["6, 4, 14", "7, 4, 16"]
)
def test_one_more_bad_answer_of_the_candidate_never_lowers_the_limit(sizes: Sizes) -> None:
    every = itertools.product(*(outcomes(labelled) for _, labelled in sizes))
    high = {counts: net_high(draw_of(sizes, counts), TAIL) for counts in every}
    compared = 0
    for counts, limit in high.items():
        for place, (x, y) in enumerate(counts):
            more = (*counts[:place], (x + 1, y), *counts[place + 1 :])
            if more in high:
                compared += 1
                assert high[more] >= limit
    assert compared > 1000


def test_a_pair_that_nobody_has_seen_leaves_a_width() -> None:
    found = paired_gate_interval(NOTHING, NOTHING, PairedStratum(50, 49, 0, 0), items=50)
    assert (found.low, found.high) == (-1 / 50, 1 / 50)
    found = paired_gate_interval(NOTHING, NOTHING, PairedStratum(50, 49, 49, 0), items=50)
    assert (found.low, found.high) == (49 / 50, 1.0)


def test_identical_answers_everywhere_are_a_census() -> None:
    found = paired_gate_interval(NOTHING, NOTHING, NOTHING, items=30)
    assert (found.point, found.low, found.high, found.method) == (0.0, 0.0, 0.0, "census")


def test_both_alarms_known_are_a_constant() -> None:
    strata = PairedStratum(20, 8, 3, 0), PairedStratum(20, 8, 0, 2), PairedStratum(150, 40, 0, 0)
    alone = paired_gate_interval(*strata, items=190)
    beside = paired_gate_interval(*strata, items=200, both_alarm=PairedStratum(10, 10, 1, 4))
    assert beside.low * 200 == pytest.approx(alone.low * 190 - 3)
    assert beside.high * 200 == pytest.approx(alone.high * 190 - 3)


def test_a_fourth_stratum_is_mirrored_with_the_models() -> None:
    draw = draw_of(((20, 8), (16, 6), (60, 20), (9, 5)), ((3, 0), (0, 2), (1, 0), (2, 0)))
    names = "candidate_alarm", "baseline_alarm", "agree", "both_alarm"
    here, there = (
        GateSample(**dict(zip(names, strata, strict=True)), items=110).interval()
        for strata in (draw, swapped(draw))
    )
    assert here.low < here.high
    assert (there.low, there.high) == (-here.high, -here.low)


def test_a_stratum_without_labels_widens_both_limits_by_its_share() -> None:
    strata = PairedStratum(20, 8, 3, 0), PairedStratum(20, 8, 0, 2)
    known = paired_gate_interval(*strata, NOTHING, items=50)
    found = paired_gate_interval(*strata, PairedStratum(10, 0, 0, 0), items=50)
    assert found.method == "pair_exact, 10 items in strata without labels"
    assert found.low == pytest.approx(known.low - 10 / 50)
    assert found.high == pytest.approx(known.high + 10 / 50)


def test_without_any_label_only_identical_answers_are_known() -> None:
    found = paired_gate_interval(NOTHING, NOTHING, PairedStratum(30, 0, 0, 0), items=40)
    assert (found.point, found.low, found.high) == (None, -0.75, 0.75)
    assert found.method == "no labels"


def test_remembered_pairs_must_be_known() -> None:
    with pytest.raises(StatsError, match="is not fully labelled"):
        paired_gate_interval(
            NOTHING, NOTHING, NOTHING, items=40, remembered=PairedStratum(9, 8, 0, 0)
        )


def test_a_margin_at_the_limit_is_not_excluded_and_the_next_one_is() -> None:
    sample = GateSample(
        candidate_alarm=PairedStratum(20, 10, 5, 0),
        baseline_alarm=PairedStratum(20, 10, 0, 2),
        agree=PairedStratum(160, 40, 0, 0),
        items=200,
    )
    high = sample.interval().high
    assert high == 17 / 200
    assert not sample.excludes(high)
    assert sample.excludes(18 / 200)
    assert not sample.excludes(0.03)  # the point itself


def test_a_larger_confidence_gives_a_wider_interval() -> None:
    strata = PairedStratum(20, 8, 3, 0), PairedStratum(20, 8, 0, 2), PairedStratum(150, 40, 1, 0)
    found = [
        paired_gate_interval(*strata, items=200, confidence=confidence)
        for confidence in (0.5, 0.9, 0.95, 0.999)
    ]
    assert sorted(found, key=lambda one: one.high) == found
    assert sorted(found, key=lambda one: one.low, reverse=True) == found
    assert len({one.high for one in found}) == len(found)


def test_a_set_too_large_to_enumerate_gets_the_wider_interval_and_its_name() -> None:
    strata = PairedStratum(300, 30, 9, 0), PairedStratum(300, 30, 0, 9)
    found = paired_gate_interval(*strata, PairedStratum(9400, 300, 1, 1), items=10_000)
    assert found.method == "paired"
    assert found.low < 0 < found.high


def test_the_method_is_chosen_by_the_design_and_not_by_what_was_seen() -> None:
    sizes = (90, 9), (90, 9), (2000, 60), (60, 6)
    seen = [
        ((0, 0), (0, 0), (0, 0), (0, 0)),
        ((9, 0), (0, 9), (9, 9), (3, 3)),
    ]
    assert len({can_enumerate(draw_of(sizes, counts), TAIL) for counts in seen}) == 1


def test_progress_rises_to_the_end() -> None:
    told: list[float] = []
    paired_gate_interval(
        PairedStratum(20, 8, 3, 0),
        PairedStratum(20, 8, 0, 2),
        PairedStratum(150, 40, 0, 0),
        items=200,
        progress=told.append,
    )
    assert told == sorted(told)
    assert math.isclose(told[-1], 1.0)
    assert 0.0 < told[0] < 0.5
