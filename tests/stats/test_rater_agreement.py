"""Agreement of raters: published coefficients, missing ratings, and what does not exist."""

import itertools
import math
from collections.abc import Hashable, Sequence

import numpy as np
import pytest

from qualityslo.errors import StatsError
from qualityslo.stats import Agreement, Coefficient, ScoreEstimate, Undefined, agreement

ALL_EQUAL, NO_PAIRS = Undefined("all labels equal"), Undefined("no item rated twice")


def measured(ratings: Sequence[Sequence[Hashable | None]], **options: float) -> Agreement:
    """Return the agreement with limits from a fixed seed."""
    return agreement(ratings, rng=np.random.default_rng(14), **options)  # type: ignore[arg-type]  # few names


def score(coefficient: Coefficient) -> ScoreEstimate:
    """Return a coefficient that exists."""
    assert isinstance(coefficient, ScoreEstimate)
    return coefficient


def limits(coefficient: Coefficient) -> tuple[float, float]:
    """Return both limits of a coefficient that has them."""
    estimate = score(coefficient)
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


def table(both_good: int, first: int, second: int, both_bad: int) -> list[list[bool]]:
    """Return the ratings of two raters, True for bad, from the four counts."""
    pairs = [(False, False)] * both_good + [(True, False)] * first + [(False, True)] * second
    return [list(one) for one in zip(*(pairs + [(True, True)] * both_bad), strict=True)]


def by_pairs(ratings: Sequence[Sequence[Hashable | None]]) -> tuple[float, float, float]:
    """Return raw agreement, alpha and AC1 by their definitions, one pair of ratings at a time."""
    items = [
        [value for value in column if value is not None] for column in zip(*ratings, strict=True)
    ]
    items = [one for one in items if one]
    twice = [one for one in items if len(one) > 1]
    agree = [np.mean([a == b for a, b in itertools.permutations(one, 2)]) for one in twice]
    raw = float(np.mean(agree))
    pooled = [value for one in twice for value in one]
    differ = sum(
        sum(a != b for a, b in itertools.permutations(one, 2)) / (len(one) - 1) for one in twice
    ) / len(pooled)
    by_chance = np.mean([a != b for a, b in itertools.permutations(pooled, 2)])
    kinds = {value for one in items for value in one}
    shares = [np.mean([one.count(kind) / len(one) for one in items]) for kind in kinds]
    chance = sum(share * (1 - share) for share in shares) / (len(kinds) - 1)
    return raw, float(1 - differ / by_chance), float((raw - chance) / (1 - chance))


@pytest.mark.parametrize("seed", range(4))
def test_any_ratings_give_the_coefficients_of_their_definitions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(3, size=25)
    kinds = ("good", "bad", None)
    ratings: list[list[str | None]] = [
        [kinds[value if rng.random() < 0.7 else rng.integers(3)] for value in truth.tolist()]
        for _ in range(4)
    ]
    found = measured(ratings, resamples=50)
    points = [score(one).point for one in (found.raw, found.alpha, found.ac1)]
    assert points == pytest.approx(by_pairs(ratings), abs=1e-12)


def test_the_limits_lie_around_the_coefficients() -> None:
    found = measured(table(60, 8, 6, 26))
    for coefficient in (found.raw, found.alpha, found.ac1):
        low, high = limits(coefficient)
        assert low < score(coefficient).point < high
        assert score(coefficient).method == "bootstrap, percentile"
        assert (score(coefficient).labelled, score(coefficient).items) == (100, 100)
    many = limits(measured(table(600, 80, 60, 260)).raw)
    error = math.sqrt(0.86 * 0.14 / 1000)
    assert many == pytest.approx((0.86 - 1.96 * error, 0.86 + 1.96 * error), abs=0.0025)
    wide = measured(table(60, 8, 6, 26), confidence=0.99)
    assert limits(wide.alpha)[0] < limits(found.alpha)[0]


def test_the_counts_say_what_agreement_rests_on() -> None:
    found = measured([["good", None, "bad", None], ["good", "bad", None, None], [None] * 4])
    assert (found.raters, found.items, found.rated_twice) == (3, 3, 1)


def test_people_who_always_agree_get_no_limits() -> None:
    found = measured(table(20, 0, 0, 5))
    assert score(found.raw).point == score(found.alpha).point == score(found.ac1).point == 1
    for coefficient in (found.raw, found.alpha, found.ac1):
        assert (score(coefficient).low, score(coefficient).high) == (None, None)


def test_labels_that_are_all_equal_have_no_coefficient_but_agree() -> None:
    found = measured(table(30, 0, 0, 0))
    assert score(found.raw).point == 1
    assert (found.alpha, found.ac1) == (ALL_EQUAL, ALL_EQUAL)


def test_alpha_looks_at_items_rated_twice_and_ac1_at_all() -> None:
    found = measured([[True, True, False], [True, True, None]])
    assert found.alpha == ALL_EQUAL
    assert score(found.ac1).point == pytest.approx((1 - 4 / 9) / (1 - 4 / 9))


def test_a_coefficient_that_most_resamples_lack_has_no_limits() -> None:
    found = measured(table(30, 0, 0, 1))  # a third of the resamples miss the one bad item
    assert score(found.alpha).point == 1
    assert score(found.alpha).low is None
    found = measured(table(30, 1, 0, 1))
    assert score(found.alpha).low is None
    assert limits(found.ac1)[0] < 1


@pytest.mark.parametrize(
    "ratings",
    [
        pytest.param([[True, False, None], [None, None, False]], id="different items"),
        pytest.param([[True, False]], id="one rater"),
        pytest.param([[], []], id="no items"),
        pytest.param([], id="no raters"),
        pytest.param([[None], [None]], id="nobody rated"),
    ],
)
def test_without_two_ratings_of_an_item_nothing_exists(
    ratings: list[list[bool | None]],
) -> None:
    found = measured(ratings)
    assert (found.raw, found.alpha, found.ac1) == (NO_PAIRS,) * 3
    assert found.rated_twice == 0


def test_the_same_source_gives_the_same_limits() -> None:
    assert measured(table(60, 8, 6, 26)) == measured(table(60, 8, 6, 26))


@pytest.mark.parametrize(
    ("ratings", "options", "message"),
    [
        pytest.param([[True, False], [True]], {}, "write None where one", id="uneven rows"),
        pytest.param([[1.0, math.nan], [1.0, 0.0]], {}, "holds a NaN", id="NaN for missing"),
        pytest.param([[1], [1]], {"resamples": 20}, "take 2,000", id="too few resamples"),
        pytest.param([[1], [1]], {"confidence": 95}, "write 95 % as 0.95", id="a percentage"),
    ],
)
def test_ratings_that_are_none_are_refused(
    ratings: list[list[float]], options: dict[str, float], message: str
) -> None:
    with pytest.raises(StatsError, match=message):
        measured(ratings, **options)
