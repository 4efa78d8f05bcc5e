"""Numbers in text."""

from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.graders.quantities import canonical_text, quantities
from qualityslo.graders.units import canonical_unit, converted


def _found(text: str) -> list[tuple[str, str]]:
    return [
        (format(one.value.normalize(), "f"), one.unit) for one in quantities(canonical_text(text))
    ]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        pytest.param("(42).", "42", "", id="punctuation around"),
        pytest.param("$42$", "42", "", id="inline mathematics"),
        pytest.param("is -5 exactly", "-5", "", id="a minus sign"),
        pytest.param("\u22125", "-5", "", id="a real minus sign"),
        pytest.param("minus 10 \u00b0C", "-10", "\u00b0c", id="minus in words"),
        pytest.param("-$5", "-5", "usd", id="a sign before the currency"),
        pytest.param("$-5", "-5", "usd", id="a sign behind the currency"),
        pytest.param("3 \u00d7 10^8 m/s", "300000000", "m/s", id="scientific notation"),
        pytest.param("3 x 10\u2078", "300000000", "", id="a superscript"),
        pytest.param("3 \\times 10^{8}", "300000000", "", id="LaTeX"),
        pytest.param("3e8", "300000000", "", id="an exponent"),
        pytest.param("10^9", "1000000000", "", id="a bare power of ten"),
        pytest.param("1/4", "0.25", "", id="a fraction"),
        pytest.param("169kg", "169", "kg", id="a unit glued on"),
        pytest.param("90-minute", "90", "min", id="a unit behind a hyphen"),
        pytest.param("25 kilometres per hour", "25", "km/h", id="a long unit"),
        pytest.param("38 N\u00b7m", "38", "nm", id="a unit with a dot"),
        pytest.param("5 kg/m3", "5", "", id="a unit that is not known"),
        pytest.param("12 euros per day", "12", "eur", id="a currency per day"),
        pytest.param("10am", "10", "am", id="an hour of the day"),
        pytest.param("forty-two kilograms", "42", "kg", id="words"),
        pytest.param("x=42", "42", "", id="an equation"),
        pytest.param("\u517142\u4e2a", "42", "", id="CJK around"),
        pytest.param("1 hour and 10 minutes", "70", "min", id="time in two units"),
        pytest.param("one hour ten minutes", "70", "min", id="time in words"),
        pytest.param("2 hours, 30 min and 5 s", "9005", "s", id="time in three units"),
    ],
)
def test_one_number(text: str, value: str, unit: str) -> None:
    assert _found(text) == [(value, unit)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("42abc", id="letters glued on"),
        pytest.param("H2O and E04", id="digits in a word"),
        pytest.param("H-001 to H-120", id="codes"),
        pytest.param("the 21st, 1990s", id="an ordinal and a decade"),
        pytest.param("10:30", id="a time of day"),
        pytest.param("2026-03-14 or 14.03.2026 or 3/14/2026", id="full dates"),
        pytest.param("3.11.7", id="a version"),
        pytest.param("2^10", id="a power of another base"),
        pytest.param("7/0", id="a fraction of nothing"),
        pytest.param("9" * 101, id="more than a hundred digits"),
        pytest.param("1e9999", id="an exponent that overflows"),
        pytest.param("minus negative -", id="signs alone"),
    ],
)
def test_no_number(text: str) -> None:
    assert _found(text) == []


@pytest.mark.parametrize(
    ("text", "weak"),
    [
        pytest.param("60 minutes in one hour", [False, True], id="the word one"),
        pytest.param("60 minutes in 1 hour", [False, True], id="one unit behind a preposition"),
        pytest.param("42 [1]", [False, True], id="a mark in square brackets"),
        pytest.param("20% of the 100", [False, True], id="the base of a percentage"),
        pytest.param("10 - 9 = 1", [False, False, False], id="the digit one as a result"),
    ],
)
def test_weak_numbers(text: str, weak: list[bool]) -> None:
    assert [one.weak for one in quantities(canonical_text(text))] == weak


def test_a_hyphen_between_numbers_is_a_range() -> None:
    assert _found("10-15, 1914\u20131918") == [("10", ""), ("15", ""), ("1914", ""), ("1918", "")]


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "right"),
    [
        pytest.param("180", "cm", "m", "1.8", id="centimetres to metres"),
        pytest.param("3", "day", "h", "72", id="days to hours"),
        pytest.param("1", "year", "month", "12", id="years to months"),
        pytest.param("299792458", "m/s", "km/s", "299792.458", id="speeds"),
        pytest.param("95", "\u00b0", "\u00b0c", "95", id="degrees for degrees Celsius"),
    ],
)
def test_units_convert(value: str, unit: str, wanted: str, right: str) -> None:
    assert converted(Decimal(value), unit, wanted) == Decimal(right)


@pytest.mark.parametrize(
    ("unit", "wanted"),
    [
        pytest.param("usd", "eur", id="currencies"),
        pytest.param("month", "day", id="months into days"),
        pytest.param("\u00b0f", "\u00b0c", id="Fahrenheit into Celsius"),
        pytest.param("kg", "m", id="mass into length"),
    ],
)
def test_units_that_do_not_convert(unit: str, wanted: str) -> None:
    assert converted(Decimal(1), unit, wanted) is None


def test_units_have_one_spelling() -> None:
    spellings = ("Kilograms", "KG", " kg ", "kilos")
    assert {canonical_unit(one) for one in spellings} == {"kg"}
    assert canonical_unit("Bikes") == "bikes"


@settings(deadline=None)
@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-9999, max_value=9999)
)
def test_a_number_is_read_as_it_is_written(number: Decimal) -> None:
    (found,) = quantities(canonical_text(f"It is {number:f} in all."))
    assert found.value == number


@settings(deadline=None)
@given(st.text(alphabet="0123456789.,-+/^ex\u00d7*[]%$ onehdrmiuts\n", max_size=60))
def test_no_text_of_numbers_raises(text: str) -> None:
    for found in quantities(canonical_text(text)):
        assert found.value.is_finite()
