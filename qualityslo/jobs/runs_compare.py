"""Comparing two runs of a service: what each concluded, and which items changed sides."""

from qualityslo.domain.evidence import AnswerColumns, judge
from qualityslo.domain.facts import RunRow
from qualityslo.domain.golden import GoldenSet
from qualityslo.domain.plan import Plan
from qualityslo.domain.report import Report
from qualityslo.domain.run_difference import (
    Flips,
    ItemMatch,
    RunsComparison,
    figures_between,
    flips_between,
    marks_between,
    match_items,
    side_of,
)
from qualityslo.domain.sli import Role
from qualityslo.jobs.find_run import last_report
from qualityslo.ports import FactStore


def compare_runs(plan: Plan, store: FactStore, first: RunRow, second: RunRow) -> RunsComparison:
    """Return two runs side by side, each by its last conclusion.

    Items are compared by the graders' verdicts where both runs asked the same item, told by its
    digest; criteria are those of the present plan.

    Raises:
        UsageError: one of them has not concluded yet.
    """
    reports = last_report(store, first), last_report(store, second)
    marks = marks_between(*reports)
    items: list[ItemMatch] = []
    flips: list[Flips] = []
    for golden in plan.goldens:
        if golden.name in first.goldens and golden.name in second.goldens:
            match, changed = _golden(plan, store, golden, (first, second), reports)
            items.append(match)
            flips += changed
    return RunsComparison(
        service=plan.service,
        first=side_of(reports[0]),
        second=side_of(reports[1]),
        marks=marks,
        figures=figures_between(*reports, marks),
        items=tuple(items),
        flips=tuple(flips),
        left_out=tuple(
            name
            for name in dict.fromkeys([*first.goldens, *second.goldens])
            if name not in {one.golden for one in items}
        ),
    )


def _golden(
    plan: Plan,
    store: FactStore,
    golden: GoldenSet,
    runs: tuple[RunRow, RunRow],
    reports: tuple[Report, Report],
) -> tuple[ItemMatch, list[Flips]]:
    roles = [role for role in Role if all(_has(report, role, golden.name) for report in reports)]
    left, right = (
        {role: store.columns(run.run_id, golden.name, role) for role in roles or [Role.BASELINE]}
        for run in runs
    )
    places = [_places(next(iter(side.values()))) for side in (left, right)]
    digests = [_digests(next(iter(side.values()))) for side in (left, right)]
    match, same = match_items(golden.name, *digests)
    at = [[side[one] for one in same] for side in places]
    return match, [
        flips_between(
            (golden.name, criterion.name, role),
            same,
            (judge(left[role], criterion, failures_are_bad=plan.failures_are_bad), at[0]),
            (judge(right[role], criterion, failures_are_bad=plan.failures_are_bad), at[1]),
        )
        for criterion in golden.criteria
        for role in roles
    ]


def _has(report: Report, role: Role, golden: str) -> bool:
    return any(one.role is role and one.golden == golden for one in report.roles)


def _places(columns: AnswerColumns) -> dict[str, int]:
    return {item_id: at for at, item_id in enumerate(columns.item_ids)}


def _digests(columns: AnswerColumns) -> dict[str, str]:
    return dict(zip(columns.item_ids, columns.item_digests, strict=True))
