"""Responses, failures and verdicts: the values an answer becomes."""

import math

import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.outcome import Ending, Failure, Response, answer_hash
from qualityslo.domain.verdict import Ungraded, UngradedReason, Verdict


@pytest.mark.parametrize("ending", Ending)
def test_a_model_failed_where_no_whole_reply_came(ending: Ending) -> None:
    assert ending.failed is (ending in {Ending.INCOMPLETE, Ending.ERROR})


def test_label_memory_follows_the_visible_text_alone() -> None:
    plain = Response(item_id="q1", ending=Ending.ANSWERED, text="42", raw="<think>..</think>42")
    other = Response(item_id="q9", ending=Ending.TRUNCATED, text="42", raw="42", attempts=3)
    assert plain.answer_hash == other.answer_hash == answer_hash("42")
    assert plain.answer_hash != answer_hash("42 ")


@given(st.text(alphabet=st.characters(codec=None, categories=None)))
def test_every_text_has_a_hash(text: str) -> None:
    assert len(answer_hash(text)) == 64


def test_a_failure_keeps_what_had_arrived() -> None:
    failure = Failure(item_id="q1", ending=Ending.INCOMPLETE, code="timeout", text="Par")
    assert (failure.text, failure.attempts, failure.detail) == ("Par", 1, "")


@pytest.mark.parametrize("score", [0, 0.5, 1])
def test_a_score_from_0_to_1_is_taken(score: float) -> None:
    assert Verdict(good=True, score=score).score == score


@pytest.mark.parametrize("score", [-0.01, 1.01, 9, math.nan, math.inf, -math.inf], ids=str)
def test_any_other_score_is_refused_not_clamped(score: float) -> None:
    with pytest.raises(ValueError, match=rf"a number in \[0, 1\], not {score!r}"):
        Verdict(good=True, score=score)


def test_a_grader_without_conclusion_says_why() -> None:
    none = Ungraded(reason=UngradedReason.NO_REFERENCE)
    assert (none.reason.value, none.detail) == ("no_reference", "")
