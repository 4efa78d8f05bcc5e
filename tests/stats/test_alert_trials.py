"""Simulated nights: counts that nights can have, rates that were asked for, memory that fades."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.errors import StatsError
from qualityslo.stats import NO_GRADER, WINDOW_CONFIDENCE, GraderQuality, window_rate_interval
from qualityslo.stats.alert_trials import (
    ALARM,
    KNOWN,
    QUIET,
    AlertDesign,
    TrialNights,
    WindowLook,
    _Rolling,
    simulate_nights,
)

PERFECT = GraderQuality(sensitivity=1.0, specificity=1.0)


def nights(
    rates: Sequence[float], *, items: int = 100, labels: int = 20, trials: int = 50, **how: Any
) -> TrialNights:
    """Return simulated nights by a fixed seed."""
    design = AlertDesign(items=items, labels=labels, **how)
    return simulate_nights(design, rates, trials=trials, rng=np.random.default_rng(5))


@settings(max_examples=40, deadline=None)
@given(
    items=st.integers(1, 60),
    labels=st.integers(1, 70),
    rates=st.lists(st.floats(0, 1), min_size=1, max_size=4),
    icc=st.sampled_from([0.0, 0.5, 0.95]),
    changed=st.sampled_from([0.0, 0.3, 1.0]),
    remember=st.booleans(),
    fixed=st.booleans(),
)
def test_every_night_has_counts_that_a_night_can_have(
    items: int, labels: int, rates: list[float], **how: Any
) -> None:
    found = nights(rates, items=items, labels=labels, trials=3, **how)
    size, labelled, bad = (found.counts[..., at] for at in range(3))
    assert found.counts.shape == (3, len(rates), 3, 3)
    assert (size.sum(axis=2) == items).all()
    assert ((bad >= 0) & (bad <= labelled) & (labelled <= size)).all()
    assert (labelled[..., KNOWN] == size[..., KNOWN]).all()
    drawn = labelled[..., ALARM] + labelled[..., QUIET]
    still_open = size[..., ALARM] + size[..., QUIET]
    assert (drawn == np.minimum(labels, still_open)).all() or labels >= items
    assert ((found.rates >= 0) & (found.rates <= 1)).all()
    assert (found.rates * items + 1e-9 >= bad.sum(axis=2)).all()


@pytest.mark.parametrize("icc", [0.0, 0.7])
def test_the_rate_is_the_one_that_was_asked_for(icc: float) -> None:
    found = nights([0.05, 0.05, 0.2, 0.2], icc=icc, trials=600)
    by_night = found.rates.mean(axis=0)
    assert by_night == pytest.approx([0.05, 0.05, 0.2, 0.2], abs=0.006)


def test_a_fixed_rate_is_exact_and_falls_on_others_every_night() -> None:
    found = nights([0.05] * 3, fixed=True)
    assert (found.rates == 0.05).all()
    assert (nights([0.059] * 2, fixed=True).rates == 0.05).all()
    assert found.counts[:, 1:, KNOWN].sum() == 0


def test_answers_that_never_change_are_the_same_every_night_until_the_rate_moves() -> None:
    still = nights([0.1] * 4 + [0.3] * 2, changed=0.0, trials=20).rates
    assert (still[:, :4] == still[:, :1]).all()
    assert (still[:, 4:] > still[:, :1]).mean() > 0.9


def test_items_keep_their_ranks_and_a_share_of_the_answers_is_new() -> None:
    def step(icc: float) -> float:
        """Return how much the set's rate moves from night to night, against fresh answers."""
        moves = np.diff(nights([0.1] * 2, icc=icc, changed=0.5, trials=800).rates, axis=1)
        return float(moves.var() / (2 * 0.1 * 0.9 / 100))

    assert step(0.0) == pytest.approx(0.5, abs=0.08)
    assert step(0.7) == pytest.approx(0.5 * 0.3, abs=0.04)


def test_the_grader_decides_what_stands_in_alarm() -> None:
    perfect = nights([0.2] * 2, grader=PERFECT, remember=False)
    assert (perfect.counts[..., ALARM, 0] == np.round(perfect.rates * 100)).all()
    assert (perfect.counts[..., ALARM, 1] == perfect.counts[..., ALARM, 2]).all()
    none = nights([0.2] * 2, grader=NO_GRADER, remember=False)
    assert none.counts[..., ALARM, 0].sum() == 0


def test_labels_are_kept_while_the_answer_stays() -> None:
    kept = nights([0.1] * 5, changed=0.0).counts[:, :, KNOWN, 0]
    assert (kept == [0, 20, 40, 60, 80]).all()
    faded = nights([0.1] * 9, changed=0.5, trials=400).counts[:, -1, KNOWN, 0]
    assert faded.mean() == pytest.approx(20, abs=1)  # k = (k + 20) / 2
    assert nights([0.1] * 5, changed=0.0, remember=False).counts[:, :, KNOWN].sum() == 0


def test_labels_for_everything_are_a_census() -> None:
    found = nights([0.1] * 2, labels=100)
    assert (found.counts[..., KNOWN, :2] == 100).all()
    assert (found.counts[..., KNOWN, 2] == np.round(found.rates * 100)).all()
    assert AlertDesign(items=20, labels=20).census
    assert not AlertDesign(items=20, labels=19).census


def test_the_window_is_that_of_the_statistics_and_forgets() -> None:
    rng = np.random.default_rng(1)
    shape = (2, 40)
    rolling = _Rolling(WindowLook(slots=2, budget=0.02), shape)
    kept: list[tuple[Any, Any]] = []
    for _ in range(4):
        strata = rng.integers(0, 3, shape)
        seen = (strata == KNOWN) | (rng.random(shape) < 0.6)
        bad = rng.random(shape) < 0.2
        low = rolling.low(strata, seen, bad)
        weight = np.zeros(shape)
        for trial in range(2):
            for which in range(3):
                here = strata[trial] == which
                shown = here & seen[trial]
                weight[trial][shown] = here.sum() / shown.sum()
        kept.append((weight / 40, weight / 40 * bad))
        total, lost = (sum(one[at] for one in kept[-2:]) for at in (0, 1))
        for trial in range(2):
            expected = window_rate_interval(
                total[trial], lost[trial], confidence=WINDOW_CONFIDENCE
            )
            assert expected.point is not None
            assert expected.point > 0.02
            assert low[trial] == pytest.approx(expected.low, abs=1e-12)


def test_a_night_that_left_a_stratum_unseen_adds_nothing_to_a_window() -> None:
    rolling = _Rolling(WindowLook(slots=28, budget=0.1), (1, 4))
    strata = np.array([[ALARM, QUIET, QUIET, QUIET]])
    unseen = np.array([[False, True, True, True]])
    assert rolling.low(strata, unseen, np.ones((1, 4), dtype=np.bool_)) == [0.0]
    assert rolling.low(strata, ~unseen | unseen, np.ones((1, 4), dtype=np.bool_))[0] > 0.1


def test_the_seed_decides_everything() -> None:
    first, second = nights([0.1] * 3), nights([0.1] * 3)
    assert (first.counts == second.counts).all()
    assert (first.window_low == 0).all()


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ({"items": 0}, "items=0: give a number from 1 on"),
        ({"labels": 0}, "labels=0: give a number from 1 on"),
        ({"icc": 1.0}, "give a number below 1"),
        ({"icc": -0.1}, "icc=-0.1 is no share"),
        ({"changed": 30.0}, "changed=30.0 is no share"),
        ({"trials": 0}, "trials=0, 1 nights: give one of each or more"),
    ],
)
def test_what_no_set_can_have_is_refused(how: dict[str, Any], text: str) -> None:
    with pytest.raises(StatsError, match=text):
        nights([0.1], **how)


@pytest.mark.parametrize("rates", [[], [1.2], [float("nan")]])
def test_rates_that_are_none_are_refused(rates: list[float]) -> None:
    with pytest.raises(StatsError, match=r"no share|give one of each"):
        nights(rates)
