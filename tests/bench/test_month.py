"""The simulated month: the right truth for each interval, labels that last as long as answers."""

import json
from dataclasses import replace

import numpy as np
import pytest

from bench.month import CELLS, FRAMES, Counts, Night, count_month, main, one_month, run
from bench.parts.nights import Cell, Service
from bench.parts.tally import Tally
from qualityslo.domain.draw import ReviewRule
from qualityslo.domain.evidence import Code
from qualityslo.domain.sli import ItemWeights
from qualityslo.stats import Estimate, Frame

PLAIN = Cell(name="plain", mean=0.2, grader=(0.9, 0.97), change=(0.1, 0.1))
SELECTIVE = replace(PLAIN, name="selective", change=(0.1, 0.4))


def estimate(low: float, high: float, frame: Frame = "golden_set") -> Estimate:
    """Return an interval of which only the ends matter."""
    return Estimate(
        point=None,
        low=low,
        high=high,
        confidence=0.95,
        labelled=1,
        items=2,
        frame=frame,
        method="test",
    )


def service(cell: Cell, seed: int = 0) -> Service:
    """Return a service on its first night."""
    return Service(cell, np.random.default_rng(seed))


class TestTheService:
    """Items, answers, verdicts, labels."""

    def test_answers_that_change_regardless_of_truth_keep_the_mean_of_the_items(self) -> None:
        assert PLAIN.traffic_rate() == pytest.approx(0.2, abs=1e-4)

    def test_bad_answers_that_change_more_often_leave_fewer_bad_ones(self) -> None:
        rates = np.array([0.0, 0.5, 1.0])
        assert SELECTIVE.stationary(rates).tolist() == pytest.approx([0.0, 0.2, 1.0])
        assert 0.1 < SELECTIVE.traffic_rate() < 0.2

    @pytest.mark.parametrize("cell", [PLAIN, SELECTIVE], ids=["plain", "selective"])
    def test_every_night_of_many_items_has_the_rate_of_the_traffic(self, cell: Cell) -> None:
        many, rate = service(replace(cell, items=40_000)), cell.traffic_rate()
        for _ in range(6):
            assert many.bad.mean() == pytest.approx(rate, abs=0.008)
            many.next_night()

    def test_the_grader_is_as_good_as_its_cell_says_also_on_changed_answers(self) -> None:
        many = service(replace(SELECTIVE, items=40_000))
        for _ in range(3):
            many.next_night()
        assert many.alarm[many.bad].mean() == pytest.approx(0.9, abs=0.02)
        assert many.alarm[~many.bad].mean() == pytest.approx(0.03, abs=0.01)

    def test_twenty_answers_a_night_are_judged_and_none_twice(self) -> None:
        still = service(replace(PLAIN, change=(0.0, 1e-12)))
        for night in range(10):
            labelled = still.review(ReviewRule(), (night,))
            asked = labelled.asked()
            assert asked.sum() == 20
            assert (labelled.earlier[asked] == Code.UNKNOWN).all()
            assert still.known.sum() == 20 * (night + 1)
            still.next_night()
        assert still.review(ReviewRule(), (10,)).asked().sum() == 0

    def test_a_label_says_what_is_true_and_is_forgotten_when_the_answer_changes(self) -> None:
        one = service(replace(PLAIN, change=(0.5, 0.5)))
        labelled = one.review(ReviewRule(), (0,))
        looked = labelled.asked()
        said = labelled.tonight[looked] == Code.BAD
        assert (said == one.bad[looked]).all()
        one.next_night()
        assert 0 < one.known.sum() < 20
        again = one.review(ReviewRule(), (1,))
        assert ((again.earlier <= Code.BAD) <= looked).all()


def night(rate: float, low: float, high: float) -> Night:
    """Return a night whose two items are known: a weight of 1 each, the first bad."""
    weights = ItemWeights(
        item_digests=("a", "b"),
        weight=np.ones(2),
        bad=np.array([1.0, 0.0]),
        worst=np.array([1.0, 0.0]),
        complete=True,
        census=True,
    )
    estimates = {frame: estimate(low, high, frame) for frame in FRAMES}
    return Night(rate=rate, estimates=estimates, weights=weights, labels=2)


class TestTheCount:
    """Which interval is held against which rate."""

    def test_misses_are_counted_by_side_and_widths_are_averaged(self) -> None:
        tally = Tally(2)
        tally.add(0, estimate(0.1, 0.3), 0.1)
        tally.add(0, estimate(0.2, 0.3), 0.1)
        tally.add(1, estimate(0.0, 0.05), 0.1)
        summary = tally.summary([0, 1])
        assert summary["coverage_by_row"] == [0.5, 0.0]
        assert summary["lowest_coverage"] == 0.0
        assert summary["lowest_at"] == 2
        assert summary["missed_low"] == summary["missed_high"] == pytest.approx(1 / 3)
        assert summary["widths"] == pytest.approx([0.15, 0.05])

    @pytest.mark.parametrize(
        ("ends", "covered"),
        [
            pytest.param((0.4, 0.6), (1.0, 0.0), id="only the set"),
            pytest.param((0.1, 0.3), (0.0, 1.0), id="only the traffic"),
        ],
    )
    def test_a_night_is_held_against_its_own_rate_and_that_of_the_traffic(
        self, ends: tuple[float, float], covered: tuple[float, float]
    ) -> None:
        counts = Counts(nightly={frame: Tally(1) for frame in FRAMES})
        count_month(counts, [night(0.5, *ends)], traffic=0.2)
        assert tuple(counts.nightly[frame].coverage()[0] for frame in FRAMES) == covered

    def test_a_window_is_held_against_the_mean_of_its_nights(self) -> None:
        counts = Counts(nightly={frame: Tally(2) for frame in FRAMES})
        month = [night(0.4, 0, 1), night(0.6, 0, 1)]
        count_month(counts, month, traffic=0.2)
        assert counts.window["golden_set"].coverage()[0] == 1.0
        assert counts.window["traffic"].coverage()[0] == 0.0
        assert counts.labels == 4


def test_a_short_month_is_covered_and_narrows_as_labels_are_remembered() -> None:
    document = run([replace(PLAIN, items=120)], replications=12, nights=5, seed=3)
    (cell,) = document["cells"]
    assert document["held"] is True
    assert cell["labels_a_month"] == 100
    assert 40 < cell["known_at_the_end"] < 100
    for frame in FRAMES:
        first, last = cell["nightly"][frame]["widths"]
        assert last < first
    assert cell["nightly"]["traffic"]["widths"] > cell["nightly"]["golden_set"]["widths"]


def test_the_same_seed_makes_the_same_month_and_another_one_another() -> None:
    def rates(seed: int) -> list[float]:
        return [one.rate for one in one_month(service(PLAIN, seed), 3, seed, "month")]

    assert rates(1) == rates(1)
    assert rates(1) != rates(2)


def test_the_command_prints_one_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bench.month.CELLS", CELLS[:1])
    main(["--json", "--replications", "2", "--nights", "2", "--seed", "5"])
    document = json.loads(capsys.readouterr().out)
    assert document["bench"] == "month"
    assert (document["replications"], document["nights"], document["seed"]) == (2, 2, 5)
    assert [row["cell"]["name"] for row in document["cells"]] == [CELLS[0].name]


def test_the_table_names_every_cell_in_both_frames(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bench.month.CELLS", CELLS[:2])
    main(["--replications", "1", "--nights", "2"])
    out = capsys.readouterr().out
    assert [out.count(cell.name) for cell in CELLS[:2]] == [2, 2]
    assert "golden_set" in out
    assert "traffic" in out
