"""`qualityslo plan`: before any night, what it will take to show something."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qualityslo.cli.common import AS_JSON, CONFIG, open_service, print_json
from qualityslo.cli.simulate import FRAME, GRADER, SEED, TRIALS, frame_of, grader_of
from qualityslo.errors import UsageError

if TYPE_CHECKING:
    from qualityslo.domain.label_plan import LabelReport, Question

app = typer.Typer(help="Planning ahead of the nights.", no_args_is_help=True)

_CONFIG = typer.Argument(
    help="The spec of the service, a YAML file; or leave it out and give --items.",
    show_default=False,
)


@app.command("labels")
def labels_command(  # noqa: PLR0913 - one argument an option of the command
    config: Annotated[Path | None, _CONFIG] = None,
    *,
    items: Annotated[int | None, typer.Option(help="Items of a set, instead of CONFIG.")] = None,
    target: Annotated[
        float | None, typer.Option(help="With --items: share of good, 0.98.")
    ] = None,
    margin: Annotated[
        float | None, typer.Option(help="With --items: how much worse a candidate may be.")
    ] = None,
    per_night: Annotated[
        int | None, typer.Option(help="With --items: reviews a night; default: 20.")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(help="True bad rate; default: half of each target's budget.")
    ] = None,
    grader: Annotated[str, GRADER] = "0.9,0.97",
    power: Annotated[float, typer.Option(help="Chance to settle what can be settled.")] = 0.8,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Print how many labels each human criterion needs, and what its set can show at all.

    Nothing is run. What the labels would find is assumed; the intervals are those of a night.
    """
    from qualityslo.domain.label_plan import Assumptions
    from qualityslo.jobs.plan_labels import plan_service_labels

    assumed = Assumptions(rate=rate, grader=grader_of(grader), power=power)
    of_a_set = {
        "--items": items,
        "--target": target,
        "--margin": margin,
        "--per-night": per_night,
    }
    questions = _of_a_set(of_a_set) if config is None else _of_a_service(config, of_a_set)
    _show(plan_service_labels(questions, assumed), with_trials=config is None, as_json=as_json)


@app.command("alerts")
def alerts_command(
    config: Annotated[Path, CONFIG],
    *,
    grader: Annotated[str, GRADER] = "0.9,0.97",
    frame: Annotated[str, FRAME] = "golden_set",
    trials: Annotated[int, TRIALS] = 100,
    seed: Annotated[int, SEED] = 0,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Recommend alerts for each SLO of a spec, from its set's size and its labels a night.

    Nothing is run but a simulation of the rules (see `qualityslo simulate`): a second or ten for
    each SLO.
    """
    from qualityslo.cli.alert_report import as_document, print_choices
    from qualityslo.jobs.plan_alerts import alert_questions, plan_service_alerts

    questions = alert_questions(
        open_service(config).plan, grader=grader_of(grader), frame=frame_of(frame)
    )
    reports = plan_service_alerts(questions, trials=trials, seed=seed)
    if as_json:
        print_json({"slos": [as_document(one) for one in reports]})
    else:
        print_choices(reports)


def _show(report: "LabelReport", *, with_trials: bool, as_json: bool) -> None:
    from qualityslo.cli.label_plan import as_document, print_plan

    if as_json:
        print_json(as_document(report))
    else:
        print_plan(report, with_trials=with_trials)


def _of_a_service(config: Path, of_a_set: Mapping[str, float | None]) -> "tuple[Question, ...]":
    from qualityslo.jobs.plan_labels import questions_of

    given = [name for name, value in of_a_set.items() if value is not None]
    if given:
        raise UsageError(
            f"{', '.join(given)}: the spec {config} says that; give either CONFIG or --items"
        )
    return questions_of(open_service(config).plan)


def _of_a_set(of_a_set: Mapping[str, float | None]) -> "tuple[Question, ...]":
    from qualityslo.domain.draw import ReviewRule
    from qualityslo.domain.label_plan import Question

    items, a_night = of_a_set["--items"], of_a_set["--per-night"]
    if items is None:
        raise UsageError("give the spec of a service, or --items, the size of a set")
    for name in ("--items", "--per-night"):
        value = of_a_set[name]
        if value is not None and value < 1:
            raise UsageError(f"{name} is {value!r}: give a number from 1 on")
    rule = ReviewRule() if a_night is None else ReviewRule(items_per_night=int(a_night))
    question = Question(
        name="one criterion",
        golden="the set",
        items=int(items),
        target=of_a_set["--target"],
        margin=of_a_set["--margin"],
        rule=rule,
    )
    return (question,)
