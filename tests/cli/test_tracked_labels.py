"""Labels in MLflow, as a user gets them there: nightly, people, settle."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from qualityslo.bootstrap import World, prepare
from tests.cli.conftest import SPEC, Project
from tests.fakes import FakeProgress

# MLflow uses what SQLAlchemy 2.1 deprecates, also where a test reads a store back
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

HUMAN = SPEC.replace(
    'correctness: {truth: "grader:contains"}', "correctness: {truth: human, label_policy: single}"
)


@pytest.mark.slow
def test_settle_adds_a_point_to_the_nights_run_and_a_trace_a_reviewed_answer(
    make_project: Callable[..., Project],
) -> None:
    from mlflow import MlflowClient

    uri = "sqlite:///mlflow.db"
    project = make_project(HUMAN.replace("mlflow: false", f"mlflow: {{tracking_uri: '{uri}'}}"))
    first = project.run("nightly", "qs.yaml")
    assert "recorded in MLflow (1)" in first.err
    rows = [
        json.loads(line)
        for line in project.run(
            "review", "export", "qs.yaml", "--reviewer", "ann"
        ).out.splitlines()
    ]
    for row in rows:
        for arm, blanks in row["labels"].items():
            said = "good" if row["references"][0] in row["answers"][arm] else "bad"
            row["labels"][arm] = dict.fromkeys(blanks, said)
    project.write_rows("done.jsonl", rows)
    project.run("review", "import", "qs.yaml", "done.jsonl")
    settled = project.run("settle", "qs.yaml")
    assert "labels recorded in MLflow (1)" in settled.err
    again = project.run("settle", "qs.yaml")
    assert "recorded in MLflow" not in again.err

    client = MlflowClient(tracking_uri=f"sqlite:///{project.folder / 'mlflow.db'}")
    home = client.get_experiment_by_name("qualityslo/shop")
    assert home is not None
    (baseline,) = client.search_runs([home.experiment_id], "tags.`qualityslo.role` = 'baseline'")
    points = client.get_metric_history(baseline.info.run_id, "sli/correctness/labelled")
    assert max((one.timestamp, one.value) for one in points)[1] == 10
    assert len(points) == 2
    assert len({one.step for one in points}) == 1
    traces = client.search_traces(locations=[home.experiment_id], max_results=100)
    assert len(traces) == sum(len(row["answers"]) for row in rows)
    said_of_wrong = {
        (one.source.source_type, one.source.source_id, one.value)
        for trace in traces
        if "Paris" in trace.data.spans[0].outputs
        for one in trace.info.assessments
    }
    assert said_of_wrong == {("HUMAN", "ann", "bad"), ("CODE", "correctness", "bad")}


@pytest.mark.parametrize(
    ("line", "tracked_and_told"),
    [
        ("mlflow: {tracking_uri: 'sqlite:///m.db'}", (True, True)),
        ("mlflow: {labels: false}", (True, False)),
        ("mlflow: false", (False, False)),
    ],
    ids=["labels are told by default", "labels may stay here", "nothing is told"],
)
def test_the_spec_says_whether_labels_are_told(
    line: str,
    tracked_and_told: tuple[bool, bool],
    make_project: Callable[..., Project],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = make_project(HUMAN.replace("mlflow: false", line))
    monkeypatch.chdir(project.folder)
    world = World(
        clock=lambda: datetime(2026, 3, 2, 2, tzinfo=UTC),
        environ={},
        root=project.folder,
        progress=FakeProgress(),
    )
    parts = prepare(project.folder / "qs.yaml", world).parts
    assert (parts.recorder is not None, parts.feedback is not None) == tracked_and_told
