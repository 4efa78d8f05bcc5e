"""How fast a night asks, against the barest loop that could, on the same endpoint.

    python bench/throughput.py [--json] [--items 2000 10000] [--latencies 0 50] [--repeats 3]

Both sides are processes of their own, one after the other, again and again: `qualityslo nightly`
(plan, prompts, retries, contains-grader, facts on disk, report, no tracker) and
`parts/bare_loop.py`. The figures to read are ratios and differences of one run:

- `marginal_us`: wall time an item adds, from the smaller to the larger set, over the bare loop's;
- `marginal_ratio`: wall time an item adds, as a multiple of what it adds to the bare loop;
- `cpu_us`, `cpu_ratio`: the same of CPU time, which neighbours on a shared machine disturb less;
- `span_ratio`, `wall_ratio`: time from the first request to the last, and of the whole process,
  as a multiple of the bare loop's, on the larger set;
- `growth_mib`: how much more memory the larger set needs at its peak;
- `start_cpu_s`: CPU time until the first request;
- `faults`: the smaller set where 2 % each of the first requests are refused with 429, with 500,
  dropped and malformed: requests an item, and whether the score stayed the same.

They are made from the least time of the repeats, as what disturbs a run only ever adds to it;
`median` holds the same made from the medians. How to run other tools beside it, and what came
out: `docs/throughput.md`.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

if not __package__:  # run as a file: the repository is where `bench` is found
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.parts.sides import (
    SIDES,
    Bench,
    Cell,
    Took,
    endpoint,
    place,
    report,
    run,
    score,
    start_cpu_s,
    write_golden,
)

FAULT_PERCENT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """A golden set on the disk."""

    path: Path
    items: int


def compare(bench: Bench, cell: Cell, goldens: Sequence[Golden], repeats: int) -> dict[str, Any]:
    """Return one cell: the figures to read, and what each side took on each set at the least."""
    took: dict[tuple[str, int], list[Took]] = {}
    for _ in range(repeats):
        for golden in goldens:
            for side in SIDES:
                with place(bench, golden.path) as folder:
                    one = run(bench, side, cell, folder, golden.items)
                took.setdefault((side, golden.items), []).append(one)
    least = {key: _each(min, runs) for key, runs in took.items()}
    middle = {key: _each(median, runs) for key, runs in took.items()}
    return {
        **asdict(cell),
        **figures(least, goldens[0].items, goldens[-1].items),
        "median": figures(middle, goldens[0].items, goldens[-1].items),
        "took": {f"{side}, {count}": asdict(one) for (side, count), one in least.items()},
    }


def _each(choose: Callable[[list[float]], float], runs: Sequence[Took]) -> Took:
    names = [one.name for one in fields(Took)]
    return Took(**{name: choose([getattr(one, name) for one in runs]) for name in names})


def figures(took: dict[tuple[str, int], Took], small: int, large: int) -> dict[str, float]:
    """Return the figures to read: qualityslo's over the bare loop's."""
    ours, bare = ((took[side, small], took[side, large]) for side in SIDES)
    wall, cpu = (
        [(getattr(b, name) - getattr(a, name)) / (large - small) for a, b in (ours, bare)]
        for name in ("wall_s", "cpu_s")
    )
    return {
        "marginal_us": (wall[0] - wall[1]) * 1e6,
        "marginal_ratio": wall[0] / wall[1],
        "cpu_us": (cpu[0] - cpu[1]) * 1e6,
        "cpu_ratio": cpu[0] / cpu[1],
        "span_ratio": ours[1].span_s / bare[1].span_s,
        "wall_ratio": ours[1].wall_s / bare[1].wall_s,
        "growth_mib": ours[1].peak_mib - ours[0].peak_mib,
    }


def with_faults(bench: Bench, golden: Golden) -> dict[str, Any]:
    """Return what faults cost: requests an item, and whether they changed the score."""
    scores, requests = [], 0.0
    for percent in (0, FAULT_PERCENT):
        cell = Cell(stream=True, latency_ms=0, fault_percent=percent)
        with place(bench, golden.path) as folder:
            requests = run(bench, "qualityslo", cell, folder, golden.items).requests
            scores.append(score(report(folder)))
    return {
        "percent": FAULT_PERCENT,
        "requests_an_item": requests / golden.items,
        "same_score": scores[0] == scores[1],
    }


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Run everything and return the document."""
    with tempfile.TemporaryDirectory() as name, endpoint() as port:
        bench = Bench(folder=Path(name), port=port, workers=arguments.concurrency)
        one, *goldens = (
            Golden(path=bench.folder / f"golden-{count}.jsonl", items=count)
            for count in (1, *sorted(arguments.items))
        )
        for golden in (one, *goldens):
            write_golden(golden.path, golden.items)
        cells = [
            Cell(stream=stream == "true", latency_ms=latency)
            for latency in arguments.latencies
            for stream in arguments.stream
        ]
        return {
            **about(),
            "items": [golden.items for golden in goldens],
            "concurrency": bench.workers,
            "repeats": arguments.repeats,
            "start_cpu_s": min(start_cpu_s(bench, one.path) for _ in range(arguments.repeats)),
            "cells": [compare(bench, cell, goldens, arguments.repeats) for cell in cells],
            "faults": with_faults(bench, goldens[0]),
        }


def about() -> dict[str, Any]:
    """Return when and on what this runs."""
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": f"{os.cpu_count()} CPUs, {platform.machine()}, {platform.system()}",
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "aiohttp": version("aiohttp"),
        "qualityslo": version("qualityslo"),
    }


def show(document: dict[str, Any]) -> None:
    """Print a table for people."""
    names = ("date", "machine", "python", "aiohttp", "qualityslo")
    print(", ".join(f"{name} {document[name]}" for name in names))
    small, large = document["items"][0], document["items"][-1]
    print(f"{small} to {large} items, {document['concurrency']} at a time")
    print(f"CPU until the first request: {document['start_cpu_s']:.2f} s")
    print(
        "over the bare loop, an item:   wall us  times    CPU us  times   span  wall, times  MiB"
    )
    for cell in document["cells"]:
        print(
            f"{'stream' if cell['stream'] else 'whole':6} reply, {cell['latency_ms']:4} ms latency"
            f"  {cell['marginal_us']:8.0f}  {cell['marginal_ratio']:5.2f}"
            f"  {cell['cpu_us']:8.0f}  {cell['cpu_ratio']:5.2f}"
            f"  {cell['span_ratio']:5.2f}  {cell['wall_ratio']:11.2f}  {cell['growth_mib']:3.0f}"
        )
    faults = document["faults"]
    same = "the same score" if faults["same_score"] else "ANOTHER SCORE"
    print(
        f"{faults['percent']} % each of 429, 500, drop, malformed: "
        f"{faults['requests_an_item']:.3f} requests an item, {same}"
    )


def main(given: Sequence[str] | None = None) -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--items", type=int, nargs=2, default=[2_000, 10_000])
    parser.add_argument("--latencies", type=int, nargs="+", default=[0, 50])
    parser.add_argument(
        "--stream", nargs="+", choices=["false", "true"], default=["false", "true"]
    )
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args(given)
    document = measure(arguments)
    print(json.dumps(document)) if arguments.json else show(document)


if __name__ == "__main__":
    main()
