"""The report as JSON, and the decision that other programs read (design section 6)."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from qualityslo.domain.gate import GateDecision, GateOutcome
from qualityslo.domain.reason import against
from qualityslo.domain.report import GoldenSummary, Report, RoleSummary
from qualityslo.domain.sli import Role, SliResult
from qualityslo.domain.slo import SloState, SloStatus
from qualityslo.errors import ExitCode
from qualityslo.stats import Estimate

SLOT = datetime(2026, 3, 2, 2, tzinfo=UTC)
KEYS = [
    "service",
    "slot",
    "decision",
    "reasons",
    "candidate",
    "baseline",
    "slis",
    "budget",
    "evaluated_at",
    "golden_digest",
    "revision",
]


def _role(role: Role, name: str) -> RoleSummary:
    return RoleSummary(
        role=role,
        golden="faq",
        model={"kind": "openai_http", "name": name},
        endings={"answered": 98, "error": 2},
        failures={"timeout": 2},
        ungraded={},
        latency={},
    )


@pytest.fixture
def report(
    make_result: Callable[..., SliResult],
    make_status: Callable[..., SloStatus],
    make_estimate: Callable[..., Estimate],
) -> Report:
    """A report of one set, two roles and a failed gate."""
    estimate = make_estimate(0.25, 0.5, point=0.375)
    gate = GateDecision(
        outcome=GateOutcome.FAIL, reasons=(against("inferior", "worse"),), tables=()
    )
    return Report(
        run_id="run",
        kind="nightly",
        service="shop",
        slot=SLOT,
        as_of=SLOT + timedelta(hours=1),
        revision="r1",
        conclusion="Finding.",
        next_step="nothing to do",
        exit_code=ExitCode.FINDING,
        goldens=(
            GoldenSummary(
                name="faq", version="1", items=100, digest="d1", sampled_from="authored"
            ),
        ),
        roles=(_role(Role.BASELINE, "prod"), _role(Role.CANDIDATE, "next")),
        slis=(make_result(estimate), make_result(None, concludes=False, role=Role.CANDIDATE)),
        slos=(
            make_status(SloState.BREACHED, estimate),
            make_status(SloState.MET, make_estimate(0.0), charged=False, name="as if"),
        ),
        gate=gate,
        drift=(),
        reviews=(),
        examples=(),
        provenance={"seed": 0, "odd": math.nan},
    )


def test_a_decision_has_exactly_the_keys_other_programs_rely_on(report: Report) -> None:
    assert list(report.decision_json()) == ["schema", *KEYS]
    assert report.decision_json()["schema"] == "qualityslo.decision/1"


def test_a_decision_says_who_was_compared_on_what_and_when(report: Report) -> None:
    found = report.decision_json()
    assert (found["decision"], found["slot"]) == ("fail", "2026-03-02T02:00:00Z")
    assert found["evaluated_at"] == "2026-03-02T03:00:00Z"
    assert found["baseline"] == {"kind": "openai_http", "name": "prod"}
    assert found["candidate"] == {"kind": "openai_http", "name": "next"}
    assert (found["golden_digest"], found["revision"]) == ({"faq": "d1"}, "r1")
    assert found["reasons"] == [
        {"code": "inferior", "ok": False, "severity": "error", "detail": "worse"}
    ]


def test_estimates_of_a_decision_are_good_ratios_with_their_denominators(report: Report) -> None:
    rows = report.decision_json()["slis"]
    assert isinstance(rows, list)
    known, unknown = rows
    assert isinstance(known, dict)
    assert isinstance(unknown, dict)
    assert (known["low"], known["value"], known["high"]) == (0.5, 0.625, 0.75)
    assert (known["sli"], known["golden"], known["role"]) == ("correctness", "faq", "baseline")
    assert (known["method"], known["concludes"]) == ("finite2", True)
    counts = known["counts"]
    assert isinstance(counts, dict)
    assert (counts["planned"], counts["valid"], counts["failed"]) == (100, 98, 2)
    assert [unknown[key] for key in ("value", "low", "high", "method")] == [None] * 4


def test_only_what_is_charged_has_a_budget_in_a_decision(report: Report) -> None:
    budget = report.decision_json()["budget"]
    assert isinstance(budget, dict)
    assert list(budget) == ["correctness"]


def test_without_a_candidate_a_decision_is_inconclusive_and_says_so(report: Report) -> None:
    alone = replace(report, gate=None, roles=report.roles[:1])
    found = alone.decision_json()
    assert (found["decision"], found["candidate"]) == ("inconclusive", None)
    reasons = found["reasons"]
    assert isinstance(reasons, list)
    (reason,) = reasons
    assert isinstance(reason, dict)
    assert (reason["code"], reason["ok"]) == ("no_candidate", False)


def test_a_report_is_strict_json_with_everything_in_it(report: Report) -> None:
    found = report.as_json()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["schema"] == "qualityslo.report/1"
    assert found["exit_code"] == 1
    assert found["provenance"] == {"seed": 0, "odd": None}
    assert found["decision"] == report.decision_json()
    fields = set(Report.__dataclass_fields__)
    assert set(found) == {"schema", "decision", *fields}
