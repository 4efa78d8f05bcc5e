"""A label plan as a person reads it, and as JSON."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, assert_never

from qualityslo.cli.display import PIPE_WIDTH
from qualityslo.domain.jsonable import to_json
from qualityslo.domain.wording import good_in_words, percent
from qualityslo.stats import EnoughLabels, Impossible

if TYPE_CHECKING:
    from rich.table import Table

    from qualityslo.domain.golden import Json
    from qualityslo.domain.label_plan import Assumptions, LabelNeed, LabelReport, Planned


def as_document(report: "LabelReport") -> "dict[str, Json]":
    """Return the plan as one JSON document; labels that nothing is enough for are null."""
    return {
        "assumptions": to_json(report.assumptions),
        "needs": [_need_document(one) for one in report.needs],
        "recommendation": report.recommendation,
    }


def _need_document(need: "LabelNeed") -> "Json":
    target = need.target
    return {
        "question": to_json(need.question),
        "rate": need.rate,
        "half_widths": [
            {"half_width": width, **_planned_document(found)} for width, found in need.half_widths
        ],
        "target": None
        if target is None
        else {
            "settles": target.settles,
            "own_night": target.own_night,
            "window_night": target.window_night,
            **_planned_document(target.labels),
        },
        "window": to_json(need.window),
        "gate": None if need.gate is None else _planned_document(need.gate),
        "labelled_after": need.labelled_after,
        "still_allowed": need.still_allowed,
    }


def _planned_document(planned: "Planned") -> "dict[str, Json]":
    trials = to_json(planned.trials)
    match planned:
        case EnoughLabels():
            return {"labels": planned.labels, "reason": None, "trials": trials}
        case Impossible():
            return {"labels": None, "reason": planned.reason, "trials": trials}
        case _:
            assert_never(planned)


def print_plan(report: "LabelReport", *, with_trials: bool) -> None:
    """Print a table, what it leaves out, the assumptions, and the recommendation."""
    from rich.console import Console
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)
    if report.needs:
        table = _table(report)
        natural = console.measure(table, options=console.options.update(width=PIPE_WIDTH)).maximum
        for shown in [table] if natural <= console.width else _lines(report):
            console.print(shown)
        for line in dict.fromkeys(line for one in report.needs for line in _notes(one)):
            console.print(Text(f"  {line}"), soft_wrap=True)
        if with_trials:
            for one in report.needs:
                for line in _trials(one):
                    console.print(Text(f"  {line}"), soft_wrap=True)
        console.print(Text(f"  assumed: {_assumed(report.assumptions)}"), soft_wrap=True)
    console.print(Text(report.recommendation, style="bold"), soft_wrap=True)


def _table(report: "LabelReport") -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Labels of one night that are needed", title_justify="left")
    for name in _cells(report.needs[0]):
        table.add_column(name, justify="left" if name in {"SLO", "golden set"} else "right")
    for one in report.needs:
        table.add_row(*(Text(cell) for cell in _cells(one).values()))
    return table


def _lines(report: "LabelReport") -> Iterator[str]:
    """Yield what the table says, for a terminal that is too narrow for it."""
    for one in report.needs:
        yield "; ".join(f"{name} {cell}" for name, cell in _cells(one).items())


def _cells(need: "LabelNeed") -> dict[str, str]:
    question, target = need.question, need.target
    a_night = question.rule.items_per_night
    return {
        "SLO": question.name,
        "golden set": question.golden,
        "items": f"{question.items:,}",
        "target": "-" if question.target is None else percent(question.target),
        "bad, assumed": percent(need.rate),
        **{f"±{_points(width)}": _labels(found) for width, found in need.half_widths},
        "to settle": "-" if target is None else f"{_labels(target.labels)} ({target.settles})",
        f"{a_night} a night: own": "-" if target is None else f"night {target.own_night}",
        "window": "-" if target is None else _night(target.window_night, question.nights),
        f"after {question.nights} nights, good": good_in_words(need.window),
        "gate": "-"
        if need.gate is None or question.margin is None
        else f"{_labels(need.gate)} (margin {percent(question.margin)})",
    }


def _labels(planned: "Planned") -> str:
    return f"{planned.labels:,}" if isinstance(planned, EnoughLabels) else "none"


def _night(night: int | None, nights: int) -> str:
    return f"not in {nights}" if night is None else f"night {night}"


def _points(width: float) -> str:
    return f"{100 * width:g} points"


def _notes(need: "LabelNeed") -> Iterator[str]:
    """Yield why something is impossible, and what the size of the set allows."""
    question = need.question
    about = f"{question.name} on {question.golden}"
    planned = [(f"±{_points(width)}", found) for width, found in need.half_widths]
    if need.target is not None:
        planned.append((f"to settle {need.target.settles!r}", need.target.labels))
    if need.gate is not None:
        planned.append(("gate", need.gate))
    for what, found in planned:
        if isinstance(found, Impossible):
            yield f"{about}, {what}: {found.reason}"
    a_night, items = question.rule.items_per_night, f"{question.items:,} items"
    yield (
        f"{question.golden}: the same items recur; at {a_night} a night all {items} are labelled "
        f"after {need.labelled_after} nights if answers do not change"
    )
    yield (
        f"{question.golden}: {items} without one bad answer still allow "
        f"{percent(need.still_allowed)} bad of items like these, and over a window before every "
        "night in it is fully labelled"
    )


def _trials(need: "LabelNeed") -> Iterator[str]:
    """Yield what other numbers of labels show."""
    planned = need.gate if need.target is None else need.target.labels
    if planned is None:
        planned = need.half_widths[-1][1]
    for trial in planned.trials:
        chance = (
            "" if trial.power is None else f", settles with a chance of {100 * trial.power:.0f} %"
        )
        yield f"{trial.labels:>6,} labels: ±{percent(trial.half_width)}{chance}"


def _assumed(assumptions: "Assumptions") -> str:
    grader = assumptions.grader
    return (
        f"a grader flags {percent(grader.sensitivity)} of the bad answers and "
        f"{percent(1 - grader.specificity)} of the good ones; a chance of {100 * assumptions.power:g} % "
        "to settle; equally good models at the gate"
    )
