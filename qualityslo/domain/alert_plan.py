"""What alerts would do: the question, the figures of a simulation, and one recommendation."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from qualityslo.domain.alert_presets import Subject
from qualityslo.domain.alerts import LOOKS_A_QUARTER, Alert
from qualityslo.domain.wording import percent
from qualityslo.errors import UsageError
from qualityslo.stats import GraderQuality

SOON, HORIZON = 7, 28  # slots within which an alert is asked to see a regression
LEAST_POWER = 0.5  # at twice the budget within the horizon, to be recommended
STEADY = (1.0, 0.8)  # shares of the budget at which nothing should ring
TWICE = 2.0
BURNS = (TWICE, 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertQuestion:
    """One SLO, and how its set behaves.

    Attributes:
        name: of the SLO.
        golden: name of its golden set.
        subject: target, window, cadence, whose rate, census or not.
        items: of the set.
        labels: a night; of no meaning for a census.
        grader: what the alarm of the draw is worth.
        icc: correlation of two answers to one item.
        changed: share of the answers that is new each night.
        remember: whether labels of unchanged answers are kept.
        true_rate: bad rate of a further regression to look at; None for none.
        slots: of one simulated quarter.

    Raises:
        UsageError: too few slots for a regression of 28 with a slot before and after, or a rate
            that is none.
    """

    name: str
    golden: str
    subject: Subject
    items: int
    labels: int
    grader: GraderQuality = field(default_factory=GraderQuality)
    icc: float = 0.7
    changed: float = 0.3
    remember: bool = True
    true_rate: float | None = None
    slots: int = LOOKS_A_QUARTER

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        if self.slots < HORIZON + 2:
            raise UsageError(
                f"nights={self.slots!r}: a regression takes {HORIZON}, give {HORIZON + 2} or more"
            )
        if self.true_rate is not None and not 0 < self.true_rate <= 1:
            raise UsageError(
                f"true_rate={self.true_rate!r} is no share in (0, 1]; write 4 % as 0.04"
            )

    @property
    def budget(self) -> float:
        """The error budget."""
        return self.subject.terms.budget

    @property
    def burns(self) -> tuple[float, ...]:
        """Burn rates of the regressions: 2, 5, that of the true rate; none above the highest."""
        most = 1 / self.budget
        own = () if self.true_rate is None else (self.true_rate / self.budget,)
        return tuple(dict.fromkeys(min(one, most) for one in (*BURNS, *own)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A quarter in which nothing was wrong.

    `burn` is its rate over the budget; `false_quarters` the share of quarters with a false alarm,
    `error` its standard error, `alarms` all alarms a quarter: of a set whose own rate went above
    the budget they are true, though the population's was not.
    """

    burn: float
    false_quarters: float
    error: float
    alarms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """A quarter at 0.8 of the budget, with 28 slots at a burn rate in its middle.

    Attributes:
        burn: of the regression.
        soon: share of regressions seen within 7 slots.
        recall: share seen within 28, its whole length.
        delay: median slots until it is seen, 1 for the first; None where half is not seen.
        reset: median slots from the repair until the alarm ends; None where none lasted so long.
        precision: share of the alarms that were true; None without any.
    """

    burn: float
    soon: float
    recall: float
    delay: float | None
    reset: float | None
    precision: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFigures:
    """One alert, through quiet quarters and through regressions."""

    alert: Alert
    quiet: tuple[Quiet, ...]
    regressions: tuple[Regression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetFigures:
    """A preset: its alerts one by one, and all of them together (`together`, by burn).

    `unfit` says why the SLO cannot have it; then there are no figures.
    """

    name: str
    alerts: tuple[AlertFigures, ...] = ()
    together: tuple[Regression, ...] = ()
    unfit: str | None = None

    @property
    def power(self) -> float:
        """Chance to see twice the budget within 28 slots."""
        return self.together[0].recall if self.together else 0.0

    @property
    def noise(self) -> float:
        """Alarms a quarter at 0.8 of the budget: of a small set true now and then, and a burden."""
        return sum(one.quiet[-1].alarms for one in self.alerts)

    @property
    def delay(self) -> float | None:
        """Median slots until twice the budget is seen."""
        return self.together[0].delay if self.together else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """A preset for an SLO and why; `qualifies` is false for the e-detector as the last resort."""

    preset: str
    qualifies: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertReport:
    """Everything simulated for one question. `trials` quarters each, by `seed`."""

    question: AlertQuestion
    presets: tuple[PresetFigures, ...]
    trials: int
    seed: int

    @property
    def recommendation(self) -> Recommendation:
        """Return the first preset with a power of one half at twice the budget within 28 slots.

        Where there is none, the e-detector with its median delay: it is the only rule that adds
        up what single slots are too small to show.
        """
        for one in self.presets:
            if one.unfit is None and one.power >= LEAST_POWER and one.name != FALLBACK:
                delay = in_slots(one.delay)
                return Recommendation(
                    preset=one.name,
                    qualifies=True,
                    text=f"{one.name}: sees twice the budget within {HORIZON} slots with a chance "
                    f"of {percent(one.power)}, half of the time within {delay}; at 0.8 of it rings "
                    f"{one.noise:.1f} times a quarter",
                )
        return _last_resort(self.presets, census=self.question.subject.census)


FALLBACK = "e-detector"


def _last_resort(presets: Sequence[PresetFigures], *, census: bool) -> Recommendation:
    tried = [one for one in presets if one.unfit is None and one.name != FALLBACK]
    best = max((one.power for one in tried), default=0.0)
    found = next((one for one in presets if one.name == FALLBACK), None)
    delay = (
        "" if found is None else f" (median delay at twice the budget: {in_slots(found.delay)})"
    )
    return Recommendation(
        preset=FALLBACK,
        qualifies=False,
        text=f"{FALLBACK}{delay}, on this set's rate: no preset sees twice the budget within "
        f"{HORIZON} slots with a chance of one half, at best {percent(best)}; "
        f"more items{'' if census else ' and more labels a night'} would",
    )


def in_slots(slots: float | None) -> str:
    """Return a number of slots in words; None is more than the regression lasted."""
    if slots is None:
        return f"more than {HORIZON} slots"
    return f"{slots:g} slot" + ("" if slots == 1 else "s")


def median_of(found: Sequence[float | None]) -> float | None:
    """Return the median where None stands for later than all others; None where it is one.

    >>> median_of([3, None, 5]), median_of([1, None]), median_of([])
    (5, None, None)
    """
    ranked = sorted(found, key=lambda one: math.inf if one is None else one)
    if not ranked:
        return None
    low, high = ranked[(len(ranked) - 1) // 2], ranked[len(ranked) // 2]
    return None if low is None or high is None else high if low == high else (low + high) / 2
