"""What a person sees in a terminal: progress, a table, the conclusion."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qualityslo.errors import ExitCode

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress, TaskID
    from rich.table import Table
    from rich.text import Text

    from qualityslo.domain.report import Report
    from qualityslo.domain.sli import SliResult
    from qualityslo.domain.slo import SloStatus
    from qualityslo.ports import Progress

PIPE_WIDTH = 1_000

_STYLE = {"met": "green", "breached": "bold red", "undecided": "yellow"}
_CODE_STYLE = {
    ExitCode.PASS: "bold green",
    ExitCode.FINDING: "bold red",
    ExitCode.INCONCLUSIVE: "bold yellow",
}


class SilentProgress:
    """Shows nothing: for logs and pipes."""

    def start(self, step: str, total: int) -> None:
        """Begin a step."""

    def advance(self, done: int, failed: int = 0) -> None:
        """Note items done."""

    def finish(self) -> None:
        """End the step."""


class TerminalProgress:
    """One line a step: items, share, rate, time left, failures."""

    def __init__(self) -> None:
        """Show on stderr, so that stdout stays for results."""
        self._shown: RichProgress | None = None
        self._task: TaskID | None = None
        self._failed = 0

    def start(self, step: str, total: int) -> None:
        """Begin a step."""
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._failed = 0
        self._shown = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[failures]}", style="red"),
            console=Console(stderr=True),
        )
        self._task = self._shown.add_task(step, total=total, rate="", failures="")
        self._shown.start()

    def advance(self, done: int, failed: int = 0) -> None:
        """Note items done."""
        if self._shown is None or self._task is None:
            return
        self._failed += failed
        speed = self._shown.tasks[0].speed
        self._shown.update(
            self._task,
            advance=done,
            rate="" if speed is None else f"{speed:.1f}/s",
            failures=f"{self._failed} failed" if self._failed else "",
        )

    def finish(self) -> None:
        """End the step."""
        if self._shown is not None:
            self._shown.stop()
            self._shown = None


def make_progress(*, quiet: bool) -> "Progress":
    """Return a display for stderr: silent where that is no terminal, or asked for."""
    return SilentProgress() if quiet or not sys.stderr.isatty() else TerminalProgress()


def print_report(report: "Report", files: Sequence[Path] = ()) -> None:
    """Print a report's table and conclusion on stdout."""
    from rich.console import Console
    from rich.text import Text

    # A file or a pipe has no edge to wrap at.
    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)
    table = _table(report)
    natural = console.measure(table, options=console.options.update(width=PIPE_WIDTH)).maximum
    for shown in [table] if natural <= console.width else _lines(report):
        console.print(shown)
    for line in _details(report):
        console.print(Text(line))
    for path in files:
        console.print(Text(f"report: {path}"), soft_wrap=True)
    style = _CODE_STYLE.get(report.exit_code, "bold")
    console.print(Text(report.conclusion, style=style), soft_wrap=True)
    if report.next_step:
        console.print(Text(report.next_step))


def _table(report: "Report") -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=_title(report),
        title_justify="left",
    )
    for name in (
        "SLO",
        "model",
        "tonight, good",
        "valid/planned",
        "window, good",
        "target",
        "budget left",
        "state",
    ):
        table.add_column(
            name, justify="right" if name in {"valid/planned", "target", "budget left"} else "left"
        )
    for status in _in_order(report):
        state = Text(status.state.value, style=_STYLE[status.state.value])
        table.add_row(*[Text(cell) for cell in _row(status)], state)
    return table


def _in_order(report: "Report") -> "list[SloStatus]":
    return sorted(report.slos, key=lambda one: (one.slo.golden, not one.charged, one.slo.name))


def _lines(report: "Report") -> "list[Text]":
    """Return what the table says, for a terminal that is too narrow for it."""
    from rich.text import Text

    lines = [Text(_title(report))]
    for status in _in_order(report):
        name, role, tonight, counts, window, target, left = _row(status)
        lines.append(
            Text.assemble(
                (f"{status.state.value:<9} ", _STYLE[status.state.value]),
                f"{name} ({role}): tonight {tonight} of {counts}; window {window}; "
                f"target {target}; budget {left}",
            )
        )
    return lines


def _title(report: "Report") -> str:
    return f"{report.service}, slot {report.slot:%Y-%m-%d %H:%M} UTC, run {report.run_id}"


def _row(status: "SloStatus") -> list[str]:
    from qualityslo.domain.wording import good_in_words, percent

    counts = status.tonight.counts
    tonight = good_in_words(status.tonight.estimate)
    if status.tonight.estimate is not None and status.tonight.estimate.method == "uncorrected":
        tonight += " uncorrected"
    return [
        status.slo.name if status.charged else f"({status.slo.name})",
        status.role.value,
        tonight,
        f"{counts.valid}/{counts.planned}",
        good_in_words(status.window.estimate),
        percent(status.slo.target),
        _budget_left(status),
    ]


def _budget_left(status: "SloStatus") -> str:
    from qualityslo.domain.wording import percent

    budget = status.budget
    if budget.remaining is None or budget.consumed is None:
        return "-"
    if budget.remaining.point is None:
        return f"{percent(budget.remaining.low)} to {percent(budget.remaining.high)}"
    if budget.remaining.point < 0 and budget.consumed.point is not None:
        return f"overspent {budget.consumed.point:.1f}x"
    return percent(budget.remaining.point)


def _details(report: "Report") -> list[str]:
    """Return the denominators, the drift and the gate as lines; every item is accounted for."""
    lines = [
        "planned = valid + failed + skipped, of the valid: flagged bad, ungraded, known for sure"
    ]
    for one in report.slis:
        counts = one.counts
        lines.append(
            f"  {one.sli} on {one.golden} ({one.role.value}): {counts.planned} = {counts.valid} + "
            f"{counts.failed} + {counts.skipped}; {counts.bad} bad, {counts.ungraded} ungraded, "
            f"{counts.labelled} known{_quantile(one.quantile)}{_population(one)}"
        )
    for drift in report.drift:
        mean = "undefined" if drift.mean is None else f"{drift.mean:.3f}"
        undefined = sum(drift.undefined.values())
        lines.append(
            f"  drift on {drift.golden}: mean cosine {mean} over {drift.defined} items "
            f"({drift.identical} identical), {undefined} undefined, {drift.cut} texts cut"
        )
    lines += _second_looks(report)
    lines += [
        f"  gate: {reason.detail}" for reason in (report.gate.reasons if report.gate else ())
    ]
    return lines


def _population(result: "SliResult") -> str:
    """Return what the labels say of items like these, where they were estimated from a sample."""
    from qualityslo.domain.wording import good_in_words

    if result.population is None or not result.needs_labels:
        return ""
    return f"; items like these: {good_in_words(result.population)} good"


def _second_looks(report: "Report") -> list[str]:
    from qualityslo.stats import clopper_pearson

    lines = []
    for one in report.reviews:
        looks = one.second_looks
        if looks.doubled:
            most = clopper_pearson(looks.overturned, looks.doubled)[1]
            lines.append(
                f"  second looks on {one.golden}: {looks.overturned} of {looks.doubled} good labels "
                f"overturned (people miss at most {100 * most:.1f} %)"
            )
    return lines


def _quantile(quantile: object) -> str:
    from qualityslo.stats import QuantileEstimate

    if not isinstance(quantile, QuantileEstimate):
        return ""
    low = "-" if quantile.low is None else f"{quantile.low:.3f}"
    high = "-" if quantile.high is None else f"{quantile.high:.3f}"
    return f"; p{100 * quantile.quantile:g} {quantile.point:.3f} [{low}, {high}]"
