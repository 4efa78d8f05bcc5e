"""The coverage bench itself: its probabilities are right, and it finds faults that are there."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bench.coverage import main
from bench.promises.checks import SIDE, Check, every_check, rates
from bench.promises.designs import Design
from bench.promises.exact import Limits, Misses, every_truth, tabulate
from bench.promises.parts import DIFFERENCE, RATE, Part, drawn, independent
from bench.promises.search import QUICK, Effort, Goal, misses_at, to_the_edge, worst_rates
from bench.promises.simulations import GOOD, Night, TwoModels, Window, own_rates
from bench.promises.tables import markdown, people, put_into
from qualityslo.stats import Estimate

PART = Part(items=12, labelled=5, values=DIFFERENCE)


def estimate(low: float, high: float) -> Estimate:
    """Return an interval of which only the ends matter."""
    return Estimate(
        point=None,
        low=low,
        high=high,
        confidence=0.95,
        labelled=1,
        items=2,
        frame="traffic",
        method="made up",
    )


def limits_of(parts: Sequence[Part], low: float, high: float) -> Limits:
    """Return a design whose interval is the same whatever is seen."""
    return tabulate(parts, lambda _: estimate(low, high))


def test_the_chances_of_a_draw_add_up_and_have_the_right_mean() -> None:
    table = drawn(PART)
    assert table.sum(axis=0) == pytest.approx(np.ones(len(PART.truths)))
    assert PART.outcomes.T @ table == pytest.approx(PART.truths.T * 5 / 12)


def test_the_chances_of_independent_labels_add_up_and_have_the_right_mean_and_variance() -> None:
    shares = np.array([0.2, 0.1, 0.7])
    chances = independent(PART, shares)
    assert chances.sum() == pytest.approx(1)
    assert chances @ PART.outcomes == pytest.approx(5 * shares)
    first = PART.outcomes[:, 0]
    assert chances @ (first - 1.0) ** 2 == pytest.approx(5 * 0.2 * 0.8)


def test_every_truth_is_looked_at_and_a_wrong_limit_is_certain_to_be_found() -> None:
    parts = [Part(items=4, labelled=2, values=RATE), Part(items=2, labelled=1, values=RATE)]
    found = every_truth(limits_of(parts, 0.0, 5 / 6))
    assert (found.tried, found.at) == (5 * 3, "6 of 6")
    assert (found.below, found.above, found.both) == pytest.approx((0, 1, 1))
    assert every_truth(limits_of(parts, 0.0, 5 / 6), most=5 / 6).side == 0


def test_one_outcome_out_of_place_is_found_with_its_probability() -> None:
    part = Part(items=3, labelled=1, values=RATE)
    found = every_truth(tabulate([part], lambda counts: estimate(0.0, 0.5 + 0.5 * counts[0][0])))
    assert found.above == pytest.approx(1 / 3)  # 2 of 3 are bad, and the good one was drawn


def test_known_items_are_part_of_the_truth() -> None:
    part = Part(items=2, labelled=1, values=RATE)
    limits = tabulate([part], lambda _: estimate(0.25, 0.75), known=(2, 1))
    assert every_truth(limits).side == 0
    assert every_truth(limits_of([part], 0.25, 0.75)).side == 1


def test_the_misses_at_given_rates_are_those_of_the_binomial() -> None:
    part = Part(items=100, labelled=2, values=RATE)
    limits = tabulate([part], lambda counts: estimate(0.0, (1 + counts[0][0]) / 3))
    below, above = misses_at(limits, [np.array([0.5, 0.5])])
    assert (below, above) == pytest.approx((0, 0.25))


@pytest.mark.parametrize(
    ("values", "shares", "goal", "edge"),
    [
        (RATE, [0.7, 0.3], "above", 0.4),
        (RATE, [0.1, 0.9], "below", 0.3),
        (RATE, [0.35, 0.65], "above", 0.35),
        (DIFFERENCE, [0.7, 0.1, 0.2], "above", 0.4),
        (DIFFERENCE, [0.35, 0.25, 0.4], "below", 0.3),
        (DIFFERENCE, [0.1, 0.1, 0.8], "below", 0.0),
    ],
    ids=[
        "a rate above",
        "a rate below",
        "a rate inside stays",
        "a difference above",
        "a difference below",
        "a difference that cannot reach the limit stays",
    ],
)
def test_a_candidate_is_moved_to_just_outside_the_next_limit(
    values: tuple[int, ...], shares: list[float], goal: Goal, edge: float
) -> None:
    limits = limits_of([Part(items=100, labelled=2, values=values)], 0.3, 0.4)
    truth = limits.truth(to_the_edge(limits, (np.array(shares),), goal))
    assert truth == pytest.approx(edge)
    assert not 0.3 <= truth <= 0.4 or edge == 0.35


def test_the_adversary_finds_the_fault_of_the_usual_interval() -> None:
    """Wald, estimate +- 1.96 s: it has no width at 0, and misses nearly always beside it."""
    part = Part(items=10**9, labelled=20, values=RATE)

    def wald(counts: Sequence[Sequence[int]]) -> Estimate:
        rate = counts[0][0] / 20
        arm = 1.96 * np.sqrt(rate * (1 - rate) / 20)
        return estimate(max(0.0, rate - arm), min(1.0, rate + arm))

    found = worst_rates(tabulate([part], wald), np.random.default_rng(1), QUICK)
    assert min(found.below, found.above) > 0.9


def test_the_adversary_finds_a_fault_that_needs_both_strata() -> None:
    """MOVER, each Clopper-Pearson arm squared: fine in each stratum, wrong in the sum of two."""
    parts = [Part(items=10**9, labelled=20, values=RATE) for _ in range(2)]
    single = rates(Design(items=(10**9,), labelled=(20,)), "traffic")

    def mover(counts: Sequence[Sequence[int]]) -> Estimate:
        bad = [one[0] for one in counts]
        center = sum(bad) / 40
        arms = [(k / 20 - single.low[k], single.high[k] - k / 20) for k in bad]
        low, high = (np.sqrt(sum(arm[side] ** 2 for arm in arms)) / 2 for side in (0, 1))
        return estimate(max(0.0, center - low), min(1.0, center + high))

    found = worst_rates(tabulate(parts, mover), np.random.default_rng(1), QUICK)
    assert found.side > 0.06


def test_rates_that_are_left_out_are_not_searched() -> None:
    part = Part(items=10**9, labelled=10, values=RATE)
    wrong_above_half = limits_of([part], 0.0, 0.5)
    effort = Effort(starts=40, climbs=2, steps=20)
    assert worst_rates(wrong_above_half, np.random.default_rng(1), effort).above > 0.99
    assert worst_rates(wrong_above_half, np.random.default_rng(1), effort, most=0.5).above == 0


def test_the_checks_have_different_names_and_their_own_seeds() -> None:
    checks = list(every_check())
    assert len({one.name for one in checks}) == len(checks)
    draws = {one.generator(0).integers(2**62) for one in checks}
    assert len(draws) == len(checks)


@pytest.mark.parametrize(
    ("below", "above", "both", "holds"),
    [
        (0.025, 0.02, 0.045, True),
        (0.0251, 0.0, 0.0251, False),
        (0.0, 0.026, 0.026, False),
        (0.02, 0.02, 0.051, False),
    ],
    ids=["within", "too low a side", "too high a side", "too much together"],
)
def test_a_promise_is_broken_by_a_side_or_by_both(
    *, below: float, above: float, both: float, holds: bool
) -> None:
    check = next(one for one in every_check() if one.kind == "every truth")
    assert check.side == SIDE
    assert check.holds(Misses(below=below, above=above, both=both, tried=9, at="")) is holds


def test_a_simulation_is_given_four_standard_errors() -> None:
    check = next(one for one in every_check() if one.kind == "simulation")
    assert check.holds(Misses(below=0.069, above=0, both=0.069, tried=200, at=""))
    assert not check.holds(Misses(below=0.07, above=0, both=0.07, tried=200, at=""))


def test_the_simulated_items_have_the_rate_and_the_likeness_asked_for() -> None:
    own = own_rates(0.1, 0.5, 200_000, np.random.default_rng(3))
    assert own.mean() == pytest.approx(0.1, abs=0.003)
    assert own.var() == pytest.approx(0.5 * 0.1 * 0.9, rel=0.03)


@pytest.mark.parametrize(
    "cell",
    [
        Night(items=300, rate=0.1, labels=60, grader=GOOD, remembered=0.3),
        TwoModels(items=300, rate=0.1, labels=60, grader=GOOD, added=0.1, same=0.3),
        Window(items=60, rate=0.1, likeness=0.5, change=0.3, labels=20, nights=6),
        Window(items=60, rate=0.1, likeness=0.5, change=0.3),
    ],
    ids=str,
)
def test_the_simulated_estimates_are_centred_on_the_truth_they_are_held_to(
    cell: Night | TwoModels | Window,
) -> None:
    rng = np.random.default_rng(4)
    points = [cell.estimate(rng).point for _ in range(400)]
    known = np.array([point for point in points if point is not None])
    error = known.std() / np.sqrt(len(known))
    assert abs(known.mean() - cell.truth) < 4 * error


def test_a_stopped_run_goes_on_and_prints_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = tmp_path / "ledger.jsonl"
    chosen = ["--only", "rate of the set: 8 + 3", "--ledger", str(ledger), "--json"]
    assert main(chosen) == 0
    first = json.loads(capsys.readouterr().out)
    rows = ledger.read_text(encoding="utf-8").splitlines()
    ledger.write_text(rows[0] + "\n", encoding="utf-8")
    assert main(chosen) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == first["findings"]
    assert ledger.read_text(encoding="utf-8").splitlines() == rows
    assert main([*chosen, "--seed", "1"]) == 0
    assert len(ledger.read_text(encoding="utf-8").splitlines()) == 2 * len(rows)


def test_tables_say_what_broke() -> None:
    check = next(iter(every_check()))
    document = {
        "date": "2026-11-25",
        "full": False,
        "seed": 7,
        "versions": {"numpy": "2"},
        "findings": [row(check, 0.0247, holds=True), row(check, 0.031, holds=False)],
    }
    assert "3.10%   2.00%   2.00%  BROKEN" in people(document)
    page = markdown(document)
    assert "quick run, seed 7; numpy 2." in page
    assert "| rate of the set | every truth | 2 | 2.50 % | 3.10 % | 2.00 % | 1 of 2 |" in page
    assert f"| {check.design} | 2.47 % | 2.00 % | 2.00 % | 9 | 1 of 2 |" in page


def test_tables_replace_the_measured_part_of_a_page_and_nothing_else() -> None:
    page = "# Title\n<!-- measured: coverage -->\nold\n<!-- end -->\nrest\n"
    written = put_into(page, "new\n")
    assert written == page.replace("old", "new")
    assert put_into(written, "new\n") == written
    with pytest.raises(ValueError, match="measured: coverage"):
        put_into("# Title\n", "new\n")


def row(check: Check, below: float, *, holds: bool) -> dict[str, object]:
    """Return a finding."""
    return {
        "promise": check.promise,
        "kind": check.kind,
        "design": check.design,
        "allowed": check.side,
        "holds": holds,
        "below": below,
        "above": 0.02,
        "both": 0.02,
        "tried": 9,
        "at": "1 of 2",
    }
