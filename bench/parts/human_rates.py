"""One system's bad rate from a few labels: corrected by the grader's strata, or labels only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.parts.human_answers import System, pair_of
from bench.parts.report import progress
from bench.parts.tally import Tally
from qualityslo.domain.draw import ReviewRule, ReviewStratum, draw_entropy, draw_reviews
from qualityslo.stats import Stratum, clopper_pearson, hypergeometric_interval, rate_interval
from qualityslo.stats.special import log_choose

SLOT = datetime(2026, 3, 1, 2, tzinfo=UTC)
FARTHEST = 9  # standard deviations of a count beyond which its share of a mean is nothing

interval = cache(rate_interval)  # the same counts come up again and again


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Items with a human verdict, and which of them are in alarm."""

    name: str
    bad: NDArray[np.bool_]
    alarm: NDArray[np.bool_]


def corrected(population: Population, labels: int, draws: int, seed: int) -> dict[str, Any]:
    """Return how the corrected interval of the golden set did over seeded nightly draws."""
    ids = np.array([str(at) for at in range(len(population.bad))])
    pools = [ids[population.alarm].tolist(), ids[~population.alarm].tolist()]
    rule, truth = ReviewRule(items_per_night=labels), float(population.bad.mean())
    tally = Tally(1)
    for draw in range(draws):
        entropy = draw_entropy(seed, f"{population.name} {draw}", str(labels), SLOT)
        looked = draw_reviews(pools[0], pools[1], rule, entropy).drawn
        strata = []
        for stratum, pool in zip(ReviewStratum, pools, strict=True):
            at = [int(one.item_id) for one in looked if one.stratum is stratum]
            strata.append(Stratum(len(pool), len(at), int(population.bad[at].sum())))
        tally.add(0, interval(tuple(strata)), truth)
    counted = tally.summary([0])
    return {
        "coverage": counted["coverage"],
        "missed_low": counted["missed_low"],
        "missed_high": counted["missed_high"],
        "width": counted["widths"][0],
    }


def mean_width(
    bad: int, items: int, labels: int, limits: Callable[[int], tuple[float, float]]
) -> float:
    """Return the mean width over all simple random samples of that size; no simulation.

    Args:
        bad: how many of the items are bad.
        items: size of the set.
        labels: size of the sample.
        limits: the interval as a function of the bad ones in the sample.
    """
    share = bad / items
    spread = np.sqrt(labels * share * (1 - share)) * FARTHEST + 1
    least = max(0, labels - (items - bad), int(labels * share - spread))
    most = min(bad, labels, int(labels * share + spread) + 1)
    seen = np.arange(least, most + 1, dtype=np.float64)
    logs = log_choose(bad, seen) + log_choose(items - bad, labels - seen)
    chance = np.exp(logs - log_choose(items, labels))
    widths = np.array([np.subtract(*limits(count)[::-1]) for count in range(least, most + 1)])
    return float(chance @ widths / chance.sum())


def binomial_width(bad: int, items: int, labels: int) -> float:
    """Return the mean width of labels-only Clopper-Pearson."""
    return mean_width(bad, items, labels, lambda count: clopper_pearson(count, labels))


def finite_width(bad: int, items: int, labels: int) -> float:
    """Return the mean width of the exact labels-only interval of a finite set."""
    return mean_width(
        bad, items, labels, lambda count: hypergeometric_interval(count, labels, items)
    )


def labels_for_width(bad: int, items: int, width: float) -> int:
    """Return how many labels the exact labels-only interval needs to be that narrow."""
    enough, few = items, 1
    while enough - few > 1:
        middle = (enough + few) // 2
        if finite_width(bad, items, middle) <= width:
            enough = middle
        else:
            few = middle
    return enough


def rate_cell(population: Population, labels: int, draws: int, seed: int) -> dict[str, Any]:
    """Return one cell: coverage and width of the corrected interval beside labels only."""
    progress(f"rates: {population.name}, {labels} labels")
    bad, items = int(population.bad.sum()), len(population.bad)
    row = corrected(population, labels, draws, seed)
    binomial, finite = binomial_width(bad, items, labels), finite_width(bad, items, labels)
    return {
        "name": population.name,
        "items": items,
        "bad_rate": bad / items,
        "labels": labels,
        **row,
        "width_labels_only": binomial,
        "width_labels_only_exact": finite,
        "ratio": row["width"] / binomial,
        "ratio_exact": row["width"] / finite,
    }


def system_rates(
    systems: Sequence[System], labels: Sequence[int], draws: int, seed: int
) -> list[dict[str, Any]]:
    """Return a cell for each system and number of labels, alarm by the system's own verdict."""
    rows = []
    for one in systems:
        population = Population(name=f"{one.source} {one.model}", bad=one.bad, alarm=one.alarm)
        for size in labels:
            row = rate_cell(population, size, draws, seed)
            needed = labels_for_width(int(one.bad.sum()), len(one.bad), row["width"])
            grader = {"sensitivity": one.sensitivity(), "specificity": one.specificity()}
            rows.append({**row, **grader, "labels_only_needed": needed})
    return rows


def joint_rates(
    systems: Sequence[System], labels: Sequence[int], draws: int, seed: int
) -> list[dict[str, Any]]:
    """Return a cell for each system beside each other one: alarm is either system's."""
    rows = []
    for first, second in combinations(systems, 2):
        if first.source != second.source:
            continue
        pair = pair_of(first, second)
        for one, bad in zip((first, second), pair.bad, strict=True):
            other = second.model if one is first else first.model
            population = Population(
                name=f"{one.source} {one.model}, drawn with {other}",
                bad=bad,
                alarm=pair.alarm[0] | pair.alarm[1],
            )
            rows += [rate_cell(population, size, draws, seed) for size in labels]
    return rows
