"""Reports in a real tracking store: what stands there, and that telling twice adds nothing."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qualityslo.domain.golden import Json
from qualityslo.domain.jsonable import to_json
from qualityslo.domain.report import GoldenSummary, Report
from qualityslo.domain.sli import Role
from qualityslo.records.connection import TrackerError
from qualityslo.records.content import parent_content, role_content
from qualityslo.records.mlflow import MlflowRecorder

if TYPE_CHECKING:
    from qualityslo.ports import Recorder
    from tests.records.conftest import MakeRecording, MakeReport, Tracker

# MLflow uses what SQLAlchemy 2.1 deprecates, also where a test reads a store back
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

CASES = Path(__file__).parent.parent / "cases"
PARENT = "nightly 2026-03-01 02:00Z (0123456789ab)"
SLOT_MS = 1_772_330_400_000
HOUR_MS = 3_600_000

TrackerOf = Callable[[str], "Tracker"]


def test_the_recorder_is_a_recorder(sqlite_uri: str) -> None:
    recorder: Recorder = MlflowRecorder(sqlite_uri)
    assert recorder.target == "mlflow"


def test_a_night_becomes_a_parent_two_children_and_a_ledger_per_slo(
    sqlite_uri: str, make_recording: "MakeRecording", tracker: TrackerOf
) -> None:
    MlflowRecorder(sqlite_uri).record(make_recording())
    runs = tracker(sqlite_uri).runs()
    assert set(runs) == {PARENT, "baseline", "candidate", "ledger quality", "ledger drift"}
    parent = runs[PARENT]
    assert (parent.status, parent.start_time, parent.end_time) == (
        "FINISHED",
        SLOT_MS,
        SLOT_MS + HOUR_MS,
    )
    assert {key: text for key, text in parent.tags.items() if key.startswith("qualityslo.")} == {
        "qualityslo.run_id": "20260301T0200Z-0123456789ab",
        "qualityslo.kind": "nightly",
        "qualityslo.service": "support-assistant",
        "qualityslo.slot": "2026-03-01T02:00:00Z",
        "qualityslo.as_of": "2026-03-01T03:00:00Z",
        "qualityslo.decision": "inconclusive",
        "qualityslo.exit_code": "3",
        "qualityslo.revision": "ab" * 32,
        "qualityslo.revision_mark": parent.tags["qualityslo.revision_mark"],
        "qualityslo.golden.faq": "c0ffee" * 10 + "abcd",
        "qualityslo.undefined": "none",
    }
    assert parent.tags["mlflow.note.content"].startswith("Inconclusive: too few labels.")
    assert set(parent.artifacts) == {
        "decision.json",
        "items.parquet",
        "report.html",
        "report.json",
        "undefined.json",
    }
    assert parent.latest["drift/faq/mean"] == 0.75
    assert parent.latest["sli/drift/value"] == 1.0
    for role in ("baseline", "candidate"):
        assert runs[role].tags["mlflow.parentRunId"] == parent.id
        assert runs[role].tags["qualityslo.role"] == role


def test_a_role_has_the_good_ratio_its_denominators_and_its_identity(
    sqlite_uri: str, make_recording: "MakeRecording", tracker: TrackerOf
) -> None:
    MlflowRecorder(sqlite_uri).record(make_recording())
    baseline = tracker(sqlite_uri).runs()["baseline"]
    assert baseline.latest == {
        "sli/quality/value": 0.95,
        "sli/quality/low": 0.875,
        "sli/quality/high": 0.975,
        "sli/quality/valid": 38,
        "sli/quality/bad": 2,
        "sli/quality/ungraded": 3,
        "sli/quality/failed": 1,
        "sli/quality/skipped": 1,
        "sli/quality/labelled": 20,
        "latency/faq/latency_p50": 0.8,
        "latency/faq/latency_p95": 2.25,
    }
    assert baseline.params == {
        "model/kind": "openai_http",
        "model/name": "baseline",
        "model/revision": "",
        "model/parameters/temperature": "0",
        "model/parameters/system": "Answer briefly.",
    }
    digest = "c0ffee" * 10 + "abcd"
    tags = {"mlflow.data.context": "evaluation", "qualityslo.golden_sha256": digest}
    assert baseline.datasets == [("faq", digest[:36], tags)]


def test_a_value_that_is_not_known_is_absent_while_its_bounds_are_there(
    sqlite_uri: str, make_recording: "MakeRecording", tracker: TrackerOf
) -> None:
    MlflowRecorder(sqlite_uri).record(make_recording())
    candidate = tracker(sqlite_uri).runs()["candidate"]
    assert "sli/quality/value" not in candidate.latest
    assert candidate.latest["sli/quality/low"] == 0.5
    assert candidate.latest["sli/quality/high"] == 1.0
    assert candidate.tags["qualityslo.undefined"] == "sli/quality/value"


def test_the_ledger_is_charged_by_the_serving_model_only(
    sqlite_uri: str, make_recording: "MakeRecording", tracker: TrackerOf
) -> None:
    MlflowRecorder(sqlite_uri).record(make_recording(step=7))
    ledger = tracker(sqlite_uri).runs()["ledger quality"]
    assert ledger.tags["qualityslo.ledger"] == "quality"
    assert ledger.latest["budget/quality/consumed"] == pytest.approx(0.5)
    assert ledger.latest["budget/quality/remaining"] == pytest.approx(0.5)
    assert ledger.latest["budget/quality/burn"] == pytest.approx(0.5)
    assert {step for points in ledger.history.values() for step, _, _ in points} == {7}


def test_undefined_figures_are_named_and_never_stored_as_numbers(
    sqlite_uri: str, make_report: "MakeReport", make_recording: "MakeRecording", tracker: TrackerOf
) -> None:
    """Case C39: correctness, hallucination and burn are undefined, the drift mean is 0.05."""
    expected = json.loads((CASES / "expected" / "C39.json").read_text(encoding="utf-8"))
    given = json.loads((CASES / "inputs" / "C39-results.json").read_text(encoding="utf-8"))["slis"]
    report = _undefined_report(make_report, to_json(given["drift_mean"]["value"]))
    MlflowRecorder(sqlite_uri).record(make_recording(report.as_json()))
    store = tracker(sqlite_uri)
    runs = store.runs()
    assert runs[PARENT].latest["drift/faq/mean"] == expected["metrics"]["drift_mean"]
    values = {key for run in runs.values() for key in run.latest}
    assert not [key for key in values if key.endswith(("/value", "/burn", "/low", "/high"))]
    for name in ("correctness", "hallucination_rate"):
        assert runs["baseline"].latest[f"sli/{name}/valid"] == 0
    for query in (
        "metrics.`sli/hallucination_rate/value` < 0.1",
        "metrics.`sli/hallucination_rate/value` = 0",
        "metrics.`budget/burn_rate_1d/burn` > 1000",
        "metrics.`budget/burn_rate_1d/burn` = 0",
    ):
        assert store.search(query) == []
    undefined = json.loads(store.artifact(runs[PARENT].id, "undefined.json"))
    why = undefined["baseline"]["sli/hallucination_rate/value"]
    assert why["reasons"][0]["code"] == "no_valid"
    assert why["counts"]["valid"] == 0
    assert "budget/burn_rate_1d/burn" in undefined["ledger"]
    assert "sli/correctness/value" in runs["baseline"].tags["qualityslo.undefined"]


def test_drift_without_a_single_cosine_is_undefined_with_its_counts(
    make_report: "MakeReport",
) -> None:
    report = make_report()
    drift = replace(report.drift[0], mean=None, lowest=None, defined=0, undefined={"missing": 40})
    content = parent_content(replace(report, drift=(drift,)).as_json())
    assert set(content.undefined) == {"drift/faq/mean", "drift/faq/lowest"}
    assert content.metrics["drift/faq/defined"] == 0
    assert content.metrics["drift/faq/undefined"] == 40


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_is_never_sent(
    number: float,
    sqlite_uri: str,
    make_report: "MakeReport",
    make_recording: "MakeRecording",
    tracker: TrackerOf,
) -> None:
    body: Any = make_report().as_json()
    body["roles"][0]["latency"]["latency_p50"] = number
    with pytest.raises(TrackerError, match="not JSON compliant"):
        MlflowRecorder(sqlite_uri).record(make_recording(body))
    assert tracker(sqlite_uri).runs() == {}
    assert role_content(body, "baseline").metrics.keys() == {
        *role_content(body, "candidate").metrics,
        "sli/quality/value",
    } - {"latency/faq/latency_p50"}


def test_names_that_mlflow_refuses_are_changed_and_written_down(
    sqlite_uri: str, make_report: "MakeReport", make_recording: "MakeRecording", tracker: TrackerOf
) -> None:
    report = make_report()
    first = report.slos[0]
    odd = [
        replace(first, slo=replace(first.slo, name=name))
        for name in ("p95 < 2s", "p95 > 2s", 'it\'s "100%"')
    ]
    MlflowRecorder(sqlite_uri).record(make_recording(replace(report, slos=tuple(odd))))
    store = tracker(sqlite_uri)
    runs = store.runs()
    renamed = json.loads(store.artifact(runs[PARENT].id, "names.json"))
    for name in ("p95 < 2s", "p95 > 2s", 'it\'s "100%"'):
        (safe,) = [key for key, text in renamed.items() if text == f"sli/{name}/value"]
        assert runs["baseline"].latest[safe] == 0.95
        assert runs[f"ledger {name}"].tags["qualityslo.ledger"] == name
    MlflowRecorder(sqlite_uri).record(make_recording(replace(report, slos=tuple(odd))))
    assert store.runs().keys() == runs.keys()


def test_a_long_parameter_says_that_it_was_cut_and_where_the_rest_is(
    sqlite_uri: str, make_report: "MakeReport", make_recording: "MakeRecording", tracker: TrackerOf
) -> None:
    report = make_report()
    prompt = "Ä" * 20_000 + "\0\ud800"
    body: Any = report.as_json()
    body["roles"][0]["model"]["parameters"]["system"] = prompt
    MlflowRecorder(sqlite_uri).record(make_recording(body))
    store = tracker(sqlite_uri)
    baseline = store.runs()["baseline"]
    kept = baseline.params["model/parameters/system"]
    assert len(kept) == 6000
    assert kept.endswith("[cut, 20002 in all: model.json]...")
    model = json.loads(store.artifact(baseline.id, "model.json"))
    assert model["parameters"]["system"] == prompt


def test_two_golden_sets_are_two_inputs_and_keep_their_slis_apart(
    sqlite_uri: str, make_report: "MakeReport", make_recording: "MakeRecording", tracker: TrackerOf
) -> None:
    report = make_report()
    other = GoldenSummary(name="faq 2", version="1", items=40, digest="d" * 64, sampled_from="")
    served = report.slis[0]
    second = replace(
        served, golden="faq 2", sli="correctness", counts=replace(served.counts, bad=9)
    )
    twice = replace(
        report,
        goldens=(*report.goldens, other),
        roles=(*report.roles, replace(report.roles[0], golden="faq 2")),
        slis=(served, second, replace(second, sli="quality", role=Role.BASELINE)),
    )
    MlflowRecorder(sqlite_uri).record(make_recording(twice))
    baseline = tracker(sqlite_uri).runs()["baseline"]
    assert {name for name, _, _ in baseline.datasets} == {"faq", "faq 2"}
    assert baseline.latest["sli/quality/bad"] == 2
    assert baseline.latest["sli/correctness/bad"] == 9
    assert baseline.latest["sli/quality.faq 2/bad"] == 9


def test_a_file_that_is_gone_does_not_hold_up_the_rest(
    sqlite_uri: str, make_recording: "MakeRecording", tracker: TrackerOf, tmp_path: Path
) -> None:
    recording = replace(make_recording(), files=(tmp_path / "gone.html", tmp_path))
    MlflowRecorder(sqlite_uri).record(recording)
    assert "gone.html" not in tracker(sqlite_uri).runs()[PARENT].artifacts


def test_a_run_without_item_rows_is_recorded_without_the_table(
    sqlite_uri: str, make_recording: "MakeRecording", tracker: TrackerOf
) -> None:
    def nothing() -> Iterator[dict[str, Json]]:
        return iter(())

    MlflowRecorder(sqlite_uri).record(make_recording(rows=nothing))
    runs = tracker(sqlite_uri).runs()
    assert "items.parquet" not in runs[PARENT].artifacts
    assert [name for name, _, _ in runs["baseline"].datasets] == ["faq"]


def test_artifacts_lie_beside_the_database_wherever_the_program_runs(
    sqlite_uri: str,
    make_recording: "MakeRecording",
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    MlflowRecorder(sqlite_uri).record(make_recording())
    assert list(elsewhere.iterdir()) == []
    assert list((tmp_path / "tracking" / "mlartifacts").rglob("report.json"))


def test_the_host_program_keeps_its_mlflow_its_environment_and_its_streams(
    sqlite_uri: str,
    make_recording: "MakeRecording",
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    import logging

    import mlflow

    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "77")
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", raising=False)
    fresh = f"sqlite:///{tmp_path}/not/there/yet/mlflow.db"
    mlflow.set_tracking_uri(sqlite_uri)
    try:
        with mlflow.start_run() as mine:
            before = dict(os.environ), logging.getLogger("mlflow").level
            capfd.readouterr()
            MlflowRecorder(fresh).record(make_recording())
            assert capfd.readouterr() == ("", "")
            assert (dict(os.environ), logging.getLogger("mlflow").level) == before
            active = mlflow.active_run()
            assert active is not None
            assert active.info.run_id == mine.info.run_id
            assert mlflow.get_tracking_uri() == sqlite_uri
    finally:
        mlflow.set_tracking_uri(None)  # type: ignore[arg-type] # None is how it is unset


def test_an_experiment_of_ones_own_is_used(
    sqlite_uri: str, make_recording: "MakeRecording", tracker: TrackerOf
) -> None:
    MlflowRecorder(sqlite_uri, experiment="quality/prod").record(make_recording())
    names = [one.name for one in tracker(sqlite_uri).client.search_experiments()]
    assert "quality/prod" in names
    assert "qualityslo/support-assistant" not in names


def _undefined_report(make_report: "MakeReport", drift_mean: Json) -> Report:
    """Return the figures of case C39 as a report of ours."""
    report = make_report(undefined=True)
    served = report.slis[0]
    statuses = tuple(
        replace(report.slos[0], slo=replace(report.slos[0].slo, name=name, sli=sli))
        for name, sli in (
            ("burn_rate_1d", report.slos[0].slo.sli),
            ("correctness", report.slos[0].slo.sli),
        )
    )
    assert isinstance(drift_mean, float)
    return replace(
        report,
        slis=(served, replace(served, sli="hallucination_rate")),
        slos=statuses,
        drift=(replace(report.drift[0], mean=drift_mean, defined=40),),
    )
