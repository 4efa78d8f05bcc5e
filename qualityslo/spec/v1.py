"""The spec, version 1: its shape, its defaults, and what each key means."""

import math
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from qualityslo.domain.golden import Json
from qualityslo.domain.sli import Measure
from qualityslo.spec.durations import parse_duration


def _duration(value: str) -> str:
    parse_duration(value)
    return value


def _fraction(value: object) -> object:
    """Refuse what is no fraction, with the remedy; the bounds are checked after."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = f"{value!r} is no number: write the target as a fraction, such as 0.98"
        raise ValueError(text)  # noqa: TRY004 - pydantic turns ValueError alone into a fault
    if not math.isfinite(value):
        raise ValueError(f"{value!r} is no number between 0 and 1")
    if value >= 1:
        hint = f"for {value:g} % write {value / 100:g}" if value > 1 else "no budget would be left"
        raise ValueError(f"{value!r} is not below 1: {hint}")
    if value <= 0:
        raise ValueError(f"{value!r} is not above 0: such a target promises nothing")
    return value


def _method(value: object) -> object:
    """Refuse methods for scores, with the reason: they are known from elsewhere, and missed here."""
    if value in {"ppi", "ppi_mean", "ppi++"}:
        raise ValueError(
            f"{value!r} is for the mean of real-valued scores: of a good/bad rate with rare "
            "failures its interval covers 43 % of the time in the median, and is [0, 0] after a "
            "night without a failure; leave 'method' out"
        )
    return value


Name = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=120),
    Field(description="Letters, digits, '_', '-', '.'; used in file, metric and run names."),
]
Duration = Annotated[
    str,
    AfterValidator(_duration),
    WithJsonSchema(
        {"type": "string", "pattern": r"^\d+(\.\d+)?\s*(ms|s|m|h|d|w)$", "examples": ["30d"]}
    ),
]
Fraction = Annotated[
    float,
    BeforeValidator(_fraction),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, strict=True)]
CheckShare = Annotated[float, Field(ge=0, le=0.5, allow_inf_nan=False, strict=True)]


class Section(BaseModel):
    """A part of the spec: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class PluginSpec(BaseModel):
    """A plug-in by the name of its entry point; every other key is a parameter of its own."""

    model_config = ConfigDict(extra="allow", frozen=True)

    use: Name

    @property
    def params(self) -> dict[str, Json]:
        """The plug-in's own parameters."""
        return dict(self.__pydantic_extra__ or {})


class ModelsSpec(Section):
    """Which model plays which role; the baseline is the one that serves."""

    baseline: PluginSpec
    candidate: PluginSpec | None = None


class CriterionSpec(Section):
    """Overrides of a golden card's criterion; what is not given stays as the card says."""

    truth: (
        Annotated[str, StringConstraints(pattern=r"^(human|grader:[A-Za-z0-9_.-]+)$")] | None
    ) = Field(
        default=None,
        description="'human', or 'grader:<name>' where the grader's rule is the definition.",
    )
    graders: list[Name | PluginSpec] | None = Field(
        default=None,
        description="Graders of this criterion: names of entry points, or with parameters.",
    )
    combine: Literal["any_bad", "majority", "calibrated_mean"] = Field(
        default="any_bad",
        description="How several graders' verdicts on one answer become one; where they disagree "
        "the item is in the alarm stratum by any rule.",
    )
    rubric: str | None = Field(
        default=None, description="What people judge by; a new text starts a new series."
    )
    label_policy: Literal["confirm_bad", "single"] | None = None
    method: Annotated[Literal["exact"], BeforeValidator(_method)] = Field(
        default="exact",
        description="How a good/bad rate is estimated from graders and labels; there is one way.",
    )


class SliSpec(Section):
    """An indicator read off the answers, where needed against a limit."""

    measure: Measure
    at_most: Duration | None = Field(default=None, description="Limit of a time.")
    at_least: Share | None = Field(default=None, description="Limit of a similarity.")
    percentile: Fraction | None = Field(
        default=None,
        description="Show the value at this rank, as a fraction; also the SLO's target.",
    )

    @model_validator(mode="after")
    def _limits_fit(self) -> "SliSpec":
        if self.measure.is_time and (self.at_most is None or self.at_least is not None):
            raise ValueError(f"measure {self.measure.value!r} needs 'at_most', and only that")
        only_at_least = self.at_most is None and self.percentile is None
        if self.measure is Measure.DRIFT and (self.at_least is None or not only_at_least):
            raise ValueError("measure 'drift' needs 'at_least', and only that")
        plain = not self.measure.needs_threshold
        if plain and (self.at_most or self.at_least is not None or self.percentile):
            raise ValueError(f"measure {self.measure.value!r} takes no limit and no percentile")
        return self


class SloSpec(Section):
    """A target for a criterion or an SLI over a window."""

    name: Name
    criterion: Name | None = Field(default=None, description="A criterion of the golden cards.")
    sli: Name | None = Field(
        default=None,
        description="An SLI of 'slis', or one of availability, truncation, safety_filter.",
    )
    golden: Name | None = Field(
        default=None,
        description="The golden set it is about; without it, one SLO per set that fits.",
    )
    target: Fraction | None = Field(
        default=None,
        description="Required share of good events; may be left out for a percentile SLI.",
    )
    window: Duration = "30d"

    @model_validator(mode="after")
    def _one_indicator(self) -> "SloSpec":
        if (self.criterion is None) == (self.sli is None):
            raise ValueError("give either 'criterion' or 'sli'")
        if self.criterion is not None and self.target is None:
            raise ValueError("'target' is missing")
        return self


class ScheduleSpec(Section):
    """When the nightly run is due; without it, at 00:00 UTC every day."""

    cron: str = Field(
        default="0 0 * * *", description="Five fields: minute hour day month weekday."
    )
    timezone: str = Field(default="UTC", description="IANA zone the cron fields are in.")


class ReviewSpec(Section):
    """How much people look at."""

    items_per_night: Annotated[int, Field(ge=1, le=100_000, strict=True)] = 20
    alarm_factor: Annotated[float, Field(ge=1, le=10, allow_inf_nan=False, strict=True)] = 1.5
    floor: Annotated[int, Field(ge=1, strict=True)] = 5
    second_stage: Annotated[int, Field(ge=0, le=100_000, strict=True)] = Field(
        default=0,
        description="Further items, asked about only where the first leave an SLO undecided; "
        "every interval from labels is then one of 97.5 %.",
    )
    gold: CheckShare = Field(
        default=0.05,
        description="Share of a reviewer's work that is of known truth and checks them.",
    )
    repeats: CheckShare = Field(
        default=0.05, description="Share that is what the same person has judged before."
    )
    labels_until_slot_plus: Duration = "48h"
    labels_until_end_plus: Duration = "36h"


class GateSpec(Section):
    """How much worse than the baseline the candidate may be."""

    margin: Share = 0.02
    margins: dict[Name, Share] = Field(default_factory=dict, description="By criterion.")
    frame: Literal["traffic", "golden_set"] = Field(
        default="traffic", description="Ask about items like these, or about this very set."
    )
    slices: list[Name] = Field(
        default_factory=list,
        description="Slices of which every value must pass too; one fails only by a limit that "
        "holds for all of them at once.",
    )


class DriftSpec(Section):
    """How the two models' answers are compared."""

    embedder: PluginSpec = PluginSpec(use="sentence_transformer")


class PolicySpec(Section):
    """The numbers behind a conclusion."""

    confidence: Annotated[float, Field(ge=0.5, lt=1, strict=True)] = 0.95
    min_coverage: Share = 0.95
    act_on_uncorrected: bool = False
    count_failures_as_bad: bool = False


class MlflowSpec(Section):
    """Where people look."""

    tracking_uri: str | None = Field(
        default=None, description="Default: MLFLOW_TRACKING_URI, else sqlite:///mlflow.db."
    )
    experiment: str | None = Field(default=None, description="Default: qualityslo/<service>.")
    timeout: Duration = "5s"
    labels: bool = Field(
        default=True,
        description="Show reviewed answers there as traces, with what people and graders said.",
    )


class SpecV1(Section):
    """One service: its golden sets, its models, its objectives."""

    version: Literal[1]
    service: Name
    golden: Annotated[list[str], Field(min_length=1)] = Field(
        description="Folders, .jsonl or .parquet files, or hf:<id>@<revision>; relative to where the command runs."
    )
    models: ModelsSpec
    slos: Annotated[list[SloSpec], Field(min_length=1)]
    slis: dict[Name, SliSpec] = Field(default_factory=dict)
    criteria: dict[Name, CriterionSpec] = Field(default_factory=dict)
    schedule: ScheduleSpec = ScheduleSpec()
    review: ReviewSpec = ReviewSpec()
    gate: GateSpec = GateSpec()
    drift: DriftSpec | None = Field(
        default=None, description="Measure drift; without it, only where an SLO asks for it."
    )
    policy: PolicySpec = PolicySpec()
    mlflow: MlflowSpec | Literal[False] = MlflowSpec()
    store: str = Field(
        default=".qualityslo/facts.db", description="A SQLite file, or a database URL."
    )
    output: str = Field(default=".qualityslo/runs", description="Folder of the reports.")
    exports: list[Name | PluginSpec] = ["json", "html"]
    grade_cache: bool = Field(
        default=True,
        description="Keep verdicts, so that an unchanged answer is not graded again by the same "
        "grader; graders that are faster than the cache do without.",
    )
    engine: Literal["local"] = "local"
    seed: Annotated[int, Field(ge=0, lt=2**32, strict=True)] = 0

    @model_validator(mode="after")
    def _names_fit(self) -> "SpecV1":
        names = [slo.name for slo in self.slos]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"slos: names used twice: {', '.join(twice)}")
        known = {*self.slis, "availability", "truncation", "safety_filter"}
        for slo in self.slos:
            if slo.sli is not None and slo.sli not in known:
                raise ValueError(
                    f"slos: {slo.name!r}: no sli {slo.sli!r}; known: {', '.join(sorted(known))}"
                )
        return self
