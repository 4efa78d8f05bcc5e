"""The report as one HTML page: no network, no script, readable on a phone and on paper."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qualityslo.domain.golden import Json
from qualityslo.domain.report import Report
from qualityslo.domain.sli import SliResult
from qualityslo.domain.slo import SloStatus
from qualityslo.errors import ExitCode
from qualityslo.exports import bars, formats
from qualityslo.exports.atomic import write_atomically
from qualityslo.exports.names import REPORT_HTML

if TYPE_CHECKING:
    from jinja2 import Environment

MAX_EXAMPLES = 20
MAX_SLICES = 400
MAX_PARTS = 5  # passages, references or notes of one example
MAX_FACTS = 400  # lines of provenance

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
    word = _WORDS.get(report.exit_code, "Failed")
    deadlines = {one.golden: one.deadline for one in report.reviews}
    slices = [(result, one) for result in report.slis for one in result.slices]
    facts = list(formats.leaves(_provenance(report)))
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            word=word,
            sentence=report.conclusion.removeprefix(f"{word}: "),
            charged=[one for one in report.slos if one.charged],
            uncharged=[one for one in report.slos if not one.charged],
            standing=lambda status: _standing(status, report.slot, deadlines),
            margin=lambda criterion: margin(report.provenance, criterion),
            examples=report.examples[:MAX_EXAMPLES],
            slices=slices[:MAX_SLICES],
            more_slices=max(0, len(slices) - MAX_SLICES),
            facts=facts[:MAX_FACTS],
            more_facts=max(0, len(facts) - MAX_FACTS),
            max_parts=MAX_PARTS,
        )
    )


def margin(provenance: Mapping[str, Json], criterion: str) -> float | None:
    """Return the gate's margin for a criterion, or None where the provenance does not tell."""
    rules = provenance.get("rules")
    if not isinstance(rules, dict):
        return None
    margins = rules.get("gate_margins")
    own = margins.get(criterion) if isinstance(margins, dict) else None
    found = rules.get("gate_margin") if own is None else own
    return float(found) if isinstance(found, int | float) else None


def _standing(
    status: SloStatus, slot: datetime, deadlines: Mapping[str, datetime | None]
) -> list[str]:
    """Return about which slots a status is, and until when tonight's is provisional."""
    concluded, window = status.concluded_slot, status.window
    lines = ["No slot is final yet."]
    if concluded is not None:
        about = "tonight's" if concluded == slot else f"that of {formats.moment(concluded)}"
        lines = [f"The last final slot is {about}."]
    deadline = deadlines.get(status.slo.golden)
    if concluded != slot and deadline is not None:
        lines.append(f"Tonight is provisional until {formats.moment(deadline)}.")
    if window.used + window.unlabelled + window.missing:
        lines.append(
            f"Slots in the window: {window.used} estimated, {window.unlabelled} without labels, "
            f"{window.missing} missing."
        )
    return lines


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


def _environment() -> "Environment":
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("qualityslo.exports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., Any]] = {
        "percent": formats.percent,
        "points": formats.points,
        "target": formats.target,
        "seconds": formats.seconds,
        "times": formats.times,
        "number": formats.number,
        "moment": formats.moment,
        "period": formats.length,
        "plain": formats.plain,
        "method": formats.method_in_words,
        "cut": formats.cut,
        "percentiles": formats.percentiles,
        "count_of": "{:,}".format,
        "good": _good,
        "ratio_bar": bars.ratio_bar,
        "difference_bar": bars.difference_bar,
        "columns": bars.columns,
    }
    environment.filters.update(filters)
    return environment


def _good(result: SliResult) -> Any:
    """Return the good ratio behind a result's bad rate, or None where there is no estimate."""
    return None if result.estimate is None else result.estimate.complement()
