"""An estimate cannot contradict itself, and reads as one line."""

from dataclasses import FrozenInstanceError, replace

import pytest

from qualityslo.errors import StatsError
from qualityslo.stats import Estimate

NIGHT = Estimate(
    point=0.021,
    low=0.012,
    high=0.039,
    confidence=0.95,
    labelled=84,
    items=1200,
    frame="golden_set",
    method="finite2",
)


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        pytest.param(NIGHT, "2.1 % [1.2 %, 3.9 %] (95 %, 84 labels of 1,200 items)", id="a night"),
        pytest.param(
            replace(NIGHT, point=None, low=0.0, high=1.0, labelled=0, confidence=0.999),
            "unknown [0.0 %, 100.0 %] (99.9 %, 0 labels of 1,200 items)",
            id="nothing labelled",
        ),
        pytest.param(
            replace(NIGHT, point=-0.01, low=-0.03, labelled=1, items=1),
            "-1.0 % [-3.0 %, 3.9 %] (95 %, 1 label of 1 item)",
            id="a difference",
        ),
    ],
)
def test_an_estimate_prints_as_one_line(estimate: Estimate, text: str) -> None:
    assert str(estimate) == text


def test_the_complement_of_a_bad_rate_is_the_good_ratio() -> None:
    good = NIGHT.complement()
    assert (good.low, good.point, good.high) == (1 - 0.039, 1 - 0.021, 1 - 0.012)
    assert (good.labelled, good.items, good.method) == (84, 1200, "finite2")


def test_the_complement_of_an_unknown_rate_is_unknown() -> None:
    assert replace(NIGHT, point=None).complement().point is None


def test_a_difference_has_no_complement() -> None:
    with pytest.raises(StatsError, match="a difference of rates has no complement"):
        replace(NIGHT, low=-0.01).complement()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"point": float("nan")}, "not a finite number", id="a NaN point"),
        pytest.param({"high": float("inf")}, "not a finite number", id="an infinite limit"),
        pytest.param({"low": 0.03}, "breaks -1 <= low <= point", id="low above the point"),
        pytest.param({"high": 0.02}, "breaks -1 <= low <= point", id="high below the point"),
        pytest.param({"point": None, "high": 0.01}, "breaks -1", id="crossed limits, no point"),
        pytest.param({"high": 1.01}, "breaks -1 <= low <= point <= high <= 1", id="above one"),
        pytest.param(
            {"low": -1.01}, "breaks -1 <= low <= point <= high <= 1", id="below minus one"
        ),
        pytest.param({"confidence": 95.0}, "write 95 % as 0.95", id="a confidence in percent"),
        pytest.param({"labelled": -1}, "counts start at 0", id="negative labels"),
        pytest.param({"items": -1}, "counts start at 0", id="negative items"),
        pytest.param({"frame": "set"}, "known: 'golden_set', 'traffic'", id="an unknown frame"),
    ],
)
def test_an_estimate_that_contradicts_itself_is_refused(
    change: dict[str, object], message: str
) -> None:
    with pytest.raises(StatsError, match=message):
        replace(NIGHT, **change)  # type: ignore[arg-type]  # on purpose


def test_an_estimate_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        NIGHT.low = 0.0  # type: ignore[misc]  # on purpose
