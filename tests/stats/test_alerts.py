"""Looking every night: each alert keeps its promise over a quarter, which one interval would not."""

import itertools
import math
from statistics import NormalDist

import numpy as np
import pytest

from qualityslo.errors import StatsError
from qualityslo.stats import (
    ONE_NIGHT_TAIL,
    TWO_NIGHTS_TAIL,
    WINDOW_CONFIDENCE,
    Stratum,
    alert_interval,
    clopper_pearson,
    hypergeometric_interval,
    rate_interval,
)

EDGE = 1e-9
ALARM, QUIET = Stratum(items=30, labelled=12, bad=9), Stratum(items=170, labelled=28, bad=1)
KNOWN, DARK = Stratum(items=50, labelled=50, bad=4), Stratum(items=20, labelled=0, bad=0)


def chance(bad: int, labelled: int, items: int, total: int) -> float:
    """Return P(X = bad) of a sample from `items` with `total` bad, by whole numbers."""
    ways = math.comb(total, bad) * math.comb(items - total, labelled - bad)
    return ways / math.comb(items, labelled)


def test_the_levels_are_the_published_ones() -> None:
    assert (ONE_NIGHT_TAIL, TWO_NIGHTS_TAIL, WINDOW_CONFIDENCE) == (0.001, 0.025, 0.99)


@pytest.mark.parametrize("tail", [ONE_NIGHT_TAIL, TWO_NIGHTS_TAIL])
def test_the_lower_limit_for_the_set_is_the_exact_one_at_its_own_level(tail: float) -> None:
    found = alert_interval([ALARM, QUIET, KNOWN], tail=tail)
    usual = rate_interval([ALARM, QUIET, KNOWN], confidence=1 - 2 * tail)
    assert (found.low, found.point, found.method) == (usual.low, usual.point, "finite2")
    assert (found.high, found.confidence) == (1.0, 1 - 2 * tail)
    assert (found.labelled, found.items, found.frame) == (90, 250, "golden_set")


def test_a_page_asks_for_more_than_a_ticket() -> None:
    page = alert_interval([ALARM, QUIET], tail=ONE_NIGHT_TAIL)
    ticket = alert_interval([ALARM, QUIET], tail=TWO_NIGHTS_TAIL)
    assert page.low < ticket.low


def test_no_set_is_paged_for_a_rate_it_does_not_have_more_often_than_one_night_in_a_thousand() -> (
    None
):
    items, labelled = (24, 8), (10, 5)
    low = {
        bad: alert_interval(
            [Stratum(m, n, x) for m, n, x in zip(items, labelled, bad, strict=True)],
            tail=ONE_NIGHT_TAIL,
        ).low
        for bad in itertools.product(range(11), range(6))
    }
    worst = 0.0
    for totals in itertools.product(range(25), range(9)):
        rate = sum(totals) / sum(items)
        miss = sum(
            chance(bad[0], labelled[0], items[0], totals[0])
            * chance(bad[1], labelled[1], items[1], totals[1])
            for bad, limit in low.items()
            if limit > rate + EDGE
        )
        worst = max(worst, miss)
    assert ONE_NIGHT_TAIL / 2 < worst <= ONE_NIGHT_TAIL + EDGE


@pytest.mark.parametrize("tail", [ONE_NIGHT_TAIL, TWO_NIGHTS_TAIL])
def test_the_lower_limit_for_the_traffic_adds_the_variance_of_the_items(tail: float) -> None:
    found = alert_interval([ALARM, QUIET], tail=tail, frame="traffic")
    rate = (30 * 9 / 12 + 170 * 1 / 28) / 200
    of_set = rate_interval([ALARM, QUIET], confidence=1 - 2 * tail).low
    smooth = (200 * rate + 0.5) / 201
    z = NormalDist().inv_cdf(1 - tail)
    arm = math.sqrt((rate - of_set) ** 2 + z**2 * smooth * (1 - smooth) / 200)
    assert found.low == pytest.approx(rate - arm, abs=1e-12)
    assert (found.high, found.frame, found.method) == (1.0, "traffic", "super_low, finite2")


def test_a_rate_of_nothing_bad_has_no_negative_limit() -> None:
    clean = [Stratum(items=100, labelled=40, bad=0)]
    assert alert_interval(clean, tail=0.025, frame="traffic").low == 0


def test_a_set_that_is_labelled_throughout_alerts_on_the_traffic_by_clopper_pearson() -> None:
    census = [Stratum(items=80, labelled=80, bad=9), Stratum(items=40, labelled=40, bad=1)]
    found = alert_interval(census, tail=ONE_NIGHT_TAIL, frame="traffic")
    assert found.low == clopper_pearson(10, 120, 0.998)[0]
    assert found.method == "clopper_pearson"
    of_set = alert_interval(census, tail=ONE_NIGHT_TAIL)
    assert (of_set.low, of_set.method) == (10 / 120, "census")


def test_items_that_nobody_labelled_raise_no_alarm() -> None:
    for frame in ("golden_set", "traffic"):
        whole = alert_interval([ALARM, QUIET], tail=0.025, frame=frame)
        dark = alert_interval([ALARM, QUIET, DARK], tail=0.025, frame=frame)
        as_good = alert_interval(
            [ALARM, QUIET, Stratum(items=20, labelled=20, bad=0)], tail=0.025, frame=frame
        )
        assert dark.low == as_good.low < whole.low
        assert dark.point == whole.point
        nothing = alert_interval([DARK], tail=0.025, frame=frame)
        assert (nothing.low, nothing.point, nothing.high) == (0.0, None, 1.0)


@pytest.mark.parametrize("tail", [0.0, 0.5, 0.975, 2.5, float("nan")])
def test_a_tail_that_is_none_is_refused(tail: float) -> None:
    with pytest.raises(StatsError, match="write one miss in 1,000"):
        alert_interval([ALARM, QUIET], tail=tail)


def test_a_quarter_of_looks_at_the_same_items_keeps_the_rules_and_breaks_the_usual_interval() -> (
    None
):
    # 200 items, 40 labels a night, a rate exactly at the budget of 5 %, answers that mostly stay.
    rng, budget, quarters, nights = np.random.default_rng(11), 0.05, 150, 90
    one_look = traffic_rule = set_rule = 0
    for _ in range(quarters):
        own = rng.beta(budget * 3 / 7, (1 - budget) * 3 / 7, size=200)  # ICC 0.7
        bad = rng.random(200) < own
        looks = []
        for _ in range(nights):
            fresh = rng.random(200) < 0.3
            bad = np.where(fresh, rng.random(200) < own, bad)
            seen = int(bad[rng.permutation(200)[:40]].sum())
            night = [Stratum(200, 40, seen)]
            traffic = alert_interval(night, tail=TWO_NIGHTS_TAIL, frame="traffic").low
            page = alert_interval(night, tail=ONE_NIGHT_TAIL).low
            usual = hypergeometric_interval(seen, 40, 200)[0]
            looks.append((usual > budget, traffic > budget, page > max(budget, bad.mean())))
        one_look += any(look[0] for look in looks)
        traffic_rule += any(a[1] and b[1] for a, b in itertools.pairwise(looks))
        set_rule += any(look[2] for look in looks)
    assert one_look / quarters > 0.2
    assert traffic_rule / quarters <= 0.06
    assert set_rule / quarters <= 0.09
