"""One alert looking at one slot after another: what it says after each."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import assert_never

from qualityslo.domain.alerts import Accumulated, Alert, LowerLimit, WindowLimit
from qualityslo.domain.burn import SlotRate, above, burning, burns_above
from qualityslo.stats import TWO_NIGHTS_TAIL, EDetector, Estimate, Frame, Stratum, alert_interval
from qualityslo.stats.strata import split
from qualityslo.stats.superpopulation import estimated_rate


class AlertStatus(StrEnum):
    """What an alert says.

    `SUSPECT` asks for the pre-declared second stage and tells nobody else; `RESOLVED` is the first
    slot that is no longer above; `NO_DATA` is before any valid slot.
    """

    NO_DATA = "no_data"
    OK = "ok"
    SUSPECT = "suspect"
    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotResult:
    """What a valid slot has found out.

    Attributes:
        strata: the slot's items, labelled and bad; a fully measured slot is one full stratum.
        window_low: lower limit of the window that ends here, at `WINDOW_CONFIDENCE`; None where
            the window has no estimate.
    """

    strata: tuple[Stratum, ...]
    window_low: float | None = None

    @property
    def rate(self) -> float | None:
        """The estimated bad rate; None where no item of it is known."""
        return _rated(self.strata)[0]

    @property
    def labelled(self) -> tuple[int, int]:
        """Items that are known, and all items."""
        return sum(one.labelled for one in self.strata), sum(one.items for one in self.strata)


@lru_cache(maxsize=65_536)
def _rated(strata: tuple[Stratum, ...]) -> tuple[float | None, int]:
    """Return the point of `stats.rate_interval` and the number of items, without the limits."""
    items = sum(one.items for one in strata)
    if not any(one.labelled for one in strata):
        return None, items
    return estimated_rate(split(strata)), items


@lru_cache(maxsize=65_536)
def limit_of(strata: tuple[Stratum, ...], tail: float, frame: Frame) -> Estimate:
    """Return `stats.alert_interval`, each result once."""
    return alert_interval(strata, tail=tail, frame=frame)


def exceeds(strata: tuple[Stratum, ...], tail: float, frame: Frame, budget: float) -> bool:
    """Return whether the lower limit is above the budget.

    It never is where the point is not, nor where a limit of less confidence is not: the limits of
    a higher one contain it. For the set it always is where the bad ones that were seen are too
    many already: they are facts.
    """
    rate, items = _rated(strata)
    if rate is None or not above(rate, budget):
        return False
    if frame == "golden_set" and above(sum(one.bad for one in strata) / items, budget):
        return True
    if tail < TWO_NIGHTS_TAIL and not exceeds(strata, TWO_NIGHTS_TAIL, frame, budget):
        return False
    return above(limit_of(strata, tail, frame).low, budget)


class Watch:
    """One alert of one SLO, fed slot by slot in their order.

    Once it fires it does so until the first slot at or below what it is measured by: the burn
    factor of its short look-back, or without one the budget. A slot without a result changes
    nothing.
    """

    def __init__(self, alert: Alert, budget: float) -> None:
        """Start before the first slot."""
        self._alert = alert
        self._budget = budget
        length = 1 if alert.burn is None else alert.burn.long
        self._recent: deque[SlotResult | None] = deque(maxlen=length)
        self._running = 0
        self._evidence = EDetector(
            threshold=alert.evidence.threshold if isinstance(alert.evidence, Accumulated) else 900
        )
        self.status = AlertStatus.NO_DATA

    def see(self, result: SlotResult | None) -> AlertStatus:
        """Look at the next slot, None where it has no result, and return what the alert says."""
        rate = None if result is None else result.rate
        self._recent.append(None if rate is None else result)
        if result is None or rate is None:
            return self.status
        was_firing = self.status is AlertStatus.FIRING
        shown = self._shown(result, rate)
        if (shown and self._burns()) or (was_firing and self._still_above(rate)):
            self.status = AlertStatus.FIRING
        elif self.suspects(result):
            self.status = AlertStatus.SUSPECT
        else:
            self.status = AlertStatus.RESOLVED if was_firing else AlertStatus.OK
        return self.status

    def suspects(self, result: SlotResult) -> bool:
        """Return whether a slot's one-look evidence, at 97.5 %, is against it.

        That level controls nothing over a quarter: it asks for the second stage, it never rings.
        """
        evidence = self._alert.evidence
        if not isinstance(evidence, LowerLimit) or self._alert.pooled:
            return False
        tail = TWO_NIGHTS_TAIL / evidence.looks
        return exceeds(result.strata, tail, evidence.frame, self._budget)

    def _shown(self, result: SlotResult, rate: float) -> bool:
        """Return whether the evidence is there, with this slot."""
        match self._alert.evidence:
            case LowerLimit(tail=tail, running=running, frame=frame, looks=looks):
                strata = self._pooled() if self._alert.pooled else result.strata
                one = exceeds(strata, tail / looks, frame, self._budget)
                self._running = self._running + 1 if one else 0
                return self._running >= running
            case WindowLimit():
                low = result.window_low
                return low is not None and above(low, self._budget) and above(rate, self._budget)
            case Accumulated():
                self._evidence = self._evidence.after(rate / self._budget)
                return self._evidence.pages
            case _:
                assert_never(self._alert.evidence)

    def _pooled(self) -> tuple[Stratum, ...]:
        """Return the long look-back as one sample; what is not known counts as good."""
        strata = [one for result in self._recent if result is not None for one in result.strata]
        events = sum(one.items for one in strata)
        return (Stratum(events, events, sum(one.bad for one in strata)),)

    def _rates(self) -> list[SlotRate | None]:
        found: list[SlotRate | None] = []
        for one in self._recent:
            rate, events = (None, 0) if one is None else _rated(one.strata)
            found.append(None if rate is None else SlotRate(rate=rate, events=events))
        return found

    def _burns(self) -> bool:
        burn = self._alert.burn
        return burn is None or burns_above(burn, self._rates(), self._budget)

    def _still_above(self, rate: float) -> bool:
        burn = self._alert.burn
        if burn is None:
            return above(rate, self._budget)
        return burning(burn, self._rates(), burn.short, self._budget)


def trace(
    alert: Alert, results: Iterable[SlotResult | None], budget: float
) -> tuple[AlertStatus, ...]:
    """Return what an alert says after each slot, oldest first.

    >>> from qualityslo.domain.alerts import AlertSeverity
    >>> page = Alert(name="fast", severity=AlertSeverity.PAGE,
    ...              evidence=LowerLimit(tail=0.001, frame="traffic"))
    >>> nights = [SlotResult(strata=(Stratum(200, 200, bad),)) for bad in (12, 50, 22, 12, 12)]
    >>> [status.value for status in trace(page, nights, 0.1)]
    ['ok', 'firing', 'firing', 'resolved', 'ok']
    """
    watch = Watch(alert, budget)
    return tuple(watch.see(one) for one in results)


def firing_since(statuses: Sequence[AlertStatus]) -> int | None:
    """Return the position of the slot at which the present firing began; None where none is."""
    if not statuses or statuses[-1] is not AlertStatus.FIRING:
        return None
    at = len(statuses) - 1
    while at and statuses[at - 1] is AlertStatus.FIRING:
        at -= 1
    return at
