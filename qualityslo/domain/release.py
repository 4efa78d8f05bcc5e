"""The draw of a release gate (design 5.2): which pairs of answers people look at.

Strata by pair of verdicts; statistics.md, Two models. Pairs of one text differ by nothing: they
are never drawn. Pairs of which a verdict is missing belong where the verdicts agree.
"""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.draw import Draw, DrawnItem, ReviewStratum
from qualityslo.domain.sampling import draw_spread

Mask = NDArray[np.bool_]

AGREE_PERCENT = 85  # of its proportional share: the best of 70, 85 and 100 for the upper limit
_SUFFIX = "-release"


class ReleaseStratum(StrEnum):
    """Where a pair of answers stands in a release draw, by what the graders say of the two."""

    CANDIDATE_ONLY = "candidate_only"  # only the candidate's answer is in alarm
    BASELINE_ONLY = "baseline_only"
    AGREE = "agree"  # both, neither, or not known


def stratum_of(name: str) -> ReviewStratum | ReleaseStratum:
    """Return the stratum of that name, of whichever kind of draw.

    >>> stratum_of("alarm"), stratum_of("agree")
    (<ReviewStratum.ALARM: 'alarm'>, <ReleaseStratum.AGREE: 'agree'>)
    """
    return ReviewStratum(name) if name in set(ReviewStratum) else ReleaseStratum(name)


def release_of(run_id: str) -> str:
    """Return the id of the release draw of a run's answers.

    >>> release_of("20260302T0200Z-63"), base_of("20260302T0200Z-63-release")
    ('20260302T0200Z-63-release', '20260302T0200Z-63')
    """
    return run_id + _SUFFIX


def base_of(release_id: str) -> str:
    """Return the id of the run whose answers a release draw is about."""
    return release_id.removesuffix(_SUFFIX)


def allocate_release(
    candidate_only: int, baseline_only: int, agree: int, labels: int
) -> tuple[int, int, int]:
    """Share the labels of a release gate between its strata: (candidate only, baseline only, agree).

    `agree` gets 0.85 of its proportional share, rounded up; the rest goes to the other two in
    proportion to their sizes. No stratum gets more than it has, what it cannot take goes to the
    others, and every stratum that has an item gets a label: a stratum without one admits no
    interval. Together min(labels, items).

    Raises:
        ValueError: a size is negative, or there are fewer labels than strata with items.

    >>> allocate_release(60, 60, 880, 200)
    (25, 25, 150)
    >>> allocate_release(20, 10, 970, 100)
    (11, 6, 83)
    >>> allocate_release(2, 0, 998, 100)
    (2, 0, 98)
    """
    sizes = candidate_only, baseline_only, agree
    items, filled = sum(sizes), sum(size > 0 for size in sizes)
    total = min(labels, items)
    if min(sizes) < 0 or total < filled:
        raise ValueError(
            f"labels={labels!r} for strata of {sizes!r} items: "
            "sizes start at 0, and every stratum with items needs a label"
        )
    if not items:
        return 0, 0, 0
    disagree = candidate_only + baseline_only
    share = -(-AGREE_PERCENT * total * agree // (100 * items))  # rounded up
    third = min(share, agree, total - (candidate_only > 0) - (baseline_only > 0))
    third = max(third, total - disagree)
    rest = total - third
    first = (2 * rest * candidate_only + disagree) // (2 * disagree) if disagree else 0
    first = max(first, rest - baseline_only, int(candidate_only > 0))
    first = min(first, candidate_only, rest - (baseline_only > 0))
    return first, rest - first, third


def draw_release(
    candidate_only: Sequence[str],
    baseline_only: Sequence[str],
    agree: Sequence[str],
    labels: int,
    entropy: tuple[int, ...],
) -> Draw:
    """Draw the items of a release gate: simple random sampling without replacement in each stratum.

    Args:
        candidate_only: ids of the items on which only the candidate's answer is in alarm; their
            order does not matter.
        baseline_only: ids of those on which only the baseline's is.
        agree: ids of the others, pairs of one text left out.
        labels: how many items to look at, 100 to 400 for a useful gate.
        entropy: see `draw.draw_entropy`.

    Raises:
        ValueError: see `allocate_release`.
    """
    pools = candidate_only, baseline_only, agree
    sizes = allocate_release(len(candidate_only), len(baseline_only), len(agree), labels)
    strata = tuple(ReleaseStratum)
    drawn = tuple(
        DrawnItem(
            item_id=item,
            stratum=strata[at],
            position=position,
            inclusion_probability=sizes[at] / len(pools[at]),
        )
        for position, (at, item) in enumerate(draw_spread(pools, sizes, entropy))
    )
    differ = len(candidate_only) + len(baseline_only)
    return Draw(seed=entropy, alarm_items=differ, quiet_items=len(agree), drawn=drawn)


def release_strata(
    candidate_flagged: Mask, baseline_flagged: Mask
) -> tuple[tuple[ReleaseStratum, Mask], ...]:
    """Return the strata of a release draw as masks over the items; together they are all items."""
    return (
        (ReleaseStratum.CANDIDATE_ONLY, candidate_flagged & ~baseline_flagged),
        (ReleaseStratum.BASELINE_ONLY, baseline_flagged & ~candidate_flagged),
        (ReleaseStratum.AGREE, candidate_flagged == baseline_flagged),
    )
