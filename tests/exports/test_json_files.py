"""The JSON files: whole, strict, and never half written."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qualityslo.errors import InfrastructureError
from qualityslo.exports.atomic import write_atomically
from qualityslo.exports.json_files import JsonFiles

if TYPE_CHECKING:
    from qualityslo.domain.report import Report
    from qualityslo.ports import Exporter


def refuse(constant: str) -> None:
    """Refuse what JSON has no word for."""
    raise AssertionError(f"{constant} is not JSON")


def test_both_documents_are_written_and_the_report_is_returned(
    report: "Report", tmp_path: Path
) -> None:
    exporter: Exporter = JsonFiles()
    path = exporter.export(report, tmp_path / "runs" / "one")
    assert path == tmp_path / "runs" / "one" / "report.json"
    assert sorted(one.name for one in path.parent.iterdir()) == ["decision.json", "report.json"]
    body = json.loads(path.read_bytes(), parse_constant=refuse)
    assert body == report.as_json()
    assert body["schema"] == "qualityslo.report/1"
    decision = json.loads((path.parent / "decision.json").read_bytes(), parse_constant=refuse)
    assert decision == report.decision_json()
    assert decision["decision"] == "fail"
    assert exporter.name == "json"


def test_text_of_any_script_is_readable_in_the_file(report: "Report", tmp_path: Path) -> None:
    text = JsonFiles().export(report, tmp_path).read_text(encoding="utf-8")
    assert "ما هي مدة الإرجاع؟" in text
    assert text.startswith('{\n  "schema"')
    assert text.endswith("}\n")


def test_a_lone_surrogate_survives_as_an_escape(report: "Report", tmp_path: Path) -> None:
    path = JsonFiles().export(replace(report, next_step="x\ud800"), tmp_path)
    assert json.loads(path.read_bytes())["next_step"] == "x\ud800"


def test_writing_again_replaces_the_files(report: "Report", tmp_path: Path) -> None:
    JsonFiles().export(report, tmp_path)
    path = JsonFiles().export(replace(report, conclusion="later"), tmp_path)
    assert json.loads(path.read_bytes())["conclusion"] == "later"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_number_that_is_none_is_refused_and_the_old_file_stays(
    report: "Report", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = JsonFiles().export(report, tmp_path)
    before = path.read_bytes()
    monkeypatch.setattr(type(report), "as_json", lambda _: {"value": float("nan")})
    with pytest.raises(ValueError, match="not JSON compliant"):
        JsonFiles().export(report, tmp_path)
    assert path.read_bytes() == before


def test_a_full_disk_leaves_the_old_file_and_no_rubbish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_atomically(tmp_path / "a.json", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InfrastructureError, match="No space left on device; free the disk"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InfrastructureError, match="cannot write"):
        write_atomically(tmp_path / "file" / "a.json", b"x")


def test_others_may_read_what_is_written(tmp_path: Path) -> None:
    path = write_atomically(tmp_path / "a.json", b"x")
    assert path.stat().st_mode & 0o777 == 0o644
