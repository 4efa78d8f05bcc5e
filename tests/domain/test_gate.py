"""The release gate: pass, fail or inconclusive, on pairs of answers."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from qualityslo.domain.gate import GateOutcome, GateRule, PairedTable, decide
from qualityslo.domain.reason import Severity
from qualityslo.stats import Estimate

PASS, FAIL, INCONCLUSIVE = GateOutcome.PASS, GateOutcome.FAIL, GateOutcome.INCONCLUSIVE
SET = GateRule(frame="golden_set")


def _table(low: float | None, high: float = 0.0, *, criterion: str = "correctness") -> PairedTable:
    difference = None
    if low is not None:
        difference = Estimate(
            point=None,
            low=low,
            high=high,
            confidence=0.95,
            labelled=20,
            items=100,
            frame="golden_set",
            method="paired",
        )
    return PairedTable(
        criterion=criterion,
        golden="faq",
        both_good=90,
        only_candidate_bad=4,
        only_baseline_bad=3,
        both_bad=3,
        failed=0,
        skipped=0,
        ungraded=0,
        mcnemar_p=1.0,
        by_definition=False,
        difference=difference,
        labelled_pairs=20,
    )


@pytest.mark.parametrize(
    ("low", "high", "outcome", "code", "severity"),
    [
        pytest.param(-0.05, 0.019, PASS, "non_inferior", Severity.INFO, id="within the margin"),
        pytest.param(-0.09, -0.01, PASS, "non_inferior", Severity.INFO, id="better"),
        pytest.param(-0.05, 0.02, INCONCLUSIVE, "margin", Severity.ERROR, id="up to the margin"),
        pytest.param(-0.05, 0.05, INCONCLUSIVE, "margin", Severity.ERROR, id="over the margin"),
        pytest.param(0.01, 0.05, INCONCLUSIVE, "margin", Severity.ERROR, id="worse by how much?"),
        pytest.param(0.02, 0.05, FAIL, "inferior", Severity.ERROR, id="worse by the margin"),
        pytest.param(0.03, 0.05, FAIL, "inferior", Severity.ERROR, id="worse by more"),
    ],
)
def test_the_margin_decides(
    low: float, high: float, outcome: GateOutcome, code: str, severity: Severity
) -> None:
    decision = decide([_table(low, high)], SET)
    (reason,) = decision.reasons
    assert (decision.outcome, reason.code, reason.severity) == (outcome, code, severity)
    assert reason.ok is (outcome is PASS)
    assert f"[{low:+.1%}, {high:+.1%}], margin 2.0%" in reason.detail
    assert "correctness on faq" in reason.detail


def test_a_significantly_worse_candidate_within_the_margin_is_said_to_be_worse() -> None:
    assert "worse, but by how much is open" in decide([_table(0.01, 0.05)], SET).reasons[0].detail
    for low in (-0.01, 0.0):
        assert "undecided" in decide([_table(low, 0.05)], SET).reasons[0].detail


def test_a_criterion_may_have_a_margin_of_its_own() -> None:
    rule = GateRule(margins={"safety": 0.0})
    assert (rule.margin("safety"), rule.margin("correctness")) == (0.0, 0.02)
    tables = [_table(-0.01, 0.01), _table(-0.01, 0.01, criterion="safety")]
    assert decide(tables[:1], rule).outcome is PASS
    assert decide(tables, rule).outcome is INCONCLUSIVE


@pytest.mark.parametrize(
    ("outcomes", "wanted"),
    [
        pytest.param((PASS, PASS), PASS, id="all pass"),
        pytest.param((PASS, INCONCLUSIVE), INCONCLUSIVE, id="one is open"),
        pytest.param((INCONCLUSIVE, FAIL), FAIL, id="one fails, whatever else is open"),
        pytest.param((PASS, FAIL), FAIL, id="one fails"),
    ],
)
def test_one_failed_criterion_fails_and_one_open_one_opens(
    outcomes: Sequence[GateOutcome], wanted: GateOutcome
) -> None:
    rows = {PASS: _table(-0.01, 0.01), FAIL: _table(0.03, 0.05), INCONCLUSIVE: _table(None)}
    decision = decide([rows[one] for one in outcomes], SET)
    assert decision.outcome is wanted
    assert len(decision.reasons) == len(decision.tables) == 2


def test_nothing_to_compare_is_inconclusive() -> None:
    decision = decide([], SET)
    assert (decision.outcome, decision.tables) == (INCONCLUSIVE, ())
    assert decision.reasons[0].code == "no_criterion"


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        pytest.param({"failed": 5}, None, id="a twentieth failed"),
        pytest.param({"failed": 6}, "6 of 106 items could not be compared", id="more failed"),
        pytest.param({"ungraded": 50}, None, id="ungraded, and people are the truth"),
        pytest.param(
            {"ungraded": 6, "by_definition": True},
            "6 of 106 items could not be compared",
            id="ungraded, and the grade is the truth",
        ),
        pytest.param(
            {"skipped": 50},
            "on 50 of 150 items a model says nothing to judge",
            id="skipped by half, whatever the criterion",
        ),
        pytest.param(
            {"skipped": 25, "criterion": "hallucination"}, None, id="a fifth says nothing"
        ),
        pytest.param(
            {"skipped": 26, "criterion": "hallucination"},
            "on 26 of 126 items a model says nothing to judge",
            id="more says nothing",
        ),
        pytest.param(
            {"skipped": 26, "failed": 5, "criterion": "hallucination"},
            "on 26 of 131 items a model says nothing to judge",
            id="a failure is no reply that could say something",
        ),
        pytest.param(
            {"too_many_missing": True},
            "more than 10% of a stratum's looks left no opinion",
            id="too many looks in vain",
        ),
    ],
)
def test_enough_of_the_items_must_be_comparable(
    change: dict[str, Any], detail: str | None
) -> None:
    decision = decide([replace(_table(-0.01, 0.01), **change)], SET)
    if detail is None:
        assert decision.outcome is PASS
    else:
        where = change.get("criterion", "correctness")
        assert decision.outcome is INCONCLUSIVE
        assert decision.reasons[0].detail == f"{where} on faq: {detail}"
