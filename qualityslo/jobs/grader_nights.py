"""One grader's nights: what it said of all answers, and what people said of some."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qualityslo.domain.calibration import GraderScores, Series
from qualityslo.domain.facts import RunRow
from qualityslo.domain.golden import Criterion, GoldenSet
from qualityslo.domain.grader_check import LabelledScores, labelled_scores, pooled
from qualityslo.domain.grader_drift import GraderNight
from qualityslo.domain.plan import Plan
from qualityslo.domain.sli import Role
from qualityslo.jobs.night import Nights
from qualityslo.ports.grading import CalibrationStore
from qualityslo.stats import detection

SERVING = Role.BASELINE


@dataclass(frozen=True, slots=True, kw_only=True)
class NightOfGrader:
    """One night on which a grader of this very version judged answers."""

    run: RunRow
    graded: int  # of the serving model, as the next one
    flagged: int
    labelled: Mapping[Role, LabelledScores]


def nights_of_grader(
    plan: Plan,
    nights: Nights,
    about: tuple[GoldenSet, Criterion],
    runs: Sequence[RunRow],
    source: tuple[CalibrationStore, Series],
) -> Iterator[NightOfGrader]:
    """Yield the nights on which the grader of a series judged, by slot."""
    golden, criterion = about
    store, series = source
    for run in runs:
        found: dict[Role, GraderScores] = {}
        for role in plan.models:
            said = store.grader_scores(run.run_id, role, series)
            if said is not None:
                found[role] = said
        if not found:
            continue
        night = nights.night(run, golden)
        serving = found.get(SERVING)
        yield NightOfGrader(
            run=run,
            graded=0 if serving is None else int((~np.isnan(serving.scores)).sum()),
            flagged=0 if serving is None else int(serving.flagged.sum()),
            labelled={
                role: labelled_scores(night.labelled[role, criterion.name], said)
                for role, said in found.items()
            },
        )


def grader_night(night: NightOfGrader) -> GraderNight:
    """Return what the drift rules look at."""
    serving = night.labelled.get(SERVING)
    rate = None
    if serving is not None and len(serving.items):
        apart = serving.flagged == serving.good
        rate = float((serving.weights * apart).sum() / serving.weights.sum())
    return GraderNight(
        slot=night.run.slot,
        graded=night.graded,
        flagged=night.flagged,
        labels=0 if serving is None else len(serving.items),
        disagreement=rate,
    )


def disagreement_limit(nights: Sequence[NightOfGrader]) -> float:
    """Return the upper 97.5 % limit of how often the grader disagrees with people; 1 unlabelled."""
    labels = pooled([night.labelled[SERVING] for night in nights if SERVING in night.labelled])
    if labels is None:
        return 1.0
    found = detection(labels.flagged, labels, rng=np.random.default_rng(0), resamples=100)
    return max(1.0 - found.agreed.low, 1e-6)
