"""Calibrations in the store: kept as they are, in force for runs that begin later only."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from qualityslo.domain.calibration import Calibration, Series, Skill
from qualityslo.domain.combine import Votes
from qualityslo.domain.grader_summary import GraderCount
from qualityslo.domain.sli import Role
from qualityslo.stats import ScoreMap
from qualityslo.store.calibrations import SqlCalibrations
from tests.store.conftest import (
    BAD,
    GOOD,
    SLOT,
    UNGRADED,
    Store,
    grade_row,
    items_of,
    plan_for,
    response_to,
)

if TYPE_CHECKING:
    from qualityslo.domain.verdict import Grade

LATE = datetime(2100, 1, 1, tzinfo=UTC)
SERIES = Series(
    service="shop",
    golden="faq",
    criterion="correctness",
    grader="exact",
    version="1",
    rubric_hash="rubric",
)
CALIBRATION = Calibration(
    id="c1",
    series=SERIES,
    skill=Skill.CALIBRATED,
    score_map=ScoreMap(
        method="isotonic", scores=(0.1, 1 / 3, 1.0), probabilities=(1 / 7, 0.5, 0.9999999999)
    ),
    labels=80,
    labels_digest="digest",
    first_slot=SLOT,
    last_slot=SLOT + timedelta(days=3),
    created_at=SLOT,
    restarts=True,
    figures={"before": {"ece": 0.1}},
)


def kept(store: Store) -> SqlCalibrations:
    """Return the calibrations of a store."""
    return SqlCalibrations(store.database, store.clock)


def test_a_calibration_comes_back_as_it_was_to_the_last_digit(store: Store) -> None:
    kept(store).append_calibration(CALIBRATION)
    found = kept(store).calibrations("shop", "faq", LATE)
    assert found == [replace(CALIBRATION, created_at=store.clock.now)]


def test_a_calibration_is_appended_once_and_never_changed(store: Store) -> None:
    for one in (CALIBRATION, replace(CALIBRATION, labels=9)):
        kept(store).append_calibration(one)
    assert [one.labels for one in kept(store).calibrations("shop", "faq", LATE)] == [80]


def test_calibrations_come_oldest_first_as_of_an_instant_of_one_set(store: Store) -> None:
    kept(store).append_calibration(replace(CALIBRATION, id="z"))
    then = store.clock.now
    kept(store).append_calibration(replace(CALIBRATION, id="a"))
    other = replace(SERIES, golden="other")
    kept(store).append_calibration(replace(CALIBRATION, id="b", series=other))
    assert [one.id for one in kept(store).calibrations("shop", "faq", LATE)] == ["z", "a"]
    assert [one.id for one in kept(store).calibrations("shop", "faq", then)] == ["z"]
    assert kept(store).calibrations("bank", "faq", LATE) == []


def test_columns_hold_the_calibrations_that_were_there_when_the_run_began(store: Store) -> None:
    kept(store).append_calibration(CALIBRATION)
    items = items_of(3)
    run_id = store.answered(items)
    kept(store).append_calibration(replace(CALIBRATION, id="later", labels=99))
    other = replace(SERIES, version="2")
    rows = [grade_row("q0", BAD), grade_row("q2", UNGRADED)]
    store.facts.append_grades(run_id, "faq", Role.BASELINE, rows)
    columns = store.facts.columns(run_id, "faq", Role.BASELINE)
    (found,) = columns.calibrated["correctness"]
    assert found.calibration.id == "c1"
    np.testing.assert_array_equal(found.scores, [0.25, np.nan, np.nan])
    kept(store).append_calibration(replace(CALIBRATION, id="v2", series=other))
    again = store.begun(items, plan=plan_for(slot=SLOT + timedelta(days=1)))
    store.facts.append_outcomes(again, "faq", Role.BASELINE, [response_to(items[0])])
    row = replace(grade_row("q0", BAD), version="3")
    store.facts.append_grades(again, "faq", Role.BASELINE, [row])
    assert store.facts.columns(again, "faq", Role.BASELINE).calibrated == {}


def test_without_calibrations_there_are_none(store: Store) -> None:
    run_id = store.answered(items_of(1))
    store.facts.append_grades(run_id, "faq", Role.BASELINE, [grade_row("q0", BAD)])
    assert store.facts.columns(run_id, "faq", Role.BASELINE).calibrated == {}


def test_votes_are_counted_where_several_graders_have_a_say(store: Store) -> None:
    run_id = store.answered(items_of(2))
    grades: dict[str, Grade] = {"a": GOOD, "b": BAD, "c": UNGRADED}
    rows = [grade_row("q1", grade, grader=name) for name, grade in grades.items()]
    rows.append(grade_row("q0", GOOD, criterion="safety"))
    store.facts.append_grades(run_id, "faq", Role.BASELINE, rows)
    columns = store.facts.columns(run_id, "faq", Role.BASELINE)
    assert columns.votes.keys() == {"correctness"}
    votes = columns.votes["correctness"]
    assert isinstance(votes, Votes)
    assert (votes.good.tolist(), votes.bad.tolist()) == ([0, 1], [0, 1])
    assert votes.ungraded.tolist() == [0, 1]


def test_a_graders_word_is_aligned_with_the_planned_items(store: Store) -> None:
    run_id = store.answered(items_of(3))
    rows = [grade_row("q2", GOOD), grade_row("q0", BAD), grade_row("q1", UNGRADED)]
    rows.append(grade_row("q1", BAD, grader="other"))
    store.facts.append_grades(run_id, "faq", Role.BASELINE, rows)
    found = kept(store).grader_scores(run_id, Role.BASELINE, SERIES)
    assert found is not None
    np.testing.assert_array_equal(found.scores, [0.25, np.nan, 1.0])
    assert found.flagged.tolist() == [True, False, False]
    assert kept(store).grader_scores(run_id, Role.CANDIDATE, SERIES) is None
    newer = replace(SERIES, version="2")
    assert kept(store).grader_scores(run_id, Role.BASELINE, newer) is None


def test_what_graders_said_is_counted(store: Store) -> None:
    run_id = store.answered(items_of(4))
    rows = [grade_row("q2", GOOD), grade_row("q0", BAD), grade_row("q1", UNGRADED)]
    rows.append(grade_row("q3", GOOD))
    store.facts.append_grades(run_id, "faq", Role.BASELINE, rows)
    assert kept(store).grader_counts(run_id) == [
        GraderCount(
            golden="faq",
            role=Role.BASELINE,
            criterion="correctness",
            grader="exact",
            version="1",
            graded=3,
            flagged=1,
            ungraded=1,
            between=1,
        )
    ]
    assert kept(store).grader_counts("another") == []
