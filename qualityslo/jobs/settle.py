"""Settling: labels that arrived later, turned into revised conclusions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from qualityslo.domain.facts import RunRow
from qualityslo.domain.golden import Json
from qualityslo.domain.plan import Plan
from qualityslo.domain.report import Report
from qualityslo.errors import UsageError
from qualityslo.jobs.conclude import conclude
from qualityslo.jobs.night import finished_runs
from qualityslo.jobs.parts import Parts
from qualityslo.jobs.publish import publish
from qualityslo.jobs.review import NIGHTLY


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A run concluded again: the new report, and what in it differs from the last one."""

    report: Report
    changes: tuple[str, ...]


def settle(plan: Plan, parts: Parts, now: datetime) -> list[Settled]:
    """Conclude every run again whose labels could still arrive at its last conclusion.

    A changed conclusion is stored beside the earlier ones, exported, and told to the tracker;
    the latest run is always among the results, changed or not.
    """
    runs = _current(plan, parts, now)
    results = []
    for run in runs:
        reports = parts.store.conclusions(run.run_id)
        if run is not runs[-1] and _was_final(plan, run, reports[-1]):
            continue
        report = report_as_of(plan, run, parts, now)
        changes = differences(reports[-1], report.as_json())
        if changes:
            publish(report, replace(plan, slot=run.slot).slot_ordinal, parts)
            parts.store.conclude(run.run_id, report)
        results.append(Settled(report=report, changes=changes))
    return results


def report_as_of(plan: Plan, run: RunRow, parts: Parts, as_of: datetime) -> Report:
    """Return what a run concluded, or would have, as of an instant. Nothing is stored."""
    expected = tuple(slot for slot in plan.expected_slots if slot <= run.slot)
    return conclude(replace(plan, slot=run.slot, expected_slots=expected), run, parts, as_of)


def check_same_rules(plan: Plan, run: RunRow) -> None:
    """Refuse to decide about a run by other rules, or other models, than it was run with.

    Raises:
        UsageError: the spec has changed since; names the run.
    """
    if run.revision != plan.revision:
        raise UsageError(
            f"the spec, a model or a golden set has changed since {run.run_id}, which a gate would "
            "decide about: undo the change, or run `qualityslo nightly` first"
        )


def latest_run(plan: Plan, parts: Parts, as_of: datetime) -> RunRow | None:
    """Return the latest finished run of the service as of an instant, or None."""
    runs = _current(plan, parts, as_of)
    return runs[-1] if runs else None


def _current(plan: Plan, parts: Parts, now: datetime) -> list[RunRow]:
    return finished_runs(parts.store.runs(plan.service, NIGHTLY), now)


def _was_final(plan: Plan, run: RunRow, last: Mapping[str, Json]) -> bool:
    assert run.finished_at is not None
    concluded = datetime.fromisoformat(str(last["as_of"]))
    return plan.deadline.deadline(run.slot, run.finished_at) <= concluded


def differences(old: Mapping[str, Json], new: Mapping[str, Json]) -> tuple[str, ...]:
    """Return in words which SLIs, SLO states and decisions differ between two reports."""
    before, after = _figures(old), _figures(new)
    return tuple(
        f"{name}: {before.get(name, 'absent')} -> {after.get(name, 'absent')}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    )


def _figures(report: Mapping[str, Json]) -> dict[str, str]:
    figures: dict[str, str] = {}
    for row in _rows(report, "slis"):
        name = f"{row['sli']} on {row['golden']} ({row['role']})"
        figures[name] = _good(row.get("estimate"))
    for row in _rows(report, "slos"):
        slo = row["slo"]
        assert isinstance(slo, dict)
        figures[f"SLO {slo['name']} ({row['role']})"] = (
            f"{row['state']} on {row['concluded_slot']}"
        )
    gate = report.get("gate")
    figures["gate"] = str(gate["outcome"]) if isinstance(gate, dict) else "none"
    return figures


def _rows(report: Mapping[str, Json], key: str) -> list[dict[str, Json]]:
    rows = report.get(key)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _good(estimate: Json) -> str:
    if not isinstance(estimate, dict):
        return "no data"
    low, high = estimate["low"], estimate["high"]
    assert isinstance(low, float | int)
    assert isinstance(high, float | int)
    return f"good [{1 - high:.4f}, {1 - low:.4f}] ({estimate['method']}, {estimate['labelled']} labels)"
