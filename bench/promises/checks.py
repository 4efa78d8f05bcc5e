"""Every promise that is checked, in order: which interval, on which design, in which way."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Literal, Protocol

import numpy as np

from bench.promises import designs, simulations
from bench.promises.designs import Design
from bench.promises.exact import Limits, Misses, every_truth, tabulate
from bench.promises.parts import DIFFERENCE, RATE, Part
from bench.promises.search import FULL, QUICK, worst_rates
from bench.promises.simulations import Simulated, missed
from qualityslo.stats import (
    Estimate,
    Frame,
    PairedStratum,
    Stratum,
    paired_difference_interval,
    rate_interval,
)

Kind = Literal["every truth", "search", "simulation"]

SIDE = 0.025  # what one side of a 95 % interval may miss
ROUNDING = 1e-9
SEARCHED = 0.0251  # exact2 maximises over a refined grid; no search found more than this
GUARDED = 0.028  # more strata than two, collapsed or `strict`: what docs/statistics.md admits
ALIKE = 0.3  # share of items on which two models disagree, where gates are asked about them

_QUICK_REPEATS, _FULL_REPEATS = 200, 2_000
_THINNED = 5  # a quick run takes every fifth cell of a simulation


class Run(Protocol):
    """Looks for misses; `full` says how hard."""

    def __call__(self, rng: np.random.Generator, *, full: bool) -> Misses: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One promise on one design.

    Attributes:
        promise: what is promised, the heading of a table.
        kind: how it is checked; only the first is a proof.
        design: the design in words, unique within the promise.
        side: the largest miss of one side that is accepted; for a simulation without noise.
        slow: left out of a quick run.
        run: returns what was found.
    """

    promise: str
    kind: Kind
    design: str
    side: float
    slow: bool
    run: Run

    @property
    def name(self) -> str:
        """What the check is called wherever one is picked."""
        return f"{self.promise}: {self.design}"

    def generator(self, seed: int) -> np.random.Generator:
        """Return the generator of this check; it does not depend on which others run."""
        return np.random.default_rng([seed, zlib.crc32(self.name.encode())])

    def holds(self, found: Misses) -> bool:
        """Tell whether the misses are within the promise, or within noise of it."""
        if self.kind == "simulation":
            noise = 4 * float(np.sqrt(self.side * (1 - self.side) / found.tried))
            return found.side <= self.side + noise
        return found.side <= self.side + ROUNDING and found.both <= 2 * self.side + ROUNDING


def every_check() -> Iterator[Check]:
    """Yield all checks, proofs first."""
    yield from _sets()
    yield from _fixed_weights()
    yield from _pairs()
    yield from _paired_sets()
    yield from _simulated()


@lru_cache(maxsize=1)
def rates(design: Design, frame: Frame) -> Limits:
    """Tabulate `rate_interval` on a design."""
    parts = _parts(design, RATE)
    known, bad = design.known
    beside = [Stratum(known, known, bad)]

    def interval(counts: Sequence[Sequence[int]]) -> Estimate:
        strata = [Stratum(p.items, p.labelled, c[0]) for p, c in zip(parts, counts, strict=True)]
        return rate_interval([*strata, *beside], frame=frame)

    return tabulate(parts, interval, known=design.known)


@lru_cache(maxsize=1)
def differences(design: Design, frame: Frame) -> Limits:
    """Tabulate `paired_difference_interval` on a design."""
    parts = _parts(design, DIFFERENCE)
    known, net = design.known
    beside = [PairedStratum(known, known, max(net, 0), max(-net, 0))]

    def interval(counts: Sequence[Sequence[int]]) -> Estimate:
        strata = [
            PairedStratum(part.items, part.labelled, count[0], count[1])
            for part, count in zip(parts, counts, strict=True)
        ]
        return paired_difference_interval([*strata, *beside], frame=frame)

    return tabulate(parts, interval, known=design.known)


def _parts(design: Design, values: tuple[int, ...]) -> tuple[Part, ...]:
    columns = zip(design.items, design.labelled, strict=True)
    return tuple(Part(items=items, labelled=count, values=values) for items, count in columns)


def _sets() -> Iterator[Check]:
    for design in designs.SETS:
        table = partial(rates, design, "golden_set")
        yield Check(
            promise="rate of the set",
            kind="every truth",
            design=str(design),
            side=SIDE,
            slow=design.slow,
            run=partial(_prove, table, 1.0),
        )


def _fixed_weights() -> Iterator[Check]:
    for design in (*designs.WEIGHTS, *designs.MANY):
        table = partial(rates, design, "traffic")
        yield Check(
            promise="rate for fixed weights",
            kind="search",
            design=str(design),
            side=SEARCHED if len(design.items) <= 2 else GUARDED,
            slow=design.slow,
            run=partial(_attack, table, 1.0),
        )


def _pairs() -> Iterator[Check]:
    for most in (ALIKE, 1.0):
        for design in designs.PAIRS:
            table = partial(differences, design, "traffic")
            yield Check(
                promise=f"difference for fixed weights, {_where(most)}",
                kind="search",
                design=str(design),
                side=SEARCHED,
                slow=design.slow,
                run=partial(_attack, table, most),
            )


def _paired_sets() -> Iterator[Check]:
    for design in designs.PAIRED_SETS:
        yield Check(
            promise="difference in the set",
            kind="every truth",
            design=str(design),
            side=SIDE,
            slow=design.slow,
            run=partial(_prove, partial(differences, design, "golden_set"), 1.0),
        )


def _where(most: float) -> str:
    return (
        "any truth" if most == 1.0 else f"the models disagree on at most {most:.0%} of the items"
    )


def _simulated() -> Iterator[Check]:
    cells: dict[str, Sequence[Simulated]] = {
        "rate of the traffic behind a set": simulations.NIGHTS,
        "difference of two exchangeable models": simulations.EXCHANGEABLE,
        "difference with new silent failures": simulations.CHANGED,
        "rate of a window, labels drawn": simulations.WINDOWS,
        "rate of a window, everything labelled": simulations.CLUSTERS,
    }
    for promise, group in cells.items():
        for at, cell in enumerate(group):
            yield Check(
                promise=promise,
                kind="simulation",
                design=str(cell),
                side=SIDE,
                slow=at % _THINNED != 0,
                run=partial(_simulate, cell),
            )


def _prove(
    table: Callable[[], Limits], most: float, _rng: np.random.Generator, *, full: bool
) -> Misses:
    del full  # a proof has one size
    return every_truth(table(), most)


def _attack(
    table: Callable[[], Limits], most: float, rng: np.random.Generator, *, full: bool
) -> Misses:
    return worst_rates(table(), rng, FULL if full else QUICK, most)


def _simulate(cell: Simulated, rng: np.random.Generator, *, full: bool) -> Misses:
    return missed(cell, rng, _FULL_REPEATS if full else _QUICK_REPEATS)
