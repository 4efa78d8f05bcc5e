"""Maps from a grader's score to the probability of good, fitted on weighted labels."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from qualityslo.errors import StatsError
from qualityslo.stats.scored_labels import ScoredLabels
from qualityslo.stats.special import FloatArray

Method = Literal["platt", "isotonic"]

FEWEST_LABELS = 30
FEWEST_OF_A_KIND = 10  # labels good, and labels bad: ten events for one slope (Peduzzi 1996)
ISOTONIC_FROM = 500  # effective labels from which the free shape is worth its noise
FOLDS = 5
_EDGE = 0.001  # scores are kept off 0 and 1 by this much before their logit is taken
# Even steps of the logit: a judge that is too sure has nearly all its scores at one end.
_STEPS = np.linspace(-math.log(1 / _EDGE - 1), math.log(1 / _EDGE - 1), 101)
_KNOTS = np.concatenate([[0.0], 1 / (1 + np.exp(-_STEPS)), [1.0]])


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreMap:
    """A monotone map from a score in [0, 1] to the probability of good: linear between knots.

    Attributes:
        method: how it was fitted.
        scores: the knots, rising strictly.
        probabilities: the value at each, never falling.

    Raises:
        StatsError: no knots, knots that do not rise, or values that fall or leave [0, 1].

    >>> identity = ScoreMap(method="isotonic", scores=(0.0, 1.0), probabilities=(0.0, 1.0))
    >>> identity.apply([0.25, 2.0, float("nan")]).tolist()
    [0.25, 1.0, nan]
    """

    method: Method
    scores: tuple[float, ...]
    probabilities: tuple[float, ...]

    def __post_init__(self) -> None:
        knots, values = np.array(self.scores), np.array(self.probabilities)
        sound = len(knots) == len(values) > 0 and bool(np.isfinite([*knots, *values]).all())
        if not sound or (np.diff(knots) <= 0).any() or (np.diff(values) < 0).any():
            raise StatsError(f"{self!r}: knots must rise, and their values must not fall")
        if values[0] < 0 or values[-1] > 1:
            raise StatsError(f"{self!r}: a probability lies in [0, 1]")

    def apply(self, scores: ArrayLike) -> FloatArray:
        """Return the probability of good of each score; NaN stays NaN."""
        given = np.asarray(scores, dtype=np.float64)
        return np.interp(given, self.scores, self.probabilities)


def enough_labels(labels: ScoredLabels) -> bool:
    """Return whether a map is fitted at all: 30 labelled answers, 10 good and 10 bad among them."""
    good = int(labels.good.sum())
    return len(labels) >= FEWEST_LABELS and min(good, len(labels) - good) >= FEWEST_OF_A_KIND


def fit_score_map(labels: ScoredLabels) -> ScoreMap:
    """Fit the probability of good as a rising function of the score.

    `platt` below 500 effective labels, and while either kind has fewer than 50: a logistic
    regression on the logit of the score with Platt's (1999) targets (w + 1) / (w + 2) and
    1 / (w + 2), which keep it off 0 and 1; a falling slope becomes none. Two numbers are all
    that so few labels can tell. `isotonic` from there on: the weighted least-squares rising step
    function (Barlow et al. 1972), its ends kept off 0 and 1 by 1 / (effective labels + 2). The
    switch lies between the 1,000 of Niculescu-Mizil & Caruana (2005) and the 150 from which the
    worst loss of `isotonic` over six shapes is below that of `platt` (bench/calibration.py).
    Weights are scaled to add up to the effective number of labels.

    Raises:
        StatsError: fewer than 30 labels, or fewer than 10 of a kind.

    >>> rng = np.random.default_rng(1)
    >>> scores = rng.random(400)
    >>> labels = ScoredLabels(scores=scores, flagged=scores < 0.5, good=rng.random(400) < scores**2,
    ...                       weights=np.ones(400), items=np.arange(400))
    >>> fitted = fit_score_map(labels)
    >>> fitted.method, fitted.apply([0.2, 0.5, 0.8]).round(2).tolist()
    ('platt', [0.06, 0.24, 0.6])
    """
    if not enough_labels(labels):
        raise StatsError(
            f"{len(labels)} labels, {int(labels.good.sum())} of them good: a calibration needs "
            f"{FEWEST_LABELS}, and {FEWEST_OF_A_KIND} of each kind"
        )
    return _fitted(labels, _method(labels))


def _method(labels: ScoredLabels) -> Method:
    kinds = (labels.good, ~labels.good)
    fewest = min(labels.part(kind).effective for kind in kinds)
    large = labels.effective >= ISOTONIC_FROM and fewest >= ISOTONIC_FROM / 10
    return "isotonic" if large else "platt"


def cross_fitted(labels: ScoredLabels, rng: np.random.Generator) -> FloatArray:
    """Return the probability of good of each answer by a map that was fitted without its item.

    Five folds of items. What such probabilities show is what the map will do on further answers;
    those of a map on its own labels flatter it.

    Returns:
        Shape (answers,).
    """
    method = _method(labels)
    count = min(FOLDS, labels.item_count)
    fold = rng.permutation(labels.item_count)[labels.item_codes] % count
    probabilities = np.empty(len(labels))
    for one in range(count):
        held = fold == one
        probabilities[held] = _fitted(labels.part(~held), method).apply(labels.scores[held])
    return probabilities


def _fitted(labels: ScoredLabels, method: Method) -> ScoreMap:
    weights = labels.weights * labels.effective / labels.weights.sum()
    fit = _isotonic if method == "isotonic" else _platt
    knots, values = fit(labels, weights)
    rising = np.maximum.accumulate(np.clip(values, 0.0, 1.0))
    return ScoreMap(
        method=method, scores=tuple(knots.tolist()), probabilities=tuple(rising.tolist())
    )


def _platt(labels: ScoredLabels, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    from sklearn.linear_model import LogisticRegression

    good, bad = float(weights[labels.good].sum()), float(weights[~labels.good].sum())
    target = np.where(labels.good, (good + 1) / (good + 2), 1 / (bad + 2))
    logits = _logit(labels.scores)
    fitted = LogisticRegression(C=1e8, max_iter=1_000)
    fitted.fit(
        np.concatenate([logits, logits])[:, None],
        np.repeat([True, False], len(logits)),
        sample_weight=np.concatenate([weights * target, weights * (1 - target)]),
    )
    if fitted.coef_[0, 0] <= 0:
        return _KNOTS, np.full(len(_KNOTS), float(weights @ target / weights.sum()))
    return _KNOTS, fitted.predict_proba(_logit(_KNOTS)[:, None])[:, 1]


def _isotonic(labels: ScoredLabels, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    from sklearn.isotonic import IsotonicRegression

    edge = 1 / (labels.effective + 2)
    fitted = IsotonicRegression(y_min=edge, y_max=1 - edge)
    fitted.fit(labels.scores, labels.good.astype(np.float64), sample_weight=weights)
    return fitted.X_thresholds_, fitted.y_thresholds_


def _logit(scores: FloatArray) -> FloatArray:
    inner = np.clip(scores, _EDGE, 1 - _EDGE)
    logits: FloatArray = np.log(inner / (1 - inner))
    return logits
