"""Strict JSON refuses what the standard library would quietly change."""

import json
import math
import sys

import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.golden import Json
from qualityslo.golden.strict_json import MOST_DEPTH, MOST_DIGITS, StrictJsonError, parse_json

_texts = st.text(st.characters(exclude_categories=["Cs"]))
_values: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _texts,
    lambda inner: st.lists(inner) | st.dictionaries(_texts, inner),
    max_leaves=20,
)


@given(value=_values, escaped=st.booleans())
def test_what_json_can_say_is_read_as_it_was_written(value: Json, escaped: bool) -> None:  # noqa: FBT001  # hypothesis gives it by name
    assert parse_json(json.dumps(value, ensure_ascii=escaped)) == value


@given(text=st.text() | st.text(alphabet='[]{}",:0123456789eE+-.truefalsnNI\\u '))
def test_any_text_is_a_value_or_a_named_fault(text: str) -> None:
    try:
        value = parse_json(text)
    except StrictJsonError:
        return
    assert json.loads(text) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param('{"a": 1, "b": 2, "a": 3}', "key 'a' is given twice", id="two equal keys"),
        pytest.param('{"o": {"x": 1, "x": 1}}', "key 'x' is given twice", id="equal keys inside"),
        pytest.param("[NaN]", "NaN is not JSON", id="not a number"),
        pytest.param("[-Infinity]", "-Infinity is not JSON", id="minus infinity"),
        pytest.param("[1e999]", "'1e999' is beyond", id="a float that overflows"),
        pytest.param("[-1e999]", "'-1e999' is beyond", id="a negative float that overflows"),
        pytest.param("[" * 200_000, "nested deeper than 50", id="200,000 open brackets"),
        pytest.param("[" * 51 + "]" * 51, "nested deeper than 50", id="51 levels"),
        pytest.param("9" * 5_000, "a number of 5,000 digits", id="5,000 digits"),
        pytest.param(r'"\ud800"', "half a surrogate pair ('\\ud800')", id="half a pair"),
        pytest.param(r'{"a": ["\uDFFF"]}', "half a surrogate pair", id="the other half, inside"),
        pytest.param('"a\tb"', "Invalid control character", id="a bare tab inside a text"),
        pytest.param('{"a": 1} {"b": 2}', "Extra data", id="two objects on one line"),
        pytest.param("", "Expecting value", id="nothing"),
    ],
)
def test_a_text_is_refused(text: str, said: str) -> None:
    with pytest.raises(StrictJsonError) as caught:
        parse_json(text)
    assert said in str(caught.value)


def test_the_limits_themselves_are_allowed() -> None:
    assert parse_json("[" * MOST_DEPTH + "]" * MOST_DEPTH)
    digits = "9" * MOST_DIGITS
    assert parse_json(digits) == int(digits)
    assert parse_json("1e308") == pytest.approx(1e308)


def test_a_lower_limit_of_the_interpreter_is_a_fault_and_no_crash() -> None:
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        with pytest.raises(StrictJsonError, match="not readable JSON: Exceeds the limit"):
            parse_json("9" * 1_000)
    finally:
        sys.set_int_max_str_digits(before)


def test_many_brackets_that_are_not_deep_are_allowed() -> None:
    value = parse_json("[" + ",".join(["[]"] * 1_000) + "]")
    assert value == [[]] * 1_000


def test_a_whole_surrogate_pair_is_one_character() -> None:
    assert parse_json(r'"\ud83d\ude00"') == "\U0001f600"


def test_minus_zero_keeps_its_sign() -> None:
    value = parse_json("-0.0")
    assert isinstance(value, float)
    assert math.copysign(1.0, value) == -1.0
