"""The release gate: pass, fail or inconclusive, on pairs of answers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from qualityslo.domain.evidence import AnswerColumns, Labelled
from qualityslo.domain.gate import GateDecision, GateOutcome, decide, gate_tables
from qualityslo.domain.golden import Criterion
from qualityslo.domain.pairs import GateRule, PairedTable, paired_table
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


# --- slices -------------------------------------------------------------------------------------


def _slice(low: float, high: float, *, surely: float) -> PairedTable:
    """Return a slice's table: its own interval, and the lower limit that holds for all at once."""
    table = _table(low, high)
    assert table.difference is not None
    wider = replace(table.difference, low=surely, high=high + low - surely)
    return replace(table, slice="topic=tax", simultaneous=wider)


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        pytest.param(_slice(-0.05, 0.01, surely=-0.08), PASS, id="not worse either"),
        pytest.param(_slice(-0.05, 0.05, surely=-0.08), INCONCLUSIVE, id="open"),
        pytest.param(
            _slice(0.03, 0.09, surely=0.01),
            INCONCLUSIVE,
            id="worse, but not by the limit for all slices at once",
        ),
        pytest.param(_slice(0.05, 0.09, surely=0.02), FAIL, id="surely worse"),
        pytest.param(
            _slice(-0.05, 0.019, surely=-0.08), PASS, id="a pass needs no more than its own limit"
        ),
    ],
)
def test_every_slice_must_pass_and_one_fails_only_for_sure(
    one: PairedTable, wanted: GateOutcome
) -> None:
    decision = decide([_table(-0.05, 0.01), one], SET)
    assert decision.outcome is wanted
    assert "correctness on faq, topic=tax" in decision.reasons[1].detail
    assert "topic" not in decision.reasons[0].detail


def test_a_slice_too_small_to_say_anything_leaves_the_gate_open() -> None:
    silent = replace(_table(None), slice="topic=tax")
    decision = decide([_table(-0.05, 0.01), silent], SET)
    assert (decision.outcome, decision.reasons[1].code) == (INCONCLUSIVE, "no_labels")


Columns = Callable[..., AnswerColumns]
Lay = Callable[..., Labelled]
HALVES = {"half": ["first"] * 10 + ["second"] * 10, "topic": ["tax", "law"] * 9 + ["", ""]}
BY_HALF = GateRule(frame="golden_set", slices=("half",), confidence=0.9)


def _evidence(make_columns: Columns, lay: Lay, human: Criterion) -> tuple[Labelled, Labelled]:
    """Return 20 items of which 14 are looked at; the candidate is bad on 3 of the second half."""
    drawn = [*range(7), *range(10, 17)]
    said = "ggggggg???" + "bbbgggg???"
    texts = [f"new {n}" for n in range(20)]
    return (
        lay(make_columns(20, "g" * 20, texts=texts), human, drawn=drawn, tonight=said),
        lay(make_columns(20, "g" * 20), human, drawn=drawn, tonight=said.replace("b", "g")),
    )


def test_every_value_of_a_named_slice_gets_a_table_of_its_own(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    both = _evidence(make_columns, lay, human)
    tables = gate_tables(*both, human, "faq", BY_HALF, HALVES)
    assert [one.slice for one in tables] == ["", "half=first", "half=second"]
    assert tables[0] == paired_table(*both, human, "faq", BY_HALF)
    for at, half in ((1, slice(0, 10)), (2, slice(10, 20))):
        inside = np.zeros(20, dtype=np.bool_)
        inside[half] = True
        wide = paired_table(*both, human, "faq", replace(BY_HALF, confidence=0.95), inside)
        alone = paired_table(*both, human, "faq", BY_HALF, inside)
        assert tables[at].simultaneous == wide.difference
        assert replace(tables[at], mcnemar_q=None, simultaneous=None) == replace(
            alone, slice=tables[at].slice
        )
        assert tables[at].pairs == 10


def test_the_limits_for_all_slices_at_once_share_the_error_among_all_values(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    both = _evidence(make_columns, lay, human)
    rule = replace(BY_HALF, slices=("half", "topic"))
    tables = gate_tables(*both, human, "faq", rule, HALVES)
    assert [one.slice for one in tables] == [
        "",
        "half=first",
        "half=second",
        "topic=law",
        "topic=tax",
    ]
    for one in tables[1:]:
        assert one.simultaneous is not None
        assert one.simultaneous.confidence == pytest.approx(0.975)
        assert one.difference is not None
        assert one.difference.confidence == 0.9
        assert one.simultaneous.low <= one.difference.low
    assert tables[0].simultaneous is None


def test_a_slice_that_the_set_does_not_have_is_left_out(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    both = _evidence(make_columns, lay, human)
    rule = replace(BY_HALF, slices=("language",))
    assert len(gate_tables(*both, human, "faq", rule, HALVES)) == 1
    assert len(gate_tables(*both, human, "faq", GateRule(frame="golden_set"), HALVES)) == 1


def _decided(
    both: tuple[Labelled, Labelled], criterion: Criterion, rule: GateRule
) -> GateDecision:
    return decide(gate_tables(*both, criterion, "faq", rule, HALVES), rule)


def test_a_slice_can_fail_where_the_whole_does_not(
    make_columns: Columns, lay: Lay, defined: Criterion
) -> None:
    texts = [f"new {n}" for n in range(20)]
    both = (
        lay(make_columns(20, "g" * 10 + "bb" + "g" * 8, texts=texts), defined),
        lay(make_columns(20, "bb" + "g" * 18), defined),
    )
    rule = replace(BY_HALF, default_margin=0.1)
    assert _decided(both, defined, replace(rule, slices=())).outcome is PASS
    decision = _decided(both, defined, rule)
    assert decision.outcome is FAIL
    assert [reason.code for reason in decision.reasons] == [
        "non_inferior",
        "non_inferior",
        "inferior",
    ]


def test_the_p_values_of_many_slices_are_adjusted_together(
    make_columns: Columns, lay: Lay, defined: Criterion
) -> None:
    both = (
        lay(make_columns(20, "g" * 10 + "b" * 9 + "g"), defined),
        lay(make_columns(20, "bb" + "g" * 18), defined),
    )
    whole, first, second = gate_tables(*both, defined, "faq", BY_HALF, HALVES)
    assert (first.mcnemar_p, second.mcnemar_p) == (0.5, 2 / 2**9)
    assert whole.mcnemar_q is None
    assert first.mcnemar_q == 0.5  # the larger of two: as it is
    assert second.mcnemar_q == pytest.approx(2 * 2 / 2**9)  # the smaller: times two


def test_a_slice_that_no_item_has_lets_nothing_pass() -> None:
    table = _table(-0.05, 0.01)
    assert decide([table], GateRule()).outcome is PASS
    absent = decide([table], GateRule(), ["langauge"])
    assert absent.outcome is INCONCLUSIVE
    assert absent.reasons[-1].detail == "gate.slices: no item has 'langauge'"
