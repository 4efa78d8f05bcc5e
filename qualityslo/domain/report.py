"""The report: everything one run concluded, as of one instant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from qualityslo.domain.changes import PairedSlice
from qualityslo.domain.drift_map import DriftMap
from qualityslo.domain.from_json import from_json
from qualityslo.domain.gate import GateDecision
from qualityslo.domain.golden import Json
from qualityslo.domain.grader_summary import GraderSummary
from qualityslo.domain.jsonable import to_json
from qualityslo.domain.label import SecondLooks
from qualityslo.domain.label_coverage import LabelCoverage
from qualityslo.domain.reason import against
from qualityslo.domain.sli import Role, SliResult
from qualityslo.domain.slo import SloStatus
from qualityslo.domain.times import TimeSummary
from qualityslo.domain.trend import Trend
from qualityslo.errors import ExitCode

SCHEMA = "qualityslo.report/1"
DECISION_SCHEMA = "qualityslo.decision/1"
_NO_CANDIDATE = against("no_candidate", "no candidate was compared with the baseline")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenSummary:
    """The golden set a report is about."""

    name: str
    version: str
    items: int
    digest: str
    sampled_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSummary:
    """One model's answers to one golden set, counted by ending; endings sum to the planned items.

    `failures` and `ungraded` count by reason; `latency` holds medians and 95th percentiles in
    seconds where they were observed.
    """

    role: Role
    golden: str
    model: Mapping[str, Json]
    endings: Mapping[str, int]
    failures: Mapping[str, int]
    ungraded: Mapping[str, Mapping[str, int]]
    latency: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftSummary:
    """Cosine similarity of the two models' answers on one golden set.

    `undefined` counts items without a cosine, by kind; `cut` counts texts longer than the
    embedder reads.
    """

    golden: str
    embedder: str
    defined: int
    identical: int
    undefined: Mapping[str, int]
    cut: int
    mean: float | None
    lowest: float | None
    histogram: tuple[int, ...]  # ten equal bins over [0, 1]; below 0 counts into the first


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSummary:
    """Tonight's draw of one golden set: how many reviews there are and how many still wait.

    `second_looks` counts, over all labels of the set so far, what second looks at good labels
    found: with confirmed bad labels only, misses are the other error people make.
    """

    golden: str
    drawn: int
    alarm_items: int
    quiet_items: int
    answered: int
    waiting: int
    deadline: datetime | None
    second_looks: SecondLooks = field(default=SecondLooks(doubled=0, overturned=0))


class ExampleKind(StrEnum):
    """Why an item is worth reading."""

    REGRESSION = "regression"  # the candidate is bad, or failed, where the baseline is good
    BOTH_BAD = "both_bad"
    FLAGGED = "flagged"  # bad, where there is one model only


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one grader, or `people`, said of one answer under one criterion, and why."""

    role: Role
    criterion: str
    by: str
    verdict: str  # good, bad, ungraded; of people: good, bad, unconfirmed
    score: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One item worth reading, with both answers by role and everything said about them.

    `criteria` are those under which it is a regression, or bad; `endings` says how each answer
    ended, with the code of a failure.
    """

    golden: str
    item_id: str
    question: str
    context: tuple[str, ...]
    references: tuple[str, ...]
    answers: Mapping[str, str]
    kind: ExampleKind = ExampleKind.REGRESSION
    criteria: tuple[str, ...] = ()
    endings: Mapping[str, str] = field(default_factory=dict)
    said: tuple[Said, ...] = ()
    slices: Mapping[str, str] = field(default_factory=dict)
    cosine: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything a run concluded as of `as_of`; reproducible from the facts and that instant.

    `example_totals` counts all items of each kind of example, of which `examples` holds the worst.
    """

    run_id: str
    kind: str
    service: str
    slot: datetime
    as_of: datetime
    revision: str
    conclusion: str
    next_step: str
    exit_code: ExitCode
    goldens: tuple[GoldenSummary, ...]
    roles: tuple[RoleSummary, ...]
    slis: tuple[SliResult, ...]
    slos: tuple[SloStatus, ...]
    gate: GateDecision | None
    drift: tuple[DriftSummary, ...]
    reviews: tuple[ReviewSummary, ...]
    examples: tuple[Example, ...]
    provenance: Mapping[str, Json] = field(default_factory=dict)
    example_totals: Mapping[str, int] = field(default_factory=dict)
    paired_slices: tuple[PairedSlice, ...] = ()
    times: tuple[TimeSummary, ...] = ()
    drift_maps: tuple[DriftMap, ...] = ()
    coverage: tuple[LabelCoverage, ...] = ()
    trends: tuple[Trend, ...] = ()
    graders: tuple[GraderSummary, ...] = ()

    def as_json(self) -> dict[str, Json]:
        """Return the whole report as one JSON document, schema `qualityslo.report/1`."""
        body = to_json(self)
        assert isinstance(body, dict)
        return {"schema": SCHEMA, **body, "decision": self.decision_json()}

    @classmethod
    def from_json(cls, document: Mapping[str, Json]) -> "Report":
        """Return the report that `as_json` wrote, by this version or an earlier one.

        Raises:
            ValueError: it is no such document.
        """
        if document.get("schema") != SCHEMA:
            raise ValueError(f"no report of schema {SCHEMA!r}: {document.get('schema')!r}")
        report = from_json(cls, dict(document))
        assert isinstance(report, cls)
        return report

    def decision_json(self) -> dict[str, Json]:
        """Return the gate's decision, schema `qualityslo.decision/1` (design section 6)."""
        gate = self.gate
        models = {summary.role.value: dict(summary.model) for summary in self.roles}
        return {
            "schema": DECISION_SCHEMA,
            "service": self.service,
            "slot": to_json(self.slot),
            "decision": "inconclusive" if gate is None else gate.outcome.value,
            "reasons": to_json([_NO_CANDIDATE] if gate is None else gate.reasons),
            "candidate": models.get("candidate"),
            "baseline": models.get("baseline"),
            "slis": [_estimate_row(one) for one in self.slis],
            "budget": {
                status.slo.name: to_json(status.budget) for status in self.slos if status.charged
            },
            "evaluated_at": to_json(self.as_of),
            "golden_digest": {one.name: one.digest for one in self.goldens},
            "revision": self.revision,
        }


def _estimate_row(result: SliResult) -> dict[str, Json]:
    estimate = result.estimate
    good = None if estimate is None else estimate.complement()
    return {
        "sli": result.sli,
        "golden": result.golden,
        "role": result.role.value,
        "value": None if good is None else to_json(good.point),
        "low": None if good is None else to_json(good.low),
        "high": None if good is None else to_json(good.high),
        "method": None if estimate is None else estimate.method,
        "concludes": result.concludes,
        "counts": to_json(result.counts),
        "reasons": to_json(result.reasons),
    }
