"""The bench of the alerts: its tables in one document, with our limits and the published ones."""

import json

import pytest

from bench.alerts import main
from qualityslo.domain import alert_watch

ROUGH = ["--trials", "1", "--only", "detection"]


@pytest.mark.slow
@pytest.mark.parametrize("strict", [False, True], ids=["our limits", "the published ones"])
def test_json_is_one_document_with_a_row_for_each_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, strict: bool
) -> None:
    monkeypatch.setattr(alert_watch, "exceeds", alert_watch.exceeds)  # put back afterwards
    assert main([*ROUGH, "--json", *(["--strict"] if strict else [])]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["trials"], document["seed"], document["strict"]) == (1, 0, strict)
    rows = document["detection"]
    assert len(rows) == 2 * 3 * 4
    assert {row["answers"] for row in rows} == {"fresh answers", "same items", "remembered"}
    assert all(0 <= row["burn 5: traffic page"] <= 1 for row in rows)
    assert "set" not in document


@pytest.mark.slow
def test_a_census_has_a_row_for_each_size_and_target(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--trials", "1", "--only", "census", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["census"]
    assert [row["items"] for row in rows] == [120] * 4 + [200] * 4 + [500] * 4
    assert all(0 <= row["burn 2: page"] <= 1 for row in rows)


def test_people_get_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--trials", "1", "--only", "nothing"])
    assert capsys.readouterr().out == ""
