"""The page: what a person finds on it, and that it stays a page."""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qualityslo.domain.budget import Spread
from qualityslo.domain.report import Report
from qualityslo.errors import ExitCode
from qualityslo.exports.html import HtmlReport, render
from qualityslo.exports.views import margin
from tests.exports.page import Page, assert_inert

if TYPE_CHECKING:
    from qualityslo.ports import Exporter


def test_the_exporter_writes_one_page(report: Report, tmp_path: Path) -> None:
    exporter: Exporter = HtmlReport()
    path = exporter.export(report, tmp_path / "run")
    assert path == tmp_path / "run" / "report.html"
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert exporter.name == "html"
    assert [one.name for one in path.parent.iterdir()] == ["report.html"]


def test_the_conclusion_stands_on_top_with_its_word_once_and_the_next_step(
    report: Report,
) -> None:
    text = Page(render(report)).text
    head = text[: text.index("Objectives")]
    assert "Finding 1 of 5 SLOs breached (availability" in head
    assert "Finding: 1 of 5" not in head.split("support-assistant", 2)[2]
    assert "Next: 17 reviews wait until" in head


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (ExitCode.PASS, "Pass"),
        (ExitCode.FINDING, "Finding"),
        (ExitCode.INCONCLUSIVE, "Inconclusive"),
        (ExitCode.INFRASTRUCTURE, "Failed"),
    ],
)
def test_every_exit_code_has_its_word_and_colour(
    code: ExitCode, word: str, report: Report
) -> None:
    page = render(replace(report, exit_code=code, conclusion="As it is."))
    assert f'class="verdict is-{word.lower()}"' in page
    assert f".is-{word.lower()}" in page


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("98.7 % [95.9 %, 99.6 %]", id="the good ratio is the complement of the bad"),
        pytest.param("≥ 99.5 % over 30 d", id="a target keeps its decimals"),
        pytest.param("\N{MINUS SIGN}150.0 %", id="an overspent budget is negative"),
        pytest.param("35.0 % [\N{MINUS SIGN}105.0 %, 80.0 %]", id="a budget has its interval"),
        pytest.param("2.50\N{MULTIPLICATION SIGN}", id="a burn rate"),
        pytest.param("The last final slot is that of 2026-02-27 02:00 UTC.", id="final slot"),
        pytest.param("Tonight is provisional until 2026-03-03 02:00 UTC.", id="provisional"),
        pytest.param("No slot is final yet.", id="nothing final"),
        pytest.param("As if the candidate had served", id="the candidate is not charged"),
        pytest.param("correctness baseline 93.8 %", id="indicators by role"),
        pytest.param("240 231 3 6 14 2 46 1", id="the whole denominator in one row"),
        pytest.param("labels of a stratified sample, for this set", id="the method in words"),
        pytest.param("p95: 1.31 s [1.12 s, 1.74 s]", id="a percentile"),
        pytest.param("candidate bad 29 only the candidate bad 6 both bad", id="the paired table"),
        pytest.param(
            "not comparable 12 ( failed 4 , skipped 6 , ungraded 2 )", id="pairs that are none"
        ),
        pytest.param("McNemar p, exact <0.001", id="a small p value"),
        pytest.param("+10.9 pp [+5.8 pp, +16.6 pp] , margin +2.0 pp", id="difference and margin"),
        pytest.param("missing 4 , one side empty 2", id="undefined cosines by kind"),
        pytest.param("mean cosine 0.864", id="mean cosine"),
        pytest.param("baseline 226 of 240 214 ms", id="times"),
        pytest.param("timeout 2 0", id="failures by code"),
        pytest.param(
            "a grader of correctness said nothing: unparseable 2 0", id="ungraded by reason"
        ),
        pytest.param("31 in alarm, 209 quiet", id="the draw"),
        pytest.param("2,800 more characters in report.json", id="a long text says it was cut"),
        pytest.param("topic : billing", id="slices"),
        pytest.param("sha256 5d41402abc4b2a76b9719d911017c592", id="digests in full"),
    ],
)
def test_the_page_says(words: str, report: Report) -> None:
    assert words in Page(render(report)).text


def test_an_empty_night_has_a_page(report: Report) -> None:
    bare = replace(
        report,
        slis=(),
        slos=(),
        gate=None,
        drift=(),
        reviews=(),
        examples=(),
        roles=(),
        paired_slices=(),
        times=(),
        drift_maps=(),
        coverage=(),
        trends=(),
    )
    text = Page(render(replace(bare, provenance={}))).text
    assert "No objective is charged by this run." in text
    for absent in (
        "No candidate was compared with the baseline in this run.",
        "No trend: no objective is charged by this run.",
        "No slice to compare: there is no candidate.",
        "Nothing was asked in this run.",
        "No time was observed",
        "Drift was not measured",
        "No criterion is judged in this run, and no review was drawn.",
        "No indicator was measured in this run.",
    ):
        assert absent in text


def test_the_page_forbids_itself_scripts_and_network(report: Report) -> None:
    page = Page(render(report))
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    assert ("meta", "content", policy) in page.attributes
    assert_inert(page)


def test_a_number_that_is_none_is_called_unknown(report: Report) -> None:
    nan, inf = float("nan"), float("inf")
    first = report.slos[0]
    odd = replace(
        report,
        drift=(replace(report.drift[0], mean=nan, lowest=None),),
        roles=(replace(report.roles[0], latency={"ttft_p50": nan, "ttft_p95": inf}),),
        slos=(
            replace(
                first,
                budget=replace(
                    first.budget,
                    remaining=Spread(point=None, low=-inf, high=nan),
                    burn=Spread(point=inf, low=0.0, high=inf),
                ),
            ),
        ),
        slis=(),
    )
    page = render(odd)
    assert not re.search(r"\b(nan|inf|infinity|none)\b *[<%]", page, re.IGNORECASE)
    assert not re.search(r"=\"-?(nan|inf)", page, re.IGNORECASE)
    assert page.count("unknown") >= 6


def test_a_huge_report_stays_a_page(report: Report) -> None:
    text = "<\N{ROCKET}" * 50_000
    one = replace(
        report.examples[0],
        question=text,
        context=(text,) * 200,
        references=(text,) * 200,
        answers={"baseline": text, "candidate": f"other {text}"},
        said=(replace(report.examples[0].said[0], detail=text),) * 200,
    )
    many = replace(report.slis[0], slices=report.slis[0].slices * 2000)
    huge = replace(
        report,
        examples=(one,) * 1000,
        slis=(many,),
        provenance={f"k{at}": text for at in range(1000)},
        conclusion=text,
    )
    page = render(huge)
    assert len(page.encode()) < 3_000_000
    text = Page(page).text
    assert re.search(r"\d+ more examples in report.json", text)
    assert "195 more passages in report.json" in text
    assert "5,600 more slices in report.json" in text
    assert "more lines in report.json" in text


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param({"gate_margin": 0.02, "gate_margins": {}}, 0.02, id="the default"),
        pytest.param({"gate_margin": 0.02, "gate_margins": {"x": 0.0}}, 0.0, id="its own, zero"),
        pytest.param({}, None, id="not told"),
    ],
)
def test_the_margin_comes_from_the_provenance(
    rules: dict[str, float | dict[str, float]], expected: float | None
) -> None:
    provenance: dict[str, object] = {"rules": rules}
    assert margin(provenance, "x") == expected  # type: ignore[arg-type] # dict is invariant
    assert margin({"rules": "none"}, "x") is None


def test_a_report_of_an_earlier_version_still_has_a_page(report: Report) -> None:
    """What it did not know yet is absent, what it knew besides is left out."""
    document = report.as_json()
    for later in ("times", "drift_maps", "coverage", "trends", "paired_slices", "graders"):
        document.pop(later)
    document["of_old"] = [1]
    read = Report.from_json(document)
    assert (read.trends, read.slos) == ((), report.slos)
    text = Page(render(read)).text
    assert "No time was observed" in text
    assert "98.7 % [95.9 %, 99.6 %]" in text


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("Objectives 3 of 5 met 1 breached, 1 undecided", id="objectives"),
        pytest.param("Release gate fail candidate against baseline", id="gate"),
        pytest.param("Regressions 29 items that only the candidate gets wrong", id="regressions"),
        pytest.param("Items 240 in 1 golden set, 4 failed answers", id="items and failures"),
        pytest.param("Labels 17 of 20 reviews drawn wait for a person", id="labels"),
    ],
)
def test_the_figures_a_reader_looks_for_stand_under_the_conclusion(
    words: str, report: Report
) -> None:
    page = render(report)
    assert words in Page(page[: page.index("<nav")]).text
