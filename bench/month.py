"""A month simulated: do the nightly and the window intervals hold what they promise?

28 nights of the same items. Every item has its own bad rate (beta distributed, so that answers of
one item resemble each other); answers change on a share of the nights, in some cells bad ones four
times as often as good ones. A grader flags answers; 20 items a night are drawn by its verdicts
among the answers nobody has judged yet; labels are remembered while the answer stays the same.
Draw, strata, intervals and window are the product's own. Every night the golden-set interval is
held against the rate of tonight's answers, the traffic interval against the rate of the process
that makes items and answers; the window's against the mean of the nights, and that same process.

    python bench/month.py [--json] [--replications 1000] [--seed 0]
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

if not __package__:  # run as a file: the repository is where `bench` is found
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.parts.nights import Cell, Service
from bench.parts.report import LEVEL, monte_carlo_error, progress, versions
from bench.parts.tally import Tally
from qualityslo.domain.cells import cells_of
from qualityslo.domain.draw import ReviewRule, draw_entropy
from qualityslo.domain.estimation import EstimationRule
from qualityslo.domain.golden import Criterion
from qualityslo.domain.sli import ItemWeights
from qualityslo.domain.weights import item_weights
from qualityslo.domain.window import WindowSlot, window_result
from qualityslo.stats import Estimate, Frame, rate_interval

NIGHTS = 28
SHOWN_NIGHTS = (1, 5, 14, 28)
FRAMES: tuple[Frame, ...] = ("golden_set", "traffic")
FIRST_SLOT = datetime(2026, 3, 1, 2, tzinfo=UTC)
CRITERION = Criterion(name="correctness")

GOOD, POOR = (0.9, 0.97), (0.7, 0.9)
PLAIN, SELECTIVE = (0.1, 0.1), (0.1, 0.4)
CELLS = (
    Cell(name="good grader, 10 % change a night", mean=0.05, grader=GOOD, change=PLAIN),
    Cell(name="good grader, bad answers change more", mean=0.12, grader=GOOD, change=SELECTIVE),
    Cell(name="good grader, the same with few bad", mean=0.05, grader=GOOD, change=SELECTIVE),
    Cell(name="poor grader, 30 % change a night", mean=0.05, grader=POOR, change=(0.3, 0.3)),
    Cell(name="poor grader, bad answers change more", mean=0.12, grader=POOR, change=SELECTIVE),
    Cell(name="poor grader, the same with many bad", mean=0.35, grader=POOR, change=SELECTIVE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What one night says and what was true: the set's own rate, estimates by frame, weights."""

    rate: float
    estimates: Mapping[Frame, Estimate]
    weights: ItemWeights
    labels: int


@dataclass(slots=True, kw_only=True)
class Counts:
    """What is counted over all months of a cell."""

    nightly: dict[Frame, Tally]
    window: dict[Frame, Tally] = field(default_factory=lambda: {one: Tally(1) for one in FRAMES})
    labels: int = 0
    known: int = 0


def one_night(service: Service, entropy: tuple[int, ...]) -> Night:
    """Draw, label and estimate one night, as a nightly run does."""
    labelled = service.review(ReviewRule(), entropy)
    everything = np.ones(len(service.ids), dtype=np.bool_)
    cells = cells_of(labelled, everything)
    strata = [one.as_stratum(worst=False, with_missing=False) for one in cells]
    return Night(
        rate=float(service.bad.mean()),
        estimates={frame: rate_interval(strata, frame=frame) for frame in FRAMES},
        weights=item_weights(labelled, CRITERION, EstimationRule()),
        labels=int(labelled.sample.asked().sum()),
    )


def one_month(service: Service, nights: int, seed: int, name: str) -> list[Night]:
    """Let the nights of a month pass; `name` tells its draws from those of other months."""
    month = []
    for at in range(nights):
        if at:
            service.next_night()
        slot = FIRST_SLOT + timedelta(days=at)
        month.append(one_night(service, draw_entropy(seed, "bench", name, slot)))
    return month


def count_month(counts: Counts, month: Sequence[Night], traffic: float) -> None:
    """Hold a month's intervals against what was true."""
    for at, night in enumerate(month):
        for frame, truth in zip(FRAMES, (night.rate, traffic), strict=True):
            counts.nightly[frame].add(at, night.estimates[frame], truth)
    slots = [
        WindowSlot(slot=FIRST_SLOT + timedelta(days=at), weights=night.weights)
        for at, night in enumerate(month)
    ]
    estimate = window_result(slots, missing=0).estimate
    assert estimate is not None
    mean = sum(night.rate for night in month) / len(month)
    for frame, truth in zip(FRAMES, (mean, traffic), strict=True):
        counts.window[frame].add(0, estimate, truth)
    counts.labels += sum(night.labels for night in month)


def simulate(cell: Cell, replications: int, nights: int, seed: int) -> dict[str, Any]:
    """Return what was covered in one cell, over that many months."""
    progress(f"{cell.name}: {replications} months")
    traffic = cell.traffic_rate()
    counts = Counts(nightly={frame: Tally(nights) for frame in FRAMES})
    for at in range(replications):
        name = f"{cell.name}, month {at}"
        rng = np.random.default_rng(draw_entropy(seed, "items", name, FIRST_SLOT))
        service = Service(cell, rng)
        count_month(counts, one_month(service, nights, seed, name), traffic)
        counts.known += int(service.known.sum())
    shown = [night - 1 for night in SHOWN_NIGHTS if night <= nights]
    return {
        "cell": asdict(cell),
        "traffic_rate": traffic,
        "labels_a_month": counts.labels / replications,
        "known_at_the_end": counts.known / replications,
        "nightly": {frame: counts.nightly[frame].summary(shown) for frame in FRAMES},
        "window": {frame: counts.window[frame].summary([0]) for frame in FRAMES},
    }


def run(cells: Sequence[Cell], replications: int, nights: int, seed: int) -> dict[str, Any]:
    """Return the whole document.

    `held`: pooled over nights at least 95 % of the intervals cover, each single night's share is
    no more than three, the window's no more than two standard errors below.
    """
    started = time.perf_counter()
    rows = [simulate(cell, replications, nights, seed) for cell in cells]
    error = monte_carlo_error(replications)
    nightly = [row["nightly"][frame] for row in rows for frame in FRAMES]
    window = [row["window"][frame]["coverage"] for row in rows for frame in FRAMES]
    pooled, single = (min(one[key] for one in nightly) for key in ("coverage", "lowest_coverage"))
    return {
        "bench": "month",
        "versions": versions(),
        "seed": seed,
        "replications": replications,
        "nights": nights,
        "monte_carlo_error": error,
        "held": pooled >= LEVEL
        and single >= LEVEL - 3 * error
        and min(window) >= LEVEL - 2 * error,
        "lowest": {"pooled": pooled, "one_night": single, "window": min(window)},
        "cells": rows,
        "seconds": round(time.perf_counter() - started, 1),
    }


def print_table(document: Mapping[str, Any]) -> None:
    """Print the figures for people."""
    shown = [night for night in SHOWN_NIGHTS if night <= document["nights"]]
    nights = "/".join(map(str, shown))
    print(
        f"{document['replications']} months of {document['nights']} nights, seed {document['seed']}"
    )
    print(f"one night's coverage has a standard error of {document['monte_carlo_error']:.4f}\n")
    print(
        f"| cell | rate | frame | covered | lowest night | width, night {nights} | window | width |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for row in document["cells"]:
        for frame in FRAMES:
            nightly, window = row["nightly"][frame], row["window"][frame]
            widths = " / ".join(f"{100 * width:.1f}" for width in nightly["widths"])
            print(
                f"| {row['cell']['name']} | {row['traffic_rate']:.1%} | {frame} "
                f"| {nightly['coverage']:.3f} | {nightly['lowest_coverage']:.3f} | {widths} "
                f"| {window['coverage']:.3f} | {100 * window['widths'][0]:.1f} |"
            )
    lowest = document["lowest"]
    print(
        f"\nlowest: pooled {lowest['pooled']:.3f}, one night {lowest['one_night']:.3f}, ", end=""
    )
    print(f"window {lowest['window']:.3f}: {'held' if document['held'] else 'NOT HELD'}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the simulation and print it."""
    parser = argparse.ArgumentParser(description="nightly and window intervals over a month")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--replications", type=int, default=1000, help="months for each cell")
    parser.add_argument("--nights", type=int, default=NIGHTS)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    document = run(CELLS, given.replications, given.nights, given.seed)
    if given.json:
        print(json.dumps(document, indent=1, allow_nan=False))
    else:
        print_table(document)


if __name__ == "__main__":
    main()
