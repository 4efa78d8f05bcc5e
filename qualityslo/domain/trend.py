"""An SLO night by night: every slot of the window, and the slots without a figure as gaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qualityslo.domain.facts import RunRow
from qualityslo.domain.sli import Role, SliResult
from qualityslo.domain.slo import Slo


class SlotKind(StrEnum):
    """What is known of a slot."""

    FINAL = "final"
    PROVISIONAL = "provisional"  # its labels may still arrive
    OPEN = "open"  # it ran, and nothing can be concluded: no labels, too much ungraded, ...
    MISSING = "missing"  # nothing ran


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """One slot: the good ratio with its interval, None where the slot has no figure.

    `revised` marks the first slot of a new revision: another model, golden set, grader or rule.
    """

    slot: datetime
    kind: SlotKind
    low: float | None = None
    point: float | None = None
    high: float | None = None
    revised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The slots of one SLO and role, oldest first, gaps included."""

    slo: str
    golden: str
    role: Role
    charged: bool
    target: float
    points: tuple[TrendPoint, ...]

    @property
    def figures(self) -> int:
        """The number of slots that have a figure."""
        return sum(one.low is not None for one in self.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one run says of an SLI, and whether its slot is final."""

    run: RunRow
    result: SliResult
    final: bool


def trend_of(
    slo: Slo, role: Role, seen: Sequence[Seen], expected: Sequence[datetime], *, charged: bool
) -> Trend:
    """Return the trend of an SLO; nothing is missing before its first run.

    Args:
        slo: the objective.
        role: whose figures.
        seen: the runs of the window, by slot.
        expected: the scheduled slots up to the last run's.
        charged: whether this role's figures burn the budget.
    """
    points = {}
    before = None
    for one in seen:
        revised = before is not None and before != one.run.revision
        points[one.run.slot] = _point(one, revised=revised)
        before = one.run.revision
    if seen:
        for slot in expected:
            if seen[0].run.slot <= slot <= seen[-1].run.slot and slot not in points:
                points[slot] = TrendPoint(slot=slot, kind=SlotKind.MISSING)
    return Trend(
        slo=slo.name,
        golden=slo.golden,
        role=role,
        charged=charged,
        target=slo.target,
        points=tuple(points[slot] for slot in sorted(points)),
    )


def _point(one: Seen, *, revised: bool) -> TrendPoint:
    estimate = one.result.estimate
    kind = SlotKind.FINAL if one.final else SlotKind.PROVISIONAL
    if estimate is None or not one.result.concludes:
        return TrendPoint(slot=one.run.slot, kind=SlotKind.OPEN, revised=revised)
    good = estimate.complement()
    return TrendPoint(
        slot=one.run.slot,
        kind=kind,
        low=good.low,
        point=good.point,
        high=good.high,
        revised=revised,
    )
