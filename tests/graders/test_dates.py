"""Calendar dates in text."""

from datetime import date

import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.graders.dates import dates_in


@pytest.mark.parametrize(
    "text",
    [
        "30 June 2023",
        "the 30th of June, 2023",
        "30-June-2023",
        "June 30, 2023",
        "JUNE 30TH 2023.",
        "Jun. 30 2023",
        "2023-06-30",
        "2023/06/30",
        "2023-06-30T10:00",
        "30.06.2023",
        "30/06/2023",
        "06/30/2023",
    ],
)
def test_forms_of_one_day(text: str) -> None:
    assert dates_in(f"On {text}") == {date(2023, 6, 30)}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("05/06/2023", id="day and month may be swapped"),
        pytest.param("31 June 2023", id="a day that does not exist"),
        pytest.param("June 2023", id="no day"),
        pytest.param("30 June", id="no year"),
        pytest.param("30 June 20234", id="a year of five digits"),
        pytest.param("maybe 7 2020", id="a word that ends like a month"),
    ],
)
def test_no_date(text: str) -> None:
    assert dates_in(text) == set()


@settings(deadline=None)
@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_day_is_read_in_every_form(day: date) -> None:
    month = day.strftime("%B")
    forms = (
        day.isoformat(),
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}, {day.year}",
        f"{day.day:02}.{day.month:02}.{day.year}",
    )
    assert {found for form in forms for found in dates_in(form)} == {day}
