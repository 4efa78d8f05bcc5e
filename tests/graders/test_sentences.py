"""Splitting into sentences."""

import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.graders.sentences import sentences


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("One. Two! Three?", ["One.", "Two!", "Three?"], id="three marks"),
        pytest.param("Dr. Tveit left.", ["Dr. Tveit left."], id="an abbreviation"),
        pytest.param("By J. K. Rowling.", ["By J. K. Rowling."], id="initials"),
        pytest.param("It is 3.14 wide.", ["It is 3.14 wide."], id="a decimal point"),
        pytest.param("Up to 80 kg. The box", ["Up to 80 kg.", "The box"], id="a unit at the end"),
        pytest.param("i.e. this one", ["i.e. this one"], id="a lower-case letter goes on"),
        pytest.param("a\n\nb", ["a", "b"], id="line ends"),
        pytest.param("1. a\n- b\n* c", ["a", "b", "c"], id="list marks"),
        pytest.param("\u4e00\u3002\u4e8c\u3002", ["\u4e00\u3002", "\u4e8c\u3002"], id="CJK"),
        pytest.param(" \n ", [], id="nothing"),
    ],
)
def test_sentences(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


@settings(deadline=None)
@given(st.text(alphabet="aB1. !?\n-*\u3002", max_size=80))
def test_no_letter_is_lost(text: str) -> None:
    kept = "".join(sentences(text))
    assert [char for char in text if char in "aB"] == [char for char in kept if char in "aB"]
