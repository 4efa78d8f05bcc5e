"""Which designs are checked: sizes of strata, labels drawn from them, and what is known beside.

Sizes and labels are of the strata in order, largest first: quiet, alarm, and so on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WEIGHT = 10**9  # fixed weights are sets so large that their own sampling does not matter


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Strata with their labels, and perhaps fully labelled (remembered) items beside them.

    Attributes:
        items: sizes of the strata.
        labelled: labels drawn from each; a stratum may be labelled to the last item.
        known: number of remembered items beside, and what they add (bad ones; of two models,
            bad in the first only - bad in the second only).
        slow: left out of a quick run.
    """

    items: tuple[int, ...]
    labelled: tuple[int, ...]
    known: tuple[int, int] = (0, 0)
    slow: bool = False

    def __str__(self) -> str:
        if min(self.items) >= WEIGHT // 1000:
            shares = (f"{size / sum(self.items):g}" for size in self.items)
            return f"{_listed(self.labelled)} labels, weights {', '.join(shares)}"
        text = f"{_listed(self.labelled)} labels of {_listed(self.items)} items"
        return f"{text}, {self.known[0]} known ({self.known[1]:+d})" if self.known[0] else text


def _listed(counts: Sequence[int]) -> str:
    return " + ".join(f"{count:,}" for count in counts)


def _set(
    items: tuple[int, ...],
    labelled: tuple[int, ...],
    *,
    known: tuple[int, int] = (0, 0),
    slow: bool = False,
) -> Design:
    return Design(items=items, labelled=labelled, known=known, slow=slow)


def _weighted(
    weights: tuple[float, ...], labelled: tuple[int, ...], *, slow: bool = False
) -> Design:
    items = tuple(round(weight * WEIGHT) for weight in weights)
    return Design(items=items, labelled=labelled, slow=slow)


# Rates of a set. Among them: unequal and equal sampling fractions, strata of a few items, the
# floor of five, nearly everything labelled, and remembered items as a constant or as a stratum.
SETS = (
    _set((120,), (20,)),
    _set((41,), (40,)),
    _set((80, 6), (25, 3)),
    _set((60, 8), (12, 8)),
    _set((60, 8), (12, 7)),
    _set((40, 10), (8, 3)),
    _set((30, 30), (6, 6)),
    _set((25, 20), (5, 12)),
    _set((80, 15), (5, 2)),
    _set((12, 3), (2, 1)),
    _set((50, 45), (45, 40)),
    _set((110, 10), (15, 5)),
    _set((120, 15), (4, 3), known=(25, 4)),
    _set((40, 10, 6), (8, 3, 6)),
    _set((300, 20), (40, 10), known=(80, 3), slow=True),
    _set((185, 15), (15, 5), known=(50, 0), slow=True),
    _set((480, 20), (15, 5), slow=True),
    _set((200, 60), (12, 8), slow=True),
    _set((1923, 77), (90, 10), slow=True),
    _set((30, 8, 4), (8, 3, 2)),
    _set((20, 20, 20), (5, 5, 5), slow=True),
    _set((60, 12, 6), (12, 4, 3), known=(10, 2), slow=True),
)

# Rates for fixed weights: one stratum, then two. The first four pairs are those of the reference.
WEIGHTS = (
    _weighted((1.0,), (40,)),
    _weighted((1.0,), (200,), slow=True),
    _weighted((0.95, 0.05), (30, 3)),
    _weighted((0.9, 0.1), (40, 6)),
    _weighted((0.7, 0.3), (25, 12)),
    _weighted((0.97, 0.03), (50, 5)),
    _weighted((0.99, 0.01), (40, 2)),
    _weighted((0.5, 0.5), (20, 20)),
    _weighted((0.6, 0.4), (8, 30)),
    _weighted((0.8, 0.2), (15, 5)),
    _weighted((0.999, 0.001), (30, 1)),
    _weighted((0.9615, 0.0385), (90, 10), slow=True),
    _weighted((0.95, 0.05), (198, 2), slow=True),
    _weighted((0.9, 0.1), (60, 20), slow=True),
)

# More strata than an exact interval is known for: collapsed (R3), or `strict` under its guard.
MANY = (
    _weighted((0.9, 0.06, 0.04), (36, 3, 2)),
    _weighted((0.85, 0.1, 0.05), (34, 8, 4), slow=True),
    _weighted((0.85, 0.05, 0.05, 0.05), (34, 2, 2, 2), slow=True),
)

# Two models. Four strata are the reference's design, two are what a night draws.
PAIRS = (
    _weighted((1.0,), (20,)),
    _weighted((1.0,), (100,), slow=True),
    _weighted((0.95, 0.05), (15, 5)),
    _weighted((0.9, 0.1), (20, 6)),
    _weighted((0.7, 0.3), (20, 10)),
    _weighted((0.6, 0.4), (8, 12)),
    _weighted((0.98, 0.02), (25, 5), slow=True),
    _weighted((0.5, 0.5), (20, 20), slow=True),
    _weighted((0.95, 0.05), (40, 8), slow=True),
    _weighted((0.9, 0.1), (50, 10), slow=True),
    _weighted((0.91, 0.03, 0.03, 0.03), (15, 3, 3, 3), slow=True),
    _set((60, 10, 12), (12, 4, 12), slow=True),
)

PAIRED_SETS = (
    _set((30, 5), (8, 3)),
    _set((20, 8), (7, 4)),
    _set((40, 6), (10, 3), known=(10, 2)),
    _set((24, 12), (6, 6)),
    _set((50, 8), (12, 5), slow=True),
    _set((16, 6, 5), (6, 3, 5), slow=True),
)
