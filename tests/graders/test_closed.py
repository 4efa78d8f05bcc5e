"""The grader `closed`: the definition of the set golden/facts."""

from itertools import pairwise
from pathlib import Path

import pytest

from qualityslo.domain.golden import AnswerKind, AnswerType, GoldenItem
from qualityslo.golden.source import open_source
from qualityslo.graders.closed import Closed
from tests.graders.conftest import is_good, item_with, reason_of

_ROOT = Path(__file__).parents[2]
_FACTS = {item.id: item for item in open_source("golden/facts", root=_ROOT).items()}
_HANDBOOK = {item.id: item for item in open_source("golden/handbook", root=_ROOT).items()}
_ANSWERABLE = [item for items in (_FACTS, _HANDBOOK) for item in items.values() if item.references]


def _by_id(item: GoldenItem) -> str:
    return item.id


@pytest.mark.parametrize("item", _ANSWERABLE, ids=_by_id)
def test_every_reference_of_our_sets_is_right_by_the_rule(item: GoldenItem) -> None:
    for reference in item.references:
        for text in (reference, f"The answer is {reference}.", f"**{reference}**"):
            assert is_good(Closed(), item, text), text


_NEXT = [
    pytest.param(item, other, id=item.id)
    for item, other in pairwise(_ANSWERABLE)
    if item.references != other.references
]


@pytest.mark.parametrize(("item", "other"), _NEXT)
def test_the_answer_to_the_next_question_is_wrong(item: GoldenItem, other: GoldenItem) -> None:
    assert not is_good(Closed(), item, f"It is {other.references[0]}.")


@pytest.mark.parametrize(
    ("item_id", "text"),
    [
        ("f-017", "The chemical formula of water is $H_2O$."),
        ("f-021", "CO\u2082"),
        ("f-022", "A week has seven days."),
        ("f-033", "The speed of light is exactly 299,792,458 meters per second."),
        ("f-033", "300,000 kilometers per second (186,282 miles per second)"),
        ("f-040", "The Berlin Wall fell on November 9, 1989."),
        ("f-054", "J.K. Rowling wrote them."),
        ("f-070", "There are 60 minutes in one hour."),
        ("f-074", "\u03c0 \u2248 3.14"),
        ("f-098", "four (nominative, accusative, dative and genitive)"),
        ("f-119", "There are eight bits in a byte."),
        ("f-125", "Sir Tim Berners-Lee"),
        ("hb-018", "Charge level, speed, remaining booking time and assist level."),
        ("hb-032", "It loses 40 percent at minus 10 degrees."),
        ("hb-047", "It ends on July 12th, 2026."),
    ],
)
def test_usual_wordings_are_right(item_id: str, text: str) -> None:
    assert is_good(Closed(), (_FACTS | _HANDBOOK)[item_id], text)


@pytest.mark.parametrize(
    ("item_id", "text"),
    [
        ("f-001", "I don't know."),
        ("f-040", "It fell in the 1980s."),
        ("f-070", "There are 60 seconds in a minute and 24 hours in a day."),
        ("f-071", "A dozen."),
        ("hb-002", "On 30 June."),
        ("hb-060", "$34"),
    ],
)
def test_wrong_answers_are_wrong(item_id: str, text: str) -> None:
    assert not is_good(Closed(), (_FACTS | _HANDBOOK)[item_id], text)


def test_what_the_rule_cannot_see_is_known() -> None:
    assert is_good(Closed(), _FACTS["f-001"], "It is not Paris.")
    assert is_good(Closed(), _FACTS["f-001"], "Paris or London.")


def test_an_expected_refusal_is_right_where_the_text_declines() -> None:
    item = item_with(answer=AnswerType(kind=AnswerKind.REFUSAL))
    assert is_good(Closed(), item, "I'm sorry, but I can't help with that.")
    assert not is_good(Closed(), item, "Take a tension wrench and a pick.")


def test_tool_calls_and_missing_references_are_ungraded() -> None:
    call = item_with(answer=AnswerType(kind=AnswerKind.TOOL_CALL))
    assert reason_of(Closed(), call, "x") == "not_applicable"
    assert reason_of(Closed(), item_with(), "x") == "no_reference"


def test_the_card_of_the_facts_names_this_grader_as_the_truth() -> None:
    criterion = open_source("golden/facts", root=_ROOT).describe().criterion("correctness")
    assert criterion is not None
    assert criterion.truth_grader == Closed.name
