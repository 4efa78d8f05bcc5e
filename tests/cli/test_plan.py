"""`qualityslo plan labels`: a table and one sentence, or one document; mistakes in one message."""

from collections.abc import Callable

import pytest

from tests.cli.conftest import SPEC, Project

HUMAN = SPEC.replace('correctness: {truth: "grader:contains"}', "correctness: {truth: human}")


@pytest.fixture
def human(make_project: Callable[..., Project]) -> Project:
    """Return a project whose truth is people, 30 items."""
    return make_project(HUMAN, count=30)


def test_a_spec_is_planned_for_without_running_anything(human: Project) -> None:
    done = human.run("plan", "labels", "qs.yaml")
    assert (done.code, done.err) == (0, "")
    assert "│ correctness │ golden     │    30 │ 60.0 % │       20.0 % │" in done.out
    assert "at 20 a night all 30 items are labelled after 2 nights" in done.out
    assert "30 items without one bad answer still allow 11.6 % bad" in done.out
    assert "a grader flags 90.0 % of the bad answers and 3.0 % of the good ones" in done.out
    assert "correctness on golden, gate: 30 items, all labelled, show 'pass'" in done.out
    assert done.out.splitlines()[-1].startswith("20 items a night are enough: ")
    runs = human.run("runs", "list", "qs.yaml", "--json")
    assert runs.json == []


def test_the_document_says_the_same(human: Project) -> None:
    done = human.run("plan", "labels", "qs.yaml", "--json", "--rate", "0.1", "--grader", "none")
    assert done.code == 0
    document = done.json
    assert document["assumptions"] == {
        "rate": 0.1,
        "grader": {"sensitivity": 0.0, "specificity": 1.0},
        "power": 0.8,
    }
    (need,) = document["needs"]
    assert need["question"]["items"] == 30
    assert need["rate"] == 0.1
    assert need["target"]["settles"] == "met"
    assert need["target"]["labels"] == next(
        one["labels"] for one in need["target"]["trials"] if one["power"] >= 0.8
    )
    assert [one["half_width"] for one in need["half_widths"]] == [0.05, 0.025]
    assert need["gate"]["labels"] is None
    assert "items are needed" in need["gate"]["reason"]
    assert document["recommendation"].endswith(".")


def test_a_set_can_be_planned_for_before_there_is_a_spec(human: Project) -> None:
    arguments = ["--items", "500", "--target", "0.9", "--rate", "0.05", "--per-night", "50"]
    done = human.run("plan", "labels", *arguments)
    assert done.code == 0
    assert "estimate settles it on night 6 and the window is expected to on night" in done.out
    assert "the set: the same items recur; at 50 a night all 500 items are labelled" in done.out
    chances = [line for line in done.out.splitlines() if "settles with a chance of" in line]
    assert len(chances) > 5
    document = human.run("plan", "labels", *arguments, "--json").json
    assert document["needs"][0]["question"]["rule"]["items_per_night"] == 50
    assert f"{document['needs'][0]['target']['labels']} " in done.out


def test_a_set_that_is_too_small_says_so(human: Project) -> None:
    done = human.run("plan", "labels", "--items", "120", "--margin", "0.01")
    assert done.code == 0
    assert "120 items, all labelled, show 'pass' with a chance of" in done.out
    assert "120 items without one bad answer still allow 3.0 % bad" in done.out
    assert done.out.splitlines()[-1] == (
        "the gate needs a larger set, or a wider margin, for one criterion."
    )


def test_a_service_without_human_criteria_needs_none(project: Project) -> None:
    done = project.run("plan", "labels", "qs.yaml")
    assert (done.code, done.out) == (0, "No label is needed: no criterion's truth is people.\n")
    assert project.run("plan", "labels", "qs.yaml", "--json").json["needs"] == []


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        pytest.param([], "give the spec of a service, or --items", id="neither"),
        pytest.param(
            ["qs.yaml", "--items", "9", "--margin", "0.1"],
            "--items, --margin: the spec qs.yaml says that",
            id="both",
        ),
        pytest.param(["--items", "0"], "--items is 0: give a number from 1 on", id="no item"),
        pytest.param(
            ["--items", "9", "--per-night", "-1"], "--per-night is -1: give", id="no review"
        ),
        pytest.param(
            ["--items", "9", "--target", "98"],
            "target=98.0 is outside (0, 1); write 98 % as 0.98",
            id="a target in percent",
        ),
        pytest.param(
            ["--items", "9", "--target", "0.9", "--rate", "5"],
            "rate=5.0 is no share in [0, 1]",
            id="a rate in percent",
        ),
        pytest.param(
            ["--items", "9", "--grader", "good"],
            "--grader is 'good': write its sensitivity and specificity, such as 0.9,0.97, or none",
            id="a grader without numbers",
        ),
        pytest.param(
            ["--items", "9", "--grader", "0.9"], "--grader is '0.9': write", id="half a grader"
        ),
        pytest.param(
            ["--items", "9", "--grader", "0.9,97"],
            "specificity=97.0 is no share in [0, 1]",
            id="a grader in percent",
        ),
        pytest.param(
            ["--items", "9", "--target", "0.9", "--power", "80"],
            "power=80.0 is outside (0, 1); write 80 % as 0.8",
            id="a power in percent",
        ),
        pytest.param(
            ["--items", "99999999"], "more than 10 million items", id="a set of a hundred million"
        ),
        pytest.param(["nope.yaml"], "nope.yaml: cannot be read", id="no such spec"),
    ],
)
def test_a_mistake_is_one_clear_message(project: Project, arguments: list[str], text: str) -> None:
    done = project.run("plan", "labels", *arguments)
    assert done.code == 2
    assert done.out == ""
    assert text in done.err
    assert "Traceback" not in done.err
