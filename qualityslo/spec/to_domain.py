"""From the spec to domain values: criteria, indicators, objectives, rules."""

from collections.abc import Sequence
from dataclasses import replace

from qualityslo.domain.combination import Combination
from qualityslo.domain.draw import ReviewRule
from qualityslo.domain.estimation import EstimationRule
from qualityslo.domain.golden import Criterion, GoldenSet, LabelPolicy, TruthKind
from qualityslo.domain.pairs import GateRule
from qualityslo.domain.plan import DeadlineRule
from qualityslo.domain.sli import Measure, Sli
from qualityslo.domain.slo import Slo
from qualityslo.jobs.desk_checks import CheckRule
from qualityslo.spec.durations import parse_duration
from qualityslo.spec.v1 import CriterionSpec, PluginSpec, SliSpec, SloSpec, SpecV1

# What judges a criterion where neither the card nor the spec says so.
DEFAULT_GRADERS = {"correctness": ("correctness",), "hallucination": ("faithfulness",)}
BUILT_IN_MEASURES = (Measure.AVAILABILITY, Measure.TRUNCATION, Measure.SAFETY_FILTER)


def grader_name(entry: str | PluginSpec) -> str:
    """Return the name of a grader entry, with or without parameters."""
    return entry if isinstance(entry, str) else entry.use


def with_criteria(golden: GoldenSet, spec: SpecV1) -> GoldenSet:
    """Return the golden set with the spec's overrides laid over its card's criteria.

    A set without any card gets the criteria that the spec's SLOs name, as far as somebody is
    known to judge them.
    """
    judged = {*DEFAULT_GRADERS, *spec.criteria}
    names = [one.name for one in golden.criteria] or sorted(
        {slo.criterion for slo in spec.slos if slo.criterion in judged}
    )
    known = {one.name: one for one in golden.criteria}
    criteria = tuple(
        _criterion(known.get(name) or Criterion(name=name), spec.criteria.get(name))
        for name in names
    )
    return replace(golden, criteria=criteria)


def _criterion(card: Criterion, override: CriterionSpec | None) -> Criterion:
    criterion = card
    if override is not None:
        if override.truth is not None:
            kind, _, grader = override.truth.partition(":")
            criterion = replace(criterion, truth=TruthKind(kind), truth_grader=grader or None)
        if override.graders is not None:
            names = tuple(grader_name(one) for one in override.graders)
            criterion = replace(criterion, graders=names)
        if override.rubric is not None:
            criterion = replace(criterion, rubric=override.rubric)
        if override.label_policy is not None:
            criterion = replace(criterion, label_policy=LabelPolicy(override.label_policy))
        criterion = replace(criterion, combine=Combination(override.combine))
    if criterion.truth_grader is not None:
        return replace(criterion, graders=(criterion.truth_grader,))
    if not criterion.graders:
        return replace(criterion, graders=DEFAULT_GRADERS.get(criterion.name, ()))
    return criterion


def slos_of(spec: SpecV1, goldens: Sequence[GoldenSet], faults: list[str]) -> tuple[Slo, ...]:
    """Return every SLO, one per golden set it fits; what fits nowhere is added to `faults`.

    An SLO that stands for several sets gets the set's name behind its own: `correctness.faq`.
    """
    if goldens:
        _check_overrides(spec, goldens, faults)
    slos: list[Slo] = []
    for one in spec.slos:
        sli = _sli(one, spec)
        target = _target(one, sli, faults)
        if sli.measure is Measure.DRIFT and spec.models.candidate is None:
            faults.append(f"slos: {one.name!r}: drift needs a candidate to compare with")
        fitting = [golden for golden in goldens if _fits(one, golden)]
        if goldens and not fitting:
            faults.append(f"slos: {one.name!r}: {_misfit(one, goldens)}")
        if target is not None:
            slos += [
                Slo(
                    name=one.name if len(fitting) == 1 else f"{one.name}.{golden.name}",
                    sli=sli,
                    golden=golden.name,
                    target=target,
                    window=parse_duration(one.window),
                )
                for golden in fitting
            ]
    names = [one.name for one in slos]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        faults.append(f"slos: names used twice, one with a set's name behind: {', '.join(twice)}")
    return tuple(slos)


def _target(slo: SloSpec, sli: Sli, faults: list[str]) -> float | None:
    target = slo.target if slo.target is not None else sli.percentile
    if target is None:
        faults.append(f"slos: {slo.name!r}: 'target' is missing")
    elif sli.percentile is not None and target != sli.percentile:
        faults.append(
            f"slos: {slo.name!r}: target {slo.target!r} contradicts percentile "
            f"{sli.percentile!r} of sli {slo.sli!r}; leave the target out"
        )
        return None
    return target


def _check_overrides(spec: SpecV1, goldens: Sequence[GoldenSet], faults: list[str]) -> None:
    """Find overrides of criteria that no golden set judges: misspelt, they would do nothing."""
    judged = sorted({criterion.name for one in goldens for criterion in one.criteria})
    for place, names in (("criteria", spec.criteria), ("gate.margins", spec.gate.margins)):
        faults += [
            f"{place}.{name}: no golden set judges it; judged: {', '.join(judged)}"
            for name in names
            if name not in judged
        ]


def _fits(slo: SloSpec, golden: GoldenSet) -> bool:
    if slo.golden is not None and slo.golden != golden.name:
        return False
    return slo.criterion is None or golden.criterion(slo.criterion) is not None


def _misfit(slo: SloSpec, goldens: Sequence[GoldenSet]) -> str:
    names = ", ".join(one.name for one in goldens)
    if slo.golden is not None and slo.golden not in {one.name for one in goldens}:
        return f"golden is {slo.golden!r}: not among the golden sets ({names})"
    criteria = sorted({criterion.name for one in goldens for criterion in one.criteria})
    return (
        f"criterion is {slo.criterion!r}: no golden set judges it; judged: {', '.join(criteria)}"
    )


def _sli(slo: SloSpec, spec: SpecV1) -> Sli:
    if slo.criterion is not None:
        return Sli(name=slo.criterion, criterion=slo.criterion)
    assert slo.sli is not None
    given = spec.slis.get(slo.sli)
    if given is None:
        return Sli(name=slo.sli, measure=Measure(slo.sli))
    return _measured(slo.sli, given)


def _measured(name: str, given: SliSpec) -> Sli:
    at_most = None if given.at_most is None else parse_duration(given.at_most).total_seconds()
    return Sli(
        name=name,
        measure=given.measure,
        at_most=at_most,
        at_least=given.at_least,
        percentile=given.percentile,
    )


def measures_drift(spec: SpecV1) -> bool:
    """Return whether the two models' answers are to be embedded."""
    used = {slo.sli for slo in spec.slos}
    asked = any(name in used and one.measure is Measure.DRIFT for name, one in spec.slis.items())
    return spec.models.candidate is not None and (spec.drift is not None or asked)


def review_rule(spec: SpecV1) -> ReviewRule:
    """Return how many items people look at."""
    review = spec.review
    return ReviewRule(
        items_per_night=review.items_per_night,
        alarm_factor=review.alarm_factor,
        floor=review.floor,
        second_stage=review.second_stage,
    )


def check_rule(spec: SpecV1) -> CheckRule:
    """Return how often reviewers are checked."""
    return CheckRule(gold=spec.review.gold, repeats=spec.review.repeats)


def deadline_rule(spec: SpecV1) -> DeadlineRule:
    """Return until when labels count."""
    return DeadlineRule(
        after_slot=parse_duration(spec.review.labels_until_slot_plus),
        after_run=parse_duration(spec.review.labels_until_end_plus),
    )


def estimation_rule(spec: SpecV1) -> EstimationRule:
    """Return the numbers an estimate obeys."""
    policy = spec.policy
    return EstimationRule(
        confidence=policy.confidence,
        min_coverage=policy.min_coverage,
        act_on_uncorrected=policy.act_on_uncorrected,
        looks=2 if spec.review.second_stage else 1,
    )


def gate_rule(spec: SpecV1) -> GateRule:
    """Return how much worse a candidate may be."""
    return GateRule(
        default_margin=spec.gate.margin,
        margins=dict(sorted(spec.gate.margins.items())),
        frame=spec.gate.frame,
        slices=tuple(spec.gate.slices),
        confidence=estimation_rule(spec).label_confidence,
        min_coverage=spec.policy.min_coverage,
    )
