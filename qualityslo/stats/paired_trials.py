"""What a number of labelled pairs would show of the difference of two models: by simulation."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qualityslo.stats.estimate import Estimate
from qualityslo.stats.paired import paired_difference_interval
from qualityslo.stats.special import FloatArray
from qualityslo.stats.strata import PairedStratum
from qualityslo.stats.trials import GraderQuality, LabelDesign

DRAWS = 400  # simulated nights: a power of 80 % is known to 2 points

# Which verdicts put a pair where: (the first model's answer flagged, the second's) -> stratum.
_OF_THE_NIGHT = {(1, 1): 0, (1, 0): 0, (0, 1): 0, (0, 0): 1}
_OF_THE_GATE = {(1, 0): 0, (0, 1): 1, (0, 0): 2, (1, 1): 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRates:
    """How often the two models' answers to one item are bad.

    Attributes:
        rate: bad rate of the second model (the baseline).
        difference: of the first minus the second.
        correlation: between the two on one item; lowered where the rates do not allow it.
    """

    rate: float
    difference: float = 0.0
    correlation: float = 0.5

    def shares(self) -> tuple[float, float, float]:
        """Return the shares of items bad in the first only, in the second only, and in both."""
        first, second = self.rate + self.difference, self.rate
        spread = math.sqrt(max(0.0, first * (1 - first) * second * (1 - second)))
        both = min(first, second, first * second + self.correlation * spread)
        return first - both, second - both, both


def simulated_nights(
    design: LabelDesign, rates: PairRates, counts: tuple[int, int], labels: int, seed: int
) -> list[tuple[PairedStratum, ...]]:
    """Return what `DRAWS` nights of a design with so many labels would find.

    The strata are alarm and quiet of the night's draw in the `traffic` frame; in the
    `golden_set` frame those of a gate's own draw: candidate-only alarm, baseline-only alarm and
    verdicts that agree.

    Args:
        design: the set and how it is labelled.
        rates: the true rates.
        counts: items bad in the first only and in the second only, for the `golden_set` frame.
        labels: labels of one night.
        seed: of the simulation; each number of labels has its own stream.
    """
    gate = design.frame == "golden_set"
    joint = _joint(rates, design.grader, _OF_THE_GATE if gate else _OF_THE_NIGHT)
    rng = np.random.default_rng([seed, labels])
    if gate:
        rest = design.items - sum(counts)
        kinds = zip((*counts, rest), joint, strict=True)
        items = [rng.multinomial(count, _normed(row), size=DRAWS) for count, row in kinds]
    else:
        flat = rng.multinomial(design.items, joint.ravel() / joint.sum(), size=DRAWS)
        items = list(flat.reshape(DRAWS, *joint.shape).transpose(1, 0, 2))
    first, second, same = items
    sizes = first + second + same
    labelled = np.array([design.allocate(row, labels) for row in sizes.tolist()])
    seen = rng.hypergeometric(first, second + same, labelled)
    also = rng.hypergeometric(second, same, labelled - seen)
    nights = np.stack([sizes, labelled, seen, also], axis=2).tolist()
    return [tuple(PairedStratum(*row) for row in night) for night in nights]


def half_width_and_power(
    nights: Sequence[tuple[PairedStratum, ...]],
    design: LabelDesign,
    settled: Callable[[Estimate], bool],
) -> tuple[float, float]:
    """Return half of the mean width of our interval, and the share of nights that settle."""
    widths, passed = [], 0
    for night, times in Counter(nights).items():
        found = paired_difference_interval(night, confidence=design.confidence, frame=design.frame)
        widths.append(times * (found.high - found.low))
        passed += times * settled(found)
    return 0.5 * sum(widths) / len(nights), passed / len(nights)


def _joint(
    rates: PairRates, grader: GraderQuality, places: Mapping[tuple[int, int], int]
) -> FloatArray:
    """Return P(kind of pair, stratum), shape (3, strata): first only, second only, the same."""
    first, second, both = rates.shares()
    truths = {(1, 0): first, (0, 1): second, (1, 1): both, (0, 0): 1 - first - second - both}
    flagged = 1 - grader.specificity, grader.sensitivity
    joint = np.zeros((3, max(places.values()) + 1))
    for truth, share in truths.items():
        kind = {(1, 0): 0, (0, 1): 1}.get(truth, 2)
        for verdicts, place in places.items():
            chances = (
                flagged[bad] if flag else 1 - flagged[bad]
                for flag, bad in zip(verdicts, truth, strict=True)
            )
            joint[kind, place] += max(0.0, share) * math.prod(chances)
    return joint


def _normed(chances: FloatArray) -> FloatArray:
    """Return chances that sum to one; all of it on the last where there is none."""
    total = float(chances.sum())
    return chances / total if total > 0 else np.eye(len(chances))[-1]
