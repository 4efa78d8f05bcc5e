"""A simulation of alerts as a person reads it, and as JSON."""

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from qualityslo.cli.display import PIPE_WIDTH
from qualityslo.domain.alert_plan import HORIZON, SOON, PresetFigures
from qualityslo.domain.jsonable import to_json
from qualityslo.domain.wording import percent

if TYPE_CHECKING:
    from qualityslo.domain.alert_plan import (
        AlertFigures,
        AlertQuestion,
        AlertReport,
        Quiet,
        Regression,
    )
    from qualityslo.domain.golden import Json

Row = dict[str, str]


def as_document(report: "AlertReport") -> "dict[str, Json]":
    """Return everything simulated for one question; what is unknown is null."""
    chosen = report.recommendation
    return {
        "question": to_json(report.question),
        "assumed": assumptions(report.question),
        "trials": report.trials,
        "seed": report.seed,
        "presets": [_preset_document(one) for one in report.presets],
        "recommended": to_json(chosen),
    }


def _preset_document(one: PresetFigures) -> "dict[str, Json]":
    return {
        "name": one.name,
        "unfit": one.unfit,
        "together": to_json(one.together),
        "alerts": [
            {
                "name": found.alert.name,
                "severity": found.alert.severity.value,
                "rings_on": found.alert.frame,
                "rule": found.alert.in_words(),
                "quiet": to_json(found.quiet),
                "regressions": to_json(found.regressions),
            }
            for found in one.alerts
        ],
    }


def assumptions(question: "AlertQuestion") -> str:
    """Return what the figures rest on, in words."""
    if question.subject.census:
        labels = "every answer is known without labels"
    else:
        grader, kept = question.grader, "kept" if question.remember else "not kept"
        labels = (
            f"{question.labels:,} labels a night, {kept} while the answer stays; the alarm flags "
            f"{percent(grader.sensitivity)} of the bad answers and "
            f"{percent(1 - grader.specificity)} of the good ones"
        )
    return (
        f"the same {question.items:,} items every night; {labels}; {percent(question.changed)} of "
        f"the answers are new each night, two answers to one item agree with a correlation of "
        f"{question.icc:g}; a regression changes every answer"
    )


def print_report(report: "AlertReport") -> None:
    """Print the rules, the quiet quarters, the regressions, and the recommendation."""
    shown = [one for one in report.presets if one.unfit is None]
    rules = [
        {
            "preset": one.name,
            "alert": f"{found.alert.severity} {found.alert.name}",
            "rings when": found.alert.in_words(),
        }
        for one in shown
        for found in one.alerts
    ]
    quiet = [_quiet_row(one, found) for one in shown for found in one.alerts]
    regressions = [
        _regression_row(one, found, regression)
        for one in shown
        for found in one.alerts
        for regression in found.regressions
    ]
    slots = report.question.slots
    notes = [f"{one.name} does not fit: {one.unfit}" for one in report.presets if one.unfit]
    notes.append(f"assumed: {assumptions(report.question)}")
    notes.append(
        "false: share of quarters with an alarm although the rate it speaks of was within the "
        "budget; alarms: all of them, a quarter"
    )
    notes.append(f"{report.trials} quarters of {slots} slots each, seed {report.seed}")
    _print(
        [
            ("Alerts", rules),
            ("Quarters with nothing wrong", quiet),
            (
                f"A regression of {HORIZON} slots, before and after it 0.8 of the budget",
                regressions,
            ),
        ],
        notes,
        f"Recommended: {report.recommendation.text}.",
    )


def print_choices(reports: "Sequence[AlertReport]") -> None:
    """Print one recommended preset for each SLO, with its figures."""
    rows = [_choice_row(one) for one in reports]
    notes = [
        f"{one.question.name}: {one.recommendation.text}"
        for one in reports
        if not one.recommendation.qualifies
    ]
    notes += dict.fromkeys(f"assumed: {assumptions(one.question)}" for one in reports)
    last = "No SLO, no alert."
    if reports:
        last = f"{len(reports)} SLO(s), one preset each; figures of all: qualityslo simulate."
    _print([("Recommended alerts", rows)], notes, last)


def _choice_row(report: "AlertReport") -> Row:
    question, chosen = report.question, report.recommendation
    found = next(one for one in report.presets if one.name == chosen.preset)
    quiet = [one.quiet[0] for one in found.alerts]
    return {
        "SLO": question.name,
        "golden set": question.golden,
        "target": percent(question.subject.terms.target),
        "items": f"{question.items:,}",
        "labels a night": "none needed" if question.subject.census else f"{question.labels:,}",
        "preset": chosen.preset,
        "rings on": ", ".join(dict.fromkeys(one.alert.frame for one in found.alerts)),
        "false a quarter, at budget": ", ".join(_share(one) for one in quiet),
        "alarms a quarter, at 0.8 of it": f"{found.noise:.1f}",
        f"burn 2 within {HORIZON}": percent(found.power),
        "delay": _slots(found.delay),
        "burn 5, delay": _slots(found.together[-1].delay),
    }


def _quiet_row(one: PresetFigures, found: "AlertFigures") -> Row:
    row = _named(one, found)
    for quiet in found.quiet:
        where = "at budget" if quiet.burn == 1 else f"at {quiet.burn:g} of it"
        row[f"false, {where}"] = _share(quiet)
        row[f"alarms, {where}"] = f"{quiet.alarms:.2f}"
    return row


def _share(quiet: "Quiet") -> str:
    return f"{quiet.false_quarters:.3f} ± {quiet.error:.3f}"


def _regression_row(one: PresetFigures, found: "AlertFigures", seen: "Regression") -> Row:
    return {
        **_named(one, found),
        "burn": f"{seen.burn:g}",
        f"within {SOON}": percent(seen.soon),
        f"within {HORIZON} (recall)": percent(seen.recall),
        "detection": _slots(seen.delay),
        "reset": _slots(seen.reset),
        "precision": "-" if seen.precision is None else percent(seen.precision),
    }


def _named(one: PresetFigures, found: "AlertFigures") -> Row:
    alert = f"{found.alert.severity} {found.alert.name}"
    return {"preset": one.name, "alert": alert, "rings on": found.alert.frame}


def _slots(slots: float | None) -> str:
    return "-" if slots is None else f"{slots:g}"


def _print(tables: Sequence[tuple[str, list[Row]]], notes: Sequence[str], last: str) -> None:
    """Print tables, or lines where the terminal is too narrow for them."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)
    for title, rows in tables:
        if not rows:
            continue
        table = Table(title=title, title_justify="left")
        for name in rows[0]:
            table.add_column(name)
        for row in rows:
            table.add_row(*(Text(cell) for cell in row.values()))
        natural = console.measure(table, options=console.options.update(width=PIPE_WIDTH)).maximum
        for shown in [table] if natural <= console.width else _lines(title, rows):
            console.print(shown)
    for line in notes:
        console.print(Text(f"  {line}"), soft_wrap=True)
    console.print(Text(last, style="bold"), soft_wrap=True)


def _lines(title: str, rows: Sequence[Row]) -> Iterator[str]:
    yield title
    for row in rows:
        yield "  " + "; ".join(f"{name} {cell}" for name, cell in row.items())
