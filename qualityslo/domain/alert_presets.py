"""Ready sets of alerts; one for all services beats a knob for each (SRE workbook, chapter 5)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from qualityslo.domain.alerts import (
    Accumulated,
    Alert,
    AlertSeverity,
    Evidence,
    LowerLimit,
    WindowLimit,
)
from qualityslo.domain.burn import BudgetTerms, BurnCondition, BurnRequest, burn_condition
from qualityslo.errors import UsageError
from qualityslo.stats import ONE_NIGHT_TAIL, TWO_NIGHTS_TAIL, Frame

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
CLASSIC_FAST = BurnRequest(fraction=0.05, lookback=_HOUR, short=_HOUR / 12)
# The same items come back, so that a census' nights are not independent: 0.025 on two of them rang
# falsely in up to 13 % of quarters, this one in up to 4.3 % (docs/alerts.md).
CENSUS_TICKET_TAIL = 0.005
SLOW = BurnRequest(fraction=0.10, lookback=3 * _DAY, short=_DAY / 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What alerts are made for.

    Attributes:
        terms: target, window, cadence.
        frame: whose rate shall ring, where labels are a sample.
        census: whether every item is known without labels. Such a set has no width as a set: it
            rings on the population rate.
        stream: whether slots are stretches of live events, which are added up (Occurrences).
        looks: stages in which a slot's labels are looked at.
    """

    terms: BudgetTerms
    frame: Frame = "golden_set"
    census: bool = False
    stream: bool = False
    looks: int = 1

    @property
    def rings_on(self) -> Frame:
        """Whose rate rings."""
        return "traffic" if self.census or self.stream else self.frame

    @property
    def sampled_population(self) -> bool:
        """Whether a population is judged by a sample of labels of a sample of items."""
        return self.frame == "traffic" and not (self.census or self.stream)


def page_evidence(subject: Subject) -> Evidence:
    """Return what a page must show: 99.9 % on one slot, or 97.5 % on two of a sampled population."""
    if subject.sampled_population:
        return _two_slots(subject)
    return LowerLimit(tail=ONE_NIGHT_TAIL, frame=subject.rings_on, looks=subject.looks)


def ticket_evidence(subject: Subject) -> Evidence:
    """Return what a ticket must show.

    Of the set 97.5 % on two slots; of a census 99.5 % on two; of a sampled population the window.
    """
    if subject.sampled_population:
        return WindowLimit()
    return _two_slots(subject, CENSUS_TICKET_TAIL if subject.census else TWO_NIGHTS_TAIL)


def _two_slots(subject: Subject, tail: float = TWO_NIGHTS_TAIL) -> LowerLimit:
    return LowerLimit(tail=tail, running=2, frame=subject.rings_on, looks=subject.looks)


def nightly(subject: Subject) -> tuple[Alert, ...]:
    """Return the default: a page and a ticket by the statistical rules alone.

    A lower limit above the budget is a burn above 1 already; a factor on top would only hide a
    burn of 2.
    """
    return (
        Alert(name="fast", severity=AlertSeverity.PAGE, evidence=page_evidence(subject)),
        Alert(name="slow", severity=AlertSeverity.TICKET, evidence=ticket_evidence(subject)),
    )


def classic_fast(subject: Subject) -> tuple[Alert, ...]:
    """Return the page "5 % of the budget in one hour"; of batches, in one slot.

    Raises:
        UsageError: the factor is below 1 or unreachable (`burn_condition`).
    """
    alert = Alert(
        name="classic-fast",
        severity=AlertSeverity.PAGE,
        evidence=page_evidence(subject),
        burn=_burn(CLASSIC_FAST, subject),
    )
    return (alert,)


def slow(subject: Subject) -> tuple[Alert, ...]:
    """Return the ticket "10 % of the budget in three days"; of batches, in as many slots.

    Raises:
        UsageError: the factor is below 1 or unreachable (`burn_condition`).
    """
    evidence = page_evidence(subject) if subject.stream else ticket_evidence(subject)
    alert = Alert(
        name="slow-burn",
        severity=AlertSeverity.TICKET,
        evidence=evidence,
        burn=_burn(SLOW, subject),
    )
    return (alert,)


def e_detector(subject: Subject) -> tuple[Alert, ...]:
    """Return the slow ticket that adds up evidence over slots; of the set itself only.

    Raises:
        UsageError: it shall ring for a population: there it promises nothing.
    """
    if subject.frame != "golden_set":
        raise UsageError(
            f"frame={subject.frame!r}: the e-detector promises nothing of a population (the same "
            "items repeat their own deviation: it rang falsely in 16 to 43 % of quarters); "
            "frame='golden_set'"
        )
    return (Alert(name="e-detector", severity=AlertSeverity.TICKET, evidence=Accumulated()),)


PRESETS: Mapping[str, Callable[[Subject], tuple[Alert, ...]]] = {
    "nightly": nightly,
    "classic-fast": classic_fast,
    "slow": slow,
    "e-detector": e_detector,
}


def preset(name: str, subject: Subject) -> tuple[Alert, ...]:
    """Return the alerts of a preset.

    Raises:
        UsageError: there is none of that name, or it does not fit the subject.

    >>> day = timedelta(days=1)
    >>> terms = BudgetTerms(target=0.9, window=30 * day, cadence=day)
    >>> for name in ("nightly", "classic-fast", "slow"):
    ...     for alert in preset(name, Subject(terms=terms)):
    ...         print(f"{alert.severity} {alert.name}: {alert.in_words()}")
    page fast: 99.9 % lower limit above the budget (this set's rate)
    ticket slow: 97.5 % lower limit above the budget on 2 slots running (this set's rate)
    page classic-fast: burn above 1.5 over 1 slot (5 % of the budget) and over the last 1, and 99.9 % lower limit above the budget (this set's rate)
    ticket slow-burn: burn above 1 over 3 slots (10 % of the budget) and over the last 1, and 97.5 % lower limit above the budget on 2 slots running (this set's rate)
    """
    if name not in PRESETS:
        raise UsageError(f"preset {name!r} is unknown; known: {', '.join(PRESETS)}")
    return PRESETS[name](subject)


def _burn(request: BurnRequest, subject: Subject) -> BurnCondition:
    terms = subject.terms
    if not subject.stream:
        request = request.for_batches(terms.cadence)
    return burn_condition(request, terms, pooled=subject.stream)
