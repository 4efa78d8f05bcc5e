"""The draw of reviews (design 5.2): which items people look at, with known probability."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import numpy as np


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnItem:
    """One item of the draw. `position` is its place in the order of review, from 0."""

    item_id: str
    stratum: ReviewStratum
    position: int
    inclusion_probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A finished draw: how large each stratum was, and the drawn items in their order of review."""

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


def allocate(alarm: int, quiet: int, rule: ReviewRule) -> tuple[int, int]:
    """Share a night's reviews between the strata: alarm at `alarm_factor` times proportional.

    Each stratum gets at least `floor` where it has that many; alarm is never below proportional
    unless the floor of the quiet stratum takes it. Together never more than `items_per_night`.

    >>> allocate(20, 100, ReviewRule())
    (5, 15)
    >>> allocate(40, 80, ReviewRule())
    (10, 10)
    >>> allocate(3, 100, ReviewRule())
    (3, 17)
    """
    total = min(rule.items_per_night, alarm + quiet)
    if total == 0:
        return 0, 0
    floor = min(rule.floor, total // 2)
    wanted = max(floor, math.ceil(rule.alarm_factor * total * alarm / (alarm + quiet) - 1e-9))
    first = min(alarm, wanted, total - min(quiet, floor))
    first = max(first, total - quiet)
    return first, total - first


def draw_reviews(
    alarm: Sequence[str], quiet: Sequence[str], rule: ReviewRule, entropy: tuple[int, ...]
) -> Draw:
    """Draw a night's reviews: simple random sampling without replacement inside each stratum.

    The two strata are interleaved in proportion to what was drawn from them, so that every
    answered prefix of the order is itself spread over both.

    Args:
        alarm: ids of the flagged items; their order does not matter.
        quiet: ids of the others.
        rule: how many, and how shared.
        entropy: see `draw_entropy`.
    """
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
    placed: list[tuple[float, str, ReviewStratum, float]] = []
    sizes = allocate(len(alarm), len(quiet), rule)
    for stratum, ids, size in zip(ReviewStratum, (alarm, quiet), sizes, strict=True):
        pool = sorted(ids)
        chosen = rng.permutation(len(pool))[:size]
        probability = size / len(pool) if pool else 0.0
        placed += [
            ((rank + 0.5) / size, pool[index], stratum, probability)
            for rank, index in enumerate(chosen.tolist())
        ]
    placed.sort(key=lambda row: (row[0], row[2]))
    drawn = tuple(
        DrawnItem(item_id=item, stratum=stratum, position=at, inclusion_probability=probability)
        for at, (_, item, stratum, probability) in enumerate(placed)
    )
    return Draw(seed=entropy, alarm_items=len(alarm), quiet_items=len(quiet), drawn=drawn)
