"""Trackers that are not there, that hang, or that are something else: one line, and no waiting."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qualityslo.errors import ExitCode, InfrastructureError, UsageError
from qualityslo.records.connection import TrackerError, check_uri, probe, shown, surroundings
from qualityslo.records.mlflow import MlflowRecorder

if TYPE_CHECKING:
    from tests.records.conftest import MakeRecording, Tracker

# MLflow uses what SQLAlchemy 2.1 deprecates, also where a test reads a store back
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

TrackerOf = Callable[[str], "Tracker"]


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Return the port of a listener that accepts and never answers."""
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        one.listen(8)
        yield one.getsockname()[1]


@pytest.fixture
def other_server() -> Iterator[str]:
    """Return the address of a web server that is no tracker."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<html>welcome</html>"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.slow
def test_a_real_server_takes_a_night_and_taking_it_twice_changes_nothing(
    mlflow_server: str, make_recording: "MakeRecording", tracker: TrackerOf
) -> None:
    recorder = MlflowRecorder(mlflow_server, request_timeout_s=60)
    recorder.record(make_recording())
    before = tracker(mlflow_server).runs()
    assert len(before) == 5
    parent = next(one for one in before.values() if "qualityslo.run_id" in one.tags)
    assert set(parent.artifacts) >= {"items.parquet", "report.html", "report.json"}
    assert before["baseline"].latest["sli/quality/value"] == 0.95
    assert before["baseline"].datasets
    recorder.record(make_recording())
    assert tracker(mlflow_server).runs() == before
    found = tracker(mlflow_server).search("metrics.`sli/quality/value` < 0.96")
    assert [run.info.run_name for run in found] == ["baseline"]


@pytest.mark.timeout(60)
def test_a_closed_port_is_one_clear_line(free_port: int, make_recording: "MakeRecording") -> None:
    recorder = MlflowRecorder(f"http://127.0.0.1:{free_port}")
    with pytest.raises(InfrastructureError) as caught:
        recorder.record(make_recording())
    text = str(caught.value)
    assert text.startswith(f"MLflow at 'http://127.0.0.1:{free_port}' does not accept connections")
    assert "\n" not in text
    assert caught.value.exit_code is ExitCode.INFRASTRUCTURE


@pytest.mark.timeout(60)
def test_a_server_that_never_answers_is_given_up(
    silent_port: int, make_recording: "MakeRecording"
) -> None:
    recorder = MlflowRecorder(f"http://127.0.0.1:{silent_port}", request_timeout_s=1)
    with pytest.raises(TrackerError, match=r"did not take the report: no answer within 1 s$"):
        recorder.record(make_recording())


@pytest.mark.timeout(60)
def test_a_server_that_is_no_tracker_is_one_clear_line(
    other_server: str, make_recording: "MakeRecording"
) -> None:
    with pytest.raises(TrackerError, match="did not take the report") as caught:
        MlflowRecorder(other_server).record(make_recording())
    assert "\n" not in str(caught.value)


@pytest.mark.timeout(60)
def test_a_database_server_that_is_not_there_is_not_asked_for_minutes(
    free_port: int, make_recording: "MakeRecording"
) -> None:
    recorder = MlflowRecorder(f"postgresql://me:secret@127.0.0.1:{free_port}/mlflow")
    with pytest.raises(TrackerError, match="does not accept connections") as caught:
        recorder.record(make_recording())
    assert "secret" not in str(caught.value)


def test_a_database_without_its_driver_is_the_callers_mistake(silent_port: int) -> None:
    with pytest.raises(UsageError, match="needs a database driver"):
        probe(f"postgresql+nosuch://me:secret@127.0.0.1:{silent_port}/mlflow")


@pytest.mark.timeout(60)
def test_a_file_that_is_no_database_is_one_clear_line(
    tmp_path: Path, make_recording: "MakeRecording"
) -> None:
    path = tmp_path / "mlflow.db"
    path.write_text("not a database, just text" * 100, encoding="utf-8")
    with pytest.raises(TrackerError, match="file is not a database") as caught:
        MlflowRecorder(f"sqlite:///{path}").record(make_recording())
    assert "\n" not in str(caught.value)


def test_a_database_whose_folder_cannot_be_made_is_one_clear_line(
    tmp_path: Path, make_recording: "MakeRecording"
) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(TrackerError, match="cannot be opened"):
        MlflowRecorder(f"sqlite:///{tmp_path}/file/mlflow.db").record(make_recording())


def test_a_deleted_experiment_is_not_brought_back_behind_ones_back(
    sqlite_uri: str, make_recording: "MakeRecording", tracker: TrackerOf
) -> None:
    client = tracker(sqlite_uri).client
    client.delete_experiment(client.create_experiment("gone"))
    with pytest.raises(TrackerError, match="mlflow experiments restore -x"):
        MlflowRecorder(sqlite_uri, experiment="gone").record(make_recording())


@pytest.mark.parametrize(
    ("uri", "remedy"),
    [
        pytest.param("./mlruns", "sqlite:///./mlruns/mlflow.db", id="a folder"),
        pytest.param("file:///data/runs/", "sqlite:////data/runs/mlflow.db", id="a file URI"),
        pytest.param("", "sqlite:///runs/mlflow.db", id="nothing"),
        pytest.param(r"C:\runs", r"sqlite:///C:\\runs/mlflow.db", id="a folder on a drive"),
    ],
)
def test_a_folder_is_refused_with_the_uri_to_write_instead(uri: str, remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        MlflowRecorder(uri)
    assert remedy in str(caught.value)
    assert repr(uri) in str(caught.value)


@pytest.mark.parametrize(
    "uri", ["http://localhost:5000", "sqlite:///mlflow.db", "databricks", "postgresql://db/mlflow"]
)
def test_servers_and_databases_are_taken(uri: str) -> None:
    assert check_uri(uri) == uri


def test_a_password_is_never_shown() -> None:
    assert shown("https://me:s3cret@host/x") == "https://me:***@host/x"


def test_a_server_behind_a_proxy_is_left_to_the_proxy(
    free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.delenv("no_proxy")
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:3128")
    probe(f"http://tracker.invalid:{free_port}")


def test_the_environment_is_put_back_even_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "77")
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", raising=False)
    before = dict(os.environ)

    def inside() -> None:
        with surroundings(5):
            assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "5"
            assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "0"
            raise KeyError

    with pytest.raises(KeyError):
        inside()
    assert dict(os.environ) == before
