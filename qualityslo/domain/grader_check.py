"""What the labels say of a grader: from a night's evidence to weighted, scored labels."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.calibration import Calibration, GraderScores, Series, Skill
from qualityslo.domain.cells import known_part
from qualityslo.domain.evidence import Code, Labelled
from qualityslo.domain.grader_drift import GraderDrift
from qualityslo.stats import Calibrated, Detection, ScoredLabels


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledScores:
    """The labelled answers of one night, model and criterion that a grader gave a score.

    Arrays of one length: digests of item and answer, score, flag, what people said, and how many
    answers of that night each stands for.
    """

    items: NDArray[np.object_]
    answers: NDArray[np.object_]
    scores: NDArray[np.float64]
    flagged: NDArray[np.bool_]
    good: NDArray[np.bool_]
    weights: NDArray[np.float64]
    unconfirmed: int


def labelled_scores(labelled: Labelled, said: GraderScores) -> LabelledScores:
    """Return the answers whose truth people have settled, with their design weights.

    An answer known from earlier nights stands for itself, one of tonight's draw for its share of
    the open answers of its stratum. Left out are answers that a rule decides, ungraded ones, and
    labels that wait for a second look.
    """
    known, bad = known_part(labelled)
    tonight = labelled.tonight
    weights = known.astype(np.float64)
    open_answers = labelled.judged.valid & ~known
    asked = labelled.asked()
    for _, mask in labelled.sample.strata:
        here = open_answers & mask
        settled = here & asked & (tonight <= Code.BAD)
        if settled.any():
            weights[settled] = here.sum() / settled.sum()
            bad = bad | (settled & (tonight == Code.BAD))
    scored = labelled.judged.by_graders & ~np.isnan(said.scores)
    at = np.flatnonzero(scored & (weights > 0))
    return LabelledScores(
        items=np.array(labelled.judged.item_digests, dtype=object)[at],
        answers=np.array(labelled.judged.answer_hashes, dtype=object)[at],
        scores=said.scores[at],
        flagged=said.flagged[at],
        good=~bad[at],
        weights=weights[at],
        unconfirmed=int((open_answers & asked & (tonight == Code.PENDING) & scored).sum()),
    )


def pooled(nights: Sequence[LabelledScores]) -> ScoredLabels | None:
    """Return the labels of several nights, an answer once; None without any.

    An answer that came up on several nights stands for all of them: its weights add up, and what
    was said last counts.
    """
    columns = {
        name: np.concatenate([getattr(one, name) for one in reversed(nights)])
        for name in ("items", "answers", "scores", "flagged", "good", "weights")
        if nights
    }
    if not nights or not len(columns["items"]):
        return None
    keys = [f"{a}\x1f{b}" for a, b in zip(columns["items"], columns["answers"], strict=True)]
    _, first, place = np.unique(np.array(keys), return_index=True, return_inverse=True)
    return ScoredLabels(
        scores=columns["scores"][first],
        flagged=columns["flagged"][first],
        good=columns["good"][first],
        weights=np.bincount(place, weights=columns["weights"]).astype(np.float64),
        items=np.unique(columns["items"].astype(str), return_inverse=True)[1][first],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A grader's scores and verdicts against people: as they are, and calibrated.

    `after` is cross-fitted: each answer by a map that never saw its item.
    """

    before: Calibrated
    after: Calibrated
    verdicts: Detection
    verdicts_after: Detection


@dataclass(frozen=True, slots=True, kw_only=True)
class GraderCheck:
    """Everything that is known of one grader on one golden set and criterion.

    `measured` and `calibration` are None with too few labels, `drift` before there is a
    calibration to watch from. `stored` says that the calibration is a new one.
    """

    series: Series
    skill: Skill
    nights: int
    labels: int
    bad: int
    measured: Measured | None
    calibration: Calibration | None
    stored: bool
    drift: GraderDrift | None
    notices: tuple[str, ...] = field(default=())

    @property
    def in_words(self) -> str:
        """The conclusion."""
        series = self.series
        about = f"{series.grader} on {series.golden}/{series.criterion}"
        match self.skill:
            case Skill.CALIBRATED:
                return f"{about}: calibrated on {self.labels} labelled answers, {self.bad} bad"
            case Skill.NO_SKILL:
                return (
                    f"{about}: no skill shown: the interval of its AUROC reaches down to chance "
                    f"({self.labels} labelled answers, {self.bad} bad); it is left out of "
                    "calibrated_mean"
                )
            case Skill.TOO_FEW_LABELS:
                return (
                    f"{about}: too few labels to say: {self.labels} labelled answers, {self.bad} "
                    "bad; needed are 30, with 10 of each kind"
                )
