"""Durations as people write them."""

from datetime import timedelta

import pytest

from qualityslo.spec.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("30d", timedelta(days=30)),
        ("12h", timedelta(hours=12)),
        ("1.5h", timedelta(minutes=90)),
        ("500ms", timedelta(milliseconds=500)),
        ("2w", timedelta(days=14)),
        ("90 s", timedelta(seconds=90)),
        (" 5m ", timedelta(minutes=5)),
        ("0.001ms", timedelta(microseconds=1)),
    ],
)
def test_a_number_and_a_unit_are_a_duration(text: str, value: timedelta) -> None:
    assert parse_duration(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "30", "d", "30 days", "-1d", "1e3d", "1,5h", "30d12h", "30D", "1.d", 30, None, ["1d"]],
    ids=repr,
)
def test_anything_else_is_refused_with_the_remedy(text: object) -> None:
    with pytest.raises(ValueError, match="write a number and ms, s, m, h, d or w, as in 30d"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["0d", "0.0s", "0.0001ms"])
def test_no_time_at_all_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no time at all: write a duration above zero"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["3661d", "900000000d", "999999999w"])
def test_more_time_than_a_date_can_lose_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is longer than 3660 days"):
        parse_duration(text)
