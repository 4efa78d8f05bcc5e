"""Maps from score to probability: monotone, inside [0, 1], weighted, and refused where blind."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from qualityslo.errors import StatsError
from qualityslo.stats import ScoredLabels, ScoreMap, cross_fitted, enough_labels, fit_score_map
from qualityslo.stats.calibration import ISOTONIC_FROM, Method, _fitted
from qualityslo.stats.scored_labels import effective_size

METHODS = pytest.mark.parametrize("method", ["platt", "isotonic"])
GRID = np.linspace(0, 1, 201)


def labels_of(
    scores: NDArray[np.float64],
    good: NDArray[np.bool_],
    weights: NDArray[np.float64] | None = None,
    items: NDArray[np.int64] | None = None,
) -> ScoredLabels:
    """Return labels, each of an item of its own and of weight 1 unless given."""
    return ScoredLabels(
        scores=scores,
        flagged=scores < 0.5,
        good=good,
        weights=np.ones(len(scores)) if weights is None else weights,
        items=np.arange(len(scores)) if items is None else items,
    )


def sample(
    truth: Callable[[NDArray[np.float64]], NDArray[np.float64]], count: int, seed: int = 1
) -> ScoredLabels:
    """Return labels whose probability of good is a function of the score."""
    rng = np.random.default_rng(seed)
    scores = rng.random(count)
    return labels_of(scores, rng.random(count) < truth(scores))


@st.composite
def some_labels(draw: st.DrawFn) -> ScoredLabels:
    """Return labels with ties, extreme scores, uneven weights and items that recur."""
    size = draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = np.array(draw(st.lists(st.floats(0, 1), min_size=1, max_size=8)))
    return labels_of(
        rng.choice(values, size),
        rng.random(size) < draw(st.floats(0, 1)),
        np.exp(rng.normal(0, draw(st.floats(0, 3)), size)),
        rng.integers(0, size, size),
    )


@METHODS
@settings(max_examples=60, deadline=None)
@given(labels=some_labels())
def test_any_labels_give_a_map_that_rises_inside_0_and_1(
    method: Method, labels: ScoredLabels
) -> None:
    values = _fitted(labels, method).apply(GRID)
    assert (np.diff(values) >= 0).all()
    assert values.min() > 0
    assert values.max() < 1


@METHODS
@settings(max_examples=25, deadline=None)
@given(labels=some_labels(), factor=st.floats(0.01, 100))
def test_weights_count_only_against_each_other(
    method: Method, labels: ScoredLabels, factor: float
) -> None:
    other = labels_of(labels.scores, labels.good, labels.weights * factor, labels.items)
    np.testing.assert_allclose(
        _fitted(other, method).apply(GRID), _fitted(labels, method).apply(GRID), atol=2e-3
    )


@METHODS
def test_a_weight_of_two_is_an_answer_seen_twice(method: Method) -> None:
    """Up to the effective number of labels, which uneven weights make smaller."""
    labels = sample(lambda s: s, 2_000)
    twice = np.arange(2_000) % 3 == 0
    weighted = labels_of(labels.scores, labels.good, np.where(twice, 2.0, 1.0))
    both = np.concatenate([np.arange(2_000), np.flatnonzero(twice)])
    repeated = labels_of(labels.scores[both], labels.good[both])
    inner = np.linspace(0.05, 0.95, 50)
    np.testing.assert_allclose(
        _fitted(weighted, method).apply(inner), _fitted(repeated, method).apply(inner), atol=0.01
    )


@pytest.mark.parametrize("good", [True, False], ids=["all good", "all bad"])
@METHODS
def test_a_single_kind_never_makes_a_certainty(method: Method, *, good: bool) -> None:
    values = _fitted(labels_of(np.linspace(0, 1, 50), np.full(50, good)), method).apply(GRID)
    assert 0 < values.min() <= values.max() < 1


@METHODS
def test_two_scores_have_their_weighted_rates(method: Method) -> None:
    """A grader that says only yes or no: a quarter and nine tenths good, the good ones heavier."""
    scores = np.repeat([0.0, 1.0], [800, 800])
    good = np.concatenate([np.arange(800) % 7 == 0, np.arange(800) % 4 != 0])
    weights = np.where(good, 2.0, 1.0)
    values = _fitted(labels_of(scores, good, weights), method).apply([0.0, 1.0])
    expected = [
        np.average(good[scores == one], weights=weights[scores == one]) for one in (0.0, 1.0)
    ]
    np.testing.assert_allclose(values, expected, atol=0.004)


def test_platt_leaves_a_calibrated_grader_as_it_is() -> None:
    fitted = _fitted(sample(lambda s: s, 20_000), "platt")
    np.testing.assert_allclose(fitted.apply(GRID[10:-10]), GRID[10:-10], atol=0.03)


def test_a_grader_the_wrong_way_round_gets_one_probability_and_not_a_falling_map() -> None:
    values = _fitted(sample(lambda s: 1 - s, 500), "platt").apply(GRID)
    assert np.ptp(values) == 0
    assert values[0] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("count", "bad_share", "expected"),
    [
        pytest.param(ISOTONIC_FROM - 1, 0.5, "platt", id="few labels are two numbers"),
        pytest.param(ISOTONIC_FROM, 0.5, "isotonic", id="many labels are a shape"),
        pytest.param(ISOTONIC_FROM, 0.09, "platt", id="unless few of them are bad"),
    ],
)
def test_the_method_follows_the_number_of_labels(
    count: int, bad_share: float, expected: str
) -> None:
    good = np.arange(count) >= round(bad_share * count)
    labels = labels_of(np.linspace(0, 1, count), good)
    assert fit_score_map(labels).method == expected


def test_uneven_weights_count_as_fewer_labels() -> None:
    count = 2 * ISOTONIC_FROM
    weights = np.where(np.arange(count) % 10 == 0, 60.0, 1.0)
    assert effective_size(weights) < ISOTONIC_FROM
    labels = labels_of(np.linspace(0, 1, count), np.arange(count) % 2 == 0, weights)
    assert fit_score_map(labels).method == "platt"


@pytest.mark.parametrize(
    ("count", "bad", "enough"),
    [
        pytest.param(30, 10, True, id="thirty with ten bad"),
        pytest.param(29, 10, False, id="one label too few"),
        pytest.param(300, 9, False, id="one bad too few"),
        pytest.param(300, 291, False, id="one good too few"),
    ],
)
def test_too_few_labels_are_refused(count: int, bad: int, *, enough: bool) -> None:
    labels = labels_of(np.linspace(0, 1, count), np.arange(count) >= bad)
    assert enough_labels(labels) is enough
    if not enough:
        with pytest.raises(StatsError, match="a calibration needs 30, and 10 of each kind"):
            fit_score_map(labels)


def test_cross_fitted_probabilities_come_from_maps_that_never_saw_the_item() -> None:
    """All answers of an item share a fold: its own labels, all good, must not lift it."""
    rng = np.random.default_rng(3)
    items = np.repeat(np.arange(100), 20)
    scores = np.repeat(rng.random(100), 20)  # one score an item: memory would be perfect
    good = np.repeat(np.arange(100) % 2 == 0, 20)
    labels = labels_of(scores, good, None, items)
    own = _fitted(labels, "isotonic").apply(scores)
    crossed = cross_fitted(labels, np.random.default_rng(4))

    def brier(values: NDArray[np.float64]) -> float:
        return float(((values - good) ** 2).mean())

    assert brier(own) < 0.245
    assert brier(crossed) > 0.25


def test_the_same_seed_gives_the_same_folds() -> None:
    labels = sample(lambda s: s, 300)
    first, second = (cross_fitted(labels, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("scores", "probabilities"),
    [
        pytest.param((), (), id="no knot"),
        pytest.param((0.0, 0.0), (0.1, 0.2), id="a knot twice"),
        pytest.param((0.0, 1.0), (0.2, 0.1), id="a falling map"),
        pytest.param((0.0, 1.0), (0.2, 1.1), id="a probability above 1"),
        pytest.param((0.0, 1.0), (-0.1, 1.0), id="a probability below 0"),
        pytest.param((0.0, 1.0), (0.0, float("nan")), id="no number"),
        pytest.param((0.0,), (0.0, 1.0), id="more values than knots"),
    ],
)
def test_a_map_that_is_none_is_refused(
    scores: tuple[float, ...], probabilities: tuple[float, ...]
) -> None:
    with pytest.raises(StatsError):
        ScoreMap(method="platt", scores=scores, probabilities=probabilities)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"scores": np.array([1.5])}, "outside", id="a score above 1"),
        pytest.param({"scores": np.array([np.nan])}, "outside", id="no score"),
        pytest.param({"weights": np.array([0.0])}, "weights", id="a weight of nothing"),
        pytest.param({"weights": np.array([np.inf])}, "weights", id="an infinite weight"),
        pytest.param({"good": np.array([True, False])}, "shapes", id="more labels than scores"),
    ],
)
def test_labels_that_are_none_are_refused(
    change: dict[str, NDArray[np.float64]], message: str
) -> None:
    columns = {
        "scores": np.array([0.5]),
        "flagged": np.array([False]),
        "good": np.array([True]),
        "weights": np.array([1.0]),
        "items": np.array([0]),
    }
    with pytest.raises(StatsError, match=message):
        ScoredLabels(**(columns | change))
