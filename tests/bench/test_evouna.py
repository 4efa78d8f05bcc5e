"""The bench on human-labelled answers: read as they are, counted against the right truth."""

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.evouna import HEADLINE, checks, compared, main
from bench.parts.human_answers import Pair, System, pair_of, read_systems
from bench.parts.human_gate import (
    METHODS,
    NIGHTLY,
    RELEASE,
    RELEASE_PAIRED,
    GateRun,
    far_pairs,
    gate_rows,
    headline_pairs,
    is_far,
    release_sample,
)
from bench.parts.human_rates import (
    Population,
    corrected,
    finite_width,
    joint_rates,
    labels_for_width,
    mean_width,
    system_rates,
)
from qualityslo.stats import Estimate, hypergeometric_interval

# Share of bad answers by system, from best to worst.
SYSTEMS = {"best": 0.1, "good": 0.2, "worse": 0.4, "worst": 0.5}
ITEMS = 60


def rows(source: str, items: int = ITEMS) -> Iterator[dict[str, Any]]:
    """Yield judged answers; the grader sees most bad ones, and flags some good ones."""
    rng = np.random.default_rng(0)
    for model, rate in SYSTEMS.items():
        for at in range(items):
            bad = bool(rng.random() < rate)
            named = bool(rng.random() < (0.1 if bad else 0.9))
            yield {
                "source": source,
                "model": model,
                "question": f"what is number {at}",
                "references": [f"thing{at}"],
                "answer": f"{model} says thing{at}" if named else f"{model} knows nothing",
                "label": "incorrect" if bad else "correct",
            }


def write(path: Path, content: Sequence[dict[str, Any]]) -> Path:
    """Write rows as JSON lines; gzip where the name says so."""
    data = "\n".join(json.dumps(row) for row in content).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.fixture(scope="module")
def systems(tmp_path_factory: pytest.TempPathFactory) -> list[System]:
    """Return four systems of one set."""
    path = tmp_path_factory.mktemp("answers") / "answers.jsonl.gz"
    return read_systems(write(path, list(rows(HEADLINE))))


def system(model: str, bad: str, alarm: str, texts: str, *, start: int = 0) -> System:
    """Return a system from one character an item, 1 for bad and for alarm."""
    return System(
        source="set",
        model=model,
        keys=tuple((f"q{at}", ("r",)) for at in range(start, start + len(bad))),
        texts=tuple(texts),
        bad=np.array([one == "1" for one in bad]),
        alarm=np.array([one == "1" for one in alarm]),
    )


class TestTheAnswers:
    """Reading and pairing."""

    def test_the_grader_flags_what_names_no_reference_and_people_say_what_is_bad(
        self, tmp_path: Path
    ) -> None:
        answers = [("Paris", "correct"), ("Lyon", "incorrect"), ("Pariss", "correct")]
        content = [
            {
                "source": "s",
                "model": "m",
                "question": f"q{at}",
                "references": ["Paris"],
                "answer": answer,
                "label": label,
            }
            for at, (answer, label) in enumerate(answers)
        ]
        (one,) = read_systems(write(tmp_path / "plain.jsonl", content))
        assert one.bad.tolist() == [False, True, False]
        assert one.alarm.tolist() == [False, True, True]
        assert (one.sensitivity(), one.specificity()) == (1.0, 0.5)
        (zipped,) = read_systems(write(tmp_path / "zipped.jsonl.gz", content))
        assert zipped.texts == one.texts
        assert zipped.alarm.tolist() == one.alarm.tolist()

    def test_one_question_with_two_references_is_two_items(self, tmp_path: Path) -> None:
        row = next(rows("s"))
        content = [row, {**row, "references": ["another"]}]
        (one,) = read_systems(write(tmp_path / "two.jsonl", content))
        assert len(one.keys) == 2

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            pytest.param({"label": "good"}, "label 'good'", id="an unknown label"),
            pytest.param({"answer": None}, "lacks answer", id="a missing field"),
        ],
    )
    def test_a_row_that_cannot_be_used_is_named(
        self, tmp_path: Path, change: dict[str, Any], why: str
    ) -> None:
        first = next(rows("s"))
        second = {key: value for key, value in {**first, **change}.items() if value is not None}
        with pytest.raises(SystemExit, match=rf"answers.jsonl:2: {why}"):
            read_systems(write(tmp_path / "answers.jsonl", [first, second]))

    def test_a_pair_has_the_common_items_and_equal_texts_differ_by_nothing(self) -> None:
        first = system("a", bad="11011", alarm="10000", texts="vwxyz")
        second = system("b", bad="10000", alarm="00010", texts="WxYz-", start=1)
        pair = pair_of(first, second)
        assert pair.same.tolist() == [False, True, False, True]
        assert [one.tolist() for one in pair.bad] == [[1, 0, 1, 1], [1, 0, 0, 0]]
        assert [one.tolist() for one in pair.alarm] == [[0, 0, 0, 0], [0, 0, 0, 1]]
        assert pair.difference == 0.25
        assert pair.labelled_apart == 1


class TestTheRates:
    """Corrected and labels-only intervals."""

    def test_the_expected_width_is_the_mean_over_all_samples(self) -> None:
        bad, items, labels = 3, 9, 4
        samples = list(combinations([True] * bad + [False] * (items - bad), labels))
        widths = [
            high - low
            for low, high in (hypergeometric_interval(sum(one), labels, items) for one in samples)
        ]
        assert finite_width(bad, items, labels) == pytest.approx(sum(widths) / len(widths))

    def test_the_expected_width_loses_nothing_in_a_large_sample(self) -> None:
        assert mean_width(300, 2_000, 200, lambda count: (0.0, 1.0)) == pytest.approx(1.0)
        mean = mean_width(300, 2_000, 200, lambda count: (0.0, count / 200))
        assert mean == pytest.approx(0.15)

    def test_the_labels_for_a_width_are_the_fewest_that_reach_it(self) -> None:
        needed = labels_for_width(40, 200, 0.15)
        assert finite_width(40, 200, needed) <= 0.15 < finite_width(40, 200, needed - 1)

    def test_a_good_grader_narrows_the_interval_and_it_covers(self) -> None:
        bad = np.arange(400) % 5 == 0
        row = corrected(Population(name="p", bad=bad, alarm=bad), 60, 40, seed=0)
        assert row["coverage"] >= 0.9
        assert row["width"] < 0.8 * finite_width(80, 400, 60)

    def test_all_labels_leave_no_width(self) -> None:
        bad = np.arange(30) % 5 == 0
        row = corrected(Population(name="p", bad=bad, alarm=~bad), 30, 3, seed=0)
        assert (row["coverage"], row["width"]) == (1.0, 0.0)

    def test_another_seed_makes_other_draws(self) -> None:
        bad, alarm = np.arange(200) % 5 == 0, np.arange(200) % 4 == 0
        population = Population(name="p", bad=bad, alarm=alarm)
        first, again, other = (corrected(population, 40, 5, seed) for seed in (0, 0, 1))
        assert first == again
        assert first["width"] != other["width"]

    def test_every_system_and_every_pair_has_its_cells(self, systems: list[System]) -> None:
        own = system_rates(systems, (20, 30), 3, seed=0)
        assert len(own) == 8
        assert all(row["labels_only_needed"] > 1 for row in own)
        joint = joint_rates(systems, (20,), 2, seed=0)
        assert len(joint) == 12
        assert {row["name"] for row in joint} >= {f"{HEADLINE} best, drawn with worst"}

    def test_a_joint_draw_is_alarmed_by_either_system(self) -> None:
        first = system("a", bad="1" * 8 + "0" * 32, alarm="0" * 40, texts="x" * 40)
        second = system("b", bad="0" * 40, alarm="1" * 8 + "0" * 32, texts="y" * 40)
        (row, *_) = joint_rates([first, second], (24,), 20, seed=0)
        assert row["width"] < 0.6 * row["width_labels_only_exact"]


def certain(low: float, high: float) -> Callable[[Pair, int, tuple[int, ...]], Estimate]:
    """Return a gate method that always says the same."""
    said = Estimate(
        point=(low + high) / 2,
        low=low,
        high=high,
        confidence=0.95,
        labelled=1,
        items=2,
        frame="golden_set",
        method="test",
    )
    return lambda pair, labels, entropy: said


class TestTheGate:
    """Decisions of two systems' gate."""

    RUN = GateRun(labels=40, draws=4, margin=0.05, seed=0)

    @pytest.mark.parametrize("method", METHODS)
    def test_all_labels_give_the_difference_itself(
        self, systems: list[System], method: str
    ) -> None:
        pair = pair_of(systems[0], systems[2])
        estimate = METHODS[method](pair, ITEMS, (0,))
        assert estimate.point == pytest.approx(pair.difference)
        assert (estimate.low, estimate.high) == pytest.approx([pair.difference] * 2)

    @pytest.mark.parametrize("method", METHODS)
    def test_equal_texts_are_not_labelled_and_count_as_no_difference(self, method: str) -> None:
        size = 30
        first = system("a", bad="1" * size, alarm="10" * 15, texts="x" * 20 + "y" * 10)
        second = system("b", bad="0" * size, alarm="01" * 15, texts="x" * size)
        estimate = METHODS[method](pair_of(first, second), size, (0,))
        assert (estimate.low, estimate.high) == pytest.approx((1 / 3, 1 / 3))
        assert estimate.items == size

    def test_the_release_draw_looks_where_the_verdicts_differ(self, systems: list[System]) -> None:
        pair = pair_of(systems[0], systems[2])
        first, second, agree = release_sample(pair, 40, (0,))
        assert first.items == (pair.alarm[0] & ~pair.alarm[1]).sum()
        assert second.items == (pair.alarm[1] & ~pair.alarm[0]).sum()
        assert first.items + second.items + agree.items == ITEMS - pair.same.sum()
        assert first.labelled + second.labelled + agree.labelled == 40
        assert second.labelled / second.items > agree.labelled / agree.items

    @pytest.mark.parametrize(
        ("ends", "first", "second"),
        [
            pytest.param((-0.3, 0.0), "right", "undecided", id="passed, and open the other way"),
            pytest.param((-0.6, -0.1), "right", "right", id="passed, and failed the other way"),
            pytest.param((0.1, 0.3), "wrong", "wrong", id="failed, and passed the other way"),
            pytest.param((-0.3, 0.1), "undecided", "undecided", id="open both ways"),
        ],
    )
    def test_decisions_are_held_against_the_true_difference_either_way_round(
        self,
        systems: list[System],
        monkeypatch: pytest.MonkeyPatch,
        ends: tuple[float, float],
        first: str,
        second: str,
    ) -> None:
        monkeypatch.setitem(METHODS, RELEASE, certain(*ends))
        by_name = {one.model: one for one in systems}
        pair = pair_of(by_name["best"], by_name["worst"])
        assert pair.difference < -0.1
        rows = gate_rows(pair, RELEASE, self.RUN)
        assert [(row["candidate"], row["baseline"]) for row in rows] == [
            ("best", "worst"),
            ("worst", "best"),
        ]
        for row, counted in zip(rows, (first, second), strict=True):
            assert {key: row[key] for key in ("right", "wrong", "undecided")} == {
                "right": 0,
                "wrong": 0,
                "undecided": 0,
                counted: 4,
            }
        assert rows[0]["difference"] == -rows[1]["difference"] == pair.difference
        arms = [rows[0]["lower_arm"], rows[1]["upper_arm"]]
        assert arms == pytest.approx([(ends[1] - ends[0]) / 2] * 2)

    def test_misses_are_counted_by_side(
        self, systems: list[System], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pair = pair_of(systems[0], systems[1])
        above = certain(pair.difference + 0.1, pair.difference + 0.2)
        monkeypatch.setitem(METHODS, RELEASE, above)
        rows = gate_rows(pair, RELEASE, self.RUN)
        assert [(row["missed_low"], row["missed_high"]) for row in rows] == [(4, 0), (0, 4)]

    def test_a_part_of_a_set_has_its_own_truth(
        self, systems: list[System], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pair = pair_of(systems[0], systems[2])
        seen: list[Pair] = []

        def census(part: Pair, labels: int, entropy: tuple[int, ...]) -> Estimate:
            seen.append(part)
            return certain(part.difference, part.difference)(part, labels, entropy)

        monkeypatch.setitem(METHODS, RELEASE, census)
        (row, _) = gate_rows(pair, RELEASE, replace(self.RUN, items=20))
        assert [len(part.same) for part in seen] == [20] * 4
        assert len({part.difference for part in seen}) > 1
        assert (row["items"], row["missed_low"], row["missed_high"]) == (20, 0, 0)
        assert row["wrong"] == row["undecided"] == 0

    def test_the_headline_is_the_best_and_the_second_worst(self, systems: list[System]) -> None:
        (pair,) = headline_pairs(systems, HEADLINE)
        assert pair.models == ("best", "worse")
        assert headline_pairs(systems, "another set") == []

    def test_only_pairs_of_one_set_far_from_the_margin_are_far(
        self, systems: list[System]
    ) -> None:
        another = [replace(one, source="another") for one in systems]
        pairs = far_pairs([*systems, *another], 0.05)
        assert {pair.source for pair in pairs} == {HEADLINE, "another"}
        assert all(abs(pair.difference) >= 0.05 for pair in pairs)
        names = {pair.models for pair in pairs}
        assert {"best", "worst"} in [set(one) for one in names]
        assert len(far_pairs(systems, 0.9)) == 6
        near = [(0.1, 0.0), (-0.05, 0.05), (0.149, 0.05)]
        assert [is_far(*one) for one in near] == [True, True, False]


class TestTheDocument:
    """What is printed."""

    def test_the_methods_are_compared_with_the_nightly_one_pair_by_pair(self) -> None:
        arms = [(RELEASE_PAIRED, 0.02), (NIGHTLY, 0.04), (RELEASE_PAIRED, 0.06), (NIGHTLY, 0.06)]
        rows = [{"method": name, "upper_arm": arm, "lower_arm": arm} for name, arm in arms]
        shares = compared(rows)
        assert list(shares) == [RELEASE_PAIRED]
        assert shares[RELEASE_PAIRED] == pytest.approx({"width": 0.75, "labels": 0.625})
        assert compared([]) == {}

    def test_a_missed_limit_is_said_to_be_missed(self) -> None:
        rates = {"lowest_coverage": 0.9, "mean_ratio": 0.5, "mean_ratio_exact": 0.7}
        gate = {
            "headline": [
                {"method": RELEASE, "wrong": 1},
                {"method": NIGHTLY, "wrong": 5},
            ],
            "far": [
                {"method": RELEASE_PAIRED, "right": 9, "wrong": 0, "draws": 10},
                {"method": RELEASE_PAIRED, "right": 4, "wrong": 0, "draws": 10},
            ],
        }
        said = [(one["measured"], one["held"]) for one in checks(rates, gate, 1000)]
        assert said == [
            (0.9, False),
            (0.5, True),
            (0.7, False),
            (1, False),
            (0, True),
            (0.65, True),
            (0.4, False),
        ]

    def test_the_command_measures_a_file(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bench.evouna.LABELS", (20,))
        monkeypatch.setattr("bench.evouna.GATE_LABELS", (20, 30, 40))
        path = write(tmp_path / "answers.jsonl.gz", list(rows(HEADLINE)))
        few = ["--draws", "3", "--pair-draws", "2", "--joint-draws", "2"]
        main([str(path), "--json", *few, "--exact-draws", "2", "--exact-items", "40"])
        document = json.loads(capsys.readouterr().out)
        assert document["file"] == "answers.jsonl.gz"
        assert len(document["rates"]["rows"]) == 4
        gate = document["gate"]
        assert len(gate["headline"]) == 2 * 2 * 3
        assert {row["method"] for row in gate["headline, parts"]} == set(METHODS)
        assert {row["items"] for row in gate["far, parts"]} == {40}
        assert all(is_far(row["difference"], 0.05) for row in gate["far"])
        main([str(path), *few, "--exact-draws", "0"])
        table = capsys.readouterr().out
        assert "evouna_nq best after worse" in table
        assert table.count("held:") + table.count("MISSED:") == 7
        assert table.count("| release, 200 |") == 0

    def test_without_a_file_nothing_is_measured_and_it_says_so(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        main(["--json"])
        assert json.loads(capsys.readouterr().out)["measured"] is False
