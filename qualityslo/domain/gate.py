"""The release gate: is the candidate not worse than the baseline? Three-valued."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from qualityslo.domain.cells import MAX_MISSING
from qualityslo.domain.estimation import MAX_EVASIVE
from qualityslo.domain.evidence import Labelled
from qualityslo.domain.golden import Criterion
from qualityslo.domain.pairs import GateRule, PairedTable, Pairs, paired_table
from qualityslo.domain.reason import Reason, Severity, against, note
from qualityslo.stats import benjamini_hochberg


class GateOutcome(StrEnum):
    """What a gate answers."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateDecision:
    """The gate's answer with its reasons and the tables behind it."""

    outcome: GateOutcome
    reasons: tuple[Reason, ...]
    tables: tuple[PairedTable, ...]


def gate_tables(
    candidate: Labelled,
    baseline: Labelled,
    criterion: Criterion,
    golden: str,
    rule: GateRule,
    slices: Mapping[str, Sequence[str]],
) -> list[PairedTable]:
    """Return the table of all items, and one for every value of every slice that the rule names.

    Args:
        candidate: the candidate's answers with their labels.
        baseline: the baseline's, on the same items.
        criterion: what is compared.
        golden: name of the golden set.
        rule: what the gate asks.
        slices: by name, each item's value; "" where it has none.
    """
    parts = [
        (f"{name}={value}", np.array(slices[name], dtype=object) == value)
        for name in rule.slices
        if name in slices
        for value in sorted(set(slices[name]) - {""})
    ]
    whole = paired_table(candidate, baseline, criterion, golden, rule)
    tables = []
    level = replace(rule, confidence=1 - (1 - rule.confidence) / max(1, len(parts)))
    for where, mask in parts:
        table = paired_table(candidate, baseline, criterion, golden, rule, mask)
        pairs = Pairs.of(candidate, baseline, mask)
        wider = pairs.difference(level, by_definition=table.by_definition)
        tables.append(replace(table, slice=where, simultaneous=wider))
    adjusted = benjamini_hochberg([one.mcnemar_p for one in tables]).tolist()
    return [
        whole,
        *(replace(one, mcnemar_q=q) for one, q in zip(tables, adjusted, strict=True)),
    ]


def decide(
    tables: Sequence[PairedTable], rule: GateRule, absent: Sequence[str] = ()
) -> GateDecision:
    """Return pass where every criterion is not worse by its margin, fail where one surely is.

    A pass needs every table, so that looking at many takes nothing from its promise. A fail needs
    only one: slices are many looks, and fail by limits that hold for all of them at once. Slices
    that the rule names and no item has are `absent`: nothing passes without having been looked at.
    """
    if not tables:
        reasons: tuple[Reason, ...] = (
            against("no_criterion", "nothing to compare the two models on"),
        )
        return GateDecision(outcome=GateOutcome.INCONCLUSIVE, reasons=reasons, tables=())
    outcomes, reasons_list = zip(*(_one(table, rule) for table in tables), strict=True)
    if GateOutcome.FAIL in outcomes:
        outcome = GateOutcome.FAIL
    elif not absent and all(one is GateOutcome.PASS for one in outcomes):
        outcome = GateOutcome.PASS
    else:
        outcome = GateOutcome.INCONCLUSIVE
    missing = [against("no_slice", f"gate.slices: no item has {name!r}") for name in absent]
    return GateDecision(outcome=outcome, reasons=(*reasons_list, *missing), tables=tuple(tables))


def _one(table: PairedTable, rule: GateRule) -> tuple[GateOutcome, Reason]:
    where = f"{table.criterion} on {table.golden}" + (f", {table.slice}" if table.slice else "")
    margin = rule.margin(table.criterion)
    gap = _gap(table, rule)
    if gap is not None:
        return GateOutcome.INCONCLUSIVE, against(gap[0], f"{where}: {gap[1]}")
    if table.difference is None:
        text = f"{where}: no labels yet, or none in a stratum of the draw"
        return GateOutcome.INCONCLUSIVE, against("no_labels", text)
    if table.provisional:  # no optional stopping: labels are looked at once, when all are in
        text = f"{where}: the slot is not final, its labels may still arrive"
        return GateOutcome.INCONCLUSIVE, against("provisional", text)
    low, high = table.difference.low, table.difference.high
    span = (
        f"candidate minus baseline, share of bad: [{low:+.1%}, {high:+.1%}], margin {margin:.1%}"
    )
    if high < margin:
        return GateOutcome.PASS, note("non_inferior", f"{where}: {span}")
    surely = low if table.simultaneous is None else table.simultaneous.low
    if surely >= margin:
        detail = f"{where} is worse by more than the margin; {span}"
        return GateOutcome.FAIL, Reason(
            code="inferior", ok=False, severity=Severity.ERROR, detail=detail
        )
    worse = "worse, but by how much is open" if low > 0 else "undecided"
    return GateOutcome.INCONCLUSIVE, against("margin", f"{where}: {worse}; {span}")


def _gap(table: PairedTable, rule: GateRule) -> tuple[str, str] | None:
    """Return why too few items could be compared, or None.

    A model that fails, or evades, on many items must not pass on the others; answers without a
    grade matter only where the grade is the truth.
    """
    planned = table.pairs + table.excluded
    lost = table.failed + (table.ungraded if table.by_definition else 0)
    if lost > (1 - rule.min_coverage) * planned:
        return "pairs", f"{lost} of {planned} items could not be compared"
    if table.skipped > MAX_EVASIVE * (planned - table.failed):
        return "evasive", f"on {table.skipped} of {planned} items a model says nothing to judge"
    if table.too_many_missing:
        return (
            "missing_labels",
            f"more than {MAX_MISSING:.0%} of a stratum's looks left no opinion",
        )
    return None
