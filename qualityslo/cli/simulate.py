"""`qualityslo simulate`: what alerts would do, before the first night."""

from typing import TYPE_CHECKING, Annotated

import typer

from qualityslo.cli.common import AS_JSON, print_json
from qualityslo.errors import UsageError

if TYPE_CHECKING:
    from datetime import timedelta

    from qualityslo.domain.alert_plan import AlertQuestion
    from qualityslo.domain.alert_presets import Subject
    from qualityslo.stats import Frame, GraderQuality

GRADER = typer.Option(help="Its sensitivity and specificity, or 'none'.")
FRAME = typer.Option(help="Whose rate rings: golden_set (these items), traffic (the population).")
TRIALS = typer.Option(help="Simulated quarters of each kind.", min=1)
SEED = typer.Option(help="Of everything random.", min=0)
_TARGET = typer.Option(help="Share of good, 0.98.")
_ITEMS = typer.Option(help="Items of the golden set.")
_LABELS = typer.Option(help="Labels a night.")
_CENSUS = typer.Option(help="A rule is the truth: every answer is known without labels.")
_CADENCE = typer.Option(help="Time between two slots.")
_WINDOW = typer.Option(help="The SLO's window.")
_TRUE_RATE = typer.Option(help="Bad rate of one more regression to look at.")
_PRESET = typer.Option(help="nightly, classic-fast, slow; default: all.")
_NIGHTS = typer.Option(help="Slots of a quarter.")
_CHANGED = typer.Option(help="Share of the answers that is new each night.")
_ICC = typer.Option(help="Correlation of two answers to one item.")
_REMEMBER = typer.Option(help="Labels of unchanged answers are kept, as nights keep them.")


def simulate(  # noqa: PLR0913 - one argument an option of the command
    *,
    target: Annotated[float, _TARGET] = 0.95,
    items: Annotated[int, _ITEMS] = 200,
    labels: Annotated[int, _LABELS] = 20,
    census: Annotated[bool, _CENSUS] = False,
    cadence: Annotated[str, _CADENCE] = "1d",
    window: Annotated[str, _WINDOW] = "30d",
    true_rate: Annotated[float | None, _TRUE_RATE] = None,
    preset: Annotated[list[str] | None, _PRESET] = None,
    frame: Annotated[str, FRAME] = "golden_set",
    nights: Annotated[int, _NIGHTS] = 90,
    grader: Annotated[str, GRADER] = "0.9,0.97",
    changed: Annotated[float, _CHANGED] = 0.3,
    icc: Annotated[float, _ICC] = 0.7,
    remember: Annotated[bool, _REMEMBER] = True,
    trials: Annotated[int, TRIALS] = 200,
    seed: Annotated[int, SEED] = 0,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Print false alarms, precision, recall, detection and reset time of alert presets.

    The real rules run over simulated quarters: at a rate exactly at the budget, at 0.8 of it, and
    with a regression of 28 nights at 2 and 5 times the budget. Takes some 20 seconds.
    """
    from qualityslo.domain.alert_plan import AlertQuestion

    question = AlertQuestion(
        name="one SLO",
        golden="the set",
        subject=_subject(target, (cadence, window), frame, census=census),
        items=items,
        labels=labels,
        grader=grader_of(grader),
        icc=icc,
        changed=changed,
        remember=remember,
        true_rate=true_rate,
        slots=nights,
    )
    _show(question, preset, (trials, seed), as_json=as_json)


def _show(
    question: "AlertQuestion", names: list[str] | None, how: tuple[int, int], *, as_json: bool
) -> None:
    from qualityslo.cli.alert_report import as_document, print_report
    from qualityslo.domain.alert_presets import PRESETS
    from qualityslo.jobs.simulate import simulate_alerts

    report = simulate_alerts(question, names or tuple(PRESETS), trials=how[0], seed=how[1])
    if as_json:
        print_json(as_document(report))
    else:
        print_report(report)


def _subject(target: float, times: tuple[str, str], frame: str, *, census: bool) -> "Subject":
    from qualityslo.domain.alert_presets import Subject
    from qualityslo.domain.burn import BudgetTerms

    terms = BudgetTerms(
        target=target,
        cadence=duration_of(times[0], "--cadence"),
        window=duration_of(times[1], "--window"),
    )
    return Subject(terms=terms, frame=frame_of(frame), census=census)


def duration_of(text: str, option: str) -> "timedelta":
    """Return the duration of an option, `30d`."""
    from qualityslo.spec.durations import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None


def frame_of(text: str) -> "Frame":
    """Return whose rate an option means."""
    match text:
        case "golden_set":
            return "golden_set"
        case "traffic":
            return "traffic"
        case _:
            raise UsageError(f"--frame is {text!r}: write golden_set or traffic")


def grader_of(text: str) -> "GraderQuality":
    """Return the quality that `--grader` means: two shares, or none."""
    from qualityslo.stats import NO_GRADER, GraderQuality

    if text == "none":
        return NO_GRADER
    try:
        sensitivity, specificity = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(
            f"--grader is {text!r}: write its sensitivity and specificity, such as 0.9,0.97, "
            "or none"
        ) from None
    return GraderQuality(sensitivity=sensitivity, specificity=specificity)
