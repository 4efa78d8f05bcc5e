"""The release gate between two systems: what it decides from a few labelled pairs, and how wide.

All speak about this golden set, and equal texts need no label:

- `release`: the release gate's draw, strata by pair of verdicts, interval `pair_exact`;
- `release, paired`: the same draw, interval `paired`;
- `nightly, paired`: the draw of a night, strata alarm and quiet, interval `paired`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np

from bench.parts.human_answers import Mask, Pair, System, pair_of
from bench.parts.human_rates import SLOT
from bench.parts.report import progress
from qualityslo.domain.draw import Draw, ReviewRule, draw_entropy, draw_reviews
from qualityslo.domain.evidence import nightly_strata
from qualityslo.domain.gate import GateOutcome, decide
from qualityslo.domain.pairs import GateRule, PairedTable
from qualityslo.domain.release import draw_release, release_strata
from qualityslo.stats import (
    Estimate,
    PairedStratum,
    mcnemar_exact,
    paired_difference_interval,
    paired_gate_interval,
)

DECISIVE = 0.10  # how far the true difference is from the margin where a gate should decide
ALL_ITEMS = 10**9
_ROUNDING = 1e-12

Strata = tuple[PairedStratum, ...]
Method = Callable[[Pair, int, tuple[int, ...]], Estimate]


@cache
def _exact(strata: Strata, items: int) -> Estimate:
    candidate_only, baseline_only, agree = strata
    return paired_gate_interval(candidate_only, baseline_only, agree, items=items)


@cache
def _paired(strata: Strata, items: int) -> Estimate:
    same = items - sum(one.items for one in strata)
    known = PairedStratum(same, same, 0, 0)
    return paired_difference_interval((known, *strata), frame="golden_set")


def _ids(mask: Mask) -> list[str]:
    return [str(at) for at in np.flatnonzero(mask).tolist()]


def release_sample(pair: Pair, labels: int, entropy: tuple[int, ...]) -> Strata:
    """Return the labelled strata of a release gate's own draw: candidate only, baseline only, agree."""
    strata = release_strata(*(alarm & ~pair.same for alarm in pair.alarm))
    first, second, agree = (_ids(mask & ~pair.same) for _, mask in strata)
    return _sample(pair, strata, draw_release(first, second, agree, labels, entropy))


def nightly_sample(pair: Pair, labels: int, entropy: tuple[int, ...]) -> Strata:
    """Return those of a nightly draw: alarm is either system's, equal texts are drawn too."""
    strata = nightly_strata(pair.alarm[0] | pair.alarm[1])
    alarm, quiet = (_ids(mask) for _, mask in strata)
    rule = ReviewRule(items_per_night=labels)
    return _sample(pair, strata, draw_reviews(alarm, quiet, rule, entropy))


def _sample(pair: Pair, strata: Iterable[tuple[StrEnum, Mask]], draw: Draw) -> Strata:
    """Return the strata of pairs with different texts as people's labels make them."""
    return tuple(
        _stratum(pair, mask, [int(one.item_id) for one in draw.drawn if one.stratum is stratum])
        for stratum, mask in strata
    )


def _stratum(pair: Pair, mask: Mask, drawn: Sequence[int]) -> PairedStratum:
    at = np.array(drawn, dtype=np.int64)
    at = at[~pair.same[at]]
    first, second = pair.bad[0][at], pair.bad[1][at]
    return PairedStratum(
        items=int((mask & ~pair.same).sum()),
        labelled=len(at),
        only_first_bad=int((first & ~second).sum()),
        only_second_bad=int((second & ~first).sum()),
    )


def _method(sample: Callable[..., Strata], interval: Callable[[Strata, int], Estimate]) -> Method:
    def estimate(pair: Pair, labels: int, entropy: tuple[int, ...]) -> Estimate:
        return interval(sample(pair, labels, entropy), len(pair.same))

    return estimate


RELEASE, RELEASE_PAIRED, NIGHTLY = "release", "release, paired", "nightly, paired"
METHODS: dict[str, Method] = {
    RELEASE: _method(release_sample, _exact),
    RELEASE_PAIRED: _method(release_sample, _paired),
    NIGHTLY: _method(nightly_sample, _paired),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRun:
    """How often a gate is asked, of how large a set, and with how many labels."""

    labels: int
    draws: int
    margin: float
    seed: int
    items: int = ALL_ITEMS


def _table(pair: Pair) -> PairedTable:
    """Return the graders' table of a pair, without a difference yet."""
    first, second = pair.alarm
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    return PairedTable(
        criterion="correctness",
        golden=pair.source,
        both_good=int((~first & ~second).sum()),
        only_candidate_bad=only_first,
        only_baseline_bad=only_second,
        both_bad=int((first & second).sum()),
        failed=0,
        skipped=0,
        ungraded=0,
        mcnemar_p=mcnemar_exact(only_first, only_second),
        by_definition=False,
        difference=None,
        labelled_pairs=0,
    )


@dataclass(slots=True)
class _Score:
    """What the gate decided with one of the two as the candidate, held against what is true."""

    margin: float
    counts: Counter[str] = field(default_factory=Counter)
    methods: Counter[str] = field(default_factory=Counter)
    lower_arm: float = 0.0
    upper_arm: float = 0.0

    def add(self, table: PairedTable, said: Estimate, truth: float) -> None:
        """Count one decision and one interval."""
        assert said.point is not None
        rule = GateRule(default_margin=self.margin, frame="golden_set")
        outcome = decide([replace(table, difference=said)], rule).outcome
        right = right_answer(truth, self.margin)
        undecided = outcome is GateOutcome.INCONCLUSIVE
        self.counts["undecided" if undecided else "right" if outcome is right else "wrong"] += 1
        self.counts["missed_low"] += said.low > truth + _ROUNDING
        self.counts["missed_high"] += said.high < truth - _ROUNDING
        self.methods[said.method] += 1
        self.lower_arm += said.point - said.low
        self.upper_arm += said.high - said.point


def right_answer(difference: float, margin: float) -> GateOutcome:
    """Return what a gate that knew everything would say."""
    return GateOutcome.PASS if difference < margin else GateOutcome.FAIL


def mirrored(estimate: Estimate) -> Estimate:
    """Return the estimate of the difference the other way round: both methods are symmetric."""
    assert estimate.point is not None
    return replace(estimate, point=-estimate.point, low=-estimate.high, high=-estimate.low)


def gate_rows(pair: Pair, method: str, run: GateRun) -> list[dict[str, Any]]:
    """Return what the gate decided over the draws: the first as the candidate, then the second."""
    name = f"{pair.source} {pair.models[0]} and {pair.models[1]}"
    progress(f"gate: {name}, {method}, {run.labels} labels, {run.draws} draws")
    scores = _Score(run.margin), _Score(run.margin)
    for draw in range(run.draws):
        place = f"{name} {draw}"
        part = pair.some(run.items, draw_entropy(run.seed, place, "items", SLOT))
        entropy = draw_entropy(run.seed, place, str(run.labels), SLOT)
        said, table = METHODS[method](part, run.labels, entropy), _table(part)
        scores[0].add(table, said, part.difference)
        scores[1].add(table, mirrored(said), -part.difference)
    return [
        {
            "source": pair.source,
            "candidate": pair.models[at],
            "baseline": pair.models[1 - at],
            "method": method,
            "items": min(run.items, len(pair.same)),
            "same_texts": int(pair.same.sum()),
            "labelled_apart": pair.labelled_apart,
            "difference": pair.difference * (1 - 2 * at),
            "margin": run.margin,
            "right_answer": right_answer(pair.difference * (1 - 2 * at), run.margin).value,
            "labels": run.labels,
            "draws": run.draws,
            **{
                key: score.counts[key]
                for key in ("right", "wrong", "undecided", "missed_low", "missed_high")
            },
            "intervals": dict(score.methods),
            "lower_arm": score.lower_arm / run.draws,
            "upper_arm": score.upper_arm / run.draws,
        }
        for at, score in enumerate(scores)
    ]


def far_pairs(systems: Sequence[System], margin: float) -> list[Pair]:
    """Return the pairs of a set that are far from the margin with either as the candidate."""
    pairs = [
        pair_of(first, second)
        for first, second in combinations(systems, 2)
        if first.source == second.source
    ]
    return [
        pair
        for pair in pairs
        if is_far(pair.difference, margin) or is_far(-pair.difference, margin)
    ]


def is_far(difference: float, margin: float) -> bool:
    """Return whether a true difference is 0.10 or more from the margin."""
    return abs(difference - margin) >= DECISIVE


def headline_pairs(systems: Sequence[System], source: str) -> list[Pair]:
    """Return the best and the second-worst system of a set; nothing below three systems."""
    ranked = sorted((one for one in systems if one.source == source), key=lambda one: one.rate)
    return [pair_of(ranked[0], ranked[-2])] if len(ranked) > 2 else []
