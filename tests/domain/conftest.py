"""Builders of evidence, estimates and conclusions, for tests that care about one thing only.

What graders and people said is written as one letter an item: `g` good, `b` bad, `?` nothing
(ungraded, or no label), `m` looked at without opinion, `p` called bad and not confirmed.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from qualityslo.domain.budget import budget_of
from qualityslo.domain.draw import ReviewRule
from qualityslo.domain.estimation import EstimationRule, Where
from qualityslo.domain.events import ABSTENTION
from qualityslo.domain.evidence import (
    AnswerColumns,
    Code,
    Counts,
    Judged,
    Labelled,
    Sample,
    alarm_mask,
    judge,
    known_codes,
    nightly_strata,
)
from qualityslo.domain.golden import AnswerKind, Criterion, GoldenSet, Json, TruthKind
from qualityslo.domain.identity import GraderIdentity, ModelIdentity
from qualityslo.domain.label import AnswerKey, Label, LabelValue, Truth
from qualityslo.domain.outcome import Ending
from qualityslo.domain.pairs import GateRule
from qualityslo.domain.plan import DeadlineRule, Plan
from qualityslo.domain.reason import Reason
from qualityslo.domain.sli import Role, Sli, SliResult
from qualityslo.domain.slo import Slo, SloState, SloStatus
from qualityslo.domain.weights import item_weights
from qualityslo.domain.window import WindowResult, WindowSlot, window_result
from qualityslo.stats import Estimate

SLOT = datetime(2026, 3, 2, 2, tzinfo=UTC)
DAY = timedelta(days=1)
CASES = Path(__file__).parents[1] / "cases"
SAID = {"g": Code.GOOD, "b": Code.BAD, "?": Code.UNKNOWN}
TRUTHS = {"g": Truth.GOOD, "b": Truth.BAD, "m": Truth.MISSING, "p": Truth.PENDING}
HUMAN = Criterion(name="correctness", graders=("contains",))
DEFINED = Criterion(
    name="correctness", truth=TruthKind.GRADER, truth_grader="closed", graders=("closed",)
)


@pytest.fixture(scope="session")
def slot() -> datetime:
    """The slot everything is about: 2 March 2026, 02:00 UTC."""
    return SLOT


@pytest.fixture(scope="session")
def human() -> Criterion:
    """A criterion whose truth is what people say."""
    return HUMAN


@pytest.fixture(scope="session")
def defined() -> Criterion:
    """A criterion whose truth is a grader's rule."""
    return DEFINED


@pytest.fixture(scope="session")
def where() -> Where:
    """The baseline on the set `faq` in the slot."""
    return Where(golden="faq", role=Role.BASELINE, slot=SLOT)


@pytest.fixture(scope="session")
def read_case() -> Callable[[str], Json]:
    """Return a reader of one case file: a JSON document, or the rows of a JSONL file."""

    def read(name: str) -> Json:
        text = (CASES / name).read_text(encoding="utf-8")
        if name.endswith(".jsonl"):
            return [json.loads(line) for line in text.splitlines()]
        document: Json = json.loads(text)
        return document

    return read


@pytest.fixture(scope="session")
def make_columns() -> Callable[..., AnswerColumns]:
    """Return a builder of answers: endings, and what the graders said of them."""

    def build(
        endings: Sequence[Ending] | int,
        said: str | None = None,
        *,
        abstention: str | None = None,
        criterion: str = "correctness",
        answerable: Sequence[bool] | None = None,
        expected: Sequence[AnswerKind] | None = None,
        texts: Sequence[str] | None = None,
        measures: Mapping[str, Sequence[float]] | None = None,
        slices: Mapping[str, Sequence[str]] | None = None,
    ) -> AnswerColumns:
        rows = [Ending.ANSWERED] * endings if isinstance(endings, int) else list(endings)
        size = len(rows)
        verdicts = {ABSTENTION: [SAID[one] for one in abstention or "g" * size]}
        if said is not None:
            verdicts[criterion] = [SAID[one] for one in said]
        return AnswerColumns(
            item_ids=[f"q{at}" for at in range(size)],
            item_digests=[f"item {at}" for at in range(size)],
            answer_hashes=list(texts) if texts is not None else [f"text {n}" for n in range(size)],
            endings=rows,
            answerable=list(answerable) if answerable is not None else [True] * size,
            expected=list(expected) if expected is not None else [AnswerKind.TEXT] * size,
            verdicts=verdicts,
            measures={name: np.array(values) for name, values in (measures or {}).items()},
            slices=slices or {},
        )

    return build


def codes(judged: Judged, criterion: Criterion, said: str) -> NDArray[np.int8]:
    """Return labels written as letters as the domain's own codes."""
    known = {
        AnswerKey(
            item_digest=judged.item_digests[at],
            answer_hash=judged.answer_hashes[at],
            criterion=criterion.name,
            rubric_hash=criterion.rubric_hash,
        ): TRUTHS[one]
        for at, one in enumerate(said)
        if one != "?"
    }
    return known_codes(judged, criterion, known)


@pytest.fixture(scope="session")
def lay() -> Callable[..., Labelled]:
    """Return a builder that judges answers and lays labels over them.

    `drawn` lists the items of the draw in their order, `reached` is how far people have come
    (all of it by default); `flagged` lists the alarm stratum (what the graders flag by default).
    """

    def build(
        columns: AnswerColumns,
        criterion: Criterion,
        *,
        drawn: Sequence[int] = (),
        reached: int | None = None,
        flagged: Sequence[int] | None = None,
        earlier: str = "",
        tonight: str = "",
        failures_are_bad: bool = False,
    ) -> Labelled:
        judged = judge(columns, criterion, failures_are_bad=failures_are_bad)
        size = len(columns)
        position = np.full(size, -1, dtype=np.int64)
        position[list(drawn)] = np.arange(len(drawn))
        mask = alarm_mask([judged])
        if flagged is not None:
            mask = np.isin(np.arange(size), list(flagged))
        return Labelled(
            judged=judged,
            sample=Sample(
                strata=nightly_strata(mask),
                position=position,
                reached=len(drawn) if reached is None else reached,
            ),
            earlier=codes(judged, criterion, earlier.ljust(size, "?")),
            tonight=codes(judged, criterion, tonight.ljust(size, "?")),
        )

    return build


@pytest.fixture(scope="session")
def window_of() -> Callable[..., WindowResult]:
    """Return a builder of the window over some nights' evidence of one criterion."""

    def build(
        nights: Sequence[Labelled], criterion: Criterion, rule: EstimationRule | None = None
    ) -> WindowResult:
        rules = rule or EstimationRule()
        slots = [
            WindowSlot(slot=SLOT + n * DAY, weights=item_weights(one, criterion, rules))
            for n, one in enumerate(nights)
        ]
        return window_result(slots, missing=0)

    return build


@pytest.fixture(scope="session")
def make_estimate() -> Callable[..., Estimate]:
    """Return a builder of bad rates with their intervals."""

    def build(
        low: float,
        high: float | None = None,
        *,
        point: float | None = None,
        method: str = "finite2",
        items: int = 100,
    ) -> Estimate:
        upper = low if high is None else high
        return Estimate(
            point=low if high is None else point,
            low=low,
            high=upper,
            confidence=0.95,
            labelled=20,
            items=items,
            frame="golden_set",
            method=method,
        )

    return build


@pytest.fixture(scope="session")
def make_label() -> Callable[..., Label]:
    """Return a builder of labels of one answer: who said what, and how many hours on."""

    def build(
        reviewer: str,
        value: str,
        hours: float = 0,
        *,
        adjudicates: bool = False,
        criterion: str = "correctness",
        answer: str = "text",
    ) -> Label:
        return Label(
            id=f"{reviewer}/{value}/{hours}/{adjudicates}/{answer}",
            key=AnswerKey(
                item_digest="item", answer_hash=answer, criterion=criterion, rubric_hash="rubric"
            ),
            value=LabelValue(value),
            reviewer=reviewer,
            recorded_at=SLOT + timedelta(hours=hours),
            review_id="review",
            slot=SLOT,
            adjudicates=adjudicates,
        )

    return build


@pytest.fixture(scope="session")
def make_result() -> Callable[..., SliResult]:
    """Return a builder of one night's SLI."""

    def build(
        estimate: Estimate | None,
        *,
        concludes: bool = True,
        reasons: Sequence[Reason] = (),
        population: Estimate | None = None,
        role: Role = Role.BASELINE,
    ) -> SliResult:
        return SliResult(
            sli="correctness",
            golden="faq",
            role=role,
            slot=SLOT,
            counts=Counts(planned=100, valid=98, failed=2, skipped=0, bad=3, labelled=20),
            estimate=estimate,
            population=population,
            concludes=concludes,
            needs_labels=True,
            reasons=tuple(reasons),
        )

    return build


@pytest.fixture(scope="session")
def make_slo() -> Callable[..., Slo]:
    """Return a builder of objectives for correctness on the set `faq`."""

    def build(target: float = 0.9, *, name: str = "correctness") -> Slo:
        return Slo(
            name=name,
            sli=Sli(name="correctness", criterion="correctness"),
            golden="faq",
            target=target,
            window=30 * DAY,
        )

    return build


@pytest.fixture(scope="session")
def make_status(
    make_slo: Callable[..., Slo], make_result: Callable[..., SliResult]
) -> Callable[..., SloStatus]:
    """Return a builder of concluded objectives."""

    def build(
        state: SloState,
        estimate: Estimate | None = None,
        *,
        charged: bool = True,
        target: float = 0.9,
        reasons: Sequence[Reason] = (),
        name: str = "correctness",
    ) -> SloStatus:
        return SloStatus(
            slo=make_slo(target, name=name),
            role=Role.BASELINE if charged else Role.CANDIDATE,
            charged=charged,
            tonight=make_result(estimate),
            concluded_slot=SLOT,
            window=WindowResult(estimate=estimate, used=1, unlabelled=0, missing=0),
            budget=budget_of(estimate, estimate, target),
            state=state,
            reasons=tuple(reasons),
        )

    return build


@pytest.fixture(scope="session")
def make_plan(make_slo: Callable[..., Slo]) -> Callable[..., Plan]:
    """Return a builder of plans: the plain one, with some fields replaced."""
    plain = Plan(
        service="shop",
        slot=SLOT,
        models={
            Role.BASELINE: ModelIdentity(kind="openai_http", name="prod", parameters={"t": 0}),
            Role.CANDIDATE: ModelIdentity(kind="openai_http", name="next", parameters={"t": 0}),
        },
        goldens=(
            GoldenSet(name="faq", location="faq", items=100, digest="d1", criteria=(HUMAN,)),
        ),
        graders={"faq": (GraderIdentity(name="contains", version="1", criterion="correctness"),)},
        slos=(make_slo(),),
        gate=GateRule(),
        review=ReviewRule(),
        estimation=EstimationRule(),
        deadline=DeadlineRule(),
        seed=0,
        code_version="0.1.0",
        expected_slots=(SLOT - DAY, SLOT),
    )

    def build(**changes: object) -> Plan:
        return replace(plain, **changes)  # type: ignore[arg-type]  # the tests name real fields

    return build
