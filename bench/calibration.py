"""Do calibrations, their intervals and the drift rules do what docs/calibration.md says?

    OMP_NUM_THREADS=1 python bench/calibration.py [--worlds 200] [--seed 1] [--json]

Three simulations. `maps`: the mean distance between fitted and true probability for both methods,
by number of labels, on scores of six shapes. `intervals`: how often the 95 % intervals hold what
they are about, under the product's own draw of labels. `drift`: how often the rules ring within
90 nights though nothing has changed, and within how many they ring when it has.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

if not __package__:  # run as a file: the repository is where `bench` is found
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.parts.report import progress, versions  # after the path is set
from qualityslo.domain.grader_drift import GraderNight, grader_drift  # after the path is set
from qualityslo.stats import (  # after the path is set
    ScoredLabels,
    calibrated,
    cross_fitted,
    detection,
    share_labels,
)
from qualityslo.stats.calibration import Method, _fitted  # after the path is set
from qualityslo.stats.detection import _coefficients  # after the path is set
from qualityslo.stats.reliability import _ece  # after the path is set

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Floats]
Truth = Callable[[Floats], Floats]
METHODS: tuple[Method, ...] = ("platt", "isotonic")
LABELS = (50, 100, 200, 500, 1_000, 2_000)
# items, bad rate, nights, labels a night, how much too sure (1: not at all), shift of the logit
DESIGNS = (
    (200, 0.10, 5, 20, 1.0, 0.0),
    (200, 0.10, 10, 20, 2.0, 0.0),
    (300, 0.30, 5, 20, 1.0, 0.0),
    (500, 0.05, 14, 20, 1.0, 0.0),
    (500, 0.20, 14, 20, 0.5, 0.5),
    (1_000, 0.03, 30, 20, 1.0, 1.0),
    (1_000, 0.10, 20, 50, 1.0, 0.0),
)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def _logit(p: Floats) -> Floats:
    inner = np.clip(p, 0.01, 0.99)
    return np.log(inner / (1 - inner))


def _judge(random: np.random.Generator, size: int) -> Floats:
    return random.choice([0, 0.25, 0.5, 0.75, 1.0], size, p=[0.15, 0.05, 0.05, 0.15, 0.6])


SHAPES: dict[str, tuple[Draw, Truth]] = {
    "logistic": (
        lambda random, n: random.beta(2, 0.6, n),
        lambda s: 1 / (1 + np.exp(0.5 - 1.5 * _logit(s))),
    ),
    "square": (lambda random, n: random.random(n), lambda s: 0.9 * s**2 + 0.05),
    "steps": (
        lambda random, n: random.random(n),
        lambda s: np.where(s < 0.3, 0.1, np.where(s < 0.7, 0.6, 0.95)),
    ),
    "judge of five": (
        _judge,
        lambda s: np.interp(s, [0, 0.25, 0.5, 0.75, 1], [0.3, 0.4, 0.55, 0.6, 0.9]),
    ),
    "yes or no": (
        lambda random, n: random.choice([0, 1.0], n, p=[0.2, 0.8]),
        lambda s: np.where(s > 0, 0.9, 0.4),
    ),
    "rare bad": (lambda random, n: random.beta(6, 0.5, n), lambda s: 0.55 + 0.44 * s**3),
}


def maps(worlds: int, random: np.random.Generator) -> dict[str, Any]:
    """Return the mean distance from the true probability, by shape, labels and method."""
    found: dict[str, Any] = {}
    for name, (draw, truth) in SHAPES.items():
        progress(f"maps: {name}")
        test = draw(random, 4_000)
        for count in LABELS:
            for method in METHODS:
                far = []
                for _ in range(max(10, worlds // 5)):
                    scores = draw(random, count)
                    good = random.random(count) < truth(scores)
                    labels = ScoredLabels(
                        scores=scores,
                        flagged=scores < 0.5,
                        good=good,
                        weights=np.ones(count),
                        items=np.arange(count),
                    )
                    far.append(
                        float(np.abs(_fitted(labels, method).apply(test) - truth(test)).mean())
                    )
                found.setdefault(name, {}).setdefault(str(count), {})[method] = float(np.mean(far))
    return found


def _nights(
    design: tuple[int, float, int, int, float, float], random: np.random.Generator
) -> tuple[ScoredLabels, dict[str, float]]:
    """Return some nights' labels as the product draws them, and the truth about all answers."""
    size, rate, count, looks, sure, shift = design
    prone = random.beta(0.3, 0.3 * (1 / rate - 1), size)
    rows, everything = [], []
    for _ in range(count):
        bad = random.random(size) < prone
        evidence = 2.4 * (random.normal(size=size) + np.where(bad, -1.2, 1.2))
        scores = 1 / (1 + np.exp(-(sure * (evidence + np.log((1 - rate) / rate)) + shift)))
        flagged = scores < 0.5
        everything.append((scores, flagged, ~bad))
        pools = [np.flatnonzero(flagged), np.flatnonzero(~flagged)]
        shares = share_labels((len(pools[0]), len(pools[1])), looks, factor=1.5, floor=5)
        for pool, drawn in zip(pools, shares, strict=True):
            at = random.choice(pool, drawn, replace=False)
            weights = np.full(drawn, len(pool) / max(drawn, 1))
            rows.append((scores[at], flagged[at], ~bad[at], weights, at))
    parts = (np.concatenate(one) for one in zip(*rows, strict=True))
    names = ("scores", "flagged", "good", "weights", "items")
    labels = ScoredLabels(**dict(zip(names, parts, strict=True)))
    scores, flagged, good = (np.concatenate(one) for one in zip(*everything, strict=True))
    ones = np.ones((1, len(scores)))
    kappa, ac1, alpha = _coefficients(ones, flagged, ~good)[0].tolist()
    return labels, {
        "ece": float(_ece(ones, scores, good.astype(float))[0]),
        "sensitivity": float(flagged[~good].mean()),
        "specificity": float((~flagged)[good].mean()),
        "agreed": float((flagged == ~good).mean()),
        "kappa": kappa,
        "ac1": ac1,
        "alpha": alpha,
    }


def intervals(worlds: int, random: np.random.Generator) -> list[dict[str, Any]]:
    """Return for each design how often each interval held, and how wide it was."""
    found = []
    for design in DESIGNS:
        progress(f"intervals: {design}")
        held: dict[str, list[bool]] = {}
        width: dict[str, list[float]] = {}
        before, after = [], []
        for _ in range(worlds):
            labels, truth = _nights(design, random)
            if min(labels.good.sum(), (~labels.good).sum()) < 10:
                continue
            error = calibrated(labels.scores, labels, rng=random, resamples=300)
            crossed = calibrated(cross_fitted(labels, random), labels, rng=random, resamples=300)
            before.append(error.brier.point)
            after.append(crossed.brier.point)
            shown: Any = detection(labels.flagged, labels, rng=random, resamples=300)
            for name, value in truth.items():
                one = error.ece if name == "ece" else getattr(shown, name)
                low, high = getattr(one, "low", None), getattr(one, "high", None)
                if low is None or high is None:  # no limits: everything is possible
                    low, high = -np.inf, np.inf
                held.setdefault(name, []).append(low <= value <= high)
                width.setdefault(name, []).append(high - low if np.isfinite(high) else np.nan)
        found.append(
            {
                "design": design,
                "worlds": len(before),
                "coverage": {name: float(np.mean(one)) for name, one in held.items()},
                "width": {name: float(np.nanmean(one)) for name, one in width.items()},
                "brier": {"before": float(np.mean(before)), "after": float(np.mean(after))},
            }
        )
    return found


def _watched(random: np.random.Generator, nights: int, change: float) -> Iterator[GraderNight]:
    """Yield nights of 200 items; from the tenth on a share `change` of the verdicts is turned."""
    chance = random.beta(0.3, 2.7, 200)
    wrong = random.beta(0.5, 4.5, 200)
    for at in range(nights):
        turned = change if at >= 10 else 0.0
        flagged = random.random(200) < chance * (1 - turned) + (1 - chance) * turned
        seen = random.integers(200, size=20)
        apart = random.random(20) < wrong[seen] * (1 - turned) + (1 - wrong[seen]) * turned
        yield GraderNight(
            slot=FIRST + timedelta(days=at),
            graded=200,
            flagged=int(flagged.sum()),
            labels=20,
            disagreement=float(apart.mean()),
        )


def drift(worlds: int, random: np.random.Generator) -> list[dict[str, Any]]:
    """Return how many worlds ring within 90 nights, and the median night, by the change."""
    found = []
    for change in (0.0, 0.05, 0.1, 0.2, 0.4):
        progress(f"drift: {change}")
        share: list[float] = []
        apart: list[float] = []
        for _ in range(worlds):
            rows = list(_watched(random, 100, change))
            # The limit as `calibrate` takes it: 10 nights of 20 labels, about 1.6 times the rate.
            limit = float(np.mean([one.disagreement or 0.0 for one in rows[:10]])) + 0.05
            seen = grader_drift(rows[:10], rows[10:], limit)
            for alarms, nights in ((seen.share_alarms, share), (seen.disagreement_alarms, apart)):
                nights.append((alarms[0] - FIRST).days - 9 if alarms else np.inf)
        found.append(
            {
                "change": change,
                "worlds": worlds,
                "share": {"rang": float(np.isfinite(share).mean()), "median": _median(share)},
                "disagreement": {
                    "rang": float(np.isfinite(apart).mean()),
                    "median": _median(apart),
                },
            }
        )
    return found


def _median(nights: list[float]) -> float | None:
    middle = float(np.median(nights))
    return middle if np.isfinite(middle) else None


def main() -> None:
    """Simulate, and print tables, or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    found: dict[str, Any] = {
        "maps": maps(options.worlds, random),
        "intervals": intervals(options.worlds, random),
        "drift": drift(options.worlds, random),
    }
    if options.json:
        print(json.dumps({"versions": versions(), "worlds": options.worlds, **found}, indent=2))
        return
    for name, rows in found["maps"].items():
        cells = [f"{n}: {one['platt']:.3f}/{one['isotonic']:.3f}" for n, one in rows.items()]
        print(f"{name:<15} {'  '.join(cells)}")
    for row in found["intervals"]:
        cells = [
            f"{name} {one:.3f} ({row['width'][name]:.2f})" for name, one in row["coverage"].items()
        ]
        brier = f"Brier {row['brier']['before']:.3f} -> {row['brier']['after']:.3f}"
        print(row["design"], row["worlds"], "; ".join(cells), brier)
    for row in found["drift"]:
        print(row)


if __name__ == "__main__":
    main()
