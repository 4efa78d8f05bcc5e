"""A service over many nights: items of unlike difficulty, answers that change, people who remember."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.draw import ReviewRule, draw_reviews
from qualityslo.domain.evidence import Code, Judged, Labelled, Sample, nightly_strata

_SMALLEST, _LARGEST = 1e-300, 1 - 1e-16  # a beta variate may round to 0 or 1
_GRID = 50_000  # rates that an average over all items is taken at


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One simulated service: how bad, how alike over nights, how often changing, how well graded.

    `mean` and `icc` describe the items' own bad rates; `grader` is its sensitivity and
    specificity; `change` is the chance that a good, and a bad, answer is replaced in a night.
    Where those differ, fewer answers are bad than `mean` says.
    """

    name: str
    mean: float
    grader: tuple[float, float]
    change: tuple[float, float]
    icc: float = 0.7
    items: int = 200

    def beta(self) -> tuple[float, float]:
        """Return the parameters of the distribution of the items' bad rates."""
        size = (1 - self.icc) / self.icc
        return self.mean * size, (1 - self.mean) * size

    def stationary(self, rates: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how often the answer that stands is bad, for items of these rates."""
        appear, go = self.change[0] * rates, self.change[1] * (1 - rates)
        return appear / (appear + go)

    def traffic_rate(self) -> float:
        """Return the bad rate of any night over all items that could have been in the set."""
        from scipy.special import betaincinv

        shares = (np.arange(_GRID) + 0.5) / _GRID
        rates = np.clip(betaincinv(*self.beta(), shares), _SMALLEST, _LARGEST)
        return float(self.stationary(rates).mean())


class Service:
    """The answers that stand tonight, what the grader says of them, and which people have judged."""

    def __init__(self, cell: Cell, rng: np.random.Generator) -> None:
        self._cell, self._rng = cell, rng
        rates = rng.beta(*cell.beta(), size=cell.items)
        self._rates = np.clip(rates, _SMALLEST, _LARGEST)
        self.ids = [f"item-{at:04}" for at in range(cell.items)]
        self.bad = rng.random(cell.items) < cell.stationary(self._rates)
        self.alarm = self._graded(self.bad)
        self.known = np.zeros(cell.items, dtype=np.bool_)

    def _graded(self, bad: NDArray[np.bool_]) -> NDArray[np.bool_]:
        sensitivity, specificity = self._cell.grader
        chance = np.where(bad, sensitivity, 1 - specificity)
        flagged: NDArray[np.bool_] = self._rng.random(len(bad)) < chance
        return flagged

    def next_night(self) -> None:
        """Replace some answers: a new text has a new verdict and no label."""
        size = len(self.bad)
        chance = np.where(self.bad, self._cell.change[1], self._cell.change[0])
        changed = self._rng.random(size) < chance
        self.bad = np.where(changed, self._rng.random(size) < self._rates, self.bad)
        self.alarm = np.where(changed, self._graded(self.bad), self.alarm)
        self.known = self.known & ~changed

    def review(self, rule: ReviewRule, entropy: tuple[int, ...]) -> Labelled:
        """Let people judge tonight's draw of unknown answers; return the night's evidence."""
        ids = np.array(self.ids, dtype=object)
        alarm, quiet = (ids[~self.known & mask].tolist() for mask in (self.alarm, ~self.alarm))
        drawn = draw_reviews(alarm, quiet, rule, entropy).drawn
        position = np.full(len(ids), -1, dtype=np.int64)
        for one in drawn:
            position[int(one.item_id.removeprefix("item-"))] = one.position
        earlier = self._codes()
        self.known = self.known | (position >= 0)
        return Labelled(
            judged=self._judged(),
            sample=Sample(
                strata=nightly_strata(self.alarm), position=position, reached=len(drawn)
            ),
            earlier=earlier,
            tonight=self._codes(),
        )

    def _codes(self) -> NDArray[np.int8]:
        said = np.where(self.bad, Code.BAD, Code.GOOD)
        return np.where(self.known, said, Code.UNKNOWN).astype(np.int8)

    def _judged(self) -> Judged:
        nothing = np.zeros(len(self.bad), dtype=np.bool_)
        return Judged(
            item_digests=self.ids,
            answer_hashes=self.ids,  # memory is kept in `known`
            valid=~nothing,
            failed=nothing,
            verdict=np.where(self.alarm, Code.BAD, Code.GOOD).astype(np.int8),
            decided=nothing,
        )
