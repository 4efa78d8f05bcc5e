"""A report as a night leaves it, built from the domain's own values."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from qualityslo.domain.budget import budget_of
from qualityslo.domain.changes import PairedSlice
from qualityslo.domain.drift_map import DriftMap, DriftPoint
from qualityslo.domain.evidence import Counts
from qualityslo.domain.gate import GateDecision, GateOutcome
from qualityslo.domain.golden import Json
from qualityslo.domain.label_coverage import CoveredPart, LabelCoverage
from qualityslo.domain.pairs import PairedTable
from qualityslo.domain.reason import Reason, Severity, against, note, warning
from qualityslo.domain.report import (
    DriftSummary,
    Example,
    ExampleKind,
    GoldenSummary,
    Report,
    ReviewSummary,
    RoleSummary,
    Said,
)
from qualityslo.domain.sli import Measure, Role, Sli, SliceResult, SliResult
from qualityslo.domain.slo import Slo, SloState, SloStatus
from qualityslo.domain.times import TimeLimit, TimeSummary, time_summary
from qualityslo.domain.trend import SlotKind, Trend, TrendPoint
from qualityslo.domain.window import WindowResult
from qualityslo.errors import ExitCode
from qualityslo.stats import Estimate, QuantileEstimate

SLOT = datetime(2026, 3, 1, 2, tzinfo=UTC)
EARLIER = SLOT - timedelta(days=2)
DEADLINE = SLOT + timedelta(hours=48)

RETURNS = (
    "Returns. Goods may be returned within 30 days of delivery. Audio products that touch the ear "
    "are exempt unless the seal is unbroken.\n\nRefunds are paid to the original means of payment "
    "within 14 days."
)

CORRECTNESS = Sli(name="correctness", criterion="correctness")
HALLUCINATION = Sli(name="hallucination", criterion="hallucination")
TTFT = Sli(name="ttft", measure=Measure.TTFT, at_most=1.5, percentile=0.95)
AVAILABILITY = Sli(name="availability", measure=Measure.AVAILABILITY)
DRIFT = Sli(name="drift", measure=Measure.DRIFT, at_least=0.8)


def bad_rate(
    point: float | None, low: float, high: float, labelled: int = 46, method: str = "finite2"
) -> Estimate:
    """Return an estimate of a bad rate on the handbook's 240 items."""
    return Estimate(
        point=point,
        low=low,
        high=high,
        confidence=0.95,
        labelled=labelled,
        items=240,
        frame="golden_set",
        method=method,
    )


def result(
    sli: Sli,
    role: Role,
    estimate: Estimate | None,
    counts: Counts,
    reasons: tuple[Reason, ...] = (),
    quantile: QuantileEstimate | None = None,
) -> SliResult:
    """Return an SLI of the handbook set."""
    slices = tuple(
        SliceResult(slice="topic", value=value, counts=counts, estimate=estimate)
        for value in ("billing", "shipping", "returns")
    )
    return SliResult(
        sli=sli.name,
        golden="handbook",
        role=role,
        slot=SLOT,
        counts=counts,
        estimate=estimate,
        population=estimate if sli.criterion and estimate and estimate.point is not None else None,
        quantile=quantile,
        concludes=not any(not one.ok for one in reasons),
        needs_labels=sli.criterion is not None,
        reasons=reasons,
        slices=slices if sli.criterion else (),
    )


def status(
    sli: Sli, tonight: SliResult, target: float, state: SloState, *reasons: Reason
) -> SloStatus:
    """Return the status of an SLO over 30 days, concluded two nights ago where it needs labels."""
    concluded: datetime | None = EARLIER if sli.criterion else SLOT
    usable = state is not SloState.UNDECIDED or tonight.concludes
    slo = Slo(name=sli.name, sli=sli, golden="handbook", target=target, window=timedelta(days=30))
    estimate = tonight.estimate if usable else None
    used, unlabelled, missing = (26, 2, 1) if usable else (0, 0, 0)
    return SloStatus(
        slo=slo,
        role=tonight.role,
        charged=tonight.role is not Role.CANDIDATE,
        tonight=tonight,
        concluded_slot=concluded if usable else None,
        window=WindowResult(estimate=estimate, used=used, unlabelled=unlabelled, missing=missing),
        budget=budget_of(estimate, estimate, target),
        state=state,
        reasons=reasons,
    )


JUDGED = Counts(
    planned=240, valid=231, failed=3, skipped=6, bad=14, ungraded=2, labelled=46, missing=1
)
HEDGED = Counts(
    planned=240, valid=212, failed=1, skipped=27, bad=3, ungraded=0, labelled=46, missing=0
)
TIMED = Counts(planned=240, valid=237, failed=3, skipped=0, bad=11, labelled=237)
ANSWERED = Counts(planned=240, valid=240, failed=0, skipped=0, bad=3, labelled=240)
PAIRED = Counts(planned=240, valid=234, failed=4, skipped=2, bad=9, labelled=234)


def results() -> dict[str, SliResult]:
    """Return the night's SLIs by a short name."""
    census = "definition"
    gone = against(
        "uncorrected", "no labels yet: the graders' own rate is shown, concludes nothing"
    )
    p95 = QuantileEstimate(
        point=1.31,
        low=1.12,
        high=1.74,
        confidence=0.95,
        count=237,
        quantile=0.95,
        method="order_statistics",
    )
    base, cand = Role.BASELINE, Role.CANDIDATE
    return {
        "correct": result(CORRECTNESS, base, bad_rate(0.062, 0.031, 0.108), JUDGED),
        "correct2": result(CORRECTNESS, cand, bad_rate(0.171, 0.115, 0.240), JUDGED),
        "halluc": result(HALLUCINATION, base, bad_rate(0.013, 0.004, 0.041), HEDGED),
        "halluc2": result(
            HALLUCINATION, cand, bad_rate(None, 0.0, 0.33, 0, "uncorrected"), HEDGED, (gone,)
        ),
        "ttft": result(TTFT, base, bad_rate(0.046, 0.046, 0.046, 237, census), TIMED, (), p95),
        "ttft2": result(TTFT, cand, bad_rate(0.046, 0.046, 0.046, 237, census), TIMED, (), p95),
        "up": result(AVAILABILITY, base, bad_rate(0.0125, 0.0125, 0.0125, 240, census), ANSWERED),
        "drift": result(DRIFT, Role.PAIR, bad_rate(0.038, 0.038, 0.038, 234, census), PAIRED),
    }


def statuses(found: dict[str, SliResult]) -> tuple[SloStatus, ...]:
    """Return the night's SLOs: met, undecided, breached."""
    kept = note("target", "the whole interval keeps the target")
    missed = against("target", "the whole interval misses the target")
    open_ = against("straddles", "the interval lies on both sides of the target")
    gaps = warning("gaps", "2 unlabelled and 1 missing slots count neither way")
    nothing = against("no_final_slot", "no slot is final yet: its labels may still arrive")
    met, breached, undecided = SloState.MET, SloState.BREACHED, SloState.UNDECIDED
    return (
        status(CORRECTNESS, found["correct"], 0.85, met, kept, gaps),
        status(HALLUCINATION, found["halluc"], 0.98, undecided, open_, gaps),
        status(TTFT, found["ttft"], 0.95, met, kept),
        status(AVAILABILITY, found["up"], 0.995, breached, missed),
        status(DRIFT, found["drift"], 0.95, met, kept),
        status(CORRECTNESS, found["correct2"], 0.85, undecided, open_),
        status(HALLUCINATION, found["halluc2"], 0.98, undecided, nothing),
    )


def gate() -> GateDecision:
    """Return a gate that fails on correctness and is open on hallucination."""
    difference = Estimate(
        point=0.109,
        low=0.058,
        high=0.166,
        confidence=0.95,
        labelled=46,
        items=228,
        frame="traffic",
        method="paired",
    )
    first = PairedTable(
        criterion="correctness",
        golden="handbook",
        both_good=188,
        only_candidate_bad=29,
        only_baseline_bad=5,
        both_bad=6,
        failed=4,
        skipped=6,
        ungraded=2,
        mcnemar_p=0.00004,
        by_definition=False,
        difference=difference,
        labelled_pairs=46,
    )
    second = PairedTable(
        criterion="hallucination",
        golden="handbook",
        both_good=204,
        only_candidate_bad=3,
        only_baseline_bad=2,
        both_bad=1,
        failed=3,
        skipped=27,
        ungraded=0,
        mcnemar_p=1.0,
        by_definition=False,
        difference=None,
        labelled_pairs=0,
    )
    worse = Reason(
        code="inferior",
        ok=False,
        severity=Severity.ERROR,
        detail="correctness on handbook is worse by more than the margin; candidate minus baseline, "
        "share of bad: [+5.8%, +16.6%], margin 2.0%",
    )
    unlabelled = against("no_labels", "hallucination on handbook: no labels yet to compare by")
    return GateDecision(
        outcome=GateOutcome.FAIL, reasons=(worse, unlabelled), tables=(first, second)
    )


def model(name: str) -> dict[str, Json]:
    """Return a model's identity."""
    parameters: dict[str, Json] = {"temperature": 0, "max_tokens": 512}
    return {"kind": "openai_http", "name": name, "revision": "", "parameters": parameters}


def roles() -> tuple[RoleSummary, ...]:
    """Return how both models' answers ended."""
    return (
        RoleSummary(
            role=Role.BASELINE,
            golden="handbook",
            model=model("support-7b-prod"),
            endings={"answered": 218, "refusal": 6, "truncated": 13, "error": 2, "incomplete": 1},
            failures={"timeout": 2, "cut_off": 1},
            ungraded={"correctness": {"unparseable": 2}},
            latency={"ttft_p50": 0.214, "ttft_p95": 1.31, "latency_p50": 1.92, "latency_p95": 6.4},
        ),
        RoleSummary(
            role=Role.CANDIDATE,
            golden="handbook",
            model=model("support-7b-next"),
            endings={"answered": 233, "refusal": 1, "empty": 5, "error": 1},
            failures={"http_500": 1},
            ungraded={},
            latency={"ttft_p50": 0.187, "ttft_p95": 0.92, "latency_p50": 1.41, "latency_p95": 4.9},
        ),
    )


def examples() -> tuple[Example, ...]:
    """Return three items: a wrong answer, one in a right-to-left script, one without an answer."""
    return (
        Example(
            golden="handbook",
            item_id="returns-017",
            question="How long may a customer keep a pair of headphones before returning it?",
            context=(RETURNS,),
            references=("Only with an unbroken seal, within 30 days of delivery.",),
            answers={
                "baseline": "Headphones can go back within 30 days of delivery, but only if the "
                "seal is unbroken.",
                "candidate": "Headphones may be returned within 14 days, no questions asked.",
            },
            criteria=("correctness", "hallucination"),
            endings={"baseline": "answered", "candidate": "answered"},
            said=(
                Said(role=Role.BASELINE, criterion="correctness", by="judge", verdict="good"),
                Said(
                    role=Role.CANDIDATE,
                    criterion="correctness",
                    by="judge",
                    verdict="bad",
                    score=0.1,
                    detail="the period is 30 days and the seal matters",
                ),
                Said(
                    role=Role.CANDIDATE,
                    criterion="hallucination",
                    by="support",
                    verdict="bad",
                    detail="'no questions asked' is not in the context",
                ),
                Said(role=Role.CANDIDATE, criterion="correctness", by="people", verdict="bad"),
            ),
            slices={"topic": "returns"},
            cosine=0.6127,
        ),
        Example(
            golden="handbook",
            item_id="lang-ar-003",
            question="ما هي مدة الإرجاع؟",
            context=(),
            references=("30 يومًا",),
            answers={"baseline": "مدة الإرجاع 30 يومًا.", "candidate": "14 يومًا."},
            criteria=("correctness",),
            cosine=0.701,
        ),
        Example(
            golden="handbook",
            item_id="bulk-112",
            question="List every shipping zone with its price.",
            context=("Zone table. " * 400,),
            references=(),
            answers={"baseline": "Zone A 4.90\nZone B 7.90\nZone C 12.90", "candidate": ""},
            kind=ExampleKind.BOTH_BAD,
            endings={"baseline": "answered", "candidate": "error: timeout"},
        ),
    )


def slices() -> tuple[PairedSlice, ...]:
    """Return a slice that is worse, one that luck explains, and one of which nothing is known."""
    found = (
        ("billing", 20, 2, 0.00012, 0.00036),
        ("shipping", 7, 1, 0.07, 0.105),
        ("returns", 0, 0, 1.0, 1.0),
    )
    return tuple(
        PairedSlice(
            criterion="correctness",
            golden="handbook",
            slice="topic",
            value=value,
            both_good=50,
            only_candidate_bad=worse,
            only_baseline_bad=better,
            both_bad=2,
            not_comparable=4,
            mcnemar_p=p,
            mcnemar_q=q,
        )
        for value, worse, better, p, q in found
    )


def times() -> tuple[TimeSummary, ...]:
    """Return times to the first token of both models, some of which were not observed."""
    base = np.r_[np.linspace(0.1, 0.214, 113), np.linspace(0.22, 1.6, 113), np.full(14, np.nan)]
    found = time_summary(
        "handbook",
        Measure.TTFT,
        {Role.BASELINE: base, Role.CANDIDATE: base * 0.8},
        [TimeLimit(slo="ttft", at_most=1.5)],
    )
    assert found is not None
    return (found,)


def drift_map() -> DriftMap:
    """Return a map of which one item has its answers on the page."""
    points = (
        DriftPoint(item_id="returns-017", cosine=0.61, length=-0.4, change="only_candidate_bad"),
        DriftPoint(item_id="bulk-112", cosine=0.23, length=-9.0, change="both_bad"),
        DriftPoint(item_id="x", cosine=0.99, length=0.0, change="both_good"),
    )
    return DriftMap(
        golden="handbook",
        items={"only_candidate_bad": 1, "both_bad": 1, "both_good": 232},
        shown={"only_candidate_bad": 1, "both_bad": 1, "both_good": 1},
        points=points,
    )


def coverage() -> tuple[LabelCoverage, ...]:
    """Return the labels of one criterion: by rule, by people, and how much nobody looked at."""
    parts = (
        CoveredPart(name="by rule", answers=19, good=0, bad=19),
        CoveredPart(name="alarm", answers=30, good=9, bad=4, unconfirmed=2, missing=1, waiting=14),
        CoveredPart(name="quiet", answers=182, good=7, bad=0, waiting=175),
    )
    return (
        LabelCoverage(
            criterion="correctness",
            golden="handbook",
            role=Role.BASELINE,
            needs_people=True,
            valid=231,
            parts=parts,
        ),
    )


def trends() -> tuple[Trend, ...]:
    """Return seven nights: one that did not run, one without labels, the last one provisional."""
    kinds = [SlotKind.FINAL] * 2 + [SlotKind.MISSING, SlotKind.FINAL, SlotKind.OPEN]
    kinds += [SlotKind.FINAL, SlotKind.PROVISIONAL]
    points = tuple(
        TrendPoint(slot=SLOT - (6 - at) * timedelta(days=1), kind=kind, revised=at == 3)
        if kind in {SlotKind.MISSING, SlotKind.OPEN}
        else TrendPoint(
            slot=SLOT - (6 - at) * timedelta(days=1),
            kind=kind,
            low=0.89,
            point=0.92 + at / 200,
            high=0.98,
            revised=at == 3,
        )
        for at, kind in enumerate(kinds)
    )
    return (
        Trend(
            slo="correctness",
            golden="handbook",
            role=Role.BASELINE,
            charged=True,
            target=0.85,
            points=points,
        ),
    )


@pytest.fixture
def report() -> Report:
    """Return the report of a night with a breached SLO and a failed gate."""
    found = results()
    digest = "5d41402abc4b2a76b9719d911017c592ae41e4649b934ca495991b7852b855aa"
    return Report(
        run_id="20260301T0200Z-4be1c0ffee00",
        kind="nightly",
        service="support-assistant",
        slot=SLOT,
        as_of=SLOT + timedelta(minutes=41),
        revision="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        conclusion="Finding: 1 of 5 SLOs breached (availability at 98.8 % against a target of "
        "99.5 %); 1 undecided (hallucination: the interval lies on both sides of the target); "
        "3 met; the candidate is worse than the baseline by more than a margin.",
        next_step="17 reviews wait until 03 Mar 02:00 UTC: qualityslo review export",
        exit_code=ExitCode.FINDING,
        goldens=(
            GoldenSummary(
                name="handbook", version="3", items=240, digest=digest, sampled_from="traffic"
            ),
        ),
        roles=roles(),
        slis=tuple(found.values()),
        slos=statuses(found),
        gate=gate(),
        drift=(
            DriftSummary(
                golden="handbook",
                embedder="all-MiniLM-L6-v2 float32",
                defined=234,
                identical=41,
                undefined={"missing": 4, "one_side_empty": 2},
                cut=3,
                mean=0.8643,
                lowest=0.2311,
                histogram=(0, 0, 1, 1, 3, 6, 11, 29, 78, 105),
            ),
        ),
        reviews=(
            ReviewSummary(
                golden="handbook",
                drawn=20,
                alarm_items=31,
                quiet_items=209,
                answered=3,
                waiting=17,
                deadline=DEADLINE,
            ),
        ),
        examples=examples(),
        example_totals={"regression": 29, "both_bad": 7},
        paired_slices=slices(),
        times=times(),
        drift_maps=(drift_map(),),
        coverage=coverage(),
        trends=trends(),
        provenance={
            "code_version": "0.1.0",
            "seed": 0,
            "models": {
                "baseline": model("support-7b-prod"),
                "candidate": model("support-7b-next"),
            },
            "graders": {"handbook": ["correctness: judge 1.2", "hallucination: support 2"]},
            "rules": {
                "confidence": 0.95,
                "gate_margin": 0.02,
                "gate_margins": {"hallucination": 0.01},
            },
        },
    )
