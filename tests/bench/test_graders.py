"""The bench of graders: figures by hand, a split made here, training twice to the same bytes."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import graders
from bench.grading.baselines import containment, exact_match, rouge_l, token_f1
from bench.grading.figures import auroc, balanced_accuracy, calibration_error, figures
from bench.grading.pools import pools
from bench.grading.recipes import faithfulness_recipe
from bench.grading.rows import CORE, FAITHFULNESS, Row, read_rows
from bench.train_graders import Training, faithfulness_threshold, main as train
from qualityslo.graders.trained.forest import Artefact
from qualityslo.graders.trained.words import Rarity

FRUITS = ("apple", "pear", "plum", "fig", "quince", "cherry", "melon", "grape")


def _flags(text: str) -> np.ndarray:
    return np.array([one == "1" for one in text])


def _row(**changed: Any) -> Row:
    usual = {
        "id": "x", "source": "nq301", "group": "g", "question": "q", "references": ("a red pear",),
        "context": ("The red pear hangs high.",), "answer": "the red pear", "positive": True,
    }  # fmt: skip
    return Row(**{**usual, **changed})


def _write(folder: Path, name: str, rows: Sequence[dict[str, Any]]) -> None:
    text = "".join(json.dumps(one) + "\n" for one in rows)
    (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress(text.encode()))


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A split in which the fruit of the reference or context decides, with some noise."""
    folder = tmp_path_factory.mktemp("split")
    rng = np.random.default_rng(3)
    answers, claims = [], []
    for at in range(160):
        fruit, other = rng.choice(FRUITS, size=2, replace=False)
        right = bool(rng.random() < 0.6)
        text = f"It is the {fruit if right else other} of {rng.choice(['old', 'new'])} trees"
        shared: dict[str, Any] = {
            "id": str(at),
            "group": f"g{at // 4}",
            "answer": text,
            "question": "Which fruit?",
        }
        noisy = right is bool(rng.random() < 0.95)
        answers.append(shared | {
            "source": ("evouna_nq", "nq301")[at % 2], "references": [fruit],
            "label": "correct" if noisy else "incorrect",
        })  # fmt: skip
        claims.append(shared | {
            "source": ("begin_wow", "wice", "qags_xsum")[at % 3],
            "context": f"Old and new trees stand here. The {fruit} grows on all trees.",
            "label": "supported" if noisy else "hallucinated",
        })  # fmt: skip
    _write(folder, "correctness", answers)
    _write(folder, "correctness_evouna_full", answers[::2])
    _write(folder, "faithfulness", claims)
    return folder


@pytest.fixture(scope="module")
def trained(split: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artefacts trained on the split."""
    out = tmp_path_factory.mktemp("artefacts")
    train([str(split), "--out", str(out)])
    return out


def test_auroc_counts_pairs_and_halves_ties() -> None:
    scores = np.array([0.1, 0.4, 0.4, 0.9])
    assert auroc(scores, _flags("0101")) == (1 + 1 + 0.5 + 1) / 4
    assert auroc(scores, _flags("0000")) == 0.5


def test_auroc_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(0)
    scores, positive = rng.random(300).round(1), rng.random(300) < 0.3
    assert auroc(scores, positive) == pytest.approx(roc_auc_score(positive, scores), abs=1e-12)


def test_balanced_accuracy_weighs_the_classes_alike() -> None:
    assert balanced_accuracy(_flags("1111"), _flags("1110")) == 0.5
    assert balanced_accuracy(_flags("1100"), _flags("1110")) == (2 / 3 + 1) / 2


def test_the_calibration_error_is_the_gap_in_each_bin() -> None:
    scores = np.array([0.9, 0.9, 0.9, 0.9, 0.1, 0.1])
    error = calibration_error(scores, _flags("111000"))
    assert error == pytest.approx((4 * abs(0.9 - 0.75) + 2 * 0.1) / 6)
    assert calibration_error(np.array([0.0, 1.0]), _flags("01")) == 0.0


def test_intervals_resample_groups() -> None:
    rng = np.random.default_rng(0)
    scores, positive = rng.random(400), rng.random(400) < 0.5
    scores = np.clip(scores + 0.3 * positive, 0, 1)
    single = figures(scores, scores > 0.6, positive, [str(one) for one in range(400)])
    repeated = figures(
        np.tile(scores, 4), np.tile(scores > 0.6, 4), np.tile(positive, 4),
        [str(one) for one in range(400)] * 4,
    )  # fmt: skip
    assert repeated.auroc == pytest.approx(single.auroc)
    width = np.diff(single.auroc_interval)[0]
    assert np.diff(repeated.auroc_interval)[0] == pytest.approx(width, rel=0.15)


def test_ungraded_rows_count_apart() -> None:
    scores = np.array([0.9, np.nan, 0.2])
    found = figures(scores, scores > 0.5, _flags("110"), ["a", "b", "c"])
    assert (found.rows, found.graded, found.accuracy) == (3, 2, 1.0)


def test_the_baselines_compare_words() -> None:
    row = _row(answer="It is a red pear.")
    assert (containment(row), exact_match(row)) == (1.0, 0.0)
    assert exact_match(_row(answer="Red pear!")) == 1.0
    assert token_f1(row) == pytest.approx(2 * 2 / (4 + 2))
    assert containment(_row(answer="a red, red apple")) == 0.0
    assert rouge_l(_row(answer="pear red high")) == pytest.approx(1 - 2 / 3)


def test_pools_hold_what_their_names_say() -> None:
    rows = [_row(source=one) for one in ("begin_wow", "halueval_qa", "qags_xsum", "summedits")]
    found = {pool: at.tolist() for pool, at in pools(FAITHFULNESS, rows).items()}
    assert found["human-labelled, permissive (BEGIN, WiCE, SummEdits)"] == [
        True,
        False,
        False,
        True,
    ]
    assert found["permissive without halueval_qa"] == [True, False, False, True]
    assert found["never trained on (FaithBench, QAGS)"] == [False, False, True, False]
    with pytest.raises(ValueError, match="no file of a split"):
        pools("other", rows)


def test_no_weight_is_given_to_sources_without_a_permissive_licence() -> None:
    weight = faithfulness_recipe().weight
    assert weight(_row(source="wice")) == 1.0
    assert [weight(_row(source=one)) for one in ("faithbench", "qags_xsum", "other")] == [0, 0, 0]


def test_the_domains_of_summedits_are_one_source(tmp_path: Path) -> None:
    stored = {
        "id": "1", "source": "summedits_news", "group": "g", "question": None, "context": "c",
        "answer": "a", "label": "hallucinated",
    }  # fmt: skip
    _write(tmp_path, FAITHFULNESS, [stored])
    (row,) = read_rows(tmp_path, FAITHFULNESS)
    assert (row.source, row.question, row.positive) == ("summedits", "", True)


def test_training_twice_gives_the_same_bytes(
    split: Path, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train([str(split), "--out", str(tmp_path), "--only", "faithfulness"])
    assert "threshold" in capsys.readouterr().out
    assert not (tmp_path / "correctness.json").exists()
    for name in ("faithfulness.json", "faithfulness.md"):
        assert (tmp_path / name).read_bytes() == (trained / name).read_bytes()


def test_the_threshold_of_faithfulness_weighs_every_source_of_the_training() -> None:
    # A cut at 0.7 is best for people's labels, by one row of twenty; it misses the other source.
    scored = [("wice", 0.3, False)] * 9 + [("wice", 0.65, False)] + [("wice", 0.75, True)] * 10
    scored += [("halueval_qa", 0.3, False), ("halueval_qa", 0.59, True)] * 10
    rows = [_row(source=source, positive=positive) for source, _, positive in scored]
    training = Training(
        recipe=faithfulness_recipe(), rarity=Rarity(weights={}, unknown=1.0), rows=rows,
        table=np.zeros((40, 1)), facts=np.zeros(40, dtype=bool), files={}, core=40,
    )  # fmt: skip
    assert faithfulness_threshold(training, np.array([score for _, score, _ in scored])) < 0.6


def test_rows_that_are_only_measured_train_nothing(trained: Path) -> None:
    card = Artefact.from_text((trained / "faithfulness.json").read_text("utf-8")).card
    assert set(card["rows"]) == {"begin_wow", "wice"}
    assert "never trained on (FaithBench, QAGS)" in card["cross_validated"]


def _document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    graders.main([*arguments, "--json", "--draws", "20"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_a_strange_split_is_graded_by_the_shipped_graders(
    split: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = _document(capsys, "--data", str(split))["files"]
    named = {one["grader"]: one for one in found[CORE]["graders"]}
    assert set(named) == {
        "containment", "token F1", "normalised EM", "exact", "numeric", "contains", "closed",
        "correctness",
    }  # fmt: skip
    assert named["correctness"]["figures_from"] == "measured"
    assert named["correctness"]["pools"]["core"]["auroc"] > 0.85
    assert named["numeric"]["pools"]["core"]["graded"] == 0
    assert named["correctness"]["rows_per_cpu_second"] > 0
    faithful = {one["grader"] for one in found[FAITHFULNESS]["graders"]}
    assert faithful == {"ROUGE-L precision", "support", "faithfulness"}


def test_on_the_rows_of_its_training_a_grader_shows_cross_validated_figures(
    split: Path, trained: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def from_here(name: str) -> Artefact:
        return Artefact.from_text((trained / f"{name}.json").read_text("utf-8"))

    monkeypatch.setattr(graders, "shipped", from_here)
    for again in ((), ("--cv",)):
        found = _document(capsys, "--data", str(split), *again)["files"]
        ours = next(one for one in found[CORE]["graders"] if one["grader"] == "correctness")
        assert ours["figures_from"].startswith("trained on these rows")
        assert ours["pools"] == {
            pool: from_here("correctness").card["cross_validated"][pool] for pool in ours["pools"]
        }


def test_people_get_a_table_a_file(split: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graders.main(["--data", str(split), "--draws", "20"])
    text = capsys.readouterr().out
    assert text.count("| pool | grader |") == 3
    assert "| core | `correctness` | 160 | 160 |" in text


def test_a_folder_without_a_split_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        graders.main(["--data", str(tmp_path)])
    assert "holds none of" in capsys.readouterr().err
