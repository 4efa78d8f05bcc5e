"""An adversary: the rates at which an interval for fixed weights misses most.

While the truth moves between two neighbouring upper limits the same outcomes miss, and they are
the likelier the lower the truth is. So a candidate is first moved to just above the next upper
limit (for the lower side: to just below the next lower one). What is left is how the bad items
are spread over strata and kinds, which random starts and a hill climb search.

The result is the worst that was found: a lower bound of the worst there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bench.promises.exact import OUTSIDE, Limits, Misses, Worst
from bench.promises.parts import FloatArray, Part, independent

Goal = Literal["below", "above", "both"]
GOALS: tuple[Goal, ...] = ("below", "above", "both")

_NEVER = 1e-12  # the share of a kind that does not occur; 0 has no logarithm
_STEPS = (1.0, 0.3, 0.1, 0.03)  # of a climb, on the logarithm of the shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How hard to search: random starts for each goal, how many are climbed from, how far."""

    starts: int = 400
    climbs: int = 8
    steps: int = 200


QUICK = Effort(starts=150, climbs=4, steps=60)
FULL = Effort(starts=2_000, climbs=16, steps=400)

Shares = tuple[FloatArray, ...]


def worst_rates(
    limits: Limits, rng: np.random.Generator, effort: Effort, most: float = 1.0
) -> Misses:
    """Search the shares of all kinds in all parts for the largest misses.

    Rates are left out at which more than the share `most` of all items is not of the last kind
    (bad; or, of two models, bad in one of them only).
    """
    worst = Worst()
    for goal in GOALS:
        look = _Looker(limits, goal, most, worst)
        tried = [look(_start(limits, rng)) for _ in range(effort.starts)]
        tried.sort(key=lambda pair: -pair[0])
        for pair in tried[: effort.climbs]:
            _climb(look, pair, rng, effort.steps)
    return worst.misses()


def misses_at(limits: Limits, shares: Sequence[FloatArray]) -> tuple[float, float]:
    """Return the exact probabilities that the truth is below and above the interval."""
    truth = limits.truth(shares)
    chances = [independent(p, s) for p, s in zip(limits.parts, shares, strict=True)]
    below, above = limits.low > truth + OUTSIDE, limits.high < truth - OUTSIDE
    sides = []
    for missed in (below, above):
        joint = missed.astype(np.float64)
        for chance in reversed(chances):
            joint = joint @ chance
        sides.append(float(joint))
    return sides[0], sides[1]


@dataclass(frozen=True, slots=True)
class _Looker:
    """Says how much a candidate misses, and where the candidate was moved to first."""

    limits: Limits
    goal: Goal
    most: float
    worst: Worst

    def __call__(self, shares: Shares) -> tuple[float, Shares]:
        if self.goal != "both":
            shares = to_the_edge(self.limits, shares, self.goal)
        if _moved(self.limits, shares) > self.most:
            return 0.0, shares
        below, above = misses_at(self.limits, shares)
        self.worst.see(np.array([below]), np.array([above]), _words(self.limits, shares))
        return {"below": below, "above": above, "both": below + above}[self.goal], shares


def _climb(
    look: _Looker, best: tuple[float, Shares], rng: np.random.Generator, steps: int
) -> None:
    for _ in range(steps):
        step = rng.choice(_STEPS)
        moved = tuple(_simplex(one * np.exp(step * rng.normal(size=len(one)))) for one in best[1])
        found = look(moved)
        if found[0] > best[0]:
            best = found


def _moved(limits: Limits, shares: Shares) -> float:
    """Return the share of the parts' items that is not of the last kind."""
    items = np.array([part.items for part in limits.parts], dtype=np.float64)
    return float(items @ [1 - one[-1] for one in shares] / items.sum())


def _start(limits: Limits, rng: np.random.Generator) -> Shares:
    """Draw shares of every shape: mostly one common kind beside others expected 0 to 10 times."""
    return tuple(_random_shares(part, rng) for part in limits.parts)


def _random_shares(part: Part, rng: np.random.Generator) -> FloatArray:
    kinds = len(part.values)
    if rng.random() < 0.25:
        return _simplex(rng.dirichlet(np.ones(kinds)))
    expected = np.exp(rng.uniform(np.log(0.02), np.log(10), size=kinds))
    expected[rng.random(kinds) < 0.3] = 0
    expected[rng.integers(kinds)] = max(part.labelled - expected.sum(), 1)
    return _simplex(expected)


def _simplex(weights: FloatArray) -> FloatArray:
    kept = np.maximum(weights, _NEVER * weights.sum())
    return np.asarray(kept / kept.sum())


def to_the_edge(limits: Limits, shares: Shares, goal: Goal) -> Shares:
    """Return shares whose truth lies just outside the nearest limit that it is outside of.

    Items of the kind that adds most are turned into the next kind (for the lower side: of the
    kind that adds least), in the same proportion everywhere; where that does not reach so far,
    the shares stay as they are.
    """
    truth = limits.truth(shares)
    if goal == "above":
        passed = limits.high[limits.high < truth - OUTSIDE]
        target = float(passed.max(initial=-1.0)) + 2 * OUTSIDE
    else:
        passed = limits.low[limits.low > truth + OUTSIDE]
        target = float(passed.min(initial=1.0)) - 2 * OUTSIDE
    turned = tuple(_turned(p, s, goal) for p, s in zip(limits.parts, shares, strict=True))
    reach = limits.truth(turned) - truth
    if not passed.size or abs(reach) < abs(target - truth):
        return shares
    part = (target - truth) / reach
    return tuple(_simplex((1 - part) * s + part * t) for s, t in zip(shares, turned, strict=True))


def _turned(part: Part, shares: FloatArray, goal: Goal) -> FloatArray:
    """Return the shares with the extreme kind turned into its neighbour."""
    order = np.argsort(part.values) if goal == "below" else np.argsort(part.values)[::-1]
    moved = shares.copy()
    moved[order[1]] += moved[order[0]]
    moved[order[0]] = 0.0
    return moved


def _words(limits: Limits, shares: Shares) -> str:
    parts = ("/".join(f"{share:.4f}" for share in one[:-1]) for one in shares)
    return f"{limits.truth(shares):.4f} by {', '.join(parts)}"
