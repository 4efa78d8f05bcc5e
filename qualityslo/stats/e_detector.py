"""A slow-burn alarm that may look every night: an e-detector (statistics-decisions.md, 3d)."""

import math
from dataclasses import dataclass, replace
from typing import Self

from qualityslo.errors import StatsError

BETS = (0.05, 0.1, 0.2, 0.4)


@dataclass(frozen=True, slots=True, kw_only=True)
class EDetector:
    """The evidence so far that a golden set's bad rate is above its budget.

    Four sums, one for each bet l in `BETS`, grow by M' = (1 + M) (1 + l (burn - 1)): a
    Shiryaev-Roberts e-detector (Shin, Ramdas & Rinaldo 2024). While the set's rate is at or below
    the budget, an unbiased burn rate has a mean of at most 1 whatever happened before, so that the
    mean of the sums grows by at most 1 a night: P(page within 90 nights) <= 90 / threshold, and
    one false page in `threshold` nights at the most often. No distribution is assumed; strata,
    remembered labels and changing designs are fine. For the traffic's rate it promises nothing:
    the same items every night repeat their own deviation (measured 0.16 to 0.43 a quarter).

    Attributes:
        sums: one for each bet, from 0 on.
        threshold: the mean of the sums at which it pages; 900 for 0.10 a quarter.

    Raises:
        StatsError: not four finite sums from 0 on, or a threshold that is not above 0.

    >>> state = EDetector()
    >>> for burn in (1, 0, 3, 2.5):
    ...     state = state.after(burn)
    >>> round(state.value, 6), state.pages
    (5.871562, False)
    """

    sums: tuple[float, ...] = (0.0,) * len(BETS)
    threshold: float = 900.0

    def __post_init__(self) -> None:
        sound = len(self.sums) == len(BETS) and all(0 <= one < math.inf for one in self.sums)
        if not sound:
            raise StatsError(f"sums={self.sums!r}: {len(BETS)} finite numbers from 0 on expected")
        if not 0 < self.threshold < math.inf:
            raise StatsError(f"threshold={self.threshold!r} is not a number above 0; usual: 900")

    @property
    def value(self) -> float:
        """The mean of the sums: the evidence that is compared with the threshold."""
        return sum(self.sums) / len(self.sums)

    @property
    def pages(self) -> bool:
        """Whether the alarm rings on this night; the next one starts again from 0."""
        return self.value >= self.threshold

    def after(self, burn: float) -> Self:
        """Return the state after one more night; nights without a burn rate are left out.

        Args:
            burn: the night's unbiased point rate (that of `rate_interval`) over the budget.

        Raises:
            StatsError: a burn rate that is negative or not finite.
        """
        if not 0 <= burn < math.inf:
            raise StatsError(
                f"burn={burn!r} is not a finite number from 0 on; leave the night out"
            )
        before = (0.0,) * len(BETS) if self.pages else self.sums
        sums = ((1 + one) * (1 + bet * (burn - 1)) for one, bet in zip(before, BETS, strict=True))
        return replace(self, sums=tuple(sums))
