"""Windows over slots: which slots count, and the rate over them (design 5.5)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from qualityslo.domain.sli import ItemWeights
from qualityslo.stats import Estimate, window_rate_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotCounts:
    """Good and valid events of one slot, as counted by one run."""

    run_id: str
    slot: datetime
    good: int
    valid: int

    def __post_init__(self) -> None:
        """Refuse counts that no night can have."""
        if not 0 <= self.good <= self.valid:
            raise ValueError(f"good events must lie in [0, valid]: {self!r}")

    @property
    def bad_rate(self) -> float | None:
        """The slot's bad rate; None where there was no event."""
        return (self.valid - self.good) / self.valid if self.valid else None


def inside(slot: datetime, *, end: datetime, length: timedelta) -> bool:
    """Return whether a slot lies in the window [end - length, end)."""
    return end - length <= slot < end


def window_counts(
    rows: Iterable[SlotCounts], *, end: datetime, length: timedelta
) -> tuple[SlotCounts, ...]:
    """Return the rows inside [end - length, end) by time, each run once.

    Raises:
        ValueError: one run has two different rows.
    """
    unique: dict[str, SlotCounts] = {}
    for row in rows:
        known = unique.setdefault(row.run_id, row)
        if known != row:
            raise ValueError(f"run {row.run_id!r} is recorded twice with different counts")
    kept = [row for row in unique.values() if inside(row.slot, end=end, length=length)]
    return tuple(sorted(kept, key=lambda row: (row.slot, row.run_id)))


def occurrences_rate(rows: Sequence[SlotCounts]) -> float | None:
    """Return the bad rate over all events of the window; None where there was none."""
    valid = sum(row.valid for row in rows)
    return sum(row.valid - row.good for row in rows) / valid if valid else None


def ratio_timeslices_rate(rows: Sequence[SlotCounts]) -> float | None:
    """Return the mean of the slots' bad rates; slots without events contribute nothing."""
    rates = [row.bad_rate for row in rows if row.bad_rate is not None]
    return sum(rates) / len(rates) if rates else None


def gaps(expected: Iterable[datetime], present: Iterable[datetime]) -> tuple[datetime, ...]:
    """Return the scheduled slots for which there is no run."""
    return tuple(sorted(set(expected) - set(present)))


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSlot:
    """One final slot of a window and what it adds."""

    slot: datetime
    weights: ItemWeights


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowResult:
    """The bad rate over a window, and which slots it rests on.

    `estimate` is None where no slot could be estimated. `used + unlabelled` is the number of
    final slots inside the window; `missing` counts scheduled slots without a run.
    """

    estimate: Estimate | None
    used: int
    unlabelled: int
    missing: int


def window_result(
    slots: Sequence[WindowSlot], *, missing: int, confidence: float = 0.95
) -> WindowResult:
    """Return the window's bad rate: the mean of its slots' rates (RatioTimeslices).

    Where every slot is a census the rate is exact but for ungraded answers; otherwise its
    interval is clustered by item (`stats.window_rate_interval`). Each slot's weights are scaled
    to a sum of one, so that every slot weighs the same however many answers were valid.
    """
    usable = [one for one in slots if one.weights.complete]
    if not usable:
        return WindowResult(estimate=None, used=0, unlabelled=len(slots), missing=missing)
    if all(one.weights.census for one in usable):
        estimate = _census(usable, confidence)
    else:
        estimate = _clustered(usable, confidence)
    return WindowResult(
        estimate=estimate, used=len(usable), unlabelled=len(slots) - len(usable), missing=missing
    )


def _census(slots: Sequence[WindowSlot], confidence: float) -> Estimate:
    def mean(which: str) -> float:
        shares = [
            float(getattr(one.weights, which).sum() / one.weights.weight.sum()) for one in slots
        ]
        return sum(shares) / len(shares)

    low, high = mean("bad"), mean("worst")
    items = sum(int(one.weights.weight.sum()) for one in slots)
    unknown = sum(int((one.weights.worst - one.weights.bad).sum()) for one in slots)
    methods = {one.weights.method for one in slots}
    return Estimate(
        point=low if low == high else None,
        low=low,
        high=max(low, high),
        confidence=confidence,
        labelled=0 if "uncorrected" in methods else items - unknown,
        items=items,
        frame="golden_set",
        method=methods.pop() if len(methods) == 1 else ", ".join(sorted(methods)),
    )


def _clustered(slots: Sequence[WindowSlot], confidence: float) -> Estimate:
    rank: dict[str, int] = {}
    for one in slots:
        for digest in one.weights.item_digests:
            rank.setdefault(digest, len(rank))
    weight, bad, worst = (np.zeros(len(rank)) for _ in range(3))
    for one in slots:
        at = np.array([rank[digest] for digest in one.weights.item_digests])
        scale = 1 / one.weights.weight.sum()
        np.add.at(weight, at, one.weights.weight * scale)
        np.add.at(bad, at, one.weights.bad * scale)
        np.add.at(worst, at, one.weights.worst * scale)
    labelled = sum(int((one.weights.weight > 0).sum()) for one in slots)
    best, most = (
        window_rate_interval(
            weight, lost, confidence=confidence, labelled=labelled, frame="golden_set"
        )
        for lost in (bad, worst)
    )
    if (bad == worst).all():
        return best
    method = f"{best.method}, open labels both ways"
    return replace(best, point=None, high=most.high, method=method)
