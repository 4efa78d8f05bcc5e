"""What the page shows, in the page's own order: rows and cards made from a report."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from qualityslo.domain.changes import PairedSlice
from qualityslo.domain.events import ABSTENTION
from qualityslo.domain.golden import Json
from qualityslo.domain.outcome import Ending
from qualityslo.domain.report import Example, ExampleKind, Report, Said
from qualityslo.domain.sli import Role
from qualityslo.domain.slo import SloState, SloStatus
from qualityslo.exports import formats
from qualityslo.exports.wording_diff import Comparison, compare_words

# A slice whose adjusted p-value lies below is marked as a place to look.
NOTABLE = 0.05

CHANGE_WORDS = {
    "only_candidate_bad": "only the candidate bad",
    "only_baseline_bad": "only the baseline bad",
    "both_bad": "both bad",
    "both_good": "both good",
    "not_judged": "not judged",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure at the top of the page, with what it is about and a state for its colour."""

    title: str
    figure: str
    rest: str
    state: str = ""
    anchor: str = ""


def tiles(report: Report) -> list[Tile]:
    """Return the figures that a reader looks for first."""
    charged = [one for one in report.slos if one.charged]
    found = [_objectives(charged)] if charged else []
    if report.gate is not None:
        found.append(
            Tile(
                title="Release gate",
                figure=report.gate.outcome.value,
                rest="candidate against baseline",
                state=report.gate.outcome.value,
                anchor="gate",
            )
        )
    regressions = report.example_totals.get(ExampleKind.REGRESSION.value)
    if regressions is not None:
        rest = "items that only the candidate gets wrong"
        found.append(
            Tile(title="Regressions", figure=f"{regressions:,}", rest=rest, anchor="regressions")
        )
    planned = sum(one.items for one in report.goldens)
    failed = sum(sum(one.failures.values()) for one in report.roles)
    sets = "golden set" if len(report.goldens) == 1 else "golden sets"
    found.append(
        Tile(
            title="Items",
            figure=f"{planned:,}",
            rest=f"in {len(report.goldens)} {sets}, {failed:,} failed answers",
            anchor="unscored",
        )
    )
    if report.reviews:
        waiting = sum(one.waiting for one in report.reviews)
        drawn = sum(one.drawn for one in report.reviews)
        rest = f"of {drawn:,} reviews drawn wait for a person"
        found.append(Tile(title="Labels", figure=f"{waiting:,}", rest=rest, anchor="labels"))
    return found


def _objectives(charged: Sequence[SloStatus]) -> Tile:
    counts = {state: sum(one.state is state for one in charged) for state in SloState}
    worst = next(
        one for one in (SloState.BREACHED, SloState.UNDECIDED, SloState.MET) if counts[one]
    )
    rest = ", ".join(
        f"{counts[one]} {one.value}"
        for one in (SloState.BREACHED, SloState.UNDECIDED)
        if counts[one]
    )
    return Tile(
        title="Objectives",
        figure=f"{counts[SloState.MET]} of {len(charged)} met",
        rest=rest or "nothing breached, nothing undecided",
        state=worst.value,
        anchor="objectives",
    )


def standing(
    status: SloStatus, slot: datetime, deadlines: Mapping[str, datetime | None]
) -> list[str]:
    """Return about which slots a status is, and until when tonight's is provisional."""
    concluded, window = status.concluded_slot, status.window
    lines = ["No slot is final yet."]
    if concluded is not None:
        about = "tonight's" if concluded == slot else f"that of {formats.moment(concluded)}"
        lines = [f"The last final slot is {about}."]
    deadline = deadlines.get(status.slo.golden)
    if concluded != slot and deadline is not None:
        lines.append(f"Tonight is provisional until {formats.moment(deadline)}.")
    if window.used + window.unlabelled + window.missing:
        lines.append(
            f"Slots in the window: {window.used} estimated, {window.unlabelled} without labels, "
            f"{window.missing} missing."
        )
    return lines


@dataclass(frozen=True, slots=True, kw_only=True)
class LossRow:
    """Why some answers were not scored: counts by role; `weight` tells a head from its reasons."""

    what: str
    why: str
    counts: Mapping[str, int]
    head: bool = False


def losses(report: Report, golden: str) -> list[LossRow]:
    """Return what was not scored on one golden set, and why; only rows that count something."""
    rows = [*_failures(report, golden), *_unjudged(report, golden), *_endings(report, golden)]
    return [row for row in rows if row.head or any(row.counts.values())]


def _failures(report: Report, golden: str) -> Iterator[LossRow]:
    summaries = [one for one in report.roles if one.golden == golden]
    codes = sorted({code for one in summaries for code in one.failures})
    yield LossRow(
        what="the model failed",
        why="no usable answer: burns availability, never graded",
        counts={one.role.value: sum(one.failures.values()) for one in summaries},
        head=True,
    )
    for code in codes:
        counts = {one.role.value: one.failures.get(code, 0) for one in summaries}
        yield LossRow(what=code, why="", counts=counts)


def _unjudged(report: Report, golden: str) -> Iterator[LossRow]:
    results = [one for one in report.slis if one.golden == golden]
    for sli in dict.fromkeys(one.sli for one in results):
        own = [one for one in results if one.sli == sli]
        yield LossRow(
            what=f"{sli}: skipped",
            why="the answer holds nothing that this indicator is about",
            counts={one.role.value: one.counts.skipped for one in own},
        )
        yield LossRow(
            what=f"{sli}: ungraded",
            why="valid, but no grader came to a conclusion: unknown, never good, never bad",
            counts={one.role.value: one.counts.ungraded for one in own},
        )
        yield LossRow(
            what=f"{sli}: no opinion",
            why="people looked and could not say",
            counts={one.role.value: one.counts.missing for one in own},
        )
    summaries = [one for one in report.roles if one.golden == golden]
    reasons = sorted(
        {
            (criterion, reason)
            for one in summaries
            for criterion, counts in one.ungraded.items()
            for reason in counts
        }
    )
    for criterion, reason in reasons:
        yield LossRow(
            what=f"a grader of {criterion}",
            why=f"said nothing: {formats.plain(reason)}",
            counts={
                one.role.value: one.ungraded.get(criterion, {}).get(reason, 0) for one in summaries
            },
        )


def _endings(report: Report, golden: str) -> Iterator[LossRow]:
    summaries = [one for one in report.roles if one.golden == golden]
    failed = {one.value for one in Ending if one.failed} | {Ending.ANSWERED.value}
    seen = sorted({ending for one in summaries for ending in one.endings} - failed)
    for ending in seen:
        yield LossRow(
            what=f"ended as {formats.plain(ending)}",
            why="an answer of its own kind: what it counts for differs by indicator",
            counts={one.role.value: one.endings.get(ending, 0) for one in summaries},
        )


def margin(provenance: Mapping[str, Json], criterion: str) -> float | None:
    """Return the gate's margin for a criterion, or None where the provenance does not tell."""
    rules = provenance.get("rules")
    if not isinstance(rules, dict):
        return None
    margins = rules.get("gate_margins")
    own = margins.get(criterion) if isinstance(margins, dict) else None
    found = rules.get("gate_margin") if own is None else own
    return float(found) if isinstance(found, int | float) else None


def mark_of(row: PairedSlice) -> str:
    """Return how notable a slice is, in view of how many were looked at.

    `worse` and `better` hold after the adjustment, `chance` only without it.
    """
    if row.mcnemar_q < NOTABLE:
        return "worse" if row.difference > 0 else "better"
    return "chance" if row.mcnemar_p < NOTABLE else ""


def slices_in_order(rows: Sequence[PairedSlice]) -> list[PairedSlice]:
    """Return slices with the most notable first."""
    return sorted(rows, key=lambda one: (one.mcnemar_q, one.mcnemar_p, -abs(one.difference)))


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """One example as it is shown; `rows` pairs what was said of both answers by who said it."""

    example: Example
    number: int
    diff: Comparison | None
    rows: tuple[tuple[str, str, Mapping[str, Said]], ...]


def case_view(example: Example, number: int) -> CaseView:
    """Return an example with its two answers compared word by word."""
    roles = {Role.BASELINE.value, Role.CANDIDATE.value}
    diff = None
    if roles <= set(example.answers):
        before, after = (
            formats.cut(example.answers[role.value]).shown
            for role in (Role.BASELINE, Role.CANDIDATE)
        )
        diff = compare_words(
            before,
            after,
            _bad_reasons(example, Role.BASELINE),
            _bad_reasons(example, Role.CANDIDATE),
        )
    rows: dict[tuple[str, str], dict[str, Said]] = {}
    for one in example.said:
        rows.setdefault((one.criterion, one.by), {})[one.role.value] = one
    return CaseView(
        example=example,
        number=number,
        diff=diff,
        rows=tuple(
            (criterion, by, said)
            for (criterion, by), said in rows.items()
            if criterion != ABSTENTION or any(one.verdict != "good" for one in said.values())
        ),
    )


def _bad_reasons(example: Example, role: Role) -> list[str]:
    return [one.detail for one in example.said if one.role is role and one.verdict == "bad"]
