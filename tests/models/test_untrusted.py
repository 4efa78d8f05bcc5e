"""Text and JSON that nobody vouches for."""

import json

import pytest
from hypothesis import given, strategies as st

from qualityslo.models.untrusted import clean, excerpt, loads

_ANY_TEXT = st.text(st.characters(codec=None))


def test_nul_and_lone_surrogates_are_replaced() -> None:
    assert clean("a\x00b\ud800c\udfffd") == "a\u2400b\ufffdc\ufffdd"


def test_halves_of_a_character_that_came_apart_are_joined() -> None:
    assert clean("\ud83c" + "\udf0d") == "🌍"


@given(_ANY_TEXT)
def test_a_cleaned_text_can_be_stored_and_is_clean_already(text: str) -> None:
    cleaned = clean(text)
    assert "\x00" not in cleaned
    assert cleaned.encode().decode() == cleaned
    assert clean(cleaned) == cleaned


@given(_ANY_TEXT, st.integers(1, 50))
def test_an_excerpt_is_one_short_line(text: str, limit: int) -> None:
    found = excerpt(text, limit)
    assert len(found) <= limit
    assert len(found.splitlines()) <= 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 200_000, id="nested too deeply"),
        pytest.param("9" * 10_000, id="a number of ten thousand digits"),
        pytest.param(b'"\xff"', id="no UTF-8"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_no_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        loads(text)


def test_json_is_parsed() -> None:
    assert loads(json.dumps({"a": [1, "é"]}).encode()) == {"a": [1, "é"]}
