"""The grader `contains`."""

import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.domain.golden import AnswerKind, AnswerType
from qualityslo.domain.verdict import Verdict
from qualityslo.graders.contains import Contains
from qualityslo.graders.limits import READ
from tests.graders.conftest import grade_one, is_good, item_with, reason_of


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        pytest.param("Paris", "It is Paris, of course.", id="a word"),
        pytest.param("blue whale", "The **Blue Whale**.", id="a run in another case"),
        pytest.param("Berners-Lee", "Sir Tim Berners Lee", id="a hyphen"),
        pytest.param("Shakespeare", "Shakespeare's play", id="a possessive"),
        pytest.param("the Beatles", "Beatles", id="an article lost"),
        pytest.param("a cappella", "It is called a cappella.", id="an article that belongs"),
        pytest.param("vitamin A", "Vitamin A is right", id="a letter that looks like an article"),
        pytest.param("169 kg", "169 kilograms", id="a unit in full"),
        pytest.param("10 euros", "\u20ac10.00 in total", id="a price"),
        pytest.param("eight", "8 of them", id="a number word"),
        pytest.param("H2O", "It is H\u2082O.", id="a subscript"),
        pytest.param("B", "Answer: B", id="a letter"),
        pytest.param("\u6771\u4eac", "\u65e5\u672c\u306e\u9996\u90fd\u306f\u6771\u4eac\u3067\u3059\u3002", id="CJK inside a sentence"),
        pytest.param("12\u4eba", "\u5168\u90e8\u306712\u4eba", id="CJK with digits"),
    ],
)  # fmt: skip
def test_named(reference: str, text: str) -> None:
    assert is_good(Contains(), item_with(reference), text)


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        pytest.param("Paris", "London", id="another word"),
        pytest.param("Paris", "Parisian", id="a part of a word"),
        pytest.param("blue whale", "a whale that is blue", id="another order"),
        pytest.param("8", "18 or RP-8 or 8.5", id="a digit inside a number or a code"),
        pytest.param("5", "-5", id="a number with a sign"),
        pytest.param("B", "a big bee, option b", id="a letter in another case"),
        pytest.param("caf\u00e9", "cafe", id="an accent lost"),
        pytest.param("3\u4eba", "13\u4eba", id="CJK inside a longer number"),
        pytest.param("Paris", "", id="nothing"),
    ],
)
def test_not_named(reference: str, text: str) -> None:
    assert not is_good(Contains(), item_with(reference), text)


def test_a_list_has_to_be_complete_in_any_order() -> None:
    item = item_with(
        "speed; charge level; lock",
        "speed; battery; lock",
        answer=AnswerType(kind=AnswerKind.LIST),
    )
    assert is_good(Contains(), item, "The lock, the battery and the speed.")
    grade = grade_one(Contains(), item, "charge level and lock")
    assert grade == Verdict(good=False, score=2 / 3, rationale="does not name 'speed'")


def test_a_date_may_have_any_form() -> None:
    item = item_with("30 June 2023", answer=AnswerType(kind=AnswerKind.DATE))
    assert is_good(Contains(), item, "On June 30th, 2023.")
    assert is_good(Contains(), item, "30.06.2023")
    assert not is_good(Contains(), item, "30 June")
    assert not is_good(Contains(), item, "30 July 2023")


def test_a_date_that_cannot_be_read_is_matched_as_words() -> None:
    item = item_with("spring 2023", answer=AnswerType(kind=AnswerKind.DATE))
    assert is_good(Contains(), item, "in spring 2023")


def test_a_number_follows_the_rule_for_numbers() -> None:
    item = item_with("42", answer=AnswerType(kind=AnswerKind.NUMBER))
    assert not is_good(Contains(), item, "42 or 43")


def test_any_reference_will_do() -> None:
    assert is_good(Contains(), item_with("Rome", "Roma"), "roma")


def test_items_without_a_usable_reference_are_ungraded() -> None:
    assert reason_of(Contains(), item_with(), "x") == "no_reference"
    assert reason_of(Contains(), item_with(" "), "x") == "invalid_reference"
    assert reason_of(Contains(), item_with("...", "!"), "...") == "invalid_reference"


def test_both_ends_of_a_huge_answer_are_read() -> None:
    item = item_with("Paris")
    assert is_good(Contains(), item, "Paris " + "word " * READ)
    assert is_good(Contains(), item, "word " * READ + "Paris")
    assert is_good(Contains(), item, "x" * (3 * READ) + " Paris")
    assert not is_good(Contains(), item, "word " * READ + "Paris " + "word " * READ)


@settings(deadline=None)
@given(st.text(), st.text(alphabet=st.characters(categories=["Lu", "Ll"]), min_size=2), st.text())
def test_a_word_of_its_own_is_always_found(before: str, word: str, after: str) -> None:
    item = item_with(word)
    text = f"{before.replace('$', '').replace(chr(92), '')}\n{word}\n{after.replace('$', '')}"
    if isinstance(grade_one(Contains(), item, word), Verdict):
        assert is_good(Contains(), item, text)
