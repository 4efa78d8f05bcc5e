"""Reviews: requests that people look at one item's answers, blind, drawn with known probability."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from qualityslo.domain.golden import GoldenItem


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """One drawn item of a night: its place in the order, and whether anybody has looked."""

    review_id: str
    item_id: str
    position: int
    looked_at: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A request that a person look at one item's answers, blind.

    `arms` maps a letter to the answer's text, in an order drawn per review; `roles` maps it to
    the models that gave it (both, where the texts are equal) and is never shown. `criteria` maps
    a criterion to its rubric and that rubric's hash. `looks` counts reviewers so far.
    """

    id: str
    run_id: str
    service: str
    golden: str
    slot: datetime
    item: GoldenItem
    position: int
    stratum: str
    inclusion_probability: float
    arms: Mapping[str, str]
    roles: Mapping[str, tuple[str, ...]]
    criteria: Mapping[str, tuple[str, str]]
    looks: int = 0
