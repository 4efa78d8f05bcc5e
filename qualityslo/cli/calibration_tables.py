"""Calibrations as a person reads them: figures before and after, the diagram, drift."""

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, assert_never

from qualityslo.cli.display import PIPE_WIDTH
from qualityslo.stats import Estimate, ScoreEstimate, Undefined

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from qualityslo.domain.grader_check import GraderCheck, Measured
    from qualityslo.domain.grader_drift import GraderDrift
    from qualityslo.stats import Coefficient, ReliabilityBin

_BAR = 20  # characters of a full bar
_SHOWN_NIGHTS = 14


def print_checks(checks: "Sequence[GraderCheck]") -> None:
    """Print every grader's conclusion, figures and drift."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)
    if not checks:
        _say(console, "No grader judges a criterion that people judge: nothing to calibrate.")
    for check in checks:
        _print_check(console, check)


def _print_check(console: "Console", check: "GraderCheck") -> None:
    _say(console, check.in_words, style="bold")
    for notice in check.notices:
        _say(console, f"  {notice}")
    if check.measured is not None:
        console.print(_figures(check.measured))
        console.print(_diagram(check.measured))
    if check.calibration is not None:
        _say(console, f"  {_calibration_in_words(check)}")
    if check.drift is not None:
        for line in _drift_in_words(check.drift):
            _say(console, f"  {line}")
        if check.drift.nights:
            console.print(_nights(check.drift))
    console.print()


def _say(console: "Console", text: str, style: str = "") -> None:
    from rich.text import Text

    console.print(Text(text, style=style), soft_wrap=True)


def _table(title: str, *columns: str) -> "Table":
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for at, name in enumerate(columns):
        table.add_column(name, justify="left" if at == 0 else "right")
    return table


def _figures(measured: "Measured") -> "Table":
    table = _table("Against people, 95 % intervals", "", "as it is", "calibrated, cross-fitted")
    before, after = measured.before, measured.after
    raw, mapped = measured.verdicts, measured.verdicts_after
    rows: list[tuple[str, Coefficient, Coefficient] | tuple[str, Estimate, Estimate]] = [
        ("calibration error (ECE)", before.ece, after.ece),
        ("squared error (Brier)", before.brier, after.brier),
        ("ranking (AUROC)", before.auroc, after.auroc),
        ("bad answers flagged (sensitivity)", raw.sensitivity, mapped.sensitivity),
        ("good ones not flagged (specificity)", raw.specificity, mapped.specificity),
        ("same as people", raw.agreed, mapped.agreed),
        ("Cohen's kappa", raw.kappa, mapped.kappa),
        ("Gwet's AC1", raw.ac1, mapped.ac1),
        ("Krippendorff's alpha", raw.alpha, mapped.alpha),
    ]
    for name, first, second in rows:
        table.add_row(name, _value(first), _value(second))
    floors = (f"{before.ece_floor:.3f}", f"{after.ece_floor:.3f}")
    table.add_row("ECE of a perfect map, so few labels", *floors)
    return table


def _value(value: "Estimate | Coefficient") -> str:
    match value:
        case Undefined():
            return f"none ({value.reason})"
        case Estimate() | ScoreEstimate():
            point = "unknown" if value.point is None else f"{value.point:.3f}"
            if value.low is None or value.high is None:
                return f"{point} (no spread)"
            return f"{point} [{value.low:.3f}, {value.high:.3f}]"
        case _:
            assert_never(value)


def _diagram(measured: "Measured") -> "Table":
    table = _table(
        "Reliability: of answers said to be good with this probability, how many were",
        "said",
        "labels",
        "share",
        "were good, as it is",
        "labels ",
        "share ",
        "were good, calibrated",
    )
    before = {one.low: one for one in measured.before.bins}
    after = {one.low: one for one in measured.after.bins}
    for low in sorted(before.keys() | after.keys()):
        table.add_row(
            f"{low:.1f} to {low + 0.1:.1f}", *_bin(before.get(low)), *_bin(after.get(low))
        )
    return table


def _bin(one: "ReliabilityBin | None") -> tuple[str, str, str]:
    if one is None:
        return "", "", ""
    bar = "#" * round(one.good * _BAR)
    return f"{one.labels}", f"{one.share:.0%}", f"{bar:<{_BAR}} {one.good:.2f}"


def _calibration_in_words(check: "GraderCheck") -> str:
    calibration = check.calibration
    assert calibration is not None
    state = (
        "stored, in force for nights that begin from now on"
        if check.stored
        else f"of {calibration.created_at:%Y-%m-%d}, nothing new is stored"
    )
    return (
        f"map: {calibration.score_map.method}; nights of {calibration.first_slot:%Y-%m-%d} to "
        f"{calibration.last_slot:%Y-%m-%d}; {state}"
    )


def _drift_in_words(drift: "GraderDrift") -> Iterator[str]:
    first, last = drift.reference_slots
    yield (
        f"drift, against {first:%Y-%m-%d} to {last:%Y-%m-%d} "
        f"(flagged {drift.reference_share:.1%}, disagreement at most {drift.disagreement_limit:.1%}):"
    )
    for what, alarms, rule in (
        ("share flagged", drift.share_alarms, drift.rules[0]),
        ("agreement with people", drift.disagreement_alarms, drift.rules[1]),
    ):
        on = ", ".join(f"{one:%Y-%m-%d}" for one in alarms[-5:])
        yield f"  {what}: {'CHANGED on ' + on if alarms else 'no change seen'} ({rule})"


def _nights(drift: "GraderDrift") -> "Table":
    table = _table("Nights since", "night", "graded", "flagged", "labels", "disagreement")
    for one in drift.nights[-_SHOWN_NIGHTS:]:
        apart = "-" if one.disagreement is None else f"{one.disagreement:.1%}"
        table.add_row(
            f"{one.slot:%Y-%m-%d}", f"{one.graded:,}", f"{one.share:.1%}", f"{one.labels}", apart
        )
    return table
