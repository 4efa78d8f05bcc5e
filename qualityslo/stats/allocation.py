"""How a number of labels is shared between the strata of a draw."""

from collections.abc import Callable, Sequence
from math import ceil

# Sizes of the strata, the quiet one last, and labels -> labels of each stratum.
Allocation = Callable[[Sequence[int], int], Sequence[int]]

_ROUNDING = 1e-9


def share_labels(
    sizes: Sequence[int], labels: int, *, factor: float = 1.5, floor: int = 5
) -> tuple[int, ...]:
    """Share labels between alarm strata and a quiet one: alarm at `factor` times proportional.

    Alarm and quiet get at least `floor` each where they have that many; alarm is never below
    proportional unless the floor of the quiet stratum takes it. Several alarm strata share in
    proportion to their sizes.

    Args:
        sizes: items of each stratum, the quiet one last.
        labels: how many to share; more than there are items label every item.
        factor: multiple of its proportional share that the alarm part gets, at least 1.
        floor: fewest labels of a part.

    >>> share_labels((20, 100), 20)
    (5, 15)
    >>> share_labels((20, 20, 80), 20)
    (5, 5, 10)
    """
    *alarms, quiet = sizes
    alarm = sum(alarms)
    total = min(labels, alarm + quiet)
    if total == 0:
        return (0,) * len(sizes)
    least = min(floor, total // 2)
    wanted = max(least, ceil(factor * total * alarm / (alarm + quiet) - _ROUNDING))
    first = max(min(alarm, wanted, total - min(quiet, least)), total - quiet)
    return (*_in_proportion(alarms, first), total - first)


def _in_proportion(sizes: Sequence[int], labels: int) -> list[int]:
    """Share labels in proportion, each stratum rounded in turn against what is left."""
    shares, rest = [], sum(sizes)
    for size in sizes:
        share = round(labels * size / rest) if rest else 0
        shares.append(share)
        labels, rest = labels - share, rest - size
    return shares
