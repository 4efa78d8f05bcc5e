"""`qualityslo nightly` as a user runs it."""

from collections.abc import Callable

import pytest

from tests.cli.conftest import SPEC, Project

MakeProject = Callable[..., Project]


def test_a_night_that_meets_its_objectives_but_cannot_clear_the_candidate_is_inconclusive(
    project: Project,
) -> None:
    done = project.run("nightly", "qs.yaml")
    assert done.code == 3, done.err
    assert "Inconclusive: all SLOs met" in done.out
    assert "report.html" in done.out


def test_without_a_candidate_met_objectives_are_exit_code_0(make_project: MakeProject) -> None:
    spec = SPEC.replace("  candidate: {use: recorded, path: candidate.jsonl}\n", "")
    done = make_project(spec).run("nightly", "qs.yaml")
    assert done.code == 0, done.err
    assert "Pass: all SLOs met." in done.out


def test_a_breached_objective_is_exit_code_1_and_named(make_project: MakeProject) -> None:
    done = make_project(SPEC.replace("target: 0.6", "target: 0.95")).run("nightly", "qs.yaml")
    assert done.code == 1
    assert (
        "Finding: 1 of 2 SLOs breached (correctness at 90.0 % against a target of 95.0 %)"
        in done.out
    )


def test_json_is_one_document_on_stdout_and_nothing_else(project: Project) -> None:
    done = project.run("nightly", "qs.yaml", "--json")
    assert done.json["schema"] == "qualityslo.report/1"
    assert done.json["exit_code"] == done.code == 3
    assert done.json["decision"]["decision"] == "inconclusive"
    assert done.err == ""


def test_a_finished_slot_is_told_again_with_its_old_conclusion_and_exit_code(
    project: Project,
) -> None:
    first = project.run("nightly", "qs.yaml", "--json")
    project.write_rows("late.jsonl", [])
    second = project.run("nightly", "qs.yaml", "--json")
    assert second.json == first.json
    assert second.code == first.code
    told = project.run("nightly", "qs.yaml")
    assert told.code == first.code
    assert "--again" in told.err
    assert first.json["conclusion"] in told.out


def test_again_supersedes_a_finished_slot(project: Project) -> None:
    first = project.run("nightly", "qs.yaml", "--json").json
    second = project.run("nightly", "qs.yaml", "--json", "--again").json
    assert second["run_id"] != first["run_id"]
    assert second["slot"] == first["slot"]
    third = project.run("nightly", "qs.yaml", "--json").json
    assert third["run_id"] == second["run_id"]
    runs = project.run("runs", "list", "qs.yaml", "--json").json
    assert [run["run_id"] for run in runs] == [first["run_id"], second["run_id"]]


def test_a_slot_can_be_named(project: Project) -> None:
    done = project.run("nightly", "qs.yaml", "--json", "--slot", "2026-11-20T00:00:00Z")
    assert done.json["slot"] == "2026-11-20T00:00:00Z"
    wrong = project.run("nightly", "qs.yaml", "--slot", "yesterday")
    assert wrong.code == 2
    assert "--slot is 'yesterday'" in wrong.err


def test_everything_wrong_is_told_at_once_before_any_model_is_called(
    make_project: MakeProject,
) -> None:
    project = make_project(
        SPEC.replace("golden: [golden.jsonl]", "golden: [golden.jsonl, nowhere.jsonl]")
        .replace('{truth: "grader:contains"}', "{truth: human, graders: [contains, nope]}")
        .replace("path: baseline.jsonl", "path: missing.jsonl")
        .replace("use: recorded, path: candidate.jsonl", "use: magic")
    )
    project.write_rows(
        "golden.jsonl",
        [
            {"id": "a", "question": "1?", "references": ["x"]},
            {"id": "a", "question": "2?", "references": ["x"]},
            {"id": "", "question": "3?", "references": ["x"]},
        ],
    )
    done = project.run("nightly", "qs.yaml")
    assert done.code == 2
    for part in (
        "nowhere.jsonl",
        "'nope'",
        "missing.jsonl",
        "'magic'",
        "lines 1 and 2",
        "golden.jsonl:3",
    ):
        assert part in done.err
    assert "Traceback" not in done.err
    assert not (project.folder / ".qualityslo").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            ("target: 0.6", "target: 1.0"), "no budget would be left", id="a target of 1"
        ),
        pytest.param(("target: 0.6", "target: 98"), "write 0.98", id="a target in percent"),
        pytest.param(("slos:", "slo:"), "did you mean 'slos'?", id="a misspelt key"),
        pytest.param(("version: 1", "version: 2"), "version", id="another version"),
        pytest.param(
            ("criterion: correctness", "criterion: wit"), "'wit'", id="a criterion nobody judges"
        ),
    ],
)
def test_a_bad_spec_is_exit_code_2_with_file_and_line(
    make_project: MakeProject, change: tuple[str, str], message: str
) -> None:
    done = make_project(SPEC.replace(*change)).run("nightly", "qs.yaml")
    assert done.code == 2
    assert message in done.err
    assert "qs.yaml" in done.err


def test_an_empty_golden_set_is_refused(project: Project) -> None:
    project.write("golden.jsonl", "\n\n")
    done = project.run("nightly", "qs.yaml")
    assert done.code == 2
    assert "golden.jsonl" in done.err


def test_a_missing_spec_is_one_line(project: Project) -> None:
    done = project.run("nightly", "nope.yaml")
    assert done.code == 2
    assert "nope.yaml: cannot be read" in done.err


def test_an_unknown_command_is_exit_code_2(project: Project) -> None:
    assert project.run("nightlly").code == 2
