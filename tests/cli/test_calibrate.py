"""`qualityslo calibrate` as a user runs it."""

from collections.abc import Callable

import pytest

from tests.cli.conftest import SPEC, Project, answer_rows
from tests.cli.test_gate import filled

Make = Callable[..., Project]
HUMAN = SPEC.replace(
    'correctness: {truth: "grader:contains"}', "correctness: {truth: human, label_policy: single}"
).replace("mlflow: false\n", "mlflow: false\nreview: {items_per_night: 60}\n")
COUNT = 60


@pytest.fixture
def night(make_project: Make) -> Project:
    """Return a project after its first night: the models are wrong on every fourth item."""
    project = make_project(HUMAN, COUNT)
    for role in ("baseline", "candidate"):
        rows = answer_rows(range(0, COUNT, 4), COUNT)
        project.write_rows(f"{role}.jsonl", rows)
    assert project.run("nightly", "qs.yaml").code in {1, 3}
    return project


def test_without_labels_it_is_inconclusive_and_says_what_is_needed(night: Project) -> None:
    done = night.run("calibrate", "qs.yaml")
    assert (done.code, "Traceback" in done.err) == (3, False)
    assert "too few labels to say: 0 labelled answers" in done.out


def test_labels_make_a_calibration_that_is_shown_stored_and_told_by_the_next_night(
    night: Project,
) -> None:
    assert filled(night, night.run("review", "export", "qs.yaml")) == COUNT
    shown = night.run("calibrate", "qs.yaml", "--dry-run")
    assert shown.code == 0, shown.out + shown.err
    for text in ("calibrated on 60 labelled answers, 15 bad", "Reliability", "Cohen's kappa"):
        assert text in shown.out
    done = night.run("calibrate", "qs.yaml", "--json")
    assert done.code == 0
    assert done.json["schema"] == "qualityslo.calibration/1"
    (grader,) = done.json["graders"]
    assert (grader["skill"], grader["stored"], grader["labels"]) == ("calibrated", True, COUNT)
    assert grader["measured"]["verdicts"]["sensitivity"]["point"] == 1
    assert grader["series"]["grader"] == "correctness"
    report = night.run("nightly", "qs.yaml", "--again", "--json").json
    told = {
        (one["count"]["criterion"], one["count"]["role"]): one["calibration"]
        for one in report["graders"]
    }
    assert told["correctness", "baseline"].startswith(grader["calibration"]["id"])
    assert told["abstention", "baseline"] == "none"


def test_an_order_of_no_night_is_a_mistake(project: Project) -> None:
    assert project.run("calibrate", "qs.yaml", "--nights", "0").code == 2
