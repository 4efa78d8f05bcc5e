"""A night's memory hardly grows with its golden set."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SMALL, LARGE = 5_000, 30_000
MOST_BYTES_AN_ITEM = 400
SPEC = """\
version: 1
service: memory
golden: [golden.jsonl]
models:
  baseline: {use: python_callable, target: "ours:answer"}
criteria:
  correctness: {truth: "grader:contains"}
slos:
  - {name: correctness, criterion: correctness, target: 0.5}
mlflow: false
store: facts.db
"""


def peak_bytes(folder: Path, count: int) -> int:
    """Run a night in a process of its own; return the most memory that it had."""
    folder.mkdir()
    (folder / "spec.yaml").write_text(SPEC, encoding="utf-8")
    (folder / "ours.py").write_text("def answer(question):\n    return question\n")
    with (folder / "golden.jsonl").open("w", encoding="utf-8") as file:
        for number in range(count):
            row = {"id": f"q{number}", "question": f"Say {number}.", "references": [str(number)]}
            file.write(json.dumps(row) + "\n")
    arguments = [sys.executable, "-m", "qualityslo.cli.main", "nightly", "spec.yaml", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    with (folder / "report.json").open("w") as out:
        process = subprocess.Popen(arguments, cwd=folder, env=environment, stdout=out)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)  # it was not Popen that waited
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report["roles"][0]["endings"] == {"answered": count}
    return used.ru_maxrss * 1024


@pytest.mark.slow
def test_a_night_takes_a_few_hundred_bytes_an_item_more(tmp_path: Path) -> None:
    """Concluding holds a few columns, and no item, no answer, no text of a digest."""
    small, large = (peak_bytes(tmp_path / str(count), count) for count in (SMALL, LARGE))
    assert large - small < MOST_BYTES_AN_ITEM * (LARGE - SMALL)
