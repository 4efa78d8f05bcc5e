"""`qualityslo simulate` and `plan alerts`: tables, one document, mistakes in one message."""

from collections.abc import Callable

import pytest

from tests.cli.conftest import SPEC, Project

HUMAN = SPEC.replace('correctness: {truth: "grader:contains"}', "correctness: {truth: human}")
QUICK = ["--census", "--trials", "3", "--nights", "30"]


def test_a_preset_is_shown_with_what_it_rings_on_and_all_its_figures(project: Project) -> None:
    done = project.run("simulate", "--target", "0.9", "--preset", "nightly", *QUICK)
    assert (done.code, done.err) == (0, "")
    assert "99.9 % lower limit above the budget (the population rate)" in done.out
    for column in (
        "false, at budget",
        "false, at 0.8 of it",
        "alarms, at budget",
        "within 7",
        "within 28 (recall)",
        "detection",
        "reset",
        "precision",
    ):
        assert column in done.out
    assert (
        "assumed: the same 200 items every night; every answer is known without labels" in done.out
    )
    assert "3 quarters of 30 slots each, seed 0" in done.out
    assert done.out.splitlines()[-1].startswith("Recommended: nightly: sees twice the budget")


def test_the_document_says_the_same(project: Project) -> None:
    done = project.run(
        "simulate",
        "--target",
        "0.9",
        "--true-rate",
        "0.3",
        "--labels",
        "30",
        "--items",
        "60",
        "--trials",
        "2",
        "--nights",
        "30",
        "--json",
    )
    assert (done.code, done.err) == (0, "")
    document = done.json
    assert [one["name"] for one in document["presets"]] == [
        "nightly",
        "classic-fast",
        "slow",
        "e-detector",
    ]
    page, ticket = document["presets"][0]["alerts"]
    assert (page["severity"], page["rings_on"], ticket["severity"]) == (
        "page",
        "golden_set",
        "ticket",
    )
    assert [one["burn"] for one in page["quiet"]] == [1.0, 0.8]
    assert [round(one["burn"], 9) for one in page["regressions"]] == [2, 5, 3]
    assert set(page["regressions"][0]) == {
        "burn",
        "soon",
        "recall",
        "delay",
        "reset",
        "precision",
    }
    assert (
        "the alarm flags 90.0 % of the bad answers and 3.0 % of the good ones"
        in document["assumed"]
    )
    assert document["recommended"]["preset"] in {"nightly", "classic-fast", "slow", "e-detector"}
    assert (document["trials"], document["seed"]) == (2, 0)


def test_a_preset_that_does_not_fit_says_why(project: Project) -> None:
    done = project.run(
        "simulate", "--cadence", "7d", "--window", "28d", "--preset", "classic-fast", *QUICK
    )
    assert done.code == 0
    assert "classic-fast does not fit: fraction=0.05 within 7d is a burn rate of 0.2" in done.out
    assert done.out.splitlines()[-1].startswith("Recommended: e-detector (median delay")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        pytest.param(["--target", "98"], "target=98.0 lies outside (0, 1)", id="percent"),
        pytest.param(["--target", "1"], "a target of 1 has no budget", id="no budget"),
        pytest.param(["--preset", "fast"], "known: nightly, classic-fast", id="unknown preset"),
        pytest.param(["--frame", "set"], "--frame is 'set': write golden_set", id="unknown frame"),
        pytest.param(["--cadence", "daily"], "--cadence: 'daily' is no duration", id="cadence"),
        pytest.param(["--window", "0d"], "--window: '0d' is no time at all", id="window"),
        pytest.param(["--items", "0"], "items=0: give a number from 1 on", id="no item"),
        pytest.param(["--labels", "0"], "labels=0: give a number from 1 on", id="no label"),
        pytest.param(["--nights", "20"], "nights=20: a regression takes 28", id="too short"),
        pytest.param(["--true-rate", "4"], "true_rate=4.0 is no share", id="rate in percent"),
        pytest.param(["--icc", "1"], "give a number below 1", id="icc"),
        pytest.param(["--grader", "good"], "--grader is 'good': write its", id="grader"),
    ],
)
def test_a_mistake_is_said_in_one_line(project: Project, arguments: list[str], text: str) -> None:
    done = project.run("simulate", "--trials", "1", *arguments)
    assert (done.code, done.out) == (2, "")
    assert text in done.err
    assert len(done.err.splitlines()) == 1


def test_each_slo_of_a_spec_gets_one_recommendation(make_project: Callable[..., Project]) -> None:
    project = make_project(HUMAN, count=30)
    done = project.run("plan", "alerts", "qs.yaml", "--trials", "2")
    assert (done.code, done.err) == (0, "")
    assert "│ correctness  │ golden     │ 60.0 % │ 30    │ 20             │" in done.out
    assert "│ availability │ golden     │ 90.0 % │ 30    │ none needed    │" in done.out
    assert done.out.splitlines()[-1].startswith("2 SLO(s), one preset each")
    assert project.run("runs", "list", "qs.yaml", "--json").json == []


def test_the_document_of_a_spec_holds_every_simulation(project: Project) -> None:
    document = project.run("plan", "alerts", "qs.yaml", "--trials", "2", "--json").json
    correct, available = document["slos"]
    assert correct["question"]["name"] == "correctness"
    assert correct["question"]["subject"]["census"]
    assert available["question"]["subject"]["terms"]["target"] == 0.9
    assert all(one["recommended"]["text"] for one in document["slos"])


def test_planning_alerts_of_no_such_spec_is_a_mistake(project: Project) -> None:
    done = project.run("plan", "alerts", "other.yaml")
    assert (done.code, done.out) == (2, "")
    assert "other.yaml" in done.err
