"""The draw of reviews: known probability, one seed one draw, nobody picks."""

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.domain.draw import (
    LEAST_QUIET,
    DrawHistory,
    ReviewRule,
    ReviewStratum,
    allocate,
    draw_entropy,
    draw_reviews,
)
from qualityslo.stats import Stratum, expected_width

SLOT = datetime(2026, 3, 2, 2, tzinfo=UTC)
PLAIN = ReviewRule()

sizes = st.integers(0, 400)
rules = st.builds(
    ReviewRule,
    items_per_night=st.integers(1, 60),
    alarm_factor=st.floats(1, 4),
    floor=st.integers(1, 12),
)


@pytest.mark.parametrize(
    ("alarm", "quiet", "wanted"),
    [
        pytest.param(20, 100, (5, 15), id="one and a half times its share"),
        pytest.param(40, 80, (10, 10), id="a third flagged gets half of the looks"),
        pytest.param(6, 114, (5, 15), id="the floor of the alarm stratum"),
        pytest.param(3, 117, (3, 17), id="all of a small alarm stratum"),
        pytest.param(110, 10, (15, 5), id="the floor of the quiet stratum"),
        pytest.param(117, 3, (17, 3), id="all of a small quiet stratum"),
        pytest.param(0, 120, (0, 20), id="no alarm"),
        pytest.param(120, 0, (20, 0), id="all alarm"),
        pytest.param(4, 8, (4, 8), id="everything where there is little"),
        pytest.param(0, 0, (0, 0), id="nothing to look at"),
    ],
)
def test_twenty_looks_are_shared(alarm: int, quiet: int, wanted: tuple[int, int]) -> None:
    assert allocate(alarm, quiet, PLAIN) == wanted


@given(alarm=sizes, quiet=sizes, rule=rules)
def test_an_allocation_keeps_its_rules(alarm: int, quiet: int, rule: ReviewRule) -> None:
    first, second = allocate(alarm, quiet, rule)
    total = min(rule.items_per_night, alarm + quiet)
    assert first + second == total
    assert 0 <= first <= alarm
    assert 0 <= second <= quiet
    floor = min(rule.floor, total // 2)
    assert first >= min(floor, alarm)
    assert second >= min(floor, quiet)
    proportional = total * alarm / (alarm + quiet) if total else 0
    assert first >= math.floor(proportional) or second == min(floor, quiet)


def history(alarm: tuple[int, int], quiet: tuple[int, int]) -> DrawHistory:
    """Return a history from (bad, labelled) of each stratum."""
    return DrawHistory(
        alarm_bad=alarm[0],
        alarm_labelled=alarm[1],
        quiet_bad=quiet[0],
        quiet_labelled=quiet[1],
    )


HALF_RIGHT = history((60, 120), (2, 480))
SAYS_LITTLE = history((4, 200), (3, 200))


@st.composite
def histories(draw: st.DrawFn) -> DrawHistory:
    """Draw counts that nights could have left."""
    labelled = draw(st.integers(0, 300)), draw(st.integers(0, 300))
    alarm, quiet = (draw(st.integers(0, size)) for size in labelled)
    return history((alarm, labelled[0]), (quiet, labelled[1]))


small = st.integers(0, 60)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(alarm=small, quiet=small, rule=rules, past=st.lists(histories(), max_size=2))
def test_an_allocation_with_history_keeps_its_rules(
    alarm: int, quiet: int, rule: ReviewRule, past: list[DrawHistory]
) -> None:
    first, second = allocate(alarm, quiet, rule, past)
    total = min(rule.items_per_night, alarm + quiet)
    assert first + second == total
    assert 0 <= first <= alarm
    assert 0 <= second <= quiet
    floor = min(rule.floor, total // 2)
    assert first >= min(floor, alarm)
    assert second >= min(floor, quiet)
    proportional = total * alarm / (alarm + quiet) if total else 0
    assert first >= math.floor(proportional) or second == min(floor, quiet)
    used = any(min(one.alarm_labelled, one.quiet_labelled) >= rule.floor for one in past)
    if used and alarm and quiet:
        starved = second < math.floor(LEAST_QUIET * (total - proportional))
        assert not starved or first == min(floor, alarm)


@pytest.mark.parametrize(
    ("alarm", "quiet", "past", "wanted"),
    [
        pytest.param(47, 953, HALF_RIGHT, (34, 166), id="an alarm that is half right gets more"),
        pytest.param(400, 600, SAYS_LITTLE, (88, 112), id="one that says little about its share"),
        pytest.param(
            47, 953, history((0, 4), (9, 90)), (15, 185), id="too few labels say nothing"
        ),
        pytest.param(47, 953, history((9, 90), (0, 4)), (15, 185), id="in either stratum"),
    ],
)
def test_two_hundred_looks_follow_what_earlier_nights_found(
    alarm: int, quiet: int, past: DrawHistory, wanted: tuple[int, int]
) -> None:
    assert allocate(alarm, quiet, ReviewRule(items_per_night=200), [past]) == wanted


@pytest.mark.parametrize(
    ("alarm", "quiet", "past"),
    [
        pytest.param(60, 440, HALF_RIGHT, id="a fair grader"),
        pytest.param(200, 300, SAYS_LITTLE, id="a poor one"),
    ],
)
def test_history_never_makes_the_expected_interval_wider(
    alarm: int, quiet: int, past: DrawHistory
) -> None:
    def width(shares: tuple[int, int]) -> float:
        strata = Stratum(alarm, shares[0], 0), Stratum(quiet, shares[1], 0)
        return expected_width(list(zip(strata, past.rates, strict=True)))

    rule = ReviewRule(items_per_night=60)
    told = width(allocate(alarm, quiet, rule, [past]))
    fewest = width((math.ceil(60 * alarm / (alarm + quiet)), 60 - math.ceil(60 * alarm / 500)))
    assert told <= width(allocate(alarm, quiet, rule)) + 1e-12
    assert told <= fewest + 1e-12


def test_two_slis_share_one_draw() -> None:
    rule = ReviewRule(items_per_night=100)
    apart = [allocate(50, 450, rule, [one])[0] for one in (HALF_RIGHT, SAYS_LITTLE)]
    together = allocate(50, 450, rule, [HALF_RIGHT, SAYS_LITTLE])[0]
    assert together == allocate(50, 450, rule, [SAYS_LITTLE, HALF_RIGHT])[0]
    assert min(apart) <= together <= max(apart)
    assert apart[0] > apart[1]


@pytest.mark.parametrize(
    "counts", [((5, 4), (0, 1)), ((0, 4), (2, 1)), ((-1, 4), (0, 1))], ids=str
)
def test_a_history_that_no_nights_can_have_is_refused(
    counts: tuple[tuple[int, int], tuple[int, int]],
) -> None:
    with pytest.raises(ValueError, match=r"bad labels must lie in \[0, labelled\]"):
        history(*counts)


def test_a_draw_follows_its_history() -> None:
    flagged, rest = [f"a{n}" for n in range(47)], [f"q{n}" for n in range(953)]
    rule = ReviewRule(items_per_night=200)
    draw = draw_reviews(flagged, rest, rule, (0, 1), [HALF_RIGHT])
    counts = Counter(one.stratum for one in draw.drawn)
    assert counts[ReviewStratum.ALARM] == allocate(47, 953, rule, [HALF_RIGHT])[0]
    assert draw != draw_reviews(flagged, rest, rule, (0, 1))
    chances = {one.stratum: one.inclusion_probability for one in draw.drawn}
    assert chances[ReviewStratum.ALARM] == counts[ReviewStratum.ALARM] / 47


@given(alarm=sizes, quiet=sizes, rule=rules)
def test_the_draw_is_the_allocation_each_item_once_with_its_probability(
    alarm: int, quiet: int, rule: ReviewRule
) -> None:
    flagged, rest = [f"a{n}" for n in range(alarm)], [f"q{n}" for n in range(quiet)]
    draw = draw_reviews(flagged, rest, rule, (0, 1))
    counts = Counter(one.stratum for one in draw.drawn)
    first, second = allocate(alarm, quiet, rule)
    assert (counts[ReviewStratum.ALARM], counts[ReviewStratum.QUIET]) == (first, second)
    assert (draw.alarm_items, draw.quiet_items) == (alarm, quiet)
    assert [one.position for one in draw.drawn] == list(range(first + second))
    assert len({one.item_id for one in draw.drawn}) == first + second
    for one in draw.drawn:
        mine, pool = (flagged, first) if one.stratum is ReviewStratum.ALARM else (rest, second)
        assert one.item_id in mine
        assert one.inclusion_probability == pool / len(mine)
        assert 0 < one.inclusion_probability <= 1


@given(alarm=sizes, quiet=sizes, rule=rules)
def test_every_prefix_of_the_order_is_spread_over_both_strata(
    alarm: int, quiet: int, rule: ReviewRule
) -> None:
    draw = draw_reviews(
        [f"a{n}" for n in range(alarm)], [f"q{n}" for n in range(quiet)], rule, (0,)
    )
    total = len(draw.drawn)
    share = sum(one.stratum is ReviewStratum.ALARM for one in draw.drawn) / max(total, 1)
    seen = 0
    for looked, one in enumerate(draw.drawn, start=1):
        seen += one.stratum is ReviewStratum.ALARM
        assert abs(seen - share * looked) <= 1


def test_equal_shares_take_turns_and_the_alarm_stratum_comes_first() -> None:
    flagged, rest = [f"a{n}" for n in range(40)], [f"q{n}" for n in range(80)]
    drawn = draw_reviews(flagged, rest, PLAIN, (0,)).drawn
    turns = [ReviewStratum.ALARM, ReviewStratum.QUIET] * 10
    assert [one.stratum for one in drawn] == turns


@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_one_seed_is_one_draw_in_whatever_order_the_items_come(
    data: st.DataObject, seed: int
) -> None:
    alarm, quiet = [f"a{n}" for n in range(12)], [f"q{n}" for n in range(30)]
    draw = draw_reviews(alarm, quiet, PLAIN, (seed,))
    shuffled = draw_reviews(
        data.draw(st.permutations(alarm)), data.draw(st.permutations(quiet)), PLAIN, (seed,)
    )
    assert shuffled == draw
    assert draw.seed == (seed,)


def test_each_item_of_a_stratum_is_drawn_equally_often_and_first_equally_often() -> None:
    draws = 4_000
    alarm, quiet = [f"a{n}" for n in range(12)], [f"q{n}" for n in range(28)]
    rule = ReviewRule(items_per_night=10, floor=2)
    included: Counter[str] = Counter()
    first: Counter[str] = Counter()
    for seed in range(draws):
        drawn = draw_reviews(alarm, quiet, rule, (7, seed)).drawn
        included.update(one.item_id for one in drawn)
        first[next(one.item_id for one in drawn if one.stratum is ReviewStratum.QUIET)] += 1
    takes = dict(zip(("a", "q"), allocate(12, 28, rule), strict=True))
    for item in (*alarm, *quiet):
        chance = takes[item[0]] / (12 if item[0] == "a" else 28)
        error = math.sqrt(chance * (1 - chance) / draws)
        assert abs(included[item] / draws - chance) < 4 * error, item
    for item in quiet:
        error = math.sqrt((1 / 28) * (27 / 28) / draws)
        assert abs(first[item] / draws - 1 / 28) < 4 * error, item


def test_pairs_of_items_are_drawn_together_as_simple_random_sampling_says() -> None:
    draws, pool = 4_000, [f"q{n}" for n in range(6)]
    rule = ReviewRule(items_per_night=3)
    pairs: Counter[frozenset[str]] = Counter()
    for seed in range(draws):
        ids = [one.item_id for one in draw_reviews([], pool, rule, (seed,)).drawn]
        pairs.update(frozenset((a, b)) for a in ids for b in ids if a < b)
    chance = (3 / 6) * (2 / 5)
    error = math.sqrt(chance * (1 - chance) / draws)
    assert len(pairs) == 15
    assert all(abs(seen / draws - chance) < 4 * error for seen in pairs.values())


def test_every_part_of_where_a_draw_stands_makes_another_draw() -> None:
    plain = draw_entropy(0, "shop", "faq", SLOT)
    others = [
        draw_entropy(1, "shop", "faq", SLOT),
        draw_entropy(0, "shops", "faq", SLOT),
        draw_entropy(0, "shop", "facts", SLOT),
        draw_entropy(0, "shop", "faq", SLOT + timedelta(days=1)),
        draw_entropy(0, "sho", "pfaq", SLOT),
    ]
    items = [f"q{n}" for n in range(100)]
    orders = {
        tuple(one.item_id for one in draw_reviews([], items, PLAIN, entropy).drawn)
        for entropy in (plain, *others)
    }
    assert len(orders) == 6


def test_the_zone_a_slot_is_written_in_makes_no_other_draw() -> None:
    berlin = SLOT.astimezone(ZoneInfo("Europe/Berlin"))
    assert draw_entropy(0, "shop", "faq", berlin) == draw_entropy(0, "shop", "faq", SLOT)


def test_the_draw_of_a_published_seed_never_changes() -> None:
    entropy = draw_entropy(0, "shop", "faq", SLOT)
    assert entropy == (0, 3805484563, 80954086, 2811147416, 2662370801)
    quiet = [f"q{n}" for n in range(9)]
    draw = draw_reviews(["a1", "a2"], quiet, ReviewRule(items_per_night=5), entropy)
    assert [one.item_id for one in draw.drawn] == ["q2", "a1", "q6", "a2", "q0"]
