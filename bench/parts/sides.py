"""The two sides of the throughput bench as processes: a night of qualityslo, and the bare loop."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.parts.endpoint import code_of

ROOT = Path(__file__).resolve().parent.parent.parent
PARTS = ROOT / "bench" / "parts"
SIDES = ("qualityslo", "bare loop")
_NOISE = (
    "The depot keeps its own ledger of permits and the night shift reads the pump meters. " * 4
)
_SPEC = """\
version: 1
service: bench
golden: [golden.jsonl]
models:
  baseline:
    {{use: openai_http, base_url: "{url}", model: mock, stream: {stream}, concurrency: {workers}}}
criteria:
  correctness: {{truth: "grader:contains"}}
slos:
  - {{name: correctness, criterion: correctness, target: 0.8}}
mlflow: false
store: facts.db
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one comparison is about."""

    stream: bool
    latency_ms: int
    fault_percent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What one process took: seconds, and MiB at its peak; and how many requests it sent."""

    wall_s: float
    cpu_s: float
    span_s: float
    peak_mib: float
    requests: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where the runs happen."""

    folder: Path
    port: int
    workers: int

    def url(self, cell: Cell) -> str:
        """Return the base URL of what a cell is about."""
        faults = f"/{cell.fault_percent}" if cell.fault_percent else ""
        return f"http://127.0.0.1:{self.port}/{cell.latency_ms}{faults}/v1"

    def tell(self, path: str) -> dict[str, Any]:
        """Ask the endpoint about its counts."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}") as reply:
            found: dict[str, Any] = json.loads(reply.read())
        return found


@contextmanager
def endpoint() -> Iterator[int]:
    """Run the endpoint and give its port."""
    arguments = [sys.executable, str(PARTS / "endpoint.py")]
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()


def write_golden(path: Path, count: int) -> None:
    """Write a golden set of closed questions, each with its context."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            key = f"S-{number:07d}"
            row = {
                "id": f"q{number:07d}",
                "question": f"What is the access code of site {key}?",
                "references": [code_of(key)],
                "context": f"{_NOISE}Site {key} opens with the access code {code_of(key)}.",
            }
            file.write(json.dumps(row) + "\n")


def start(bench: Bench, side: str, cell: Cell, folder: Path) -> "subprocess.Popen[bytes]":
    """Start a side in a folder with `golden.jsonl`; what it says goes to `report.json`, `errors`."""
    url, stream = bench.url(cell), json.dumps(cell.stream)
    if side == "bare loop":
        files = [str(folder / "golden.jsonl"), str(folder / "answers.jsonl")]
        asking = [f"{url}/chat/completions", str(bench.workers), stream]
        arguments = [sys.executable, str(PARTS / "bare_loop.py"), *files, *asking]
    else:
        spec = _SPEC.format(url=url, stream=stream, workers=bench.workers)
        (folder / "spec.yaml").write_text(spec, encoding="utf-8")
        arguments = [sys.executable, "-m", "qualityslo.cli.main", "nightly", "spec.yaml", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (folder / "report.json").open("w") as out, (folder / "errors").open("w") as errors:
        return subprocess.Popen(arguments, cwd=folder, env=environment, stdout=out, stderr=errors)


def report(folder: Path) -> dict[str, Any]:
    """Return what a night in a folder concluded."""
    found: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return found


def score(report: dict[str, Any]) -> dict[str, Any]:
    """Return what of a report must not depend on how the answers came."""
    endings = [(one["endings"], one["failures"], one["ungraded"]) for one in report["roles"]]
    return {"slis": report["slis"], "endings": endings}


@contextmanager
def place(bench: Bench, golden: Path) -> Iterator[Path]:
    """Give a folder with a golden set, and let the endpoint count anew."""
    with tempfile.TemporaryDirectory(dir=bench.folder) as name:
        (Path(name) / "golden.jsonl").symlink_to(golden)
        bench.tell("reset")
        yield Path(name)


def run(bench: Bench, side: str, cell: Cell, folder: Path, asked: int) -> Took:
    """Run one side in a folder to its end.

    Raises:
        RuntimeError: it did not ask about every item.
    """
    begun = time.monotonic()
    process = start(bench, side, cell, folder)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - begun
    process.returncode = os.waitstatus_to_exitcode(status)  # it was not Popen that waited
    counts = bench.tell("stats")
    if counts["sites"] != asked:
        raise RuntimeError((folder / "errors").read_text()[-3000:])
    return Took(
        wall_s=wall,
        cpu_s=used.ru_utime + used.ru_stime,
        span_s=counts["last"] - counts["first"],
        peak_mib=used.ru_maxrss / 1024,
        requests=counts["asked"],
    )


def start_cpu_s(bench: Bench, golden: Path) -> float:
    """Return the CPU time that a night takes until its first request, which waits for 2 s."""
    with place(bench, golden) as folder:
        process = start(bench, "qualityslo", Cell(stream=True, latency_ms=2_000), folder)
        while process.poll() is None and not bench.tell("stats")["asked"]:
            time.sleep(0.02)
        used = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        process.wait()
    return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")
