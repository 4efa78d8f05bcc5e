"""Many slices: adjusted p-values as the reference has them."""

import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.errors import StatsError
from qualityslo.stats import benjamini_hochberg


def test_the_published_values_in_any_order() -> None:
    found = benjamini_hochberg([0.2, 0.03, 0.001, 0.5, 0.01])
    assert found.tolist() == pytest.approx([0.25, 0.05, 0.005, 0.5, 0.025])


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([0.0, 0.001, 0.01, 0.02, 0.3, 0.5, 1.0]) | st.floats(0, 1)))
def test_the_values_are_those_of_scipy(p_values: list[float]) -> None:
    from scipy.stats import false_discovery_control

    expected = false_discovery_control(p_values).tolist() if p_values else []
    assert benjamini_hochberg(p_values).tolist() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    "p_values",
    [[0.5, 1.2], [-0.1], [float("nan")], [[0.1]]],
    ids=["above 1", "below 0", "NaN", "a matrix"],
)
def test_what_is_no_p_value_is_refused(p_values: list[float]) -> None:
    with pytest.raises(StatsError, match="numbers in"):
        benjamini_hochberg(p_values)
