"""Answers as columns: what the estimators read."""

import itertools
import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from qualityslo.domain.evidence import Code
from qualityslo.domain.golden import AnswerKind, AnswerType, GoldenItem
from qualityslo.domain.outcome import Ending, Failure, Outcome, Response, Timing
from qualityslo.domain.sli import Role
from qualityslo.domain.verdict import Grade, Ungraded
from tests.store.conftest import BAD, GOOD, UNGRADED, Store, grade_row, items_of, response_to


def test_all_planned_items_are_there_aligned_in_the_sets_order(store: Store) -> None:
    """Whatever the order in which they were answered, and whether they were at all."""
    items = items_of(4)
    failure = Failure(item_id="q2", ending=Ending.INCOMPLETE, code="cut_off", text="par")
    run_id = store.begun(items)
    store.facts.append_outcomes(
        run_id, "faq", Role.BASELINE, [failure, response_to(items[0]), response_to(items[3])]
    )
    columns = store.facts.columns(run_id, "faq", Role.BASELINE)
    assert columns.item_ids == ["q0", "q1", "q2", "q3"]
    assert columns.endings == [Ending.ANSWERED, Ending.ERROR, Ending.INCOMPLETE, Ending.ANSWERED]
    hashes = [response_to(items[0]).answer_hash, "", "", response_to(items[3]).answer_hash]
    assert columns.answer_hashes == hashes
    assert columns.failure_codes == {"cut_off": 1, "not_asked": 1}
    assert columns.slices == {"topic": ["law", "tax", "law", "tax"]}


def test_times_are_seconds_and_nan_where_not_observed(store: Store) -> None:
    """The only place where NaN means something."""
    items = items_of(2)
    run_id = store.begun(items)
    unobserved = replace(response_to(items[1]), timing=Timing(total_s=2.0))
    store.facts.append_outcomes(run_id, "faq", Role.BASELINE, [response_to(items[0]), unobserved])
    measures = store.facts.columns(run_id, "faq", Role.BASELINE).measures
    np.testing.assert_array_equal(measures["ttft"], [0.25, math.nan])
    np.testing.assert_array_equal(measures["inter_token_latency"], [0.01, math.nan])
    np.testing.assert_array_equal(measures["latency"], [1.5, 2.0])
    assert {array.dtype for array in measures.values()} == {np.dtype(np.float64)}


def test_what_the_item_expects_stands_beside_the_answer(store: Store) -> None:
    """The event table needs it."""
    number = GoldenItem(id="n", question="?", answer=AnswerType(kind=AnswerKind.NUMBER))
    hopeless = GoldenItem(id="h", question="??", answerable=False, slices={"kind": "trap"})
    columns = store.facts.columns(store.begun([number, hopeless]), "faq", Role.BASELINE)
    assert columns.expected == [AnswerKind.NUMBER, AnswerKind.TEXT]
    assert columns.answerable == [True, False]
    assert columns.slices == {"kind": ["", "trap"]}


def test_a_set_without_items_has_empty_columns(store: Store) -> None:
    """Nothing planned, nothing known."""
    columns = store.facts.columns(store.begun(), "faq", Role.BASELINE)
    assert len(columns) == 0
    assert [len(one) for one in columns.measures.values()] == [0, 0, 0]
    assert (columns.verdicts, columns.failure_codes) == ({}, {})


@pytest.mark.parametrize(
    ("grades", "expected"),
    [
        pytest.param([GOOD], Code.GOOD, id="one good is good"),
        pytest.param([GOOD, GOOD], Code.GOOD, id="all good is good"),
        pytest.param([GOOD, BAD], Code.BAD, id="any bad is bad"),
        pytest.param([UNGRADED, BAD, GOOD], Code.BAD, id="bad outweighs ungraded"),
        pytest.param([GOOD, UNGRADED], Code.UNKNOWN, id="any ungraded else is unknown"),
        pytest.param([UNGRADED], Code.UNKNOWN, id="ungraded alone is unknown"),
    ],
)
def test_the_graders_of_a_criterion_combine(
    store: Store, grades: list[Grade], expected: Code
) -> None:
    """The worst counts, and an item nobody graded is unknown."""
    run_id = store.answered(items_of(2))
    rows = [grade_row("q1", grade, grader=f"g{at}") for at, grade in enumerate(grades)]
    store.facts.append_grades(run_id, "faq", Role.BASELINE, rows)
    columns = store.facts.columns(run_id, "faq", Role.BASELINE)
    assert columns.verdicts == {"correctness": [Code.UNKNOWN, expected]}
    ungraded = sum(isinstance(grade, Ungraded) for grade in grades)
    assert columns.ungraded_reasons == (
        {"correctness": {"no_context": ungraded}} if ungraded else {}
    )


def test_other_runs_sets_and_roles_stay_out(store: Store) -> None:
    """Columns are about one model, one set, one run."""
    items = items_of(2)
    run_id = store.answered(items)
    store.facts.append_items(run_id, "other", items)
    store.facts.append_outcomes(run_id, "other", Role.BASELINE, [response_to(items[0])])
    store.facts.append_outcomes(run_id, "faq", Role.CANDIDATE, [response_to(items[1], "x")])
    store.facts.append_grades(run_id, "other", Role.BASELINE, [grade_row("q0", BAD)])
    store.facts.append_grades(run_id, "faq", Role.CANDIDATE, [grade_row("q1", BAD)])
    columns = store.facts.columns(run_id, "faq", Role.BASELINE)
    assert (columns.verdicts, columns.failure_codes) == ({}, {})
    candidate = store.facts.columns(run_id, "faq", Role.CANDIDATE)
    assert candidate.verdicts == {"correctness": [Code.UNKNOWN, Code.BAD]}


fresh = itertools.count()
CRITERIA = ("correctness", "safety")
OUTCOMES = st.lists(
    st.sampled_from([Ending.ANSWERED, Ending.TRUNCATED, Ending.ERROR, None]), max_size=12
)
GRADES = st.lists(
    st.tuples(
        st.integers(0, 11),
        st.sampled_from(CRITERIA),
        st.sampled_from(["a", "b"]),
        st.sampled_from([GOOD, BAD, UNGRADED]),
    ),
    max_size=30,
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(endings=OUTCOMES, grades=GRADES, data=st.data())
def test_columns_say_what_a_plain_count_says(
    store: Store,
    endings: list[Ending | None],
    grades: list[tuple[int, str, str, Grade]],
    data: st.DataObject,
) -> None:
    """Against the same rules written down without SQL; appended in any order."""
    golden = f"set{next(fresh)}"
    items = items_of(len(endings))
    run_id = store.begun()
    store.facts.append_items(run_id, golden, items)
    outcomes = [_outcome(f"q{at}", ending) for at, ending in enumerate(endings) if ending]
    answered = {one.item_id for one in outcomes if isinstance(one, Response)}
    store.facts.append_outcomes(
        run_id, golden, Role.CANDIDATE, data.draw(st.permutations(outcomes))
    )
    said = {(f"q{at}", name, grader): grade for at, name, grader, grade in grades[::-1]}
    rows = [
        grade_row(item_id, grade, criterion=name, grader=grader)
        for (item_id, name, grader), grade in said.items()
        if item_id in answered
    ]
    store.facts.append_grades(run_id, golden, Role.CANDIDATE, rows)

    columns = store.facts.columns(run_id, golden, Role.CANDIDATE)

    assert columns.endings == [ending or Ending.ERROR for ending in endings]
    failed = Counter("not_asked" if one is None else "boom" for one in endings if _no_answer(one))
    assert columns.failure_codes == dict(failed)
    expected = {}
    for name in {row.criterion for row in rows}:
        by_item = {
            item.id: [row.grade for row in rows if (row.item_id, row.criterion) == (item.id, name)]
            for item in items
        }
        expected[name] = [_combined(by_item[item.id]) for item in items]
    assert columns.verdicts == expected


def _outcome(item_id: str, ending: Ending) -> Outcome:
    if ending.failed:
        return Failure(item_id=item_id, ending=ending, code="boom")
    return Response(item_id=item_id, ending=ending, text=item_id)


def _no_answer(ending: Ending | None) -> bool:
    return ending is None or ending.failed


def _combined(grades: list[Grade]) -> Code:
    if BAD in grades:
        return Code.BAD
    return Code.GOOD if grades and UNGRADED not in grades else Code.UNKNOWN
