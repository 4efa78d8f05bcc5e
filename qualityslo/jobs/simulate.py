"""What presets of alerts would do: the real rules, run over simulated quarters."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from qualityslo.domain.alert_figures import Quarter, quiet_of, regression_of, regression_rates
from qualityslo.domain.alert_plan import (
    FALLBACK,
    STEADY,
    AlertFigures,
    AlertQuestion,
    AlertReport,
    PresetFigures,
)
from qualityslo.domain.alert_presets import PRESETS, preset
from qualityslo.domain.alert_watch import AlertStatus, SlotResult, trace
from qualityslo.domain.alerts import Alert
from qualityslo.errors import UsageError
from qualityslo.stats import Stratum
from qualityslo.stats.alert_trials import (
    AlertDesign,
    TrialNights,
    WindowLook,
    simulate_nights,
)

TRIALS = 200


def simulate_alerts(
    question: AlertQuestion,
    names: Sequence[str] = tuple(PRESETS),
    *,
    trials: int = TRIALS,
    seed: int = 0,
) -> AlertReport:
    """Return what presets do in quiet quarters and in regressions.

    All presets see the same quarters. The e-detector is always among them, of the set's rate.

    Args:
        question: the SLO and its set.
        names: of the presets; the first that is good enough is recommended.
        trials: quarters of each kind.
        seed: of everything random.

    Raises:
        UsageError: a preset that does not exist, no trial, or sizes that no set can have.
    """
    chosen = {one: _alerts_of(one, question) for one in dict.fromkeys([*names, FALLBACK])}
    alerts = [
        (name, alert)
        for name, found in chosen.items()
        if not isinstance(found, str)
        for alert in found
    ]
    quiet, regressions = _run(question, alerts, (trials, seed))
    return AlertReport(
        question=question,
        presets=tuple(
            _figures(name, found, quiet, regressions, question) for name, found in chosen.items()
        ),
        trials=trials,
        seed=seed,
    )


def _alerts_of(name: str, question: AlertQuestion) -> tuple[Alert, ...] | str:
    """Return the alerts of a preset, or why the SLO cannot have it."""
    subject = question.subject
    if name == FALLBACK:
        subject = replace(subject, frame="golden_set")
    if name not in PRESETS:
        preset(name, subject)  # says what there is
    try:
        return preset(name, subject)
    except UsageError as error:
        return str(error)


Key = tuple[str, str]
Marks = dict[Key, list[tuple[AlertStatus, ...]]]


def _run(
    question: AlertQuestion, alerts: Sequence[tuple[str, Alert]], how: tuple[int, int]
) -> tuple[dict[float, tuple[list[Quarter], Marks]], dict[float, tuple[list[Quarter], Marks]]]:
    """Return the quarters of each kind with what every alert said after each slot, by burn."""
    trials, seed = how
    kinds = [*(("quiet", burn) for burn in STEADY), *(("bad", burn) for burn in question.burns)]
    streams = np.random.default_rng(seed).spawn(len(kinds))
    found: dict[str, dict[float, tuple[list[Quarter], Marks]]] = {"quiet": {}, "bad": {}}
    for (kind, burn), rng in zip(kinds, streams, strict=True):
        rates = [burn * question.budget] * question.slots
        if kind == "bad":
            rates = regression_rates(question, burn)
        quarters = list(simulate_quarters(question, rates, trials, rng))
        marks = {
            (name, alert.name): [trace(alert, one.results, question.budget) for one in quarters]
            for name, alert in alerts
        }
        found[kind][burn] = quarters, marks
    return found["quiet"], found["bad"]


def simulate_quarters(
    question: AlertQuestion, rates: Sequence[float], trials: int, rng: np.random.Generator
) -> Iterator[Quarter]:
    """Yield simulated series of slots, as the rules see them."""
    subject = question.subject
    design = AlertDesign(
        items=question.items,
        labels=question.items if subject.census else question.labels,
        grader=question.grader,
        icc=question.icc,
        changed=question.changed,
        remember=question.remember,
    )
    slots = subject.terms.slots(subject.terms.window)
    look = WindowLook(slots=slots, budget=question.budget)
    found = simulate_nights(
        design, rates, trials=trials, rng=rng, window=look if subject.sampled_population else None
    )
    return quarters_of(found, rates, slots)


def quarters_of(found: TrialNights, rates: Sequence[float], window: int) -> Iterator[Quarter]:
    """Yield each simulated series as slot results."""
    strata = _interned()
    rows = zip(found.counts.tolist(), found.rates.tolist(), found.window_low.tolist(), strict=True)
    for counts, own, lows in rows:
        yield Quarter(
            results=tuple(
                SlotResult(strata=strata(*(tuple(one) for one in night)), window_low=low)
                for night, low in zip(counts, lows, strict=True)
            ),
            rates=tuple(own),
            population=tuple(rates),
            window=window,
        )


def _interned() -> Callable[..., tuple[Stratum, ...]]:
    """Return a maker of strata from counts; equal counts give the same object."""

    @lru_cache(maxsize=65_536)
    def make(*counts: tuple[int, int, int]) -> tuple[Stratum, ...]:
        return tuple(Stratum(*one) for one in counts if one[0])

    return make


def _figures(
    name: str,
    alerts: tuple[Alert, ...] | str,
    quiet: dict[float, tuple[list[Quarter], Marks]],
    regressions: dict[float, tuple[list[Quarter], Marks]],
    question: AlertQuestion,
) -> PresetFigures:
    if isinstance(alerts, str):
        return PresetFigures(name=name, unfit=alerts)
    found = tuple(
        AlertFigures(
            alert=alert,
            quiet=tuple(
                quiet_of(alert, quarters, marks[name, alert.name], burn, question.budget)
                for burn, (quarters, marks) in quiet.items()
            ),
            regressions=tuple(
                regression_of((alert,), quarters, [marks[name, alert.name]], burn, question)
                for burn, (quarters, marks) in regressions.items()
            ),
        )
        for alert in alerts
    )
    together = tuple(
        regression_of(alerts, quarters, [marks[name, one.name] for one in alerts], burn, question)
        for burn, (quarters, marks) in regressions.items()
    )
    return PresetFigures(name=name, alerts=found, together=together)
