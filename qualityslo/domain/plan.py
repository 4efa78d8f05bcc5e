"""The plan of a run: everything that will decide its result, frozen before any model is called."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from qualityslo.domain.draw import ReviewRule
from qualityslo.domain.estimation import EstimationRule
from qualityslo.domain.golden import GoldenSet, Json
from qualityslo.domain.identity import (
    GraderIdentity,
    ModelIdentity,
)
from qualityslo.domain.pairs import GateRule
from qualityslo.domain.sli import Role
from qualityslo.domain.slo import Slo


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRule:
    """Until when labels of a slot still count: the later of the two."""

    after_slot: timedelta = timedelta(hours=48)
    after_run: timedelta = timedelta(hours=36)

    def deadline(self, slot: datetime, finished: datetime) -> datetime:
        """Return when a slot that needs labels becomes final."""
        return max(slot + self.after_slot, finished + self.after_run)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One execution to be: `run_id` follows from the plan and the slot, so a rerun resumes.

    `attempt` counts deliberate repetitions (`--again`) of one plan in one slot.
    `expected_slots` are the scheduled instants up to and including the slot, oldest first.
    """

    service: str
    slot: datetime
    models: Mapping[Role, ModelIdentity]
    goldens: tuple[GoldenSet, ...]
    graders: Mapping[str, tuple[GraderIdentity, ...]]  # by golden set
    slos: tuple[Slo, ...]
    gate: GateRule
    review: ReviewRule
    estimation: EstimationRule
    deadline: DeadlineRule
    seed: int
    code_version: str
    embedder: str = ""
    failures_are_bad: bool = False
    cadence: timedelta = timedelta(days=1)
    expected_slots: tuple[datetime, ...] = ()
    timezone: str = "UTC"
    attempt: int = 1

    @property
    def revision(self) -> str:
        """Identity of what is measured and how, whatever the slot (sha256)."""
        parts: dict[str, Json] = {
            "service": self.service,
            "models": {role.value: one.as_json() for role, one in self.models.items()},
            "goldens": [[one.name, one.digest] for one in self.goldens],
            "criteria": [
                [
                    one.name,
                    criterion.name,
                    criterion.rubric_hash,
                    criterion.truth.value,
                    str(criterion.truth_grader),
                    criterion.combine.value,
                ]
                for one in self.goldens
                for criterion in one.criteria
            ],
            "graders": {
                golden: [[one.name, one.version, one.criterion] for one in rows]
                for golden, rows in self.graders.items()
            },
            "slos": [repr(slo) for slo in self.slos],
            "rules": [
                repr(rule) for rule in (self.gate, self.review, self.estimation, self.deadline)
            ],
            "embedder": self.embedder,
            "failures_are_bad": self.failures_are_bad,
            "seed": self.seed,
            "code": self.code_version,
        }
        text = json.dumps(parts, sort_keys=True, ensure_ascii=False, allow_nan=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def run_id(self) -> str:
        """Name of the run: the slot in UTC and twelve digits of the plan's digest."""
        slot = self.slot.astimezone(UTC)
        text = f"{self.revision}\x1f{slot.isoformat()}\x1f{self.attempt}"
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        return f"{slot:%Y%m%dT%H%MZ}-{digest}"

    def golden(self, name: str) -> GoldenSet:
        """Return the golden set of that name."""
        return next(one for one in self.goldens if one.name == name)

    @property
    def slot_ordinal(self) -> int:
        """Step of this slot in a tracked series: whole minutes since 1970.

        Not divided by the cadence: days of 23 hours and uneven schedules would give two slots
        one step.
        """
        return int(self.slot.timestamp() // 60)
