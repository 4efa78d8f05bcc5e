"""Whatever models, golden sets and people write: on the page it stays text."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from qualityslo.domain.budget import budget_of
from qualityslo.domain.changes import PairedSlice
from qualityslo.domain.drift_map import DriftMap, DriftPoint
from qualityslo.domain.gate import GateDecision, GateOutcome
from qualityslo.domain.label_coverage import CoveredPart, LabelCoverage
from qualityslo.domain.pairs import PairedTable
from qualityslo.domain.reason import against
from qualityslo.domain.report import (
    DriftSummary,
    Example,
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
from qualityslo.exports.html import HtmlReport, render
from tests.exports.conftest import JUDGED, SLOT, bad_rate
from tests.exports.page import Page, assert_inert

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<!-- --><svg/onload=alert(1)>",
    "{{ 7 * 7 }}{% for x in y %}",
    "javascript:alert(1)",
    "&lt;script&gt;",
    "\N{RIGHT-TO-LEFT OVERRIDE}evil\N{POP DIRECTIONAL FORMATTING}",
    "\x1b[31mred\x07\x00",
    "]]><![CDATA[",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_changes_no_tag_and_no_attribute(text: str) -> None:
    page = Page(render(hostile_report(text)))
    assert_inert(page)
    assert page.frame == Page(render(hostile_report("harmless"))).frame


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(alphabet=st.characters(exclude_characters="_"), min_size=1, max_size=60))
def test_no_text_whatsoever_changes_the_structure(text: str, tmp_path: Path) -> None:
    path = HtmlReport().export(hostile_report(f"({text})"), tmp_path)
    page = Page(path.read_text(encoding="utf-8"))
    assert page.frame == Page(render(hostile_report("harmless"))).frame


def test_text_is_shown_as_it_was_written() -> None:
    shown = "".join(Page(render(hostile_report("<b>a & b</b>"))).texts)
    assert "<b>a & b</b>" in shown


def test_control_characters_are_pictures() -> None:
    page = render(hostile_report("a\x1b[31m\x00b"))
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", page)
    assert "a\N{SYMBOL FOR ESCAPE}[31m\N{SYMBOL FOR NULL}b" in page


def test_untrusted_text_cannot_turn_its_surroundings_around() -> None:
    turned = "\N{RIGHT-TO-LEFT OVERRIDE}x"
    page = render(hostile_report(turned))
    body = page[page.index("<body>") :]
    for match in re.finditer(re.escape(turned), body):
        opened = body[: match.start()].rpartition("<")[2]
        # the marks of the word comparison stand inside a block of its own direction
        assert opened.startswith(("bdi>", "ins>", "del>", "mark>")) or 'dir="auto"' in opened


def hostile_report(text: str) -> Report:
    """Return a report in which models, golden sets and people wrote only `text`."""
    sli = Sli(name=text, criterion=text)
    estimate = bad_rate(0.1, 0.05, 0.2, method=text)
    reason = against(text, text)
    part = SliceResult(slice=text, value=text, counts=JUDGED, estimate=estimate)
    one = SliResult(
        sli=text,
        golden=text,
        role=Role.BASELINE,
        slot=SLOT,
        counts=JUDGED,
        estimate=estimate,
        reasons=(reason,),
        slices=(part,),
    )
    slo = Slo(name=text, sli=sli, golden=text, target=0.9, window=timedelta(hours=12))
    state = SloStatus(
        slo=slo,
        role=Role.BASELINE,
        charged=True,
        tonight=one,
        concluded_slot=None,
        window=WindowResult(estimate=estimate, used=1, unlabelled=0, missing=0),
        budget=budget_of(estimate, estimate, 0.9),
        state=SloState.UNDECIDED,
        reasons=(reason,),
    )
    table = PairedTable(
        criterion=text,
        golden=text,
        both_good=1,
        only_candidate_bad=0,
        only_baseline_bad=0,
        both_bad=0,
        failed=0,
        skipped=1,
        ungraded=0,
        mcnemar_p=1.0,
        by_definition=True,
        difference=estimate,
        labelled_pairs=1,
    )
    return Report(
        run_id=text,
        kind=text,
        service=text,
        slot=SLOT,
        as_of=SLOT,
        revision=text,
        conclusion=text,
        next_step=text,
        exit_code=ExitCode.INCONCLUSIVE,
        goldens=(
            GoldenSummary(name=text, version=text, items=240, digest=text, sampled_from=text),
        ),
        roles=(
            RoleSummary(
                role=Role.BASELINE,
                golden=text,
                model={text: text, "name": text, "kind": text},
                endings={text: 1},
                failures={text: 1},
                ungraded={text: {text: 1}},
                latency={text: 0.5, f"{text}_p95": 1.0},
            ),
        ),
        slis=(one,),
        slos=(state, state),
        gate=GateDecision(
            outcome=GateOutcome.PASS,
            reasons=(reason,),
            tables=(table, replace(table, slice=text, simultaneous=estimate, mcnemar_q=0.5)),
        ),
        drift=(
            DriftSummary(
                golden=text,
                embedder=text,
                defined=0,
                identical=0,
                undefined={text: 1},
                cut=0,
                mean=None,
                lowest=None,
                histogram=(0,) * 10,
            ),
        ),
        reviews=(
            ReviewSummary(
                golden=text,
                drawn=1,
                alarm_items=1,
                quiet_items=0,
                answered=0,
                waiting=1,
                deadline=None,
            ),
        ),
        examples=(
            Example(
                golden=text,
                item_id=text,
                question=text,
                context=(text,),
                references=(text,),
                answers={text: text, "baseline": text, "candidate": f"{text} {text}"},
                endings={"baseline": text},
                criteria=(text,),
                said=(
                    Said(
                        role=Role.CANDIDATE,
                        criterion=text,
                        by=text,
                        verdict="bad",
                        detail=f"'{text}' {text}",
                    ),
                ),
                slices={text: text},
                cosine=0.5,
            ),
        ),
        provenance={text: text, "nested": {text: [text, {text: text}]}},
        example_totals={"regression": 1},
        paired_slices=(slice_of(text),),
        times=(times_of(text),),
        drift_maps=(
            DriftMap(
                golden=text,
                items={"both_bad": 1},
                shown={"both_bad": 1},
                points=(DriftPoint(item_id=text, cosine=0.5, length=0.1, change="both_bad"),),
            ),
        ),
        coverage=(
            LabelCoverage(
                criterion=text,
                golden=text,
                role=Role.BASELINE,
                needs_people=True,
                valid=2,
                parts=(CoveredPart(name=text, answers=2, good=1, bad=0, waiting=1),),
            ),
        ),
        trends=(trend_of(text),),
    )


def slice_of(text: str) -> PairedSlice:
    """Return a slice of which only the names are hostile."""
    return PairedSlice(
        criterion=text,
        golden=text,
        slice=text,
        value=text,
        both_good=1,
        only_candidate_bad=9,
        only_baseline_bad=0,
        both_bad=0,
        not_comparable=0,
        mcnemar_p=0.001,
        mcnemar_q=0.002,
    )


def times_of(text: str) -> TimeSummary:
    """Return times with a limit of a hostile name."""
    summary = time_summary(
        text,
        Measure.TTFT,
        {Role.BASELINE: np.array([0.1, 0.2, 4.0])},
        [TimeLimit(slo=text, at_most=2.0)],
    )
    assert summary is not None
    return summary


def trend_of(text: str) -> Trend:
    """Return a trend of two slots."""
    points = tuple(
        TrendPoint(
            slot=SLOT + at * timedelta(days=1), kind=SlotKind.FINAL, low=0.8, point=0.9, high=1
        )
        for at in range(2)
    )
    return Trend(
        slo=text, golden=text, role=Role.BASELINE, charged=True, target=0.9, points=points
    )
