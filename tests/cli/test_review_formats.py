"""Reviews to other tools and labels back, as a user does it."""

import csv
import json
from collections.abc import Callable
from xml.etree import ElementTree as ET

from tests.cli.conftest import SPEC, Project

HUMAN = SPEC.replace(
    'correctness: {truth: "grader:contains"}', "correctness: {truth: human, label_policy: single}"
)


def test_label_studio_argilla_and_a_table_carry_labels_back(
    make_project: Callable[..., Project],
) -> None:
    project = make_project(HUMAN)
    assert project.run("nightly", "qs.yaml").code == 3
    out = ("--format", "label-studio", "--out", "tasks.json", "--config-out", "config.xml")
    assert "10 reviews wait in tasks.json" in project.run("review", "export", "qs.yaml", *out).err
    config = ET.parse(project.folder / "config.xml")
    assert [one.get("name") for one in config.iter("Choices")] == [
        "a_correctness",
        "b_correctness",
    ]
    tasks = json.loads((project.folder / "tasks.json").read_text(encoding="utf-8"))
    good = {"from_name": "a_correctness", "type": "choices", "value": {"choices": ["good"]}}
    tasks[0]["annotations"] = [{"completed_by": 1, "was_cancelled": False, "result": [good]}]
    project.write("done.json", json.dumps(tasks))
    back = ("review", "import", "qs.yaml", "done.json", "--format", "label-studio")
    refused = project.run(*back)
    assert refused.code == 2
    assert "done.json: task 1, annotation 1: reviewer 1: say who looked" in refused.err
    assert project.run(*back, "--person", "1=ann", "--json").json == {"new": 1, "known": 0}

    records = json.loads(project.run("review", "export", "qs.yaml", "--format", "argilla").out)
    said = {"value": "bad", "user_id": "bob", "status": "submitted"}
    records[0]["responses"] = {"a_correctness": [said]}
    project.write("done.json", json.dumps(records))
    argilla = project.run("review", "import", "qs.yaml", "done.json", "--format", "argilla")
    assert "1 labels stored" in argilla.out

    table = ("--format", "csv", "--reviewer", "eve", "--out", "open.csv")
    project.run("review", "export", "qs.yaml", *table)
    with (project.folder / "open.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    rows[1][rows[0].index("value")] = "unsure"
    with (project.folder / "done.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    filled = project.run("review", "import", "qs.yaml", "done.csv", "--format", "csv", "--json")
    assert filled.json == {"new": 1, "known": 0}


def test_options_that_do_not_belong_together_are_refused(project: Project) -> None:
    alone = project.run("review", "export", "qs.yaml", "--config-out", "config.xml")
    assert alone.code == 2
    assert "--config-out belongs to --format label-studio" in alone.err
    project.write("done.json", "[]")
    done = ("review", "import", "qs.yaml", "done.json", "--format", "argilla")
    nameless = project.run(*done, "--person", "ann")
    assert nameless.code == 2
    assert "--person 'ann': write ID=NAME" in nameless.err
