"""Exact limits of a paired difference on a golden set, sampled by verdict pairs: `pair_exact`.

statistics-decisions.md, section 1. The principle is that of Buehler (1957): a difference is
excluded where every truth that has it makes the observed outcome, or one that ranks no higher, less
likely than the tail. The truths lie in a box of exact limits that costs a little of the tail (Berger
& Boos 1994). Every truth of the box is accounted for, so that each side misses with at most `tail`
whatever is true: a theorem, and checked over every truth and outcome of small designs.

A draw is a tuple of four strata, each labelled in part or without items: candidate-only alarms,
baseline-only alarms, verdicts that agree, both flagged.
"""

from functools import lru_cache

import numpy as np

from qualityslo.stats.pair_model import PairModel, work
from qualityslo.stats.pair_search import Progress, largest_net
from qualityslo.stats.strata import PairedStratum

PairedStrata = tuple[PairedStratum, ...]

LARGEST_SET = 5_000  # items of a set that is enumerated, as for rates
LARGEST_WORK = 2.5e10  # tens of seconds; beyond it the wider `paired` takes over
NOTHING = PairedStratum(0, 0, 0, 0)


def can_enumerate(draw: PairedStrata, tail: float) -> bool:
    """Tell whether draws of this design have their limits in seconds, or tens of them at most.

    Only the sizes count, not what was seen: a method picked by its result would promise nothing.
    """
    return _can_enumerate(tuple((one.items, one.labelled) for one in draw), tail)


@lru_cache(maxsize=1024)
def _can_enumerate(sizes: tuple[tuple[int, int], ...], tail: float) -> bool:
    if sum(items for items, _ in sizes) > LARGEST_SET:
        return False
    candidate, baseline, agree, both = sizes
    typical = (  # half of the alarms are right
        PairedStratum(*candidate, candidate[1] // 2, 0),
        PairedStratum(*baseline, 0, baseline[1] // 2),
        PairedStratum(*agree, 0, 0),
        PairedStratum(*both, both[1] // 4, both[1] // 4),
    )
    return all(work(side, tail) <= LARGEST_WORK for side in (typical, swapped(typical)))


def net_high(draw: PairedStrata, tail: float, progress: Progress | None = None) -> int:
    """Return the upper limit of candidate-only minus baseline-only bad items.

    The lower limit is minus that of the swapped draw. Baseline-only bad items among the
    candidate-only alarms can only lower the difference and are rare: they are not used. Results
    without `progress` are remembered.

    Args:
        draw: the four strata.
        tail: probability that the limit may miss.
        progress: is told the share of the search that is done.
    """
    used = _used(draw)
    return _net_high(used, tail) if progress is None else _search(used, tail, progress)


def net_possible(draw: PairedStrata, tail: float, net: int) -> bool:
    """Tell whether `net_high` is at least `net`: one level of the search instead of all."""
    return _net_possible(_used(draw), tail, net)


@lru_cache(maxsize=65_536)
def _net_high(draw: PairedStrata, tail: float) -> int:
    return _search(draw, tail, None)


# Products of small float32 matrices may raise the processor's "invalid" flag though everything in
# them is a probability: OpenBLAS computes with lanes that it then throws away (numpy#24067).
_QUIET = np.errstate(invalid="ignore")


@_QUIET
def _search(draw: PairedStrata, tail: float, progress: Progress | None) -> int:
    model = PairModel.of(draw[0], draw[1:], tail)
    return largest_net(model, model.smallest, progress)


@lru_cache(maxsize=65_536)
@_QUIET
def _net_possible(draw: PairedStrata, tail: float, net: int) -> bool:
    model = PairModel.of(draw[0], draw[1:], tail)
    return net <= model.smallest or largest_net(model, net - 1, stop=True) >= net


def _used(draw: PairedStrata) -> PairedStrata:
    first, *others = draw
    return PairedStratum(first.items, first.labelled, first.only_first_bad, 0), *others


def swapped(strata: PairedStrata) -> PairedStrata:
    """Return the same strata with candidate and baseline in each other's place."""
    candidate_alarm, baseline_alarm, *others = map(_swapped, strata)
    return baseline_alarm, candidate_alarm, *others


def _swapped(one: PairedStratum) -> PairedStratum:
    return PairedStratum(one.items, one.labelled, one.only_second_bad, one.only_first_bad)
