"""A mean of real-valued scores, from a few people's scores and many of a grader: PPI++."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qualityslo.errors import StatsError
from qualityslo.stats.scores import ScoreEstimate, finite_scores, has_spread
from qualityslo.stats.special import FloatArray, normal_quantile, tail_of

LEAST_LABELS = 200
LEAST_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionPoweredMean(ScoreEstimate):
    """A prediction-powered mean.

    Attributes:
        weight: how much the grader's scores count, from 0 (the labels alone) to 1.
        doubts: why the limits may not hold, in words; nothing should be decided where there are
            any.
    """

    weight: float
    doubts: tuple[str, ...]


def ppi_mean(
    labelled_truth: ArrayLike,
    labelled_score: ArrayLike,
    other_score: ArrayLike,
    *,
    confidence: float = 0.95,
    power_tuning: bool = True,
) -> PredictionPoweredMean:
    """Estimate the mean of a score that people gave to a sample and a grader to every item.

    mean = w mean(other) + mean(truth - w score), se^2 = w^2 var(other) / N + var(truth - w score)
    / n, limits mean -+ z se. Tuned: w = cov(truth, score) / ((1 + n/N) var(score, all)), clipped
    to [0, 1] (Angelopoulos, Duchi & Zrnic 2023, arXiv 2311.01453, with the divisors of ppi_py
    0.2.3); without tuning w = 1. A normal approximation, for real-valued scores.

    **Not for a rate of rare bad answers**: with a rate up to 2 % and 100 labels its 95 % limits
    hold in 9 to 90 % of cases; `rate_interval` is for those. It wants 200 labels and at least
    5 % of them apart from the most common value; less is named in `doubts`, and at
    the border of that a rate is covered in 91 %, not 95. Unless the grader is good, the tuned
    interval is hardly narrower than that of the labels alone.

    Args:
        labelled_truth: people's scores of a simple random sample of items, shape (n,).
        labelled_score: the grader's scores of the same items in the same order, shape (n,).
        other_score: the grader's scores of the items without a label, shape (N,); a labelled item
            must not be here again.
        confidence: two-sided level.
        power_tuning: whether to find the weight that gives the narrowest limits.

    Returns:
        An estimate, without limits where the labels show no spread around the grader's scores.

    Raises:
        StatsError: lists of different lengths, an empty one, or a score that is not finite.

    >>> rng = np.random.default_rng(7)
    >>> truth, others = rng.random(300), rng.random(3000)
    >>> noise = rng.normal(scale=0.1, size=3300)
    >>> found = ppi_mean(truth, truth + noise[:300], others + noise[300:])
    >>> f"{found.point:.2f} [{found.low:.2f}, {found.high:.2f}], weight {found.weight:.2f}"
    '0.51 [0.49, 0.52], weight 0.83'
    """
    tail = tail_of(confidence)
    truth = finite_scores("labelled_truth", labelled_truth)
    score = finite_scores("labelled_score", labelled_score)
    other = finite_scores("other_score", other_score)
    if len(truth) != len(score):
        raise StatsError(
            f"{len(truth)} scores in labelled_truth, {len(score)} in labelled_score; "
            "pass both for each labelled item"
        )
    weight = _tuned_weight(truth, score, other) if power_tuning else 1.0
    rest = truth - weight * score
    point = float(weight * other.mean() + rest.mean())
    error = np.sqrt(weight**2 * other.var() / len(other) + rest.var() / len(rest))
    arm = normal_quantile(tail) * float(error)
    sound = has_spread(rest)
    return PredictionPoweredMean(
        point=point,
        low=point - arm if sound else None,
        high=point + arm if sound else None,
        confidence=confidence,
        labelled=len(truth),
        items=len(truth) + len(other),
        method="ppi++" if power_tuning else "ppi",
        weight=weight,
        doubts=_doubts(truth),
    )


def _tuned_weight(truth: FloatArray, score: FloatArray, other: FloatArray) -> float:
    """Return the weight of least variance; 0 where the grader gives everything one score."""
    everything = np.concatenate((score, other))
    if not has_spread(everything):
        return 0.0
    shared = float(((truth - truth.mean()) * (score - score.mean())).mean())
    best = shared / ((1 + len(score) / len(other)) * float(everything.var(ddof=1)))
    return min(max(best, 0.0), 1.0)


def _doubts(truth: FloatArray) -> tuple[str, ...]:
    most = int(np.unique(truth, return_counts=True)[1].max())
    apart = (len(truth) - most) / len(truth)
    few = f"{len(truth)} labels; the normal limits want {LEAST_LABELS}"
    rare = f"{apart:.1%} of the labels differ from the rest; below {LEAST_SHARE:.0%} limits fail"
    wrong = ((len(truth) < LEAST_LABELS, few), (apart < LEAST_SHARE, rare))
    return tuple(text for is_wrong, text in wrong if is_wrong)
