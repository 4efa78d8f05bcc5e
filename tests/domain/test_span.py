"""Marked pieces of answers: they quote what they mark, whatever counts the characters."""

import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.span import Span, from_utf16
from qualityslo.errors import LabelError

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(text=_TEXTS, data=st.data())
def test_a_browsers_offsets_name_the_same_piece(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert from_utf16(text, _units(text[:start]), _units(text[:end])) == (start, end)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param(4, 5, id="it begins inside a character"),
        pytest.param(0, 4, id="it ends inside a character"),
        pytest.param(0, 99, id="it ends behind the text"),
        pytest.param(-1, 2, id="it begins before the text"),
    ],
)
def test_offsets_that_are_no_piece_are_refused(start: int, end: int) -> None:
    with pytest.raises(LabelError, match=r"is no piece of a text of 8 UTF-16 units"):
        from_utf16("ok \U0001f680 go", start, end)


def test_a_span_that_quotes_its_text_is_taken() -> None:
    Span(start=3, end=7, quote="Lyon").check("in Lyon.")


@pytest.mark.parametrize(
    "span",
    [
        pytest.param(Span(start=3, end=7, quote="Nice"), id="other words stand there"),
        pytest.param(Span(start=7, end=3, quote=""), id="it ends before it begins"),
        pytest.param(Span(start=3, end=3, quote=""), id="it is empty"),
        pytest.param(Span(start=-5, end=8, quote="Lyon."), id="it counts from the end"),
        pytest.param(Span(start=3, end=99, quote="Lyon."), id="it ends behind the text"),
    ],
)
def test_a_span_that_does_not_quote_its_text_is_refused(span: Span) -> None:
    with pytest.raises(LabelError, match=r"mark it again"):
        span.check("in Lyon.")
