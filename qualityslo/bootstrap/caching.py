"""Which graders ask the cache of verdicts first, and what their verdicts depend on."""

from collections.abc import Mapping, Sequence

from qualityslo.domain.golden import GoldenSet, Json
from qualityslo.graders.cached import CachedGrader, Task, is_worth_caching
from qualityslo.ports import Grader
from qualityslo.ports.grading import GradeCache
from qualityslo.spec.v1 import PluginSpec, SpecV1

Graders = Mapping[str, Mapping[str, Sequence[Grader]]]


def cached_graders(
    graders: Graders, goldens: Sequence[GoldenSet], spec: SpecV1, cache: GradeCache, run_id: str
) -> Graders:
    """Return the graders of a run, those worth it with a cache in front.

    Args:
        graders: by golden set and criterion.
        goldens: the sets, for their rubrics.
        spec: for the parameters that its graders were made with.
        cache: where verdicts are kept.
        run_id: the run that the use of the cache is counted for.
    """
    rubrics = {
        (golden.name, criterion.name): criterion.rubric
        for golden in goldens
        for criterion in golden.criteria
    }

    def wrapped(one: Grader, golden: str, criterion: str) -> Grader:
        task = Task(
            run_id=run_id,
            golden=golden,
            criterion=criterion,
            rubric=rubrics.get((golden, criterion), ""),
            parameters=_parameters(spec, criterion, one.name),
        )
        return CachedGrader(one, cache, task) if is_worth_caching(one) else one

    return {
        golden: {
            criterion: [wrapped(one, golden, criterion) for one in found]
            for criterion, found in criteria.items()
        }
        for golden, criteria in graders.items()
    }


def _parameters(spec: SpecV1, criterion: str, grader: str) -> dict[str, Json]:
    override = spec.criteria.get(criterion)
    for one in (override.graders or ()) if override is not None else ():
        if isinstance(one, PluginSpec) and one.use == grader:
            return one.params
    return {}
