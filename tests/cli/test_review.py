"""Reviews out, labels in, and what `settle` makes of them, as a user does it."""

import json
from collections.abc import Callable

from tests.cli.conftest import SPEC, Project

HUMAN = SPEC.replace(
    'correctness: {truth: "grader:contains"}', "correctness: {truth: human, label_policy: single}"
)


def test_labels_flow_from_export_to_a_corrected_estimate(
    make_project: Callable[..., Project],
) -> None:
    project = make_project(HUMAN)
    night = project.run("nightly", "qs.yaml", "--json").json
    assert night["exit_code"] == 3
    exported = project.run("review", "export", "qs.yaml", "--reviewer", "ann")
    rows = [json.loads(line) for line in exported.out.splitlines()]
    assert len(rows) == 10
    assert "10 reviews wait" in exported.err
    for row in rows:
        for arm, blanks in row["labels"].items():
            said = "good" if row["references"][0] in row["answers"][arm] else "bad"
            row["labels"][arm] = dict.fromkeys(blanks, said)
    project.write_rows("done.jsonl", rows)
    assert project.run("review", "import", "qs.yaml", "done.jsonl", "--json").json["new"] > 0
    settled = project.run("settle", "qs.yaml", "--json").json
    (report,) = settled
    assert any("correctness on golden (baseline)" in change for change in report["changes"])
    baseline = next(
        one for one in report["slis"] if (one["sli"], one["role"]) == ("correctness", "baseline")
    )
    assert baseline["estimate"]["low"] == baseline["estimate"]["high"] == 0.1
    assert baseline["counts"]["labelled"] == 10
    as_before = project.run("settle", "qs.yaml", "--json", "--as-of", night["as_of"])
    assert as_before.json == night
    assert as_before.code == 3
    stats = project.run("review", "stats", "qs.yaml", "--json").json
    assert [(row["drawn"], row["looked_at"], row["waiting"]) for row in stats] == [(10, 10, 0)]
    shown = project.run("runs", "show", "qs.yaml", night["run_id"]).json
    assert [one["as_of"] for one in shown] == [night["as_of"], report["as_of"]]


def test_a_damaged_file_is_refused_whole_with_its_lines(
    make_project: Callable[..., Project],
) -> None:
    project = make_project(HUMAN)
    project.run("nightly", "qs.yaml")
    project.write("done.jsonl", '{"schema": \n[1, 2]\n')
    done = project.run("review", "import", "qs.yaml", "done.jsonl")
    assert done.code == 2
    assert "done.jsonl:1" in done.err
    assert "done.jsonl:2" in done.err
    missing = project.run("review", "import", "qs.yaml", "nope.jsonl")
    assert missing.code == 2


def test_settling_before_any_night_says_so(project: Project) -> None:
    done = project.run("settle", "qs.yaml")
    assert done.code == 2
    assert "no finished run of 'shop'" in done.err


def test_a_time_before_any_night_is_inconclusive(project: Project) -> None:
    project.run("nightly", "qs.yaml")
    done = project.run("settle", "qs.yaml", "--as-of", "2020-01-01")
    assert done.code == 3
    assert "no run of 'shop' had finished" in done.err
