"""Impossible counts are refused with what, which value and the remedy."""

from collections.abc import Callable

import pytest

from qualityslo.errors import StatsError, UsageError
from qualityslo.stats import PairedStratum, Stratum


@pytest.mark.parametrize(
    ("build", "message"),
    [
        pytest.param(
            lambda: Stratum(10, 5, 6),
            r"bad=6 exceeds labelled=5 in Stratum\(items=10, labelled=5, bad=6\); every bad must be",
            id="more bad than labelled",
        ),
        pytest.param(
            lambda: Stratum(10, 11, 0),
            "labelled=11 exceeds items=10",
            id="more labelled than items",
        ),
        pytest.param(lambda: Stratum(10, 5, -1), "bad=-1 in .* is negative", id="negative bad"),
        pytest.param(
            lambda: Stratum(-3, 0, 0), "labelled=0 exceeds items=-3", id="negative items"
        ),
        pytest.param(
            lambda: Stratum(10, 2.5, 1),  # type: ignore[arg-type]  # on purpose
            r"labelled=2\.5 is not a whole number; pass a count",
            id="half a label",
        ),
        pytest.param(
            lambda: PairedStratum(10, 5, 3, 3),
            r"only_first_bad \+ only_second_bad=6 exceeds labelled=5",
            id="more disagreements than labels",
        ),
        pytest.param(
            lambda: PairedStratum(10, 5, -1, 3), "only_first_bad=-1 in", id="negative first"
        ),
        pytest.param(
            lambda: PairedStratum(10, 5, 3, -1), "only_second_bad=-1 in", id="negative second"
        ),
        pytest.param(
            lambda: PairedStratum(4, 5, 3, 1), "labelled=5 exceeds items=4", id="pairs above items"
        ),
    ],
)
def test_impossible_counts_are_a_usage_error(build: Callable[[], object], message: str) -> None:
    with pytest.raises(StatsError, match=message) as caught:
        build()
    assert isinstance(caught.value, UsageError)
    assert isinstance(caught.value, ValueError)


def test_strata_are_values() -> None:
    assert Stratum(10, 5, 1) == Stratum(items=10, labelled=5, bad=1)
    assert len({Stratum(10, 5, 1), Stratum(10, 5, 1)}) == 1
