"""Label plans: known answers, harder goals need no fewer labels, and the chances are real ones."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.errors import StatsError
from qualityslo.stats import (
    NO_GRADER,
    EnoughLabels,
    Frame,
    Goal,
    GraderQuality,
    HalfWidthGoal,
    Impossible,
    LabelDesign,
    MarginGoal,
    PairedStratum,
    Stratum,
    TargetGoal,
    clopper_pearson,
    expected_width,
    hypergeometric_interval,
    paired_difference_interval,
    plan_labels,
    plan_nights,
    plan_window,
    rate_interval,
    share_labels,
    window_rate_interval,
)
from qualityslo.stats.goals import trial_of

PLAIN = LabelDesign(items=10_000, grader=NO_GRADER, frame="traffic")
NIGHT = LabelDesign(items=135)
QUICK = settings(max_examples=8, deadline=None, derandomize=True)
HARMLESS = TargetGoal(rate=0.0, target=0.98)


def labels_of(goal: Goal, design: LabelDesign, power: float = 0.8) -> float:
    """Return the planned labels; infinity where none are enough."""
    plan = plan_labels(goal, design, power=power)
    return plan.labels if isinstance(plan, EnoughLabels) else math.inf


def enough(goal: Goal, design: LabelDesign, power: float = 0.8) -> EnoughLabels:
    """Return a plan that must be possible."""
    plan = plan_labels(goal, design, power=power)
    assert isinstance(plan, EnoughLabels)
    return plan


def reason(goal: Goal, design: LabelDesign) -> str:
    """Return why a plan is impossible."""
    plan = plan_labels(goal, design)
    assert isinstance(plan, Impossible)
    return plan.reason


@pytest.mark.parametrize("target", [0.9, 0.95, 0.98])
def test_without_failures_it_takes_3_7_over_the_budget(target: float) -> None:
    budget = 1 - target
    wanted = math.ceil(math.log(0.025) / math.log1p(-budget) - 1e-9)
    found = labels_of(TargetGoal(rate=0.0, target=target), PLAIN)
    assert found == wanted
    assert found * budget == pytest.approx(3.69, rel=0.06)


def test_120_items_cannot_certify_99_percent() -> None:
    few = LabelDesign(items=120, frame="traffic")
    text = reason(TargetGoal(rate=0.0, target=0.99), few)
    assert text.startswith("120 items without one bad answer still allow 3.0 %, the target 1.0 %")
    assert text.endswith("; about 368 items are needed")
    assert clopper_pearson(0, 368)[1] <= 0.01 < clopper_pearson(0, 367)[1]


def test_a_half_width_of_one_stratum_is_that_of_its_interval() -> None:
    plan = enough(HalfWidthGoal(rate=0.5, half_width=0.05), PLAIN)
    low, high = clopper_pearson(plan.labels // 2, plan.labels)
    assert plan.trial.half_width == pytest.approx((high - low) / 2, abs=2e-4)
    assert plan.labels == pytest.approx(402, rel=0.01)  # 391 for Wilson, 402 for Clopper-Pearson
    # a finite set needs fewer
    few = replace(PLAIN, items=600, frame="golden_set")
    finite = enough(HalfWidthGoal(rate=0.5, half_width=0.05), few).labels
    low, high = hypergeometric_interval(finite // 2, finite, 600)
    assert (high - low) / 2 == pytest.approx(0.05, abs=2e-3)
    assert finite < 250


def test_a_whole_set_is_known_once_all_of_it_is_labelled() -> None:
    last = trial_of(TargetGoal(rate=0.02, target=0.98), NIGHT, 135, 0)
    assert (last.labels, last.half_width) == (135, 0.0)
    assert last.power == pytest.approx(1.0)
    assert trial_of(MarginGoal(rate=0.1, margin=0.01), NIGHT, 135, 0).power == 1.0


@pytest.mark.parametrize(
    ("rate", "settles"),
    [
        pytest.param(0.0, "met", id="no bad answer"),
        pytest.param(0.02, "met", id="the budget itself"),
        pytest.param(0.021, "breached", id="a little more"),
    ],
)
def test_the_true_rate_says_what_can_be_settled(rate: float, settles: str) -> None:
    goal = TargetGoal(rate=rate, target=0.98)
    assert goal.settles == settles
    # 2.2 items are allowed: 2 are bad, or 3
    assert labels_of(goal, replace(NIGHT, items=110)) <= 110


@pytest.mark.parametrize(
    ("difference", "settles"), [(0.0, "pass"), (0.0499, "pass"), (0.05, "fail"), (0.2, "fail")]
)
def test_the_true_difference_says_how_the_gate_can_end(difference: float, settles: str) -> None:
    goal = MarginGoal(rate=0.1, margin=0.05, difference=difference)
    assert goal.settles == settles
    # 6.5 items are allowed: 6 more are bad, or 7
    assert labels_of(goal, replace(NIGHT, items=130)) <= 130


@pytest.mark.parametrize(
    ("goal", "start", "end"),
    [
        pytest.param(
            HalfWidthGoal(rate=0.15, half_width=0.025),
            "135 items, all labelled, leave a half-width of 6.4 %",
            "items are needed",
            id="a width that the set is too small for",
        ),
        pytest.param(
            TargetGoal(rate=0.04, target=0.98),
            "135 items, all labelled, show 'breached' with a chance of",
            "items are needed",
            id="a breach that the set is too small for",
        ),
        pytest.param(
            TargetGoal(rate=0.05, target=0.95),
            "the assumed bad rate is the budget itself, 5.0 %",
            "5.0 %",
            id="a rate that no sample can tell from the target",
        ),
        pytest.param(
            MarginGoal(rate=0.05, margin=0.02),
            "135 items, all labelled, show 'pass' with a chance of",
            "items are needed",
            id="a margin that the set is too small for",
        ),
        pytest.param(
            MarginGoal(rate=0.05, margin=0.0),
            "135 items, all labelled, show 'fail' with a chance of",
            "more than 200,000 items are needed",
            id="no margin at all",
        ),
    ],
)
def test_what_no_label_can_show_says_why(goal: Goal, start: str, end: str) -> None:
    text = reason(goal, replace(NIGHT, frame="traffic"))
    assert text.startswith(start)
    assert text.endswith(end)


def test_more_labels_than_people_give_are_no_plan() -> None:
    huge = LabelDesign(items=10**6, grader=NO_GRADER, frame="traffic")
    text = reason(HalfWidthGoal(rate=0.5, half_width=0.001), huge)
    assert text == "more than 10,000 labels are needed"


def test_the_items_said_to_be_needed_are_enough() -> None:
    goal = TargetGoal(rate=0.04, target=0.98)
    few = LabelDesign(items=135, frame="traffic")
    needed = int(reason(goal, few).split("about ")[1].split(" ")[0].replace(",", ""))
    assert labels_of(goal, replace(few, items=needed, grader=NO_GRADER)) <= needed
    assert labels_of(goal, replace(few, items=int(0.9 * needed), grader=NO_GRADER)) == math.inf


FRAMES: tuple[Frame, ...] = ("golden_set", "traffic")
frames = st.sampled_from(FRAMES)
rates = st.floats(0.0, 0.3)


@st.composite
def designs(draw: st.DrawFn) -> LabelDesign:
    """Draw a small set with some grader."""
    grader = GraderQuality(sensitivity=draw(st.floats(0, 1)), specificity=draw(st.floats(0.5, 1)))
    return LabelDesign(items=draw(st.integers(1, 60)), grader=grader, frame=draw(frames))


@QUICK
@given(design=designs(), rate=rates, powers=st.tuples(st.floats(0.1, 0.95), st.floats(0.1, 0.95)))
def test_more_power_needs_no_fewer_labels(
    design: LabelDesign, rate: float, powers: tuple[float, float]
) -> None:
    goal = TargetGoal(rate=rate, target=0.9)
    weak, strong = (labels_of(goal, design, power) for power in sorted(powers))
    assert weak <= strong


@QUICK
@given(design=designs(), rate=rates, widths=st.tuples(st.floats(0.01, 0.4), st.floats(0.01, 0.4)))
def test_a_narrower_interval_needs_no_fewer_labels(
    design: LabelDesign, rate: float, widths: tuple[float, float]
) -> None:
    narrow, wide = (
        labels_of(HalfWidthGoal(rate=rate, half_width=one), design) for one in sorted(widths)
    )
    assert wide <= narrow
    assert wide <= design.open_items or wide == math.inf


@QUICK
@given(design=designs(), rate=rates, margins=st.tuples(st.floats(0.01, 0.4), st.floats(0.01, 0.4)))
def test_a_wider_margin_needs_no_more_labels(
    design: LabelDesign, rate: float, margins: tuple[float, float]
) -> None:
    narrow, wide = (
        labels_of(MarginGoal(rate=rate, margin=one), design) for one in sorted(margins)
    )
    assert wide <= narrow


@QUICK
@given(design=designs(), rate=rates, power=st.floats(0.1, 0.95))
def test_a_plan_keeps_its_word_and_shows_its_trials(
    design: LabelDesign, rate: float, power: float
) -> None:
    plan = plan_labels(TargetGoal(rate=rate, target=0.9), design, power=power)
    numbers = [one.labels for one in plan.trials]
    assert numbers == sorted(set(numbers))
    assert 1 <= numbers[0] <= numbers[-1] <= design.items
    for one in plan.trials:
        assert 0 <= one.half_width <= 0.5
        assert one.power is not None
        assert -1e-9 <= one.power <= 1 + 1e-9
    reached = [one for one in plan.trials if one.power is not None and one.power >= power - 1e-9]
    if isinstance(plan, EnoughLabels):
        assert plan.trial == reached[0]
    else:
        assert reached == []
        assert design.frame == "traffic"  # a labelled set leaves nothing open


def nights_settled(
    goal: TargetGoal, design: LabelDesign, bad: int, nights: int
) -> tuple[float, float]:
    """Grade and label real items, many times; return how often it settles, and the half-width."""
    rng = np.random.default_rng(7)
    settled, widths = 0, []
    for _ in range(nights):
        if design.frame == "traffic":
            bad_items = rng.random(design.items) < goal.rate
        else:
            bad_items = np.arange(design.items) < bad
        hit, false = (rng.random(design.items) for _ in range(2))
        grader = design.grader
        alarm = np.where(bad_items, hit < grader.sensitivity, false >= grader.specificity)
        sizes = [int(alarm.sum()), int((~alarm).sum())]
        strata = []
        for mask, labels in zip((alarm, ~alarm), design.allocate(sizes, 60), strict=True):
            drawn = rng.permutation(np.flatnonzero(mask))[:labels]
            strata.append(Stratum(int(mask.sum()), labels, int(bad_items[drawn].sum())))
        found = rate_interval(strata, frame=design.frame)
        met = goal.settles == "met"
        settled += found.high <= goal.budget if met else found.low > goal.budget
        widths.append((found.high - found.low) / 2)
    return settled / nights, float(np.mean(widths))


@pytest.mark.parametrize("frame", ["golden_set", pytest.param("traffic", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("goal", "bad"),
    [
        pytest.param(TargetGoal(rate=0.04, target=0.9), 5, id="met"),
        pytest.param(TargetGoal(rate=0.2, target=0.9), 27, id="breached"),
    ],
)
@pytest.mark.parametrize(
    "grader",
    [
        pytest.param(GraderQuality(), id="a good grader"),
        pytest.param(GraderQuality(sensitivity=0.6, specificity=0.85), id="a poor grader"),
        pytest.param(NO_GRADER, id="no grader"),
    ],
)
def test_the_planned_chance_is_what_real_nights_show(
    goal: TargetGoal, bad: int, grader: GraderQuality, frame: Frame
) -> None:
    nights = 400
    design = LabelDesign(items=135, grader=grader, frame=frame)
    planned = trial_of(goal, design, 60, 0)
    share, half_width = nights_settled(goal, design, bad, nights)
    assert planned.power is not None
    error = math.sqrt(max(planned.power * (1 - planned.power), 0.01) / nights)
    assert abs(planned.power - share) < 4 * error
    assert planned.half_width == pytest.approx(half_width, rel=0.08)


@pytest.mark.parametrize("frame", ["golden_set", "traffic"])
def test_the_planned_chance_of_a_margin_is_what_real_pairs_show(frame: Frame) -> None:
    goal = MarginGoal(rate=0.1, margin=0.05, difference=-0.02, correlation=0.3)
    design = LabelDesign(items=300, frame=frame)
    planned = trial_of(goal, design, 120, 0)
    share = pairs_settled(goal, design, 120, 400)
    assert planned.power is not None
    assert 0.2 < planned.power < 0.9
    assert abs(planned.power - share) < 4 * math.sqrt(0.5 / 400)


def pairs_settled(goal: MarginGoal, design: LabelDesign, labels: int, nights: int) -> float:
    """Judge, grade and label real pairs of answers; return how often the gate passes."""
    rng = np.random.default_rng(3)
    first_rate, second_rate = goal.rate + goal.difference, goal.rate
    spread = math.sqrt(first_rate * (1 - first_rate) * second_rate * (1 - second_rate))
    both = first_rate * second_rate + goal.correlation * spread
    cells = np.array([first_rate - both, second_rate - both, both])
    shares = np.append(cells, 1 - cells.sum())
    fixed = (shares * design.items).round().astype(int)
    passed = 0
    for _ in range(nights):
        whole = design.frame == "golden_set"
        counts = fixed if whole else rng.multinomial(design.items, shares)
        kind = np.repeat([0, 1, 2, 3], counts)
        bad = [(kind == 0) | (kind == 2), (kind == 1) | (kind == 2)]
        a, b = (
            np.where(
                one,
                rng.random(len(kind)) < design.grader.sensitivity,
                rng.random(len(kind)) >= design.grader.specificity,
            )
            for one in bad
        )
        masks = [a & ~b, b & ~a, a == b] if whole else [a | b, ~(a | b)]
        sizes = [int(mask.sum()) for mask in masks]
        strata = []
        for mask, size in zip(masks, design.allocate(sizes, labels), strict=True):
            drawn = rng.permutation(np.flatnonzero(mask))[:size]
            first, second = (int((kind[drawn] == one).sum()) for one in (0, 1))
            strata.append(PairedStratum(int(mask.sum()), size, first, second))
        passed += paired_difference_interval(strata, frame=design.frame).high < goal.margin
    return passed / nights


def test_memory_helps_little_until_the_set_is_nearly_known() -> None:
    goal = TargetGoal(rate=0.01, target=0.98)
    assert plan_nights(goal, NIGHT, 20) == 7  # the whole set
    one_night = enough(goal, NIGHT).labels
    assert plan_nights(goal, NIGHT, one_night) == 1
    assert plan_nights(goal, NIGHT, 135) == 1
    wide = HalfWidthGoal(rate=0.01, half_width=0.08)
    assert 1 < plan_nights(wide, NIGHT, 20) < 7


@QUICK
@given(rate=rates, per_night=st.integers(1, 100), items=st.integers(1, 100))
def test_a_set_is_known_when_every_item_is_labelled(
    rate: float, per_night: int, items: int
) -> None:
    found = plan_nights(
        TargetGoal(rate=rate, target=0.9), LabelDesign(items=items), per_night, power=0.99
    )
    assert 1 <= found <= math.ceil(items / per_night)


def test_a_window_counts_items_however_many_nights() -> None:
    month, year = (plan_window(135, 0, per_night=20, nights=nights) for nights in (30, 365))
    assert month.high > 0.02  # no window of 135 items shows 98 %
    assert year.high == pytest.approx(clopper_pearson(0, 135)[1], abs=2e-3)
    assert month.high >= year.high
    assert plan_window(135, 2, per_night=135, nights=1).high == 2 / 135


def test_a_window_is_what_its_nights_add_up_to() -> None:
    found = plan_window(7, 1, per_night=2, nights=2)
    # night 1: two items stand for seven; night 2: those two for themselves, two more for five
    weights = [4.5, 4.5, 2.5, 2.5, 0.0, 0.0, 0.0]
    by_hand = window_rate_interval(weights, [0.0, 0.0, 0.0, 2.5, 0.0, 0.0, 0.0])
    assert (found.low, found.high) == (by_hand.low, by_hand.high)


def test_an_expected_count_is_mixed_from_its_neighbours() -> None:
    quiet = Stratum(115, 15, 0)
    ends = [
        rate_interval([quiet, Stratum(20, 5, bad)]).high
        - rate_interval([quiet, Stratum(20, 5, bad)]).low
        for bad in (1, 2)
    ]
    mixed = expected_width([(quiet, 0.0), (Stratum(20, 5, 0), 0.26)])  # 1.3 expected
    assert mixed == pytest.approx(0.7 * ends[0] + 0.3 * ends[1])


@pytest.mark.parametrize(
    ("sizes", "labels", "shares"),
    [
        ((20, 20, 80), 30, (8, 7, 15)),
        ((1, 39, 80), 30, (0, 15, 15)),
        ((0, 0, 80), 30, (0, 0, 30)),
        ((5, 5, 5), 100, (5, 5, 5)),
        ((0, 0, 0), 5, (0, 0, 0)),
    ],
)
def test_several_alarm_strata_share_in_proportion(
    sizes: tuple[int, ...], labels: int, shares: tuple[int, ...]
) -> None:
    assert share_labels(sizes, labels) == shares


@given(st.lists(st.integers(0, 60), min_size=2, max_size=4), st.integers(0, 120))
def test_no_stratum_gets_more_than_it_has(sizes: list[int], labels: int) -> None:
    shares = share_labels(sizes, labels)
    assert sum(shares) == min(labels, sum(sizes))
    assert all(0 <= share <= size for share, size in zip(shares, sizes, strict=True))


def test_one_seed_is_one_plan_of_a_margin() -> None:
    goal = MarginGoal(rate=0.1, margin=0.05)
    first, again, other = (plan_labels(goal, NIGHT, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.trials != other.trials


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (lambda: GraderQuality(sensitivity=1.2), "sensitivity=1.2 is no share"),
        (lambda: GraderQuality(specificity=-0.1), "specificity=-0.1 is no share"),
        (lambda: GraderQuality(specificity=math.nan), "specificity=nan is no share"),
        (lambda: LabelDesign(items=0), "remembered=0, items=0"),
        (lambda: LabelDesign(items=10, remembered=11), "remembered=11, items=10"),
        (lambda: LabelDesign(items=10, confidence=95), "confidence=95"),
        (lambda: HalfWidthGoal(rate=0.1, half_width=5), "half_width=5 is no share"),
        (lambda: TargetGoal(rate=0.1, target=98), r"target=98 is outside \(0, 1\)"),
        (lambda: TargetGoal(rate=2.0, target=0.98), "rate=2.0 is no share"),
        (lambda: MarginGoal(rate=0.1, margin=5), "margin=5 is no share"),
        (lambda: MarginGoal(rate=0.1, margin=0.1, difference=-0.2), "rate . difference=-0.1"),
        (lambda: plan_labels(HARMLESS, NIGHT, power=80), r"power=80 is outside \(0, 1\)"),
        (lambda: plan_labels(HARMLESS, replace(PLAIN, items=10**8)), "more than 10 million"),
        (lambda: plan_nights(HARMLESS, NIGHT, 0), "per_night=0"),
        (lambda: plan_nights(HARMLESS, PLAIN, 20), "frame='traffic'"),
        (lambda: plan_window(10, 11, per_night=1, nights=1), "items=10, bad=11"),
        (lambda: plan_window(10, 1, per_night=0, nights=1), "per_night=0"),
        (
            lambda: plan_labels(MarginGoal(rate=0.1, margin=0.1), replace(NIGHT, remembered=5)),
            "remembered=5: not planned for with a margin",
        ),
    ],
)
def test_impossible_numbers_are_refused(wrong: object, text: str) -> None:
    assert callable(wrong)
    with pytest.raises(StatsError, match=text):
        wrong()
