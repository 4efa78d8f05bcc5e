"""Calibrating: what every grader's scores have meant, and whether it still behaves as then."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from qualityslo.domain.calibration import Calibration, Series, Skill
from qualityslo.domain.golden import Criterion, GoldenSet
from qualityslo.domain.grader_check import GraderCheck, LabelledScores, Measured, pooled
from qualityslo.domain.grader_drift import GraderDrift, GraderNight, grader_drift
from qualityslo.domain.jsonable import to_json
from qualityslo.domain.plan import Plan
from qualityslo.jobs.grader_nights import (
    NightOfGrader,
    disagreement_limit,
    grader_night,
    nights_of_grader,
)
from qualityslo.jobs.night import Nights, finished_runs
from qualityslo.jobs.parts import Parts
from qualityslo.jobs.review import NIGHTLY
from qualityslo.ports.grading import CalibrationStore
from qualityslo.stats import (
    ScoredLabels,
    Undefined,
    calibrated,
    cross_fitted,
    detection,
    enough_labels,
    fit_score_map,
)

LIKELY_GOOD = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationOrder:
    """What is asked for: how many nights, a new reference, and whether anything is stored."""

    nights: int = 60
    restart: bool = False
    dry_run: bool = False


def calibrate(
    plan: Plan,
    parts: Parts,
    calibrations: CalibrationStore,
    now: datetime,
    order: CalibrationOrder,
) -> list[GraderCheck]:
    """Check every grader of every criterion that people judge, and store what is new.

    A calibration is stored where there are enough labels and they are not those of the last one.
    It is in force for runs that begin later, for the very version and rubric it is of.

    Args:
        plan: golden sets, graders, seed of the resamples.
        parts: the adapters; store and queue are read.
        calibrations: where calibrations are kept.
        now: labels and calibrations recorded later do not exist.
        order: how many nights, and what is stored.
    """
    nights = Nights(plan, parts.store, parts.queue, now)
    runs = finished_runs(parts.store.runs(plan.service, NIGHTLY), now)
    found = []
    for golden in plan.goldens:
        known = calibrations.calibrations(plan.service, golden.name, now)
        mine = [run for run in runs if golden.name in run.goldens]
        for criterion, series in _series(plan, golden):
            history = _History(series=series, known=known)
            chosen = [
                run
                for at, run in enumerate(reversed(mine))
                if at < order.nights or history.refers_to(run.slot)
            ][::-1]
            read = nights_of_grader(
                plan, nights, (golden, criterion), chosen, (calibrations, series)
            )
            check = _check(plan, parts, history, list(read), (now, order))
            if check.stored and check.calibration is not None:
                calibrations.append_calibration(check.calibration)
            found.append(check)
    return found


def _series(plan: Plan, golden: GoldenSet) -> Iterator[tuple[Criterion, Series]]:
    for criterion in golden.human_criteria:
        for grader in plan.graders.get(golden.name, ()):
            if grader.criterion == criterion.name:
                series = Series(
                    service=plan.service,
                    golden=golden.name,
                    criterion=criterion.name,
                    grader=grader.name,
                    version=grader.version,
                    rubric_hash=criterion.rubric_hash,
                )
                yield criterion, series


@dataclass(frozen=True, slots=True, kw_only=True)
class _History:
    """What is stored of one series, and of the same grader under other versions or rubrics."""

    series: Series
    known: Sequence[Calibration]

    @property
    def mine(self) -> list[Calibration]:
        return [one for one in self.known if one.series == self.series]

    @property
    def reference(self) -> Calibration | None:
        """The calibration against which nights are watched: the first, or the last new start."""
        mine = self.mine
        starts = [one for one in mine if one.restarts] or mine[:1]
        return starts[-1] if starts else None

    def refers_to(self, slot: datetime) -> bool:
        reference = self.reference
        return reference is not None and reference.first_slot <= slot

    def notices(self) -> list[str]:
        """Say that what is known is of another version or rubric."""
        about = (self.series.criterion, self.series.grader)
        others = [one for one in self.known if (one.series.criterion, one.series.grader) == about]
        if not others or self.mine:
            return []
        last = others[-1]
        changed = "version" if last.series.version != self.series.version else "rubric"
        old, new = (
            (last.series.version, self.series.version)
            if changed == "version"
            else (last.series.rubric_hash[:12], self.series.rubric_hash[:12])
        )
        text = (
            f"the calibration of {last.created_at:%Y-%m-%d} is of {changed} {old!r}, the grader's "
            f"is {new!r} now: it is not applied, a new series starts"
        )
        return [text]


def _check(
    plan: Plan,
    parts: Parts,
    history: _History,
    nights: list[NightOfGrader],
    when: tuple[datetime, CalibrationOrder],
) -> GraderCheck:
    now, order = when
    recent = nights[-order.nights :]
    rows = [row for night in recent for row in night.labelled.values()]
    labels = pooled(rows)
    measured = _measured(labels, np.random.default_rng(plan.seed)) if labels is not None else None
    skill = _skill(measured)
    calibration, new = None, False
    if labels is not None and measured is not None:
        digest = _labels_digest(plan, parts, history.series, rows, now)
        last = history.mine[-1] if history.mine else None
        new = last is None or last.labels_digest != digest or order.restart
        calibration = (
            _new(history.series, (labels, measured, skill), recent, digest, when) if new else last
        )
    return GraderCheck(
        series=history.series,
        skill=skill,
        nights=len(recent),
        labels=0 if labels is None else len(labels),
        bad=0 if labels is None else int((~labels.good).sum()),
        measured=measured,
        calibration=calibration,
        stored=new and not order.dry_run,
        drift=_drift(history, nights),
        notices=tuple(history.notices() + _left_out(rows)),
    )


def _measured(labels: ScoredLabels, rng: np.random.Generator) -> Measured | None:
    """Return what the labels say of scores and verdicts; None where they are too few."""
    if not enough_labels(labels):
        return None
    probabilities = cross_fitted(labels, rng)
    before = calibrated(labels.scores, labels, rng=rng)
    after = calibrated(probabilities, labels, rng=rng)
    return Measured(
        before=before,
        # A rising map keeps the order; that of five folds' maps together is nobody's.
        after=replace(after, auroc=before.auroc),
        verdicts=detection(labels.flagged, labels, rng=rng),
        verdicts_after=detection(probabilities <= LIKELY_GOOD, labels, rng=rng),
    )


def _skill(measured: Measured | None) -> Skill:
    if measured is None:
        return Skill.TOO_FEW_LABELS
    auroc = measured.before.auroc
    if isinstance(auroc, Undefined):
        return Skill.NO_SKILL
    low = auroc.point if auroc.low is None else auroc.low
    return Skill.CALIBRATED if low > 0.5 else Skill.NO_SKILL


def _new(
    series: Series,
    found: tuple[ScoredLabels, Measured, Skill],
    nights: Sequence[NightOfGrader],
    digest: str,
    when: tuple[datetime, CalibrationOrder],
) -> Calibration:
    labels, measured, skill = found
    now, order = when
    slots = [night.run.slot for night in nights if any(map(_has_labels, night.labelled.values()))]
    about = "\x1f".join((repr(series), digest, now.isoformat()))
    figures = to_json(measured)
    assert isinstance(figures, dict)
    return Calibration(
        id=hashlib.sha256(about.encode("utf-8", "surrogatepass")).hexdigest()[:24],
        series=series,
        skill=skill,
        score_map=fit_score_map(labels),
        labels=len(labels),
        labels_digest=digest,
        first_slot=slots[0],
        last_slot=slots[-1],
        created_at=now,
        restarts=order.restart,
        figures=figures,
    )


def _has_labels(row: LabelledScores) -> bool:
    return len(row.items) > 0


def _labels_digest(
    plan: Plan,
    parts: Parts,
    series: Series,
    rows: Sequence[LabelledScores],
    now: datetime,
) -> str:
    """Return the sha256 over the ids of the labels that a calibration rests on."""
    used = {key for row in rows for key in zip(row.items, row.answers, strict=True)}
    ids = sorted(
        label.id
        for label in parts.queue.labels(plan.service, series.golden, now)
        if label.key.criterion == series.criterion
        and label.key.rubric_hash == series.rubric_hash
        and (label.key.item_digest, label.key.answer_hash) in used
    )
    return hashlib.sha256("\x1f".join(ids).encode("utf-8", "surrogatepass")).hexdigest()


def _left_out(rows: Sequence[LabelledScores]) -> list[str]:
    unconfirmed = sum(row.unconfirmed for row in rows)
    if not unconfirmed:
        return []
    text = (
        f"{unconfirmed} bad labels wait for a second look and are left out: until then the grader "
        "looks as if less were bad"
    )
    return [text]


def _drift(history: _History, nights: Sequence[NightOfGrader]) -> GraderDrift | None:
    reference = history.reference
    if reference is None:
        return None
    within = [
        night for night in nights if reference.first_slot <= night.run.slot <= reference.last_slot
    ]
    since = [night for night in nights if night.run.slot > reference.last_slot]
    before: list[GraderNight] = [grader_night(night) for night in within]
    if not before:
        return None
    return grader_drift(before, [grader_night(one) for one in since], disagreement_limit(within))
