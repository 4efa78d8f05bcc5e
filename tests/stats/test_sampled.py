"""When strata may be pooled (rule R3), and the ranking's limits of size."""

import pytest

from qualityslo.stats import Stratum, exact
from qualityslo.stats.sampled import collapsed


@pytest.mark.parametrize(
    ("strata", "pooled"),
    [
        pytest.param(
            [Stratum(900, 90, 3), Stratum(60, 12, 2), Stratum(40, 8, 1)],
            (Stratum(900, 90, 3), Stratum(100, 20, 3)),
            id="two fractions make two groups",
        ),
        pytest.param(
            [Stratum(100, 10, 3), Stratum(60, 6, 2), Stratum(40, 4, 1)],
            (Stratum(200, 20, 6),),
            id="one fraction makes one group",
        ),
        pytest.param(
            [Stratum(900, 90, 3), Stratum(60, 9, 2), Stratum(40, 5, 1)],
            (),
            id="fourteen labels in a group are too few",
        ),
        pytest.param(
            [Stratum(900, 90, 3), Stratum(60, 12, 2), Stratum(40, 13, 1)],
            (),
            id="three fractions cannot be pooled",
        ),
        pytest.param(
            [Stratum(60, 12, 2), Stratum(41, 8, 1), Stratum(900, 90, 3)],
            (Stratum(900, 90, 3), Stratum(101, 20, 3)),
            id="equal up to rounding, in any order",
        ),
    ],
)
def test_only_equal_fractions_with_enough_labels_are_pooled(
    strata: list[Stratum], pooled: tuple[Stratum, ...]
) -> None:
    assert collapsed(strata) == pooled


def test_the_size_of_the_tables_is_limited() -> None:
    assert exact.can_order((600, 600))
    assert not exact.can_order((700, 700))
    assert exact.can_enumerate((40, 40, 40), (700, 650, 650))
    assert not exact.can_enumerate((60, 40, 40), (1800, 1600, 1600))


def test_the_size_of_a_block_does_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    design = (2, 1, 1), (20, 8, 6), (90, 30, 20), 0.025
    whole = exact.finite_limits.__wrapped__(*design)
    monkeypatch.setattr(exact, "_BLOCK", 100)
    assert exact.finite_limits.__wrapped__(*design) == whole
