"""Service level objectives: a target for an SLI over a window, and whether it is met."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from qualityslo.domain.budget import Budget, budget_of
from qualityslo.domain.reason import Reason, Severity, against, warning
from qualityslo.domain.sli import Role, Sli, SliResult
from qualityslo.domain.window import WindowResult
from qualityslo.stats import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Slo:
    """A target for one SLI on one golden set over a window; `name` is unique in the service.

    Raises:
        ValueError: the target leaves no budget, or is none.
    """

    name: str
    sli: Sli
    golden: str
    target: float
    window: timedelta

    def __post_init__(self) -> None:
        """Refuse a target outside (0, 1)."""
        if not 0 < self.target < 1:
            raise ValueError(f"a target lies between 0 and 1, both excluded, not {self.target!r}")


class SloState(StrEnum):
    """Three-valued: an interval on both sides of the target decides nothing."""

    MET = "met"
    BREACHED = "breached"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class SloStatus:
    """One SLO of one role: tonight's SLI, the window up to the last final slot, the budget.

    `concluded_slot` names the slot the state is about; None where no slot is final yet.
    `charged` is false for figures "as if it had served".
    """

    slo: Slo
    role: Role
    charged: bool
    tonight: SliResult
    concluded_slot: datetime | None
    window: WindowResult
    budget: Budget
    state: SloState
    reasons: tuple[Reason, ...]


def state_of(estimate: Estimate | None, target: float) -> SloState:
    """Return whether a bad rate's interval settles the target.

    Met where the whole interval keeps the target, breached where all of it misses it.
    """
    if estimate is None:
        return SloState.UNDECIDED
    tolerance = 1e-12  # the width of binary noise in a mean of exact ratios
    if 1 - estimate.high >= target - tolerance:
        return SloState.MET
    if 1 - estimate.low < target - tolerance:
        return SloState.BREACHED
    return SloState.UNDECIDED


def slo_status(
    slo: Slo,
    tonight: SliResult,
    last_final: SliResult | None,
    window: WindowResult,
    *,
    charged: bool,
) -> SloStatus:
    """Conclude one SLO from tonight's result, the last final slot's, and the window's."""
    usable = last_final is not None and last_final.concludes
    state = state_of(window.estimate, slo.target) if usable else SloState.UNDECIDED
    last = last_final.estimate if last_final is not None and usable else None
    return SloStatus(
        slo=slo,
        role=tonight.role,
        charged=charged,
        tonight=tonight,
        concluded_slot=None if last_final is None else last_final.slot,
        window=window,
        budget=budget_of(window.estimate if usable else None, last, slo.target),
        state=state,
        reasons=_reasons(slo, last_final, window, state),
    )


def _reasons(
    slo: Slo, last_final: SliResult | None, window: WindowResult, state: SloState
) -> tuple[Reason, ...]:
    if last_final is None:
        return (against("no_final_slot", "no slot is final yet: its labels may still arrive"),)
    if not last_final.concludes:
        return tuple(reason for reason in last_final.reasons if not reason.ok)
    reasons = list(last_final.reasons)
    if window.estimate is None:
        reasons.append(against("no_labelled_slot", "no slot of the window could be estimated"))
    elif state is SloState.UNDECIDED:
        reasons.append(
            against(
                "straddles", "the interval lies on both sides of the target: more items or labels"
            )
        )
    else:
        reasons.append(
            Reason(
                code="target",
                ok=state is SloState.MET,
                severity=Severity.INFO if state is SloState.MET else Severity.ERROR,
                detail=f"the whole interval {'keeps' if state is SloState.MET else 'misses'} the target",
            )
        )
    if window.unlabelled or window.missing:
        text = (
            f"{window.unlabelled} unlabelled and {window.missing} missing slots count neither way"
        )
        reasons.append(warning("gaps", text))
    population = last_final.population
    if state is SloState.MET and population is not None and 1 - population.high < slo.target:
        text = (
            f"met on these {population.items} items; for items like these the good ratio may be "
            f"as low as {100 * (1 - population.high):.1f} %"
        )
        reasons.append(warning("low_volume", text))
    return tuple(reasons)
