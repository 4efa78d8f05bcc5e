"""An average over groups has the error bar of the same average."""

import pytest

from qualityslo.errors import StatsError
from qualityslo.stats import grouped_rate


def test_groups_of_one_size_have_one_average() -> None:
    macro, pooled = (
        grouped_rate([3, 8, 1], [50, 50, 50], average=average) for average in ("macro", "pooled")
    )
    assert macro.point == pytest.approx(pooled.point)
    assert macro.standard_error == pytest.approx(pooled.standard_error)
    assert (macro.groups, macro.items, macro.average) == (3, 150, "macro")


def test_one_group_is_a_plain_rate() -> None:
    found = grouped_rate([5], [20], average="macro")
    assert found.point == 0.25
    assert found.standard_error == pytest.approx((0.25 * 0.75 / 20) ** 0.5)


@pytest.mark.parametrize(
    ("bad", "valid", "message"),
    [
        pytest.param([1], [3, 4], "one count for each group", id="a group without a size"),
        pytest.param([], [], "one count for each group", id="no groups"),
        pytest.param([0], [0], "an item", id="an empty group"),
        pytest.param([4], [3], "bad <= valid", id="more bad than valid"),
        pytest.param([-1], [3], "0 <= bad", id="a negative count"),
    ],
)
def test_impossible_groups_are_refused(bad: list[int], valid: list[int], message: str) -> None:
    with pytest.raises(StatsError, match=message):
        grouped_rate(bad, valid, average="pooled")


def test_an_unknown_average_is_refused() -> None:
    with pytest.raises(StatsError, match="average='micro'; known: 'macro', 'pooled'"):
        grouped_rate([1], [3], average="micro")  # type: ignore[arg-type]  # that is the test
