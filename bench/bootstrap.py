"""Time the bootstrap: by default 5 SLIs of 10,000 items, 10,000 resamples.

    OPENBLAS_NUM_THREADS=1 python bench/bootstrap.py [--json]

Seconds of CPU, which are those of the clock on one idle core. `zero_one`: scores of 0 and 1, for
which counts are drawn. `real`: scores that all differ. `one_by_one`: the loop that is replaced
(draw the items of a resample, take the mean), timed on a hundredth of the resamples and scaled.
"""

import argparse
import json
import platform
import time
from collections.abc import Callable, Sequence

import numpy as np

from qualityslo.stats import bootstrap_differences, bootstrap_means


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Return the least CPU time of some calls of `work`."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def measure(items: int, slis: int, resamples: int, repeats: int) -> dict[str, float]:
    """Return the seconds of each kind of scores."""
    rng = np.random.default_rng(0)
    real = rng.random((items, slis))
    bad, other = rng.random((2, items, slis)) < 0.05

    def one_by_one() -> None:
        for _ in range(resamples // 100):
            real[rng.integers(items, size=items)].mean(axis=0)

    works: dict[str, Callable[[], object]] = {
        "zero_one": lambda: bootstrap_means(bad, rng=rng, resamples=resamples),
        "zero_one_paired": lambda: bootstrap_differences(bad, other, rng=rng, resamples=resamples),
        "real": lambda: bootstrap_means(real, rng=rng, resamples=resamples),
        "real_bca": lambda: bootstrap_means(real, rng=rng, resamples=resamples, method="bca"),
    }
    found = {name: seconds(work, repeats) for name, work in works.items()}
    return {**found, "one_by_one": 100 * seconds(one_by_one, 1)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a table or one JSON document."""
    parser = argparse.ArgumentParser(description="time the bootstrap")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    sizes = {"items": 10_000, "slis": 5, "resamples": 10_000, "repeats": 3}
    for name, usual in sizes.items():
        parser.add_argument(f"--{name}", type=int, default=usual)
    given = parser.parse_args(arguments)
    about = {name: getattr(given, name) for name in sizes}
    found = measure(**about)
    if given.json:
        versions = {"python": platform.python_version(), "numpy": np.__version__}
        print(json.dumps({**about, **versions, "cpu_seconds": found}, allow_nan=False))
        return
    print(f"{given.slis} SLIs of {given.items:,} items, {given.resamples:,} resamples, CPU time")
    for name, value in found.items():
        print(f"{name:16} {value:8.3f} s")


if __name__ == "__main__":
    main()
