"""Case C21: half of the judge's calls failed, and the run must not read as without a fault."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qualityslo.domain.estimation import EstimationRule, Where, criterion_result
from qualityslo.domain.events import ABSTENTION
from qualityslo.domain.evidence import (
    AnswerColumns,
    Code,
    Labelled,
    Sample,
    alarm_mask,
    judge,
    nightly_strata,
)
from qualityslo.domain.golden import AnswerKind, Criterion, GoldenItem, TruthKind
from qualityslo.domain.outcome import Ending, Failure
from qualityslo.domain.sli import Role, SliResult
from qualityslo.domain.slo import SloState, state_of
from qualityslo.domain.verdict import Grade, Ungraded, Verdict
from qualityslo.graders.llm_judge import LlmJudge
from qualityslo.stats import Estimate
from qualityslo.stats.binomial import clopper_pearson
from tests.domain.conftest import SLOT
from tests.graders.conftest import answer_to
from tests.graders.judges import ScriptedJudge, Seen, saying

_CASES = Path(__file__).parents[1] / "cases"
_CRITERION = Criterion(
    name="hallucination",
    truth=TruthKind.GRADER,
    truth_grader="llm_judge",
    graders=("llm_judge",),
)


def _read(name: str) -> Any:
    return json.loads((_CASES / name).read_text("utf-8"))


def _results() -> dict[str, dict[str, Any]]:
    text = (_CASES / "inputs" / "C21-judge-results.jsonl").read_text("utf-8")
    return {row["id"]: row["judge"] for row in map(json.loads, text.splitlines())}


def _grades() -> list[Grade]:
    """Return what our judge makes of a model that replies, and fails, as in the case."""
    results = _results()

    def rule(seen: Seen) -> str | Failure:
        result = results[seen.all("QUESTION")[0]]
        if result["status"] == "ok":
            return saying("unsupported" if result["hallucinated"] else "supported", quote="Red")
        code = result["detail"]
        return Failure(item_id="", ending=Ending.ERROR, code=code)

    items = [GoldenItem(id=name, question=name, context=("Red.",)) for name in results]
    grader = LlmJudge(model=ScriptedJudge(rule), criterion="hallucination")
    return list(grader.grade([answer_to(item, "Red.") for item in items]))


def _columns(grades: list[Grade]) -> AnswerColumns:
    size = len(grades)
    names = [f"h{at}" for at in range(size)]
    codes = [
        Code.UNKNOWN if isinstance(one, Ungraded) else Code.GOOD if one.good else Code.BAD
        for one in grades
    ]
    return AnswerColumns(
        item_ids=names,
        item_digests=names,
        answer_hashes=names,
        endings=[Ending.ANSWERED] * size,
        answerable=[True] * size,
        expected=[AnswerKind.TEXT] * size,
        verdicts={"hallucination": codes, ABSTENTION: [Code.GOOD] * size},
        measures={},
    )


def _result(min_coverage: float) -> SliResult:
    judged = judge(_columns(_grades()), _CRITERION)
    nobody = np.full(10, -1, dtype=np.int64)
    silent = np.full(10, Code.UNKNOWN, dtype=np.int8)
    labelled = Labelled(
        judged=judged,
        sample=Sample(strata=nightly_strata(alarm_mask([judged])), position=nobody, reached=0),
        earlier=silent,
        tonight=silent,
    )
    where = Where(golden="faq", role=Role.BASELINE, slot=SLOT)
    return criterion_result(labelled, _CRITERION, where, EstimationRule(min_coverage=min_coverage))


def _estimate(result: SliResult) -> Estimate:
    assert result.estimate is not None
    return result.estimate


def test_a_failed_judge_leaves_the_answer_unknown_with_its_code() -> None:
    grades = _grades()
    assert [isinstance(one, Verdict) for one in grades] == [True] * 5 + [False] * 5
    for one in grades[5:]:
        assert isinstance(one, Ungraded)
        assert one.reason.value == "grader_error"
        assert "timeout" in one.detail


def test_half_a_judge_is_inconclusive_under_the_slos_own_coverage_limit() -> None:
    expected = _read("expected/C21.json")
    slo = _read("inputs/C21-slo.json")
    result = _result(min_coverage=1 - slo["max_missing_share"])
    counts, estimate = result.counts, _estimate(result)
    assert counts.valid - counts.bad - counts.ungraded == expected["good"]
    assert (counts.bad, counts.ungraded) == (expected["bad"], expected["unknown"])
    assert estimate.point == expected["rate_judged"]
    assert [estimate.low, estimate.high] == expected["bounds"]
    assert state_of(estimate, slo["target"]) is SloState.UNDECIDED
    assert not result.concludes
    (reason,) = [one for one in result.reasons if not one.ok]
    assert reason.code == "coverage"
    assert "5 of 10" in reason.detail
    assert f"{expected['coverage']:.1%}" in reason.detail


def test_without_the_limit_the_bounds_still_decide_nothing() -> None:
    result = _result(min_coverage=0.5)
    assert result.concludes
    assert state_of(_estimate(result), 0.9) is SloState.UNDECIDED


def test_the_judged_half_alone_would_not_settle_it_either() -> None:
    expected = _read("expected/C21.json")
    assert clopper_pearson(0, 5) == pytest.approx(expected["clopper_pearson95"], abs=1e-6)


def test_at_most_a_tenth_is_met_by_less_and_not_by_more() -> None:
    def state(rate: float, target: float) -> SloState:
        known = Estimate(
            point=rate, low=rate, high=rate, confidence=0.95, labelled=10, items=10,
            frame="golden_set", method="definition",
        )  # fmt: skip
        return state_of(known, target)

    assert state(0.05, 0.9) is SloState.MET
    assert state(0.5, 0.9) is SloState.BREACHED
    assert state(0.2, 0.999) is SloState.BREACHED
