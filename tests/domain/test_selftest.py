"""The gate against itself: it holds where the interval does, and says so where it does not."""

from dataclasses import replace

import numpy as np
import pytest

from qualityslo.domain import selftest
from qualityslo.domain.draw import ReviewRule, allocate
from qualityslo.domain.selftest import SelfTest, SelfTestRule, self_test
from qualityslo.stats import Estimate, Frame, PairedStratum

RULE = SelfTestRule(review=ReviewRule(items_per_night=60), draws=300)
WHERE = ("correctness", "faq")


def flags_of(size: int, every: int, other: int) -> tuple[selftest.Mask, selftest.Mask]:
    """Return two graders' flags: every so many items."""
    at = np.arange(size)
    return at % every == 0, at % other == 0


def run(
    size: int, *, differ: int | None = None, rule: SelfTestRule = RULE, seed: int = 0
) -> SelfTest:
    """Run the self-test on a set of so many items of which `differ` have two texts."""
    texts = np.arange(size) < (size if differ is None else differ)
    return self_test(WHERE, flags_of(size, 5, 7), texts, rule, np.random.default_rng(seed))


def result(first: int, second: int, draws: int = 1_000) -> SelfTest:
    """Return a finished self-test with these counts."""
    return SelfTest(
        criterion="correctness",
        golden="faq",
        pairs=400,
        labels=100,
        draws=draws,
        first_worse=first,
        second_worse=second,
        tail=0.025,
    )


@pytest.mark.parametrize("size", [80, 400], ids=["a small set", "a larger one"])
def test_the_interval_that_the_gate_uses_holds(size: int) -> None:
    found = run(size)
    assert found.holds
    assert max(found.first_worse, found.second_worse) <= 0.025 * found.draws
    assert (found.criterion, found.golden, found.draws, found.tail) == (*WHERE, 300, 0.025)
    assert found.pairs == size
    assert found.labels == 60


def wald(
    strata: list[PairedStratum], *, confidence: float = 0.95, frame: Frame = "traffic"
) -> Estimate:
    """Return what the usual formula says: no width where no difference was seen."""
    items = sum(one.items for one in strata)
    mean = variance = 0.0
    for one in strata:
        if one.labelled:
            share = one.items / items
            net = (one.only_first_bad - one.only_second_bad) / one.labelled
            both = (one.only_first_bad + one.only_second_bad) / one.labelled
            mean += share * net
            variance += share**2 * (both - net**2) / one.labelled
    width = 1.0 * variance**0.5  # one standard error, where 1.96 are needed
    return Estimate(
        point=mean,
        low=max(-1.0, mean - width),
        high=min(1.0, mean + width),
        confidence=confidence,
        labelled=sum(one.labelled for one in strata),
        items=items,
        frame=frame,
        method="wald",
    )


def test_an_interval_that_is_too_narrow_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selftest, "paired_difference_interval", wald)
    found = run(400)
    assert not found.holds
    assert min(found.first_worse, found.second_worse) > 0.05 * found.draws
    assert "BROKEN" in found.in_words()


def test_labels_are_drawn_as_a_night_draws_them(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[PairedStratum]] = []

    def spy(strata: list[PairedStratum], *, confidence: float) -> Estimate:
        seen.append(strata)
        return wald(strata, confidence=confidence)

    monkeypatch.setattr(selftest, "paired_difference_interval", spy)
    found = run(200, differ=150, rule=replace(RULE, draws=5))
    alarm = sum(n % 5 == 0 or n % 7 == 0 for n in range(150))
    takes = allocate(alarm, 150 - alarm, RULE.review)
    assert len(seen) == 5
    for strata in seen:
        assert strata[0] == PairedStratum(50, 50, 0, 0)
        assert [(one.items, one.labelled) for one in strata[1:]] == [
            (alarm, takes[0]),
            (150 - alarm, takes[1]),
        ]
    assert (found.pairs, found.labels) == (150, 60)
    assert len({str(strata) for strata in seen}) > 1


def test_the_two_sides_are_exchangeable() -> None:
    """No side wins: a coin says which answer is whose, whatever the graders flag."""
    rule = replace(RULE, draws=400, confidence=0.3)
    skewed = (np.arange(300) % 3 == 0, np.zeros(300, dtype=np.bool_))
    found = self_test(WHERE, skewed, np.ones(300, dtype=np.bool_), rule, np.random.default_rng(1))
    assert found.tail == 0.35
    assert found.first_worse > 20
    assert abs(found.first_worse - found.second_worse) < 4 * (2 * 0.25 * 400) ** 0.5


def test_the_same_seed_says_the_same() -> None:
    rule = replace(RULE, draws=50, confidence=0.5)
    assert run(100, rule=rule) == run(100, rule=rule)
    assert run(100, rule=rule) != run(100, rule=rule, seed=1)


@pytest.mark.parametrize("size", [0, 50], ids=["no item", "every text the same"])
def test_where_no_pair_differs_nothing_can_go_wrong(size: int) -> None:
    found = run(size, differ=0)
    assert (found.pairs, found.labels, found.first_worse, found.second_worse) == (0, 0, 0, 0)
    assert found.holds


def test_a_handful_of_pairs_is_looked_at_whole() -> None:
    found = run(50, differ=4)
    assert (found.pairs, found.labels) == (4, 4)
    assert found.holds


@pytest.mark.parametrize(
    ("first", "second", "holds"),
    [
        pytest.param(0, 0, True, id="never"),
        pytest.param(25, 25, True, id="as often as promised"),
        pytest.param(40, 0, True, id="more often by chance, perhaps"),
        pytest.param(46, 0, False, id="surely more often"),
        pytest.param(0, 46, False, id="on the other side"),
    ],
)
def test_a_promise_is_broken_where_it_surely_is(first: int, second: int, *, holds: bool) -> None:
    assert result(first, second).holds is holds


def test_the_sentence_names_what_was_compared_and_how_often_it_went_wrong() -> None:
    assert result(12, 3).in_words() == (
        "correctness on faq: holds: 1,000 comparisons of a model with itself (400 differing "
        "pairs, 100 labels each) called the first worse in 1.2%, the second in 0.3%; allowed: "
        "2.5% each"
    )
