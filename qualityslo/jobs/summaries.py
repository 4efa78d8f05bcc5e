"""The parts of a report that are looked at, not decided on."""

from collections import Counter
from datetime import datetime

import numpy as np

from qualityslo.domain.combination import ALARM_IN_WORDS
from qualityslo.domain.evidence import AnswerColumns
from qualityslo.domain.facts import RunRow
from qualityslo.domain.golden import Json
from qualityslo.domain.label import second_looks
from qualityslo.domain.plan import Plan
from qualityslo.domain.report import DriftSummary, ReviewSummary, RoleSummary
from qualityslo.domain.sli import Role
from qualityslo.jobs.compare import COSINE, IDENTICAL
from qualityslo.jobs.night import Nights
from qualityslo.jobs.parts import Parts
from qualityslo.jobs.review import collecting_until, waiting_reviews


def role_summaries(plan: Plan, nights: Nights, run: RunRow) -> tuple[RoleSummary, ...]:
    """Return how the answers of every role ended on every golden set."""
    return tuple(
        _role_summary(plan, role, golden.name, nights.night(run, golden).columns[role])
        for golden in plan.goldens
        for role in plan.models
    )


def _role_summary(plan: Plan, role: Role, golden: str, columns: AnswerColumns) -> RoleSummary:
    endings = Counter(ending.value for ending in columns.endings)
    latency = {}
    for name, values in columns.measures.items():
        seen = values[~np.isnan(values)]
        if len(seen):
            latency[f"{name}_p50"] = float(np.quantile(seen, 0.50, method="inverted_cdf"))
            latency[f"{name}_p95"] = float(np.quantile(seen, 0.95, method="inverted_cdf"))
    return RoleSummary(
        role=role,
        golden=golden,
        model=plan.models[role].as_json(),
        endings=dict(endings),
        failures=dict(columns.failure_codes),
        ungraded={name: dict(reasons) for name, reasons in columns.ungraded_reasons.items()},
        latency=latency,
    )


def drift_summary(plan: Plan, nights: Nights, run: RunRow) -> tuple[DriftSummary, ...]:
    """Return the similarity of the two models' answers on every golden set, where measured."""
    summaries = []
    for golden in plan.goldens:
        rows = nights.night(run, golden).cosines
        if not rows:
            continue
        cosines = np.array([row.cosine for row in rows if row.cosine is not None])
        bins = np.clip((cosines * 10).astype(int), 0, 9)
        kinds = Counter(row.kind for row in rows if row.kind not in {COSINE, IDENTICAL})
        summaries.append(
            DriftSummary(
                golden=golden.name,
                embedder=plan.embedder,
                defined=len(cosines),
                identical=sum(row.kind == IDENTICAL for row in rows),
                undefined=dict(kinds),
                cut=sum(row.cut for row in rows),
                mean=float(cosines.mean()) if len(cosines) else None,
                lowest=float(cosines.min()) if len(cosines) else None,
                histogram=tuple(int(n) for n in np.bincount(bins, minlength=10)),
            )
        )
    return tuple(summaries)


def review_summaries(
    plan: Plan, run: RunRow, parts: Parts, as_of: datetime
) -> tuple[ReviewSummary, ...]:
    """Return tonight's draws: how many reviews were drawn, answered, and still wait."""
    waiting = Counter(one.golden for one in waiting_reviews(plan, parts, run, as_of))
    until = collecting_until(plan, run, as_of)
    summaries = []
    for golden in plan.goldens:
        draw = parts.queue.draw(run.run_id, golden.name)
        if draw is None:
            continue
        sample = parts.queue.sample(run.run_id, golden.name, as_of)
        summaries.append(
            ReviewSummary(
                golden=golden.name,
                drawn=len(draw.drawn),
                alarm_items=draw.alarm_items,
                quiet_items=draw.quiet_items,
                answered=sum(row.looked_at for row in sample),
                waiting=waiting[golden.name],
                deadline=until,
                second_looks=second_looks(parts.queue.labels(plan.service, golden.name, as_of)),
            )
        )
    return tuple(summaries)


def provenance(plan: Plan) -> dict[str, Json]:
    """Return what the result rests on: digests, versions, seed, and every rule in force."""
    return {
        "code_version": plan.code_version,
        "seed": plan.seed,
        "attempt": plan.attempt,
        "timezone": plan.timezone,
        "cadence_s": plan.cadence.total_seconds(),
        "embedder": plan.embedder,
        "indicators": {slo.sli.name: slo.sli.in_words() for slo in plan.slos},
        "models": {role.value: one.as_json() for role, one in plan.models.items()},
        "graders": {
            golden: [f"{one.criterion}: {one.name} {one.version}" for one in rows]
            for golden, rows in plan.graders.items()
        },
        "goldens": {one.name: f"{one.location} sha256:{one.digest}" for one in plan.goldens},
        "rubrics": {
            f"{one.name}/{criterion.name}": criterion.rubric_hash
            for one in plan.goldens
            for criterion in one.criteria
        },
        "combinations": _combinations(plan),
        "alarm": ALARM_IN_WORDS,
        "rules": {
            "confidence": plan.estimation.confidence,
            "min_coverage": plan.estimation.min_coverage,
            "act_on_uncorrected": plan.estimation.act_on_uncorrected,
            "failures_are_bad": plan.failures_are_bad,
            "reviews_per_night": plan.review.items_per_night,
            "alarm_factor": plan.review.alarm_factor,
            "second_stage": plan.review.second_stage,
            "label_confidence": plan.estimation.label_confidence,
            "labels_count_until_slot_plus_s": plan.deadline.after_slot.total_seconds(),
            "labels_count_until_end_plus_s": plan.deadline.after_run.total_seconds(),
            "gate_frame": plan.gate.frame,
            "gate_margin": plan.gate.default_margin,
            "gate_margins": dict(plan.gate.margins),
            "gate_slices": list(plan.gate.slices),
        },
    }


def _combinations(plan: Plan) -> dict[str, Json]:
    """Return in words how the graders of each criterion become one verdict."""
    return {
        f"{golden.name}/{one.name}": f"{one.combine}: {one.combine.in_words}"
        for golden in plan.goldens
        for one in golden.criteria
    }
