"""Measure every shipped grader that needs no model of its own, and baselines, on judged answers.

    OMP_NUM_THREADS=1 python bench/graders.py --data DIR [--json | --markdown] [--cv]

DIR holds a split as `bench/grading/rows.py` describes it; files it lacks are left out. One row a
grader and pool: AUROC, balanced accuracy and accuracy of its verdicts, expected calibration
error; 95 % intervals by resampling groups of rows. Positive is correct, or hallucinated. Rows
that a grader leaves ungraded count in `graded` alone. Not measured: `nli`, `llm_judge` and
`embedding`, which are as good as the model they are given.

On the data that a trained grader was trained on its own verdicts would flatter it: the table
then shows the cross-validated figures that are stored in its artefact, and says so. `--cv` trains
again and computes them anew (minutes).
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

if not __package__:  # run as a file: the repository is where `bench` is found
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.grading.baselines import (  # after the path is set
    CORRECTNESS_BASELINES,
    FAITHFULNESS_BASELINES,
    Baseline,
)
from bench.grading.figures import Flags, Floats  # after the path is set
from bench.grading.pools import measured  # after the path is set
from bench.grading.rows import (  # after the path is set
    CORE,
    EVOUNA,
    FAITHFULNESS,
    Row,
    digest_of,
    read_rows,
)
from bench.parts.report import progress, versions  # after the path is set
from qualityslo.domain.verdict import Verdict  # after the path is set
from qualityslo.graders.closed import Closed  # after the path is set
from qualityslo.graders.contains import Contains  # after the path is set
from qualityslo.graders.correctness import Correctness  # after the path is set
from qualityslo.graders.exact import Exact  # after the path is set
from qualityslo.graders.faithfulness import Faithfulness  # after the path is set
from qualityslo.graders.numeric import Numeric  # after the path is set
from qualityslo.graders.support import Support  # after the path is set
from qualityslo.graders.trained.forest import shipped  # after the path is set
from qualityslo.ports import Grader  # after the path is set

TRAINED = ("correctness", "faithfulness")
_BATCH = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One grader on one file. `source` says where the figures are from."""

    grader: str
    source: str
    rows_per_cpu_second: float | None
    pools: Mapping[str, Mapping[str, Any]]


def graders_for(name: str) -> list[Grader]:
    """Return the shipped graders of a file's criterion."""
    if name == FAITHFULNESS:
        return [Support(), Faithfulness()]
    return [Exact(), Numeric(), Contains(), Closed(), Correctness()]


def baselines_for(name: str) -> Mapping[str, Baseline]:
    """Return the baselines of a file's criterion."""
    return FAITHFULNESS_BASELINES if name == FAITHFULNESS else CORRECTNESS_BASELINES


def measure(folder: Path, name: str, *, again: bool, draws: int) -> Iterator[Measurement]:
    """Yield the figures of every grader and baseline on a file of a split."""
    rows = read_rows(folder, name)
    for baseline, (score, threshold) in baselines_for(name).items():
        progress(f"{name}: {baseline}")
        scores = np.array([score(one) for one in rows])
        found = _figures(name, rows, scores, scores >= threshold, draws)
        yield Measurement(
            grader=baseline, source="baseline", rows_per_cpu_second=None, pools=found
        )
    digest = digest_of(folder, name)
    for grader in graders_for(name):
        progress(f"{name}: {grader.name}")
        scores, said, speed = judged(grader, rows)
        source, found = "measured", _figures(name, rows, scores, said, draws)
        if grader.name in TRAINED and digest == shipped(grader.name).card["trained_on"].get(name):
            source = "trained on these rows; cross-validated figures"
            stored = _again(folder, grader.name) if again else _stored(grader.name)
            found = {pool: stored[pool] for pool in found}
        yield Measurement(
            grader=grader.name, source=source, rows_per_cpu_second=round(speed, 1), pools=found
        )


def judged(grader: Grader, rows: Sequence[Row]) -> tuple[Floats, Flags, float]:
    """Return scores of the positive class (NaN: ungraded), verdicts, and rows a CPU second."""
    bad_is_positive = grader.criterion == "hallucination"
    answers = [one.as_answer for one in rows]
    start = time.process_time()
    grades = [
        grade
        for at in range(0, len(answers), _BATCH)
        for grade in grader.grade(answers[at : at + _BATCH])
    ]
    seconds = time.process_time() - start
    scores, said = np.full(len(rows), np.nan), np.zeros(len(rows), dtype=bool)
    for at, grade in enumerate(grades):
        if isinstance(grade, Verdict):
            scores[at] = 1 - grade.score if bad_is_positive else grade.score
            said[at] = grade.good is not bad_is_positive
    return scores, said, len(rows) / max(seconds, 1e-9)


def _figures(
    name: str, rows: Sequence[Row], scores: Floats, said: Flags, draws: int
) -> dict[str, dict[str, Any]]:
    found = measured(name, rows, scores, said, draws=draws)
    return {pool: one.to_json() for pool, one in found.items()}


def _stored(grader: str) -> Mapping[str, Any]:
    stored: Mapping[str, Any] = shipped(grader).card["cross_validated"]
    return stored


def _again(folder: Path, grader: str) -> Mapping[str, Any]:
    from bench.train_graders import cross_validated, trainings

    training = trainings(folder, grader)
    return cross_validated(training, training.scores(), shipped(grader).threshold)


def markdown(found: Mapping[str, Sequence[Measurement]]) -> Iterator[str]:
    """Yield the lines of a table a file."""
    for name, graders in found.items():
        positive = "hallucinated" if name == FAITHFULNESS else "correct"
        yield from (f"## {name}", "", f"Positive: {positive}.", "")
        yield "| pool | grader | rows | graded | AUROC | balanced accuracy | accuracy | ECE |"
        yield "| --- " * 8 + "|"
        for pool in graders[0].pools:
            for one in graders:
                yield _line(pool, one)
        yield ""
        speeds = [one for one in graders if one.rows_per_cpu_second is not None]
        listed = ", ".join(f"`{one.grader}` {one.rows_per_cpu_second:,.0f}" for one in speeds)
        yield f"Rows a CPU second: {listed}."
        for one in graders:
            if one.source not in {"baseline", "measured"}:
                yield f"\\* `{one.grader}`: {one.source}; not its verdicts on rows it knows."
        yield ""


def _line(pool: str, one: Measurement) -> str:
    found = one.pools[pool]
    shown = one.grader if one.source == "baseline" else f"`{one.grader}`"
    mark = "" if one.source in {"baseline", "measured"} else " \\*"
    auroc, balanced = (
        f"{found[key]:.3f} [{found[f'{key}_interval'][0]:.3f}, {found[f'{key}_interval'][1]:.3f}]"
        for key in ("auroc", "balanced_accuracy")
    )
    return (
        f"| {pool} | {shown}{mark} | {found['rows']:,} | {found['graded']:,} | {auroc}"
        f" | {balanced} | {found['accuracy']:.3f} | {found['ece']:.3f} |"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print tables or one JSON document."""
    parser = argparse.ArgumentParser(description="measure the graders on judged answers")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--markdown", action="store_true", help="print tables (as without it)")
    parser.add_argument(
        "--cv", action="store_true", help="train again for cross-validated figures"
    )
    parser.add_argument("--draws", type=int, default=300, help="resamples of the intervals")
    given = parser.parse_args(arguments)
    names = [
        one for one in (CORE, EVOUNA, FAITHFULNESS) if (given.data / f"{one}.jsonl.gz").exists()
    ]
    if not names:
        parser.error(
            f"{given.data} holds none of correctness, correctness_evouna_full, faithfulness (.jsonl.gz)"
        )
    found = {
        name: list(measure(given.data, name, again=given.cv, draws=given.draws)) for name in names
    }
    if given.json:
        print(json.dumps(_document(found, given.data), allow_nan=False))
    else:
        print("\n".join(markdown(found)))


def _document(found: Mapping[str, Sequence[Measurement]], folder: Path) -> dict[str, Any]:
    return {
        "versions": versions(),
        "artefacts": {name: shipped(name).digest for name in TRAINED},
        "files": {
            name: {
                "sha256": digest_of(folder, name),
                "graders": [
                    {
                        "grader": one.grader,
                        "figures_from": one.source,
                        "rows_per_cpu_second": one.rows_per_cpu_second,
                        "pools": one.pools,
                    }
                    for one in graders
                ],
            }
            for name, graders in found.items()
        },
    }


if __name__ == "__main__":
    main()
