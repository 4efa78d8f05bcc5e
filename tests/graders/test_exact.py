"""The grader `exact`."""

import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.errors import PluginError
from qualityslo.graders.exact import Exact
from tests.graders.conftest import grade_one, is_good, item_with, reason_of


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        pytest.param("Paris", " Paris\n", id="blanks around"),
        pytest.param("New York", "New \t York", id="another blank inside"),
        pytest.param("caf\u00e9", "cafe\u0301", id="an accent composed or not"),
        pytest.param("None", "None", id="the text None"),
        pytest.param("nan", "nan", id="the text nan"),
    ],
)
def test_equal_texts_are_right(reference: str, text: str) -> None:
    assert is_good(Exact(), item_with(reference), text)


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        pytest.param("Paris", "paris", id="another case"),
        pytest.param("Paris", "Paris.", id="a full stop"),
        pytest.param("r\u00e9sum\u00e9", "resume", id="accents lost"),
        pytest.param("\U0001f44d", "\U0001f44d\U0001f3fd", id="a skin tone more"),
        pytest.param("null", "N/A", id="another word for nothing"),
        pytest.param("Paris", "", id="nothing"),
    ],
)
def test_other_texts_are_wrong(reference: str, text: str) -> None:
    assert not is_good(Exact(), item_with(reference), text)


def test_any_reference_will_do_and_blank_ones_never_match() -> None:
    item = item_with("", "Rome", "Roma")
    assert is_good(Exact(), item, "Roma")
    assert not is_good(Exact(), item, "")


def test_items_without_a_usable_reference_are_ungraded() -> None:
    assert reason_of(Exact(), item_with(), "x") == "no_reference"
    assert reason_of(Exact(), item_with(""), "") == "invalid_reference"
    assert reason_of(Exact(), item_with(" \t"), "") == "invalid_reference"


def test_a_parameter_is_refused_by_name() -> None:
    with pytest.raises(PluginError, match=r"grader 'exact' takes no parameters.*'case'"):
        Exact(case=True)


@settings(deadline=None)
@given(st.text(min_size=1).filter(str.strip))
def test_every_text_equals_itself(text: str) -> None:
    assert is_good(Exact(), item_with(text), text)


def test_a_long_answer_is_cut_in_the_rationale() -> None:
    grade = grade_one(Exact(), item_with("a"), "b" * 10_000)
    assert len(getattr(grade, "rationale", "")) < 200
