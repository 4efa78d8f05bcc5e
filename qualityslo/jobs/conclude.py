"""Concluding: a pure function of the facts and an instant (design section 4)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from qualityslo.domain.estimation import Where, criterion_result
from qualityslo.domain.evidence import Labelled
from qualityslo.domain.facts import RunRow
from qualityslo.domain.gate import GateDecision, decide, gate_tables
from qualityslo.domain.golden import GoldenSet
from qualityslo.domain.measured import drift_result, measured_result
from qualityslo.domain.pairs import GateRule
from qualityslo.domain.plan import Plan
from qualityslo.domain.report import GoldenSummary, Report
from qualityslo.domain.sli import ItemWeights, Measure, Role, Sli, SliResult
from qualityslo.domain.slices import criterion_slices
from qualityslo.domain.slo import Slo, SloStatus, slo_status
from qualityslo.domain.trend import Seen, Trend, trend_of
from qualityslo.domain.weights import item_weights
from qualityslo.domain.window import WindowSlot, gaps, inside, window_result
from qualityslo.domain.wording import conclusion, exit_code, next_step
from qualityslo.jobs.grader_summaries import grader_summaries
from qualityslo.jobs.night import Night, Nights, finished_runs
from qualityslo.jobs.overview import (
    coverage_summaries,
    drift_maps,
    slice_summaries,
    time_summaries,
)
from qualityslo.jobs.parts import Parts
from qualityslo.jobs.regressions import examples
from qualityslo.jobs.summaries import (
    drift_summary,
    provenance,
    review_summaries,
    role_summaries,
)


def conclude(plan: Plan, run: RunRow, parts: Parts, as_of: datetime) -> Report:
    """Return everything a run concludes, as of an instant.

    Args:
        plan: the rules, with the run's slot.
        run: the run itself, finished or not.
        parts: the adapters; only the store and the queue are read.
        as_of: facts recorded later do not exist.
    """
    nights = Nights(plan, parts.store, parts.queue, as_of)
    history = _history(plan, run, parts, as_of)
    statuses, trends = _statuses(plan, nights, history)
    gate = _gate(plan, nights, run)
    slis = tuple(
        row
        for golden in plan.goldens
        for row in _all_results(plan, nights.night(run, golden), run.slot)
    )
    reviews = review_summaries(plan, run, parts, as_of)
    worst = examples(plan, nights, run, parts)
    code = exit_code(statuses, gate)
    return Report(
        run_id=run.run_id,
        kind=run.kind,
        service=plan.service,
        slot=run.slot,
        as_of=as_of,
        revision=plan.revision,
        conclusion=conclusion(code, statuses, gate),
        next_step=next_step(reviews, statuses),
        exit_code=code,
        goldens=tuple(golden_summary(one) for one in plan.goldens),
        roles=role_summaries(plan, nights, run),
        slis=slis,
        slos=statuses,
        gate=gate,
        drift=drift_summary(plan, nights, run),
        reviews=reviews,
        examples=worst.rows,
        provenance=provenance(plan),
        example_totals=worst.totals,
        paired_slices=slice_summaries(plan, nights, run),
        times=time_summaries(plan, nights, run),
        drift_maps=drift_maps(plan, nights, run, parts),
        coverage=coverage_summaries(plan, nights, run),
        trends=trends,
        graders=grader_summaries(plan, run, parts, as_of),
    )


def golden_summary(golden: GoldenSet) -> GoldenSummary:
    """Return what a report says of a golden set."""
    return GoldenSummary(
        name=golden.name,
        version=golden.version,
        items=golden.items,
        digest=golden.digest,
        sampled_from=golden.sampled_from,
    )


def _history(plan: Plan, run: RunRow, parts: Parts, as_of: datetime) -> list[RunRow]:
    """Return the runs of the service up to this one's slot; a later run of a slot supersedes."""
    finished = finished_runs(parts.store.runs(plan.service, run.kind), as_of)
    return [*(row for row in finished if row.slot < run.slot), run]


def result_of(
    plan: Plan, night: Night, sli: Sli, role: Role, slot: datetime
) -> tuple[SliResult, ItemWeights]:
    """Return one SLI of one role on one night, and what it adds to a window."""
    where = Where(golden=night.golden.name, role=role, slot=slot)
    if sli.measure is Measure.DRIFT:
        digests = next(iter(night.columns.values())).item_digests
        about = (where, plan.estimation)
        return drift_result(digests, night.aligned_cosines(), night.failed_pairs(), sli, about)
    if sli.criterion is None:
        return measured_result(night.columns[role], sli, where, plan.estimation)
    criterion = night.golden.criterion(sli.criterion)
    assert criterion is not None
    labelled = night.labelled[role, criterion.name]
    result = criterion_result(labelled, criterion, where, plan.estimation)
    return replace(result, sli=sli.name), item_weights(labelled, criterion, plan.estimation)


def _all_results(plan: Plan, night: Night, slot: datetime) -> list[SliResult]:
    """Return every SLI that an SLO of this golden set uses, for every role, with its slices."""
    unique = {slo.sli.name: slo.sli for slo in plan.slos if slo.golden == night.golden.name}
    return [
        _sliced(plan, night, sli, result_of(plan, night, sli, role, slot)[0])
        for sli in unique.values()
        for role in _roles(plan, sli)
    ]


def _sliced(plan: Plan, night: Night, sli: Sli, result: SliResult) -> SliResult:
    criterion = night.golden.criterion(sli.criterion) if sli.criterion else None
    if criterion is None:
        return result
    labelled = night.labelled[result.role, criterion.name]
    columns = night.columns[result.role]
    slices = criterion_slices(columns, labelled, criterion, plan.estimation)
    return replace(result, slices=slices)


def _roles(plan: Plan, sli: Sli) -> Sequence[Role]:
    return (Role.PAIR,) if sli.measure is Measure.DRIFT else tuple(plan.models)


def _statuses(
    plan: Plan, nights: Nights, history: Sequence[RunRow]
) -> tuple[tuple[SloStatus, ...], tuple[Trend, ...]]:
    """Return every SLO of every role, with its trend."""
    found = [
        _status(plan, nights, history, slo, role)
        for slo in plan.slos
        for role in _roles(plan, slo.sli)
    ]
    return tuple(one for one, _ in found), tuple(trend for _, trend in found)


def _status(
    plan: Plan, nights: Nights, history: Sequence[RunRow], slo: Slo, role: Role
) -> tuple[SloStatus, Trend]:
    """Conclude one SLO of one role on its last final slot (design 5.2)."""
    golden = plan.golden(slo.golden)

    def read(row: RunRow) -> tuple[SliResult, ItemWeights]:
        return result_of(plan, nights.night(row, golden), slo.sli, role, row.slot)

    tonight = read(history[-1])[
        0
    ]  # its weights, 24 bytes an item, are not kept beside the window's
    rows = [row for row in history if golden.name in row.goldens]
    final = [row for row in rows if nights.is_final(row, needs_labels=tonight.needs_labels)]
    end = final[-1].slot + plan.cadence if final else history[-1].slot
    kept = [row for row in final if inside(row.slot, end=end, length=slo.window)]
    found = [read(row) for row in kept]
    slots = [
        WindowSlot(slot=row.slot, weights=one) for row, (_, one) in zip(kept, found, strict=True)
    ]
    expected = [
        slot
        for slot in plan.expected_slots
        if kept and kept[0].slot <= slot and inside(slot, end=end, length=slo.window)
    ]
    missing = len(gaps(expected, [row.slot for row in kept]))
    rule = plan.estimation
    confidence = rule.label_confidence if tonight.needs_labels else rule.confidence
    window = window_result(slots, missing=missing, confidence=confidence)
    charged = role in {Role.BASELINE, Role.PAIR}
    last = found[-1][0] if found else None
    status = slo_status(slo, tonight, last, window, charged=charged)
    seen = [
        Seen(run=row, result=one, final=True) for row, (one, _) in zip(kept, found, strict=True)
    ]
    seen += [
        Seen(run=row, result=tonight if row is history[-1] else read(row)[0], final=False)
        for row in rows
        if row not in final and (not final or row.slot > final[-1].slot)
    ]
    return status, trend_of(slo, role, seen, plan.expected_slots, charged=charged)


def _gate(plan: Plan, nights: Nights, run: RunRow) -> GateDecision | None:
    """Compare the candidate with the baseline on every criterion an SLO is about."""
    if Role.CANDIDATE not in plan.models:
        return None
    laid = {golden.name: nights.night(run, golden).labelled for golden in plan.goldens}
    final = nights.is_final(run, needs_labels=True)
    return compare_models(plan, nights, (run, laid), plan.gate, final=final)


def compare_models(
    plan: Plan,
    nights: Nights,
    evidence: tuple[RunRow, Mapping[str, Mapping[tuple[Role, str], Labelled]]],
    rule: GateRule,
    *,
    final: bool,
) -> GateDecision:
    """Decide whether the candidate is not worse, on every criterion that an SLO is about.

    Args:
        plan: golden sets and SLOs.
        nights: reads the run.
        evidence: the run whose answers are compared, and its labels by golden set.
        rule: margins, frame, slices.
        final: whether labels may no longer arrive; criteria that need none are always decided.
    """
    run, laid = evidence
    wanted = {(slo.golden, slo.sli.criterion) for slo in plan.slos if slo.sli.criterion}
    tables, sliced = [], set[str]()
    for golden in plan.goldens:
        slices = nights.night(run, golden).columns[Role.CANDIDATE].slices
        sliced |= slices.keys()
        for criterion in golden.criteria:
            if (golden.name, criterion.name) in wanted:
                candidate = laid[golden.name][Role.CANDIDATE, criterion.name]
                baseline = laid[golden.name][Role.BASELINE, criterion.name]
                provisional = criterion.needs_people and not final
                tables += [
                    replace(table, provisional=provisional)
                    for table in gate_tables(
                        candidate, baseline, criterion, golden.name, rule, slices
                    )
                ]
    return decide(tables, rule, [name for name in rule.slices if name not in sliced])
