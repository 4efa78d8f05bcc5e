"""The report as one HTML page: no network, no script, readable on a phone and on paper."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qualityslo.domain.golden import Json
from qualityslo.domain.report import Example, ExampleKind, Report
from qualityslo.domain.sli import SliResult
from qualityslo.errors import ExitCode
from qualityslo.exports import bars, formats, plots, views
from qualityslo.exports.atomic import write_atomically
from qualityslo.exports.names import REPORT_HTML

if TYPE_CHECKING:
    from jinja2 import Environment

MAX_SLICES = 400
MAX_PAIRED_SLICES = 150
MAX_PARTS = 5  # passages or references of one example
MAX_SAID = 30  # grades of one example
MAX_FACTS = 400  # lines of provenance
# What the examples may take of the page's 3 MB; what does not fit stands in report.json.
MAX_CASES_BYTES = 1_900_000

_WORDS = {
    ExitCode.PASS: "Pass",
    ExitCode.FINDING: "Finding",
    ExitCode.INCONCLUSIVE: "Inconclusive",
}


class HtmlReport:
    """Writes `report.html`, self-contained.

    Everything that models, golden sets or reviewers wrote is escaped by the template engine and
    stands in an element of its own text direction; the page forbids itself scripts and network.
    """

    name = "html"

    def export(self, report: Report, folder: Path) -> Path:
        """Write the page into a folder and return it.

        Raises:
            InfrastructureError: the folder cannot be written.
        """
        page = render(report)
        # a lone surrogate becomes a reference that browsers show as a replacement character
        data = page.encode("utf-8", "xmlcharrefreplace")
        return write_atomically(folder / REPORT_HTML, data)


def render(report: Report) -> str:
    """Return the page of a report."""
    environment = _environment()
    word = _WORDS.get(report.exit_code, "Failed")
    deadlines = {one.golden: one.deadline for one in report.reviews}
    slices = [(result, one) for result in report.slis for one in result.slices]
    facts = list(formats.leaves(_provenance(report)))
    paired = views.slices_in_order(report.paired_slices)
    cases = _fitting(environment, report.examples)
    anchors = {
        (one.golden, one.item_id): f"case-{at}"
        for at, one in enumerate(report.examples[: len(cases)], start=1)
    }
    return environment.get_template("report.html.j2").render(
        report=report,
        word=word,
        sentence=report.conclusion.removeprefix(f"{word}: "),
        tiles=views.tiles(report),
        charged=[one for one in report.slos if one.charged],
        uncharged=[one for one in report.slos if not one.charged],
        trends={(one.slo, one.role): one for one in report.trends},
        sparked=any(len(one.points) > 1 for one in report.trends),
        standing=lambda status: views.standing(status, report.slot, deadlines),
        margin=lambda criterion: views.margin(report.provenance, criterion),
        whole=[one for one in report.gate.tables if not one.slice] if report.gate else [],
        parts=[one for one in report.gate.tables if one.slice] if report.gate else [],
        paired=paired[:MAX_PAIRED_SLICES],
        widest=max((abs(one.difference) for one in paired), default=0.0),
        more_paired=max(0, len(paired) - MAX_PAIRED_SLICES),
        losses=lambda golden: views.losses(report, golden),
        cases=cases,
        anchors=lambda golden: {
            item: at for (name, item), at in anchors.items() if name == golden
        },
        slices=slices[:MAX_SLICES],
        more_slices=max(0, len(slices) - MAX_SLICES),
        facts=facts[:MAX_FACTS],
        more_facts=max(0, len(facts) - MAX_FACTS),
    )


def _fitting(
    environment: "Environment", examples: Sequence[Example]
) -> list[tuple[ExampleKind, str]]:
    """Return the examples as HTML, as many as the page has room for."""
    template = environment.get_template("case.html.j2")
    room = MAX_CASES_BYTES
    cases = []
    for number, example in enumerate(examples, start=1):
        case = template.render(
            case=views.case_view(example, number), max_parts=MAX_PARTS, max_said=MAX_SAID
        )
        room -= len(case.encode("utf-8", "xmlcharrefreplace"))
        if room < 0:
            break
        cases.append((example.kind, case))
    return cases


def _provenance(report: Report) -> dict[str, Json]:
    own: dict[str, Json] = {
        "run_id": report.run_id,
        "kind": report.kind,
        "slot": formats.moment(report.slot),
        "as_of": formats.moment(report.as_of),
        "revision": report.revision,
        "golden": {
            one.name: f"version {one.version}, {one.items} items, sha256 {one.digest}"
            for one in report.goldens
        },
    }
    return own | dict(report.provenance)


@cache
def _environment() -> "Environment":
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("qualityslo.exports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(_filters())
    environment.globals["change_words"] = views.CHANGE_WORDS
    return environment


def _good(result: SliResult) -> Any:
    """Return the good ratio behind a result's bad rate, or None where there is no estimate."""
    return None if result.estimate is None else result.estimate.complement()


def _filters() -> dict[str, Callable[..., Any]]:
    return {
        "percent": formats.percent,
        "points": formats.points,
        "target": formats.target,
        "seconds": formats.seconds,
        "times": formats.times,
        "factor": formats.factor,
        "round_seconds": formats.round_seconds,
        "number": formats.number,
        "moment": formats.moment,
        "day": formats.day,
        "period": formats.length,
        "plain": formats.plain,
        "method": formats.method_in_words,
        "cut": formats.cut,
        "straight": formats.straight,
        "count_of": "{:,}".format,
        "good": _good,
        "ratio_bar": bars.ratio_bar,
        "difference_bar": bars.difference_bar,
        "gauge": bars.gauge,
        "columns": bars.columns,
        "stacked": bars.stacked,
        "trend_plot": plots.trend_plot,
        "gaps": plots.gaps_of,
        "times_plot": plots.times_plot,
        "map_plot": plots.map_plot,
        "mark_of": views.mark_of,
    }
