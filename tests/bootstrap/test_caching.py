"""Which graders of a spec have a cache in front, and under which parameters."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from qualityslo.bootstrap.caching import cached_graders
from qualityslo.domain.verdict import Answer, Verdict
from qualityslo.graders.cached import CachedGrader
from qualityslo.ports import Grader
from qualityslo.ports.grading import CacheUse
from qualityslo.spec.v1 import SpecV1
from tests.fakes import FakeGrader, golden_set, good_if, items, reply


class Memory:
    """A cache that remembers its keys."""

    def __init__(self) -> None:
        """Know nothing."""
        self.keys: list[str] = []

    def known(self, keys: Sequence[str]) -> dict[str, Verdict]:
        """Know nothing, and remember what was asked."""
        self.keys += keys
        return {}

    def keep(self, run_id: str, version: str, use: CacheUse, new: Mapping[str, Verdict]) -> None:
        """Forget at once."""

    def uses(self, run_id: str, as_of: datetime) -> list[CacheUse]:
        """Return nothing."""
        return []


def spec(*graders: object) -> SpecV1:
    """Return a spec with graders of correctness."""
    return SpecV1.model_validate(
        {
            "version": 1,
            "service": "shop",
            "golden": ["golden/faq"],
            "models": {"baseline": {"use": "recorded"}},
            "slos": [{"name": "correctness", "criterion": "correctness", "target": 0.9}],
            "criteria": {"correctness": {"graders": list(graders)}},
        }
    )


def wrapped(found: SpecV1, *names: str) -> tuple[list[Grader], Memory]:
    """Return the graders of a set, wrapped, and their cache."""
    rows = items(1)
    golden, cache = golden_set("faq", rows), Memory()
    graders = {
        "faq": {
            "correctness": [FakeGrader("correctness", good_if("right"), name=one) for one in names]
        }
    }
    made = cached_graders(graders, [golden], found, cache, "run")
    return list(made["faq"]["correctness"]), cache


def test_costly_graders_are_wrapped_and_cheap_ones_are_not() -> None:
    (judge, exact), _ = wrapped(spec("judge", "exact"), "judge", "exact")
    assert isinstance(judge, CachedGrader)
    assert isinstance(exact, FakeGrader)


def test_other_parameters_in_the_spec_are_other_verdicts() -> None:
    keys = []
    for parameters in ({"strict": True}, {"strict": False}, {"since": "2026-01-01"}):
        (judge,), cache = wrapped(spec({"use": "judge", **parameters}), "judge")
        item = items(1)[0]
        list(judge.grade([Answer(item=item, response=reply(item, "right"))]))
        keys += cache.keys
    assert len(set(keys)) == 3


def test_the_cache_is_on_unless_the_spec_turns_it_off() -> None:
    assert spec("judge").grade_cache
    assert not spec("judge").model_copy(update={"grade_cache": False}).grade_cache
