"""The bootstrap: real resamples, the right limits, and no certainty from scores without spread."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from qualityslo.errors import StatsError
from qualityslo.stats import ScoreEstimate, bootstrap, bootstrap_differences, bootstrap_means
from qualityslo.stats.bootstrap import BootstrapMethod, resampled_counts

FloatArray = NDArray[np.float64]
METHODS: list[BootstrapMethod] = ["percentile", "bca"]


def source(seed: int = 0) -> np.random.Generator:
    """Return a source of draws."""
    return np.random.default_rng(seed)


def limits(estimate: ScoreEstimate) -> tuple[float, float]:
    """Return both limits of an estimate that has them."""
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


def test_every_way_to_draw_three_of_three_comes_up_as_often_as_it_should() -> None:
    counts = np.concatenate(list(resampled_counts(3, 20_000, source())))
    assert counts.shape == (20_000, 3)
    assert (counts.sum(axis=1) == 3).all()
    ways: dict[tuple[int, ...], int] = {}
    for row in counts.astype(int).tolist():
        ways[tuple(row)] = ways.get(tuple(row), 0) + 1
    assert len(ways) == 10
    for way, often in ways.items():
        share = math.factorial(3) / math.prod(map(math.factorial, way)) / 27
        assert often / 20_000 == pytest.approx(share, abs=4 * math.sqrt(share / 20_000))


@pytest.mark.parametrize("items", [1, 7, 40_000, 250_000])
def test_there_are_as_many_resamples_as_asked_for_whatever_the_number_of_items(items: int) -> None:
    counts = np.concatenate(list(resampled_counts(items, 7, source())))
    assert counts.shape == (7, items)
    assert (counts.sum(axis=1) == items).all()


@pytest.mark.parametrize("method", METHODS)
def test_counts_of_few_values_give_the_limits_of_drawn_items(
    monkeypatch: pytest.MonkeyPatch, method: BootstrapMethod
) -> None:
    scores = np.repeat([0.0, 0.25, 1.0], [150, 30, 20])
    few = limits(bootstrap_means(scores, rng=source(), resamples=40_000, method=method)[0])
    monkeypatch.setattr(bootstrap, "_FEW_VALUES", 0)
    many = limits(bootstrap_means(scores, rng=source(), resamples=40_000, method=method)[0])
    assert few == pytest.approx(many, abs=0.0015)


def skewed(items: int, rng: np.random.Generator) -> FloatArray:
    """Return scores with a long tail."""
    return rng.gamma(0.5, size=items)


@pytest.mark.parametrize("method", METHODS)
def test_the_limits_are_those_of_scipy(method: BootstrapMethod) -> None:
    from scipy.stats import bootstrap as reference

    scores = skewed(60, source(3))
    found = limits(
        bootstrap_means(scores, rng=source(), resamples=40_000, confidence=0.9, method=method)[0]
    )
    names = {"percentile": "percentile", "bca": "BCa"}
    expected = reference(
        (scores,),
        np.mean,
        n_resamples=40_000,
        confidence_level=0.9,
        method=names[method],
        rng=source(1),
    ).confidence_interval
    assert found == pytest.approx((expected.low, expected.high), abs=0.006)


def test_a_long_tail_moves_the_corrected_limits_up() -> None:
    scores = skewed(60, source(3))
    plain, corrected = (
        limits(bootstrap_means(scores, rng=source(), method=one)[0]) for one in METHODS
    )
    assert corrected[0] > plain[0] + 0.01
    assert corrected[1] > plain[1] + 0.01


@pytest.mark.parametrize("method", METHODS)
def test_the_mean_of_scores_is_covered_about_as_often_as_promised(method: BootstrapMethod) -> None:
    rng, truth = source(5), 2 / 7
    covered = []
    for _ in range(300):
        scores = rng.beta(2, 5, size=150)
        (estimate,) = bootstrap_means(scores, rng=rng, resamples=1_000, method=method)
        low, high = limits(estimate)
        covered.append(low <= truth <= high)
    assert 0.91 <= np.mean(covered) <= 0.985


def test_columns_come_back_in_order_each_with_its_own_mean() -> None:
    rng = source(2)
    table = np.stack([rng.random(200), rng.random(200) < 0.1, 5 + rng.random(200)], axis=1)
    estimates = bootstrap_means(table, rng=source())
    assert [one.point for one in estimates] == pytest.approx(table.mean(axis=0))
    for estimate in estimates:
        low, high = limits(estimate)
        assert low < estimate.point < high
        assert (estimate.labelled, estimate.items) == (200, 200)
        assert estimate.method == "bootstrap, percentile"


def test_pairs_are_drawn_together() -> None:
    rng = source(4)
    base = rng.random(300)
    better = base + 0.02 + 0.01 * rng.random(300)
    (paired,) = bootstrap_differences(better, base, rng=source())
    low, high = limits(paired)
    assert 0.02 < low < paired.point < high < 0.03
    apart = [limits(bootstrap_means(one, rng=source())[0]) for one in (better, base)]
    assert apart[0][0] < apart[1][1]


def test_the_same_source_gives_the_same_limits_and_a_higher_confidence_wider_ones() -> None:
    scores = source(6).random(80)
    first, again = (bootstrap_means(scores, rng=source()) for _ in range(2))
    assert first == again
    wider = limits(bootstrap_means(scores, rng=source(), confidence=0.99)[0])
    assert wider[0] < limits(first[0])[0]
    assert wider[1] > limits(first[0])[1]


@pytest.mark.parametrize("scores", [[0.0] * 50, [0.7], [0.1 + 0.2, 0.3]], ids=str)
def test_scores_without_spread_give_no_limits(scores: list[float]) -> None:
    for method in METHODS:
        (estimate,) = bootstrap_means(scores, rng=source(), method=method)
        assert (estimate.low, estimate.high) == (None, None)
        assert estimate.point == pytest.approx(scores[0])


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        pytest.param([], "at least one score", id="no scores"),
        pytest.param(np.zeros((0, 2)), "at least one score", id="columns without a score"),
        pytest.param([0.1, float("nan")], "leave missing ones out", id="a missing score"),
        pytest.param(np.zeros((2, 2, 2)), "items by columns", id="three dimensions"),
        pytest.param(0.3, "items by columns", id="a lone number"),
    ],
)
def test_what_are_no_scores_is_refused(scores: FloatArray, message: str) -> None:
    with pytest.raises(StatsError, match=message):
        bootstrap_means(scores, rng=source())


def test_too_few_resamples_are_refused_with_a_number_that_will_do() -> None:
    with pytest.raises(StatsError, match="take at least 400"):
        bootstrap_means([0.1, 0.2], rng=source(), resamples=30)


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(StatsError, match="method='basic'; known: 'percentile', 'bca'"):
        bootstrap_means([0.1, 0.2], rng=source(), method="basic")  # type: ignore[arg-type]  # the test


def test_scores_that_cannot_be_paired_are_refused() -> None:
    with pytest.raises(StatsError, match="pair the scores by item"):
        bootstrap_differences([0.1, 0.2], [0.1], rng=source())


@pytest.mark.parametrize(
    ("low", "high", "message"),
    [
        pytest.param(0.3, 0.2, "both or neither", id="the wrong way round"),
        pytest.param(None, 0.2, "both or neither", id="one without the other"),
        pytest.param(0.1, math.inf, "finite", id="no limit at all"),
    ],
)
def test_a_score_estimate_refuses_limits_that_are_none(
    low: float | None, high: float | None, message: str
) -> None:
    with pytest.raises(StatsError, match=message):
        ScoreEstimate(
            point=0.2, low=low, high=high, confidence=0.95, labelled=3, items=3, method="by hand"
        )
