"""The part of a report about the graders, from the facts of its run."""

from collections.abc import Mapping
from datetime import datetime

from qualityslo.domain.calibration import Series
from qualityslo.domain.facts import RunRow
from qualityslo.domain.grader_summary import GraderCount, GraderSummary, calibration_in_words
from qualityslo.domain.plan import Plan
from qualityslo.jobs.parts import Parts
from qualityslo.ports.grading import CacheUse

_Uses = Mapping[tuple[str, str, str], CacheUse]


def grader_summaries(
    plan: Plan, run: RunRow, parts: Parts, as_of: datetime
) -> tuple[GraderSummary, ...]:
    """Return what each grader of a run said; nothing where the store keeps no such facts."""
    store = parts.calibrations
    if store is None:
        return ()
    used = [] if parts.grade_cache is None else parts.grade_cache.uses(run.run_id, as_of)
    uses = {(one.golden, one.criterion, one.grader): one for one in used}
    known = {
        golden.name: store.calibrations(plan.service, golden.name, run.started_at)
        for golden in plan.goldens
    }
    return tuple(
        GraderSummary(
            count=one,
            share_flagged=one.flagged / one.graded if one.graded else None,
            flip_rate=_flip_rate(one, parts),
            calibration=calibration_in_words(known[one.golden], _series(plan, one)),
            **_cache_use(one, uses),
        )
        for one in store.grader_counts(run.run_id)
        if one.golden in known
    )


def _flip_rate(count: GraderCount, parts: Parts) -> float | None:
    """Return how often a grader with `repeat` votes an answer was not of one mind."""
    graders = parts.graders[count.golden].get(count.criterion, ())
    repeats = any(one.name == count.grader and getattr(one, "repeat", 1) > 1 for one in graders)
    return count.between / count.graded if repeats and count.graded else None


def _series(plan: Plan, count: GraderCount) -> Series:
    criterion = plan.golden(count.golden).criterion(count.criterion)
    return Series(
        service=plan.service,
        golden=count.golden,
        criterion=count.criterion,
        grader=count.grader,
        version=count.version,
        rubric_hash="" if criterion is None else criterion.rubric_hash,
    )


def _cache_use(count: GraderCount, uses: _Uses) -> dict[str, int]:
    use = uses.get((count.golden, count.criterion, count.grader))
    return {} if use is None else {"cache_asked": use.asked, "cache_known": use.known}
