"""Reports and recordings for the tests of the recorders."""

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from qualityslo.domain.budget import budget_of
from qualityslo.domain.evidence import Counts
from qualityslo.domain.gate import GateDecision, GateOutcome
from qualityslo.domain.golden import Json
from qualityslo.domain.reason import against, note
from qualityslo.domain.report import DriftSummary, GoldenSummary, Report, RoleSummary
from qualityslo.domain.sli import Measure, Role, Sli, SliResult
from qualityslo.domain.slo import Slo, SloState, SloStatus
from qualityslo.domain.window import WindowResult
from qualityslo.errors import ExitCode
from qualityslo.ports import Recording
from qualityslo.stats import Estimate

SLOT = datetime(2026, 3, 1, 2, tzinfo=UTC)
AS_OF = SLOT + timedelta(hours=1)
DIGEST = "c0ffee" * 10 + "abcd"

MakeReport = Callable[..., Report]
MakeRecording = Callable[..., Recording]


def bad_rate(point: float | None, low: float, high: float) -> Estimate:
    """Return an estimate of a bad rate on 40 items."""
    return Estimate(
        point=point,
        low=low,
        high=high,
        confidence=0.95,
        labelled=0 if point is None else 20,
        items=40,
        frame="golden_set",
        method="hypergeometric",
    )


def result(sli: str, role: Role, estimate: Estimate | None, golden: str = "faq") -> SliResult:
    """Return an SLI on 40 items, one of which failed; without an estimate nothing was valid."""
    valid = 0 if estimate is None else 38
    counts = Counts(
        planned=40,
        valid=valid,
        failed=1,
        skipped=39 - valid,
        bad=min(valid, 2),
        ungraded=min(valid, 3),
        labelled=min(valid, 20),
    )
    reasons = () if estimate else (against("no_valid", "no answer was valid"),)
    return SliResult(
        sli=sli,
        golden=golden,
        role=role,
        slot=SLOT,
        counts=counts,
        estimate=estimate,
        concludes=estimate is not None,
        reasons=reasons,
    )


def status(name: str, tonight: SliResult, sli: Sli, *, charged: bool) -> SloStatus:
    """Return a status whose window saw what tonight saw."""
    slo = Slo(name=name, sli=sli, golden=tonight.golden, target=0.9, window=timedelta(days=30))
    window = WindowResult(estimate=tonight.estimate, used=1, unlabelled=0, missing=0)
    return SloStatus(
        slo=slo,
        role=tonight.role,
        charged=charged,
        tonight=tonight,
        concluded_slot=SLOT,
        window=window,
        budget=budget_of(tonight.estimate, tonight.estimate, slo.target),
        state=SloState.UNDECIDED,
        reasons=tonight.reasons,
    )


def model(name: str) -> dict[str, Json]:
    """Return a model's identity."""
    return {
        "kind": "openai_http",
        "name": name,
        "revision": "",
        "parameters": {"temperature": 0, "system": "Answer briefly."},
    }


def role_summary(role: Role, golden: str = "faq") -> RoleSummary:
    """Return how 40 answers ended."""
    return RoleSummary(
        role=role,
        golden=golden,
        model=model(role.value),
        endings={"answered": 39, "error": 1},
        failures={"timeout": 1},
        ungraded={},
        latency={"latency_p50": 0.8, "latency_p95": 2.25},
    )


@pytest.fixture
def make_report() -> MakeReport:
    """Return a maker of reports: one golden set, two models, one SLO; `changes` replace fields."""

    def make(
        *, baseline: Estimate | None = None, undefined: bool = False, **changes: Any
    ) -> Report:
        served = None if undefined else baseline or bad_rate(0.05, 0.025, 0.125)
        sli = Sli(name="correctness", criterion="correctness")
        drift = Sli(name="drift", measure=Measure.DRIFT, at_least=0.8)
        results = (
            result("correctness", Role.BASELINE, served),
            result("correctness", Role.CANDIDATE, bad_rate(None, 0.0, 0.5)),
            result("drift", Role.PAIR, bad_rate(0.0, 0.0, 0.0)),
        )
        report = Report(
            run_id="20260301T0200Z-0123456789ab",
            kind="nightly",
            service="support-assistant",
            slot=SLOT,
            as_of=AS_OF,
            revision="ab" * 32,
            conclusion="Inconclusive: too few labels.",
            next_step="Review 12 waiting items.",
            exit_code=ExitCode.INCONCLUSIVE,
            goldens=(
                GoldenSummary(
                    name="faq", version="1", items=40, digest=DIGEST, sampled_from="authored"
                ),
            ),
            roles=(role_summary(Role.BASELINE), role_summary(Role.CANDIDATE)),
            slis=results,
            slos=(
                status("quality", results[0], sli, charged=True),
                status("quality", results[1], sli, charged=False),
                status("drift", results[2], drift, charged=True),
            ),
            gate=GateDecision(
                outcome=GateOutcome.INCONCLUSIVE, reasons=(note("x", "y"),), tables=()
            ),
            drift=(
                DriftSummary(
                    golden="faq",
                    embedder="minilm",
                    defined=38,
                    identical=4,
                    undefined={"missing": 2},
                    cut=0,
                    mean=0.75,
                    lowest=0.25,
                    histogram=(0, 0, 1, 2, 5, 10, 10, 5, 3, 2),
                ),
            ),
            reviews=(),
            examples=(),
        )
        return replace(report, **changes)

    return make


def item_rows(count: int = 40) -> Iterator[dict[str, Json]]:
    """Yield rows as the store does: one an item and role."""
    for at in range(count):
        for role in ("baseline", "candidate"):
            yield {
                "golden": "faq",
                "item_id": f"q{at}",
                "item_digest": f"digest-{at}",
                "role": role,
                "text": "Paris 🌍",
                "verdicts": {"correctness": {"judge": {"good": True, "score": 1.0}}},
                "cosine": None if at == 0 else 0.5,
            }


@pytest.fixture
def make_recording(make_report: MakeReport, tmp_path: Path) -> MakeRecording:
    """Return a maker of recordings, of a given report or of the plain one."""
    page = tmp_path / "report.html"
    page.write_text("<!doctype html><title>report</title>", encoding="utf-8")

    def make(
        report: Report | Mapping[str, Json] | None = None,
        rows: Callable[[], Iterator[dict[str, Json]]] = item_rows,
        step: int = 20513,
    ) -> Recording:
        document = make_report() if report is None else report
        body = document.as_json() if isinstance(document, Report) else document
        run_id = str(body["run_id"])
        return Recording(run_id=run_id, report=body, files=(page,), step=step, item_rows=rows)

    return make


@dataclass(frozen=True)
class Tracked:
    """Everything a tracking store holds of one run, for comparison."""

    id: str
    name: str
    status: str
    start_time: int
    end_time: int
    tags: Mapping[str, str]
    params: Mapping[str, str]
    history: Mapping[str, list[tuple[int, int, float]]]  # metric -> (step, time in ms, value)
    latest: Mapping[str, float]
    artifacts: Mapping[str, str]  # path -> sha256
    datasets: list[tuple[str, str, Mapping[str, str]]]  # name, digest, tags


class Tracker:
    """Reads a tracking store back."""

    def __init__(self, uri: str) -> None:
        """Read from a store."""
        from mlflow import MlflowClient

        self.uri = uri
        self.client = MlflowClient(tracking_uri=uri)

    def search(self, query: str = "") -> list[Any]:
        """Return the runs of all experiments that a query finds."""
        homes = [one.experiment_id for one in self.client.search_experiments()]
        return list(self.client.search_runs(homes, query)) if homes else []

    def runs(self) -> dict[str, Tracked]:
        """Return all runs by name."""
        found = [self._read(run) for run in self.search()]
        assert len({one.name for one in found}) == len(found), "two runs share a name"
        return {one.name: one for one in found}

    def _read(self, run: Any) -> Tracked:
        run_id = run.info.run_id
        histories = {key: self.client.get_metric_history(run_id, key) for key in run.data.metrics}
        return Tracked(
            id=run_id,
            name=run.info.run_name,
            status=run.info.status,
            start_time=run.info.start_time,
            end_time=run.info.end_time,
            tags=dict(run.data.tags),
            params=dict(run.data.params),
            history={
                key: sorted((one.step, one.timestamp, one.value) for one in points)
                for key, points in histories.items()
            },
            latest=dict(run.data.metrics),
            artifacts={
                one.path: hashlib.sha256(self.artifact(run_id, one.path)).hexdigest()
                for one in self.client.list_artifacts(run_id)
            },
            datasets=[
                (
                    one.dataset.name,
                    one.dataset.digest,
                    {tag.key: tag.value for tag in one.tags},
                )
                for one in run.inputs.dataset_inputs
            ],
        )

    def artifact(self, run_id: str, path: str) -> bytes:
        """Return the bytes of an artifact."""
        with TemporaryDirectory() as folder:
            return Path(self.client.download_artifacts(run_id, path, folder)).read_bytes()


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of an empty tracking store: making its tables takes MLflow seconds."""
    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    MlflowClient(tracking_uri=f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def sqlite_uri(tmp_path: Path, empty_store: Path) -> str:
    """Return the URI of an empty SQLite tracking store."""
    folder = tmp_path / "tracking"
    folder.mkdir()
    shutil.copyfile(empty_store, folder / "mlflow.db")
    return f"sqlite:///{folder}/mlflow.db"


@pytest.fixture
def free_port() -> int:
    """Return a port on which nobody listens."""
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.fixture
def mlflow_server(tmp_path: Path, empty_store: Path, free_port: int) -> Iterator[str]:
    """Run `mlflow server` on an SQLite store of its own, and return its address."""
    store = tmp_path / "server.db"
    store.write_bytes(empty_store.read_bytes())
    options = {
        "--host": "127.0.0.1",
        "--port": str(free_port),
        "--backend-store-uri": f"sqlite:///{store}",
        "--artifacts-destination": str(tmp_path / "artifacts"),
        "--workers": "1",
    }
    words = [word for pair in options.items() for word in pair]
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", *words],
            stdout=log,
            stderr=log,
            cwd=tmp_path,
            start_new_session=True,
        )
        try:
            _wait_until_healthy(f"http://127.0.0.1:{free_port}", process)
            yield f"http://127.0.0.1:{free_port}"
        finally:
            os.killpg(process.pid, 9)
            process.wait()


def _wait_until_healthy(address: str, process: "subprocess.Popen[bytes]") -> None:
    pause = threading.Event()
    for _ in range(480):
        assert process.poll() is None, "mlflow server ended"
        try:
            with urlopen(f"{address}/health", timeout=5) as reply:
                if reply.status == 200:
                    return
        except (URLError, OSError):
            pause.wait(0.25)
    pytest.fail("mlflow server did not become healthy in two minutes")


@pytest.fixture(autouse=True)
def quiet_tracker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tests' own look at MLflow off proxies, progress bars and telemetry."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")


@pytest.fixture
def tracker() -> Callable[[str], Tracker]:
    """Return how to read a tracking store back."""
    return Tracker
