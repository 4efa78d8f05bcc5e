"""A project folder as a user would have it, and the command run in it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

COMMAND = [sys.executable, "-m", "qualityslo.cli.main"]
SPEC = """\
version: 1
service: shop
golden: [golden.jsonl]
models:
  baseline: {use: recorded, path: baseline.jsonl}
  candidate: {use: recorded, path: candidate.jsonl}
criteria:
  correctness: {truth: "grader:contains"}
slos:
  - {name: correctness, criterion: correctness, target: 0.6}
  - {name: availability, sli: availability, target: 0.9}
mlflow: false
"""


@dataclass
class Done:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


@dataclass
class Project:
    """A folder with a spec, a golden set of ten items, and recorded answers."""

    folder: Path

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def write_rows(self, name: str, rows: Sequence[Mapping[str, object]]) -> Path:
        """Write a JSONL file of the project."""
        return self.write(
            name, "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
        )

    def run(self, *arguments: str, environ: Mapping[str, str] | None = None) -> Done:
        """Run the command in the folder."""
        finished = subprocess.run(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env={**os.environ, **(environ or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return Done(code=finished.returncode, out=finished.stdout, err=finished.stderr)


def golden_rows(count: int = 10) -> list[dict[str, object]]:
    """Return questions after capitals that do not exist."""
    return [
        {
            "id": f"q{n:02d}",
            "question": f"What is the capital of country {n}?",
            "references": [f"city{n}"],
            "slices": {"half": "first" if n < count / 2 else "second"},
        }
        for n in range(count)
    ]


def answer_rows(wrong: Sequence[int], count: int = 10) -> list[dict[str, object]]:
    """Return recorded answers, wrong on some items."""
    return [
        {"id": f"q{n:02d}", "text": "No idea, maybe Paris." if n in wrong else f"It is city{n}."}
        for n in range(count)
    ]


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[..., Project]:
    """Return a builder of projects."""

    def build(spec: str = SPEC, count: int = 10) -> Project:
        project = Project(folder=tmp_path)
        project.write("qs.yaml", spec)
        project.write_rows("golden.jsonl", golden_rows(count))
        project.write_rows("baseline.jsonl", answer_rows([3], count))
        project.write_rows("candidate.jsonl", answer_rows([3, 5], count))
        return project

    return build


@pytest.fixture
def project(make_project: Callable[..., Project]) -> Project:
    """Return the usual project."""
    return make_project()
