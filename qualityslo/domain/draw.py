"""The draw of reviews (design 5.2): which items people look at, with known probability."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from qualityslo.domain.sampling import draw_spread
from qualityslo.stats import Stratum, expected_width, share_labels

LEAST_QUIET = 0.7  # of proportional, whatever history says: there the graders' silent misses hide
_CHOICES = 8  # steps between the fewest and the most alarm items that are compared
_ROUNDING = 1e-9


class ReviewStratum(StrEnum):
    """Where an item stands in the draw: flagged by any grader on either model, or not."""

    ALARM = "alarm"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRule:
    """How many items a night people look at, and how they are shared between the strata."""

    items_per_night: int = 20
    alarm_factor: float = 1.5
    floor: int = 5
    second_stage: int = 0  # further items, asked about only where the first leave an SLO open

    @property
    def drawn_per_night(self) -> int:
        """Items of one draw, both stages."""
        return self.items_per_night + self.second_stage


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawHistory:
    """What the labels of earlier final nights say of one SLI, by stratum of the night's draw.

    Raises:
        ValueError: not 0 <= bad <= labelled.
    """

    alarm_labelled: int
    alarm_bad: int
    quiet_labelled: int
    quiet_bad: int

    def __post_init__(self) -> None:
        """Refuse counts that no nights can have."""
        for bad, labelled in (
            (self.alarm_bad, self.alarm_labelled),
            (self.quiet_bad, self.quiet_labelled),
        ):
            if not 0 <= bad <= labelled:
                raise ValueError(f"bad labels must lie in [0, labelled]: {self!r}")

    @property
    def rates(self) -> tuple[float, float]:
        """The bad rates of alarm and quiet, kept off 0 and 1 by half a label each way."""
        return (
            (self.alarm_bad + 0.5) / (self.alarm_labelled + 1),
            (self.quiet_bad + 0.5) / (self.quiet_labelled + 1),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnItem:
    """One item of the draw. `position` is its place in the order of review, from 0."""

    item_id: str
    stratum: StrEnum  # a ReviewStratum; of a release draw a ReleaseStratum
    position: int
    inclusion_probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A finished draw: how large its strata were, and the drawn items in their order of review.

    Of a release draw `alarm_items` are those with different verdicts on the two answers, in both
    directions, and `quiet_items` those on which the verdicts agree.
    """

    seed: tuple[int, ...]
    alarm_items: int
    quiet_items: int
    drawn: tuple[DrawnItem, ...]


def draw_entropy(seed: int, service: str, golden: str, slot: datetime) -> tuple[int, ...]:
    """Return the entropy of one draw: the spec's seed and a digest of service, golden set, slot.

    >>> a = draw_entropy(0, "shop", "faq", datetime(2026, 3, 1, tzinfo=UTC))
    >>> a == draw_entropy(0, "shop", "faq", datetime(2026, 3, 1, tzinfo=UTC))
    True
    """
    where = "\x1f".join((service, golden, slot.astimezone(UTC).isoformat()))
    digest = hashlib.sha256(where.encode()).digest()
    words = (int.from_bytes(digest[at : at + 4], "big") for at in range(0, 16, 4))
    return (seed, *words)


def allocate(
    alarm: int, quiet: int, rule: ReviewRule, history: Sequence[DrawHistory] = ()
) -> tuple[int, int]:
    """Share a night's reviews between the strata.

    Without history alarm gets `alarm_factor` times its proportional share; with it, the share
    for which the night's intervals are expected to be narrowest, added up over the SLIs. Either
    way each stratum gets at least `floor` where it has that many, alarm is never below
    proportional unless the floor of the quiet stratum takes it, and they are together never more
    than `drawn_per_night`. With history the quiet stratum keeps 0.7 of its proportional share.

    Args:
        alarm: items in the alarm stratum.
        quiet: items in the quiet one.
        rule: how many, and the floors.
        history: one for each SLI. Facts of earlier nights only: what tonight's labels say must
            not move tonight's design. SLIs with fewer than `floor` labels in a stratum count not.

    >>> allocate(20, 100, ReviewRule())
    (5, 15)
    >>> allocate(40, 80, ReviewRule())
    (10, 10)
    >>> noisy = DrawHistory(alarm_labelled=100, alarm_bad=2, quiet_labelled=100, quiet_bad=1)
    >>> allocate(40, 80, ReviewRule(), [noisy])  # an alarm that says little
    (7, 13)
    """
    labels = min(rule.drawn_per_night, alarm + quiet)
    telling = [
        one for one in history if min(one.alarm_labelled, one.quiet_labelled) >= max(1, rule.floor)
    ]
    if telling and alarm and quiet and labels < alarm + quiet:
        return _narrowest(alarm, quiet, labels, rule.floor, telling)
    first, second = share_labels(
        (alarm, quiet), labels, factor=rule.alarm_factor, floor=rule.floor
    )
    return first, second


def _narrowest(
    alarm: int, quiet: int, labels: int, floor: int, history: Sequence[DrawHistory]
) -> tuple[int, int]:
    """Return the shares with the narrowest expected intervals, the smaller alarm where equal.

    Not Neyman's shares: with few labels the exact interval is as wide as the quiet stratum is
    thin, and at a rare rate they make it up to 22 % wider than 1.5 times proportional does.
    """
    floor = min(floor, labels // 2)
    quiet_share = math.floor(LEAST_QUIET * labels * quiet / (alarm + quiet) + _ROUNDING)
    most = min(alarm, max(floor, labels - max(min(quiet, floor), quiet_share)))
    most = max(most, labels - quiet)
    fewest = max(floor, math.ceil(labels * alarm / (alarm + quiet) - _ROUNDING), labels - quiet)
    fewest = min(fewest, most)

    def width(first: int) -> float:
        strata = Stratum(alarm, first, 0), Stratum(quiet, labels - first, 0)
        return sum(expected_width(list(zip(strata, one.rates, strict=True))) for one in history)

    choices = range(fewest, most + 1, max(1, (most - fewest) // _CHOICES))
    first = min(choices, key=lambda one: (round(width(one), 9), one))
    return first, labels - first


def draw_reviews(
    alarm: Sequence[str],
    quiet: Sequence[str],
    rule: ReviewRule,
    entropy: tuple[int, ...],
    history: Sequence[DrawHistory] = (),
) -> Draw:
    """Draw a night's reviews: simple random sampling without replacement inside each stratum.

    The two strata are interleaved in proportion to what was drawn from them, so that every
    answered prefix of the order is itself spread over both.

    Args:
        alarm: ids of the flagged items; their order does not matter.
        quiet: ids of the others.
        rule: how many, and how shared.
        entropy: see `draw_entropy`.
        history: see `allocate`.
    """
    pools, strata = (alarm, quiet), tuple(ReviewStratum)
    sizes = allocate(len(alarm), len(quiet), rule, history)
    drawn = tuple(
        DrawnItem(
            item_id=item,
            stratum=strata[at],
            position=position,
            inclusion_probability=sizes[at] / len(pools[at]),
        )
        for position, (at, item) in enumerate(draw_spread(pools, sizes, entropy))
    )
    return Draw(seed=entropy, alarm_items=len(alarm), quiet_items=len(quiet), drawn=drawn)
