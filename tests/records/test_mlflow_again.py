"""Telling twice, telling later, telling after a break: the tracking store says it once."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from qualityslo.domain.golden import Json
from qualityslo.errors import StoreError
from qualityslo.records.connection import TrackerError
from qualityslo.records.mlflow import MlflowRecorder

if TYPE_CHECKING:
    from qualityslo.domain.report import Report
    from tests.records.conftest import MakeRecording, MakeReport, Tracker

# MLflow uses what SQLAlchemy 2.1 deprecates, also where a test reads a store back
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

PARENT = "nightly 2026-03-01 02:00Z (0123456789ab)"
SLOT_MS = 1_772_330_400_000
HOUR_MS = 3_600_000

TrackerOf = Callable[[str], "Tracker"]


def test_recording_twice_changes_nothing(
    sqlite_uri: str, make_recording: "MakeRecording", tracker: TrackerOf
) -> None:
    recorder = MlflowRecorder(sqlite_uri)
    recorder.record(make_recording())
    before = tracker(sqlite_uri).runs()
    recorder.record(make_recording())
    MlflowRecorder(sqlite_uri).record(make_recording())
    after = tracker(sqlite_uri).runs()
    assert {name: asdict(run) for name, run in after.items()} == {
        name: asdict(run) for name, run in before.items()
    }


@pytest.mark.parametrize("call", ["log_inputs", "log_batch", "set_terminated", "log_artifacts"])
def test_a_recording_that_broke_off_is_completed_by_the_next(
    call: str,
    sqlite_uri: str,
    make_recording: "MakeRecording",
    tracker: TrackerOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from mlflow import MlflowClient

    def refuse(*_: Any, **__: Any) -> None:
        raise ConnectionResetError("the server went away")

    recorder = MlflowRecorder(sqlite_uri)
    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, call, refuse)
        with pytest.raises(TrackerError, match="the server went away"):
            recorder.record(make_recording())
    assert "qualityslo.as_of" not in tracker(sqlite_uri).runs()[PARENT].tags
    recorder.record(make_recording())
    broken_off = tracker(sqlite_uri).runs()
    assert len(broken_off) == 5
    assert broken_off[PARENT].tags["qualityslo.as_of"] == "2026-03-01T03:00:00Z"
    recorder.record(make_recording())
    assert tracker(sqlite_uri).runs() == broken_off


def test_runs_are_found_again_on_whatever_page_they_stand(
    sqlite_uri: str,
    make_recording: "MakeRecording",
    tracker: TrackerOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from mlflow import MlflowClient

    search = MlflowClient.search_runs

    def one_a_page(*args: Any, **options: Any) -> Any:
        return search(*args, **{**options, "max_results": 1})

    recorder = MlflowRecorder(sqlite_uri)
    recorder.record(make_recording())
    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "search_runs", one_a_page)
        recorder.record(make_recording())
    assert len(tracker(sqlite_uri).search()) == 5


def test_an_experiment_that_somebody_else_makes_in_between_is_used(
    sqlite_uri: str,
    make_recording: "MakeRecording",
    tracker: TrackerOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from mlflow import MlflowClient

    make = MlflowClient.create_experiment

    def beaten(*args: Any, **options: Any) -> Any:
        make(*args, **options)
        return make(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "create_experiment", beaten)
        MlflowRecorder(sqlite_uri).record(make_recording())
    assert len(tracker(sqlite_uri).runs()) == 5


def test_an_error_of_the_fact_store_is_not_blamed_on_the_tracker(
    sqlite_uri: str, make_recording: "MakeRecording", tracker: TrackerOf
) -> None:
    def broken() -> Iterator[dict[str, Json]]:
        yield {"golden": "faq", "item_id": "q0", "item_digest": "d"}
        raise StoreError("the store went away")

    with pytest.raises(StoreError, match="went away"):
        MlflowRecorder(sqlite_uri).record(make_recording(rows=broken))
    assert tracker(sqlite_uri).runs() == {}


def test_a_settled_report_adds_later_points_at_the_same_step_and_they_win(
    sqlite_uri: str, make_report: "MakeReport", make_recording: "MakeRecording", tracker: TrackerOf
) -> None:
    first = make_report()
    worse = make_report(baseline=_rate(first, 0.075))
    settled = replace(worse, as_of=first.as_of + timedelta(days=2))
    recorder = MlflowRecorder(sqlite_uri)
    recorder.record(make_recording(first))
    recorder.record(make_recording(settled))
    runs = tracker(sqlite_uri).runs()
    assert len(runs) == 5
    assert runs["baseline"].history["sli/quality/value"] == [
        (20513, SLOT_MS + HOUR_MS, 0.95),
        (20513, SLOT_MS + 49 * HOUR_MS, 0.925),
    ]
    assert runs["baseline"].latest["sli/quality/value"] == 0.925
    remaining = runs["ledger quality"].history["budget/quality/remaining"]
    assert [value for _, _, value in remaining] == pytest.approx([0.5, 0.25])
    assert runs["ledger quality"].latest["budget/quality/remaining"] == pytest.approx(0.25)
    late = {moment - SLOT_MS for _, moment, _ in remaining}
    assert late == {3600, 49 * 3600}, "a ledger's points stand within minutes of their slot"


def test_an_older_conclusion_of_a_run_is_left_out(
    sqlite_uri: str, make_report: "MakeReport", make_recording: "MakeRecording", tracker: TrackerOf
) -> None:
    first = make_report()
    recorder = MlflowRecorder(sqlite_uri)
    recorder.record(make_recording(replace(first, as_of=first.as_of + timedelta(microseconds=1))))
    before = tracker(sqlite_uri).runs()
    recorder.record(make_recording(replace(first, conclusion="older", as_of=first.as_of)))
    assert tracker(sqlite_uri).runs() == before


def test_two_nights_share_the_ledger_and_nothing_else(
    sqlite_uri: str, make_report: "MakeReport", make_recording: "MakeRecording", tracker: TrackerOf
) -> None:
    first = make_report()
    day = timedelta(days=1)
    second = replace(
        first, run_id="x-2", slot=first.slot + day, as_of=first.as_of + day, revision="cd" * 32
    )
    recorder = MlflowRecorder(sqlite_uri)
    recorder.record(make_recording(second, step=2))
    recorder.record(make_recording(first, step=1))
    found = tracker(sqlite_uri).search("tags.`qualityslo.ledger` = 'quality'")
    assert len(found) == 1
    assert len(tracker(sqlite_uri).search()) == 8
    history = tracker(sqlite_uri).client.get_metric_history(
        found[0].info.run_id, "budget/quality/revision_mark"
    )
    points = sorted((one.step, one.timestamp - SLOT_MS, one.value) for one in history)
    assert [one[:2] for one in points] == [(1, 3600), (2, 24 * HOUR_MS + 3600)]
    assert points[0][2] != points[1][2], "a new revision moves the mark"


def _rate(report: "Report", point: float) -> Any:
    estimate = report.slis[0].estimate
    assert estimate is not None
    return replace(estimate, point=point)
