"""The draw of a release gate: every stratum that counts is looked at, with known probability."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given, strategies as st

from qualityslo.domain.draw import draw_entropy
from qualityslo.domain.release import ReleaseStratum, allocate_release, draw_release

SLOT = datetime(2026, 3, 2, 2, tzinfo=UTC)

sizes = st.integers(0, 400)
few = st.integers(0, 5)


def _ids(name: str, size: int) -> list[str]:
    return [f"{name}{n}" for n in range(size)]


@pytest.mark.parametrize(
    ("items", "labels", "wanted"),
    [
        pytest.param((60, 60, 880), 200, (25, 25, 150), id="the agreeing ones get less"),
        pytest.param((80, 40, 880), 200, (33, 17, 150), id="the others in proportion"),
        pytest.param((2, 60, 938), 200, (1, 39, 160), id="a small one in proportion too"),
        pytest.param((3, 2, 995), 400, (3, 2, 395), id="what they cannot take goes to the rest"),
        pytest.param((500, 500, 5), 100, (50, 49, 1), id="hardly any agreement"),
        pytest.param((1, 1, 9_998), 100, (1, 1, 98), id="one label for a single item"),
        pytest.param((0, 0, 1_000), 100, (0, 0, 100), id="no disagreement is one sample"),
        pytest.param((50, 50, 400), 100, (16, 16, 68), id="a whole share is not rounded up"),
        pytest.param((30, 0, 970), 100, (17, 0, 83), id="an empty stratum gets none"),
        pytest.param((10, 10, 20), 100, (10, 10, 20), id="everything where there is little"),
        pytest.param((1, 5, 94), 3, (1, 1, 1), id="as few labels as strata"),
        pytest.param((0, 0, 0), 100, (0, 0, 0), id="nothing to look at"),
    ],
)
def test_the_labels_of_a_gate_are_shared(
    items: tuple[int, int, int], labels: int, wanted: tuple[int, int, int]
) -> None:
    assert allocate_release(*items, labels) == wanted


@given(candidate=sizes | few, baseline=sizes | few, agree=sizes | few, labels=st.integers(1, 500))
def test_an_allocation_keeps_its_rules(
    candidate: int, baseline: int, agree: int, labels: int
) -> None:
    items = candidate, baseline, agree
    assume(labels >= sum(size > 0 for size in items))
    shares = allocate_release(*items, labels)
    assert sum(shares) == min(labels, sum(items))
    for share, size in zip(shares, items, strict=True):
        assert min(1, size) <= share <= size
    swapped = allocate_release(baseline, candidate, agree, labels)
    assert swapped[2] == shares[2]
    assert abs(swapped[0] - shares[1]) <= 1


@pytest.mark.parametrize("items", [(100, 100, 800), (50, 200, 4_000), (300, 100, 900)], ids=str)
@pytest.mark.parametrize("labels", [100, 200, 400])
def test_agreeing_verdicts_get_85_percent_of_their_share(
    items: tuple[int, int, int], labels: int
) -> None:
    first, second, third = allocate_release(*items, labels)
    assert 0 <= third - 0.85 * labels * items[2] / sum(items) < 1
    assert abs(first / items[0] - second / items[1]) < 1 / min(items[:2])


def test_fewer_labels_than_strata_are_refused() -> None:
    with pytest.raises(ValueError, match=r"labels=2 for strata of \(4, 4, 90\) items"):
        allocate_release(4, 4, 90, 2)


def test_a_negative_size_is_refused() -> None:
    with pytest.raises(ValueError, match="sizes start at 0"):
        allocate_release(-1, 4, 90, 50)


@given(
    candidate=st.integers(0, 30),
    baseline=st.integers(0, 30),
    agree=st.integers(0, 90),
    labels=st.integers(3, 60),
)
def test_the_draw_is_the_allocation_each_item_once_with_its_probability(
    candidate: int, baseline: int, agree: int, labels: int
) -> None:
    first, second, third = _ids("c", candidate), _ids("b", baseline), _ids("r", agree)
    pools = dict(zip(ReleaseStratum, (first, second, third), strict=True))
    draw = draw_release(first, second, third, labels, (0, 1))
    shares = allocate_release(candidate, baseline, agree, labels)
    takes = dict(zip(pools, shares, strict=True))
    counts = Counter(one.stratum for one in draw.drawn)
    assert [counts[stratum] for stratum in pools] == list(shares)
    assert [one.position for one in draw.drawn] == list(range(sum(shares)))
    assert len({one.item_id for one in draw.drawn}) == sum(shares)
    assert (draw.alarm_items, draw.quiet_items) == (candidate + baseline, agree)
    for one in draw.drawn:
        assert isinstance(one.stratum, ReleaseStratum)
        assert one.item_id in pools[one.stratum]
        assert one.inclusion_probability == takes[one.stratum] / len(pools[one.stratum])


def test_the_order_of_review_is_spread_over_the_strata() -> None:
    draw = draw_release(_ids("c", 60), _ids("b", 60), _ids("r", 880), 200, (0,))
    order = [one.stratum for one in draw.drawn]
    for prefix in (40, 80, 120, 160, 200):
        seen = Counter(order[:prefix])
        assert abs(seen[ReleaseStratum.CANDIDATE_ONLY] - prefix * 25 / 200) <= 1
        assert abs(seen[ReleaseStratum.AGREE] - prefix * 150 / 200) <= 1


def test_the_draw_of_a_published_seed_never_changes() -> None:
    entropy = draw_entropy(0, "shop", "faq", SLOT)
    draw = draw_release(["c1", "c2"], ["b1"], _ids("r", 9), 6, entropy)
    assert draw.seed == entropy
    assert [one.item_id for one in draw.drawn] == ["r2", "r6", "c1", "b1", "r0", "r8"]
