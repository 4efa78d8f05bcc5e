"""Do the intervals and the release gate hold on answers that people have judged?

FILE holds several systems' answers to the same questions with people's verdicts (EVOUNA: Wang et
al. 2023; `bench/parts/human_answers.py` says which fields). The grader is `contains`. As many
labels as `--labels` says are drawn again and again, and what the product concludes from them is
held against all of people's verdicts.

    python bench/evouna.py FILE [--json] [--draws 1000] [--seed 0] [--margin 0.05]

Without a FILE nothing is measured, and it says so.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

if not __package__:  # run as a file: the repository is where `bench` is found
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.parts.human_answers import Pair, System, read_systems
from bench.parts.human_gate import (
    METHODS,
    NIGHTLY,
    RELEASE,
    RELEASE_PAIRED,
    GateRun,
    far_pairs,
    gate_rows,
    headline_pairs,
    is_far,
)
from bench.parts.human_rates import joint_rates, system_rates
from bench.parts.report import LEVEL, monte_carlo_error, versions
from qualityslo.graders.contains import Contains

LABELS = (100, 200)
GATE_LABELS, FAR_LABELS = (100, 200, 400), 200
HEADLINE = "evouna_nq"
RATIO, RATIO_EXACT = 0.62, 0.65  # what the corrected interval must reach of labels only
Row = Mapping[str, Any]


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the figures over all rate cells."""
    return {
        "cells": len(rows),
        "lowest_coverage": min(row["coverage"] for row in rows),
        "mean_coverage": fmean(row["coverage"] for row in rows),
        "mean_ratio": fmean(row["ratio"] for row in rows),
        "mean_ratio_exact": fmean(row["ratio_exact"] for row in rows),
    }


def gates(systems: Sequence[System], given: argparse.Namespace) -> dict[str, list[Row]]:
    """Return the gate's decisions, for the best and the second-worst and for all far pairs.

    On the whole set with `paired`, which is quick; on parts of it of `--exact-items` with
    `pair_exact` too, whose cost grows with the fourth power of the size.
    """
    headline, far = headline_pairs(systems, HEADLINE), far_pairs(systems, given.margin)
    quick = (RELEASE_PAIRED, NIGHTLY)
    exact = tuple(METHODS) if given.exact_draws else ()
    part = {"items": given.exact_items}

    def rows(pairs: Sequence[Pair], methods: Sequence[str], *runs: GateRun) -> list[Row]:
        found: list[Row] = [
            row
            for pair in pairs
            for run in runs
            for method in methods
            for row in gate_rows(pair, method, run)
        ]
        return (
            found
            if pairs is headline
            else [row for row in found if is_far(row["difference"], given.margin)]
        )

    def run(labels: int, draws: int, **more: int) -> GateRun:
        return GateRun(labels=labels, draws=draws, margin=given.margin, seed=given.seed, **more)

    draws = given.pair_draws, given.draws, given.pair_draws
    few = max(1, given.exact_draws // 10)
    return {
        "headline": rows(headline, quick, *map(run, GATE_LABELS, draws)),
        "far": rows(far, quick, run(FAR_LABELS, given.pair_draws)),
        "headline, parts": rows(headline, exact, run(FAR_LABELS, given.exact_draws, **part)),
        "far, parts": rows(far, exact, run(FAR_LABELS, few, **part)),
    }


def compared(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Return how wide each method's interval is beside the nightly one's, pair by pair.

    `labels`: how many labels it needs for each of the nightly draw's, by the square of the width.
    """
    width = {
        name: [row["upper_arm"] + row["lower_arm"] for row in rows if row["method"] == name]
        for name in METHODS
    }
    found = {}
    for name in METHODS:
        if name != NIGHTLY and width[name]:
            pairs = zip(width[name], width[NIGHTLY], strict=True)
            shares = [one / other for one, other in pairs if other > 0]
            squares = [share * share for share in shares]
            found[name] = {"width": fmean(shares), "labels": fmean(squares)} if shares else {}
    return found


def checks(
    rates: Row, gate: Mapping[str, Sequence[Row]], draws: int
) -> list[dict[str, str | float | bool]]:
    """Return what must hold, what was measured, and whether it does."""
    least = LEVEL - 2 * monte_carlo_error(draws)
    wanted: list[tuple[str, float, float, Callable[[float, float], bool]]] = [
        ("lowest coverage of a cell", rates["lowest_coverage"], least, float.__ge__),
        ("mean width of labels-only Clopper-Pearson", rates["mean_ratio"], RATIO, float.__le__),
        ("mean width of exact labels-only", rates["mean_ratio_exact"], RATIO_EXACT, float.__le__),
    ]
    for name, rows in gate.items():
        for method in (RELEASE, RELEASE_PAIRED):
            mine = [row for row in rows if row["method"] == method]
            what = f"{name}: {method}: "
            if mine:
                wrong = float(sum(row["wrong"] for row in mine))
                wanted.append((what + "wrong decisions", wrong, 0.0, float.__le__))
            if mine and name.startswith("far"):
                right = [row["right"] / row["draws"] for row in mine]
                wanted.append((what + "share right", fmean(right), 0.5, float.__ge__))
                wanted.append((what + "the same, lowest pair", min(right), 0.5, float.__ge__))
    return [
        {"what": what, "measured": value, "limit": limit, "held": compare(float(value), limit)}
        for what, value, limit, compare in wanted
    ]


def measure(given: argparse.Namespace) -> dict[str, Any]:
    """Return the whole document."""
    started = time.perf_counter()
    systems = read_systems(given.file)
    rows = system_rates(systems, LABELS, given.draws, given.seed)
    joint = joint_rates(systems, LABELS, given.joint_draws, given.seed)
    gate = gates(systems, given)
    rates = summary(rows)
    return {
        "bench": "evouna",
        "file": given.file.name,
        "versions": {**versions(), "contains": Contains.version},
        "seed": given.seed,
        "draws": given.draws,
        "monte_carlo_error": monte_carlo_error(given.draws),
        "checks": checks(rates, gate, given.draws),
        "rates": {**rates, "rows": rows},
        "joint": {**summary(joint), "draws": given.joint_draws, "rows": joint},
        "gate": gate,
        "of_nightly": {name: compared(part) for name, part in gate.items()},
        "seconds": round(time.perf_counter() - started, 1),
    }


def print_table(document: Row) -> None:
    """Print the figures for people."""
    draws, error = document["draws"], document["monte_carlo_error"]
    print(f"{document['file']}: {draws} draws, seed {document['seed']}")
    print(f"a coverage of 95 % has a standard error of {error:.4f}\n")
    print(
        "| system | bad | grader | labels | covered | width | of CP | of exact | labels-only needs |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for row in document["rates"]["rows"]:
        print(
            f"| {row['name']} | {row['bad_rate']:.1%} "
            f"| {row['sensitivity']:.2f}, {row['specificity']:.2f} | {row['labels']} "
            f"| {row['coverage']:.3f} | {100 * row['width']:.1f} | {row['ratio']:.2f} "
            f"| {row['ratio_exact']:.2f} | {row['labels_only_needed']} |"
        )
    for name in ("rates", "joint"):
        one = document[name]
        print(
            f"\n{name}, {one['cells']} cells: covered {one['mean_coverage']:.3f} (lowest "
            f"{one['lowest_coverage']:.3f}), width {one['mean_ratio']:.3f} of labels-only "
            f"Clopper-Pearson, {one['mean_ratio_exact']:.3f} of exact labels-only"
        )
    for name, rows in document["gate"].items():
        if rows:
            print_gates(name, rows)
        for method, beside in document["of_nightly"][name].items():
            shares = ", ".join(f"{key} {value:.2f}" for key, value in beside.items())
            print(f"\n{method}, of {NIGHTLY}: {shares}")
    print()
    for one in document["checks"]:
        word = "held" if one["held"] else "MISSED"
        print(f"{word}: {one['what']}: {one['measured']:.3f} (limit {one['limit']:.3f})")


def print_gates(name: str, rows: Sequence[Row]) -> None:
    """Print the decisions of the gate."""
    print(f"\ngate, {name}, {max(row['items'] for row in rows):,} items\n")
    print(
        "| candidate after baseline | difference | draw, labels | right | wrong | open | missed | arms |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        draws = row["draws"]
        shares = " | ".join(f"{row[key] / draws:.3f}" for key in ("right", "wrong", "undecided"))
        print(
            f"| {row['source']} {row['candidate']} after {row['baseline']} "
            f"| {row['difference']:+.3f} ({row['right_answer']}) "
            f"| {row['method']}, {row['labels']} | {shares} "
            f"| {row['missed_low'] / draws:.3f}, {row['missed_high'] / draws:.3f} "
            f"| -{100 * row['lower_arm']:.1f} +{100 * row['upper_arm']:.1f} |"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure a file and print what came out."""
    parser = argparse.ArgumentParser(description="intervals and gate on human-labelled answers")
    parser.add_argument(
        "file", nargs="?", type=Path, help="judged answers, JSON lines, may be gzip"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--draws", type=int, default=1000, help="for rates and the headline gate")
    parser.add_argument("--pair-draws", type=int, default=100, help="for every other pair")
    parser.add_argument("--joint-draws", type=int, default=200, help="for rates drawn jointly")
    parser.add_argument("--exact-draws", type=int, default=200, help="for `pair_exact`; 0: none")
    parser.add_argument("--exact-items", type=int, default=500, help="size of sets for it")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--margin", type=float, default=0.05, help="how much worse is allowed")
    given = parser.parse_args(arguments)
    if given.file is None:
        document: dict[str, Any] = {"bench": "evouna", "measured": False, "why": "no FILE given"}
        print(json.dumps(document) if given.json else "no FILE given: nothing was measured")
        return
    document = measure(given)
    if given.json:
        print(json.dumps(document, indent=1, allow_nan=False))
    else:
        print_table(document)


if __name__ == "__main__":
    main()
