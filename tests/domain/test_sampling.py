"""Drawing inside strata: simple random samples, interleaved, one entropy one draw."""

import math
from collections import Counter

from hypothesis import given, strategies as st

from qualityslo.domain.draw import ReviewRule, ReviewStratum, allocate, draw_reviews
from qualityslo.domain.sampling import draw_spread


@st.composite
def designs(draw: st.DrawFn) -> tuple[list[list[str]], list[int]]:
    """Return up to four pools of ids and how many to draw of each."""
    lengths = draw(st.lists(st.integers(0, 40), min_size=1, max_size=4))
    pools = [[f"{at}-{n}" for n in range(length)] for at, length in enumerate(lengths)]
    return pools, [draw(st.integers(0, length)) for length in lengths]


@given(design=designs(), seed=st.integers(0, 2**32 - 1))
def test_each_pool_gives_its_size_and_every_prefix_is_spread(
    design: tuple[list[list[str]], list[int]], seed: int
) -> None:
    pools, sizes = design
    drawn = draw_spread(pools, sizes, (seed,))
    assert len(set(drawn)) == len(drawn) == sum(sizes)
    seen: Counter[int] = Counter()
    for looked, (at, item) in enumerate(drawn, start=1):
        assert item in pools[at]
        seen[at] += 1
        for pool, size in enumerate(sizes):
            assert abs(seen[pool] - size * looked / len(drawn)) <= len(pools) / 2
    assert [seen[at] for at in range(len(pools))] == sizes


@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_ids_makes_no_other_draw(data: st.DataObject, seed: int) -> None:
    pools = [[f"a{n}" for n in range(9)], [f"b{n}" for n in range(14)]]
    shuffled = [data.draw(st.permutations(pool)) for pool in pools]
    assert draw_spread(pools, [4, 5], (seed,)) == draw_spread(shuffled, [4, 5], (seed,))


def test_each_item_is_drawn_equally_often_and_first_equally_often() -> None:
    draws, pools, sizes = 4_000, [["a", "b", "c"], [f"q{n}" for n in range(10)]], [1, 4]
    included: Counter[str] = Counter()
    first: Counter[str] = Counter()
    for seed in range(draws):
        drawn = draw_spread(pools, sizes, (7, seed))
        included.update(item for _, item in drawn)
        first[next(item for at, item in drawn if at == 1)] += 1
    for pool, size in zip(pools, sizes, strict=True):
        chance = size / len(pool)
        for item in pool:
            assert abs(included[item] / draws - chance) < 4 * _error(chance, draws), item
    assert all(abs(first[item] / draws - 0.1) < 4 * _error(0.1, draws) for item in pools[1])


def _error(chance: float, draws: int) -> float:
    return math.sqrt(chance * (1 - chance) / draws)


@given(alarm=st.integers(0, 60), quiet=st.integers(0, 60), seed=st.integers(0, 2**32 - 1))
def test_it_is_the_draw_of_the_nightly_reviews(alarm: int, quiet: int, seed: int) -> None:
    rule = ReviewRule(items_per_night=20)
    pools = [f"a{n}" for n in range(alarm)], [f"q{n}" for n in range(quiet)]
    nightly = [(one.stratum, one.item_id) for one in draw_reviews(*pools, rule, (seed,)).drawn]
    strata = tuple(ReviewStratum)
    spread = draw_spread(pools, allocate(alarm, quiet, rule), (seed,))
    assert [(strata[at], item) for at, item in spread] == nightly
