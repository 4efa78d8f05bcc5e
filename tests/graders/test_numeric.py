"""The grader `numeric`."""

from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.domain.golden import AnswerKind, AnswerType
from qualityslo.errors import PluginError
from qualityslo.graders.limits import READ
from qualityslo.graders.numeric import Numeric
from tests.graders.conftest import is_good, item_with, reason_of


def _number(
    unit: str | None = None, tolerance: float = 0.0, *, relative: bool = False
) -> AnswerType:
    return AnswerType(kind=AnswerKind.NUMBER, tolerance=tolerance, relative=relative, unit=unit)


@pytest.mark.parametrize(
    ("reference", "unit", "text"),
    [
        pytest.param("42", None, "Not 41. The answer is 42!", id="the last number"),
        pytest.param("1,000", None, "1000 units", id="separators on one side"),
        pytest.param("42", None, "forty-two", id="words"),
        pytest.param("16", None, "16.00", id="zero decimals"),
        pytest.param("60", None, "There are 60 minutes in one hour.", id="the word one behind"),
        pytest.param("60", None, "There are 60 minutes in 1 hour.", id="one unit behind"),
        pytest.param("1", None, "Only one.", id="the word one alone"),
        pytest.param("42", None, "It is 42 [2].", id="a mark behind"),
        pytest.param("20", None, "20%", id="a unit the reference does not have"),
        pytest.param("60%", None, "60 percent", id="per cent in words"),
        pytest.param("40", "%", "about 40", id="a bare number where the item says per cent"),
        pytest.param("40", "%", "40 % at minus 10 \u00b0C", id="another quantity behind"),
        pytest.param("80", "kg", "80 kg out of 210 in all", id="the number with the unit first"),
        pytest.param(
            "80", "kg", "80, in a box of 248 cm", id="numbers with other units passed over"
        ),
        pytest.param("169 kg", None, "169kg", id="the unit in the reference"),
        pytest.param("1.80", "m", "180 cm", id="another unit of length"),
        pytest.param("72", "hours", "three days", id="another unit of time"),
        pytest.param("70", "minutes", "1 hour 10 minutes", id="time in two units"),
        pytest.param("95", "\u00b0C", "95 degrees", id="degrees"),
        pytest.param("12", "EUR", "\u20ac12", id="a currency sign"),
        pytest.param("18", "bikes", "18 bikes in 16 bays", id="a unit of the item alone"),
        pytest.param("0.1", None, "0.10", id="decimals without rounding"),
    ],
)
def test_right(reference: str, unit: str | None, text: str) -> None:
    assert is_good(Numeric(), item_with(reference, answer=_number(unit)), text)


@pytest.mark.parametrize(
    ("reference", "unit", "text"),
    [
        pytest.param("5", None, "25", id="a digit of another number"),
        pytest.param("-5", None, "5", id="the sign lost"),
        pytest.param("42", None, "42 or 43", id="an earlier number"),
        pytest.param("42", None, "42abc", id="letters glued on"),
        pytest.param("42", None, "I do not know.", id="no number"),
        pytest.param("42", None, "", id="nothing"),
        pytest.param("60%", None, "60", id="the percent sign lost"),
        pytest.param("60%", None, "0.6", id="a share for a percentage"),
        pytest.param("100", None, "20% of 100", id="the base of a percentage"),
        pytest.param("80", "kg", "80 lbs", id="another unit of mass"),
        pytest.param("34", "EUR", "$34", id="another currency"),
        pytest.param("1912", None, "on 15 April 1912, with 1,500 victims", id="a number too many"),
    ],
)
def test_wrong(reference: str, unit: str | None, text: str) -> None:
    assert not is_good(Numeric(), item_with(reference, answer=_number(unit)), text)


def test_the_tolerance_is_absolute_or_relative() -> None:
    assert is_good(Numeric(), item_with("100", answer=_number(tolerance=0.5)), "100.5")
    assert not is_good(Numeric(), item_with("100", answer=_number(tolerance=0.5)), "100.51")
    share = _number("km/s", 0.01, relative=True)
    assert is_good(Numeric(), item_with("299792", answer=share), "299,792,458 metres per second")
    assert is_good(Numeric(), item_with("299792", answer=share), "about 3 \u00d7 10^5 km/s")
    assert not is_good(Numeric(), item_with("299792", answer=share), "310,000 km/s")


def test_any_reference_that_is_a_number_will_do() -> None:
    item = item_with("unclear", "7", "8")
    assert is_good(Numeric(), item, "8")
    assert not is_good(Numeric(), item, "9")


@pytest.mark.parametrize(
    ("references", "unit", "reason"),
    [
        pytest.param((), None, "no_reference", id="no reference"),
        pytest.param(("",), None, "invalid_reference", id="an empty reference"),
        pytest.param(("many",), None, "invalid_reference", id="no number"),
        pytest.param(("3 or 4",), None, "invalid_reference", id="two numbers"),
        pytest.param(("5 m",), "kg", "invalid_reference", id="a number in another unit"),
    ],
)
def test_ungraded(references: tuple[str, ...], unit: str | None, reason: str) -> None:
    assert reason_of(Numeric(), item_with(*references, answer=_number(unit)), "5") == reason


def test_the_end_of_a_huge_answer_is_read() -> None:
    item = item_with("42")
    assert is_good(Numeric(), item, "7 " * READ + "42")
    assert is_good(Numeric(), item, "x" * (2 * READ) + " 42")
    assert not is_good(Numeric(), item, "42 " + "word " * READ)


def test_a_parameter_is_refused() -> None:
    with pytest.raises(PluginError, match="'numeric' takes no parameters"):
        Numeric(tolerance=1)


@settings(deadline=None)
@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=2, min_value=-(10**6), max_value=10**6
    ),
    st.decimals(
        allow_nan=False, allow_infinity=False, places=2, min_value=-(10**6), max_value=10**6
    ),
)
def test_a_number_is_right_exactly_where_it_is_the_reference(said: Decimal, true: Decimal) -> None:
    assert is_good(Numeric(), item_with(f"{true:f}"), f"I get {said:,f}.") is (said == true)
