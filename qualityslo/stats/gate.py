"""The paired difference that a release gate asks for: its own draw, exact, on this golden set."""

import math
from dataclasses import dataclass
from typing import Self

from qualityslo.errors import StatsError
from qualityslo.stats.estimate import Estimate
from qualityslo.stats.pair_exact import (
    NOTHING,
    PairedStrata,
    can_enumerate,
    net_high,
    net_possible,
    swapped,
)
from qualityslo.stats.pair_search import Progress
from qualityslo.stats.paired import paired_difference_interval
from qualityslo.stats.special import tail_of
from qualityslo.stats.strata import PairedStratum, whole_number


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSample:
    """What a release draw has shown of two models on a golden set.

    The first model of each `PairedStratum` is the candidate.

    Attributes:
        candidate_alarm: pairs of which the graders flag the candidate's answer only.
        baseline_alarm: pairs of which they flag the baseline's answer only.
        agree: pairs with the same verdict, and those that a grader could not judge.
        items: all items of the set. Those in no stratum have identical answers: difference 0.
        both_alarm: pairs with both answers flagged, where they are a stratum of their own.
        remembered: pairs whose labels are all known from earlier draws; in no other stratum.

    Raises:
        StatsError: more items in the strata than in the set, no item in the set, or `remembered`
            not fully labelled.
    """

    candidate_alarm: PairedStratum
    baseline_alarm: PairedStratum
    agree: PairedStratum
    items: int
    both_alarm: PairedStratum = NOTHING
    remembered: PairedStratum = NOTHING

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", whole_number("items", self.items))
        inside = sum(one.items for one in self.strata)
        if not 0 < self.items >= inside:
            raise StatsError(
                f"items={self.items!r}, and {inside!r} in the strata; pass the number of all items "
                "of the golden set, those with identical answers included"
            )
        if self.remembered.labelled < self.remembered.items:
            raise StatsError(
                f"remembered={self.remembered!r} is not fully labelled; pass the pairs that wait "
                "for labels in the stratum that they are drawn from"
            )

    @property
    def strata(self) -> PairedStrata:
        """All five strata, with or without items."""
        drawn = self.candidate_alarm, self.baseline_alarm, self.agree, self.both_alarm
        return (*drawn, self.remembered)

    @property
    def labelled(self) -> int:
        """All labelled pairs."""
        return sum(one.labelled for one in self.strata)

    @property
    def unlabelled(self) -> int:
        """Pairs in strata without labels; each may add one in either direction."""
        return sum(one.items for one in self.strata if not one.labelled)

    @property
    def point(self) -> float | None:
        """The estimated difference, strata without labels left out; None where that is all."""
        if self.unlabelled and not self.labelled:
            return None
        net = sum(map(_projected, self.strata))
        return net / (self.items - self.unlabelled)

    @property
    def method(self) -> str:
        """How `interval` finds the limits."""
        if self.point is None:
            return "no labels"
        name = "pair_exact" if any(map(_is_sampled, self.strata)) else "census"
        note = f", {self.unlabelled:,} items in strata without labels" if self.unlabelled else ""
        return name + note

    def interval(self, confidence: float = 0.95, progress: Progress | None = None) -> Estimate:
        """Return the estimate that `paired_gate_interval` describes.

        Raises:
            StatsError: a confidence outside (0, 1).
        """
        tail = tail_of(confidence)
        sides = _Side.of(self.strata), _Side.of(swapped(self.strata))
        if not all(can_enumerate(side.draw, tail) for side in sides):
            return paired_difference_interval(
                (*self.strata, self._same), confidence=confidence, frame="golden_set"
            )
        high = sides[0].high(tail, _half(progress, 0)) / self.items
        low = -sides[1].high(tail, _half(progress, 1)) / self.items
        center = [] if self.point is None else [self.point]
        return Estimate(
            point=self.point,
            low=min([low, *center]),
            high=max([high, *center]),
            confidence=confidence,
            labelled=self.labelled,
            items=self.items,
            frame="golden_set",
            method=self.method,
        )

    def excludes(self, margin: float, confidence: float = 0.95) -> bool:
        """Tell whether `interval(confidence).high < margin` at a fraction of its cost.

        Raises:
            StatsError: a confidence outside (0, 1).
        """
        tail, side = tail_of(confidence), _Side.of(self.strata)
        if not can_enumerate(side.draw, tail):
            return self.interval(confidence).high < margin
        net = math.floor(margin * self.items)
        net += net / self.items < margin
        return (self.point or 0.0) < margin and not side.reaches(net, tail)

    @property
    def _same(self) -> PairedStratum:
        """The pairs of identical answers: as if labelled, without a difference."""
        same = self.items - sum(one.items for one in self.strata)
        return PairedStratum(same, same, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """What an upper limit of the net difference is made of, in items.

    Attributes:
        draw: the strata labelled in part.
        known: net of the fully labelled strata, and every item without labels against us.
        beyond: the first whole number above the estimated net of the draw; a limit below it would
            call the estimate certain while there are pairs that nobody has seen.
        most: the largest net of the draw that its labelled pairs allow.
    """

    draw: PairedStrata
    known: int
    beyond: int
    most: int

    @classmethod
    def of(cls, strata: PairedStrata) -> Self:
        """Return the upper side of four drawn strata and the remembered one."""
        draw = tuple(one if _is_sampled(one) else NOTHING for one in strata[:4])
        full = sum(_net(one) for one in strata if one.labelled == one.items)
        return cls(
            draw=draw,
            known=full + sum(one.items for one in strata if not one.labelled),
            beyond=math.floor(round(sum(map(_projected, draw)), 9)) + 1,
            most=sum(_net(one) + one.items - one.labelled for one in draw),
        )

    def high(self, tail: float, progress: Progress | None) -> int:
        """Return the upper limit."""
        found = net_high(self.draw, tail, progress)
        return self.known + min(max(found, self.beyond), self.most)

    def reaches(self, net: int, tail: float) -> bool:
        """Tell whether `high` is at least `net`."""
        rest = net - self.known
        likely = rest <= self.beyond or net_possible(self.draw, tail, rest)
        return likely and rest <= self.most


def paired_gate_interval(  # noqa: PLR0913  # the contract of the package: one keyword a fact
    candidate_alarm: PairedStratum,
    baseline_alarm: PairedStratum,
    agree: PairedStratum,
    *,
    items: int,
    confidence: float = 0.95,
    both_alarm: PairedStratum | None = None,
    remembered: PairedStratum | None = None,
    progress: Progress | None = None,
) -> Estimate:
    """Estimate the candidate's bad rate minus the baseline's on this golden set, exactly.

    Pairs of answers are drawn at random inside strata by what the graders say of the two; the
    first model of each `PairedStratum` is the candidate. Each side misses with at most half of
    1 - confidence, whatever is true and however wrong the graders are: method `pair_exact`
    (docs/statistics.md; Buehler 1957, Berger & Boos 1994), `census` where every pair is labelled.

    Fully labelled strata and `remembered` are a constant: the draw among the others does not
    depend on them, so that the promise holds given what they are. A stratum without labels may
    differ in all its items: it widens both limits by its share and is named in `method`. A set
    too large to enumerate gets the wider `paired`, and its name.

    Args:
        candidate_alarm: pairs of which only the candidate's answer is flagged.
        baseline_alarm: pairs of which only the baseline's answer is flagged.
        agree: pairs with the same verdict, and those that a grader could not judge.
        items: all items of the set; those in no stratum have identical answers, difference 0.
        confidence: two-sided level.
        both_alarm: pairs with both answers flagged, where they are drawn as a stratum of their
            own; label them all where you can, the search is much slower with a fourth stratum.
        remembered: pairs whose labels are all known already; in no other stratum.
        progress: is told the share of the work that is done, from 0 to 1.

    Raises:
        StatsError: more items in the strata than in the set, no item, `remembered` not fully
            labelled, or a confidence outside (0, 1).

    >>> candidate, baseline = PairedStratum(20, 10, 5, 0), PairedStratum(20, 10, 0, 2)
    >>> print(paired_gate_interval(candidate, baseline, PairedStratum(160, 40, 0, 0), items=200))
    3.0 % [-2.5 %, 8.5 %] (95 %, 60 labels of 200 items)
    """
    sample = GateSample(
        candidate_alarm=candidate_alarm,
        baseline_alarm=baseline_alarm,
        agree=agree,
        items=items,
        both_alarm=both_alarm or NOTHING,
        remembered=remembered or NOTHING,
    )
    return sample.interval(confidence, progress)


def _half(progress: Progress | None, side: int) -> Progress | None:
    """Return what one of the two sides is to call."""
    return None if progress is None else lambda share: progress((side + share) / 2)


def _is_sampled(one: PairedStratum) -> bool:
    return 0 < one.labelled < one.items


def _net(one: PairedStratum) -> int:
    return one.only_first_bad - one.only_second_bad


def _projected(one: PairedStratum) -> float:
    """Return the net that all items of a stratum have if the labelled ones stand for them."""
    return one.items * _net(one) / max(one.labelled, 1)
