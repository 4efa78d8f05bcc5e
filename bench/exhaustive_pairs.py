"""Check the promise of `pair_exact` on small designs: every truth, every outcome, nothing sampled.

    OPENBLAS_NUM_THREADS=1 python bench/exhaustive_pairs.py [--json] [--quick] [--design NAME]

A design is written as `items/labels` of the candidate-only alarms, the baseline-only alarms, the
pairs with one verdict, and perhaps the pairs with both answers flagged; `known 9:-2` stands for 9
remembered pairs that differ by -2 together. For every outcome the public function gives its limits;
for every truth the probability that they miss is then a sum over the outcomes, with probabilities
from whole numbers (`bench/promises/parts.py`). The largest is a proof, not an estimate.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

if not __package__:  # run as a file: the repository is where `bench` is found
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.parts.report import progress, versions
from bench.promises.exact import Misses, every_truth, tabulate
from bench.promises.parts import DIFFERENCE, Part
from qualityslo.stats import Estimate, PairedStratum, paired_gate_interval

SIDE = 0.025


@dataclass(frozen=True, slots=True, kw_only=True)
class PairDesign:
    """Sizes of the strata and labels drawn from each.

    Attributes:
        strata: (items, labels) of candidate-only alarms, baseline-only alarms, pairs with one
            verdict and, where there are four, pairs with both answers flagged.
        same: pairs of identical answers.
        known: remembered pairs, and what they add to the difference.
        slow: left out of a quick run.
    """

    strata: tuple[tuple[int, int], ...]
    same: int = 0
    known: tuple[int, int] = (0, 0)
    slow: bool = False

    def __str__(self) -> str:
        name = " + ".join(f"{items}/{labels}" for items, labels in self.strata)
        name += f" + {self.same} same" if self.same else ""
        return name + (f" + known {self.known[0]}:{self.known[1]:+d}" if self.known[0] else "")


def _design(
    *strata: tuple[int, int], same: int = 0, known: tuple[int, int] = (0, 0), slow: bool = False
) -> PairDesign:
    return PairDesign(strata=strata, same=same, known=known, slow=slow)


# The first eight are those of the reference; the next ones have unequal alarms, few or nearly all
# items labelled, strata that are missing or a census, and remembered pairs; the last have four.
DESIGNS = (
    _design((0, 0), (0, 0), (40, 15)),
    _design((0, 0), (0, 0), (60, 12), slow=True),
    _design((5, 3), (5, 3), (15, 7), slow=True),
    _design((6, 3), (4, 4), (14, 6)),
    _design((3, 3), (4, 2), (20, 8)),
    _design((8, 2), (8, 2), (12, 8), slow=True),
    _design((6, 4), (6, 4), (24, 10), slow=True),
    _design((4, 1), (4, 1), (30, 6), slow=True),
    _design((7, 2), (4, 3), (16, 5), slow=True),
    _design((12, 5), (9, 4), (0, 0)),
    _design((0, 0), (9, 8), (18, 4)),
    _design((6, 1), (3, 1), (10, 2), same=5),
    _design((8, 7), (6, 5), (9, 8), known=(6, -2)),
    _design((4, 2), (3, 1), (8, 3), (4, 2)),
    _design((4, 2), (4, 2), (12, 4), (5, 3), slow=True),
    _design((6, 3), (0, 0), (9, 3), (6, 2), known=(4, 3), slow=True),
    _design((3, 2), (5, 2), (10, 3), (6, 5), slow=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a design showed.

    Attributes:
        design: its name.
        outcomes: possible samples.
        misses: the largest misses.
        width: the mean width over the outcomes, for comparisons.
        seconds: of CPU.
    """

    design: str
    outcomes: int
    misses: Misses
    width: float
    seconds: float


def check(design: PairDesign) -> Checked:
    """Return the largest misses of a design over all its truths."""
    start = time.process_time()
    sampled = [pair for pair in design.strata if pair[0]]
    parts = [Part(items=items, labelled=labels, values=DIFFERENCE) for items, labels in sampled]

    def interval(counts: Sequence[Sequence[int]]) -> Estimate:
        return _interval(design, counts)

    known = (design.same + design.known[0], design.known[1])
    limits = tabulate(parts, interval, known=known)
    misses = every_truth(limits)
    return Checked(
        design=str(design),
        outcomes=limits.low.size,
        misses=misses,
        width=float((limits.high - limits.low).mean()),
        seconds=time.process_time() - start,
    )


def _interval(design: PairDesign, counts: Sequence[Sequence[int]]) -> Estimate:
    """Return the interval of one outcome, given the counts of the strata that have items."""
    seen = iter(counts)
    strata = [
        PairedStratum(items, labels, *next(seen)[:2]) if items else PairedStratum(0, 0, 0, 0)
        for items, labels in design.strata
    ]
    size, net = design.known
    remembered = PairedStratum(size, size, max(net, 0), max(-net, 0))
    return paired_gate_interval(
        strata[0],
        strata[1],
        strata[2],
        items=sum(one.items for one in strata) + design.same + size,
        both_alarm=strata[3] if len(strata) > 3 else None,
        remembered=remembered if size else None,
    )


def document(found: Sequence[Checked]) -> str:
    """Return the results as one JSON document."""
    rows = [{**asdict(one), "side": one.misses.side} for one in found]
    worst = max(one.misses.side for one in found)
    return json.dumps({"promise": SIDE, "worst": worst, "designs": rows, **versions()})


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the designs; return 1 where one breaks the promise."""
    parser = argparse.ArgumentParser(
        description="check pair_exact on every truth of small designs"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--quick", action="store_true", help="leave out the slow designs")
    parser.add_argument("--design", action="append", choices=[str(one) for one in DESIGNS])
    given = parser.parse_args(arguments)
    found = []
    for design in DESIGNS:
        if str(design) in (given.design or [str(design)]) and not (given.quick and design.slow):
            progress(str(design))
            found.append(check(design))
    if given.json:
        print(document(found))
    else:
        print(f"{'design':40} {'outcomes':>8} {'truths':>8} {'below':>7} {'above':>7} {'s':>6}")
        for one in found:
            sides = f"{one.misses.below:7.4f} {one.misses.above:7.4f}"
            counts = f"{one.outcomes:8,} {one.misses.tried:8,}"
            print(f"{one.design:40} {counts} {sides} {one.seconds:6.1f}")
    return int(any(one.misses.side > SIDE for one in found))


if __name__ == "__main__":
    sys.exit(main())
