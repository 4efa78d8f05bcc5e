"""What a grader's scores are worth: AUROC, balanced accuracy, accuracy, calibration, intervals."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_BINS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Figures of one grader on one pool of rows; intervals are 95 %, by resampling groups."""

    rows: int
    graded: int
    positive: float
    auroc: float
    auroc_interval: tuple[float, float]
    balanced_accuracy: float
    balanced_accuracy_interval: tuple[float, float]
    accuracy: float
    ece: float

    def to_json(self) -> dict[str, Any]:
        """Return the figures, rounded to four places."""
        return {
            name: [round(one, 4) for one in value] if isinstance(value, tuple) else round(value, 4)
            for name, value in asdict(self).items()
        }


def auroc(scores: Floats, positive: Flags) -> float:
    """Return the chance that a positive row scores above a negative one, ties counting half.

    Mann-Whitney's statistic over the product of the numbers; 0.5 where one class is empty.
    """
    ones, zeros = int(positive.sum()), int((~positive).sum())
    if not ones or not zeros:
        return 0.5
    _, where, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return float((ranks[where][positive].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def balanced_accuracy(said: Flags, positive: Flags) -> float:
    """Return the mean of sensitivity and specificity; a class without rows counts half."""
    found = [float((said[of] == truth).mean()) if of.any() else 0.5
             for truth, of in ((True, positive), (False, ~positive))]  # fmt: skip
    return (found[0] + found[1]) / 2


def calibration_error(scores: Floats, positive: Flags) -> float:
    """Return the expected calibration error over 15 bins of equal width (Guo et al. 2017)."""
    bins = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    apart = np.bincount(bins, weights=scores - positive, minlength=_BINS)
    return float(np.abs(apart).sum() / max(1, len(scores)))


def figures(
    scores: Floats, said: Flags, positive: Flags, groups: Sequence[str], *, draws: int = 300
) -> Figures:
    """Measure scores and verdicts against people's labels.

    Args:
        scores: of the positive class, in [0, 1], NaN where a row was not graded, shape (rows,).
        said: whether the verdict is positive.
        positive: whether people say so.
        groups: what rows belong together; groups are resampled as a whole.
        draws: resamples of the intervals (percentile; Efron & Tibshirani 1993, section 13.3).
    """
    graded = ~np.isnan(scores)
    kept = scores[graded], said[graded], positive[graded]
    low, high = _intervals(
        *kept, [one for one, is_in in zip(groups, graded, strict=True) if is_in], draws
    )
    return Figures(
        rows=len(scores),
        graded=int(graded.sum()),
        positive=float(kept[2].mean()) if graded.any() else 0.0,
        auroc=auroc(kept[0], kept[2]),
        auroc_interval=(low[0], high[0]),
        balanced_accuracy=balanced_accuracy(kept[1], kept[2]),
        balanced_accuracy_interval=(low[1], high[1]),
        accuracy=float((kept[1] == kept[2]).mean()) if graded.any() else 0.0,
        ece=calibration_error(kept[0], kept[2]),
    )


def _intervals(
    scores: Floats, said: Flags, positive: Flags, groups: Sequence[str], draws: int
) -> tuple[list[float], list[float]]:
    if not len(scores) or not draws:
        return [0.0, 0.0], [1.0, 1.0]
    rng = np.random.default_rng(0)
    _, group = np.unique(np.asarray(groups), return_inverse=True)
    order = np.argsort(group, kind="stable")
    sizes = np.bincount(group)
    starts = np.cumsum(sizes) - sizes
    found = []
    for _ in range(draws):
        drawn = rng.integers(len(sizes), size=len(sizes))
        at = np.concatenate([order[starts[one] : starts[one] + sizes[one]] for one in drawn])
        found.append((auroc(scores[at], positive[at]), balanced_accuracy(said[at], positive[at])))
    low, high = np.quantile(np.asarray(found), (0.025, 0.975), axis=0)
    return [float(one) for one in low], [float(one) for one in high]
