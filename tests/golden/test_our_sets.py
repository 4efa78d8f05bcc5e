"""The golden sets that ship with the repository are usable and say what they are."""

from pathlib import Path

import pytest

from qualityslo.domain.golden import LabelPolicy, TruthKind
from qualityslo.domain.reason import Severity
from qualityslo.golden.lint import lint, stats_of
from qualityslo.golden.source import open_source


@pytest.mark.parametrize("name", ["handbook", "facts"])
def test_a_set_that_ships_is_large_enough_and_has_no_errors(our_sets: Path, name: str) -> None:
    source = open_source(f"golden/{name}", root=our_sets)
    golden = source.describe()
    assert golden.name == name
    assert golden.items >= 120
    assert len(list(source.items())) == golden.items
    assert golden.sampled_from == "authored"
    assert golden.licence == "Apache-2.0"
    assert lint(source).of(Severity.ERROR) == ()


def test_the_handbook_asks_what_it_does_not_answer(our_sets: Path) -> None:
    found = stats_of(open_source("golden/handbook", root=our_sets))
    items, answerable = found["items"], found["answerable"]
    assert isinstance(items, int)
    assert isinstance(answerable, int)
    assert items - answerable >= 0.15 * items
    assert found["with_context"] == items


def test_the_handbook_is_judged_by_people_with_confirmed_bad_labels(our_sets: Path) -> None:
    golden = open_source("golden/handbook", root=our_sets).describe()
    assert [one.name for one in golden.criteria] == ["correctness", "hallucination"]
    for criterion in golden.criteria:
        assert criterion.truth is TruthKind.HUMAN
        assert criterion.label_policy is LabelPolicy.CONFIRM_BAD
        assert criterion.rubric.startswith("Judge")


def test_the_facts_are_defined_by_a_grader(our_sets: Path) -> None:
    (criterion,) = open_source("golden/facts", root=our_sets).describe().criteria
    assert criterion.truth is TruthKind.GRADER
    assert criterion.truth_grader == "closed"
    assert criterion.graders == ("closed",)
