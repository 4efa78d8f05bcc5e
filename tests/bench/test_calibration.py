"""The benches of calibration and of the cache run, and print one JSON document."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from bench import calibration, grade_cache


def test_a_small_world_is_simulated_to_one_json_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(calibration, "LABELS", (50,))
    monkeypatch.setattr(calibration, "DESIGNS", calibration.DESIGNS[2:3])
    monkeypatch.setattr("sys.argv", ["calibration.py", "--worlds", "4", "--json"])
    calibration.main()
    found = json.loads(capsys.readouterr().out)
    assert found["maps"].keys() == calibration.SHAPES.keys()
    (row,) = found["intervals"]
    assert row["worlds"] == 4
    assert all(0 <= share <= 1 for share in row["coverage"].values())
    assert [one["change"] for one in found["drift"]] == [0.0, 0.05, 0.1, 0.2, 0.4]
    assert found["drift"][-1]["share"]["rang"] == 1


def test_labels_are_drawn_as_the_product_draws_them() -> None:
    """Each night's weights add up to its items."""
    labels, truth = calibration._nights(calibration.DESIGNS[0], np.random.default_rng(1))
    items, _, nights, looks, _, _ = calibration.DESIGNS[0]
    assert len(labels) == nights * looks
    assert labels.weights.sum() == pytest.approx(nights * items)
    assert 0 < truth["sensitivity"] < 1


def test_the_cache_is_measured_for_every_grader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"id": "1", "source": "s", "group": "g", "question": "q?", "answer": "Paris, 1999."}
    files = {
        "correctness": {**row, "references": ["Paris"], "label": "correct"},
        "faithfulness": {**row, "context": "Paris, in 1999.", "label": "supported"},
    }
    for name, one in files.items():
        path = tmp_path / f"{name}.jsonl.gz"
        path.write_bytes(gzip.compress(json.dumps(one).encode()))
    monkeypatch.setattr("sys.argv", ["grade_cache.py", "--data", str(tmp_path), "--json"])
    grade_cache.main()
    found = json.loads(capsys.readouterr().out)["microseconds"]
    assert {"exact", "contains", "support", "faithfulness", "abstention"} <= found.keys()
    assert found["support"].keys() == {"alone", "empty", "known"}
