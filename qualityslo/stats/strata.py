"""What a labelled sample looks like to the statistics: strata of items, some of them labelled."""

import operator
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from qualityslo.errors import StatsError


@dataclass(frozen=True, slots=True)
class Stratum:
    """Items that were sampled alike: `labelled` of `items` drawn at random, `bad` of them bad.

    `labelled == items` is a fully labelled stratum (remembered labels, a census); an empty
    stratum (0 items) is allowed and counts for nothing.

    Raises:
        StatsError: not 0 <= bad <= labelled <= items, or not whole numbers.

    >>> Stratum(items=77, labelled=13, bad=9)
    Stratum(items=77, labelled=13, bad=9)
    """

    items: int
    labelled: int
    bad: int

    def __post_init__(self) -> None:
        for name in ("items", "labelled", "bad"):
            object.__setattr__(self, name, whole_number(name, getattr(self, name)))
        check_nested(self, ("bad", self.bad), ("labelled", self.labelled), ("items", self.items))


@dataclass(frozen=True, slots=True)
class PairedStratum:
    """Items on which two models' answers were labelled together.

    `only_first_bad` counts labelled items where only the first model's answer is bad,
    `only_second_bad` those where only the second's is; the other labelled items agree.

    Raises:
        StatsError: the two counts exceed `labelled`, `labelled` exceeds `items`, or a count is
            negative or not a whole number.

    >>> PairedStratum(items=100, labelled=20, only_first_bad=3, only_second_bad=1)
    PairedStratum(items=100, labelled=20, only_first_bad=3, only_second_bad=1)
    """

    items: int
    labelled: int
    only_first_bad: int
    only_second_bad: int

    def __post_init__(self) -> None:
        for name in ("items", "labelled", "only_first_bad", "only_second_bad"):
            object.__setattr__(self, name, whole_number(name, getattr(self, name)))
        both = self.only_first_bad + self.only_second_bad
        check_nested(self, ("only_first_bad", self.only_first_bad), ("labelled", self.labelled))
        check_nested(
            self,
            ("only_second_bad", self.only_second_bad),
            ("only_first_bad + only_second_bad", both),
            ("labelled", self.labelled),
            ("items", self.items),
        )


def whole_number(name: str, value: object) -> int:
    """Return the value as an int; a StatsError names the field that is not a whole number."""
    try:
        return operator.index(value)  # type: ignore[arg-type]  # the call itself is the check
    except TypeError:
        raise StatsError(f"{name}={value!r} is not a whole number; pass a count") from None


def check_nested(owner: object, *chain: tuple[str, int]) -> None:
    """Raise a StatsError unless 0 <= first <= second <= ... of the named counts holds."""
    if chain[0][1] < 0:
        raise StatsError(f"{chain[0][0]}={chain[0][1]!r} in {owner!r} is negative; count from 0")
    for (small_name, small), (large_name, large) in pairwise(chain):
        if small > large:
            raise StatsError(
                f"{small_name}={small!r} exceeds {large_name}={large!r} in {owner!r}; "
                f"every {small_name} must be counted in {large_name} too"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Strata sorted by what is known of them; only the sampled part leaves sampling error.

    Fully labelled strata are pooled: which of them an item came from no longer matters.
    """

    sampled: tuple[Stratum, ...]
    full: Stratum
    unlabelled: int

    @property
    def items(self) -> int:
        """All items of all strata."""
        return self.full.items + self.unlabelled + sum(stratum.items for stratum in self.sampled)

    @property
    def labelled(self) -> int:
        """All labelled items of all strata."""
        return self.full.labelled + sum(stratum.labelled for stratum in self.sampled)

    def completed(self, *, bad: bool) -> "Parts":
        """Return the parts with every item of an unlabelled stratum set to bad, or to good."""
        items = self.full.items + self.unlabelled
        extra = self.unlabelled if bad else 0
        full = Stratum(items=items, labelled=items, bad=self.full.bad + extra)
        return Parts(sampled=self.sampled, full=full, unlabelled=0)


def split(strata: Iterable[Stratum]) -> Parts:
    """Sort strata into sampled, fully labelled (pooled) and unlabelled ones.

    The sampled strata come largest first, so that the order of the argument does not matter.

    Raises:
        StatsError: there are no items at all.
    """
    filled = [stratum for stratum in strata if stratum.items]
    if not filled:
        raise StatsError("no items in any stratum: there is nothing to estimate a rate of")
    full = [stratum for stratum in filled if stratum.labelled == stratum.items]
    sampled = [stratum for stratum in filled if 0 < stratum.labelled < stratum.items]
    items = sum(stratum.items for stratum in full)
    return Parts(
        sampled=tuple(sorted(sampled, key=lambda one: (-one.items, -one.labelled, one.bad))),
        full=Stratum(items=items, labelled=items, bad=sum(stratum.bad for stratum in full)),
        unlabelled=sum(stratum.items for stratum in filled if not stratum.labelled),
    )
