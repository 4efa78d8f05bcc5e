"""Numbers as people read them: never rounded into something else, never NaN."""

import math

import pytest
from hypothesis import example, given, settings, strategies as st

from qualityslo.exports import formats
from qualityslo.exports.bars import HEIGHT, WIDTH, columns, difference_bar, ratio_bar
from qualityslo.stats import Estimate

UNHURRIED = settings(deadline=None)  # a busy machine is no fault
FORMATS = [formats.percent, formats.points, formats.seconds, formats.times, formats.number]


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.98214, "98.2 %"),
        (1.0, "100.0 %"),
        (0.99999, ">99.9 %"),
        (0.0, "0.0 %"),
        (0.00001, "<0.1 %"),
        (-0.35, "\N{MINUS SIGN}35.0 %"),
        (-0.0, "0.0 %"),
        (None, "unknown"),
    ],
)
def test_a_share_never_looks_perfect_where_it_is_not(share: float | None, words: str) -> None:
    assert formats.percent(share) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0312, "31 ms"), (0.9994, "999 ms"), (0.9996, "1.00 s"), (99.996, "100 s"), (0.0, "0 ms")],
)
def test_times_change_their_unit_where_they_round(value: float, words: str) -> None:
    assert formats.seconds(value) == words


@UNHURRIED
@example(value=1.7e308)
@given(value=st.none() | st.floats())
def test_no_number_is_ever_written_as_nan_or_infinity(value: float | None) -> None:
    for one in FORMATS:
        words = one(value)
        assert "nan" not in words.lower()
        assert "inf" not in words.lower()
        if value is None or not math.isfinite(value):
            assert words == "unknown"


@UNHURRIED
@given(a=st.floats(0, 1), b=st.floats(0, 1))
def test_a_larger_share_is_never_shown_as_a_smaller_one(a: float, b: float) -> None:
    def shown(share: float) -> float:
        words = formats.percent(share).removesuffix(" %")
        match words[0]:
            case "<":
                return float(words[1:]) - 0.05
            case ">":
                return float(words[1:]) + 0.05
            case _:
                return float(words)

    low, high = sorted((a, b))
    assert shown(low) <= shown(high)


def test_a_method_nobody_knows_keeps_its_name() -> None:
    assert formats.method_in_words("brand_new") == "brand new"


@UNHURRIED
@given(text=st.text(max_size=60), limit=st.integers(0, 50))
def test_a_cut_text_loses_no_character_unnoticed(text: str, limit: int) -> None:
    part = formats.cut(text, limit)
    assert len(part.shown) + part.rest == len(text)
    assert not any(ord(one) < 32 and one not in "\t\n\r" for one in part.shown)


@UNHURRIED
@given(bounds=st.lists(st.floats(0, 1), min_size=3, max_size=3), target=st.floats(0.01, 0.99))
def test_an_interval_is_drawn_in_order_and_inside_the_picture(
    bounds: list[float], target: float
) -> None:
    low, point, high = sorted(bounds)
    drawn = ratio_bar(_estimate(low, point, high), target)
    assert drawn.point is not None
    assert drawn.mark is not None
    assert 0 <= drawn.low <= drawn.point <= drawn.high <= WIDTH
    assert 0 <= drawn.mark <= WIDTH
    assert drawn.start <= min(low, target)


@UNHURRIED
@given(
    bounds=st.lists(st.floats(-1, 1), min_size=3, max_size=3), margin=st.none() | st.floats(0, 1)
)
def test_a_difference_is_drawn_on_the_right_side_of_zero(
    bounds: list[float], margin: float | None
) -> None:
    low, point, high = sorted(bounds)
    drawn = difference_bar(_estimate(low, point, high), margin)
    assert drawn.zero == WIDTH / 2
    assert 0 <= drawn.low <= drawn.high <= WIDTH
    assert (drawn.low <= drawn.zero) or low > 0
    assert (drawn.mark is None) == (margin is None)


@UNHURRIED
@given(counts=st.lists(st.integers(0, 10**9), min_size=10, max_size=10))
def test_every_count_is_visible_and_none_leaves_the_picture(counts: list[int]) -> None:
    for column, count in zip(columns(counts), counts, strict=True):
        assert (column.height > 0) == (count > 0)
        assert column.top + column.height == pytest.approx(HEIGHT)
        assert 0 <= column.top <= HEIGHT


def _estimate(low: float, point: float, high: float) -> Estimate:
    return Estimate(
        point=point,
        low=low,
        high=high,
        confidence=0.95,
        labelled=1,
        items=1,
        frame="golden_set",
        method="x",
    )
