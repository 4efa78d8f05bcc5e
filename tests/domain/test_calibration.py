"""Which calibration is in force, and what it makes of scores."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from qualityslo.domain.calibration import (
    CalibratedScores,
    Calibration,
    Series,
    Skill,
    bad_probability,
    in_force,
)
from qualityslo.domain.combination import Combination
from qualityslo.domain.evidence import AnswerColumns, Code, alarm_mask, judge
from qualityslo.domain.golden import AnswerKind, Criterion
from qualityslo.domain.grader_summary import calibration_in_words
from qualityslo.domain.outcome import Ending
from qualityslo.stats import ScoreMap

NIGHT = datetime(2026, 3, 2, 2, tzinfo=UTC)
HUMAN = Criterion(name="correctness", combine=Combination.CALIBRATED_MEAN)
SERIES = Series(
    service="shop",
    golden="faq",
    criterion="correctness",
    grader="judge",
    version="1",
    rubric_hash=HUMAN.rubric_hash,
)
CALIBRATION = Calibration(
    id="first",
    series=SERIES,
    skill=Skill.CALIBRATED,
    score_map=ScoreMap(method="platt", scores=(0.0, 1.0), probabilities=(0.1, 0.9)),
    labels=80,
    labels_digest="d",
    first_slot=NIGHT,
    last_slot=NIGHT,
    created_at=NIGHT,
)
NAN = float("nan")


def of(series: Series, name: str = "other", skill: Skill = Skill.CALIBRATED) -> Calibration:
    """Return another calibration, stored a day later."""
    later = NIGHT + timedelta(days=1)
    return replace(CALIBRATION, id=name, series=series, skill=skill, created_at=later)


def scored(*scores: float, calibration: Calibration = CALIBRATION) -> CalibratedScores:
    """Return scores with their calibration."""
    return CalibratedScores(calibration=calibration, scores=np.array(scores))


def test_the_latest_of_the_very_version_is_in_force_under_each_rubric() -> None:
    strict = replace(SERIES, rubric_hash="strict")
    known = [CALIBRATION, of(SERIES, "second"), of(strict, "third")]
    assert [one.id for one in in_force(known, "correctness", "judge", "1")] == ["second", "third"]


@pytest.mark.parametrize(
    ("criterion", "grader", "version"),
    [
        pytest.param("correctness", "judge", "2", id="another version"),
        pytest.param("correctness", "nli", "1", id="another grader"),
        pytest.param("safety", "judge", "1", id="another criterion"),
    ],
)
def test_what_is_of_another_series_is_not_applied(
    criterion: str, grader: str, version: str
) -> None:
    assert in_force([CALIBRATION], criterion, grader, version) == ()


def test_the_probability_is_the_mean_over_graders_with_a_calibration_and_a_score() -> None:
    rows = [scored(1.0, 0.0, NAN, NAN), scored(0.5, NAN, 1.0, NAN)]
    found = bad_probability(rows, HUMAN.rubric_hash, 4)
    np.testing.assert_allclose(found, [0.3, 0.9, 0.1, NAN])


@pytest.mark.parametrize(
    "calibration",
    [
        pytest.param(of(SERIES, skill=Skill.NO_SKILL), id="a grader without skill"),
        pytest.param(of(replace(SERIES, rubric_hash="other")), id="another rubric"),
    ],
)
def test_a_calibration_that_says_nothing_is_left_out(calibration: Calibration) -> None:
    found = bad_probability([scored(1.0, calibration=calibration)], HUMAN.rubric_hash, 1)
    assert np.isnan(found).all()


def columns(said: list[Code], *scores: float) -> AnswerColumns:
    """Return answers with the graders' worst word and one grader's calibrated scores."""
    size = len(said)
    return AnswerColumns(
        item_ids=[f"q{at}" for at in range(size)],
        item_digests=[f"item {at}" for at in range(size)],
        answer_hashes=[f"text {at}" for at in range(size)],
        endings=[Ending.ANSWERED] * size,
        answerable=[True] * size,
        expected=[AnswerKind.TEXT] * size,
        verdicts={"correctness": said, "abstention": [Code.GOOD] * size},
        measures={},
        calibrated={"correctness": [scored(*scores)]} if scores else {},
    )


@pytest.mark.parametrize("rule", Combination)
def test_what_the_scores_have_meant_raises_the_alarm_by_any_rule(rule: Combination) -> None:
    """The first is called good with a score that has meant bad; the last was not graded."""
    answers = columns([Code.GOOD, Code.GOOD, Code.BAD, Code.UNKNOWN], 0.4, 0.9, 0.9, NAN)
    judged = judge(answers, replace(HUMAN, combine=rule))
    assert alarm_mask([judged]).tolist() == [True, False, True, True]


def test_the_mean_decides_and_what_has_none_is_unknown() -> None:
    answers = columns([Code.GOOD, Code.GOOD, Code.BAD, Code.UNKNOWN], 0.4, 0.9, 0.9, NAN)
    verdict = judge(answers, HUMAN).verdict.tolist()
    assert verdict == [Code.BAD, Code.GOOD, Code.GOOD, Code.UNKNOWN]


def test_without_calibrations_the_worst_word_decides() -> None:
    answers = columns([Code.GOOD, Code.BAD, Code.UNKNOWN])
    assert judge(answers, HUMAN).verdict.tolist() == [Code.GOOD, Code.BAD, Code.UNKNOWN]


def test_a_rule_that_decides_leaves_no_doubt() -> None:
    answers = replace(columns([Code.BAD], 0.1), endings=[Ending.EMPTY])
    judged = judge(answers, HUMAN)
    assert (judged.doubted.tolist(), judged.by_graders.tolist()) == ([False], [False])


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param([], "none", id="never calibrated"),
        pytest.param([CALIBRATION], "first of 2026-03-02: platt, 80 labels", id="in force"),
        pytest.param(
            [CALIBRATION, of(SERIES, skill=Skill.NO_SKILL)],
            "none in force: no skill shown by 80 labels",
            id="no skill since",
        ),
        pytest.param(
            [of(replace(SERIES, version="0"))],
            "none in force: the last one is of another version or rubric",
            id="of an older version",
        ),
    ],
)
def test_it_is_told_which_calibration_is_in_force_or_why_none_is(
    known: list[Calibration], expected: str
) -> None:
    assert calibration_in_words(known, SERIES) == expected
