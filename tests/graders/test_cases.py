"""Cases C05, C07, C09, C11 (grading): public fault reports of other tools, with the right values."""

import json
from pathlib import Path
from typing import Any

import pytest

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.verdict import Grade, Ungraded, UngradedReason, Verdict
from qualityslo.graders.contains import Contains
from qualityslo.graders.exact import Exact
from qualityslo.graders.numeric import Numeric
from qualityslo.ports import Grader
from tests.graders.conftest import grade_one, item_with

_CASES = Path(__file__).parents[1] / "cases"
_GRADERS: dict[str, Grader] = {"exact": Exact(), "numeric": Numeric(), "contains": Contains()}


def _expected(case: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((_CASES / "expected" / f"{case}.json").read_text("utf-8"))
    return read


def _rows(name: str) -> list[dict[str, Any]]:
    text = (_CASES / "inputs" / f"{name}.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def _item(row: dict[str, Any]) -> GoldenItem:
    reference = row.get("reference")
    return item_with(*([] if reference is None else [str(reference)]))


def _texts(name: str) -> dict[str, str]:
    return {row["id"]: row["response"]["choices"][0]["message"]["content"] for row in _rows(name)}


def _grades(case: str, texts: dict[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in _rows(f"{case}-golden"):
        grade = grade_one(_GRADERS[row["metric"]], _item(row), texts[row["id"]])
        assert isinstance(grade, Verdict), (row, grade)
        found[row["id"]] = int(grade.good)
    return found


@pytest.mark.parametrize("case", ["C07", "C09"])
def test_each_answer_gets_the_right_verdict(case: str) -> None:
    expected = _expected(case)
    found = _grades(case, _texts(f"{case}-outputs"))
    assert found == expected["per_item"]
    assert sum(found.values()) / len(found) == pytest.approx(expected["sli"], abs=1e-6)


def test_c11_the_visible_answer_is_what_is_graded() -> None:
    expected = _expected("C11")
    found = _grades("C11", expected["visible"])
    assert found == expected["per_item"]
    assert sum(found.values()) / len(found) == pytest.approx(expected["sli"], abs=1e-6)


@pytest.mark.parametrize("golden", ["C05-golden-null-first", "C05-golden-null-last"])
def test_c05_only_items_with_a_real_reference_are_scored(golden: str) -> None:
    expected = _expected("C05")
    texts = _texts("C05-outputs")
    grades: dict[str, Grade] = {
        row["id"]: grade_one(Exact(), _item(row), texts[row["id"]]) for row in _rows(golden)
    }
    verdicts = [grade for grade in grades.values() if isinstance(grade, Verdict)]
    assert len(verdicts) == expected["n_scorable"]
    assert sum(grade.good for grade in verdicts) == expected["correct"]
    share = sum(grade.good for grade in verdicts) / len(verdicts)
    assert share == pytest.approx(expected["sli"], abs=1e-6)
    for reason, names in (
        (UngradedReason.NO_REFERENCE, expected["no_reference"]),
        (UngradedReason.INVALID_REFERENCE, expected["invalid_reference"]),
    ):
        ungraded = {
            name
            for name, grade in grades.items()
            if isinstance(grade, Ungraded) and grade.reason is reason
        }
        assert ungraded == set(names)


def test_c07_a_percentage_is_never_passed_over_for_its_base() -> None:
    assert not _good("100", "20% of 100")
    assert _good("20%", "20% of 100")
    assert _good("20", "20% of 100")


def _good(reference: str, text: str) -> bool:
    grade = grade_one(Numeric(), item_with(reference), text)
    assert isinstance(grade, Verdict)
    return grade.good
