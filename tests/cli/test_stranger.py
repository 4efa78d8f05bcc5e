"""A stranger's grader, in a package of its own, works through its entry point."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import SPEC, Project, answer_rows

STRANGER = Path(__file__).parents[1] / "stranger"


def test_a_strangers_grader_judges_a_night(
    make_project: Callable[..., Project], tmp_path: Path
) -> None:
    installed = tmp_path / "site"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"),
            *("--no-build-isolation", "--target", str(installed), str(STRANGER)),
        ],
        check=True,
        timeout=120,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    spec = SPEC.replace(
        "criteria:\n", 'criteria:\n  politeness: {truth: "grader:polite"}\n'
    ).replace("slos:\n", "slos:\n  - {name: polite, criterion: politeness, target: 0.95}\n")
    project = make_project(spec)
    rude = {"id": "q00", "text": "What a stupid question."}
    project.write_rows("baseline.jsonl", [rude, *answer_rows([3])[1:]])
    done = project.run("nightly", "qs.yaml", "--json", environ={"PYTHONPATH": str(installed)})
    assert done.code == 1, done.err
    bad = {
        one["role"]: (one["counts"]["bad"], one["counts"]["valid"])
        for one in done.json["slis"]
        if one["sli"] == "politeness"
    }
    assert bad == {"baseline": (1, 10), "candidate": (0, 10)}


def test_the_strangers_grader_is_under_thirty_lines() -> None:
    (source,) = STRANGER.glob("*.py")
    assert len(source.read_text(encoding="utf-8").splitlines()) < 30
