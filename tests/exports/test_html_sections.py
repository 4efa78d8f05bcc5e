"""Section by section: what a person finds, what marks it without colour, what it may not need."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from qualityslo.domain.report import ExampleKind
from qualityslo.exports import html
from qualityslo.exports.html import render
from tests.exports.page import Page, assert_inert

if TYPE_CHECKING:
    from qualityslo.domain.report import Report

SECTIONS = (
    "objectives",
    "trends",
    "gate",
    "slices",
    "regressions",
    "unscored",
    "times",
    "drift",
    "labels",
    "indicators",
    "provenance",
)


class Inside(HTMLParser):
    """Collects the text inside one kind of element."""

    def __init__(self, tag: str, page: str) -> None:
        super().__init__()
        self._tag, self._depth = tag, 0
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == self._tag:
            self._depth += 1
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == self._tag

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.found[-1] += data


def section(report: "Report", name: str) -> str:
    """Return the source of one section of a report's page."""
    page = render(report)
    start = page.index(f'<section id="{name}">')
    return page[start : page.index("</section>", start)]


def words(source: str) -> str:
    """Return the text of a piece of a page."""
    return Page(source).text


def test_every_section_is_there_and_the_menu_leads_to_it(report: "Report") -> None:
    page = render(report)
    assert re.findall(r'<section id="(\w+)">', page) == list(SECTIONS)
    menu = page[page.index("<nav") : page.index("</nav>")]
    assert re.findall(r'href="#(\w+)"', menu) == list(SECTIONS)


def test_every_link_leads_to_a_place_on_the_page(report: "Report") -> None:
    page = Page(render(report))
    ids = {value for _, name, value in page.attributes if name == "id"}
    targets = {value[1:] for _, name, value in page.attributes if name == "href"}
    assert targets <= ids
    assert "case-1" in targets


def test_no_place_has_two_names_alike(report: "Report") -> None:
    ids = [value for _, name, value in Page(render(report)).attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_a_keyboard_reaches_the_content_and_a_reader_hears_what_is_drawn(
    report: "Report",
) -> None:
    source = render(report)
    page = Page(source)
    body = source[source.index("<body>") :]
    assert body.index('class="skip"') < body.index("<header")
    drawings = [row for row in page.skeleton if row[0] == "svg" and "role" in row]
    assert drawings
    assert all("aria-label" in row for row in drawings)
    heads = [row for row in page.skeleton if row[0] == "th"]
    assert all("scope" in row for row in heads)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("trends", "correctness handbook, baseline, target 85 %", id="whose trend"),
        pytest.param(
            "trends",
            "5 of 7 slots have a figure ; 1 missing, 1 without a figure, 1 provisional.",
            id="gaps in words",
        ),
        pytest.param("trends", "23 Feb 1 Mar", id="the ends of a trend"),
        pytest.param(
            "slices", "topic : billing correctness handbook 74 50 20 2 2 4", id="a slice"
        ),
        pytest.param("slices", "+24.3 pp", id="its difference"),
        pytest.param("slices", "with 3 looks", id="how many looks were taken"),
        pytest.param(
            "regressions", "Worst regressions 2 of 29", id="how many regressions there are"
        ),
        pytest.param("regressions", "Bad on both models 1 of 7", id="what is bad on both"),
        pytest.param("regressions", "error: timeout", id="how an answer ended"),
        pytest.param("regressions", "topic returns", id="the slices of an example"),
        pytest.param(
            "regressions",
            "correctness people \N{EN DASH} bad",
            id="what people said, the baseline unseen",
        ),
        pytest.param("times", "Time to first token on handbook", id="whose times"),
        pytest.param("times", "ttft ≤ 1.5 s", id="the limit"),
        pytest.param("drift", "3 of 234 items", id="a map in part says so"),
        pytest.param("drift", "both good 232 (1 drawn)", id="and how much of each group"),
        pytest.param("drift", "1 items lie beyond the edge", id="what is cut off"),
        pytest.param("labels", "by rule: 19 of 19 (0 good, 19 bad)", id="known by rule"),
        pytest.param("labels", "alarm: 13 of 30 (9 good, 4 bad), 2 unconfirmed", id="from people"),
        pytest.param("unscored", "correctness: skipped", id="skipped by indicator"),
        pytest.param("unscored", "the model failed no usable answer", id="failures"),
        pytest.param("unscored", "ended as refusal", id="endings of their own kind"),
    ],
)
def test_a_section_says(name: str, expected: str, report: "Report") -> None:
    said = re.sub(r" ([:;,)])", r"\1", words(section(report, name)))
    assert re.sub(r" ([:;,)])", r"\1", expected) in said.replace("( ", "(")


def test_a_slice_is_marked_by_word_and_sign_not_by_colour_alone(report: "Report") -> None:
    found = section(report, "slices")
    table = words(found[found.index("<tbody>") :])
    assert table.count("▲ worse") == 1
    luck = replace(report.paired_slices[0], mcnemar_p=0.01, mcnemar_q=0.06)
    better = replace(
        report.paired_slices[0], only_candidate_bad=1, only_baseline_bad=21, value="better"
    )
    found = section(replace(report, paired_slices=(luck, better)), "slices")
    table = words(found[found.index("<tbody>") :])
    assert (table.count("luck?"), table.count("▼ better"), table.count("▲")) == (1, 1, 0)


def test_words_are_struck_and_underlined_by_the_elements_that_mean_it(report: "Report") -> None:
    first = section(report, "regressions")
    first = first[first.index('class="answers"') : first.index('class="why"')]
    assert "can go back" in Inside("del", first).found
    assert "may be returned" in Inside("ins", first).found
    assert Inside("mark", first).found == ["no questions asked"]


def test_a_gap_of_a_trend_is_drawn_as_one(report: "Report") -> None:
    found = section(report, "trends")
    assert found.count('class="gap"') == found.count('class="open"') == 1
    assert found.count('class="revised"') == 1
    assert found.count('class="k-provisional"') == 1
    assert found.count('class="line"') == 2


def test_one_night_alone_has_no_trend_and_says_so(report: "Report") -> None:
    alone = replace(report.trends[0], points=report.trends[0].points[:1])
    one = replace(report, trends=(alone,))
    assert "One slot so far" in words(section(one, "trends"))
    assert "Trend" not in words(section(one, "objectives"))
    assert "Trend" in words(section(report, "objectives"))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"examples": ()}, "No regression: no item on which only", id="none worse"),
        pytest.param(
            {"examples": (), "example_totals": {"flagged": 0}},
            "No answer is flagged as bad.",
            id="one model, nothing flagged",
        ),
        pytest.param(
            {"examples": (), "gate": None, "example_totals": {}},
            "No candidate was compared with the baseline",
            id="nothing compared",
        ),
    ],
)
def test_a_section_without_content_says_why(
    change: dict[str, object], expected: str, report: "Report"
) -> None:
    changed = replace(report, **change)  # type: ignore[arg-type] # fields by name
    assert expected in words(section(changed, "regressions"))


def test_flagged_answers_of_one_model_are_shown_without_a_comparison(report: "Report") -> None:
    one = replace(
        report.examples[0], kind=ExampleKind.FLAGGED, answers={"baseline": "only <this>"}
    )
    found = section(replace(report, examples=(one,), example_totals={"flagged": 1}), "regressions")
    assert "Answers flagged as bad 1 of 1" in words(found)
    assert "only &lt;this&gt;" in found
    assert "<ins>" not in found[found.index("<details") :]


def test_a_report_of_ten_thousand_items_is_at_most_three_megabytes(report: "Report") -> None:
    """200 regressions with long texts, 2,000 dots, 400 slices: what a night of that size keeps."""
    text = "Ærø <b>& 'quoted' words of an answer that goes on and on. " * 60
    one = replace(
        report.examples[0],
        question=text,
        context=(text,) * 3,
        references=(text,),
        answers={"baseline": text, "candidate": text.replace("goes", "went")},
    )
    dots = report.drift_maps[0].points * 667
    large = replace(
        report,
        examples=(one,) * 200,
        drift_maps=(replace(report.drift_maps[0], points=dots[:2000]),),
        paired_slices=report.paired_slices * 134,
        trends=report.trends * 40,
    )
    source = render(large)
    assert len(source.encode()) <= 3_000_000
    page = Page(source)
    assert_inert(page)
    shown = source.count('<details class="case"')
    assert shown >= 60
    assert f"{200 - shown} more examples in report.json" in page.text
    assert "252 more slices in report.json" in page.text


def test_two_hundred_regressions_of_usual_length_are_all_shown(report: "Report") -> None:
    large = replace(report, examples=report.examples[:1] * 200)
    source = render(large)
    assert source.count('<details class="case"') == 200
    assert len(source.encode()) <= html.MAX_CASES_BYTES


def test_nothing_on_the_page_is_fetched(report: "Report") -> None:
    source = render(report)
    assert "://" not in re.sub(r'content="[^"]*"', "", source)
    assert "url(" not in source
    assert "@import" not in source
    assert "<script" not in source


def test_light_dark_narrow_and_paper_are_provided_for(report: "Report") -> None:
    style = Inside("style", render(report)).found[0]
    for query in ("prefers-color-scheme: dark", "max-width: 560px", "@media print"):
        assert query in style
    light, dark = (set(re.findall(r"--[\w-]+(?=:)", one)) for one in style.split(":root {")[1:3])
    assert dark <= light
    used = set(re.findall(r"var\((--[\w-]+)\)", style))
    assert used <= light
