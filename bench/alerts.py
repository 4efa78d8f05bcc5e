"""Simulate the default alerts: false alarms a quarter, and how soon they see a regression.

    python bench/alerts.py                 some 5 minutes on one core
    python bench/alerts.py --trials 40     a rough look

`--json` prints one document. Four tables:

- set: exactly the budget (or 0.8 of it) of these very items is bad every night, others each night;
- population: the rate that answers are drawn with is the budget (or 0.8 of it); answers are fresh
  every night, or the same items' with 30 % new, or these with remembered labels;
- census: every answer is known; false alarms about the population of the same items with 30 % new
  answers, and how soon it sees twice the budget;
- detection: the rate is 2 or 5 times the budget from the first night on; alarms within 7 nights.

`--strict` computes the lower limits as the published table did, by `strict`, which is wider than
the exact limits that we use: what the same simulation shows with both tells rules from limits.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)

from qualityslo.domain import alert_watch  # noqa: E402  # after the path is set
from qualityslo.domain.alert_figures import (  # noqa: E402  # after the path is set
    Quarter,
    is_true,
    started,
)
from qualityslo.domain.alert_presets import (  # noqa: E402  # after the path is set
    Subject,
    nightly,
)
from qualityslo.domain.alert_watch import AlertStatus, trace  # noqa: E402  # after the path is set
from qualityslo.domain.alerts import Alert  # noqa: E402  # after the path is set
from qualityslo.domain.burn import BudgetTerms  # noqa: E402  # after the path is set
from qualityslo.jobs.simulate import quarters_of  # noqa: E402  # after the path is set
from qualityslo.stats import Frame, Stratum  # noqa: E402  # after the path is set
from qualityslo.stats.alert_trials import (  # noqa: E402  # after the path is set
    AlertDesign,
    WindowLook,
    simulate_nights,
)
from qualityslo.stats.score import strict_limits  # noqa: E402  # after the path is set
from qualityslo.stats.special import normal_quantile  # noqa: E402  # after the path is set
from qualityslo.stats.strata import split  # noqa: E402  # after the path is set
from qualityslo.stats.superpopulation import estimated_rate  # noqa: E402  # after the path is set

DAY = timedelta(days=1)
TARGETS = (0.90, 0.95, 0.98, 0.99)
QUARTER, WINDOW, SOON = 90, 28, 7
SETS = ((120, 40), (200, 20), (200, 40), (500, 40))


def _design(items: int, labels: int, answers: str) -> AlertDesign:
    """Return a set whose answers behave in one of three ways."""
    if answers == "fresh answers":
        return AlertDesign(items=items, labels=labels, icc=0.0, changed=1.0, remember=False)
    return AlertDesign(items=items, labels=labels, remember=answers == "remembered")


ANSWERS = ("fresh answers", "same items", "remembered")

Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=200, help="quarters of each cell")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="set, population, census or detection")
    parser.add_argument("--strict", action="store_true", help="the published table's limits")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if options.strict:
        alert_watch.exceeds = _exceeds_strictly
    tables = {
        "set": set_rows,
        "population": population_rows,
        "census": census_rows,
        "detection": detection_rows,
    }
    rng = np.random.default_rng(options.seed)
    found: dict[str, list[Row]] = {}
    for name, rows in tables.items():
        if options.only in name:
            found[name] = list(rows(options.trials, rng))
    document = {"bench": "alerts", "strict": options.strict, "trials": options.trials}
    document |= {"seed": options.seed, **found}
    if options.json:
        print(json.dumps(document, allow_nan=False))
    else:
        for name, shown in found.items():
            _print(name, shown)
    return 0


def alerts_of(target: float, frame: Frame, *, census: bool = False) -> dict[str, Alert]:
    """Return the default page and ticket."""
    terms = BudgetTerms(target=target, window=WINDOW * DAY, cadence=DAY)
    subject = Subject(terms=terms, frame=frame, census=census)
    return {str(one.severity): one for one in nightly(subject)}


def quarters(
    design: AlertDesign,
    rates: Sequence[float],
    trials: int,
    budget: float,
    rng: np.random.Generator,
) -> list[Quarter]:
    """Return simulated series, with their windows."""
    look = WindowLook(slots=WINDOW, budget=budget)
    found = simulate_nights(design, rates, trials=trials, rng=rng, window=look)
    return list(quarters_of(found, rates, WINDOW))


def set_rows(trials: int, rng: np.random.Generator) -> Iterator[Row]:
    """Yield false alarms of a set whose own rate is the budget, or 0.8 of it, every night."""
    for items, labels in SETS:
        design = AlertDesign(items=items, labels=labels, fixed=True)
        for target in TARGETS:
            row: Row = {"items": items, "labels": labels, "target": target}
            for share in (1.0, 0.8):
                budget = round(1 - target, 10)
                series = quarters(design, QUARTER * [share * budget], trials, budget, rng)
                for severity, alert in alerts_of(target, "golden_set").items():
                    row[f"{severity} at {share:g}"] = _false(alert, series, budget)
            yield row


def population_rows(trials: int, rng: np.random.Generator) -> Iterator[Row]:
    """Yield false alarms about a population whose rate is the budget, or 0.8 of it."""
    for items, labels in ((200, 40), (500, 40)):
        for answers in ANSWERS:
            design = _design(items, labels, answers)
            for target in TARGETS:
                row: Row = {"items": items, "labels": labels, "answers": answers, "target": target}
                for share in (1.0, 0.8):
                    budget = round(1 - target, 10)
                    series = quarters(design, QUARTER * [share * budget], trials, budget, rng)
                    for severity, alert in alerts_of(target, "traffic").items():
                        row[f"{severity} at {share:g}"] = _false(alert, series, budget)
                yield row


def census_rows(trials: int, rng: np.random.Generator) -> Iterator[Row]:
    """Yield false alarms of a census about its population, and detection within a week."""
    for items in (120, 200, 500):
        design = AlertDesign(items=items, labels=items)
        for target in TARGETS:
            budget = round(1 - target, 10)
            row: Row = {"items": items, "target": target}
            alerts = alerts_of(target, "traffic", census=True)
            for share in (1.0, 0.8):
                series = quarters(design, QUARTER * [share * budget], trials, budget, rng)
                for severity, alert in alerts.items():
                    row[f"{severity} at {share:g}"] = _false(alert, series, budget)
            series = quarters(design, SOON * [2 * budget], trials, budget, rng)
            for severity, alert in alerts.items():
                row[f"burn 2: {severity}"] = _rings(alert, series, budget)
            yield row


def detection_rows(trials: int, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the share of regressions that ring within a week."""
    for items, labels in ((200, 40), (500, 40)):
        for answers in ANSWERS:
            design = _design(items, labels, answers)
            for target in TARGETS:
                row: Row = {"items": items, "labels": labels, "answers": answers, "target": target}
                for burn in (2, 5):
                    budget = round(1 - target, 10)
                    series = quarters(design, SOON * [burn * budget], trials, budget, rng)
                    for frame in ("golden_set", "traffic"):
                        for severity, alert in alerts_of(target, frame).items():
                            row[f"burn {burn}: {frame} {severity}"] = _rings(alert, series, budget)
                yield row


def _false(alert: Alert, series: Sequence[Quarter], budget: float) -> float:
    """Return the share of quarters with an alarm that is not true."""
    false = sum(
        any(
            not is_true(alert, one, at, budget)
            for at in started(trace(alert, one.results, budget))
        )
        for one in series
    )
    return round(false / len(series), 4)


def _rings(alert: Alert, series: Sequence[Quarter], budget: float) -> float:
    rings = sum(AlertStatus.FIRING in trace(alert, one.results, budget) for one in series)
    return round(rings / len(series), 4)


@lru_cache(maxsize=65_536)
def _exceeds_strictly(
    strata: tuple[Stratum, ...], tail: float, frame: Frame, budget: float
) -> bool:
    """Return whether the lower limit by `strict` is above the budget; known strata are facts."""
    items = sum(one.items for one in strata)
    known = sum(one.bad for one in strata if one.labelled == one.items)
    sampled = [one for one in strata if 0 < one.labelled < one.items]
    low, rate = known / items, estimated_rate(split(strata))
    if sampled:
        bad, labelled = tuple(s.bad for s in sampled), tuple(s.labelled for s in sampled)
        weights = np.array([one.items for one in sampled], dtype=np.float64)
        least = strict_limits(bad, labelled, weights / weights.sum(), tail)[0]
        low += weights.sum() / items * least
    if frame == "traffic":
        smooth = (items * rate + 0.5) / (items + 1)
        own = normal_quantile(tail) ** 2 * smooth * (1 - smooth) / items
        low = rate - ((rate - low) ** 2 + own) ** 0.5
    return bool(low > budget * (1 + 1e-12))


def _print(name: str, rows: Sequence[Row]) -> None:
    print(f"\n{name}")
    print("  ".join(rows[0]))
    for row in rows:
        print("  ".join(str(cell).rjust(len(key)) for key, cell in row.items()))


if __name__ == "__main__":
    sys.exit(main())
