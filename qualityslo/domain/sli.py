"""Service level indicators: which answers count, what makes one good, and what came out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.evidence import Counts
from qualityslo.domain.reason import Reason
from qualityslo.stats import Estimate, QuantileEstimate


class Measure(StrEnum):
    """What can be read off an answer without judging it."""

    AVAILABILITY = "availability"
    TRUNCATION = "truncation"
    SAFETY_FILTER = "safety_filter"
    TTFT = "ttft"
    INTER_TOKEN = "inter_token_latency"  # noqa: S105 - not a password
    LATENCY = "latency"
    DRIFT = "drift"

    @property
    def is_time(self) -> bool:
        """Whether the measure is a number of seconds."""
        return self in {Measure.TTFT, Measure.INTER_TOKEN, Measure.LATENCY}

    @property
    def needs_threshold(self) -> bool:
        """Whether an answer is good only in view of a limit."""
        return self.is_time or self is Measure.DRIFT


class Role(StrEnum):
    """What a model is to the service; `PAIR` marks what is measured between the two."""

    BASELINE = "baseline"
    CANDIDATE = "candidate"
    PAIR = "pair"


MEASURED_IN_WORDS = {
    Measure.AVAILABILITY: "requests that got a reply (not an error, not cut off) / planned items",
    Measure.TRUNCATION: "replies that were not cut short by the token limit / replies",
    Measure.SAFETY_FILTER: "replies that no content filter withheld / replies",
    Measure.TTFT: "seconds from sending the request to the first visible token",
    Measure.INTER_TOKEN: "mean seconds between visible tokens after the first",
    Measure.LATENCY: "seconds from sending the request to the end of the reply",
    Measure.DRIFT: "cosine similarity of the two models' answers to one item",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sli:
    """What is counted: a criterion's verdicts, or a measure, where needed against a limit.

    Exactly one of `criterion` and `measure` is set. `percentile` (a fraction) asks for the value
    at that rank to be shown, with the limit on it.
    """

    name: str
    criterion: str | None = None
    measure: Measure | None = None
    at_most: float | None = None
    at_least: float | None = None
    percentile: float | None = None

    def is_good(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which measured values keep the limit."""
        good = np.ones(len(values), dtype=np.bool_)
        if self.at_most is not None:
            good &= values <= self.at_most
        if self.at_least is not None:
            good &= values >= self.at_least
        return good

    def in_words(self) -> str:
        """Return the measurement and the denominator as a sentence fragment."""
        if self.criterion is not None:
            return f"valid answers judged good on {self.criterion} / valid answers"
        assert self.measure is not None
        words = MEASURED_IN_WORDS[self.measure]
        if self.at_most is not None:
            return f"answers with {words} <= {self.at_most:g} / answers measured"
        if self.at_least is not None:
            return f"items with {words} >= {self.at_least:g} / items measured"
        return words


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceResult:
    """The same SLI on the items of one slice."""

    slice: str
    value: str
    counts: Counts
    estimate: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SliResult:
    """One SLI of one model on one golden set in one slot. Estimates are of the *bad* rate.

    `estimate` is about this golden set, `population` about items like these. `concludes` says
    whether an SLO may rest on it; `reasons` say why not. `needs_labels` marks SLIs whose truth
    is a person's word.
    """

    sli: str
    golden: str
    role: Role
    slot: datetime
    counts: Counts
    estimate: Estimate | None
    population: Estimate | None = None
    quantile: QuantileEstimate | None = None
    concludes: bool = False
    needs_labels: bool = False
    reasons: tuple[Reason, ...] = ()
    slices: tuple[SliceResult, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemWeights:
    """What one slot adds to a window: per item how much it stands for, and how much of that is bad.

    A labelled item of a stratum with M items and n labels stands for M/n items, a remembered or
    decided one for 1. `bad` counts only what is known to be bad, `worst` also what is unknown.
    `complete` is false where a stratum has items but no label: such a slot estimates nothing.
    `census` is true where every valid item is known, in the way `method` says.
    """

    item_digests: Sequence[str]
    weight: NDArray[np.float64]
    bad: NDArray[np.float64]
    worst: NDArray[np.float64]
    complete: bool
    census: bool
    method: str = "definition"
