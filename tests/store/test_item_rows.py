"""The flat rows of a run, for the per-item artifact."""

import json
from dataclasses import replace

from qualityslo.domain.facts import CosineRow
from qualityslo.domain.outcome import Ending, Failure
from qualityslo.domain.sli import Role
from qualityslo.store.item_rows import PAGE
from tests.store.conftest import (
    BAD,
    UNGRADED,
    Store,
    grade_row,
    items_of,
    plan_for,
    response_to,
)

SAID_BAD = {
    "version": "1",
    "good": False,
    "score": 0.25,
    "reason": None,
    "rationale": "it says 3, not 4",
}
SAID_NOTHING = {
    "version": "1",
    "good": None,
    "score": None,
    "reason": "no_context",
    "rationale": "no context",
}


def test_a_row_says_everything_about_one_answer(store: Store) -> None:
    """Item, answer, every grade, and the similarity."""
    item = replace(items_of(1)[0], context=("first", "second"))
    run_id = store.answered([item])
    grades = [grade_row("q0", UNGRADED, grader="judge"), grade_row("q0", BAD)]
    store.facts.append_grades(run_id, "faq", Role.BASELINE, grades)
    cosine = CosineRow(item_id="q0", kind="cosine", cosine=0.5)
    store.facts.append_cosines(run_id, "faq", [cosine])
    baseline, candidate = store.facts.item_rows(run_id)
    assert baseline == {
        "run_id": run_id,
        "golden": "faq",
        "item_id": "q0",
        "item_digest": item.digest,
        "question": "question 0?",
        "references": ["answer 0"],
        "context": "first\n\nsecond",
        "slices": {"topic": "law"},
        "role": "baseline",
        "ending": "answered",
        "text": "reply to q0",
        "answer_hash": response_to(item).answer_hash,
        "ttft_s": 0.25,
        "inter_token_s": 0.01,
        "total_s": 1.5,
        "prompt_tokens": 11,
        "completion_tokens": 7,
        "served_model": "prod-2026",
        "finish_reason": "stop",
        "attempts": 2,
        "failure_code": None,
        "failure_detail": None,
        "verdicts": {"correctness": {"exact": SAID_BAD, "judge": SAID_NOTHING}},
        "cosine": 0.5,
    }
    assert (candidate["role"], candidate["ending"]) == ("candidate", "error")
    assert (candidate["failure_code"], candidate["text"]) == ("not_asked", None)
    assert (candidate["verdicts"], candidate["cosine"]) == ({}, 0.5)


def test_a_failure_keeps_what_had_arrived(store: Store) -> None:
    """For people; it is never graded."""
    run_id = store.begun(items_of(1))
    failure = Failure(
        item_id="q0", ending=Ending.INCOMPLETE, code="cut_off", detail="no end", text="so f"
    )
    store.facts.append_outcomes(run_id, "faq", Role.CANDIDATE, [failure])
    row = list(store.facts.item_rows(run_id))[1]
    assert (row["ending"], row["failure_code"]) == ("incomplete", "cut_off")
    assert (row["failure_detail"], row["text"], row["answer_hash"]) == ("no end", "so f", None)


def test_every_item_and_role_comes_once_in_order_over_many_pages(store: Store) -> None:
    """A page boundary neither loses nor repeats an item."""
    items = items_of(2 * PAGE + 1)
    run_id = store.answered(items)
    rows = list(store.facts.item_rows(run_id))
    expected = [(item.id, role) for item in items for role in ("baseline", "candidate")]
    assert [(row["item_id"], row["role"]) for row in rows] == expected
    assert sum(row["ending"] == "answered" for row in rows) == len(items)
    json.dumps(rows, allow_nan=False)


def test_a_reader_that_stops_early_leaves_nothing_open(store: Store) -> None:
    """The store can be written while rows are being read."""
    run_id = store.answered(items_of(3))
    rows = store.facts.item_rows(run_id)
    next(rows)
    assert store.database.engine.pool.checkedout() == 0  # type: ignore[attr-defined] # QueuePool's
    store.begun(items_of(1), plan=plan_for(attempt=2))
    assert len(list(rows)) == 5


def test_an_unknown_run_has_no_rows(store: Store) -> None:
    """Nothing begun, nothing known."""
    assert list(store.facts.item_rows("nowhere")) == []


def test_some_items_have_the_rows_that_all_items_have(store: Store) -> None:
    """In the set's order, whatever the order asked for, and over several pages."""
    run_id = store.answered(items_of(PAGE + 3))
    wanted = [f"q{at}" for at in (PAGE + 2, 4, 0)]
    found = store.facts.some_item_rows(run_id, "faq", wanted)
    every = [row for row in store.facts.item_rows(run_id) if row["item_id"] in wanted]
    assert len(found) == 6
    assert found == every


def test_items_nobody_planned_have_no_row(store: Store) -> None:
    """Neither an unknown item nor an unknown golden set is an error."""
    run_id = store.answered(items_of(1))
    assert store.facts.some_item_rows(run_id, "faq", ["nobody"]) == []
    assert store.facts.some_item_rows(run_id, "other", ["q0"]) == []
    assert store.facts.some_item_rows(run_id, "faq", []) == []
