"""Identity of golden items, sets and rubrics: what changes it, and what does not."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.golden import (
    AnswerKind,
    AnswerType,
    Criterion,
    GoldenItem,
    GoldenSet,
    LabelPolicy,
    Message,
    TruthKind,
)

ITEM = GoldenItem(id="q1", question="How far?", context=("Ten miles.",), references=("10",))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"id": "renamed"}, id="another id"),
        pytest.param({"slices": {"topic": "maps"}}, id="another slice"),
        pytest.param({"group": "document 7"}, id="another group"),
        pytest.param({"meta": {"note": "checked"}}, id="another note"),
        pytest.param({"meta": {}}, id="an empty note instead of none"),
    ],
)
def test_renaming_or_slicing_keeps_the_item_and_changes_the_set(change: dict[str, Any]) -> None:
    changed = replace(ITEM, **change)
    assert changed.digest == ITEM.digest
    assert changed.fingerprint != ITEM.fingerprint


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"question": "How far?  "}, id="the question"),
        pytest.param({"messages": (Message(role="user", content="How far?"),)}, id="the turns"),
        pytest.param({"context": ("Ten", " miles.")}, id="the context cut elsewhere"),
        pytest.param({"references": ("10", "ten")}, id="the references"),
        pytest.param({"references": ()}, id="no reference"),
        pytest.param({"answer": AnswerType(kind=AnswerKind.NUMBER)}, id="the kind of answer"),
        pytest.param({"answer": AnswerType(tolerance=0.5)}, id="the tolerance"),
        pytest.param({"answer": AnswerType(relative=True)}, id="what it is relative to"),
        pytest.param({"answer": AnswerType(unit="mile")}, id="the unit"),
        pytest.param({"answerable": False}, id="whether there is an answer"),
    ],
)
def test_what_is_asked_or_right_makes_another_item(change: dict[str, Any]) -> None:
    changed = replace(ITEM, **change)
    assert changed.digest != ITEM.digest
    assert changed.fingerprint != ITEM.fingerprint


def test_the_order_of_slices_is_no_difference() -> None:
    one = replace(ITEM, slices={"a": "1", "b": "2"})
    other = replace(ITEM, slices={"b": "2", "a": "1"})
    assert one.fingerprint == other.fingerprint


@given(st.text(), st.text())
def test_two_questions_have_one_digest_only_if_they_are_one(left: str, right: str) -> None:
    digests = {GoldenItem(id="q", question=text).digest for text in (left, right)}
    assert len(digests) == len({left, right})


def test_half_a_surrogate_pair_has_a_digest_too() -> None:
    assert len(GoldenItem(id="q", question="\ud800").digest) == 64


def test_a_tolerance_that_is_no_number_has_no_digest() -> None:
    item = replace(ITEM, answer=AnswerType(tolerance=float("nan")))
    with pytest.raises(ValueError, match="not JSON compliant"):
        _ = item.digest


def test_a_rubric_is_known_by_its_criterion_text_and_label_policy() -> None:
    plain = Criterion(name="correctness", rubric="Good: right.")
    others = [
        replace(plain, name="hallucination"),
        replace(plain, rubric="Good: nearly right."),
        replace(plain, label_policy=LabelPolicy.SINGLE),
    ]
    assert len({one.rubric_hash for one in (plain, *others)}) == 4


def test_blank_space_around_a_rubric_and_the_graders_are_no_new_rubric() -> None:
    plain = Criterion(name="correctness", rubric="Good: right.")
    assert replace(plain, rubric="\n Good: right. \n").rubric_hash == plain.rubric_hash
    assert replace(plain, graders=("exact",)).rubric_hash == plain.rubric_hash


def test_a_set_finds_its_criteria_and_those_that_need_people() -> None:
    human = Criterion(name="hallucination")
    defined = Criterion(name="correctness", truth=TruthKind.GRADER, truth_grader="closed")
    golden = GoldenSet(name="faq", location="faq", items=1, digest="d", criteria=(defined, human))
    assert golden.criterion("correctness") is defined
    assert golden.criterion("safety") is None
    assert golden.human_criteria == (human,)
    assert (human.needs_people, defined.needs_people) == (True, False)
